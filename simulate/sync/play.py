"""One seed played: a job, its users, all that goes wrong, and the promises after every step."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Final

from custom_components.smb_ddns_sync.sync.endpoint import Hint, Touch
from custom_components.smb_ddns_sync.sync.hints import Hints
from custom_components.smb_ddns_sync.sync.run import EVERYTHING, Orders
from custom_components.smb_ddns_sync.sync.settings import (
    ConflictPolicy,
    Guards,
    JobSettings,
    Mode,
)
from custom_components.smb_ddns_sync.sync.trash_limits import TrashLimits

from ..virtual import BrokenPromiseError
from .agreement import check_agreement
from .engine import Came, Engine, Home, World, Wrap
from .faults import drawn
from .memory import JOB
from .passing import Passing
from .promises import Promises
from .side import LOCAL, OLD_SHARE, SHARE, Side
from .users import Users

if TYPE_CHECKING:
    from collections.abc import Callable

    from custom_components.smb_ddns_sync.sync.status import HoldReason

_PAIRS: Final = (
    (LOCAL, SHARE),
    (LOCAL, SHARE),
    (SHARE, LOCAL),
    (SHARE, SHARE),
    (LOCAL, OLD_SHARE),
    (OLD_SHARE, LOCAL),
)
_MEANT: Final = Guards(100, 10_000, 100, 10_000)
_STRICT: Final = Guards(50, 2, 90, 3)
_PATIENCE: Final = 12
"""Runs after which everything must be at rest."""
_DAY: Final = 86_400


@dataclass(slots=True)
class Played:
    """What has happened in a play."""

    runs: int = 0
    changes: int = 0
    """Operations that changed a side."""
    crashes: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    holds: Counter[str] = field(default_factory=Counter)

    def add(self, other: Played) -> None:
        """Add another play."""
        self.runs += other.runs
        self.changes += other.changes
        self.crashes += other.crashes
        self.faults += other.faults
        self.holds += other.holds


class Play:
    """A world made by a seed. `wrap` is laid between the engine and each side."""

    def __init__(
        self,
        seed: int,
        *,
        wrap: Wrap = lambda side: side,
        trace: Callable[[str], None] = lambda _line: None,
    ) -> None:
        self._seed = seed
        self._tell = trace
        random = Random(seed)
        source, target = random.choice(_PAIRS)
        sides = Side("source", 11, source, random), Side("target", 22, target, random)
        time = Passing()
        promises = Promises(*sides, time)
        self._users = Users(random, time, promises, sides)
        home = Home(random.randbytes(8).hex())
        self._world = World(random, *sides, time, promises, _settings(random), home)
        self._engine = Engine(self._world, wrap, self._user, trace)
        self._hints = Hints(self._world.settings.settle)
        self._full_next = True
        self._released: HoldReason | None = None
        self._step = "the beginning"
        self.played = Played(faults=self._engine.faults)

    def play(self) -> Played:
        """Play it. Raises `BrokenPromiseError`, which says how to play it again."""
        try:
            for number in range(self._world.random.randint(2, 6)):
                self._step = f"round {number + 1}"
                self._round()
            self._settle()
        except BrokenPromiseError as broken:
            raise self._told(str(broken)) from broken
        except Exception as error:
            # The engine answers for what it stumbles over.
            raise self._told(f"{type(error).__name__}: {error}") from error
        self.played.runs = self._engine.runs
        return self.played

    def _told(self, what: str) -> BrokenPromiseError:
        world = self._world
        return BrokenPromiseError(
            f"seed {self._seed}, {self._step} ({world.settings.mode} from "
            f"{world.source.manners.name} to {world.target.manners.name}, "
            f"{world.settings.conflicts}): {what}\n"
            f"To see it: scripts/simulate sync --first-seed {self._seed} --seeds 1 --trace"
        )

    def _round(self) -> None:
        random = self._world.random
        for _ in range(random.choice((0, 1, 2, 3, 5, 8))):
            self._user(random.choice(self._world.sides))
        self._happen()
        self._world.time.let_pass(random.choice((0.2, 2, 60, 3600)))
        self._run(faulty=True)

    def _user(self, side: Side) -> None:
        for each in self._world.sides:
            if each.emptied:
                # Who goes on working in an empty folder means it.
                with self._world.promises.user():
                    each.accept()
        deed, touched = self._users.act(side)
        self._tell(f"user: {deed} on the {side.name}: {', '.join(touched)}")
        if side is self._world.target and self._world.settings.mode is not Mode.TWO_WAY:
            return
        random, now = self._world.random, self._world.time.monotonic
        for path in touched:
            touch = Touch.DONE if random.random() < 0.7 else Touch.WRITTEN
            self._hints.add(Hint(touch, side.true(path)), now)
        if random.random() < 0.05:
            self._hints.add(Hint(Touch.LOST), now)

    def _happen(self) -> None:
        """Let happen what happens to a job over the years."""
        world, random = self._world, self._world.random
        chance = random.random()
        for share, happens in (
            (0.08, self._change_settings),
            (0.05, self._restore),
            (0.02, self._lose_state),
            (0.05, lambda: self._engine.swap(random.choice(world.sides), emptied=_coin(random))),
            (0.02, self._lose_root),
            (0.03, self._engine.set_clock),
            (0.03, self._engine.rival_lock),
            (0.03, self._let_rival_run),
            (0.04, lambda: world.time.let_pass(random.choice((_DAY, 40 * _DAY)))),
            (0.05, self._users.calm),
        ):
            if chance < share:
                happens()
                break
            chance -= share
        for side in world.sides:
            if side.genuine is not None and random.random() < 0.3:
                self._heal(side)
                self._look_at_all(f"the {side.name} is itself again")

    def _change_settings(self) -> None:
        self._world.settings = _settings(self._world.random)
        self._hints = Hints(self._world.settings.settle)
        self._look_at_all(f"other settings: {self._world.settings}")

    def _restore(self) -> None:
        home = self._world.home
        if home.backups:
            home.disk.put(self._world.random.choice(home.backups))
            self._look_at_all("Home Assistant is restored from a backup")

    def _lose_state(self) -> None:
        self._world.home.disk.put(None)
        self._look_at_all("the state is lost")

    def _lose_root(self) -> None:
        side = self._world.random.choice(self._world.sides)
        side.replace_root(volume=None, root=None)
        self._world.promises.taken_down(side)
        self._tell(f"the {side.name} is gone")

    def _let_rival_run(self) -> None:
        if self._world.home.disk.holds:
            self._world.promises.begin(self._world.settings)
            self._engine.rival_run()

    def _heal(self, side: Side) -> None:
        side.heal()
        self._world.promises.taken_down(side)

    def _look_at_all(self, why: str) -> None:
        self._full_next = True
        self._tell(why)

    def _run(self, *, faulty: bool) -> Came:
        """Carry out one run, and check the promises."""
        world, random = self._world, self._world.random
        scope = EVERYTHING
        if self._full_next or random.random() < 0.4:
            self._hints.clear()
        else:
            scope = self._hints.take(world.time.monotonic)
        orders = Orders(scope, self._released)
        if self._released is not None:
            self._accept()
        self._tell(f"run: {'everything' if scope.everything else sorted(scope.folders)}")
        if self._world.home.disk.files() == 0:
            # What is met for the first time is meant, whatever it is.
            self._accept()
        world.promises.begin(world.settings)
        written = [len(side.writes) for side in world.sides]
        released, self._released = self._released, None
        limit = self._most_deletions()
        came = self._engine.run(orders, drawn(random) if faulty else ())
        self.played.crashes += came.crashed
        self._full_next = not came.completed
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
        self.played.changes += sum(len(side.writes) for side in world.sides) - sum(written)
        world.promises.check()
        self._check_state()
        if came.completed and came.outcome is not None:
            self._hints.look_again(came.outcome.done.deferred, world.time.monotonic)
        if (image := world.home.disk.image) is not None and random.random() < 0.5:
            world.home.backups.append(image)
        return came

    def _accept(self) -> None:
        """Let a person say that what stands there now is meant."""
        for side in self._world.sides:
            if side.root is None:
                self._heal(side)
            elif side.genuine is not None:
                with self._world.promises.user():
                    side.accept()

    def _most_deletions(self) -> int | None:
        """Return how many files of a side a run may take away unasked."""
        if not self._world.home.disk.holds:
            return None
        guards = self._world.settings.guards
        return max(
            guards.delete_floor, self._world.home.disk.files() * guards.max_delete_percent // 100
        )

    def _check_state(self) -> None:
        if (connection := self._world.home.disk.look()) is not None:
            self._world.promises.check_base(connection)

    def _settle(self) -> None:
        """Let everything be well, and see that both sides come to rest and agree."""
        world = self._world
        self._step = "the quiet at the end"
        self._users.calm()
        for side in world.sides:
            self._heal(side)
        self._released = None
        for _ in range(_PATIENCE):
            # Long enough for what nobody knows to be swept, too.
            world.time.let_pass(25 * 3600)
            self._full_next = True
            written = [len(side.writes) for side in world.sides]
            came = self._run(faulty=False)
            if came.error is not None or came.outcome is None:
                raise BrokenPromiseError(f"all is well, and yet: {came.error}")
            if (hold := came.outcome.hold) is not None:
                self._released = hold.reason
                continue
            if written == [len(side.writes) for side in world.sides]:
                check_agreement(world, came.outcome)
                return
        raise BrokenPromiseError(f"it does not come to rest: {world.target.writes[-10:]}")


def _coin(random: Random) -> bool:
    return random.random() < 0.5


def _settings(random: Random) -> JobSettings:
    mode = random.choice((Mode.MIRROR, Mode.COPY, Mode.TWO_WAY, Mode.TWO_WAY))
    clears = mode is Mode.COPY and random.random() < 0.5
    return JobSettings(
        id=JOB,
        name="simulated",
        mode=mode,
        conflicts=random.choice(tuple(ConflictPolicy)),
        clear_source_after=random.choice((timedelta(), timedelta(hours=1))) if clears else None,
        settle=timedelta(seconds=random.choice((0, 0.5, 10))),
        trash=TrashLimits(
            random.choice((timedelta(), timedelta(days=1), timedelta(days=30), None)),
            random.choice((1, 2, None)),
            random.choice((0, 100_000, None, None)),
        ),
        guards=random.choice((_MEANT, _MEANT, _STRICT)),
    )


def played(seed: int) -> Played:
    """Play one seed."""
    return Play(seed).play()
