"""`scripts/bench kill`: the engine's process, or smbd, killed with -9 in the middle of runs.

Real trees on a real share change again and again, on both sides where the mode is two-way. In each
round the run is killed, or its server is, at a random moment; then, with everything up again, runs
follow until one has nothing left to do. What was promised is checked right after the kill and at
the end of the round:

- nothing is lost: every content that was there when the round's run began is still somewhere, at a
  path, in a conflict copy or in trash;
- old or new: what is at a path is something that a user once wrote there or elsewhere, whole;
- no deletion without proof: only what a user changed, renamed or deleted is in trash;
- it comes to rest: both sides hold the same, and one more run changes nothing.
"""

import argparse
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
import json
import os
from pathlib import Path
import random
import shutil
import subprocess
import sys
import tempfile
import time
from typing import TYPE_CHECKING

from custom_components.smb_ddns_sync.sync.names import OWN_FOLDER, is_temporary
from custom_components.smb_ddns_sync.sync.settings import Mode
from demo.samba import Account, SambaServer, Share

from . import ROOT
from .one_run import UNFINISHED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_ACCOUNT = Account("bench", "marks")
_RUNS = 8  # after which a job that has still something to do is not at rest
_LATEST = 1.2  # seconds after its start that a run is killed at the latest
_LARGE = 20 << 20  # bytes; such a file is gone on with where it was cut off


class BrokenPromiseError(Exception):
    """A promise was broken; the message says which, in which round, and of what seed."""


def _contents(root: Path) -> Iterator[tuple[str, str]]:
    """Yield each file that a user sees, with its content's digest."""
    for path in sorted(root.rglob("*")):
        inside = path.relative_to(root)
        if inside.parts[0] == OWN_FOLDER or is_temporary(path.name) or not path.is_file():
            continue
        yield inside.as_posix(), sha256(path.read_bytes()).hexdigest()


def _in_trash(root: Path) -> Iterator[tuple[str, str]]:
    trash = root / OWN_FOLDER / "trash"
    for path in sorted(trash.rglob("*")):
        if path.is_file() and not is_temporary(path.name):
            inside = path.relative_to(trash)
            yield "/".join(inside.parts[1:]), sha256(path.read_bytes()).hexdigest()


@dataclass
class Trees:
    """Two real trees, what users do to them, and everything that they ever wrote."""

    here: Path
    there: Path
    dice: random.Random
    written: set[str] = field(default_factory=set)
    touched: set[str] = field(default_factory=set)
    _count: int = 0

    def write(self, root: Path, path: str, size: int) -> None:
        """Let a user write a file whole."""
        content = self.dice.randbytes(size)
        self.written.add(sha256(content).hexdigest())
        self.touched.add(path)
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)

    def change(self, *, both: bool) -> None:
        """Let users do some things: write, write anew, rename and delete."""
        for _ in range(self.dice.randint(3, 25)):
            root = self.there if both and self.dice.random() < 0.5 else self.here  # noqa: PLR2004 - half
            names = [path for path, _ in _contents(root)]
            what = self.dice.random()
            if what < 0.5 or not names:  # noqa: PLR2004 - half of all
                self._count += 1
                place = f"album{self.dice.randint(0, 5)}/photo{self._count}.jpg"
                self.write(root, place, self.dice.randint(1, 200_000))
            elif what < 0.7:  # noqa: PLR2004 - shares of what users do
                self.write(root, self.dice.choice(names), self.dice.randint(1, 200_000))
            elif what < 0.75:  # noqa: PLR2004 - as above
                self._count += 1
                self.write(root, f"films/film{self._count % 3}.mkv", _LARGE)
            elif what < 0.85:  # noqa: PLR2004 - as above
                self._rename(root, self.dice.choice(names))
            else:
                name = self.dice.choice(names)
                self.touched.add(name)
                (root / name).unlink()

    def _rename(self, root: Path, name: str) -> None:
        self._count += 1
        to = f"moved{self.dice.randint(0, 2)}/thing{self._count}"
        self.touched |= {name, to}
        (root / to).parent.mkdir(exist_ok=True)
        (root / name).rename(root / to)

    def everything(self) -> set[str]:
        """Return the digests of all that is anywhere."""
        return {
            digest
            for root in (self.here, self.there)
            for found in (_contents(root), _in_trash(root))
            for _, digest in found
        }


