"""Conflicts that a person decides: listed, carried out by the next run, never on a stale word."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.sync.conflicts import (
    Choice,
    ConflictList,
    Conflicts,
    NoConflict,
)
from custom_components.smb_ddns_sync.sync.endpoint import Kind, RelPath
from custom_components.smb_ddns_sync.sync.hints import Scope
from custom_components.smb_ddns_sync.sync.job import JobStopped
from custom_components.smb_ddns_sync.sync.settings import ConflictPolicy, Mode
from custom_components.smb_ddns_sync.sync.state import State

from .running import PATIENCE, running
from .trees import tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .pair import Pair
    from .stage import Stage
    from .trees import Tree

SOME: Tree = {"a.txt": "1", "b.txt": "2", "d": {"c.txt": "3"}}
A = RelPath("a.txt")


@pytest.fixture
def asking(stage: Stage) -> Iterator[Stage]:
    """Return two sides that are asked about conflicts; at the end, a run changes nothing."""
    stage.wishing(mode=Mode.TWO_WAY, conflicts=ConflictPolicy.ASK).having(SOME)
    yield stage
    assert stage.changes_of_another_run() == []


def edit_both(stage: Stage, path: str = "a.txt", *, more: str = "") -> None:
    stage.write(stage.ours, path, f"ours{more}")
    stage.write(stage.theirs, path, f"theirs, longer{more}")


def decide(stage: Stage, choice: Choice, path: RelPath = A) -> None:
    state = State.open(stage.state_file, stage.settings.id)
    try:
        Conflicts(state.connection).decide(path, choice)
    finally:
        state.close()


def listed(stage: Stage) -> ConflictList:
    state = State.open(stage.state_file, stage.settings.id)
    try:
        return Conflicts(state.connection).first(100)
    finally:
        state.close()


def waiting(stage: Stage) -> list[str]:
    return [conflict.path for conflict in listed(stage).waiting if conflict.choice is None]


def test_a_conflict_is_listed_with_both_versions_and_is_news_once(asking: Stage) -> None:
    edit_both(asking)

    assert asking.run().done.conflicts == 1
    (conflict,) = listed(asking).waiting
    assert (conflict.path, conflict.source.kind, conflict.choice) == (A, Kind.FILE, None)
    sizes = {conflict.source.version.size, conflict.target.version.size}
    assert sizes == {len("ours"), len("theirs, longer")}
    assert asking.run().done.conflicts == 0
    assert waiting(asking) == [A]


@pytest.mark.parametrize(
    ("choice", "winner", "in_trash"),
    [
        (Choice.SOURCE, "ours", "theirs, longer"),
        (Choice.TARGET, "theirs, longer", "ours"),
    ],
)
def test_the_chosen_version_wins_and_the_other_one_goes_to_trash(
    asking: Stage, choice: Choice, winner: str, in_trash: str
) -> None:
    edit_both(asking)
    asking.run()

    decide(asking, choice)
    asking.run()

    expected = {**SOME, "a.txt": winner}
    assert asking.trees == (expected, expected)
    assert {**asking.ours.trash(), **asking.theirs.trash()} == {"a.txt": in_trash}
    assert listed(asking).waiting == ()


def test_both_may_be_kept_and_the_copy_is_listed_until_it_is_gone(asking: Stage) -> None:
    edit_both(asking)
    asking.run()

    decide(asking, Choice.BOTH)
    asking.run()

    found = listed(asking)
    assert found.waiting == ()
    (copy,) = found.copies
    assert copy.original == A
    kept = {asking.ours.tree()["a.txt"], asking.ours.tree()[copy.path]}
    assert kept == {"ours", "theirs, longer"}
    assert asking.ours.tree() == asking.theirs.tree()
    asking.theirs.remove(copy.path)
    asking.run()
    assert listed(asking).copies == ()


def test_a_version_that_changed_since_is_asked_about_again(asking: Stage) -> None:
    edit_both(asking)
    asking.run()
    decide(asking, Choice.SOURCE)
    asking.write(asking.theirs, "a.txt", "what nobody has decided about")

    assert asking.run().done.conflicts == 1

    assert asking.theirs.tree()["a.txt"] == "what nobody has decided about"
    assert waiting(asking) == [A]


def test_a_run_that_looks_elsewhere_keeps_what_waits_and_what_was_decided(asking: Stage) -> None:
    edit_both(asking)
    edit_both(asking, "b.txt")
    asking.run()
    decide(asking, Choice.SOURCE)

    asking.run(scope=Scope(everything=False, folders=frozenset({RelPath("d")})))

    assert [(each.path, each.choice) for each in listed(asking).waiting] == [
        ("a.txt", Choice.SOURCE),
        ("b.txt", None),
    ]
    asking.run()
    assert waiting(asking) == ["b.txt"]
    assert asking.theirs.tree()["a.txt"] == "ours"


def test_what_is_no_conflict_any_more_waits_no_longer(asking: Stage) -> None:
    edit_both(asking)
    asking.run()
    asking.theirs.remove("a.txt")

    asking.run()

    assert listed(asking).waiting == ()
    assert asking.theirs.tree()["a.txt"] == "ours"


def test_where_nothing_waits_nothing_can_be_decided(asking: Stage) -> None:
    with pytest.raises(NoConflict):
        decide(asking, Choice.SOURCE)


@pytest.mark.parametrize("choice", Choice)
def test_a_folder_against_a_file_loses_nothing_whatever_is_decided(
    asking: Stage, choice: Choice
) -> None:
    asking.write(asking.ours, "x", "a file")
    asking.fill(asking.theirs, {"x": {"y": "in a folder"}})
    asking.run()
    assert waiting(asking) == ["x"]

    decide(asking, choice, RelPath("x"))
    asking.run()

    assert asking.ours.tree() == asking.theirs.tree()
    assert asking.ours.tree()["x"] == {"y": "in a folder"}
    copies = [name for name in asking.ours.tree() if ".conflict-" in name]
    assert len(copies) + len(asking.ours.trash()) == 1, "the file is kept or in trash"
    assert listed(asking).waiting == ()


def test_another_policy_takes_over_what_waits(asking: Stage) -> None:
    edit_both(asking)
    asking.run()

    asking.wishing(conflicts=ConflictPolicy.LARGER)
    asking.run()

    assert asking.ours.tree()["a.txt"] == "theirs, longer"
    assert listed(asking).waiting == ()


def test_a_job_lists_and_resolves_and_tells_how_many_are_left(pair: Pair) -> None:
    asks = {"mode": Mode.TWO_WAY, "conflicts": ConflictPolicy.ASK}
    pair.having({"a.txt": "ours"}, {"a.txt": "theirs, longer"})
    with running(pair.source, pair.target, pair.state_file, **asks) as it:
        status = it.rest()
        assert (status.unresolved.waiting, status.unresolved.examples) == (1, (A,))
        (conflict,) = it.job.list_conflicts().result(PATIENCE).waiting
        with pytest.raises(NoConflict):
            it.job.resolve_conflict(RelPath("no.txt"), Choice.BOTH).result(PATIENCE)

        it.job.resolve_conflict(conflict.path, Choice.BOTH).result(PATIENCE)

        it.wait_for(
            lambda status: (status.unresolved.waiting, status.unresolved.copies) == (0, 1),
            "the decision to be carried out",
        )
    with pytest.raises(JobStopped):
        it.job.list_conflicts().result(PATIENCE)
    copies = [name for name in tree(pair.source) if ".conflict-" in name]
    assert len(copies) == 1
    assert tree(pair.source) == tree(pair.target)


def test_a_decision_outlives_the_job_that_took_it(pair: Pair) -> None:
    """It is remembered before anything is carried out, so a restart in between loses nothing."""
    pair.settings = replace(pair.settings, mode=Mode.TWO_WAY, conflicts=ConflictPolicy.ASK)
    pair.having({"a.txt": "ours"}, {"a.txt": "theirs, longer"}).run()
    state = State.open(pair.state_file, pair.settings.id)
    Conflicts(state.connection).decide(A, Choice.SOURCE)
    state.close()

    pair.target.capacity = 0
    pair.run()
    assert tree(pair.target) == {"a.txt": "theirs, longer"}
    pair.target.capacity = 1 << 40
    pair.run()

    assert tree(pair.target) == {"a.txt": "ours"}
