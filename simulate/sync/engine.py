"""Runs of the engine in a world where every operation of a side may fail."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from custom_components.smb_ddns_sync.sync.endpoint import (
    ROOT,
    Endpoint,
    EndpointError,
    FileError,
    Kind,
    NeedsPerson,
    NoSpace,
    RelPath,
    Unavailable,
)
from custom_components.smb_ddns_sync.sync.lock import LOCK
from custom_components.smb_ddns_sync.sync.names import MARKER, RunToken
from custom_components.smb_ddns_sync.sync.own_file import write_own
from custom_components.smb_ddns_sync.sync.run import Ears, Orders, Outcome, Run

from .faults import Fault, Planned
from .memory import Disk, Memory
from .side import Ends, Side

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from custom_components.smb_ddns_sync.sync.settings import JobSettings

    from .passing import Passing
    from .promises import Promises

_AT_ONCE: Final = frozenset({"rename", "delete", "make_folder", "remove_folder", "link"})
_WRITING: Final = frozenset({"create", "write", "make_folder", "rename", "link", "set_times"})

type Wrap = Callable[[Endpoint], Endpoint]


@dataclass(slots=True)
class Home:
    """A Home Assistant: the state of the job on its disk, and backups of it."""

    process: str
    disk: Disk = field(default_factory=Disk)
    backups: list[bytes] = field(default_factory=list)


@dataclass(slots=True)
class World:
    """Both sides, whose they are, and what time it is."""

    random: Random
    source: Side
    target: Side
    time: Passing
    promises: Promises
    settings: JobSettings
    home: Home
    rival: Home | None = None

    @property
    def sides(self) -> tuple[Side, Side]:
        """Return both sides."""
        return self.source, self.target

    def hex(self, count: int) -> str:
        """Return so many random bytes as hex digits."""
        return self.random.randbytes(count).hex()


@dataclass(frozen=True, slots=True)
class Came:
    """What came of a run."""

    outcome: Outcome | None
    error: EndpointError | None = None
    crashed: bool = False

    @property
    def completed(self) -> bool:
        """Tell whether it came to its end, and was not held."""
        return self.outcome is not None and self.error is None and self.outcome.hold is None


class Engine:
    """Carries out runs. `act` lets a user do something, `tell` is for whoever wants to follow."""

    def __init__(
        self, world: World, wrap: Wrap, act: Callable[[Side], None], tell: Callable[[str], None]
    ) -> None:
        self._world = world
        self._wrap = wrap
        self._act = act
        self._tell = tell
        self.faults: Counter[str] = Counter()
        self.runs = 0
        self.left = 0
        """Runs that may have left a temporary."""
        self._schedule: dict[tuple[int, int], list[Fault]] = {}
        self._count = [0, 0]
        self._gone: set[int] = set()
        self._torn: set[int] = set()
        self._dead = False
        self._cancelled = False
        self._restored = False
        self._damage: dict[RelPath, bytes] = {}
        self._state: Memory | None = None
        self._nested = False
        for number, side in enumerate(world.sides):
            side.before = self._before(number, side)
            side.answering = self._answering(number)
            side.judging = lambda path, to, side=side: world.promises.judge(side, path, to)  # type: ignore[misc]
            side.placing = lambda path, side=side: world.promises.judge_replacement(side, path)  # type: ignore[misc]

    def run(self, orders: Orders, faults: Sequence[Planned] = ()) -> Came:
        """Carry out a run of the home, in which some things go wrong."""
        world = self._world
        self._schedule = {}
        for at, operation, fault in faults:
            self._schedule.setdefault((at, operation), []).append(fault)
        wanted = {fault for _, _, fault in faults}
        self._count = [0, 0]
        for number, side in enumerate(world.sides):
            power = Fault.HOME_POWER in wanted and side.manners.flushes_all
            power |= any(n == number and f is Fault.SERVER_POWER for n, _, f in faults)
            side.note_power(wanted=power)
        try:
            came = self._carry_out(world.home, orders, note_commits=Fault.HOME_POWER in wanted)
            self._lose_power_after()
        finally:
            self._gone.clear()
            self._torn.clear()
            self._schedule = {}
            self._dead = self._cancelled = False
            for side in world.sides:
                side.note_power(wanted=False)
        return came

    def _carry_out(self, home: Home, orders: Orders, *, note_commits: bool = False) -> Came:
        world = self._world
        before = self._state
        outcome = None
        error = None
        crashed = False
        self.runs += 1
        state, connection = home.disk.state(world.hex)
        self._state = connection
        try:
            if note_commits:
                connection.commits = [connection.image()]
            ears = Ears(
                cancelled=lambda: self._cancelled,
                clock=world.time.clock,
                random=world.hex,
                process=home.process,
            )
            source, target = map(self._wrap, world.sides)
            run = Run(world.settings, state, source, target, ears, orders)
            outcome = run.outcome
            run.carry_out()
        except EndpointError as caught:
            error = caught
            self._tell(f"  it ends: {type(caught).__name__}: {caught}")
        except Ends:
            crashed = True
        finally:
            self._state = before
        if crashed:
            home.process = world.hex(8)
            # What is kept of the commits says that power was lost: any of the last may be gone.
            commits = connection.commits or [connection.image()]
            if self._restored and home.backups:
                commits = home.backups
            self._restored = False
            home.disk.put(world.random.choice(commits))
            self._tell("  the program starts anew")
        connection.commits = None
        if error is not None or crashed:
            self.left += 1
        return Came(outcome, error, crashed)

    def _lose_power_after(self) -> None:
        """Let power be lost right after a run that ended before it was to happen."""
        for (number, at), faults in self._schedule.items():
            if at > self._count[number] and Fault.SERVER_POWER in faults:
                self.faults[Fault.SERVER_POWER.value] += 1
                self._tell(f"power cut at the server of the {self._world.sides[number].name}")
                self._world.promises.lose_power(self._world.sides[number])

    def rival_run(self) -> Came:
        """Let another Home Assistant, restored from a backup of this one, run meanwhile."""
        world = self._world
        if world.rival is None:
            world.rival = Home(
                world.hex(8), Disk(world.random.choice((world.home.disk.image, None)))
            )
        kept = self._schedule, self._count, self._gone, self._torn
        sight = world.promises.sight
        world.promises.look(world.settings, world.rival.disk)
        written = [len(side.writes) for side in world.sides]
        self._schedule, self._count, self._gone, self._torn = {}, [0, 0], set(), set()
        self._nested = True
        self._tell("another Home Assistant runs")
        try:
            return self._carry_out(world.rival, Orders())
        finally:
            self._schedule, self._count, self._gone, self._torn = kept
            self._nested = False
            world.promises.sight = sight
            # What another machine does meanwhile is seen by the next run.
            world.promises.doubtful |= {side.name for side in world.sides}
            for side, count in zip(world.sides, written, strict=True):
                del side.writes[count:]  # what is counted is what the home did

    def rival_lock(self) -> None:
        """Let another Home Assistant write its lock, over what is there."""
        target = self._world.target
        if target.root is None:
            return
        with target.quiet():
            owner = {"owner": self._world.hex(8), "who": "a rival", "signs": 1}
            token = RunToken.new(self._world.hex)
            now = self._world.time.clock.now()
            written = len(target.writes)
            with suppress(EndpointError):  # a rival may be refused, too
                write_own(target, LOCK, owner, token, now, expected=target.look(LOCK))
            del target.writes[written:]
        self._tell("another Home Assistant takes the lock")

    def swap(self, side: Side, *, emptied: bool, unseen: bool = False) -> None:
        """Let another folder, or an empty one, stand in the place of a side's own.

        `unseen` says that the run that goes on has not asked yet which folder it is.
        """
        if side.genuine is not None or side.root is None:
            return
        stranger = side.new(Kind.FOLDER, "")
        if emptied:
            stranger.file_id = side.root.file_id
        volume = None if emptied else self._world.random.randint(100, 200)
        side.replace_root(volume=volume, root=stranger)
        self._tell(f"the {side.name} is {'emptied by accident' if emptied else 'another folder'}")
        if (emptied or unseen) and self._world.home.disk.files() == 0:
            # Where no file is known nothing proves an accident: what stands there is meant. Of
            # another folder that is so only if no run with this one has begun.
            with self._world.promises.user():
                side.accept()

    def damage(self) -> None:
        """Let one of our own files on the target be something else: half written, edited, gone."""
        world = self._world
        path = world.random.choice((LOCK, MARKER, MARKER))
        node = world.target.find(path)
        if node is None:
            return
        damage = world.random.choice((b"", b"{", b"[]", b'{"id": 7}', node.content[:20], None))
        if damage is None:
            world.target._detach(path)  # noqa: SLF001 - somebody deletes it
        else:
            node.content, node.modified = damage, world.time.wall
            self._damage[path] = damage
        self._tell(f"{path} on the target is {damage!r}")

    def tidy(self) -> None:
        """Let a person move away what holds something else under a name of ours."""
        target = self._world.target
        for path, damage in self._damage.items():
            node = target.find(path)
            if node is not None and node.content == damage:
                target._detach(path)  # noqa: SLF001 - a person's deed
        self._damage.clear()

    def set_clock(self) -> None:
        """Set the time of day."""
        seconds = self._world.random.choice((-86_400 * 400, -3600, 3600, 86_400 * 20))
        self._world.time.set_clock(seconds)
        self._tell(f"the clock is set by {seconds} s")

    # What the sides ask before and after each of their operations.

    def _before(self, number: int, side: Side) -> Callable[[str, RelPath], None]:
        def before(step: str, path: RelPath) -> None:
            if self._dead:
                raise Ends
            if number in self._gone:
                raise Unavailable(side.name, "connection_lost")
            self._count[number] += 1
            self._tell(f"    {side.name} {self._count[number]}: {step} {path}")
            for fault in self._schedule.get((number, self._count[number]), ()):
                self._strike(fault, number, side, step, path)

        return before

    def _answering(self, number: int) -> Callable[[RelPath], None]:
        def answering(path: RelPath) -> None:
            if number in self._torn:
                self._torn.discard(number)
                self._gone.add(number)
                raise Unavailable(path, "connection_lost")

        return answering

    def _strike(self, fault: Fault, number: int, side: Side, step: str, path: RelPath) -> None:
        if fault is Fault.EDIT and step in _AT_ONCE:
            # The side looks and acts at once: a user comes before that, or after it.
            self._schedule.setdefault((number, self._count[number] + 1), []).append(fault)
            return
        self.faults[fault.value] += 1
        self._tell(f"  {fault.value} on the {side.name}")
        match fault:
            case Fault.CUT | Fault.BLINK | Fault.REFUSED | Fault.TORN:
                self._lose(fault, number, side)
            case Fault.FULL | Fault.DENIED | Fault.IN_USE:
                _refuse(fault, side, step, path)
            case Fault.CRASH | Fault.HOME_POWER | Fault.SERVER_POWER | Fault.RESTORED:
                self._lose_power(fault, number, side)
            case _:
                self._meanwhile(fault, side)

    def _lose(self, fault: Fault, number: int, side: Side) -> None:
        """Let a side not be reached, once or until the run has ended."""
        if fault is Fault.TORN:
            self._torn.add(number)
            return
        if fault is not Fault.BLINK:
            self._gone.add(number)
        if fault is Fault.REFUSED:
            raise NeedsPerson(side.name, "wrong_password")
        raise Unavailable(side.name, "connection_lost")

    def _lose_power(self, fault: Fault, number: int, side: Side) -> None:
        """Let the program end, or a machine lose its power."""
        world = self._world
        if fault is Fault.SERVER_POWER:
            world.promises.lose_power(side)
            self._gone.add(number)
            raise Unavailable(side.name, "connection_lost")
        if fault is Fault.HOME_POWER:
            for each in world.sides:
                if each.manners.flushes_all:
                    world.promises.lose_power(each)
        self._restored = fault is Fault.RESTORED and not self._nested
        self._die(power=fault is Fault.HOME_POWER)

    def _meanwhile(self, fault: Fault, side: Side) -> None:
        """Let something happen beside the run."""
        world = self._world
        match fault:
            case Fault.SLOW:
                world.time.let_pass(world.random.choice((3, 20, 70, 900)))
            case Fault.CANCELLED:
                self._cancelled = True
            case Fault.EDIT:
                self._act(world.random.choice(world.sides))
            case Fault.CLOCK:
                self.set_clock()
            case Fault.DAMAGED:
                self.damage()
            case Fault.RIVAL_LOCK:
                self.rival_lock()
            case Fault.RIVAL_RUN:
                if not self._nested and world.home.disk.holds:
                    self.rival_run()
            case _:
                unseen = self._count[self._world.sides.index(side)] == 1
                self.swap(side, emptied=fault is Fault.EMPTIED, unseen=unseen)

    def _die(self, *, power: bool = False) -> None:
        self._dead = True
        if self._state is not None:
            if not power:
                self._state.commits = None
            self._state.die()
        raise Ends


def _refuse(fault: Fault, side: Side, step: str, path: RelPath) -> None:
    """Let one operation fail."""
    if fault is Fault.FULL:
        if step in _WRITING:
            raise NoSpace(side.name, "full")
        return
    cause = "access_denied" if fault is Fault.DENIED else "in_use"
    if path == ROOT:
        # What concerns one file elsewhere concerns the whole side at its root.
        raise Unavailable(side.name, cause)
    raise FileError(path, cause)
