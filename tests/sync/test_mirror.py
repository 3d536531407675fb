"""The target becomes like the source, whatever happened on either side since the last run."""

from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.sync.endpoint import Kind, RelPath
from custom_components.smb_ddns_sync.sync.hints import Scope
from custom_components.smb_ddns_sync.sync.lock import LOCK

from .trees import (
    Tree,
    contents,
    fill,
    make,
    node_at,
    remove,
    rename,
    trash,
    tree,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .pair import Pair

SOME: Tree = {
    "a.txt": "1",
    "empty.txt": "",
    "photos": {"b.jpg": "2", "2026": {"c.jpg": "3"}},
    "bare": {},
}


@pytest.fixture(autouse=True)
def _idle_is_idle(pair: Pair) -> Iterator[None]:
    """Every scenario ends with a run that writes nothing on either side."""
    yield
    assert pair.writes_of_another_run() == []


def test_the_first_sync_carries_everything_over(pair: Pair) -> None:
    pair.having(SOME)

    outcome = pair.run()

    assert tree(pair.target) == SOME
    assert outcome.done.files_copied == 4
    assert outcome.done.folders_made == 3


def test_a_copy_has_the_modified_time_of_the_original(pair: Pair) -> None:
    pair.having(SOME).run()

    copied, original = (side.find(RelPath("a.txt")) for side in (pair.target, pair.source))
    assert copied
    assert original
    assert copied.modified == original.modified // 100 * 100  # as precise as SMB is


def test_nothing_is_ever_written_on_the_source(pair: Pair) -> None:
    pair.having(SOME, {"b.txt": "x"}).run()
    write(pair.target, "a.txt", "edited", pair.clock.tick())
    pair.run()

    assert pair.source.writes == []


def test_a_new_file_appears_on_the_target(pair: Pair) -> None:
    pair.having(SOME).run()
    write(pair.source, "photos/new.jpg", "4", pair.clock.tick())

    pair.run()

    assert tree(pair.target) == tree(pair.source)


def test_an_edited_file_replaces_the_old_version_which_goes_to_trash(pair: Pair) -> None:
    pair.having(SOME).run()
    write(pair.source, "photos/b.jpg", "edited", pair.clock.tick())

    pair.run()

    assert tree(pair.target) == tree(pair.source)
    assert trash(pair.target) == {"photos": {"b.jpg": "2"}}


def test_a_deleted_file_goes_to_trash(pair: Pair) -> None:
    pair.having(SOME).run()
    remove(pair.source, "photos/b.jpg")

    outcome = pair.run()

    assert tree(pair.target) == tree(pair.source)
    assert trash(pair.target) == {"photos": {"b.jpg": "2"}}
    assert outcome.done.files_trashed == 1


def test_a_deleted_folder_goes_to_trash_as_a_whole_with_one_operation(pair: Pair) -> None:
    pair.having(SOME).run()
    remove(pair.source, "photos")
    pair.target.writes.clear()

    outcome = pair.run()

    assert tree(pair.target) == tree(pair.source)
    assert trash(pair.target) == {"photos": SOME["photos"]}
    assert outcome.done.files_trashed == 2
    moved = [path for step, path in pair.target.writes if step == "rename" and path != LOCK]
    assert len(moved) == 1


def test_a_deleted_empty_folder_is_removed(pair: Pair) -> None:
    pair.having(SOME).run()
    remove(pair.source, "bare")

    pair.run()

    assert tree(pair.target) == tree(pair.source)
    assert trash(pair.target) == {}


def test_a_file_deleted_on_both_sides_is_forgotten(pair: Pair) -> None:
    pair.having(SOME).run()
    remove(pair.source, "a.txt")
    remove(pair.target, "a.txt")

    outcome = pair.run()

    assert outcome.plan.only_remembers
    assert outcome.done.problem_count == 0


def test_a_file_deleted_on_the_target_comes_back(pair: Pair) -> None:
    pair.having(SOME).run()
    remove(pair.target, "photos/2026")

    pair.run()

    assert tree(pair.target) == SOME


def test_an_edit_on_the_target_is_overwritten_and_lives_on_in_trash(pair: Pair) -> None:
    pair.having(SOME).run()
    write(pair.target, "a.txt", "edited there", pair.clock.tick())

    pair.run()

    assert tree(pair.target) == SOME
    assert trash(pair.target) == {"a.txt": "edited there"}


def test_an_edit_on_the_target_of_a_file_deleted_on_the_source_lives_on_in_trash(
    pair: Pair,
) -> None:
    pair.having(SOME).run()
    write(pair.target, "a.txt", "edited there", pair.clock.tick())
    remove(pair.source, "a.txt")

    pair.run()

    assert tree(pair.target) == tree(pair.source)
    assert trash(pair.target) == {"a.txt": "edited there"}


def test_what_appears_on_the_target_after_the_first_sync_goes_to_trash(pair: Pair) -> None:
    pair.having(SOME).run()
    fill(pair.target, {"extra.txt": "x", "more": {"y.txt": "y", "deep": {}}}, pair.clock)

    pair.run()

    assert tree(pair.target) == SOME
    assert trash(pair.target) == {"extra.txt": "x", "more": {"y.txt": "y", "deep": {}}}


def test_a_zero_byte_file_becomes_full_and_empty_again(pair: Pair) -> None:
    pair.having({"log": ""}).run()
    write(pair.source, "log", "lines", pair.clock.tick())
    pair.run()
    assert tree(pair.target) == {"log": "lines"}

    write(pair.source, "log", "", pair.clock.tick())
    pair.run()

    assert tree(pair.target) == {"log": ""}


def test_a_folder_that_became_a_file_goes_to_trash_and_makes_room(pair: Pair) -> None:
    pair.having(SOME).run()
    remove(pair.source, "photos")
    write(pair.source, "photos", "a file now", pair.clock.tick())

    pair.run()

    assert tree(pair.target) == tree(pair.source)
    assert trash(pair.target) == {"photos": SOME["photos"]}


def test_a_file_that_became_a_folder_goes_to_trash_and_makes_room(pair: Pair) -> None:
    pair.having(SOME).run()
    remove(pair.source, "a.txt")
    fill(pair.source, {"inside": "5"}, pair.clock, "a.txt")

    pair.run()

    assert tree(pair.target) == tree(pair.source)
    assert trash(pair.target) == {"a.txt": "1"}


def test_a_file_on_the_target_that_someone_made_a_folder_becomes_a_file_again(pair: Pair) -> None:
    pair.having(SOME).run()
    remove(pair.target, "a.txt")
    fill(pair.target, {"theirs": "x"}, pair.clock, "a.txt")

    pair.run()

    assert tree(pair.target) == SOME
    assert trash(pair.target) == {"a.txt": {"theirs": "x"}}


def test_a_renamed_file_is_at_its_new_path_only(pair: Pair) -> None:
    pair.having(SOME).run()
    rename(pair.source, "photos/b.jpg", "photos/renamed.jpg")

    pair.run()

    assert tree(pair.target) == tree(pair.source)


def test_a_renamed_file_is_renamed_and_not_sent(pair: Pair) -> None:
    pair.having(SOME).run()
    rename(pair.source, "photos/b.jpg", "2025/renamed.jpg")

    outcome = pair.run()

    assert tree(pair.target) == tree(pair.source)
    assert (outcome.done.moved, outcome.done.files_copied, outcome.done.files_trashed) == (1, 0, 0)
    assert trash(pair.target) == {}


def test_a_renamed_folder_is_one_rename_with_all_that_changed_in_it(pair: Pair) -> None:
    pair.having({**SOME, "many": {f"{n}": f"file {n}" for n in range(20)}}).run()
    rename(pair.source, "many", "moved/here")
    remove(pair.source, "moved/here/0")
    write(pair.source, "moved/here/1", "edited", pair.clock.tick())
    rename(pair.source, "moved/here/2", "moved/here/renamed")
    rename(pair.source, "moved/here/3", "out")
    write(pair.target, "many/theirs", "extra", pair.clock.tick())

    outcome = pair.run()

    assert tree(pair.target) == tree(pair.source)
    assert outcome.done.moved == 3
    assert outcome.done.files_copied == 1
    assert sorted(contents(trash(pair.target))) == ["extra", "file 0", "file 1"]


def test_a_renamed_folder_that_holds_the_targets_own_stays_with_that(pair: Pair) -> None:
    pair.having({"d": {"a": "1", "b": "2"}, "e": "3"}, {"d": {"theirs": "x"}}).run()
    rename(pair.source, "d", "renamed")

    outcome = pair.run()

    assert tree(pair.target) == {"d": {"theirs": "x"}, "renamed": {"a": "1", "b": "2"}, "e": "3"}
    assert (outcome.done.moved, outcome.done.files_copied) == (2, 0)


def test_an_id_that_another_file_got_is_no_rename(pair: Pair) -> None:
    pair.having(SOME).run()
    reused = node_at(pair.source, "a.txt").file_id
    remove(pair.source, "a.txt")
    write(pair.source, "other.txt", "another", pair.clock.tick())
    node_at(pair.source, "other.txt").file_id = reused

    outcome = pair.run()

    assert tree(pair.target) == tree(pair.source)
    assert (outcome.done.moved, outcome.done.files_copied, outcome.done.files_trashed) == (0, 1, 1)


def test_an_id_that_another_folder_got_is_no_rename(pair: Pair) -> None:
    pair.having(SOME).run()
    reused = node_at(pair.source, "photos").file_id
    remove(pair.source, "photos")
    fill(pair.source, {"other": {"z": "9"}}, pair.clock)
    node_at(pair.source, "other").file_id = reused

    outcome = pair.run()

    assert tree(pair.target) == tree(pair.source)
    assert outcome.done.moved == 0
    assert trash(pair.target) == {"photos": SOME["photos"]}


def test_renames_are_no_deletions_for_the_guards(pair: Pair) -> None:
    pair.guarded(max_delete_percent=1, delete_floor=0)
    pair.having({"d": {f"{n}": f"file {n}" for n in range(30)}}).run()
    for n in range(30):
        rename(pair.source, f"d/{n}", f"d/renamed {n}")

    outcome = pair.run()

    assert outcome.hold is None
    assert outcome.done.moved == 30
    assert tree(pair.target) == tree(pair.source)


def test_a_new_case_of_a_name_is_a_rename(pair: Pair) -> None:
    pair.having({"Foo.txt": "1", "Docs": {"a": "2"}}).run()
    rename(pair.source, "Foo.txt", "foo.txt")
    rename(pair.source, "Docs", "docs")

    outcome = pair.run()

    assert tree(pair.target) == tree(pair.source)
    assert (outcome.done.moved, outcome.done.files_copied) == (2, 0)


def test_a_file_replaced_by_another_of_equal_size_and_time_is_carried_over(pair: Pair) -> None:
    pair.having(SOME).run()
    original = pair.source.find(RelPath("a.txt"))
    assert original
    remove(pair.source, "a.txt")
    write(pair.source, "a.txt", "9", original.modified)

    pair.run()

    assert tree(pair.target) == tree(pair.source)


def test_a_name_that_changed_only_its_case_has_the_new_case_on_the_target(pair: Pair) -> None:
    pair.having({"Foo.txt": "1", "Docs": {"a": "2"}}).run()
    rename(pair.source, "Foo.txt", "foo.txt")
    rename(pair.source, "Docs", "docs")

    pair.run()

    assert tree(pair.target) == tree(pair.source)


def test_a_look_at_a_folder_that_is_a_file_by_now_finds_out(pair: Pair) -> None:
    pair.having(SOME).run()
    remove(pair.source, "photos")
    write(pair.source, "photos", "a file now", pair.clock.tick())

    pair.run(scope=Scope(everything=False, folders=frozenset({RelPath("photos")})))

    assert tree(pair.target) == tree(pair.source)


def test_links_and_special_files_are_counted_and_left_out(pair: Pair) -> None:
    pair.having(SOME)
    folder = make(pair.source, "photos")
    pair.source._attach(folder, pair.source.new(Kind.OTHER, "link"))

    outcome = pair.run()

    assert tree(pair.target) == SOME
    assert outcome.tally.others == 1


def test_a_file_that_became_a_link_leaves_the_target_as_it_is(pair: Pair) -> None:
    pair.having(SOME).run()
    remove(pair.source, "a.txt")
    pair.source._attach(make(pair.source, ""), pair.source.new(Kind.OTHER, "a.txt"))

    outcome = pair.run()

    assert tree(pair.target) == SOME
    assert [problem.cause for problem in outcome.done.problems] == ["not_a_file"]
