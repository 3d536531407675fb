"""One connection to a share: dialled when it is needed, and anew when it broke."""

from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
import logging
import random
from threading import Lock
import time
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from .connection import Connection
from .dial import Dialled, dial, most_telling
from .errors import (
    AccountRefused,
    BadAnswer,
    ConnectionFailed,
    ConnectionLost,
    FloorNotMet,
    NotSmb,
    SmbError,
    TimedOut,
    TooOld,
)
from .handshake import establish
from .legacy import Smb1, ask_for_smb1
from .stopping import BrokenOff, has_given_up, is_over, slice_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from .target import Address, ShareTarget

_LOGGER = logging.getLogger(__name__)

_FIRST_PAUSE: Final = 0.5  # seconds after a dial that failed, doubled with each further one
_LONGEST_PAUSE: Final = 30.0
_BETTER_EVERY: Final = 60.0  # seconds between looks whether a better address is back
_BETTER_DEADLINE: Final = 3.0


@dataclass(slots=True)
class Account:
    """What all lanes of a client know of the account: a refused one is never tried again."""

    refused: AccountRefused | None = None

    def check(self) -> None:
        """Raise the refusal anew where there was one."""
        if self.refused is not None:
            raise type(self.refused)(self.refused.subject, self.refused.detail)


class Lane:
    """A place for one connection. Any thread may ask for it; one dials, all wait."""

    def __init__(self, target: ShareTarget, account: Account, deadline: float) -> None:
        self._target = target
        self._account = account
        self._deadline = deadline
        # Each lane is a client of its own to the server. Connections of one client are handed to
        # one process there (multichannel, MS-SMB2 § 3.3.5.4), which then is all that works for us;
        # and one that is just ending takes the new connection with it.
        self._client_id = uuid4()
        self._lock = Lock()
        self._connection: Connection | None = None
        self._dialling: Future[Connection] | None = None
        self._closed = False
        self._establishing: set[Dialled] = set()  # sessions being set up
        self._failures = 0
        self._last_failure: SmbError | None = None
        self._not_before = 0.0
        self._better_at = 0.0
        self._session_id = 0  # of the connection that broke
        self._retired: list[Connection] = []

    @property
    def standing(self) -> Connection | None:
        """The connection if there is one now; never dials."""
        connection = self._connection
        if connection is None or connection.failed or connection.left:
            return None
        return connection

    @property
    def closed(self) -> bool:
        """Whether it has been closed: it never has a connection again."""
        return self._closed

    def connection(self, *, at_once: bool = False) -> Connection:
        """Return a connection that stands, dialling where there is none.

        Shortly after a dial that failed its error is raised again, unless `at_once` asks for
        another try. Raises `BrokenOff` where the calling thread is to stop.
        """
        while True:
            with self._lock:
                if self._closed:
                    raise ConnectionLost(self._subject, "the client is closed")
                standing = self.standing
                if standing is not None:
                    return standing
                if has_given_up():
                    raise self._broken_off()
                self._account.check()
                if self._dialling is None and not at_once and time.monotonic() < self._not_before:
                    last = self._last_failure
                    if last is not None:
                        raise type(last)(last.subject, last.detail)
                mine = self._dialling is None
                if self._dialling is None:
                    self._dialling = Future()
                dialling = self._dialling
            if mine:
                self._dial_for_all(dialling)
            if (connection := self._result(dialling, mine=mine)) is not None:
                return connection

    def look_for_better(self) -> None:
        """Go back to a better address if there is one and it answers; once in a while."""
        self._close_retired()
        standing = self.standing
        if standing is None:
            return
        better = self._target.addresses[: self._target.addresses.index(standing.facts.address)]
        with self._lock:
            now = time.monotonic()
            if not better or now < self._better_at or self._dialling is not None:
                return
            self._better_at = now + _BETTER_EVERY
        try:
            found = self._dial(better, min(self._deadline, _BETTER_DEADLINE), previous_session=0)
        except SmbError as error:
            _LOGGER.debug("Staying with %s: %s", standing.facts.address, error)
            return
        with self._lock:
            if self._closed:
                self._retired.append(found)
            else:
                self._retired.append(standing)
                self._connection = found
        self._close_retired()

    def close(self) -> None:
        """Hang up; what waits fails, a dial that is under way too. Never waits itself."""
        with self._lock:
            self._closed = True
            for dialled in self._establishing:
                dialled.break_off()
            connection, self._connection = self._connection, None
            retired, self._retired = self._retired, []
        for each in (connection, *retired):
            if each is not None:
                each.close()

    @property
    def _subject(self) -> str:
        return str(self._target.addresses[0])

    def _close_retired(self) -> None:
        with self._lock:
            done = [each for each in self._retired if each.idle or each.failed or self._closed]
            self._retired = [each for each in self._retired if each not in done]
        for each in done:
            each.close()

    def _result(self, dialling: Future[Connection], *, mine: bool) -> Connection | None:
        """Return what a dial brings; None where it was another thread's, which was to stop."""
        since = time.monotonic()
        patience = 2 * self._deadline
        while True:
            try:
                return dialling.result(slice_of(patience))
            except FutureTimeoutError:
                waited = time.monotonic() - since
                if is_over(waited):
                    raise self._broken_off() from None
                if waited >= patience:
                    raise TimedOut(self._subject, "another thread is still dialling") from None
            except BrokenOff:
                if mine:
                    raise
                return None
            except SmbError as error:
                raise type(error)(error.subject, error.detail) from error

    def _broken_off(self) -> BrokenOff:
        return BrokenOff(self._subject, "given up before a session stood")

    def _retire_left(self) -> int:
        """Set a connection aside that others still wait on; return the session to be replaced.

        Naming a session ends it, with the files that it has open (MS-SMB2 § 3.3.5.5.3).
        """
        with self._lock:
            connection = self._connection
            if connection is None or connection.failed:
                return self._session_id
            self._retired.append(connection)
            self._connection = None
            self._session_id = 0
            return 0

    def _dial_for_all(self, dialling: Future[Connection]) -> None:
        """Dial, and tell everybody who waits, whatever comes of it."""
        try:
            connection = self._dial(
                self._target.addresses, self._deadline, previous_session=self._retire_left()
            )
        except BaseException as error:
            with self._lock:
                self._dialling = None
                if isinstance(error, SmbError):
                    self._remember(error)
            dialling.set_exception(
                error
                if isinstance(error, SmbError)
                else ConnectionLost(self._subject, f"dialling was interrupted: {error!r}")
            )
            if not isinstance(error, SmbError):
                raise
            return
        with self._lock:
            self._dialling = None
            self._failures = 0
            self._last_failure = None
            self._session_id = connection.session_id
            self._better_at = time.monotonic() + _BETTER_EVERY
            closed = self._closed
            self._connection = None if closed else connection
        if closed:
            connection.close()
        dialling.set_result(connection)

    def _remember(self, error: SmbError) -> None:
        if isinstance(error, BrokenOff):
            return  # it says nothing of the server
        self._last_failure = error
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**self._failures)
        self._failures = min(self._failures + 1, 16)
        self._not_before = time.monotonic() + pause * random.uniform(0.5, 1)  # noqa: S311 - jitter
        if isinstance(error, AccountRefused):
            self._account.refused = error

    def _dial(
        self, addresses: tuple[Address, ...], deadline: float, *, previous_session: int
    ) -> Connection:
        """Return a session at the best address that has one; else raise the most telling error."""
        since = time.monotonic()
        until = since + deadline
        left = list(addresses)

        def unwanted() -> bool:
            return self._closed or is_over(time.monotonic() - since)

        errors: list[SmbError] = []
        while left:
            try:
                dialled = dial(left, until, self._deadline, unwanted=unwanted)
            except ConnectionFailed as error:
                errors.append(error)
                break
            try:
                return self._establish(dialled, until, previous_session)
            except BrokenOff:
                raise
            except NotSmb as error:
                errors.append(self._too_old(dialled, until, unwanted) or error)
                left.remove(dialled.address)
            except (ConnectionFailed, FloorNotMet, BadAnswer) as error:
                # Something else may stand behind a worse address: another way to the real server.
                errors.append(error)
                left.remove(dialled.address)
        if self._closed:  # it was we who hung up, and not the server
            raise ConnectionLost(self._subject, "the client is closed")
        if has_given_up():
            raise self._broken_off()
        raise most_telling(errors)

    def _too_old(
        self, dialled: Dialled, until: float, unwanted: Callable[[], bool]
    ) -> TooOld | None:
        """Tell a server that knows only SMB 1, and so hangs up on us, from one that is none."""
        if unwanted():
            return None  # it was we who hung up
        left = max(1.0, until - time.monotonic())
        where = (dialled.peer, dialled.address.port)
        if ask_for_smb1(*where, deadline=left, unwanted=unwanted) is Smb1.OFFERED:
            return TooOld(str(dialled.address), "the server speaks only SMB 1")
        return None

    def _establish(self, dialled: Dialled, until: float, previous_session: int) -> Connection:
        with self._lock:
            self._establishing.add(dialled)
            if self._closed:
                dialled.break_off()
        try:
            established = establish(
                dialled.sock,
                dialled.address,
                dialled.peer,
                self._target,
                self._client_id,
                until,
                previous_session=previous_session,
            )
            return Connection(dialled.sock, established, self._deadline)
        except BaseException:
            dialled.sock.close()
            raise
        finally:
            with self._lock:
                self._establishing.discard(dialled)
