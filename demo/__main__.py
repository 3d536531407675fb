"""The demo: `scripts/develop` ends here, with the Python that has Home Assistant."""

import argparse
import asyncio
from contextlib import contextmanager, suppress
import fcntl
import os
from pathlib import Path
import shutil
import signal
import sys
from typing import TYPE_CHECKING

from .console import Console
from .home_assistant import HomeAssistantEndedError
from .home_assistant_client import RefusedError
from .live import live
from .once import once
from .ports import PortTakenError
from .samba import SambaError
from .site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator

STATE = Path(__file__).resolve().parent.parent / ".dev" / "demo"
_ENDED_BY_SIGNAL = 130


class _RunsAlreadyError(Exception):
    """Another demo with the same state runs."""


class _NotOursError(Exception):
    """The state folder holds something else."""


def _forget(state: Path) -> None:
    if not (state / "ports.json").exists():
        raise _NotOursError(f"{state} holds no state of the demo, so it is not removed")
    shutil.rmtree(state)


@contextmanager
def _only_one(state: Path) -> Iterator[None]:
    state.parent.mkdir(parents=True, exist_ok=True)
    with state.with_name(f"{state.name}.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise _RunsAlreadyError(
                f"The demo runs already, as process {lock.read().strip()}. End that one first"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


async def _run(console: Console, state: Path, *, stay: bool) -> int:
    async with Site(state, Path(sys.executable), console) as site:
        if stay:
            await live(site, console)
            return 0
        return await once(site, console)


async def _until_signal(console: Console, state: Path, *, stay: bool) -> int:
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(_run(console, state, stay=stay))

    def end() -> None:
        # A second signal must not cut the orderly end short.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, console.line, "  It is ending; a few seconds more")
        task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, end)
    with suppress(asyncio.CancelledError):
        return await task
    return 0 if stay else _ENDED_BY_SIGNAL


def main() -> int:
    """Run the demo and return the exit status."""
    parser = argparse.ArgumentParser(prog="scripts/develop", description="Run it all, for real.")
    parser.add_argument("--fresh", action="store_true", help="forget all earlier state first")
    parser.add_argument(
        "--once",
        action="store_true",
        help="wait for the first update and sync, print what is, and end",
    )
    parser.add_argument(
        "--state",
        type=Path,
        default=STATE,
        help="keep everything in this folder instead of .dev/demo",
    )
    options = parser.parse_args()
    state: Path = options.state.absolute()
    console = Console()
    console.line("Demo")
    try:
        with _only_one(state):
            if options.fresh and state.exists():
                _forget(state)
            return asyncio.run(_until_signal(console, state, stay=not options.once))
    except (
        HomeAssistantEndedError,
        PortTakenError,
        RefusedError,
        SambaError,
        _NotOursError,
        _RunsAlreadyError,
    ) as error:
        print(f"\n{error}.", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
