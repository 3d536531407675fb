"""What a job remembers is crash-safe, small and its own; what a run leaves behind is swept."""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
import sqlite3
import time
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.sync.base import (
    AllDoubted,
    Base,
    BaseEntry,
    NothingKnown,
    Version,
    from_key,
    to_key,
)
from custom_components.smb_ddns_sync.sync.blocks import Blocks
from custom_components.smb_ddns_sync.sync.endpoint import Entry, Kind, RelPath, RootIdentity
from custom_components.smb_ddns_sync.sync.names import RunToken, name_of, temporary_beside
from custom_components.smb_ddns_sync.sync.report_json import report_from_json, report_to_json
from custom_components.smb_ddns_sync.sync.side import Side
from custom_components.smb_ddns_sync.sync.state import (
    _APPLICATION_ID,
    _MIGRATIONS,
    Roots,
    State,
)
from custom_components.smb_ddns_sync.sync.status import (
    FileProblem,
    Hold,
    HoldReason,
    Reason,
    Result,
    RunReport,
    Trouble,
)

from .pair import JOB
from .trees import tree, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .pair import Pair

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FILE = Version(7, 1_700_000_000_000_000_000, (1 << 64) - 1)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    opened = State.open(tmp_path / "deep" / "state.sqlite", JOB)
    yield opened
    opened.close()


def a_file(path: str, *, kept: bool = False) -> BaseEntry:
    return BaseEntry(RelPath(path), Kind.FILE, None if kept else FILE, FILE)


def a_report(number: int) -> RunReport:
    return RunReport(Reason.INTERVAL, Result.COMPLETED, NOW, NOW, files_copied=number)


PATHS = ["", "a", "a/b", "a/b/c", "a b", "a.b", "a-b/c", "ab", "é", "caf\udce9", "z\ud800", "b"]


def test_every_path_comes_back_as_it_was_and_sorts_behind_its_folder() -> None:
    keys = sorted(to_key(path) for path in PATHS)
    found = [from_key(key) for key in keys]
    assert sorted(found) == sorted(PATHS)
    assert [path for path in found if path.startswith("a/") or path == "a"] == ["a", "a/b", "a/b/c"]
    assert found[found.index(RelPath("a")) + 1] == "a/b"


def test_the_base_knows_children_and_everything_below(state: State) -> None:
    base = Base(state.connection)
    base.record([a_file(path) for path in PATHS])

    assert base.get(RelPath("a/b")) == a_file("a/b")
    assert base.get(RelPath("nowhere")) is None
    assert set(base.children(RelPath("a"))) == {"b"}
    assert set(base.children(RelPath(""))) == {p for p in PATHS if p and "/" not in p}
    assert sorted(entry.path for entry in base.below(RelPath("a"))) == ["a/b", "a/b/c"]
    assert len(list(base.below(RelPath("")))) == len(PATHS) - 1


@pytest.mark.parametrize("side", Side)
def test_the_base_tells_at_once_whether_a_folder_is_as_it_was(state: State, side: Side) -> None:
    base = Base(state.connection)
    base.record([a_file("d/a"), a_file("d/caf\udce9"), a_file("a")])
    a, b = (Entry(RelPath(path), Kind.FILE, *FILE) for path in ("d/a", "d/caf\udce9"))

    def as_known(*entries: Entry) -> bool:
        names = [name_of(entry.path) for entry in entries]
        return base.is_all_in(RelPath("d"), side, names, entries)

    assert as_known(b, a)
    assert not as_known(a)
    assert not as_known(a, b, Entry(RelPath("d/c"), Kind.FILE, *FILE))
    for changed in (
        replace(b, size=1),
        replace(b, modified=1),
        replace(b, file_id=1),
        replace(b, kind=Kind.FOLDER),
    ):
        assert not as_known(a, changed)


@pytest.mark.parametrize("other", [NothingKnown, AllDoubted])
def test_a_base_that_proves_nothing_tells_of_no_folder_that_it_is_as_it_was(
    state: State, other: type[Base]
) -> None:
    Base(state.connection).record([a_file("d/a")])
    a = Entry(RelPath("d/a"), Kind.FILE, *FILE)
    for side in Side:
        assert Base(state.connection).is_all_in(RelPath("d"), side, ["a"], [a])
        assert not other(state.connection).is_all_in(RelPath("d"), side, ["a"], [a])


def test_what_is_kept_or_doubted_has_to_be_looked_at(state: State) -> None:
    base = Base(state.connection)
    base.record([a_file("k/a", kept=True), replace(a_file("q/a"), doubted=True)])
    for folder, side in (("k", Side.TARGET), ("q", Side.SOURCE), ("q", Side.TARGET)):
        entry = Entry(RelPath(f"{folder}/a"), Kind.FILE, *FILE)
        assert not base.is_all_in(RelPath(folder), side, ["a"], [entry])
    assert base.is_all_in(RelPath("k"), Side.SOURCE, [], [])


