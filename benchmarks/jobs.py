"""Jobs of ours, and what others do in their place, as they are measured side by side."""

from dataclasses import dataclass
import json
import os
from pathlib import Path
import shutil
import subprocess
import sys
from typing import IO, TYPE_CHECKING, Self

from . import ROOT
from .clients import TOOLS, Where
from .measure import Measured, RunFailedError, run

if TYPE_CHECKING:
    from custom_components.smb_ddns_sync.sync.settings import Mode


@dataclass(frozen=True, slots=True)
class Look:
    """What one run of a job took; memory in bytes, lateness of the event loop in seconds."""

    seconds: float
    cpu: float
    result: str
    copied: int
    moved: int
    trouble: str
    memory_before: int
    memory: int
    peak: int
    late_p99: float
    late_max: float

    @property
    def measured(self) -> Measured:
        """What it took, as other programs are measured."""
        return Measured(self.seconds, self.cpu)

    @property
    def grown(self) -> int:
        """How many bytes more than before the run were in use at its worst."""
        return self.peak - self.memory_before


class Engine:
    """A job in a process of its own, between a folder here and another or one on a share."""

    def __init__(
        self,
        mode: Mode,
        state: Path,
        source: Path,
        target: Path | tuple[Where, str],
        *,
        watch: bool,
    ) -> None:
        env = dict(os.environ)
        if isinstance(target, Path):
            there: tuple[str, ...] = (str(target),)
        else:
            where, folder = target
            there = (str(where.port), where.share, where.account.name, folder)
            env["PASSWD"] = where.account.password
        program = (sys.executable, "-B", "-m", "benchmarks.engine")
        arguments = (mode.value, "watch" if watch else "still", str(state), str(source), *there)
        self._process = subprocess.Popen(
            [*program, *arguments],
            cwd=ROOT,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.first = self._answer()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pipe(self._process.stdin).close()
        self._process.wait(60)
        self._pipe(self._process.stdout).close()

    def look(self) -> Look:
        """Let the job look at everything."""
        orders = self._pipe(self._process.stdin)
        orders.write("look\n")
        orders.flush()
        return self._answer()

    def _answer(self) -> Look:
        line = self._pipe(self._process.stdout).readline()
        if not line:
            raise RunFailedError("The job's process has ended; what it said stands above")
        look = Look(**json.loads(line))
        if look.result != "completed":
            raise RunFailedError(f"The run ended {look.result}: {look.trouble}")
        return look

    @staticmethod
    def _pipe(end: IO[str] | None) -> IO[str]:
        if end is None:
            raise RuntimeError("the process was made without pipes")
        return end


class Unison:
    """Unison between two folders of this machine, as it comes: the peer of a local look."""

    name = "Unison"

    @staticmethod
    def program() -> Path:
        """Return where Unison is, getting Debian's where it is not."""
        if (installed := shutil.which("unison")) is not None:
            return Path(installed)
        place = TOOLS / "unison"
        if not (found := list(place.glob("usr/bin/unison-*"))):
            print("Getting unison …", flush=True)
            place.mkdir(parents=True, exist_ok=True)
            # Unpacked beside everything else: nothing on the system changes.
            subprocess.run(
                ["apt-get", "download", "--quiet=2", "unison-2.52"], cwd=place, check=True
            )
            for package in place.glob("*.deb"):
                subprocess.run(["dpkg-deb", "-x", package, place], check=True)
                package.unlink()
            found = list(place.glob("usr/bin/unison-*"))
        return found[0]

    @classmethod
    def look(cls, here: Path, there: Path, memory: Path) -> Measured:
        """Let it sync two folders, with its archives in a folder of their own."""
        options = ("-batch", "-silent", "-ui", "text", "-times", "-confirmbigdel=false")
        return run([cls.program(), here, there, *options], env={"UNISON": str(memory)})[0]
