"""When the job of a play runs, and what it looks at: by its own agenda, on the virtual clock.

What the job's thread does between two runs is done here without a thread.
"""

from typing import TYPE_CHECKING

from custom_components.smb_ddns_sync.sync.agenda import Agenda
from custom_components.smb_ddns_sync.sync.endpoint import Cancelled, NeedsPerson
from custom_components.smb_ddns_sync.sync.hints import Hints
from custom_components.smb_ddns_sync.sync.names import OWN_FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

    from custom_components.smb_ddns_sync.sync.endpoint import Hint, RelPath
    from custom_components.smb_ddns_sync.sync.hints import Scope
    from custom_components.smb_ddns_sync.sync.settings import JobSettings

    from .engine import Came
    from .passing import Passing


class Schedule:
    """What makes a program's job run next; a program that starts anew knows nothing of it."""

    def __init__(self, settings: JobSettings, time: Passing, random: Random) -> None:
        self._time = time
        self._agenda = Agenda(
            settings, Hints(settings.settle), clock=time.clock, spread=random.uniform
        )
        # A server tells of what goes through it, and of nothing else.
        self._agenda.may_miss = True

    def hear(self, hint: Hint) -> None:
        """Hear of a change."""
        self._agenda.hints.add(hint, self._time.monotonic)

    def ask_for_everything(self) -> None:
        """Let a person, or the start of a program, ask for a look at everything."""
        self._agenda.begin_full()

    def wait(self) -> tuple[str, Scope] | None:
        """Wait until a run is due; return why, and what it looks at. None where none ever is."""
        at = self._agenda.next_at()
        if at is None:
            return None
        self._time.let_pass(max(0.0, at - self._time.monotonic))
        due = self._agenda.take(self._time.monotonic)
        return None if due is None else (due[0].value, due[1])

    @property
    def recent_deletions(self) -> int:
        """Return how many files runs deleted a short while ago."""
        return self._agenda.recent_deletions(self._time.monotonic)

    def forgive(self) -> None:
        """Let a person say that what was deleted was meant."""
        self._agenda.forgive_deletions()

    def conclude(self, came: Came, changed: Iterable[RelPath], *, full: bool) -> None:
        """Draw from a run when the next one is due."""
        agenda, now, outcome = self._agenda, self._time.monotonic, came.outcome
        for path in changed:
            if not path.startswith(OWN_FOLDER):
                agenda.ladder.changed(path, now)
        if outcome is not None:
            agenda.deleted(outcome.done.files_trashed, now)
        if came.completed and outcome is not None:
            agenda.completed(now, full=full)
            agenda.deferred(outcome.done.deferred, now)
            if outcome.done.worth_a_retry or outcome.done.waits:
                agenda.problems(now)
        elif came.error is None:
            agenda.held(now)
        elif isinstance(came.error, Cancelled):
            agenda.restart_interval(now)
        elif isinstance(came.error, NeedsPerson):
            agenda.refused()
        else:
            agenda.unavailable(now)
