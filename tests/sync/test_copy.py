"""A copy only ever adds: nothing that the target has is taken away, and the source may be cleared.

Played on sides in memory, on a folder and a real share in both directions, and on two real shares.
Each scenario ends with a run that changes nothing on either side.
"""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.sync.settings import Mode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .stage import Stage
    from .trees import Tree

SOME: Tree = {"a.mp4": "1", "camera": {"b.mp4": "2", "night": {"c.mp4": "3"}}}


@pytest.fixture(autouse=True)
def _copying(stage: Stage) -> Iterator[None]:
    """Copy, and see to it that every scenario ends with a run that changes nothing."""
    stage.wishing(mode=Mode.COPY)
    yield
    assert stage.changes_of_another_run() == []


def test_what_is_new_is_copied_and_what_only_the_target_has_stays(stage: Stage) -> None:
    stage.having(SOME, {"theirs": "x"})
    stage.write(stage.theirs, "later", "y")
    stage.write(stage.ours, "camera/d.mp4", "4")

    stage.run()

    expected: Tree = {**SOME, "camera": {"b.mp4": "2", "night": {"c.mp4": "3"}, "d.mp4": "4"}}
    assert stage.trees == (expected, {**expected, "theirs": "x", "later": "y"})


def test_what_is_deleted_on_the_source_stays_on_the_target_for_good(stage: Stage) -> None:
    stage.having(SOME)
    stage.ours.remove("camera")
    stage.run()
    stage.write(stage.ours, "new.mp4", "n")

    outcome = stage.run()

    assert stage.theirs.tree() == {**SOME, "new.mp4": "n"}
    assert stage.theirs.trash() == {}
    assert outcome.hold is None


def test_a_source_that_is_emptied_takes_nothing_along(stage: Stage) -> None:
    stage.having(SOME)
    stage.ours.remove("a.mp4")
    stage.ours.remove("camera")

    outcome = stage.run()

    assert outcome.hold is None
    assert stage.theirs.tree() == SOME


def test_what_is_renamed_on_the_source_has_both_names_on_the_target(stage: Stage) -> None:
    stage.having(SOME)
    stage.ours.rename("a.mp4", "renamed.mp4")

    stage.run()

    assert stage.theirs.tree() == {**SOME, "renamed.mp4": "1"}


def test_a_newer_version_replaces_the_copy_which_goes_to_trash(stage: Stage) -> None:
    stage.having(SOME)
    stage.write(stage.ours, "a.mp4", "edited")

    stage.run()

    assert stage.theirs.tree() == {**SOME, "a.mp4": "edited"}
    assert stage.theirs.trash() == {"a.mp4": "1"}


def test_an_edit_of_the_copy_stays_until_there_is_something_newer(stage: Stage) -> None:
    stage.having(SOME)
    stage.write(stage.theirs, "a.mp4", "edited there")
    stage.run()
    assert stage.theirs.tree() == {**SOME, "a.mp4": "edited there"}

    stage.write(stage.ours, "a.mp4", "newer")
    stage.run()

    assert stage.theirs.tree() == {**SOME, "a.mp4": "newer"}
    assert stage.theirs.trash() == {"a.mp4": "edited there"}


def test_a_copy_that_was_deleted_on_the_target_is_made_again(stage: Stage) -> None:
    stage.having(SOME)
    stage.theirs.remove("a.mp4")

    stage.run()

    assert stage.theirs.tree() == SOME


@pytest.mark.parametrize("path", ["a.mp4", "camera"])
def test_a_file_against_a_folder_is_told_and_both_stay(stage: Stage, path: str) -> None:
    stage.having(SOME)
    stage.ours.remove(path)
    if path == "camera":
        stage.write(stage.ours, path, "a file now")
    else:
        stage.fill(stage.ours, {path: {"in": "a folder"}})

    outcome = stage.run()

    assert stage.theirs.tree() == SOME
    assert [problem.cause for problem in outcome.done.problems] == ["in_the_way"]


def test_the_source_is_cleared_once_all_is_verified_on_the_target(stage: Stage) -> None:
    stage.wishing(clear_source_after=timedelta()).having(SOME)
    assert stage.run().done.files_cleared == 3

    assert stage.ours.tree() == {"camera": {"night": {}}}
    assert stage.theirs.tree() == SOME
    assert stage.changes_of_another_run() == []
    assert stage.theirs.tree() == SOME

    stage.write(stage.ours, "a.mp4", "the next one of this name")
    first = stage.run()
    outcome = stage.run()

    assert first.done.files_cleared == 0  # a server that loses its power might lose its name
    assert first.done.waits

    assert outcome.done.files_cleared == 1
    assert stage.theirs.tree() == {**SOME, "a.mp4": "the next one of this name"}
    assert stage.theirs.trash() == {"a.mp4": "1"}


def test_the_source_keeps_what_is_not_old_enough(stage: Stage) -> None:
    stage.wishing(clear_source_after=timedelta(days=1)).having({"new": "1"})
    stage.ours.write("old", "2", stage.clock.tick() - 86_400_000_000_000)
    stage.run()

    outcome = stage.run()

    assert outcome.done.files_cleared == 1
    assert stage.ours.tree() == {"new": "1"}
    assert stage.theirs.tree() == {"new": "1", "old": "2"}


def test_the_source_keeps_what_somebody_edited_on_the_target(stage: Stage) -> None:
    stage.having(SOME)
    stage.write(stage.theirs, "a.mp4", "edited there")
    stage.wishing(clear_source_after=timedelta())

    stage.run()
    stage.run()

    assert stage.ours.tree() == {"a.mp4": "1", "camera": {"night": {}}}
