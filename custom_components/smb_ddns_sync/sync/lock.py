"""One writer at a time: a small file on a side that says who writes there, and shows life.

Two Home Assistants may have jobs on one folder, also without knowing of each other: one restored
from the other's backup, or two houses with one NAS. Whoever wants to write takes the lock first.

- It is taken where there is none, and the side itself refuses a second one: a placement that
  expects nothing fails where something is.
- Whoever holds it writes it anew every few seconds, with a number that grows. Clocks of two
  machines are never compared: a holder counts as gone only when its file stood still for a whole
  minute of *our* clock, seen by us.
- A holder that was cut off or asleep for so long has lost it. It finds out with its next sign of
  life, which expects the file as it left it, and with `prove`, which is asked before anything is
  deleted. Everything it did in between expected to find what it had seen, as always.
- A run whose side broke off leaves the file behind. The next run of the same job, in the same
  process, knows that its own earlier run has ended, and goes on at once. After a crash, here or
  elsewhere, that minute is waited for once.
"""

import logging
import secrets
from typing import TYPE_CHECKING, Final

from .clock import Clock
from .endpoint import (
    Cancelled,
    Changed,
    EndpointError,
    Entry,
    FileError,
    NoSpace,
    RelPath,
    Unavailable,
)
from .names import OWN_FOLDER, RunToken, join
from .own_file import prove_ours, read_own, write_own

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .endpoint import Endpoint

PROCESS: Final = secrets.token_hex(8)
"""Tells this process from every other, also from one that was restored from our backup."""
_LOGGER = logging.getLogger(__name__)

LOCK: Final = join(RelPath(OWN_FOLDER), "lock.json")

SIGN_EVERY: Final = 5.0  # seconds between two signs of life
GONE_AFTER: Final = 60.0  # seconds without one, watched by whoever wants the lock
_LOOK_EVERY: Final = 2.0
_PAUSE: Final = 0.25  # a person who cancels does not wait for longer


class Locked(Unavailable):
    """Somebody else writes on this side; a later try will find it free."""


class Lock:
    """The right to write on one side, for one run. Of one thread.

    `job` is the id of the job's state, of which one run at a time goes on in this process. `who` is
    shown to whoever finds the side locked.
    """

    def __init__(
        self,
        side: Endpoint,
        job: str,
        who: str,
        run: RunToken,
        clock: Clock | None = None,
        process: str = PROCESS,
        subject: str = "target",
    ) -> None:
        self._side = side
        self._subject = subject
        self._owner = f"{process}-{job}"
        self._who = who
        self._run = run
        self._clock = clock or Clock()
        self._held: Entry | None = None
        self._signs = 0
        self._tried_at = 0.0
        self._signed_at = 0.0

    @property
    def held(self) -> bool:
        """Whether it was taken, and not lost as far as is known here."""
        return self._held is not None

    def take(self, cancelled: Callable[[], bool] = lambda: False) -> None:
        """Take the lock. Raises `Locked` where its holder is alive, `Cancelled` while it waits."""
        found: Entry | None = None
        from_others = False
        while True:
            try:
                self._sign(found)
            except Changed:
                # Somebody has it, was faster, or let go meanwhile.
                _stop_if(cancelled)
                found = self._side.look(LOCK)
                from_others = found is not None and not self._is_ours()
                if found is not None and from_others:
                    self._wait_until_gone(found, cancelled)
                continue
            if from_others:
                self._let_rivals_show()
            return

    def show_life(self) -> None:
        """Show life if it is time to; to be called often. Raises `Locked` where it was lost.

        A side that is full for a while, or whose virus scanner has the file open, is no reason to
        stop: it is tried again until others might begin to think that we are gone.
        """
        now = self._clock.monotonic()
        if now - self._tried_at < SIGN_EVERY:
            return
        try:
            self._sign(self._held)
        except Changed as error:
            raise self._lost() from error
        except (NoSpace, FileError) as error:
            if now - self._signed_at > GONE_AFTER / 2:
                raise self._locked(f"no life could be shown any more: {error}") from error

    def prove(self) -> None:
        """Raise `Locked` where somebody else has taken the lock for abandoned."""
        seen = self._side.look(LOCK)
        if self._held is None or not self._held.same_version(seen):
            raise self._lost()

    def release(self) -> None:
        """Let go. What cannot be said now is found out by its standing still."""
        held, self._held = self._held, None
        if held is None:
            return
        try:
            self._side.delete_file(LOCK, held)
        except EndpointError as error:
            _LOGGER.debug("The lock of %s stays until it is found abandoned: %s", self._who, error)

    def _sign(self, expected: Entry | None) -> None:
        self._signs += 1
        data = {"owner": self._owner, "who": self._who, "signs": self._signs}
        self._tried_at = now = self._clock.monotonic()
        try:
            self._held = self._written(data, expected)
        except NoSpace:
            # Deleting needs the lock, and a full side needs somebody who deletes. A file without
            # content is a lock, too: its time tells life, only not whose.
            self._held = self._written(None, expected)
        self._signed_at = now

    def _written(self, data: Mapping[str, object] | None, expected: Entry | None) -> Entry:
        # Who sees it empty takes it for somebody's, whom nothing is known of: that is enough.
        return write_own(
            self._side, LOCK, data, self._run, self._clock.now(), expected=expected, at_once=True
        )

    def _wait_until_gone(self, found: Entry, cancelled: Callable[[], bool]) -> None:
        """Return when the lock stood still for long enough; raise `Locked` where it moves."""
        since = looked_at = self._clock.monotonic()
        while (now := self._clock.monotonic()) - since < GONE_AFTER:
            _stop_if(cancelled)
            if now - looked_at < _LOOK_EVERY:
                self._clock.sleep(_PAUSE)
                continue
            looked_at = now
            seen = self._side.look(LOCK)
            if seen is None:
                return
            if not found.same_version(seen):
                raise self._locked(self._holder())

    def _let_rivals_show(self) -> None:
        """Make sure that nobody else took the abandoned lock in the same moment.

        A share compares and replaces in two steps: two that come within one round trip both
        succeed, and the last one has it.
        """
        self._clock.sleep(_LOOK_EVERY)
        self.prove()

    def _is_ours(self) -> bool:
        data = read_own(self._side, LOCK)
        if data is None:
            prove_ours(self._side, LOCK)
        return data is not None and data.get("owner") == self._owner

    def _holder(self) -> str:
        data = read_own(self._side, LOCK)
        who = None if data is None else data.get("who")
        return f"by {who}" if isinstance(who, str) else "by somebody who does not say who"

    def _lost(self) -> Locked:
        self._held = None
        return self._locked("it was taken over while nothing could be heard from here")

    def _locked(self, detail: str) -> Locked:
        return Locked(self._subject, "locked", detail)


def _stop_if(cancelled: Callable[[], bool]) -> None:
    if cancelled():
        raise Cancelled("run", "cancelled")
