"""Whatever looks like an accident is held: nothing is done, and a person is asked."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.sync.endpoint import RelPath
from custom_components.smb_ddns_sync.sync.names import MARKER, OWN_FOLDER
from custom_components.smb_ddns_sync.sync.settings import Guards
from custom_components.smb_ddns_sync.sync.status import HoldReason

from .trees import Tree, fill, make, node_at, remove, trash, tree, write

if TYPE_CHECKING:
    from custom_components.smb_ddns_sync.sync.run import Outcome

    from .pair import Pair

MANY: Tree = {f"{n:02}.jpg": f"photo {n}" for n in range(40)}


def assert_held(pair: Pair, outcome: Outcome, reason: HoldReason) -> None:
    assert outcome.hold is not None
    assert outcome.hold.reason is reason
    assert pair.target.writes == []
    assert pair.source.writes == []


@pytest.fixture
def synced(pair: Pair) -> Pair:
    pair.having(MANY).run()
    pair.target.writes.clear()
    return pair


def test_a_missing_source_is_held(synced: Pair) -> None:
    synced.source.root = None
    assert_held(synced, synced.run(), HoldReason.SOURCE_MISSING)
    assert tree(synced.target) == MANY


def test_a_source_that_is_missing_at_the_first_run_is_held_too(pair: Pair) -> None:
    pair.source.root = None
    assert_held(pair, pair.run(), HoldReason.SOURCE_MISSING)


def test_an_emptied_source_is_held(synced: Pair) -> None:
    node_at(synced.source, "").children.clear()
    outcome = synced.run()
    assert_held(synced, outcome, HoldReason.SOURCE_EMPTIED)
    assert outcome.hold
    assert outcome.hold.deletions == 40
    assert len(outcome.hold.examples) == 20


def test_even_one_file_is_enough_for_an_emptied_source_to_be_held(pair: Pair) -> None:
    pair.having({"only.txt": "1"}).run()
    pair.target.writes.clear()
    remove(pair.source, "only.txt")
    assert_held(pair, pair.run(), HoldReason.SOURCE_EMPTIED)


def test_an_unmounted_source_whose_empty_mount_point_is_left_is_held(synced: Pair) -> None:
    synced.source.root = None
    make(synced.source, "")
    synced.source.volume = 99
    assert_held(synced, synced.run(), HoldReason.FOREIGN_SOURCE)


def test_another_folder_in_the_place_of_the_source_is_held(synced: Pair) -> None:
    synced.source.root = None
    fill(synced.source, {"strange.txt": "x"}, synced.clock)
    assert_held(synced, synced.run(), HoldReason.FOREIGN_SOURCE)
    assert tree(synced.target) == MANY


def test_the_same_files_under_another_identity_are_the_same_source(synced: Pair) -> None:
    synced.source.volume = 99  # a disk that has another number after a reboot

    outcome = synced.run()

    assert outcome.hold is None
    assert synced.writes_of_another_run() == []


def test_another_disk_with_the_same_files_and_new_ones_goes_on(synced: Pair) -> None:
    synced.source.volume = 99
    write(synced.source, "new.jpg", "new", synced.clock.tick())

    assert synced.run().hold is None
    assert tree(synced.target) == tree(synced.source)


def test_a_vanished_target_is_held_and_not_made_anew(synced: Pair) -> None:
    synced.target.root = None
    assert_held(synced, synced.run(), HoldReason.TARGET_MISSING)
    assert synced.target.root is None


def test_a_target_without_its_marker_is_held(synced: Pair) -> None:
    remove(synced.target, MARKER)
    write(synced.target, "00.jpg", "edited", synced.clock.tick())
    assert_held(synced, synced.run(), HoldReason.FOREIGN_TARGET)


def test_a_lost_marker_is_written_anew_where_all_files_are_as_they_were(synced: Pair) -> None:
    remove(synced.target, OWN_FOLDER)

    assert synced.run().hold is None

    assert synced.target.find(MARKER) is not None
    assert synced.writes_of_another_run() == []


def test_an_empty_volume_in_the_place_of_the_target_is_held(synced: Pair) -> None:
    synced.target.root = None
    make(synced.target, "")
    assert_held(synced, synced.run(), HoldReason.FOREIGN_TARGET)


def test_a_target_that_belongs_to_another_job_is_held(synced: Pair) -> None:
    node_at(synced.target, MARKER).content = b'{"id": "somebody else"}'
    remove(synced.target, "00.jpg")
    assert_held(synced, synced.run(), HoldReason.FOREIGN_TARGET)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"id": 7}', b"\xff\xfe"])
def test_a_marker_that_cannot_be_understood_is_none(synced: Pair, content: bytes) -> None:
    node_at(synced.target, MARKER).content = content
    remove(synced.target, "00.jpg")
    assert_held(synced, synced.run(), HoldReason.FOREIGN_TARGET)


def test_half_of_the_files_may_be_deleted(synced: Pair) -> None:
    for n in range(20):
        remove(synced.source, f"{n:02}.jpg")
    assert synced.run().hold is None
    assert tree(synced.target) == tree(synced.source)


def test_more_than_half_is_held(synced: Pair) -> None:
    for n in range(21):
        remove(synced.source, f"{n:02}.jpg")
    assert_held(synced, synced.run(), HoldReason.TOO_MANY_DELETIONS)


def test_a_few_files_may_be_deleted_whatever_their_share(pair: Pair) -> None:
    pair.having({f"{n}": "x" for n in range(11)}).run()
    for n in range(10):
        remove(pair.source, f"{n}")
    assert pair.run().hold is None
    assert tree(pair.target) == {"10": "x"}


def test_deletions_that_come_piece_by_piece_are_one_accident(synced: Pair) -> None:
    for n in range(15):
        remove(synced.source, f"{n:02}.jpg")
    assert_held(synced, synced.run(recent_deletions=15), HoldReason.TOO_MANY_DELETIONS)


def test_extra_files_on_the_target_count_as_deletions(synced: Pair) -> None:
    fill(synced.target, {f"extra {n}": "x" for n in range(30)}, synced.clock)
    assert_held(synced, synced.run(), HoldReason.TOO_MANY_DELETIONS)


def test_everything_changed_at_once_is_held(pair: Pair) -> None:
    pair.having({f"{n}": "x" for n in range(120)}).run()
    pair.target.writes.clear()
    for n in range(120):
        write(pair.source, f"{n}", "encrypted", pair.clock.tick())
    outcome = pair.run()
    assert_held(pair, outcome, HoldReason.TOO_MANY_CHANGES)
    assert outcome.hold
    assert outcome.hold.examples[0] == "0"


def test_a_folder_whose_disk_is_not_mounted_is_held(pair: Pair) -> None:
    pair.having({"disk": MANY, "home": {f"{n}": "h" for n in range(60)}}).run()
    pair.target.writes.clear()
    remove(pair.source, "disk")
    make(pair.source, "disk")  # the empty mount point

    assert_held(pair, pair.run(), HoldReason.FOREIGN_SOURCE)


def test_a_released_hold_of_deletions_lets_them_happen_once(synced: Pair) -> None:
    for n in range(30):
        remove(synced.source, f"{n:02}.jpg")
    assert synced.run().hold is not None

    assert synced.run(released=HoldReason.TOO_MANY_DELETIONS).hold is None
    assert tree(synced.target) == tree(synced.source)
    assert len(trash(synced.target)) == 30

    for n in range(11):
        write(synced.source, f"more {n}", "x", synced.clock.tick())
    synced.run()
    for n in range(11):
        remove(synced.source, f"more {n}")
    for n in range(30, 35):
        remove(synced.source, f"{n:02}.jpg")
    assert synced.run().hold is not None


def test_a_released_hold_of_an_emptied_source_empties_the_target_into_trash(synced: Pair) -> None:
    node_at(synced.source, "").children.clear()

    assert synced.run(released=HoldReason.SOURCE_EMPTIED).hold is None

    assert tree(synced.target) == {}
    assert trash(synced.target) == MANY


def test_a_released_hold_of_a_foreign_source_is_a_first_sync_and_deletes_nothing(
    synced: Pair,
) -> None:
    synced.source.root = None
    fill(synced.source, {"strange.txt": "x"}, synced.clock)

    outcome = synced.run(released=HoldReason.FOREIGN_SOURCE)

    assert outcome.hold is None
    assert tree(synced.target) == {**MANY, "strange.txt": "x"}
    assert outcome.extras_kept == 40
    assert synced.writes_of_another_run() == []


def test_a_released_hold_of_a_foreign_target_is_a_first_sync_and_deletes_nothing(
    synced: Pair,
) -> None:
    synced.target.root = None
    fill(synced.target, {"theirs.txt": "t", "00.jpg": "another"}, synced.clock)

    assert synced.run(released=HoldReason.FOREIGN_TARGET).hold is None

    assert tree(synced.target) == {**MANY, "theirs.txt": "t"}
    assert trash(synced.target) == {"00.jpg": "another"}
    assert synced.writes_of_another_run() == []


def test_a_released_hold_of_a_missing_target_makes_it_anew(synced: Pair) -> None:
    synced.target.root = None

    assert synced.run(released=HoldReason.TARGET_MISSING).hold is None

    assert tree(synced.target) == MANY
    assert synced.writes_of_another_run() == []


def test_a_released_hold_does_not_release_another_guard(synced: Pair) -> None:
    for n in range(30):
        remove(synced.source, f"{n:02}.jpg")
    assert_held(
        synced,
        synced.run(released=HoldReason.TOO_MANY_CHANGES),
        HoldReason.TOO_MANY_DELETIONS,
    )


def test_the_share_of_deletions_can_be_set(synced: Pair) -> None:
    synced.settings = replace(synced.settings, guards=Guards(max_delete_percent=100))
    for n in range(39):
        remove(synced.source, f"{n:02}.jpg")
    assert synced.run().hold is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_delete_percent": 0},
        {"max_delete_percent": 101},
        {"max_change_percent": 0},
        {"delete_floor": -1},
        {"change_floor": -1},
    ],
)
def test_a_guard_that_means_nothing_cannot_be_made(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"percentage|counts"):
        Guards(**wrong)


def test_a_hold_ends_by_itself_when_the_source_is_whole_again(synced: Pair) -> None:
    kept = synced.source.root
    synced.source.root = None
    assert synced.run().hold is not None

    synced.source.root = kept
    assert synced.run().hold is None
    assert synced.source.find(RelPath("00.jpg")) is not None
