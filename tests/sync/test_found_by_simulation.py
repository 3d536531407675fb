"""What `scripts/simulate sync` has found in the engine, each as a scenario of its own."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
import time
from typing import TYPE_CHECKING, override

import pytest

from custom_components.smb_ddns_sync.sync.endpoint import Changed, Kind, RelPath, Unavailable
from custom_components.smb_ddns_sync.sync.endpoints.memory import MemoryEndpoint
from custom_components.smb_ddns_sync.sync.filters import Filters
from custom_components.smb_ddns_sync.sync.names import (
    OWN_FOLDER,
    RunToken,
    is_temporary,
    name_of,
    temporary_beside,
)
from custom_components.smb_ddns_sync.sync.settings import ConflictPolicy, Mode
from custom_components.smb_ddns_sync.sync.state import State
from custom_components.smb_ddns_sync.sync.trash_limits import TrashLimits

from .pair import JOB
from .test_faults import healthy
from .trees import fill, node_at, remove, rename, trash, tree, write

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from custom_components.smb_ddns_sync.sync.endpoint import EndpointError, Entry, Placement

    from .pair import Pair


def two_way(pair: Pair) -> Pair:
    pair.settings = replace(pair.settings, mode=Mode.TWO_WAY)
    return pair


def cut_while_the_lock_is_written(pair: Pair) -> None:
    def before(step: str, path: RelPath) -> None:
        if step == "write" and path.startswith(OWN_FOLDER):
            raise Unavailable("share", "connection_lost")

    pair.target.before = before
    with pytest.raises(Unavailable):
        pair.run()
    pair.target.before = healthy


def test_what_a_cut_off_write_of_the_lock_leaves_is_swept(pair: Pair) -> None:
    pair.having({"a": "1"}).run()
    write(pair.source, "a", "2", pair.clock.tick())
    cut_while_the_lock_is_written(pair)
    own = node_at(pair.target, OWN_FOLDER)
    assert [name for name in own.children if is_temporary(name.lower())]
    state = State.open(pair.state_file, JOB)
    state.pruned_at = 0.0
    state.close()

    pair.run()

    assert [name for name in own.children if is_temporary(name.lower())] == []


def test_a_folder_in_another_case_keeps_what_is_the_targets_own(pair: Pair) -> None:
    pair.having({"photos": {"a": "1"}}, {"photos": {"theirs": "2"}}).run()
    rename(pair.source, "photos", "PHOTOS")

    pair.run()

    assert tree(pair.target) == {"PHOTOS": {"a": "1", "theirs": "2"}}
    assert pair.writes_of_another_run() == []


def test_of_two_names_in_a_folder_of_the_targets_own_the_known_one_is_followed(pair: Pair) -> None:
    pair.having({"a": {"x": "1"}, "A": {"y": "2"}}, {"a": {"theirs": "3"}}).run()

    assert pair.writes_of_another_run() == []


def test_what_is_moved_to_where_the_target_cannot_follow_is_told(pair: Pair) -> None:
    pair.having({"a": {"f": "1"}}).run()
    link = pair.target.new(Kind.OTHER, "x")
    pair.target._attach(node_at(pair.target, ""), link)
    fill(pair.source, {"x": {}}, pair.clock)
    rename(pair.source, "a", "x/a")

    outcome = pair.run()

    assert [problem.cause for problem in outcome.done.problems] == ["in_the_way"]
    assert trash(pair.target) == {"a": {"f": "1"}}
    assert pair.writes_of_another_run() == []


def test_a_file_moved_out_of_a_folder_that_became_a_file_counts_for_the_guards(pair: Pair) -> None:
    two_way(pair).having({"d": {"a": "1", "b": "2", "c": "3"}, "e": "4"}).guarded(
        max_delete_percent=50, delete_floor=2
    ).run()
    for name in "abc":
        rename(pair.source, f"d/{name}", f"moved/{name}")
    remove(pair.source, "d")
    write(pair.source, "d", "file", pair.clock.tick())

    outcome = pair.run()

    assert outcome.hold is not None
    assert outcome.hold.deletions == 3


def test_a_folder_is_not_taken_for_made_where_the_side_has_it_in_another_case(pair: Pair) -> None:
    side = MemoryEndpoint()
    fill(side, {"A": {}}, pair.clock)

    with pytest.raises(Changed):
        side.make_folder(RelPath("a"))


def test_of_two_names_the_one_that_the_source_has_is_carried_over(pair: Pair) -> None:
    two_way(pair)
    pair.source, pair.target = pair.target, pair.source
    pair.having({"b": "1"}, {"b": "2", "B": "3"})

    pair.run()

    assert pair.writes_of_another_run() == []
    assert tree(pair.target)["B"] == "3"


@pytest.mark.parametrize(
    ("mode", "flushed"), [(Mode.TWO_WAY, True), (Mode.COPY, True), (Mode.MIRROR, False)]
)
def test_a_new_file_that_would_not_be_sent_again_is_on_the_disk_before_the_base_has_it(
    pair: Pair, mode: Mode, *, flushed: bool
) -> None:
    pair.settings = replace(pair.settings, mode=mode)
    pair.having({"a": "1"})
    target = Noting(volume=22)
    pair.target = target

    pair.run()

    assert [one.flush for one in target.placed if one.path == "a"] == [flushed]


class Noting(MemoryEndpoint):
    """A side that notes what it is asked to put in place."""

    def __init__(self, *, volume: int) -> None:
        super().__init__(volume=volume)
        self.placed: list[Placement] = []

    @override
    def place(
        self, placements: Iterable[Placement]
    ) -> Iterator[tuple[Placement, Entry | EndpointError]]:
        for placement in placements:
            self.placed.append(placement)
            yield from super().place((placement,))


def test_what_was_compared_before_the_lock_was_waited_for_is_compared_again(pair: Pair) -> None:
    pair.settings = replace(
        pair.settings, mode=Mode.COPY, clear_source_after=timedelta(), settle=timedelta()
    )
    pair.having({"a": "1"})
    pair.settings = replace(pair.settings, clear_source_after=None)
    pair.run()
    pair.settings = replace(pair.settings, clear_source_after=timedelta())

    def before(step: str, path: RelPath) -> None:
        if step == "rename" and path.endswith("lock.json"):
            pair.target.before = healthy
            remove(pair.target, "a")

    pair.target.before = before
    with suppress(Unavailable):
        pair.run()

    assert node_at(pair.source, "a").kind is Kind.FILE
    assert trash(pair.source) == {}


def test_a_folder_that_a_file_in_another_case_meets_is_known_once(pair: Pair) -> None:
    two_way(pair).having({"A": {"x": "1"}, "b": "2", "c": "3"}).run()
    remove(pair.source, "A")
    write(pair.source, "a", "file", pair.clock.tick())
    fill(pair.target, {"A": {"new": "4"}}, pair.clock)
    pair.run()
    fill(pair.source, {"a": {"folder": {}}}, pair.clock)

    pair.run()

    assert pair.writes_of_another_run() == []
    assert tree(pair.source) == tree(pair.target)


def test_what_came_to_trash_with_its_folder_half_written_is_swept_there(pair: Pair) -> None:
    pair.settings = replace(pair.settings, trash=TrashLimits(versions=3))
    pair.having({"d": {"a": "1"}, "b": "2"}).run()
    token = RunToken.new()
    left = temporary_beside(RelPath("d/a"), token, time.time())
    fill(pair.target, {"d": {name_of(left): "half"}}, pair.clock)
    remove(pair.source, "d")
    pair.run()
    state = State.open(pair.state_file, JOB)
    state.begin_run(token)
    state.pruned_at = 0.0
    state.close()

    pair.run()

    assert trash(pair.target) == {"d": {"a": "1"}}


def test_a_folder_in_another_case_is_not_looked_for_where_nothing_is_carried_over(
    pair: Pair,
) -> None:
    pair.having({"d": {"B": {}}, "e": "1"}).run()
    rename(pair.source, "d", "D")
    fill(pair.source, {"d": {"b": {"new": "2"}}}, pair.clock)

    pair.run()

    assert tree(pair.target) == {"d": {"b": {"new": "2"}}, "e": "1"}
    assert pair.writes_of_another_run() == []


def test_what_is_new_in_a_folder_waits_while_a_person_is_asked_about_the_file_in_its_place(
    pair: Pair,
) -> None:
    two_way(pair).having({"d": {"a": "1"}, "e": "2"}).run()
    pair.settings = replace(pair.settings, conflicts=ConflictPolicy.ASK)
    remove(pair.source, "d")
    write(pair.source, "d", "file", pair.clock.tick())
    fill(pair.target, {"d": {"new": {"b": "3"}}}, pair.clock)

    outcome = pair.run()

    assert outcome.done.conflicts == 1
    assert outcome.done.problems == []
    assert tree(pair.target) == {"d": {"a": "1", "new": {"b": "3"}}, "e": "2"}
    assert pair.writes_of_another_run() == []


def test_a_source_is_not_cleared_by_the_run_that_carried_it_over(pair: Pair) -> None:
    pair.settings = replace(pair.settings, mode=Mode.COPY, clear_source_after=timedelta())
    pair.having({"a": "1"})

    first = pair.run()

    assert tree(pair.source) == {"a": "1"}
    assert first.done.waits
    assert pair.run().done.files_cleared == 1


def test_what_is_moved_below_a_name_that_a_person_is_asked_about_is_not_followed(
    pair: Pair,
) -> None:
    two_way(pair).having({"old": {"d": {"f": "1"}}, "a": {}, "e": "2"}).run()
    pair.settings = replace(pair.settings, conflicts=ConflictPolicy.ASK)
    rename(pair.source, "old/d", "a/d")
    fill(pair.source, {"a": {"d": {"new": "3"}}}, pair.clock)
    write(pair.target, "a/d", "file", pair.clock.tick())

    pair.run()

    assert pair.writes_of_another_run() == []
    assert tree(pair.target) == {"old": {}, "a": {"d": "file"}, "e": "2"}


def test_what_is_moved_out_of_a_folder_that_became_a_link_elsewhere_is_not_followed(
    pair: Pair,
) -> None:
    two_way(pair).having({"d": {"f": "1"}, "e": "2"}).run()
    remove(pair.source, "d")
    pair.source._attach(node_at(pair.source, ""), pair.source.new(Kind.OTHER, "d"))
    rename(pair.target, "d/f", "g")

    pair.run()

    assert node_at(pair.source, "g").content == b"1"
    assert pair.writes_of_another_run() == []


def test_a_folder_in_another_case_is_left_alone_with_all_that_is_in_it(pair: Pair) -> None:
    two_way(pair).settings = replace(pair.settings, filters=Filters(min_size=4))
    pair.source = MemoryEndpoint(volume=11)
    pair.having({"e": "2222"}).run()
    fill(pair.source, {"\u00e9": {}, "e\u0301": "1"}, pair.clock)
    fill(pair.target, {"E\u0301": {"new": "3333"}}, pair.clock)

    pair.run()

    assert pair.writes_of_another_run() == []


def test_a_new_folder_stays_with_what_was_left_alone_in_it(pair: Pair) -> None:
    pair.settings = replace(pair.settings, filters=Filters(max_size=3))
    pair.having({"e": "1"}).run()
    fill(pair.target, {"d": {"large": "4444"}}, pair.clock)
    pair.run()
    node_at(pair.target, "d/large").content = b"333"

    pair.run()

    assert tree(pair.target) == {"d": {"large": "333"}, "e": "1"}
    assert pair.writes_of_another_run() == []


@pytest.mark.parametrize(("folder", "file"), [("D", "d"), ("d", "D")])
def test_a_file_waits_for_a_folder_in_another_case_that_holds_the_targets_own(
    pair: Pair, folder: str, file: str
) -> None:
    pair.having({folder: {"a": "1"}, "e": "2"}, {folder: {"theirs": "3"}}).run()
    remove(pair.source, folder)
    write(pair.source, file, "file", pair.clock.tick())

    outcome = pair.run()

    assert [problem.cause for problem in outcome.done.problems] == ["in_the_way"]
    assert tree(pair.target) == {folder: {"theirs": "3"}, "e": "2"}
    assert pair.writes_of_another_run() == []


def test_a_folder_in_another_case_makes_way_for_a_file_once_nothing_in_it_is_the_targets_own(
    pair: Pair,
) -> None:
    pair.having({"D": {"a": "1"}, "e": "2"}, {"D": {"theirs": "3"}}).run()
    remove(pair.source, "D")
    write(pair.source, "d", "file", pair.clock.tick())
    pair.run()
    remove(pair.target, "D/theirs")

    pair.run()

    assert tree(pair.target) == {"d": "file", "e": "2"}
    assert pair.writes_of_another_run() == []


def test_a_file_in_another_case_waits_for_a_folder_that_somebody_put_in_the_place_of_the_old_one(
    pair: Pair,
) -> None:
    pair.having({"d": "1", "e": "2"}).run()
    rename(pair.source, "d", "D")
    write(pair.source, "D", "file", pair.clock.tick())
    remove(pair.target, "d")
    fill(pair.target, {"d": {}}, pair.clock)
    pair.target._attach(node_at(pair.target, "d"), pair.target.new(Kind.OTHER, "link"))

    outcome = pair.run()

    assert [problem.cause for problem in outcome.done.problems] == ["in_the_way"]
    assert pair.writes_of_another_run() == []