def test_a_forgotten_folder_takes_along_what_is_below_and_nothing_beside(state: State) -> None:
    base = Base(state.connection)
    base.record([a_file(path) for path in PATHS])
    base.forget(RelPath("a"))
    left = {entry.path for entry in base.below(RelPath(""))}
    assert left == {p for p in PATHS if p and p != "a" and not p.startswith("a/")}


def test_kept_files_are_counted_apart(state: State) -> None:
    base = Base(state.connection)
    base.record([a_file("a"), a_file("b"), a_file("c", kept=True)])
    assert (base.file_count(), base.kept_count()) == (2, 1)
    entry = base.get(RelPath("c"))
    assert entry is not None
    assert entry.kept


def test_a_transaction_is_whole_or_nothing(state: State) -> None:
    base = Base(state.connection)

    def record_and_fail() -> None:
        with state.transaction():
            base.record([a_file("a")])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        record_and_fail()
    assert base.get(RelPath("a")) is None


def test_roots_with_ids_of_64_bits_are_remembered_and_forgotten(state: State) -> None:
    roots = Roots(RootIdentity((1 << 64) - 1, 2), RootIdentity(3, 1 << 63))
    seen = [state.roots]
    state.roots = roots
    seen.append(state.roots)
    Base(state.connection).record([a_file("a")])
    state.forget_everything()
    seen.append(state.roots)
    assert seen == [None, roots, None]
    assert Base(state.connection).file_count() == 0


def test_a_state_from_before_there_were_modes_is_a_mirrors_and_goes_on(pair: Pair) -> None:
    pair.having({"a": "1", "b": "2"}).run()
    with sqlite3.connect(pair.state_file) as connection:
        connection.execute("DELETE FROM meta WHERE key = 'mode'")
    pair.source.find(RelPath("")).children.pop("a")  # type: ignore[union-attr]

    outcome = pair.run()

    assert outcome.done.files_trashed == 1
    assert tree(pair.target) == {"b": "2"}


@pytest.mark.parametrize(
    ("path", "to"), [("a", "z"), ("a", "b/c/d"), ("é", "caf\udce9 2"), ("a/b", "a b 2")]
)
def test_the_base_moves_a_folder_with_all_that_is_below(state: State, path: str, to: str) -> None:
    base = Base(state.connection)
    base.record([a_file(each) for each in PATHS])

    base.move(RelPath(path), RelPath(to))

    def moved(each: str) -> str:
        return to + each[len(path) :] if each == path or each.startswith(f"{path}/") else each

    assert {entry.path for entry in base.below(RelPath(""))} == {moved(p) for p in PATHS if p}
    assert base.get(RelPath(path)) is None


def test_digests_go_with_the_version_that_they_are_of(state: State) -> None:
    base, blocks = Base(state.connection), Blocks(1 << 18, b"x" * 32)
    path, other = RelPath("a/film"), FILE._replace(modified=5)
    base.record((BaseEntry(path, Kind.FILE, FILE, other, blocks=blocks),))

    assert base.blocks(path, Side.SOURCE, FILE) == base.blocks(path, Side.TARGET, other) == blocks
    assert base.blocks(path, Side.TARGET, FILE) is None
    base.move(RelPath("a"), RelPath("b"))
    base.move(RelPath("b/film"), RelPath("b/movie"))
    moved = RelPath("b/movie")
    assert base.blocks(moved, Side.SOURCE, FILE) == blocks
    base.record((BaseEntry(moved, Kind.FILE, FILE, FILE),))
    assert base.blocks(moved, Side.SOURCE, FILE) is None


def test_a_state_of_every_version_before_goes_on(tmp_path: Path) -> None:
    for version in range(1, len(_MIGRATIONS)):
        file = tmp_path / f"{version}.sqlite"
        with closing(sqlite3.connect(file, autocommit=True)) as old:
            old.executescript(
                f"{''.join(_MIGRATIONS[:version])} PRAGMA application_id = {_APPLICATION_ID};"
                f"PRAGMA user_version = {version};"
                f"INSERT INTO meta VALUES ('job', '{JOB}'), ('id', 'kept');"
                "INSERT INTO base (folder, name, kind, s_size, s_modified, s_id,"
                " t_size, t_modified, t_id) VALUES (x'', x'61', 0, 1, 2, 3, 1, 2, 4);"
            )

        with closing(State.open(file, JOB)) as state:
            assert state.id == "kept"
            known = BaseEntry(RelPath("a"), Kind.FILE, Version(1, 2, 3), Version(1, 2, 4))
            assert Base(state.connection).get(RelPath("a")) == known


