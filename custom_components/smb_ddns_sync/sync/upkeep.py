"""What a run does besides syncing: trash within its limits, and what is called like ours."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from .done import Failure
from .endpoint import Changed, FileError, Missing, RelPath
from .endpoints.exclusive import ExclusiveEndpoint
from .leftovers import (
    OWN_NAME,
    Fate,
    fate_of,
    look_for_strangers,
    strangers_in,
    why_left_alone,
)
from .lock import Locked
from .names import OWN_FOLDER
from .prune import Prune, Pruned
from .settings import Mode
from .side import Side

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from .brake import Brake
    from .clock import Clock
    from .done import Done
    from .endpoint import Endpoint, Entry, Listing
    from .locks import Locks
    from .settings import JobSettings
    from .state import State

_PRUNE_EVERY: Final = timedelta(hours=20)
_PRUNE_FILLED_EVERY: Final = timedelta(hours=1)
"""The same where trash has a size that it should not exceed, and something came into it."""


@dataclass(frozen=True, slots=True)
class Upkeep:
    """The upkeep of one run, on the sides under their true names."""

    settings: JobSettings
    state: State
    sides: Mapping[Side, Endpoint]
    clock: Clock
    brake: Brake
    cancelled: Callable[[], bool]

    def fate(self, side: Side, entry: Entry) -> Fate:
        """Decide about what is called like a file that is being written."""
        written = side is Side.TARGET or self.settings.mode is Mode.TWO_WAY
        return fate_of(entry, self.state, self.clock.now(), written=written)

    def stale(self, found: Iterable[tuple[Side, Entry]]) -> list[tuple[Side, Entry]]:
        """Return what has no writer any more."""
        return [pair for pair in found if self.fate(*pair) in {Fate.DELETE, Fate.TRASH}]

    def tell(self, found: Iterable[tuple[Side, Entry]], done: Done) -> None:
        """Tell what cannot be ours, and stays."""
        _tell((entry for side, entry in found if self.fate(side, entry) is Fate.TELL), done)

    def prune(
        self,
        pruned: Pruned,
        done: Done,
        *,
        filled: bool,
        everything: bool,
        prove_roots: Callable[[], None],
        new_locks: Callable[[], Locks],
    ) -> None:
        """Bring trash within its limits on both sides: a restored file may leave some on each.

        `filled` says that something came into it, `everything` that the run looked at all there is.
        What somebody has put into our folder is told by each such run until it is gone.
        """
        now = self.clock.date()
        if self._is_due(now, filled=filled):
            prove_roots()
            try:
                strangers = self._look_after(pruned, now, new_locks())
            except Locked:
                return  # there is no hurry
            if not self.cancelled():
                self.state.pruned_at = now.timestamp()
        elif everything and self.state.saw_strangers:
            strangers = [entry for side in self._in_order for entry in look_for_strangers(side)]
        else:
            return
        _tell(strangers, done)
        self.state.saw_strangers = bool(strangers)

    @property
    def _in_order(self) -> tuple[Endpoint, Endpoint]:
        return self.sides[Side.TARGET], self.sides[Side.SOURCE]

    def _is_due(self, now: datetime, *, filled: bool) -> bool:
        size_matters = filled and self.settings.trash.size is not None
        every = _PRUNE_FILLED_EVERY if size_matters else _PRUNE_EVERY
        return not 0 <= now.timestamp() - self.state.pruned_at < every.total_seconds()

    def _look_after(self, pruned: Pruned, now: datetime, locks: Locks) -> list[Entry]:
        strangers: list[Entry] = []
        try:
            for side in (Side.TARGET, Side.SOURCE):
                exclusive = ExclusiveEndpoint(self.sides[side], locks, self.cancelled)
                prune = Prune(
                    exclusive,
                    self.settings.trash,
                    now,
                    self.state.connection,
                    self.brake.step,
                    pruned,
                    lambda entry, side=side: self.fate(side, entry) is Fate.DELETE,  # type: ignore[misc]
                )
                prune.carry_out()
                own = exclusive.list(RelPath(OWN_FOLDER))
                self._sweep(side, exclusive, own)
                strangers += strangers_in(own, prune.found)
        finally:
            locks.release()
        return strangers

    def _sweep(self, side: Side, endpoint: Endpoint, own: Listing) -> None:
        """Delete what a write of the lock or the marker has left, which no scan comes by.

        Here, in our own folder, no user has given a file such a name.
        """
        for _, entry in self.stale((side, entry) for entry in own.temporaries):
            # What cannot be deleted now is found again.
            with suppress(Changed, FileError, Missing):
                endpoint.delete_file(entry.path, entry)


def _tell(strangers: Iterable[Entry], done: Done) -> None:
    for entry in strangers:
        done.tell(Failure(entry.path, OWN_NAME, why_left_alone(entry.path)))
