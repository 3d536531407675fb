"""Two sides that are equals: random trees, edits, renames, policies and faults.

After every step nothing is lost, every path holds an old or a new content, and nothing is deleted
that was not deleted by somebody. When all is quiet both sides hold the same, and a run is idle.
"""

import contextlib
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Self

from hypothesis import given, settings
from hypothesis import strategies as st

from custom_components.smb_ddns_sync.sync.endpoint import EndpointError, Kind, RelPath
from custom_components.smb_ddns_sync.sync.endpoints.memory import MemoryEndpoint
from custom_components.smb_ddns_sync.sync.hints import Scope
from custom_components.smb_ddns_sync.sync.names import fold, is_temporary, parent
from custom_components.smb_ddns_sync.sync.settings import ConflictPolicy, Mode

from .promises import flat
from .test_faults import Crash, failing_at, healthy
from .test_properties import ERRORS, PATHS, UNGUARDED, World, collides
from .trees import Tree, contents, node_at, trash, tree, write

if TYPE_CHECKING:
    from .pair import Pair

SIDES = ("source", "target")
EDITS = st.lists(
    st.tuples(
        st.sampled_from(
            ["write", "write", "folder", "remove", "rename", "rename", "touch", "recase", "alike"]
        ),
        st.sampled_from(SIDES),
        PATHS,
        PATHS,
    ),
    max_size=8,
)
FAULT = st.tuples(st.sampled_from(SIDES), st.integers(1, 60), ERRORS)
POLICIES = st.sampled_from(
    [policy for policy in ConflictPolicy if policy is not ConflictPolicy.ASK]
)
ROUNDS = st.lists(st.tuples(EDITS, st.none() | FAULT), min_size=1, max_size=4)


class Twins(World):
    """Two sides that are equals, on which users do things."""

    def __init__(self, folder: Path, policy: ConflictPolicy, *, both_shares: bool = False) -> None:
        super().__init__(folder)
        self.pair.settings = replace(UNGUARDED, mode=Mode.TWO_WAY, conflicts=policy)
        if both_shares:
            self.pair.source = MemoryEndpoint(volume=33)
            write(self.pair.source, "anchor", "anchor", self.pair.clock.tick())

    def do(self, what: str, where: str, path: str, other: str) -> None:
        """Let a user do something that is possible."""
        side = getattr(self.pair, where)
        node = side.find(RelPath(path))
        if what == "recase" and node is not None:
            name = path.rpartition("/")[2].swapcase()
            to = RelPath(f"{parent(RelPath(path))}/{name}".lstrip("/"))
            there = side.find(to)
            if there is None or there is node:
                side._detach(RelPath(path))
                node.name = name
                side._attach(side.find(parent(RelPath(path))), node)
        elif what == "alike":
            for each in SIDES:
                one = getattr(self.pair, each).find(RelPath(path))
                if one is not None and one.kind is Kind.FILE:
                    write(getattr(self.pair, each), path, "alike", self.pair.clock.tick())
        elif what != "recase":
            self.edit(what, where, path, other)

    def settle(self) -> None:
        """Let the job run until nothing is left for later."""
        for _ in range(3):
            if not self.pair.run().done.deferred:
                return


@dataclass(frozen=True)
class Before:
    """What both sides and both trashes held when a run began."""

    trees: tuple[Tree, Tree]
    trashes: tuple[Tree, Tree]

    @classmethod
    def of(cls, pair: Pair) -> Self:
        """Look at both sides."""
        sides = (pair.source, pair.target)
        return cls(tuple(map(tree, sides)), tuple(map(trash, sides)))  # type: ignore[arg-type]

    def check(self, pair: Pair) -> None:
        """Check no loss, old or new, and no deletion without a cause."""
        after = Before.of(pair)
        had = {text for each in self.trees for text in _files(each).values()}
        had |= {text for each in self.trashes for text in contents(each)}
        has = {text for each in (*after.trees, *after.trashes) for text in contents(each)}
        assert had <= has, f"lost: {had - has}"
        for each in after.trees:
            strange = set(_files(each).values()) - had
            assert not strange, f"neither old nor new: {strange}"
        for then, now, other_then in zip(
            self.trees, after.trees, reversed(self.trees), strict=True
        ):
            # What went from one side was not on the other: somebody had deleted or moved it there.
            there = {fold(path) for path in _files(other_then)}
            still = {fold(path) for path in flat(now)}
            elsewhere = set(_files(now).values())
            for path, text in _files(then).items():
                if fold(path) not in still and fold(path) in there:
                    assert text in elsewhere or _is_below_a_file(path, other_then), (
                        f"{path} went although both sides had it"
                    )


