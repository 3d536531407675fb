"""Trash keeps what was replaced or deleted, and expires only by whole runs."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.sync.endpoint import FileError, RelPath
from custom_components.smb_ddns_sync.sync.endpoints.memory import MemoryEndpoint
from custom_components.smb_ddns_sync.sync.names import TRASH, RunToken, name_of
from custom_components.smb_ddns_sync.sync.state import State
from custom_components.smb_ddns_sync.sync.trash import made_at, prune, run_folder

from .trees import Clock, fill, remove, trash, tree, write

if TYPE_CHECKING:
    from .pair import Pair

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
RUN = RunToken("0123456789ab")
MONTH = timedelta(days=30)


def never() -> bool:
    return False


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

    assert prune(side, MONTH, NOW, never) == 3

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
    assert prune(side, MONTH, NOW, never) == 0
    assert left(side) == [name]


def test_nothing_outside_trash_is_touched() -> None:
    side = a_side(folder_of(timedelta(days=31)))
    fill(side, {"a": "1", folder_of(timedelta(days=31)): {"b": "2"}}, Clock(10**18))
    before = tree(side)
    prune(side, MONTH, NOW, never)
    assert tree(side) == before


def test_a_side_without_trash_is_left_alone() -> None:
    side = MemoryEndpoint()
    assert prune(side, MONTH, NOW, never) == 0
    assert side.writes == []


def test_a_file_that_cannot_be_deleted_stays_with_its_folder() -> None:
    name = folder_of(timedelta(days=31))
    side = a_side(name)

    def refuse(step: str, path: RelPath) -> None:
        if step == "delete" and path.endswith("d/b"):
            raise FileError(path, "access_denied")

    side.before = refuse
    with pytest.raises(FileError):
        prune(side, MONTH, NOW, never)
    assert tree(side, f"{TRASH}/{name}")["d"] == {"b": "2"}


def test_pruning_ends_when_it_is_cancelled() -> None:
    side = a_side(folder_of(timedelta(days=31)))
    assert prune(side, MONTH, NOW, lambda: True) == 0
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
