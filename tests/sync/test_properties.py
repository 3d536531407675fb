"""Random trees, random edits on both sides, random faults: the promises hold after every step."""

import contextlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from custom_components.smb_ddns_sync.sync.endpoint import (
    EndpointError,
    FileError,
    Kind,
    NeedsPerson,
    NoSpace,
    RelPath,
    Unavailable,
)
from custom_components.smb_ddns_sync.sync.hints import Scope
from custom_components.smb_ddns_sync.sync.names import OWN_FOLDER, fold, parent
from custom_components.smb_ddns_sync.sync.run import EVERYTHING
from custom_components.smb_ddns_sync.sync.settings import Guards

from .pair import SETTINGS, Pair
from .promises import Before, flat, temporaries
from .test_faults import Crash, failing_at, healthy
from .trees import make, remove, trash, tree, write

# A few names, so that they collide; two differ only in case, which the target takes for one.
NAMES = st.sampled_from(["a", "b", "c", "B", "d.e", "f g"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
ON_SOURCE = st.just("source")
ON_EITHER = st.sampled_from(["source", "source", "target"])
ERRORS = st.sampled_from(
    [
        lambda: Unavailable("side", "connection_lost"),
        lambda: NeedsPerson("side", "wrong_password"),
        lambda: NoSpace("side", "full"),
        lambda: FileError("file", "in_use"),
        Crash,
    ]
)
EDITS = st.lists(
    st.tuples(
        st.sampled_from(["write", "write", "write", "folder", "remove", "rename", "touch"]),
        ON_EITHER,
        PATHS,
        PATHS,
    ),
    max_size=8,
)
FAULT = st.tuples(st.sampled_from(["source", "target"]), st.integers(1, 60), ERRORS)
ROUNDS = st.lists(st.tuples(EDITS, st.none() | FAULT), min_size=1, max_size=5)

# The guards have tests of their own; here everything is meant. One file stays, so that the source
# is never empty.
UNGUARDED = replace(
    SETTINGS,
    settle=timedelta(),
    guards=Guards(100, 10_000, 100, 10_000),
)
ANCHOR = "anchor"


class World:
    """A pair on which users do things."""

    def __init__(self, folder: Path) -> None:
        self.pair = Pair(folder / "state.sqlite", settings=UNGUARDED)
        self._written = 0
        write(self.pair.source, ANCHOR, "anchor", self.pair.clock.tick())

    def edit(self, what: str, where: str, path: str, other: str) -> str:
        """Let a user do something that is possible; return the path where it was done."""
        side = getattr(self.pair, where)
        node = side.find(RelPath(path))
        if what in {"write", "folder"}:
            if any(self._is_file(side, above) for above in _above(path)):
                return path
            if what == "write" and (node is None or node.kind is Kind.FILE):
                self._written += 1
                write(side, path, f"content {self._written}", self.pair.clock.tick())
            elif what == "folder" and node is None:
                make(side, path)
        elif node is not None and what == "remove":
            remove(side, path)
        elif node is not None and what == "touch" and node.kind is Kind.FILE:
            node.modified = self.pair.clock.tick()
        elif (
            node is not None
            and what == "rename"
            and side.find(RelPath(other)) is None
            and not other.startswith(path)
            and not any(self._is_file(side, above) for above in _above(other))
        ):
            side._detach(RelPath(path))
            node.name = other.rpartition("/")[2]
            side._attach(make(side, parent(RelPath(other))), node)
        return path

    def _is_file(self, side: object, path: str) -> bool:
        node = side.find(RelPath(path))  # type: ignore[attr-defined]
        return node is not None and node.kind is Kind.FILE

    def expected(self) -> dict[str, str]:
        """Return what the target must hold in the end, apart from what is its own."""
        return flat(tree(self.pair.source))


def _above(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:n]) for n in range(1, len(parts))]


def collides(pair: Pair) -> bool:
    """Tell whether the source holds two names that the target takes for one."""
    paths = [path for listing in pair.source.walk() for path in (e.path for e in listing.entries)]
    return len({fold(path) for path in paths}) < len(paths)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=True,
)
@given(ROUNDS)
def test_the_promises_hold_whatever_happens(rounds: list[Any]) -> None:
    with TemporaryDirectory(dir=_fast()) as folder:
        world = World(Path(folder))
        pair = world.pair
        for edits, fault in rounds:
            for edit in edits:
                world.edit(*edit)
            before = Before.of(pair)
            if fault is not None:
                side, number, error = fault
                getattr(pair, side).before = failing_at(number, error)
            with contextlib.suppress(EndpointError, Crash):
                pair.run()
            pair.source.before = pair.target.before = healthy
            before.check(pair)

        before = Before.of(pair)
        pair.run()
        before.check(pair)
        _check_settled(world)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(EDITS, min_size=1, max_size=5))
def test_runs_that_look_only_where_something_changed_come_to_the_same_end(
    rounds: list[Any],
) -> None:
    with TemporaryDirectory(dir=_fast()) as folder:
        world = World(Path(folder))
        pair = world.pair
        pair.run()
        for edits in rounds:
            touched = set()
            for what, where, path, other in edits:
                if where == "source":
                    world.edit(what, where, path, other)
                    touched |= {parent(RelPath(path)), parent(RelPath(other))}
                    touched |= {parent(RelPath(above)) for above in (*_above(path), *_above(other))}
            before = Before.of(pair)
            pair.run(scope=Scope(everything=False, folders=frozenset(touched)))
            before.check(pair)
            if not collides(pair):
                assert flat(tree(pair.target)) == world.expected()
        _check_settled(world)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(EDITS, EDITS)
def test_a_first_sync_deletes_nothing(first: list[Any], second: list[Any]) -> None:
    with TemporaryDirectory(dir=_fast()) as folder:
        world = World(Path(folder))
        pair = world.pair
        for edit in first:
            world.edit(*edit)
        pair.run()
        for edit in second:
            world.edit(*edit)
        pair.state_file.unlink()
        before = Before.of(pair)

        outcome = pair.run()

        before.check(pair)
        assert outcome.done.folders_removed == 0
        replaced = {fold(path) for path in flat(trash(pair.target))}
        remaining = {fold(path) for path in flat(tree(pair.target))} | replaced
        assert {fold(path) for path in flat(before.target)} <= remaining
        pair.run(scope=EVERYTHING)
        assert pair.writes_of_another_run() == []


def _check_settled(world: World) -> None:
    """Check that the target is as it should be, and that another run writes nothing."""
    pair = world.pair
    writes = pair.writes_of_another_run()
    if collides(pair):
        # Of two names that are one to the target the second is tried anew, under a lock.
        writes = [(step, path) for step, path in writes if not path.startswith(f"{OWN_FOLDER}/")]
    assert writes == []
    assert temporaries(pair) == []
    if not collides(pair):
        found = flat(tree(pair.target))
        for path, content in world.expected().items():
            node = pair.target.find(RelPath(path))
            assert node is None or node.kind is not Kind.FILE or node.content == content.encode()
            if node is None:
                assert any(
                    (above := pair.target.find(RelPath(p))) and above.kind is Kind.FILE
                    for p in _above(path)
                ), f"{path} is missing among {found}"


def _fast() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None
