"""Two sites, one name, a cut between them, and each dying at every step."""

from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Final

from custom_components.smb_ddns_sync.ddns.standby import (
    Decision,
    Evidence,
    Memory,
    Role,
    Site,
    Terms,
    TextChange,
    View,
    Wish,
    decide,
    read_text,
)

from .virtual import BrokenPromiseError, VirtualClock

if TYPE_CHECKING:
    from datetime import datetime

_CHECK: Final = timedelta(seconds=30)
_SECOND: Final = timedelta(seconds=1)


@dataclass
class Program:
    """One site: its program, its line, and its clock, which is wrong by `skew`."""

    site: Site
    address: str
    skew: timedelta
    memory: Memory = field(default_factory=Memory)
    alive: bool = True
    online: bool = True
    next_check: datetime | None = None
    may_publish: bool = False

    def crash(self) -> None:
        """Lose all that was kept."""
        self.memory, self.may_publish = Memory(), False


@dataclass(frozen=True, slots=True)
class _Landing:
    """A write on its way, and when it arrives."""

    at: datetime
    by: Program
    change: TextChange | None  # None: the name is pointed to the site
    seen: frozenset[str]


class TwoSites:
    """The sites, what the provider holds, and what is on its way to it.

    `compares`: the provider writes a text only if the others are as seen; else the last one wins.
    """

    def __init__(self, seed: int) -> None:
        self.random: Final = Random(seed)
        self.clock: Final = VirtualClock()
        self.compares: Final = self.random.random() < 0.5  # noqa: PLR2004 - a coin
        terms = Terms()
        half = terms.skew / 2
        self.primary: Final = Program(
            Site("primary", Role.PRIMARY, terms), "P", half * self.random.uniform(-1, 1)
        )
        self.standby: Final = Program(
            Site("standby", Role.STANDBY, terms), "S", half * self.random.uniform(-1, 1)
        )
        self.texts: frozenset[str] = frozenset()
        self.name = "P"
        self.service_alive = True  # the primary's; its program looks after it
        self.cut = False  # between the sites, the provider is reached
        self.moves: list[str] = []
        self._coming: list[_Landing] = []

    def pass_time(self, time: timedelta) -> None:
        """Let time pass, second by second, checks and landings where they fall."""
        end = self.clock.now + time
        while self.clock.now < end:
            self.clock.advance(_SECOND)
            for landing in [each for each in self._coming if each.at <= self.clock.now]:
                self._coming.remove(landing)
                self._land(landing)
            for program in (self.primary, self.standby):
                if program.alive and (program.next_check or self.clock.now) <= self.clock.now:
                    program.next_check = self.clock.now + _CHECK * self.random.uniform(0.5, 1.5)
                    self._check(program)

    def see_name(self, wanted: str) -> None:
        """See that the name points to a site. Raises `BrokenPromiseError`."""
        if self.name != wanted:
            raise BrokenPromiseError(f"the name points to {self.name} after all, not {wanted}")

    def _check(self, program: Program) -> None:
        texts = self.texts if program.online else None
        view = View(
            self.clock.now + program.skew,
            texts,
            self._evidence(program),
            program.address if program.online else None,
        )
        decision = decide(program.site, program.memory, view)
        program.may_publish = decision.may_publish
        other = self.standby if program is self.primary else self.primary
        if decision.may_publish and other.alive and other.may_publish and self._lasts(other):
            raise BrokenPromiseError("both sites may publish at once")
        if self.random.random() < 0.02:  # noqa: PLR2004 - it dies between the decision and its deed
            program.crash()
            return
        self._act(program, decision, texts)
        program.memory = decision.memory
        if self.random.random() < 0.02:  # noqa: PLR2004 - and between the deed and what comes next
            program.crash()

    def _lasts(self, program: Program) -> bool:
        """Tell whether a site's leave to publish, given at its last check, can still be used."""
        view = View(self.clock.now + program.skew, self.texts, Evidence.UNKNOWN, program.address)
        return decide(program.site, program.memory, view).may_publish

    def _act(self, program: Program, decision: Decision, texts: frozenset[str] | None) -> None:
        if texts is None:
            return
        delay = program.site.terms.call * self.random.random()
        landing = self.clock.now + (delay if self.random.random() < 0.3 else _SECOND)  # noqa: PLR2004
        if decision.change is not None:
            self._coming.append(_Landing(landing, program, decision.change, texts))
        if decision.may_publish and self.name != program.address:
            self._coming.append(_Landing(landing, program, None, texts))

    def _land(self, landing: _Landing) -> None:
        if landing.change is None:
            other = self.standby if landing.by is self.primary else self.primary
            if other.alive and other.may_publish and self._lasts(other):
                raise BrokenPromiseError("a late write took the name from the site that holds it")
            self.name = landing.by.address
            self.moves.append(self.name)
            return
        if self.compares and self.texts != landing.seen:
            return
        kept = self.texts - {landing.change.replaces}
        if not self.compares and landing.change.replaces is not None:
            # A provider that keeps records by id: the record that was there is written over.
            kind = type(read_text(landing.change.text))
            if landing.change.replaces not in self.texts:
                kept = frozenset(text for text in kept if not isinstance(read_text(text), kind))
        self.texts = frozenset(kept | {landing.change.text})

    def _evidence(self, program: Program) -> Evidence:
        if not program.online:
            return Evidence.UNKNOWN
        if program is self.primary:
            return Evidence.ALIVE if self.service_alive else Evidence.DEAD
        reached = self.service_alive and self.primary.online and not self.cut
        reached = reached and self.primary.alive
        if self.name == "S":
            wished = any(isinstance(read_text(text), Wish) for text in self.texts)
            reached = reached and wished
        return Evidence.ALIVE if reached else Evidence.DEAD


def play_two_sites(seed: int) -> TwoSites:
    """Play two sites through faults, then heal, and see that the primary has its name.

    Raises `BrokenPromiseError` with the seed.
    """
    world = TwoSites(seed)
    random = world.random
    try:
        for _ in range(25):
            match random.randrange(7):
                case 0:
                    world.primary.alive = not world.primary.alive
                    world.primary.crash()
                case 1:
                    world.standby.alive = not world.standby.alive
                    world.standby.crash()
                case 2:
                    world.primary.online = not world.primary.online
                case 3:
                    world.standby.online = not world.standby.online
                case 4:
                    world.cut = not world.cut
                case 5:
                    world.service_alive = not world.service_alive
                case _:
                    pass
            world.pass_time(timedelta(seconds=random.choice((20, 60, 240, 900, 1800))))
        for program in (world.primary, world.standby):
            program.alive = program.online = True
        world.cut, world.service_alive = False, True
        world.pass_time(timedelta(hours=2))
        world.see_name("P")
    except BrokenPromiseError as broken:
        raise BrokenPromiseError(f"seed {seed}: {broken}") from broken
    return world
