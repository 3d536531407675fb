"""Two sides that are equals: what changed on one is carried over to the other, and nothing is lost.

Every scenario is played on sides in memory, on a folder and a real share in both directions, and on
two real shares. Each ends with a run that changes nothing on either side.
"""

from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.sync.endpoint import RelPath
from custom_components.smb_ddns_sync.sync.hints import Scope
from custom_components.smb_ddns_sync.sync.settings import ConflictPolicy, Mode
from custom_components.smb_ddns_sync.sync.status import HoldReason

from .trees import contents

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .stage import Actor, Stage
    from .trees import Tree

SOME: Tree = {
    "a.txt": "1",
    "empty.txt": "",
    "photos": {"b.jpg": "2", "2026": {"c.jpg": "3"}},
    "bare": {},
}


@pytest.fixture(autouse=True)
def _idle_is_idle(stage: Stage) -> Iterator[None]:
    """Every scenario ends with a run that changes nothing on either side."""
    yield
    assert stage.changes_of_another_run() == []


def the_conflict_copy(tree: Tree) -> str:
    (found,) = [name for name in tree if ".conflict-" in name]
    return found


def assert_same(stage: Stage, tree: Tree) -> None:
    assert stage.trees == (tree, tree)


def test_a_first_sync_of_two_trees_is_their_union(stage: Stage) -> None:
    stage.having({"ours": "1", "d": {"x": "2"}}, {"theirs": "3", "d": {"y": "4"}, "e": {}})

    assert_same(stage, {"ours": "1", "theirs": "3", "d": {"x": "2", "y": "4"}, "e": {}})
    assert (stage.ours.trash(), stage.theirs.trash()) == ({}, {})


def test_a_new_file_and_folder_appear_on_the_other_side(
    stage: Stage, sides: tuple[Actor, Actor]
) -> None:
    stage.having(SOME)
    stage.fill(sides[0], {"new": "n", "folder": {"deep": {"m": "m"}}})

    stage.run()

    assert_same(stage, {**SOME, "new": "n", "folder": {"deep": {"m": "m"}}})


def test_a_copy_has_the_time_of_the_original(stage: Stage, sides: tuple[Actor, Actor]) -> None:
    stage.having(SOME)
    stage.write(sides[0], "new", "n")

    stage.run()

    assert sides[1].modified("new") // 100 == sides[0].modified("new") // 100


def test_an_edit_is_carried_over_and_the_old_version_goes_to_trash_there(
    stage: Stage, sides: tuple[Actor, Actor]
) -> None:
    stage.having(SOME)
    stage.write(sides[0], "photos/b.jpg", "edited")

    outcome = stage.run()

    assert_same(stage, {**SOME, "photos": {"b.jpg": "edited", "2026": {"c.jpg": "3"}}})
    assert sides[1].trash() == {"photos": {"b.jpg": "2"}}
    assert sides[0].trash() == {}
    assert outcome.done.conflicts == 0


def test_a_deleted_file_goes_to_trash_on_the_other_side(
    stage: Stage, sides: tuple[Actor, Actor]
) -> None:
    stage.having(SOME)
    sides[0].remove("photos/b.jpg")

    stage.run()

    assert_same(stage, {**SOME, "photos": {"2026": {"c.jpg": "3"}}})
    assert sides[1].trash() == {"photos": {"b.jpg": "2"}}


def test_a_deleted_folder_goes_to_trash_as_a_whole(
    stage: Stage, sides: tuple[Actor, Actor]
) -> None:
    stage.having(SOME)
    sides[0].remove("photos")

    stage.run()

    assert_same(stage, {"a.txt": "1", "empty.txt": "", "bare": {}})
    assert sides[1].trash() == {"photos": SOME["photos"]}
    assert len([c for c in [*stage.source.changes, *stage.target.changes] if c[0] == "move"]) == 1


def test_a_deleted_empty_folder_is_removed(stage: Stage, sides: tuple[Actor, Actor]) -> None:
    stage.having(SOME)
    sides[0].remove("bare")

    stage.run()

    assert "bare" not in sides[1].tree()


def test_what_was_deleted_on_both_sides_is_forgotten(stage: Stage) -> None:
    stage.having(SOME)
    stage.ours.remove("photos")
    stage.theirs.remove("photos")

    assert stage.run().plan.only_remembers


def test_a_file_that_became_a_folder_makes_room(stage: Stage, sides: tuple[Actor, Actor]) -> None:
    stage.having(SOME)
    sides[0].remove("a.txt")
    stage.fill(sides[0], {"a.txt": {"inside": "5"}})

    stage.run()

    assert_same(stage, {**SOME, "a.txt": {"inside": "5"}})
    assert sides[1].trash() == {"a.txt": "1"}


