"""Trash keeps what was replaced or deleted, within limits that never reach beyond it."""

from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
import sqlite3
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.sync.endpoint import FileError, RelPath, Unavailable
from custom_components.smb_ddns_sync.sync.endpoints.memory import MemoryEndpoint
from custom_components.smb_ddns_sync.sync.lock import Locked
from custom_components.smb_ddns_sync.sync.names import OWN_FOLDER, TRASH, RunToken, name_of
from custom_components.smb_ddns_sync.sync.prune import Prune, Pruned
from custom_components.smb_ddns_sync.sync.state import State
from custom_components.smb_ddns_sync.sync.trash import made_at, run_folder
from custom_components.smb_ddns_sync.sync.trash_limits import TrashLimits

from .promises import flat
from .trees import Clock, Tree, fill, remove, trash, tree, write

if TYPE_CHECKING:
    from collections.abc import Callable

    from .pair import Pair

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
RUN = RunToken("0123456789ab")
MONTH = TrashLimits(timedelta(days=30), None, None)


def prune(
    side: MemoryEndpoint, limits: TrashLimits, cancelled: Callable[[], bool] = lambda: False
) -> Pruned:
    with closing(sqlite3.connect(":memory:", autocommit=True)) as connection:
        one = Prune(side, limits, NOW, connection, cancelled)
        one.carry_out()
        return one.pruned


def a_side(*names: str) -> MemoryEndpoint:
    side = MemoryEndpoint()
    for name in names:
        fill(side, {"d": {"a": "1", "b": "2"}, "c": "3"}, Clock(10**18), f"{TRASH}/{name}")
    return side


def left(side: MemoryEndpoint) -> list[str]:
    return sorted(name_of(entry.path) for entry in side.list(TRASH).entries)


def folder_of(age: timedelta) -> str:
    return name_of(run_folder(NOW - age, RUN))


def test_a_run_puts_what_it_takes_away_into_one_folder_named_after_its_beginning() -> None:
    assert run_folder(NOW, RUN) == ".smb_ddns_sync/trash/20261122T120000Z-0123456789ab"
    assert made_at("20261122T120000Z-0123456789ab") == NOW


def test_only_what_is_older_than_its_age_expires() -> None:
    old, young = folder_of(timedelta(days=31)), folder_of(timedelta(days=29))
    side = a_side(old, young)

    assert prune(side, MONTH).files == 3

    assert left(side) == [young]
    assert set(tree(side, f"{TRASH}/{young}")) == {"d", "c"}


@pytest.mark.parametrize(
    "name",
    [
        "20200101T000000Z",
        "20200101T000000Z-0123456789ab ",
        "20200101T000000Z-0123456789abc",
        "20209901T000000Z-0123456789ab",
        "20200101T000000Z-0123456789AB",
        "x20200101T000000Z-0123456789ab",
        "\u0968\u0966\u0968\u09660101T000000Z-0123456789ab",
        "2020",
        "keep me",
        "20990101T000000Z-0123456789ab",
    ],
)
def test_a_name_that_is_not_exactly_ours_or_of_the_future_stays(name: str) -> None:
    side = a_side(name)
    assert prune(side, MONTH).files == 0
    assert left(side) == [name]


def test_nothing_outside_trash_is_touched() -> None:
    side = a_side(folder_of(timedelta(days=31)))
    fill(side, {"a": "1", folder_of(timedelta(days=31)): {"b": "2"}}, Clock(10**18))
    before = tree(side)
    prune(side, MONTH)
    assert tree(side) == before


def test_a_side_without_trash_is_left_alone() -> None:
    side = MemoryEndpoint()
    assert prune(side, MONTH).files == 0
    assert side.writes == []


def test_a_file_that_cannot_be_deleted_stays_with_its_folder() -> None:
    name = folder_of(timedelta(days=31))
    side = a_side(name)

    def refuse(step: str, path: RelPath) -> None:
        if step == "delete" and path.endswith("d/b"):
            raise FileError(path, "access_denied")

    side.before = refuse
    pruned = prune(side, MONTH)

    assert (pruned.files, pruned.stuck) == (2, 1)
    assert tree(side, f"{TRASH}/{name}") == {"d": {"b": "2"}}


def in_trash(side: MemoryEndpoint) -> dict[str, list[str]]:
    """Return the versions that are left of each path, the oldest first."""
    found: dict[str, list[str]] = {}
    for entry in sorted(side.list(TRASH).entries, key=lambda entry: entry.path):
        for path, content in flat(tree(side, entry.path)).items():
            found.setdefault(path, []).append(content)
    return found


def with_versions(*runs: Tree) -> MemoryEndpoint:
    """Return a side with what runs took away, an hour apart, the oldest first."""
    side = MemoryEndpoint()
    clock = Clock(10**18)
    for number, run in enumerate(runs):
        age = timedelta(hours=len(runs) - number)
        fill(side, run, clock, f"{TRASH}/{folder_of(age)}")
    return side


def test_of_a_path_only_so_many_versions_stay_the_newest() -> None:
    side = with_versions(
        {"d": {"a": "1", "b": "x"}}, {"d": {"a": "2"}}, {"d": {"A": "3"}}, {"a": "other"}
    )

    pruned = prune(side, TrashLimits(None, versions=2))

    assert in_trash(side) == {"d/b": ["x"], "d/a": ["2"], "d/A": ["3"], "a": ["other"]}
    assert (pruned.files, pruned.size) == (1, 1)


