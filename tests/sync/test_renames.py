"""What only got another path is renamed on the other side, and not sent.

Every scenario is played on sides in memory, on a folder and a real share in both directions, and on
two real shares. Each ends with a run that changes nothing on either side.
"""

from typing import TYPE_CHECKING
import unicodedata

import pytest

from .stage import names
from .test_two_way import SOME, assert_same, the_conflict_copy
from .trees import contents

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .stage import Actor, Stage
    from .trees import Tree


@pytest.fixture(autouse=True)
def _idle_is_idle(stage: Stage) -> Iterator[None]:
    """Every scenario ends with a run that changes nothing on either side."""
    yield
    assert stage.changes_of_another_run() == []


def test_a_renamed_file_is_renamed(stage: Stage, sides: tuple[Actor, Actor]) -> None:
    stage.having(SOME)
    sides[0].rename("photos/b.jpg", "renamed.jpg")

    outcome = stage.run()

    assert_same(stage, {**SOME, "photos": {"2026": {"c.jpg": "3"}}, "renamed.jpg": "2"})
    assert (outcome.done.moved, outcome.done.files_copied) == (1, 0)
    assert (sides[0].trash(), sides[1].trash()) == ({}, {})


def test_a_renamed_folder_is_one_rename_whatever_is_in_it(
    stage: Stage, sides: tuple[Actor, Actor]
) -> None:
    stage.having({**SOME, "many": {f"{n}": f"file {n}" for n in range(30)}})
    stage.run()  # ids of folders that a run made are known from the next one on
    sides[0].rename("many", "deep/down/renamed")

    outcome = stage.run()

    assert stage.ours.tree() == stage.theirs.tree()
    assert (outcome.done.moved, outcome.done.files_copied) == (1, 0)
    assert outcome.done.files_trashed == 0


def test_a_rename_is_not_counted_as_a_deletion(stage: Stage, sides: tuple[Actor, Actor]) -> None:
    stage.guarded(max_delete_percent=1, delete_floor=0).having(
        {f"{n}": f"file {n}" for n in range(12)}
    )
    for n in range(12):
        sides[0].rename(f"{n}", f"renamed/{n}")

    outcome = stage.run()

    assert outcome.hold is None
    assert outcome.done.moved == 12


def test_a_file_renamed_here_and_edited_there_is_the_edit_under_the_new_name(
    stage: Stage, sides: tuple[Actor, Actor]
) -> None:
    stage.having(SOME)
    sides[0].rename("a.txt", "b.txt")
    stage.write(sides[1], "a.txt", "edited")

    stage.run()

    expected = {name: content for name, content in SOME.items() if name != "a.txt"}
    assert_same(stage, {**expected, "b.txt": "edited"})


def test_what_changed_in_a_folder_that_the_other_side_renamed_is_found_in_it(
    stage: Stage, sides: tuple[Actor, Actor]
) -> None:
    stage.having(SOME)
    stage.run()
    sides[0].rename("photos", "pictures")
    stage.write(sides[0], "pictures/b.jpg", "edited")
    stage.write(sides[1], "photos/new.jpg", "new")
    sides[1].remove("photos/2026/c.jpg")

    stage.run()

    expected = {name: content for name, content in SOME.items() if name != "photos"}
    assert_same(stage, {**expected, "pictures": {"b.jpg": "edited", "new.jpg": "new", "2026": {}}})


def test_renames_in_a_renamed_folder_are_renames(stage: Stage, sides: tuple[Actor, Actor]) -> None:
    stage.having(SOME)
    stage.run()
    sides[0].rename("photos", "pictures")
    sides[0].rename("pictures/2026", "archive")
    sides[0].rename("archive/c.jpg", "pictures/c.jpg")
    stage.write(sides[0], "archive/d.jpg", "4")

    outcome = stage.run()

    assert stage.ours.tree() == stage.theirs.tree()
    assert outcome.done.files_copied == 1
    assert outcome.done.files_trashed == 0


def test_a_file_given_two_names_has_both(stage: Stage) -> None:
    stage.having(SOME)
    stage.ours.rename("a.txt", "ours.txt")
    stage.theirs.rename("a.txt", "theirs.txt")

    stage.run()

    expected = {name: content for name, content in SOME.items() if name != "a.txt"}
    assert_same(stage, {**expected, "ours.txt": "1", "theirs.txt": "1"})


def test_a_rename_to_a_name_that_is_new_on_the_other_side_keeps_both(
    stage: Stage, sides: tuple[Actor, Actor]
) -> None:
    stage.having(SOME)
    sides[0].rename("a.txt", "b.txt")
    stage.write(sides[1], "b.txt", "another")

    stage.run()

    copy = the_conflict_copy(sides[0].tree())
    expected = {name: content for name, content in SOME.items() if name != "a.txt"}
    assert_same(stage, {**expected, "b.txt": "another", copy: "1"})


def test_a_moved_file_leaves_a_folder_that_is_deleted_then(
    stage: Stage, sides: tuple[Actor, Actor]
) -> None:
    stage.having(SOME)
    sides[0].rename("photos/2026/c.jpg", "c.jpg")
    sides[0].remove("photos")

    outcome = stage.run()

    assert_same(stage, {"a.txt": "1", "empty.txt": "", "bare": {}, "c.jpg": "3"})
    assert outcome.done.files_copied == 0
    assert contents(sides[1].trash()) == ["2"]


def test_a_file_moved_into_a_folder_that_the_other_side_deleted_keeps_the_folder(
    stage: Stage, sides: tuple[Actor, Actor]
) -> None:
    stage.having(SOME)
    sides[0].rename("a.txt", "bare/a.txt")
    sides[1].remove("bare")

    stage.run()

    expected = {name: content for name, content in SOME.items() if name != "a.txt"}
    assert_same(stage, {**expected, "bare": {"a.txt": "1"}})


def test_names_that_were_exchanged_are_exchanged(stage: Stage, sides: tuple[Actor, Actor]) -> None:
    stage.having({"a": "first", "b": "second one"})
    sides[0].rename("a", "c")
    sides[0].rename("b", "a")
    sides[0].rename("c", "b")

    stage.run()

    assert_same(stage, {"a": "second one", "b": "first"})


def test_a_new_case_is_a_rename(stage: Stage, sides: tuple[Actor, Actor]) -> None:
    stage.having({"Foo.txt": "1", "Docs": {"a": "2"}})
    stage.run()
    sides[0].rename("Foo.txt", "foo.txt")
    sides[0].rename("Docs", "docs")
    stage.write(sides[0], "docs/a", "edited")
    stage.write(sides[1], "Docs/b", "new there")

    outcome = stage.run()

    assert_same(stage, {"foo.txt": "1", "docs": {"a": "edited", "b": "new there"}})
    assert outcome.done.moved == 2
    assert outcome.done.conflicts == 0


def test_a_file_in_another_normalisation_is_one_file(
    stage: Stage, sides: tuple[Actor, Actor]
) -> None:
    composed, decomposed = (unicodedata.normalize(form, "größe é.txt") for form in ("NFC", "NFD"))
    ours: Tree = {composed: "1", "é": {"x": "2"}}
    theirs: Tree = {decomposed: "1", "e\u0301": {"y": "3"}}
    stage.fill(sides[0], ours)
    stage.fill(sides[1], theirs)

    outcome = stage.run()

    assert outcome.done.conflicts == 0
    assert len(names(stage.ours.tree())) == 3
    assert stage.ours.tree() == stage.theirs.tree()
