"""When nothing is remembered, both sides are joined: nothing is deleted, whatever is there."""

import itertools
import sqlite3
import time
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.sync.endpoint import Kind, Unavailable
from custom_components.smb_ddns_sync.sync.names import OWN_FOLDER

from .promises import flat
from .trees import contents, fill, node_at, remove, trash, tree, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from custom_components.smb_ddns_sync.sync.endpoint import RelPath

    from .pair import Pair


def test_what_only_the_target_has_stays_and_is_counted(pair: Pair) -> None:
    pair.having({"a": "1"}, {"theirs": "x", "folder": {"deep": "y"}})

    outcome = pair.run()

    assert tree(pair.target) == {"a": "1", "theirs": "x", "folder": {"deep": "y"}}
    assert outcome.extras_kept == 2
    assert trash(pair.target) == {}


def test_what_the_target_had_before_stays_at_all_later_runs(pair: Pair) -> None:
    pair.having({"a": "1"}, {"theirs": "x", "folder": {"deep": "y"}}).run()

    assert pair.writes_of_another_run() == []
    write(pair.target, "folder/later", "z", pair.clock.tick())
    write(pair.target, "theirs", "edited", pair.clock.tick())
    pair.run()

    assert tree(pair.target) == {
        "a": "1",
        "theirs": "edited",
        "folder": {"deep": "y", "later": "z"},
    }
    assert pair.writes_of_another_run() == []


def test_what_the_target_had_before_stays_in_a_folder_that_is_deleted_on_the_source(
    pair: Pair,
) -> None:
    pair.having({"d": {"ours": "1"}, "other": "2"}, {"d": {"theirs": "x"}}).run()
    remove(pair.source, "d")

    pair.run()

    assert tree(pair.target) == {"d": {"theirs": "x"}, "other": "2"}
    assert trash(pair.target) == {"d": {"ours": "1"}}
    assert pair.writes_of_another_run() == []


def test_a_folder_of_the_target_that_the_source_makes_too_is_joined(pair: Pair) -> None:
    pair.having({"a": "1"}, {"d": {"theirs": "x"}}).run()
    fill(pair.source, {"d": {"ours": "2"}}, pair.clock)

    pair.run()

    assert tree(pair.target) == {"a": "1", "d": {"ours": "2", "theirs": "x"}}
    assert pair.writes_of_another_run() == []


def test_what_the_target_had_before_is_joined_with_a_name_in_another_case(pair: Pair) -> None:
    pair.having({"a": "1"}, {"photos": {"a": {"theirs": "x"}}, "file": "y"}).run()
    fill(pair.source, {"Photos": {"A": {"ours": "2"}}, "FILE": "z"}, pair.clock)

    pair.run()
    pair.run()

    found = flat(tree(pair.target))
    assert {path.lower(): content for path, content in found.items()} == {
        "a": "1",
        "file": "z",
        "photos/a/theirs": "x",
        "photos/a/ours": "2",
    }
    assert pair.writes_of_another_run() == []


def test_equal_files_are_taken_over_without_a_transfer(pair: Pair) -> None:
    pair.having({"a": "1", "d": {"b": "2"}})
    for path in ("a", "d/b"):
        write(pair.target, path, node_at(pair.source, path).content.decode(), 0)
        node_at(pair.target, path).modified = node_at(pair.source, path).modified

    outcome = pair.run()

    assert outcome.done.files_copied == 0
    assert [step for step, path in pair.target.writes if not path.startswith(OWN_FOLDER)] == []