def test_a_folder_that_became_a_file_makes_room(stage: Stage, sides: tuple[Actor, Actor]) -> None:
    stage.having(SOME)
    sides[0].remove("photos")
    stage.write(sides[0], "photos", "a file now")

    stage.run()

    assert_same(stage, {**SOME, "photos": "a file now"})
    assert sides[1].trash() == {"photos": SOME["photos"]}


def test_a_look_at_touched_folders_is_enough(stage: Stage, sides: tuple[Actor, Actor]) -> None:
    stage.having(SOME)
    stage.write(sides[0], "photos/2026/c.jpg", "edited")
    stage.write(sides[0], "unseen", "not looked at")

    stage.run(scope=Scope(everything=False, folders=frozenset({RelPath("photos/2026")})))

    expected: Tree = {**SOME, "photos": {"b.jpg": "2", "2026": {"c.jpg": "edited"}}}
    assert sides[1].tree() == expected
    stage.run()
    assert "unseen" in sides[1].tree()


def test_an_edit_beats_a_deletion(stage: Stage, sides: tuple[Actor, Actor]) -> None:
    stage.having(SOME)
    sides[0].remove("a.txt")
    stage.write(sides[1], "a.txt", "edited")

    stage.run()

    assert_same(stage, {**SOME, "a.txt": "edited"})


def test_an_edit_in_a_deleted_folder_stays_and_the_rest_of_it_goes(
    stage: Stage, sides: tuple[Actor, Actor]
) -> None:
    stage.having(SOME)
    sides[0].remove("photos")
    stage.write(sides[1], "photos/2026/new.jpg", "new")

    stage.run()

    assert_same(stage, {**SOME, "photos": {"2026": {"new.jpg": "new"}}})
    assert sides[1].trash() == {"photos": {"b.jpg": "2", "2026": {"c.jpg": "3"}}}


def test_a_folder_deleted_here_and_in_part_there_is_gone(
    stage: Stage, sides: tuple[Actor, Actor]
) -> None:
    stage.having(SOME)
    sides[0].remove("photos")
    sides[1].remove("photos/2026")

    stage.run()

    assert_same(stage, {"a.txt": "1", "empty.txt": "", "bare": {}})


def test_the_same_edit_on_both_sides_is_no_conflict(stage: Stage) -> None:
    stage.having(SOME)
    for side in (stage.ours, stage.theirs):
        stage.write(side, "a.txt", "the same")

    outcome = stage.run()

    assert_same(stage, {**SOME, "a.txt": "the same"})
    assert outcome.done.conflicts == 0
    assert outcome.done.files_copied == 0


def test_files_that_are_equal_before_the_first_sync_are_not_sent(stage: Stage) -> None:
    for side in (stage.ours, stage.theirs):
        stage.fill(side, SOME)  # with other times

    outcome = stage.run()

    assert outcome.done.files_copied == 0
    assert_same(stage, SOME)


def test_two_edits_are_both_kept_and_the_newer_one_has_the_name(
    stage: Stage, sides: tuple[Actor, Actor]
) -> None:
    stage.having(SOME)
    stage.write(sides[0], "a.txt", "older edit")
    stage.write(sides[1], "a.txt", "newer edit")

    outcome = stage.run()

    copy = the_conflict_copy(sides[0].tree())
    assert_same(stage, {**SOME, "a.txt": "newer edit", copy: "older edit"})
    assert copy.startswith("a.conflict-")
    assert copy.endswith(".txt")
    assert outcome.done.conflicts == 1


def test_two_edits_of_one_length_are_told_apart_by_content(stage: Stage) -> None:
    stage.having(SOME)
    stage.write(stage.ours, "a.txt", "edit 1")
    stage.write(stage.theirs, "a.txt", "edit 2")

    stage.run()

    assert sorted(contents(stage.ours.tree())) == sorted(
        [*contents({**SOME, "a.txt": "edit 1"}), "edit 2"]
    )
    assert stage.ours.tree() == stage.theirs.tree()


@pytest.mark.parametrize(
    ("policy", "winner"),
    [
        (ConflictPolicy.NEWER, "newer, longer"),
        (ConflictPolicy.OLDER, "older"),
        (ConflictPolicy.LARGER, "newer, longer"),
        (ConflictPolicy.SMALLER, "older"),
        (ConflictPolicy.SOURCE, "older"),
        (ConflictPolicy.TARGET, "newer, longer"),
    ],
)
def test_a_policy_decides_and_the_loser_goes_to_trash(
    stage: Stage, policy: ConflictPolicy, winner: str
) -> None:
    stage.wishing(conflicts=policy).having(SOME)
    stage.write(stage.ours, "a.txt", "older")
    stage.write(stage.theirs, "a.txt", "newer, longer")

    stage.run()

    assert_same(stage, {**SOME, "a.txt": winner})
    (lost,) = {"older", "newer, longer"} - {winner}
    assert [*contents(stage.ours.trash()), *contents(stage.theirs.trash())] == [lost]


