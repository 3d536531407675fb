"""Running a program as a step: output in a log, progress on the terminal, a limit to its time."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Mapping, Sequence

from .failure import SetupError

if TYPE_CHECKING:
    from pathlib import Path

_LAST_LINES = 12
_QUIET_SECONDS = 2.0
_SECONDS_BETWEEN_LINES = 10.0


class Runner:
    """Runs programs one after the other.

    `inherited` is a file descriptor that every program keeps open: the set-up lock. Should set-up
    be killed, the lock lasts until the program that it left behind has ended too, so that no second
    set-up works on the same folders.
    """

    def __init__(self, logs: Path, inherited: int) -> None:
        self._logs = logs
        self._inherited = inherited

    def run(
        self,
        step: str,
        command: Sequence[str],
        *,
        remedy: str,
        limit: float,
        env: Mapping[str, str],
        cwd: Path | None = None,
    ) -> str:
        """Run `command` to its end and return what it printed.

        `limit` is in seconds. Raises SetupError when the command cannot start, fails, or runs past
        its limit.
        """
        self._logs.mkdir(parents=True, exist_ok=True)
        log = self._logs / ("-".join(re.findall(r"[\w.]+", step.lower())) + ".log")
        with log.open("wb") as output:
            try:
                process = subprocess.Popen(
                    list(command),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    env=dict(env),
                    cwd=str(cwd) if cwd else None,
                    pass_fds=(self._inherited,),
                    start_new_session=True,
                )
            except OSError as error:
                raise SetupError(step, f"{command[0]} does not start: {error}", remedy) from error
            try:
                status = _wait(step, process, limit)
            except BaseException:
                _end(process)
                raise
        printed = log.read_text(encoding="utf-8", errors="replace")
        if status is None:
            _end(process)
            raise SetupError(step, f"no end within {limit:.0f} seconds\n{_tail(printed)}", remedy)
        if status != 0:
            raise SetupError(step, f"{_tail(printed)}\n(all of it: {log})", remedy)
        return printed


def _wait(step: str, process: subprocess.Popen[bytes], limit: float) -> int | None:
    """Wait for `process` to end, telling how long it takes; None when `limit` passes first."""
    ticker = _Ticker(step)
    status = None
    try:
        while status is None and ticker.elapsed() < limit:
            try:
                status = process.wait(timeout=0.2)
            except subprocess.TimeoutExpired:
                ticker.tick()
    finally:
        ticker.end(done=status == 0)
    return status


def _end(process: subprocess.Popen[bytes]) -> None:
    """End `process` and all that it started, politely first."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, how)
        except ProcessLookupError:
            return
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            continue
        return


def _tail(printed: str) -> str:
    lines = [line.rstrip() for line in printed.splitlines() if line.strip()]
    return "\n".join(lines[-_LAST_LINES:]) or "it printed nothing"


class _Ticker:
    """Says that a step goes on: in place on a terminal, else as a line every ten seconds."""

    def __init__(self, step: str) -> None:
        self._step = step
        self._began = time.monotonic()
        self._next = _QUIET_SECONDS
        self._in_place = sys.stdout.isatty()
        if not self._in_place:
            print(f"  {step} …", flush=True)

    def elapsed(self) -> float:
        """Return the seconds since the step began."""
        return time.monotonic() - self._began

    def tick(self) -> None:
        if self.elapsed() < self._next:
            return
        if self._in_place:
            self._next += 1
            print(f"\r\033[K  {self._step} … {self.elapsed():.0f} s", end="", flush=True)
        else:
            self._next = max(_SECONDS_BETWEEN_LINES, self._next + _SECONDS_BETWEEN_LINES)
            print(f"  {self._step} … {self.elapsed():.0f} s", flush=True)

    def end(self, *, done: bool) -> None:
        again = "\r\033[K" if self._in_place else ""
        how = "done" if done else "not done"
        print(f"{again}  {self._step}: {how} ({self.elapsed():.0f} s)", flush=True)