def test_beyond_the_size_the_oldest_goes_and_the_last_of_a_path_after_all_others() -> None:
    runs: tuple[Tree, ...] = ({"only": "aaaa"}, {"a": "1111"}, {"a": "2222"}, {"a": "3333"})

    def left_with(size: int) -> dict[str, list[str]]:
        side = with_versions(*runs)
        prune(side, TrashLimits(None, None, size))
        return in_trash(side)

    assert left_with(16) == {"only": ["aaaa"], "a": ["1111", "2222", "3333"]}
    assert left_with(15) == {"only": ["aaaa"], "a": ["2222", "3333"]}
    assert left_with(8) == {"only": ["aaaa"], "a": ["3333"]}
    assert left_with(7) == {"a": ["3333"]}
    assert left_with(0) == {}


def test_folders_that_are_emptied_go_and_those_that_came_empty_stay() -> None:
    side = with_versions({"d": {"e": {"a": "1"}}, "bare": {}}, {"d": {"e": {"a": "2"}}})

    prune(side, TrashLimits(None, versions=1))

    first, second = sorted(left(side))
    assert tree(side, f"{TRASH}/{first}") == {"bare": {}}
    assert tree(side, f"{TRASH}/{second}") == {"d": {"e": {"a": "2"}}}


def test_what_is_not_ours_in_trash_is_neither_counted_nor_deleted() -> None:
    side = with_versions({"a": "1"}, {"a": "2"})
    fill(side, {"a": "theirs"}, Clock(10**18), f"{TRASH}/keep me")

    prune(side, TrashLimits(None, versions=1, size=1))

    assert tree(side, f"{TRASH}/keep me") == {"a": "theirs"}
    assert in_trash(side)["a"] == ["2", "theirs"]


def test_a_prune_that_is_cut_off_anywhere_leaves_the_newest() -> None:
    runs: tuple[Tree, ...] = tuple({"d": {"a": str(number)}} for number in range(4))
    for steps in range(20):
        side = with_versions(*runs)
        left_to_do = steps

        def cut(_step: str, _path: RelPath) -> None:
            nonlocal left_to_do
            left_to_do -= 1
            if left_to_do < 0:
                raise Unavailable("target", "gone")

        side.before = cut
        with suppress(Unavailable):
            prune(side, TrashLimits(None, versions=2))
        side.before = lambda _step, _path: None
        assert in_trash(side)["d/a"][-2:] == ["2", "3"]

        prune(side, TrashLimits(None, versions=2))
        assert in_trash(side) == {"d/a": ["2", "3"]}


def test_without_limits_everything_stays() -> None:
    side = with_versions({"a": "1"}, {"a": "2"})
    side.writes.clear()
    prune(side, TrashLimits(None, None, None))
    assert side.writes == []


def test_limits_that_make_no_sense_are_refused() -> None:
    for limits in ({"age": timedelta(-1)}, {"versions": 0}, {"size": -1}):
        with pytest.raises(ValueError, match=r"negative|at least one"):
            TrashLimits(**limits)


def test_a_run_tells_what_it_pruned_and_prunes_by_size_as_trash_fills(pair: Pair) -> None:
    pair.settings = replace(pair.settings, trash=TrashLimits(size=3))
    pair.having({"a": "111", "b": "1"}).run()
    write(pair.source, "a", "222", pair.clock.tick())
    assert pair.run().pruned == Pruned()
    _forget_the_last_pruning(pair)
    write(pair.source, "a", "333", pair.clock.tick())

    assert pair.run().pruned == Pruned(files=1, size=3)

    assert trash(pair.target) == {"a": "222"}
    assert pair.writes_of_another_run() == []


def test_another_writer_puts_pruning_off(pair: Pair) -> None:
    pair.keeping_trash(timedelta(days=1)).having({"a": "1"}).run()
    old = name_of(run_folder(datetime.now(UTC) - timedelta(days=2), RUN))
    fill(pair.target, {"z": "old"}, pair.clock, f"{TRASH}/{old}")
    _forget_the_last_pruning(pair)

    def locked(step: str, path: RelPath) -> None:
        if step == "create" and path.startswith(OWN_FOLDER):
            raise Locked("target", "locked")

    pair.target.before = locked
    assert pair.run().pruned == Pruned()
    pair.target.before = lambda _step, _path: None

    assert pair.run().pruned.files == 1


def test_pruning_ends_when_it_is_cancelled() -> None:
    side = a_side(folder_of(timedelta(days=31)))
    assert prune(side, MONTH, lambda: True).files == 0
    assert side.writes == []


def test_a_run_prunes_what_has_expired_and_an_idle_one_writes_nothing(pair: Pair) -> None:
    pair.keeping_trash(timedelta(days=1)).having({"a": "1", "b": "2"}).run()
    write(pair.source, "a", "new", pair.clock.tick())
    pair.run()
    assert trash(pair.target) == {"a": "1"}
    old = name_of(run_folder(datetime.now(UTC) - timedelta(days=2), RUN))
    fill(pair.target, {"z": "old"}, pair.clock, f"{TRASH}/{old}")
    _forget_the_last_pruning(pair)

    pair.run()

    assert trash(pair.target) == {"a": "1"}
    assert pair.writes_of_another_run() == []


def test_every_version_of_a_file_is_kept(pair: Pair) -> None:
    pair.having({"a": "1"}).run()
    for version in ("2", "3", "4"):
        write(pair.source, "a", version, pair.clock.tick())
        pair.run()
    remove(pair.source, "a")
    write(pair.source, "b", "x", pair.clock.tick())
    pair.run()

    versions = [
        side_tree["a"]
        for entry in pair.target.list(TRASH).entries
        if (side_tree := tree(pair.target, entry.path)) and "a" in side_tree
    ]
    assert sorted(str(version) for version in versions) == ["1", "2", "3", "4"]


def _forget_the_last_pruning(pair: Pair) -> None:
    state = State.open(pair.state_file, pair.settings.id)
    state.pruned_at = 0.0
    state.close()
