"""What has to be true when all is over: both sides equal, nothing lost, nothing half."""

from typing import TYPE_CHECKING

from .users import digest, users_files

if TYPE_CHECKING:
    from pathlib import Path

    from .world import Pair, World


def _tree(root: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in users_files(root):
        found[path.relative_to(root).as_posix()] = digest(path)
    return found


def _there(world: World, pair: Pair) -> Path:
    """Return where the far side of a pair can be seen from here."""
    on_small_disk = pair.there.is_relative_to(world.clips.shares[0].path)
    return world.clips.seen_by_server(pair.there) if on_small_disk else pair.there


def differences(world: World, pair: Pair) -> list[str]:
    """Return in what the two sides of a pair differ. Blocks."""
    here, there = _tree(pair.here), _tree(_there(world, pair))
    return [
        f"{pair.job}: {path} is {_which(path, here, there)}"
        for path in sorted(here.keys() | there.keys())
        if here.get(path) != there.get(path)
    ]


def _which(path: str, here: dict[str, str], there: dict[str, str]) -> str:
    if path not in there:
        return "only here"
    return "another one there" if path in here else "only there"


def broken_promises(world: World, pair: Pair) -> list[str]:
    """Return what was lost or is half, each in a sentence. Blocks."""
    sides = (pair.here, _there(world, pair))
    broken = [
        f"{pair.job}: {path.relative_to(side)} holds what nobody ever wrote"
        for side in sides
        for path in users_files(side)
        if digest(path) not in pair.contents.written
    ]
    anywhere = {digest(path) for side in sides for path in side.rglob("*") if path.is_file()}
    if lost := pair.contents.owed - anywhere:
        broken.append(f"{pair.job}: {len(lost)} contents are nowhere, such as {min(lost)[:12]}")
    return broken