def test_it_survives_being_closed(tmp_path: Path) -> None:
    file = tmp_path / "state.sqlite"
    state = State.open(file, JOB)
    identity = state.id
    Base(state.connection).record([a_file("a")])
    state.close()

    again = State.open(file, JOB)
    assert again.id == identity
    assert Base(again.connection).get(RelPath("a")) == a_file("a")
    again.close()


def test_what_was_committed_survives_a_process_that_never_closed_it(tmp_path: Path) -> None:
    file = tmp_path / "state.sqlite"
    state = State.open(file, JOB)
    Base(state.connection).record([a_file("a")])
    copy = tmp_path / "crashed.sqlite"
    for suffix in ("", "-wal"):  # what a killed process leaves on the disk
        copy.with_name(copy.name + suffix).write_bytes(
            file.with_name(file.name + suffix).read_bytes()
        )
    state.close()

    crashed = State.open(copy, JOB)
    assert Base(crashed.connection).get(RelPath("a")) == a_file("a")
    crashed.close()


def test_a_locked_file_is_an_error_and_is_not_put_aside(tmp_path: Path) -> None:
    file = tmp_path / "state.sqlite"
    State.open(file, JOB).close()
    with sqlite3.connect(file, autocommit=True) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError):
            State.open(file, JOB)
        other.execute("ROLLBACK")
    assert not file.with_name("state.sqlite.unusable").exists()
    State.open(file, JOB).close()


def test_a_report_that_was_damaged_is_left_out_and_the_others_are_told(state: State) -> None:
    for number in range(3):
        state.end_run(RunToken.new(), a_report(number))
    state.connection.execute("UPDATE run SET report = '{\"reason\": 3}' WHERE number = 2")
    assert [report.files_copied for report in state.history()] == [2, 0]


def test_roots_that_were_damaged_are_an_error_and_no_first_sync(state: State) -> None:
    state.roots = Roots(RootIdentity(1, 2), RootIdentity(3, 4))
    state.connection.execute("UPDATE meta SET value = '[[1, 2]]' WHERE key = 'roots'")
    with pytest.raises(sqlite3.DatabaseError):
        _ = state.roots


def test_the_history_is_bounded_and_newest_first(state: State) -> None:
    for number in range(130):
        state.end_run(RunToken.new(), a_report(number))
    found = [report.files_copied for report in state.history()]
    assert found == list(range(129, 29, -1))


def test_a_report_comes_back_as_it_was() -> None:
    report = RunReport(
        Reason.CHANGE,
        Result.HELD,
        NOW,
        NOW,
        files_copied=1,
        bytes_copied=1 << 40,
        problems=(FileProblem(RelPath("a\udce9"), "in_use", "why"),),
        problem_count=7,
        extras_kept=3,
        hold=Hold(HoldReason.SOURCE_EMPTIED, 9, (RelPath("x"),)),
        trouble=Trouble("timed_out", "no answer", needs_person=False),
    )
    assert report_from_json(report_to_json(report)) == report
    assert report_from_json(report_to_json(a_report(1))) == a_report(1)


def test_a_temporary_of_a_run_that_is_remembered_is_swept_at_once(pair: Pair) -> None:
    pair.having({"a": "1"}).run()
    token = RunToken.new()
    state = State.open(pair.state_file, JOB)
    state.begin_run(token)
    state.close()
    leave_behind(pair, token, time.time())

    pair.run()

    assert tree(pair.target) == {"a": "1"}


def test_a_temporary_of_a_stranger_is_swept_only_when_it_is_a_day_old(pair: Pair) -> None:
    pair.having({"a": "1"}).run()
    fresh = leave_behind(pair, RunToken.new(), time.time())
    leave_behind(pair, RunToken.new(), time.time() - 90_000)

    pair.run()

    assert set(tree(pair.target)) == {"a", fresh}


def leave_behind(pair: Pair, token: RunToken, made: float) -> str:
    name = name_of(temporary_beside(RelPath("a"), token, made))
    write(pair.target, name, "half", pair.clock.tick())
    return name


def test_a_dry_run_of_a_first_sync_touches_neither_side_nor_the_memory(pair: Pair) -> None:
    pair.having({"a": "1", "d": {"b": "2"}})
    pair.target.root = None

    plan = pair.preview()

    assert (plan.files_placed, plan.folders_made) == (2, 2)
    assert pair.target.root is None
    assert pair.source.writes == pair.target.writes == []
    state = State.open(pair.state_file, JOB)
    assert state.roots is None
    assert list(Base(state.connection).below(RelPath(""))) == []
    state.close()


def test_a_dry_run_tells_the_hold_that_would_come(pair: Pair) -> None:
    pair.having({"a": "1"}).run()
    pair.source.root = None
    hold = pair.preview().hold
    assert hold is not None
    assert hold.reason is HoldReason.SOURCE_MISSING
