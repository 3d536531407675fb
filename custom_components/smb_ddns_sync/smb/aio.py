"""The client of a share for an event loop: nothing blocks it, and every call can be given up.

The blocking client does the work, on a small pool of threads that belongs to one share and ends
with it: a share that hangs never takes the threads of others.

Invariants: the loop never waits for a lock, a socket or a thread. A caller that is cancelled, or
whose time is up, is free at once; the work behind it ends at its own deadline, and what it opened
is closed. A stream takes the memory of a few pieces, however long it is and however slow its
reader.
"""

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
import logging
from threading import Lock, Thread
import time
from typing import TYPE_CHECKING, Concatenate, Final, Self

from .client import ShareClient
from .errors import ConnectionLost, TimedOut
from .files import Put
from .stream import StreamContent
from .transfer import PIECE

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
    from types import TracebackType

    from .facts import SessionFacts
    from .files import FileInfo, FolderListing
    from .reader import Reader
    from .target import ShareTarget

_LOGGER = logging.getLogger(__name__)

_THREADS: Final = 4
_PATIENCE: Final = 8  # deadlines that one call may take: a new dial, and two slow answers
_LISTINGS: Final = 256  # that are handed over at a time
_LINGER: Final = 0.05  # seconds that listings which are there wait for more of them


class AsyncShareClient:
    """One share for callers on one event loop; made, used and closed there.

    `deadline` is that of `ShareClient`, whose errors are raised here, too. A single call takes
    eight of them at most, also where it waits for a thread, and raises `TimedOut` then; streams
    have that limit for each piece.
    """

    def __init__(
        self, target: ShareTarget, *, deadline: float = 15.0, threads: int = _THREADS
    ) -> None:
        """Start nothing yet: threads come with calls."""
        self.blocking = ShareClient(target, deadline=deadline)
        """The client behind this one, for callers that have threads of their own."""
        self._limit = _PATIENCE * deadline
        self._pool = ThreadPoolExecutor(threads, f"share {target.share}")
        self._streams: set[StreamContent] = set()
        self._closing: Future[None] | None = None
        self._closer: Thread | None = None

    @property
    def target(self) -> ShareTarget:
        """Return the share."""
        return self.blocking.target

    @property
    def facts(self) -> SessionFacts | None:
        """The session that stands now; None where there is none."""
        return self.blocking.facts

    @property
    def closed(self) -> bool:
        """Whether it has been hung up for good."""
        return self._closing is not None

    async def __aenter__(self) -> Self:
        """Return the client."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        await self.close()

    async def close(self) -> None:
        """Hang up for good; when it returns, no thread is left.

        What is under way fails with `ConnectionLost`, at once or, while it still dials, at its
        deadline. Closing goes on where its caller is cancelled.
        """
        if self._closing is None:
            self._closing = Future()
            for stream in self._streams:
                stream.fail(self._closed())
            # Waiting for threads is done by one more, which ends with the last of them.
            self._closer = Thread(target=self._close, args=(self._closing,), name="share closing")
            self._closer.start()
        await asyncio.shield(asyncio.wrap_future(self._closing))
        if self._closer is not None:
            self._closer.join()  # it has nothing left to do

    def _close(self, closed: Future[None]) -> None:
        try:
            self.blocking.close()
            self._pool.shutdown(wait=True, cancel_futures=True)
        finally:
            closed.set_result(None)

    async def run[**P, T](
        self,
        operation: Callable[Concatenate[ShareClient, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Return what a method of `ShareClient`, or a function of one, returns.

        For what ends by itself: a generator or a reader must not leave its thread this way.
        """
        return await self._call(partial(operation, self.blocking, *args, **kwargs))

    async def look(self, path: str) -> FileInfo | None:
        """Return what is at a path, or None."""
        return await self.run(ShareClient.look, path)

    async def list_folder(self, path: str) -> tuple[FileInfo, ...]:
        """Return all entries of a folder: complete, or an error, and so never piece by piece."""
        return await self.run(ShareClient.list_folder, path)

    async def walk(
        self, path: str, enter: Callable[[str], bool] = lambda _: True
    ) -> AsyncGenerator[FolderListing]:
        """List a folder and all below it, as `ShareClient.walk` does; close it where you leave.

        `enter` is asked in a thread. No more is listed ahead of the caller than what one connection
        has under way.
        """
        turns = _Turns(self.blocking.walk(path, enter))
        try:
            while listings := await self._call(turns.next):
                for listing in listings:
                    yield listing
        finally:
            self._leave(turns.close)

    @asynccontextmanager
    async def open_reader(self, path: str) -> AsyncIterator[AsyncReader]:
        """Open a file for reading any range of it; it is closed with the context."""
        opened = partial(self.blocking.open_reader, path)
        reader = AsyncReader(self, await self._call(opened, undo=_close_reader))
        try:
            yield reader
        finally:
            self._leave(reader.close_in_thread)

    async def put(self, put: Put) -> FileInfo:
        """Put a file in place, whole or not at all. Its content is read in a thread."""
        return await self._call(partial(self.blocking.put, put), limited=False)

    async def put_stream(
        self,
        path: str,
        temporary: str,
        chunks: AsyncIterator[bytes],
        *,
        size: int,
        modified: int,
        expected: FileInfo | None = None,
        make_parents: bool = False,
        flush: bool = False,
        patience: float = 300.0,
    ) -> FileInfo:
        """Put a file in place whose content comes from a stream of `size` bytes; as `Put` says.

        The file takes its place only after the stream has ended with exactly that size; else, and
        where it brings nothing for `patience` seconds, `ContentFailed` is raised. A connection that
        breaks is mended as long as what has to be sent again is still here, which are the last
        16 MiB.
        """
        content = StreamContent(size, patience, asyncio.get_running_loop())
        put = Put(
            path,
            temporary,
            content,
            modified,
            expected,
            make_parents=make_parents,
            flush=flush,
        )
        self._streams.add(content)
        filling = asyncio.create_task(content.fill(chunks), name=f"stream to {path}")
        try:
            return await self._call(partial(self.blocking.put, put), limited=False)
        finally:
            # Whatever the thread still does with it ends with its next look at the content.
            content.fail(asyncio.CancelledError("nobody waits for it any more"))
            filling.cancel()
            await asyncio.wait({filling})
            self._streams.discard(content)

    async def _call[T](
        self,
        work: Callable[[], T],
        *,
        undo: Callable[[T], None] | None = None,
        limited: bool = True,
    ) -> T:
        """Return what the work returns, from a thread.

        `undo` is called, in a thread, with a result that nobody waits for any more.
        """
        self._require_open()
        future = self._pool.submit(work)
        try:
            async with asyncio.timeout(self._limit if limited else None):
                return await asyncio.wrap_future(future)
        except BaseException as error:
            if undo is not None:
                future.add_done_callback(partial(self._undo, undo))
            if isinstance(error, TimeoutError):
                raise TimedOut(self._subject, "the call took too long") from error
            if future.cancelled() and self.closed and not _is_cancelled():
                raise self._closed() from error
            raise

    def _undo[T](self, undo: Callable[[T], None], future: Future[T]) -> None:
        if not future.cancelled() and future.exception() is None:
            self._leave(partial(undo, future.result()))

    def _leave(self, work: Callable[[], None]) -> None:
        """Have something done in a thread; nobody waits for it. May be called from any thread."""
        try:
            self._pool.submit(work).add_done_callback(_log_trouble)
        except RuntimeError:  # the pool is closed, and with the connection went what is to be done
            _LOGGER.debug("Nothing is left to be closed on %s", self._subject)

    def _require_open(self) -> None:
        if self.closed:
            raise self._closed()

    def _closed(self) -> ConnectionLost:
        return ConnectionLost(self._subject, "the client is closed")

    @property
    def _subject(self) -> str:
        return str(self.target.addresses[0])