@pytest.mark.parametrize("policy", [ConflictPolicy.LARGER, ConflictPolicy.SMALLER])
def test_a_policy_that_cannot_decide_keeps_both(stage: Stage, policy: ConflictPolicy) -> None:
    stage.wishing(conflicts=policy).having(SOME)
    stage.write(stage.ours, "a.txt", "edit 1")
    stage.write(stage.theirs, "a.txt", "edit 2")

    stage.run()

    copy = the_conflict_copy(stage.ours.tree())
    assert_same(stage, {**SOME, "a.txt": "edit 2", copy: "edit 1"})


def test_when_a_person_is_asked_nothing_is_done_until_one_version_is_gone(stage: Stage) -> None:
    stage.wishing(conflicts=ConflictPolicy.ASK).having(SOME)
    stage.write(stage.ours, "a.txt", "this")
    stage.write(stage.theirs, "a.txt", "that version")
    outcome = stage.run()
    assert outcome.done.conflicts == 1
    assert stage.trees == ({**SOME, "a.txt": "this"}, {**SOME, "a.txt": "that version"})

    stage.theirs.remove("a.txt")
    stage.run()

    assert_same(stage, {**SOME, "a.txt": "this"})


def test_a_conflict_copy_that_is_in_conflict_itself_gets_no_longer_name(stage: Stage) -> None:
    stage.having(SOME)
    for _ in range(3):
        for name in [each for each in stage.ours.tree() if each.startswith("a.")]:
            stage.write(stage.ours, name, "edit one")
            stage.write(stage.theirs, name, "edit two")
        stage.run()

    assert stage.ours.tree() == stage.theirs.tree()
    copies = [name for name in stage.ours.tree() if ".conflict-" in name]
    assert all(name.count("conflict") == 1 for name in copies)


def test_a_new_file_against_a_new_folder_keeps_both(
    stage: Stage, sides: tuple[Actor, Actor]
) -> None:
    stage.having(SOME)
    stage.write(sides[0], "x", "a file")
    stage.fill(sides[1], {"x": {"y": "in a folder"}})

    stage.run()

    copy = the_conflict_copy(sides[0].tree())
    assert_same(stage, {**SOME, "x": {"y": "in a folder"}, copy: "a file"})


def test_a_folder_that_became_a_file_against_an_edit_in_it_keeps_both(
    stage: Stage, sides: tuple[Actor, Actor]
) -> None:
    stage.having(SOME)
    sides[0].remove("photos")
    stage.write(sides[0], "photos", "a file now")
    stage.write(sides[1], "photos/b.jpg", "edited")

    stage.run()

    copy = the_conflict_copy(sides[0].tree())
    assert_same(stage, {**SOME, "photos": {"b.jpg": "edited"}, copy: "a file now"})
    assert sides[1].trash() == {"photos": {"2026": {"c.jpg": "3"}}}


def test_a_file_that_became_a_folder_against_an_edit_of_it_keeps_both(
    stage: Stage, sides: tuple[Actor, Actor]
) -> None:
    stage.having(SOME)
    sides[0].remove("a.txt")
    stage.fill(sides[0], {"a.txt": {"inside": "5"}})
    stage.write(sides[1], "a.txt", "edited")

    stage.run()

    copy = the_conflict_copy(sides[0].tree())
    assert_same(stage, {**SOME, "a.txt": {"inside": "5"}, copy: "edited"})


MANY: Tree = {f"{n:02}.jpg": f"photo {n}" for n in range(30)}


def test_an_emptied_side_is_held_and_the_other_keeps_all(
    stage: Stage, sides: tuple[Actor, Actor]
) -> None:
    stage.having(MANY)
    for name in MANY:
        sides[0].remove(name)

    outcome = stage.run()

    assert outcome.hold is not None
    assert outcome.hold.reason in {HoldReason.SOURCE_EMPTIED, HoldReason.TARGET_EMPTIED}
    assert (sides[0].tree(), sides[1].tree()) == ({}, MANY)
    assert [*stage.source.changes, *stage.target.changes] == []

    stage.run(released=outcome.hold.reason)
    assert_same(stage, {})
    assert sides[1].trash() == MANY


def test_too_many_deletions_on_a_side_are_held(stage: Stage, sides: tuple[Actor, Actor]) -> None:
    stage.having(MANY)
    for name in list(MANY)[:20]:
        sides[0].remove(name)

    outcome = stage.run()

    assert outcome.hold is not None
    assert outcome.hold.reason is HoldReason.TOO_MANY_DELETIONS
    assert sides[1].tree() == MANY


def test_another_mode_begins_with_a_first_sync(stage: Stage) -> None:
    stage.having(SOME)
    stage.ours.remove("a.txt")
    stage.wishing(mode=Mode.MIRROR)
    stage.run()
    stage.ours.remove("empty.txt")
    stage.wishing(mode=Mode.TWO_WAY)

    stage.run()

    assert_same(stage, SOME)
