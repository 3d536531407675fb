"""What is moved about: trees of small files, large files, and trees to walk."""

import os
import random
from typing import TYPE_CHECKING

from custom_components.smb_ddns_sync.sync.names import OWN_FOLDER

if TYPE_CHECKING:
    from pathlib import Path

_SMALLEST, _LARGEST = 1_000, 20_000  # bytes of a small file
_BLOCK = 1 << 20
_TAKEN = 1_750_000_000  # seconds since 1970; when all photos were taken


def small_files(folder: Path, files: int, folders: int) -> None:
    """Make files of 1 to 20 KB, the same ones each time, spread over folders."""
    dice = random.Random(files)
    for number in range(files):
        place = folder / f"folder{number % folders:03}"
        place.mkdir(parents=True, exist_ok=True)
        size = dice.randint(_SMALLEST, _LARGEST)
        (place / f"file{number:05}.bin").write_bytes(dice.randbytes(size))


def large_file(file: Path, size: int) -> None:
    """Make one file that does not compress."""
    dice = random.Random(size)
    with file.open("wb") as out:
        for _ in range(size // _BLOCK):
            out.write(dice.randbytes(_BLOCK))


def wide_tree(folder: Path, folders: int, files_each: int) -> None:
    """Make folders, a hundred side by side and the rest below them, each with empty files.

    Two such trees are the same to everybody who looks at sizes and times.
    """
    for number in range(folders):
        place = folder / f"f{number % 100:02}"
        if number >= 100:  # noqa: PLR2004 - the ones on top
            place /= f"g{number // 100:03}"
        place.mkdir(parents=True, exist_ok=True)
        for each in range(files_each):
            file = place / f"photo{each:03}.jpg"
            file.touch()
            os.utime(file, (_TAKEN, _TAKEN))


def same(one: Path, other: Path) -> bool:
    """Tell whether two trees hold the same files with the same content, but for what is ours."""
    files, others = _files(one), _files(other)
    return files.keys() == others.keys() and all(
        path.read_bytes() == others[name].read_bytes() for name, path in files.items()
    )


def _files(root: Path) -> dict[Path, Path]:
    found = {path.relative_to(root): path for path in root.rglob("*") if path.is_file()}
    return {name: path for name, path in found.items() if name.parts[0] != OWN_FOLDER}