class AsyncReader:
    """One version of one file, open, as `Reader` is; its calls are done one after the other."""

    def __init__(self, client: AsyncShareClient, reader: Reader) -> None:
        self.info = reader.info
        self._client = client
        self._reader = reader
        self._turn = Lock()

    async def read(self, offset: int, length: int, until: int | None = None) -> bytes:
        """Return at most `length` bytes from `offset`; fewer only at the end of the file.

        Nothing at or behind `until` is asked for ahead.
        """
        return await self._client._call(partial(self._read, offset, length, until))  # noqa: SLF001 - the two are one

    async def chunks(self, offset: int = 0, length: int | None = None) -> AsyncGenerator[bytes]:
        """Return the content from `offset`, or `length` bytes of it, piece by piece.

        What follows is asked for ahead, up to what the line takes, and not beyond it however long
        the caller takes for a piece.
        """
        end = self.info.size if length is None else min(self.info.size, offset + length)
        while offset < end and (data := await self.read(offset, min(PIECE, end - offset), end)):
            yield data
            offset += len(data)

    def close_in_thread(self) -> None:
        """Let go of the file, after what is still being read."""
        with self._turn:
            _close_reader(self._reader)

    def _read(self, offset: int, length: int, until: int | None) -> bytes:
        with self._turn:
            return self._reader.read(offset, length, until)


def _close_reader(reader: Reader) -> None:
    reader.__exit__(None, None, None)


class _Turns:
    """A walk that goes on in one thread after the other."""

    def __init__(self, listings: Iterator[FolderListing]) -> None:
        self._listings = listings
        self._turn = Lock()
        self._closed = False

    def next(self) -> list[FolderListing]:
        """Return some more listings; none at the end."""
        taken: list[FolderListing] = []
        with self._turn:
            until = time.monotonic() + _LINGER
            for listing in () if self._closed else self._listings:
                taken.append(listing)
                if len(taken) >= _LISTINGS or time.monotonic() >= until:
                    break
        return taken

    def close(self) -> None:
        """Forget the rest."""
        with self._turn:
            self._closed = True
            self._listings = iter(())


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and bool(task.cancelling())


def _log_trouble(future: Future[None]) -> None:
    if not future.cancelled() and (trouble := future.exception()) is not None:
        _LOGGER.debug("What was left behind could not be closed: %s", trouble)
