"""Two sides in memory and a state, with runs as a test wants them."""

import copy
from dataclasses import dataclass, field, replace
import shutil
import time
from typing import TYPE_CHECKING, Self

from custom_components.smb_ddns_sync.sync.endpoint import NameRule, Traits
from custom_components.smb_ddns_sync.sync.endpoints.memory import MemoryEndpoint
from custom_components.smb_ddns_sync.sync.run import EVERYTHING, Ears, Orders, Outcome, Run
from custom_components.smb_ddns_sync.sync.settings import Guards, JobId, JobSettings
from custom_components.smb_ddns_sync.sync.state import State
from custom_components.smb_ddns_sync.sync.trash_limits import TrashLimits

from .hours import Hours
from .trees import Clock, Tree, fill

if TYPE_CHECKING:
    from datetime import timedelta
    from pathlib import Path

    from custom_components.smb_ddns_sync.sync.endpoint import Endpoint
    from custom_components.smb_ddns_sync.sync.hints import Scope
    from custom_components.smb_ddns_sync.sync.outlook import Plan
    from custom_components.smb_ddns_sync.sync.status import HoldReason

JOB = JobId("job-1")
LIKE_A_DISK = Traits(1, case_sensitive=True, names=NameRule.POSIX)
SETTINGS = JobSettings(id=JOB, name="photos")


@dataclass
class Pair:
    """A source, a target, and what is remembered of them."""

    state_file: Path
    source: MemoryEndpoint = field(
        default_factory=lambda: MemoryEndpoint(volume=11, traits=LIKE_A_DISK)
    )
    target: MemoryEndpoint = field(default_factory=lambda: MemoryEndpoint(volume=22))
    settings: JobSettings = SETTINGS
    clock: Clock = field(default_factory=lambda: Clock(time.time_ns()))

    def having(self, source: Tree, target: Tree | None = None) -> Self:
        """Fill both sides."""
        fill(self.source, source, self.clock)
        fill(self.target, target or {}, self.clock)
        return self

    def guarded(self, **guards: int) -> Self:
        """Set guards."""
        self.settings = replace(self.settings, guards=Guards(**guards))
        return self

    def keeping_trash(self, age: timedelta) -> Self:
        """Set for how long trash is kept."""
        self.settings = replace(self.settings, trash=TrashLimits(age=age))
        return self

    def run(
        self,
        *,
        scope: Scope = EVERYTHING,
        released: HoldReason | None = None,
        ears: Ears | None = None,
        recent_deletions: int = 0,
    ) -> Outcome:
        """Carry out one run with a state that is opened for it, as after a restart."""
        return run(
            self.state_file,
            self.source,
            self.target,
            self.settings,
            Orders(scope, released, recent_deletions),
            ears or Ears(),
        )

    def copied(self, name: str) -> Self:
        """Return a pair of its own that stands as this one does."""
        state_file = self.state_file.with_name(name)
        shutil.copyfile(self.state_file, state_file)
        return replace(
            self,
            state_file=state_file,
            source=copy.deepcopy(self.source),
            target=copy.deepcopy(self.target),
        )

    def preview(self) -> Plan:
        """Return what a run would do."""
        state = State.open(self.state_file, self.settings.id)
        try:
            return Run(self.settings, state, self.source, self.target, Ears(), Orders()).preview()
        finally:
            state.close()

    def writes_of_another_run(self) -> list[tuple[str, str]]:
        """Return what a run that has nothing to do changes on both sides."""
        self.source.writes.clear()
        self.target.writes.clear()
        self.run()
        return [*self.source.writes, *self.target.writes]


def run(
    state_file: Path,
    source: Endpoint,
    target: Endpoint,
    settings: JobSettings = SETTINGS,
    orders: Orders | None = None,
    ears: Ears | None = None,
) -> Outcome:
    """Carry out one run between any two sides."""
    state = State.open(state_file, settings.id)
    try:
        hasty = replace(ears or Ears(), clock=Hours().clock)
        one = Run(settings, state, source, target, hasty, orders or Orders())
        one.carry_out()
        return one.outcome
    finally:
        state.close()
