"""Running the steps of operations: one, or many side by side, on one connection or on two."""

from collections import deque
import logging
from threading import Thread
import time
from typing import TYPE_CHECKING, Final, cast

from .errors import SmbError
from .flow import Flow
from .inbox import Inbox
from .steps import left_open, refuses_chains, singly
from .stopping import BrokenOff
from .waiting import collect

if TYPE_CHECKING:
    from .connection import Connection
    from .inbox import Exchange
    from .line import Line
    from .steps import Operation, Reply, Steps

_LOGGER = logging.getLogger(__name__)

_TRIES: Final = 2  # an operation whose connection broke is begun once more, on a new one
_FEW_CREDITS: Final = 16  # below, a chain might never fit
_WIDEST: Final = 128
_CREDITS_EACH: Final = 8  # what an operation may need at a time
_MANY: Final = 256  # operations that make a second connection worth its dial


class _Run[K, T]:
    """One operation under way."""

    __slots__ = (
        "again", "key", "missing", "operation", "replies", "since", "size", "steps", "track",
        "tries",
    )  # fmt: skip

    def __init__(self, key: K, operation: Operation[T], size: int, track: _Track) -> None:
        self.key = key
        self.operation = operation
        self.size = size
        self.track = track
        self.since = time.monotonic()
        self.tries = 0
        self.again = False  # an earlier try may have happened, or a part of it
        self.missing = 0
        self.replies: list[Reply] = []
        self.steps: Steps[T] | None = None