def _files(found: Tree) -> dict[str, str]:
    return {
        path: text
        for path, text in flat(found).items()
        if not is_temporary(path.rpartition("/")[2])
    }


def _is_below_a_file(path: str, found: Tree) -> bool:
    files = {fold(each) for each in _files(found)}
    return any(fold(path).startswith(f"{file}/") for file in files)


def check_settled(twins: Twins) -> None:
    """Check that both sides hold the same, and that another run writes nothing."""
    pair = twins.pair
    assert pair.writes_of_another_run() == []
    assert not [p for side in (pair.source, pair.target) for p in flat(tree(side)) if "smb" in p]
    if not collides(pair):
        assert tree(pair.source) == tree(pair.target)


@settings(max_examples=120, deadline=None, derandomize=True)
@given(ROUNDS, POLICIES, st.booleans())
def test_the_promises_hold_between_equals(
    rounds: list[Any], policy: ConflictPolicy, both_shares: bool
) -> None:
    with TemporaryDirectory(dir=_fast()) as folder:
        twins = Twins(Path(folder), policy, both_shares=both_shares)
        pair = twins.pair
        for edits, fault in rounds:
            for edit in edits:
                twins.do(*edit)
            before = Before.of(pair)
            if fault is not None:
                side, number, error = fault
                getattr(pair, side).before = failing_at(number, error)
            with contextlib.suppress(EndpointError, Crash):
                pair.run()
            pair.source.before = pair.target.before = healthy
            before.check(pair)

        before = Before.of(pair)
        twins.settle()
        before.check(pair)
        check_settled(twins)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.lists(EDITS, min_size=1, max_size=4), POLICIES)
def test_runs_between_equals_that_look_only_where_something_changed_lose_nothing(
    rounds: list[Any], policy: ConflictPolicy
) -> None:
    with TemporaryDirectory(dir=_fast()) as folder:
        twins = Twins(Path(folder), policy)
        pair = twins.pair
        pair.run()
        for edits in rounds:
            touched = set()
            for what, where, path, other in edits:
                twins.do(what, where, path, other)
                for each in (path, other):
                    parts = each.split("/")
                    touched |= {RelPath("/".join(parts[:n])) for n in range(len(parts))}
            before = Before.of(pair)
            pair.run(scope=Scope(everything=False, folders=frozenset(touched)))
            before.check(pair)
        before = Before.of(pair)
        twins.settle()
        before.check(pair)
        check_settled(twins)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(EDITS, EDITS, POLICIES)
def test_a_first_sync_of_equals_is_their_union(
    first: list[Any], second: list[Any], policy: ConflictPolicy
) -> None:
    with TemporaryDirectory(dir=_fast()) as folder:
        twins = Twins(Path(folder), policy)
        pair = twins.pair
        for edit in first:
            twins.do(*edit)
        pair.run()
        for edit in second:
            twins.do(*edit)
        pair.state_file.unlink()
        before = Before.of(pair)

        outcome = pair.run()

        before.check(pair)
        assert outcome.done.files_trashed == 0
        assert outcome.done.folders_removed == 0
        twins.settle()
        check_settled(twins)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(EDITS, EDITS)
def test_when_a_person_is_asked_neither_version_is_touched(
    first: list[Any], second: list[Any]
) -> None:
    with TemporaryDirectory(dir=_fast()) as folder:
        twins = Twins(Path(folder), ConflictPolicy.ASK)
        pair = twins.pair
        for edit in first:
            twins.do(*edit)
        pair.run()
        for edit in second:
            twins.do(*edit)
        write(pair.source, "asked", "this", pair.clock.tick())
        write(pair.target, "asked", "that version", pair.clock.tick())
        before = Before.of(pair)

        outcome = pair.run()

        before.check(pair)
        assert outcome.done.conflicts >= 1
        assert node_at(pair.source, "asked").content == b"this"
        assert node_at(pair.target, "asked").content == b"that version"
        twins.settle()
        assert pair.writes_of_another_run() == []


def _fast() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None
