"""People on both sides of a pair of folders, who never stop, and what they left.

Every content is unlike any other, so that it can be found again wherever it went.
"""

import ctypes
from dataclasses import dataclass, field
from hashlib import sha256
import os
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from custom_components.smb_ddns_sync.sync.names import OWN_FOLDER, is_temporary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    import random

_FOLDERS = ("", "2026", "2026/May", "letters", "letters/old", "photos", "Überweisungen")
_LARGE = 20 << 20  # bytes; such a file goes on where it was cut off
_MOST = 300  # files of a side, about
# What programs call a file that is not whole yet; jobs leave it alone.
_UNFINISHED = ".part"
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2  # renameat2(2)


def users_files(root: Path) -> Iterator[Path]:
    """Yield the files of a side that are a user's, and whole."""
    for path in root.rglob("*"):
        ours = path.relative_to(root).parts[0] == OWN_FOLDER or is_temporary(path.name)
        if not ours and path.suffix != _UNFINISHED and path.is_file():
            yield path


def digest(path: Path) -> str:
    """Return the digest of a file's content."""
    return sha256(path.read_bytes()).hexdigest()


@dataclass
class Contents:
    """What was ever written on either side of a pair, by its digests."""

    written: set[str] = field(default_factory=set)
    given_up: set[str] = field(default_factory=set)
    """What a user replaced or deleted with their own hands, on whichever side."""

    @property
    def owed(self) -> set[str]:
        """What has to be somewhere."""
        return self.written - self.given_up


@dataclass
class Users:
    """Those who write on one side."""

    name: str
    root: Path
    dice: random.Random
    contents: Contents
    edits: int = 0

    def act(self, times: int) -> None:
        """Do so many things."""
        existing = sorted(users_files(self.root))
        for _ in range(times):
            self._one(existing)

    def write_large(self) -> None:
        """Write a file that takes a while to carry over."""
        self._write(self.root / "photos" / f"film {self.dice.randrange(3)}.mov", _LARGE)

    def _one(self, existing: list[Path]) -> None:
        choice = self.dice.random()
        if not existing or (choice < 0.45 and len(existing) < _MOST):
            folder = PurePosixPath(self.dice.choice(_FOLDERS))
            path = self.root / folder / f"{self.name} {self.dice.randrange(10**6)}.txt"
            self._write(path)
            existing.append(path)
            return
        path = existing.pop(self.dice.randrange(len(existing)))
        if choice < 0.75:
            self._write(path)
            existing.append(path)
        elif choice < 0.92:
            self._rename(path)
        else:
            self._remove(path)

    def _write(self, path: Path, size: int = 0) -> None:
        """Write a file as a careful program does: whole under its name, or not there."""
        self.edits += 1
        content = f"{self.name} {self.edits} {self.dice.random()}\n".encode()
        content += self.dice.randbytes(size or self.dice.choice((0, 300, 4_000, 40_000)))
        fresh = path.with_name(f"{self.name}{_UNFINISHED}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_bytes(content)
            self.contents.written.add(sha256(content).hexdigest())
            if _exchange(fresh, path):
                self._give_up(fresh)
            else:
                fresh.rename(path)
        except OSError:
            # A job may rename the folder, or put a file in its place, in this very moment.
            self._give_up(fresh)

    def _rename(self, path: Path) -> None:
        target = self.root / self.dice.choice(_FOLDERS) / f"moved {self.dice.randrange(10**9)}.txt"
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            path.rename(target)
        except OSError:
            return  # it is gone, or its place is
        self.edits += 1

    def _remove(self, path: Path) -> None:
        aside = path.with_name(f"{self.name}{_UNFINISHED}")
        try:
            path.rename(aside)
        except OSError:
            return
        self.edits += 1
        self._give_up(aside)

    def _give_up(self, path: Path) -> None:
        """Remove a file, and remember that its content is nobody's any more."""
        if path.is_file():
            self.contents.given_up.add(digest(path))
            path.unlink()


def _exchange(one: Path, other: Path) -> bool:
    """Let two files change places in one step; tell whether there were two."""
    libc = ctypes.CDLL(None, use_errno=True)
    names = os.fsencode(one), os.fsencode(other)
    result: int = libc.renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE)
    return result == 0