class _Track:
    """A lane as one pipeline uses it."""

    __slots__ = ("active", "connection", "lane")

    def __init__(self, lane: Line) -> None:
        self.lane = lane
        self.connection: Connection | None = None
        self.active = 0

    @property
    def has_room(self) -> bool:
        """Whether another operation may be started on it."""
        if not self.active or self.connection is None:
            return True
        return self.active < max(1, min(_WIDEST, self.connection.window // _CREDITS_EACH))


class Pipeline[K, T]:
    """Operations of one caller, side by side. Of one thread.

    An operation whose connection breaks is begun again on the next one, once; then it fails by
    itself. None stops the others. With a `spare` lane a second connection is dialled, beside all
    work, once there are many operations: servers have a process or thread for each.
    """

    def __init__(self, lane: Line, spare: Line | None = None) -> None:
        self._spare = spare
        self._main = _Track(lane)
        self._tracks = [self._main]
        self._flow = Flow()
        self._inbox = Inbox()
        self._active: dict[_Run[K, T], None] = {}
        self._done: deque[tuple[K, T | SmbError]] = deque()
        self._started = 0

    @property
    def busy(self) -> bool:
        """Whether `next` has something to return, now or later."""
        return bool(self._active or self._done)

    def has_room(self, size: int = 0) -> bool:
        """Tell whether another operation that sends so many bytes should be started now."""
        if not self._active:
            return True
        return (
            len(self._done) < _WIDEST
            and self._flow.has_room(size)
            and any(track.has_room for track in self._tracks)
        )

    def start(self, key: K, operation: Operation[T], size: int = 0) -> None:
        """Begin an operation that sends about so many bytes."""
        self._started += 1
        if self._spare is not None and self._started >= _MANY:
            self._widen(self._spare)
        track = min(self._tracks, key=lambda each: each.active)
        run: _Run[K, T] = _Run(key, operation, size, track)
        self._active[run] = None
        track.active += 1
        self._flow.sent(size)
        self._begin(run)

    def next(self) -> tuple[K, T | SmbError]:
        """Return the key of an operation that has ended, and what came of it. Only while `busy`."""
        while not self._done:
            used = {
                track.connection: track
                for track in self._tracks
                if track.active and track.connection is not None
            }
            try:
                exchange = collect(tuple(used), self._inbox)
            except SmbError as error:
                for connection, track in used.items():
                    if connection.failed or isinstance(error, BrokenOff):
                        self._lost(track, connection, error)
            else:
                self._arrived(exchange)
        if not self._inbox.ready:
            self._flush()
        return self._done.popleft()

    def _flush(self) -> None:
        for track in self._tracks:
            connection = track.connection
            if connection is None:
                continue
            try:
                connection.flush()
            except SmbError as error:
                self._lost(track, connection, error)

    def _widen(self, spare: Line) -> None:
        """Use the spare lane as soon as it has a connection; dial it where nobody has."""
        if spare.standing is not None:
            self._tracks.append(_Track(spare))
            self._spare = None
        elif self._started == _MANY:
            Thread(target=_dial, args=(spare,), name="second connection", daemon=True).start()

    def _begin(self, run: _Run[K, T]) -> None:
        run.again = run.tries > 0
        run.tries += 1
        self._restart(run)

    def _restart(self, run: _Run[K, T]) -> None:
        track = run.track
        connection = track.connection
        if connection is None or connection.failed:
            try:
                connection = track.lane.connection()
            except SmbError as error:
                self._finish(run, error)
                return
            track.connection = connection
        steps = run.operation(connection, run.again)
        chains = connection.able.chains and connection.window >= _FEW_CREDITS
        run.steps = steps if chains else singly(steps)
        self._advance(run, None)

    def _advance(self, run: _Run[K, T], replies: tuple[Reply, ...] | None) -> None:
        steps, track = run.steps, run.track
        connection = track.connection
        if steps is None or connection is None:
            raise RuntimeError("The run has not begun")
        try:
            group = next(steps) if replies is None else steps.send(replies)
            run.missing = len(group)
            run.replies = [()] * run.missing
            for index, chain in enumerate(group):
                connection.submit(chain, self._inbox, (run, steps, index), hold=True)
        except StopIteration as end:
            self._finish(run, cast("T", end.value))
        except SmbError as error:
            if connection.failed:
                self._lost(track, connection, error)
            else:
                self._finish(run, error)

    def _arrived(self, exchange: Exchange) -> None:
        run, steps, index = cast("tuple[_Run[K, T], Steps[T], int]", exchange.owner)
        if run.steps is not steps:
            return  # it has ended or started over in the meantime
        reply = exchange.result()
        connection = run.track.connection
        if connection is not None and refuses_chains(exchange.chain, reply):
            connection.able.chains = False
            run.again = True  # a part of it has happened
            try:
                if (closing := left_open(exchange.chain, reply)) is not None:
                    connection.submit(closing, Inbox(), hold=True)
            except SmbError as error:
                self._lost(run.track, connection, error)
            else:
                self._restart(run)
            return
        run.replies[index] = reply
        run.missing -= 1
        if not run.missing:
            self._advance(run, tuple(run.replies))

    def _lost(self, track: _Track, connection: Connection, error: SmbError) -> None:
        """Begin anew what was under way on a connection that has failed."""
        if track.connection is not connection:
            return  # it has been dealt with
        track.connection = None
        if track is not self._main and track in self._tracks:
            self._tracks.remove(track)
        stranded = [run for run in self._active if run.track is track]
        for run in stranded:
            if run.steps is not None:
                run.steps.close()
            run.steps = None
        for run in stranded:
            if run not in self._active or run.steps is not None:
                continue  # the next connection broke, too, and this has been dealt with there
            if run.tries >= _TRIES:
                self._finish(run, type(error)(error.subject, error.detail))
                continue
            track.active -= 1
            run.track = self._main
            run.track.active += 1
            self._begin(run)

    def _finish(self, run: _Run[K, T], result: T | SmbError) -> None:
        run.steps = None
        del self._active[run]
        run.track.active -= 1
        self._flow.answered(run.size, time.monotonic() - run.since)
        self._done.append((run.key, result))


def _dial(lane: Line) -> None:
    try:
        lane.connection()
    except SmbError as error:
        _LOGGER.debug("No second connection: %s", error)


def run[T](lane: Line, operation: Operation[T]) -> T:
    """Run one operation to its end."""
    pipeline: Pipeline[None, T] = Pipeline(lane)
    pipeline.start(None, operation)
    _, result = pipeline.next()
    if isinstance(result, SmbError):
        raise result
    return result