class Rounds:
    """Rounds of one mode, on one pair of trees."""

    def __init__(self, server: SambaServer, base: Path, mode: Mode, seed: int) -> None:
        self._server = server
        self._mode = mode
        self._seed = seed
        self._dice = random.Random(seed)
        self._state = base / "state"
        here, there = base / "here", server_folder(server)
        here.mkdir(parents=True)
        there.mkdir()
        self._trees = Trees(here, there, self._dice)
        self._round = 0
        self.killed = {"engine": 0, "smbd": 0}
        self.in_time = 0
        """How many kills came before the run had ended by itself."""

    def play(self) -> None:
        """Play one round. Raises `BrokenPromiseError`."""
        self._round += 1
        self._trees.touched.clear()
        trashed = self._trashed()
        self._trees.change(both=self._mode is Mode.TWO_WAY)
        before = self._trees.everything()
        self._kill_in_the_middle()
        self._check_whole()
        if not self._server.running:
            self._server.start()
        self._come_to_rest()
        self._check_whole()
        if lost := before - self._trees.everything():
            raise self._broken(f"{len(lost)} contents are lost")
        unproved = {
            path
            for path in self._trashed() - trashed
            if not any(path == touched for touched in self._trees.touched)
        }
        if unproved:
            raise self._broken(f"in trash without a reason: {sorted(unproved)[:5]}")
        if list(_contents(self._trees.here)) != list(_contents(self._trees.there)):
            raise self._broken("the sides are not alike")

    def _trashed(self) -> set[str]:
        return {
            path for root in (self._trees.here, self._trees.there) for path, _ in _in_trash(root)
        }

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [
                *(sys.executable, "-B", "-m", "benchmarks.one_run", self._mode.value),
                *(str(self._state), str(self._trees.here)),
                *(str(self._server.port), _ACCOUNT.name),
            ],
            cwd=ROOT,
            env={**os.environ, "PASSWD": _ACCOUNT.password},
            stdout=subprocess.PIPE,
            text=True,
        )

    def _kill_in_the_middle(self) -> None:
        whom = "engine" if self._dice.random() < 0.7 else "smbd"  # noqa: PLR2004 - a share of kills
        run = self._start()
        # Python needs a while to begin; what comes before the first call has nothing to break.
        time.sleep(0.25 + self._dice.random() * _LATEST)
        if run.poll() is None:
            self.in_time += 1
        self.killed[whom] += 1
        if whom == "engine":
            run.kill()
        else:
            self._server.kill()
        run.communicate(timeout=120)

    def _come_to_rest(self) -> None:
        for _ in range(_RUNS):
            run = self._start()
            said, _ = run.communicate(timeout=300)
            if run.returncode not in {0, UNFINISHED}:
                raise self._broken(f"a run ended with {run.returncode}: {said}")
            if run.returncode == 0 and said.split()[-1] == "0":
                return
        raise self._broken(f"no rest after {_RUNS} runs: {said}")

    def _check_whole(self) -> None:
        for root in (self._trees.here, self._trees.there):
            for found in (_contents(root), _in_trash(root)):
                for path, digest in found:
                    if digest not in self._trees.written:
                        raise self._broken(f"{path} holds what nobody wrote")

    def _broken(self, what: str) -> BrokenPromiseError:
        return BrokenPromiseError(f"{self._mode}, seed {self._seed}, round {self._round}: {what}")


def server_folder(server: SambaServer) -> Path:
    """Return the folder of the job on the share."""
    (share,) = server.shares
    return share.path / "far"


def play(times: int, seed: int, base: Path) -> dict[str, int]:
    """Play so many rounds, half of them in each mode, and return what was killed."""
    counts = {"rounds": 0, "engine": 0, "smbd": 0, "in time": 0}
    for mode in (Mode.MIRROR, Mode.TWO_WAY):
        with ExitStack() as stack:
            place = base / mode.value
            shared = place / "shared"
            shared.mkdir(parents=True)
            server = stack.enter_context(
                SambaServer(place / "samba", (Share("data", shared),), (_ACCOUNT,))
            )
            rounds = Rounds(server, place, mode, seed)
            for _ in range(times // 2):
                rounds.play()
                counts["rounds"] += 1
                print(".", end="", flush=True)
        counts["engine"] += rounds.killed["engine"]
        counts["smbd"] += rounds.killed["smbd"]
        counts["in time"] += rounds.in_time
        shutil.rmtree(place)
    return counts


def main(arguments: Sequence[str]) -> None:
    """Kill, check, and tell."""
    parser = argparse.ArgumentParser(prog="scripts/bench kill", description=__doc__)
    parser.add_argument("--times", type=int, default=200, help="rounds (200), each with one kill")
    parser.add_argument("--seed", type=int, default=1, help="of what users do, and when is killed")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the counts there, too")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(dir="/dev/shm") as base:
        counts = play(options.times, options.seed, Path(base))
    print(
        f"\n{counts['rounds']} rounds: the engine killed {counts['engine']} times, smbd"
        f" {counts['smbd']} times, {counts['in time']} of them in the middle of a run."
        " Nothing lost, no half, no deletion without proof."
    )
    if options.json is not None:
        told = {"date": datetime.now(UTC).isoformat(timespec="seconds"), **counts}
        options.json.write_text(json.dumps(told, indent=2) + "\n")
