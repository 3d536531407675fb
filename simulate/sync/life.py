"""A job, its users, all that can happen to it, and the promises after every step."""

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from custom_components.smb_ddns_sync.sync.endpoint import Hint, Touch
from custom_components.smb_ddns_sync.sync.run import EVERYTHING, Orders
from custom_components.smb_ddns_sync.sync.settings import Mode

from ..virtual import BrokenPromiseError
from .agreement import check_agreement
from .engine import Came, Engine, Home, World, Wrap
from .jobs import filters, settings
from .passing import Passing
from .promises import Promises
from .schedule import Schedule
from .side import Side
from .users import Users

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

    from custom_components.smb_ddns_sync.sync.hints import Scope
    from custom_components.smb_ddns_sync.sync.settings import JobSettings
    from custom_components.smb_ddns_sync.sync.status import HoldReason

    from .faults import Planned
    from .side import Manners

_PATIENCE: Final = 12
"""Runs after which everything must be at rest."""


@dataclass(slots=True)
class Played:
    """What has happened in a play."""

    runs: int = 0
    changes: int = 0
    """Operations that changed a side."""
    crashes: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    holds: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    """Of plays, by what they have."""
    reasons: Counter[str] = field(default_factory=Counter)
    """Why runs began."""

    def add(self, other: Played) -> None:
        """Add another play."""
        self.runs += other.runs
        self.changes += other.changes
        self.crashes += other.crashes
        self.faults += other.faults
        self.holds += other.holds
        self.kinds += other.kinds
        self.reasons += other.reasons


