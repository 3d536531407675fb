"""What the terminal shows: steps while things start, then lines as they happen."""

import asyncio
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import datetime
import os
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

_QUIET = 2.0  # seconds before a step says that it goes on
_BETWEEN_LINES = 10.0  # seconds between such lines where they cannot be written in place


class Console:
    """Writes to standard output. On a terminal a running step counts its seconds in place."""

    def __init__(self) -> None:
        self._in_place = sys.stdout.isatty()
        self._running = ""  # what is written in place, and not ended by a line break

    def line(self, text: str = "") -> None:
        """Write a line, above the step that runs."""
        clear = "\r\033[K" if self._running else ""
        print(f"{clear}{text}\n{self._running}", end="", flush=True)

    def now(self, text: str) -> None:
        """Write a line with the time of day."""
        self.line(f"{datetime.now().astimezone():%H:%M:%S}  {text}")

    @asynccontextmanager
    async def step(self, text: str) -> AsyncIterator[None]:
        """Show that something is being done, how long it takes, and whether it was done."""
        began = time.monotonic()
        ticker = asyncio.create_task(self._tick(text, began))
        done = False
        try:
            yield
            done = True
        finally:
            ticker.cancel()
            with suppress(asyncio.CancelledError):
                await ticker
            self._end(text, time.monotonic() - began, done=done)

    async def _tick(self, text: str, began: float) -> None:
        self._show(f"  {text} …")
        pause = _QUIET
        while True:
            await asyncio.sleep(pause)
            passed = f"  {text} … {time.monotonic() - began:.0f} s"
            if self._in_place:
                pause = 1.0
                self._show(passed)
            else:
                pause = _BETWEEN_LINES
                self.line(passed)

    def _show(self, text: str) -> None:
        if self._in_place:
            print(f"\r\033[K{text}", end="", flush=True)
            self._running = text

    def _end(self, text: str, seconds: float, *, done: bool) -> None:
        self._show("")
        how_long = f" ({seconds:.0f} s)" if seconds >= _QUIET else ""
        self.line(f"  {text}: {'done' if done else 'not done'}{how_long}")


@contextmanager
def typed_lines(loop: asyncio.AbstractEventLoop) -> Iterator[asyncio.Queue[str]]:
    """Collect what a person types, line by line; nothing where standard input is no terminal."""
    queue: asyncio.Queue[str] = asyncio.Queue()
    if not sys.stdin.isatty():
        yield queue
        return
    descriptor = sys.stdin.fileno()
    rest = b""

    def read() -> None:
        nonlocal rest
        received = os.read(descriptor, 4096)
        if not received:
            loop.remove_reader(descriptor)
            return
        *lines, rest = (rest + received).split(b"\n")
        for line in lines:
            queue.put_nowait(line.decode(errors="replace").strip())

    loop.add_reader(descriptor, read)
    try:
        yield queue
    finally:
        loop.remove_reader(descriptor)
