"""Run a program so that neither it nor anything it started outlives whoever started this.

A program of its own, started as `python tether.py COMMAND…` with a pipe as standard input. It
prints the command's process id, then waits. When the pipe closes, because the starter closed it or
because the starter died in whatever way, everything below is ended: the command by SIGTERM first,
and after a while, or where it left children behind, by SIGKILL. Children that put themselves into
sessions of their own, as Samba's RPC helpers do, are found all the same: this process is their
reaper (prctl(2), PR_SET_CHILD_SUBREAPER).

`tether.py --remove FOLDER COMMAND…` also removes the folder when all is over. `--grace SECONDS`
gives the command more time between SIGTERM and SIGKILL.
"""

import contextlib
import ctypes
import os
from pathlib import Path
import select
import shutil
import signal
import subprocess
import sys
import time

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_GRACE = 3.0  # seconds between SIGTERM and SIGKILL, where nothing else is asked for


def _prctl(option: int, argument: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, argument, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), f"prctl({option})")


def _die_with_parent() -> None:
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _children() -> list[int]:
    return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]


def _reap(wanted: int) -> bool:
    """Collect every child that has ended; whether the wanted one is among them, or gone already."""
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return True
        if pid == 0:
            return False
        if pid == wanted:
            return True


def _wait(pipe: int, signals: int, command: int) -> bool:
    """Return when the starter is gone or the command has ended; whether the command has ended."""
    poll = select.poll()
    poll.register(pipe, select.POLLIN | select.POLLHUP)
    poll.register(signals, select.POLLIN)
    while True:
        for ready, _ in poll.poll():
            if ready == pipe:
                return False  # whatever came: nothing is ever sent but the end
            received = os.read(signals, 512)
            if _reap(command):
                return True
            if signal.SIGTERM in received:
                return False


def _end(command: int, signals: int, grace: float, *, ended: bool) -> None:
    if not ended:
        os.kill(command, signal.SIGTERM)
        deadline = time.monotonic() + grace
        while not _reap(command):
            left = deadline - time.monotonic()
            if left <= 0:
                break
            if select.select([signals], [], [], left)[0]:
                os.read(signals, 512)
    # A killed child hands its own children to us, so this ends only when the whole tree is gone.
    while children := _children():
        for pid in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(-1, 0)


def main(arguments: list[str]) -> None:
    """Start the command, say its process id, and see to its end."""
    remove: str | None = None
    grace = _GRACE
    while arguments[0].startswith("--"):
        if arguments[0] == "--remove":
            remove = arguments[1]
        elif arguments[0] == "--grace":
            grace = float(arguments[1])
        else:
            raise SystemExit(f"tether.py knows no {arguments[0]}")
        arguments = arguments[2:]
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    signals, wakeup = os.pipe()
    for end in (signals, wakeup):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(wakeup, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: None)
    try:
        command = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            start_new_session=True,
            # Should even this process be killed, the command goes with it.
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - this program has one thread
        )
        print(command.pid, flush=True)
        ended = _wait(sys.stdin.fileno(), signals, command.pid)
        _end(command.pid, signals, grace, ended=ended)
        command.returncode = 0  # collected above; Popen must not look for it again
    finally:
        if remove is not None:
            shutil.rmtree(remove, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1:])