@pytest.mark.parametrize("step", [1_000_000, 1_000_000_000, 2_000_000_000])
def test_equal_files_are_recognised_by_less_precise_times(pair: Pair, step: int) -> None:
    pair.having({"a": "1"})
    exact = node_at(pair.source, "a").modified
    write(pair.target, "a", "1", exact // step * step)

    assert pair.run().done.files_copied == 0


def test_another_version_on_the_target_is_replaced_and_lives_on_in_trash(pair: Pair) -> None:
    pair.having({"a": "ours"}, {"a": "theirs"}).run()

    assert tree(pair.target) == {"a": "ours"}
    assert trash(pair.target) == {"a": "theirs"}
    assert pair.writes_of_another_run() == []


def test_a_file_of_the_target_where_the_source_has_a_folder_lives_on_in_trash(
    pair: Pair,
) -> None:
    pair.having({"x": {"a": "1"}}, {"x": "theirs"}).run()

    assert tree(pair.target) == {"x": {"a": "1"}}
    assert trash(pair.target) == {"x": "theirs"}


def test_a_folder_of_the_target_where_the_source_has_a_file_stays_and_is_told(
    pair: Pair,
) -> None:
    pair.having({"x": "a file", "b": "2"}, {"x": {"theirs": "t"}})

    outcome = pair.run()

    assert tree(pair.target) == {"x": {"theirs": "t"}, "b": "2"}
    assert [problem.cause for problem in outcome.done.problems] == ["in_the_way"]
    assert pair.writes_of_another_run() == []


@pytest.mark.parametrize("on_the_source", ["link", "unreadable", "too new", "cannot be placed"])
def test_a_file_of_the_target_stays_even_if_what_the_source_had_there_goes_before_it_was_synced(
    pair: Pair, on_the_source: str
) -> None:
    pair.having({"b": "2", "x": {"a": "new"}}, {"x": {"a": "theirs"}})
    folder = node_at(pair.source, "x")
    match on_the_source:
        case "link":
            folder.children["a"].kind = Kind.OTHER
        case "unreadable":
            folder.denied = True
        case "too new":
            folder.children["a"].modified = time.time_ns()
        case _:
            folder.children["a"].in_use = True
    pair.run()
    remove(pair.source, "x")

    pair.run()

    assert tree(pair.target) == {"b": "2", "x": {"a": "theirs"}}
    assert pair.writes_of_another_run() == []


def test_names_that_differ_only_in_case_are_one_file(pair: Pair) -> None:
    pair.having({"Photos": {"A.jpg": "1"}}, {"PHOTOS": {"a.JPG": "old", "other": "x"}})

    pair.run()

    assert sorted(contents(tree(pair.target))) == ["1", "x"]
    assert trash(pair.target) == {"Photos": {"A.jpg": "old"}}
    assert pair.writes_of_another_run() == []


@pytest.mark.parametrize("placed", range(6))
def test_a_first_sync_that_breaks_after_some_files_is_completed_by_the_next_run(
    pair: Pair, placed: int
) -> None:
    pair.having({f"{n}": f"content {n}" for n in range(6)}, {"theirs": "x"})
    pair.target.before = _breaking_at_rename(placed)
    with pytest.raises(Unavailable):
        pair.run()
    pair.target.before = lambda _step, _path: None

    outcome = pair.run()

    assert tree(pair.target) == {**tree(pair.source), "theirs": "x"}
    assert outcome.done.files_copied == 6 - placed
    assert trash(pair.target) == {}
    assert pair.writes_of_another_run() == []


def _breaking_at_rename(number: int) -> Callable[[str, RelPath], None]:
    renames = itertools.count()

    def before(step: str, path: RelPath) -> None:
        if step == "rename" and not path.startswith(OWN_FOLDER) and next(renames) == number:
            raise Unavailable("share", "connection_lost")

    return before


class _Lost:
    """Ways to lose what is remembered."""

    @staticmethod
    def deleted(file: Path) -> None:
        file.unlink()

    @staticmethod
    def truncated(file: Path) -> None:
        file.write_bytes(file.read_bytes()[: 4096 + 100])

    @staticmethod
    def overwritten(file: Path) -> None:
        file.write_bytes(b"this is no database" * 1000)

    @staticmethod
    def emptied(file: Path) -> None:
        file.write_bytes(b"")

    @staticmethod
    def newer(file: Path) -> None:
        with sqlite3.connect(file) as connection:
            connection.execute("PRAGMA user_version = 99")

    @staticmethod
    def another_programs(file: Path) -> None:
        file.unlink()
        with sqlite3.connect(file) as connection:
            connection.execute("CREATE TABLE base (a)")

    @staticmethod
    def another_jobs(file: Path) -> None:
        with sqlite3.connect(file) as connection:
            connection.execute("UPDATE meta SET value = 'job-2' WHERE key = 'job'")


WAYS = [
    _Lost.deleted,
    _Lost.truncated,
    _Lost.overwritten,
    _Lost.emptied,
    _Lost.newer,
    _Lost.another_programs,
    _Lost.another_jobs,
]


@pytest.mark.parametrize("lose", WAYS, ids=lambda way: way.__name__)
def test_a_lost_memory_is_a_first_sync_and_deletes_nothing(
    pair: Pair, lose: Callable[[Path], None]
) -> None:
    pair.having({"a": "1", "d": {"b": "2"}, "gone": "3"}).run()
    remove(pair.source, "gone")
    write(pair.target, "extra", "x", pair.clock.tick())
    lose(pair.state_file)

    outcome = pair.run()

    assert outcome.hold is None
    assert outcome.done.files_copied == 0
    assert tree(pair.target) == {"a": "1", "d": {"b": "2"}, "gone": "3", "extra": "x"}
    assert pair.writes_of_another_run() == []


@pytest.mark.parametrize("lose", [_Lost.overwritten, _Lost.newer, _Lost.another_jobs])
def test_a_memory_that_cannot_be_used_is_put_aside_and_told_once(
    pair: Pair, lose: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    pair.having({"a": "1"}).run()
    lose(pair.state_file)

    pair.run()
    pair.run()

    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert pair.state_file.with_name("state.sqlite.unusable").exists()