class Life:
    """One job. Who plays says what happens; what that is in detail is by chance.

    `wrap` is laid between the engine and each side. Every step raises `BrokenPromiseError` where a
    promise does not hold after it.
    """

    def __init__(
        self,
        random: Random,
        pair: tuple[Manners, Manners],
        job: JobSettings,
        *,
        wrap: Wrap = lambda side: side,
        trace: Callable[[str], None] = lambda _line: None,
    ) -> None:
        self._tell = trace
        sides = Side("source", 11, pair[0], random), Side("target", 22, pair[1], random)
        time = Passing()
        promises = Promises(*sides, time)
        self._users = Users(random, time, promises, sides)
        home = Home(random.randbytes(8).hex())
        self.world = World(random, *sides, time, promises, job, home)
        self.engine = Engine(self.world, wrap, self.user, trace)
        self._released: HoldReason | None = None
        self.played = Played(faults=self.engine.faults)
        self._begin_anew()

    def _begin_anew(self) -> None:
        """Let a program begin: it remembers nothing but its state, and looks at everything."""
        world = self.world
        self._schedule = Schedule(world.settings, world.time, world.random)
        self._full_next = True

    def user(self, side: Side, deed: str | None = None) -> None:
        """Let a user do something, and tell the job of it."""
        for each in self.world.sides:
            if each.emptied:
                # Who goes on working in an empty folder means it.
                with self.world.promises.user():
                    each.accept()
        deed, touched = self._users.act(side, deed)
        self._tell(f"user: {deed} on the {side.name}: {', '.join(touched)}")
        if side is self.world.target and self.world.settings.mode is not Mode.TWO_WAY:
            return
        random = self.world.random
        for path in touched:
            touch = Touch.DONE if random.random() < 0.7 else Touch.WRITTEN
            if random.random() < 0.9:  # of some changes nobody tells
                self._schedule.hear(Hint(touch, side.true(path)))
        if random.random() < 0.05:
            self._schedule.hear(Hint(Touch.LOST))

    def change_settings(self) -> None:
        """Let a person set the job up anew."""
        self.world.settings = settings(self.world.random)
        self.look_at_all(f"other settings: {self.world.settings}")

    def change_filters(self) -> None:
        """Let a person change what is left alone."""
        world = self.world
        world.settings = replace(world.settings, filters=filters(world.random))
        self.look_at_all(f"other filters: {world.settings.filters}")

    def restore(self) -> None:
        """Restore Home Assistant from a backup."""
        home = self.world.home
        if home.backups:
            home.disk.put(self.world.random.choice(home.backups))
            self.look_at_all("Home Assistant is restored from a backup")

    def lose_state(self) -> None:
        """Lose the memory of the job."""
        self.world.home.disk.put(None)
        self.look_at_all("the state is lost")

    def lose_root(self) -> None:
        """Let the folder of a side be gone."""
        side = self.world.random.choice(self.world.sides)
        side.replace_root(volume=None, root=None)
        self.world.promises.taken_down(side)
        self._tell(f"the {side.name} is gone")

    def let_rival_run(self) -> None:
        """Let another Home Assistant run."""
        if self.world.home.disk.holds:
            self.world.promises.begin(self.world.settings, self.world.home.disk)
            self.engine.rival_run()

    def heal(self, side: Side) -> None:
        """Bring the folder of a side back."""
        side.heal()
        self.world.promises.taken_down(side)

    def look_at_all(self, why: str) -> None:
        """Let the program begin anew, and look at everything."""
        self._begin_anew()
        self._tell(why)

    def _next(self) -> Scope:
        """Return what the next run looks at, when it is due."""
        random = self.world.random
        reason, scope = "request", EVERYTHING
        if not self._full_next and random.random() < 0.7:
            reason, scope = self._schedule.wait() or (reason, scope)
        if scope.everything:
            self._schedule.ask_for_everything()
        self.played.reasons[reason] += 1
        self._tell(f"run: {reason}, {'everything' if scope.everything else sorted(scope.folders)}")
        return scope

    def run(self, faults: Sequence[Planned] = ()) -> Came:
        """Carry out one run, in which some things go wrong, and check the promises."""
        world, random = self.world, self.world.random
        scope = self._next()
        if self._released is not None:
            self._accept()
            self._schedule.forgive()
        orders = Orders(scope, self._released, self._schedule.recent_deletions)
        if self.world.home.disk.files() == 0:
            # What is met for the first time is meant, whatever it is.
            self._accept()
        world.promises.begin(world.settings, world.home.disk)
        written = [len(side.writes) for side in world.sides]
        released, self._released = self._released, None
        limit = self._most_deletions()
        came = self.engine.run(orders, faults)
        self.played.crashes += came.crashed
        self._full_next = False
        if came.crashed:
            self._begin_anew()
        else:
            changed = [
                path
                for side, count in zip(world.sides, written, strict=True)
                for _, path in side.writes[count:]
            ]
            self._schedule.conclude(came, changed, full=scope.everything)
        hold = came.outcome.hold if came.outcome is not None else None
        if hold is not None:
            self.played.holds[hold.reason.value] += 1
            self._tell(f"  held: {hold.reason}")
            if written != [len(side.writes) for side in world.sides]:
                raise BrokenPromiseError(
                    f"it is held ({hold.reason}), and yet it has changed things"
                )
            if random.random() < 0.6:
                self._released = hold.reason
        elif released is None and limit is not None and max(world.promises.taken.values()) > limit:
            raise BrokenPromiseError(
                f"{world.promises.taken} files were taken away, of at most {limit}"
            )
        self.played.runs = self.engine.runs
        self.played.changes += sum(len(side.writes) for side in world.sides) - sum(written)
        self.check()
        if (image := world.home.disk.image) is not None and random.random() < 0.5:
            world.home.backups.append(image)
        return came

    def _accept(self) -> None:
        """Let a person say that what stands there now is meant."""
        for side in self.world.sides:
            if side.root is None:
                self.heal(side)
            elif side.genuine is not None:
                with self.world.promises.user():
                    side.accept()

    def _most_deletions(self) -> int | None:
        """Return how many files of a side a run may take away unasked."""
        if not self.world.home.disk.holds:
            return None
        guards = self.world.settings.guards
        return max(
            guards.delete_floor, self.world.home.disk.files() * guards.max_delete_percent // 100
        )

    def _check_state(self) -> None:
        if (connection := self.world.home.disk.look()) is not None:
            self.world.promises.check_base(connection)

    def check(self) -> None:
        """Check what must hold at any time."""
        self.world.promises.check()
        self._check_state()

    def calm(self) -> None:
        """Let everybody close what is open."""
        self._users.calm()

    def settle(self) -> None:
        """Let everything be well, and see that both sides come to rest and agree."""
        world = self.world
        self._users.calm()
        for side in world.sides:
            self.heal(side)
        self.engine.tidy()
        self._released = None
        for _ in range(_PATIENCE):
            # Long enough for what nobody knows to be swept, too.
            world.time.let_pass(25 * 3600)
            self._full_next = True
            written = [len(side.writes) for side in world.sides]
            came = self.run()
            if came.error is not None or came.outcome is None:
                raise BrokenPromiseError(f"all is well, and yet: {came.error}")
            if (hold := came.outcome.hold) is not None:
                self._released = hold.reason
                continue
            if written == [len(side.writes) for side in world.sides]:
                check_agreement(world, came.outcome)
                return
        raise BrokenPromiseError(f"it does not come to rest: {world.target.writes[-10:]}")
