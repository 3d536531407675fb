"""What both sides must hold when all is quiet."""

from typing import TYPE_CHECKING

from custom_components.smb_ddns_sync.sync.base import Base, BaseEntry
from custom_components.smb_ddns_sync.sync.done import LASTING
from custom_components.smb_ddns_sync.sync.endpoint import ROOT, RelPath
from custom_components.smb_ddns_sync.sync.names import TEMPORARY, TRASH, alike, below, name_of
from custom_components.smb_ddns_sync.sync.settings import ConflictPolicy, Mode

from ..virtual import BrokenPromiseError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from custom_components.smb_ddns_sync.sync.run import Outcome

    from .engine import World
    from .side import Side


def check_agreement(world: World, outcome: Outcome) -> None:
    """Check that the last run has left nothing to do that it does not tell."""
    # Of two names that a side takes for one, either may stand for both.
    excused = [
        RelPath(alike(problem.path, folds=True))
        for problem in outcome.done.problems
        if problem.cause in LASTING
    ]
    if soon := [each for each in outcome.done.problems if each.cause not in LASTING]:
        raise BrokenPromiseError(f"all is well, and yet: {soon}")
    source, target = world.sides
    hidden = world.promises.sight.hidden(*world.sides) if world.promises.sight else []
    excused += hidden
    two_way = world.settings.mode is Mode.TWO_WAY
    excused += _left_behind(world, excused)
    _check_one(world, source, target, excused)
    if two_way:
        _check_one(world, target, source, excused)
    # What a run of another mode has left on the source is the source's, for a run of one way; and
    # what is the target's own is not looked at.
    own = _targets_own(world) + hidden
    # What came there with its folder, or because nobody knew its run, is kept as all else in trash.
    own.append(RelPath(alike(TRASH, folds=True)))
    for side in world.sides if two_way else (target,):
        for path, _ in side.nodes():
            found = TEMPORARY.fullmatch(name_of(path))
            if found is None or int(found["made"], 16) > world.time.clock.now():
                continue  # a clock that was set back tells nothing of what is left from before
            if not any(_at(alike(path, folds=True), each) for each in own):
                raise BrokenPromiseError(f"{path} was never swept from the {side.name}")


def _targets_own(world: World) -> list[RelPath]:
    """Return what the base says to be the target's own."""
    return [RelPath(alike(each.path, folds=True)) for each in _base(world) if each.kept]


def _left_behind(world: World, excused: list[RelPath]) -> list[RelPath]:
    """Return what one side moved to where the other cannot follow: both keep the name they have."""
    moved = {
        (side.name, node.file_id): path
        for side in world.sides
        for path, node in ((side.true(found), node) for found, node in side.nodes())
        if any(_at(alike(path, folds=True), each) for each in excused)
    }
    return [
        RelPath(alike(known.path, folds=True))
        for known in _base(world)
        for side, there in zip(world.sides, (known.source, known.target), strict=True)
        if there is not None and moved.get((side.name, there.file_id), known.path) != known.path
    ]


def _base(world: World) -> Iterator[BaseEntry]:
    connection = world.home.disk.look()
    return iter(()) if connection is None else Base(connection).below(ROOT)


def _at(path: str, above: RelPath) -> bool:
    return path == above or below(RelPath(path), above)


def _check_one(world: World, side: Side, other: Side, excused: list[RelPath]) -> None:
    """Check that what one side holds is on the other, too."""
    promises, settings = world.promises, world.settings
    asks = settings.mode is Mode.TWO_WAY and settings.conflicts is ConflictPolicy.ASK
    for path, content in promises.contents(side).items():
        if any(_at(alike(path, folds=True), each) for each in excused):
            continue
        there = other.find(other.spelled(path))
        if there is None:
            if not asks:
                raise BrokenPromiseError(f"{path} is on the {side.name} alone")
        elif there.content != content and not asks:
            if settings.mode is Mode.COPY and other.name in promises.written_on.get(
                there.content, ()
            ):
                continue  # somebody edited the copy, and that stays
            raise BrokenPromiseError(
                f"{path} is {content[:12]!r} on the {side.name} and {there.content[:12]!r} on the "
                f"{other.name}"
            )
