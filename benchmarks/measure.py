"""One run of one program: how long it took, and how much processor time it used."""

from dataclasses import dataclass, replace
import os
from pathlib import Path
import statistics
import subprocess
import tempfile
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LIMIT = 1800.0  # seconds for one run


class RunFailedError(Exception):
    """A program did not end well; the message holds its last words."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds on the clock and seconds of processor time.

    Where only a part of the work was run, because all of it would take too long, both are what the
    whole would have taken, and `part` says how large the part was.
    """

    seconds: float
    cpu: float
    part: float = 1.0
    count: float = 0.0
    """What was counted instead, in the unit of the line."""
    memory: int = 0
    """The most bytes that were in memory at a time."""

    def scaled(self, part: float) -> Measured:
        """Return what the whole would have taken, of which this was a part."""
        return replace(
            self,
            seconds=self.seconds / part,
            cpu=self.cpu / part,
            part=part,
            count=self.count / part,
        )


def run(
    command: Sequence[str | Path], *, env: Mapping[str, str], cwd: Path | None = None
) -> tuple[Measured, str]:
    """Run a program to its end; return what it took, its children included, and what it said."""
    with tempfile.TemporaryFile() as output:
        began = time.monotonic()
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        limit = threading.Timer(_LIMIT, process.kill)
        limit.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        finally:
            limit.cancel()
        seconds = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        said = output.read().decode(errors="replace")
    if process.returncode != 0:
        name = Path(command[0]).name
        raise RunFailedError(f"{name} ended with {process.returncode}:\n{said[-2000:]}")
    used = usage.ru_utime + usage.ru_stime
    return Measured(seconds, used, memory=usage.ru_maxrss << 10), said


def middle(runs: Sequence[Measured]) -> Measured:
    """Return the run in the middle, by time."""
    seconds = statistics.median_low(run.seconds for run in runs)
    return next(run for run in runs if run.seconds == seconds)
