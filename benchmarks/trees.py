"""What is moved about: trees of small files, large files, and trees to walk."""

import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_SMALLEST, _LARGEST = 1_000, 20_000  # bytes of a small file
_BLOCK = 1 << 20


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
    """Make folders, a hundred side by side and the rest below them, each with empty files."""
    for number in range(folders):
        place = folder / f"f{number % 100:02}"
        if number >= 100:  # noqa: PLR2004 - the ones on top
            place /= f"g{number // 100:03}"
        place.mkdir(parents=True, exist_ok=True)
        for each in range(files_each):
            (place / f"photo{each:03}.jpg").touch()


def same(one: Path, other: Path) -> bool:
    """Tell whether two trees hold the same files with the same content."""
    files = {path.relative_to(one): path for path in one.rglob("*") if path.is_file()}
    others = {path.relative_to(other): path for path in other.rglob("*") if path.is_file()}
    return files.keys() == others.keys() and all(
        path.read_bytes() == others[name].read_bytes() for name, path in files.items()
    )
