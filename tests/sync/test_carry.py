"""Single files on their way from one side to the other."""

from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.sync.carry import Carried, Carrier, Outcome, Overwrite
from custom_components.smb_ddns_sync.sync.endpoint import (
    ROOT,
    Cancelled,
    RelPath,
    Traits,
)
from custom_components.smb_ddns_sync.sync.endpoints.memory import MemoryEndpoint
from custom_components.smb_ddns_sync.sync.errand import Destination, errand
from custom_components.smb_ddns_sync.sync.globs import parse
from custom_components.smb_ddns_sync.sync.names import RunToken

from .flat import files, put

if TYPE_CHECKING:
    from collections.abc import Callable


class Sides:
    """What there is on both sides, and what is carried between them."""

    def __init__(self) -> None:
        self.source = MemoryEndpoint(traits=Traits(100, case_sensitive=True))
        self.target = MemoryEndpoint()

    def carry(
        self,
        *patterns: str,
        to: str = "to",
        is_folder: bool = True,
        overwrite: Overwrite = Overwrite.FAIL,
        stopped: Callable[[], bool] = lambda: False,
    ) -> list[Carried]:
        """Carry what patterns stand for."""
        asked = errand(
            [(self.source, parse(each)) for each in patterns],
            Destination(RelPath(to), is_folder),
            100,
            lambda: False,
        )
        return list(Carrier(self.target, overwrite, RunToken.new(), stopped).carry(asked.parcels))


@pytest.fixture(name="sides")
def sides_fixture() -> Sides:
    sides = Sides()
    put(sides.source, "cam/1/a.mp4", "one")
    put(sides.source, "cam/b.mp4", "two")
    return sides


def test_files_of_a_pattern_keep_the_folders_below_what_is_fixed_in_it(sides: Sides) -> None:
    carried = sides.carry("cam/**/*.mp4")

    assert [each.outcome for each in carried] == [Outcome.COPIED] * 2
    assert files(sides.target) == {"to/1/a.mp4": "one", "to/b.mp4": "two"}


def test_a_plain_path_goes_into_a_folder_by_its_name(sides: Sides) -> None:
    sides.carry("cam/1/a.mp4", "cam/b.mp4", to="")

    assert files(sides.target) == {"a.mp4": "one", "b.mp4": "two"}


def test_one_file_gets_the_path_that_is_asked_for(sides: Sides) -> None:
    sides.carry("cam/1/a.mp4", to="2026/11/25/front.mp4", is_folder=False)

    assert files(sides.target) == {"2026/11/25/front.mp4": "one"}


def test_a_file_keeps_its_time(sides: Sides) -> None:
    sides.carry("cam/b.mp4", to="")

    there, here = sides.target.look(RelPath("b.mp4")), sides.source.look(RelPath("cam/b.mp4"))
    assert there is not None
    assert here is not None
    assert there.modified == here.modified


@pytest.mark.parametrize(
    ("overwrite", "outcome", "left"),
    [
        (Overwrite.FAIL, Outcome.FAILED, {"b.mp4": "old"}),
        (Overwrite.REPLACE, Outcome.REPLACED, {"b.mp4": "two"}),
        (Overwrite.KEEP_BOTH, Outcome.KEPT_BOTH, {"b.mp4": "old", "b (2).mp4": "two"}),
    ],
)
def test_what_is_there_already_is_treated_as_asked(
    sides: Sides, overwrite: Overwrite, outcome: Outcome, left: dict[str, str]
) -> None:
    put(sides.target, "b.mp4", "old")

    (carried,) = sides.carry("cam/b.mp4", to="", overwrite=overwrite)

    assert carried.outcome is outcome
    assert files(sides.target) == left


def test_two_files_of_one_action_never_replace_each_other(sides: Sides) -> None:
    put(sides.source, "other/B.MP4", "three")

    first, second = sides.carry("cam/b.mp4", "other/B.MP4", to="", overwrite=Overwrite.REPLACE)

    assert (first.outcome, second.outcome) == (Outcome.COPIED, Outcome.FAILED)
    assert files(sides.target) == {"b.mp4": "two"}


def test_numbers_go_up_as_long_as_names_are_taken(sides: Sides) -> None:
    for _ in range(3):
        sides.carry("cam/b.mp4", to="b", is_folder=False, overwrite=Overwrite.KEEP_BOTH)

    assert set(files(sides.target)) == {"b", "b (2)", "b (3)"}


def test_a_folder_is_never_replaced(sides: Sides) -> None:
    sides.target.make_folder(RelPath("b.mp4"))

    (carried,) = sides.carry("cam/b.mp4", to="", overwrite=Overwrite.REPLACE)

    assert carried.error is not None
    assert carried.error.cause == "is_a_folder"


def test_a_file_that_has_changed_since_it_was_listed_is_not_carried(sides: Sides) -> None:
    asked = errand(
        [(sides.source, parse("cam/b.mp4"))], Destination(ROOT, is_folder=True), 9, lambda: False
    )
    put(sides.source, "cam/b.mp4", "still growing")

    carrier = Carrier(sides.target, Overwrite.FAIL, RunToken.new(), lambda: False)
    (carried,) = carrier.carry(asked.parcels)

    assert carried.error is not None
    assert carried.error.cause == "changed"
    assert files(sides.target) == {}


def test_a_file_that_fails_stops_no_other(sides: Sides) -> None:
    put(sides.target, "to/1/a.mp4", "old")

    carried = sides.carry("cam/**")

    assert sorted(each.outcome.value for each in carried) == ["copied", "failed"]
    assert files(sides.target) == {"to/1/a.mp4": "old", "to/b.mp4": "two"}


def test_who_is_stopped_leaves_nothing_half(sides: Sides) -> None:
    with pytest.raises(Cancelled):
        sides.carry("cam/**", stopped=lambda: True)

    assert files(sides.target) == {}


def test_a_name_that_no_share_can_hold_is_told(sides: Sides) -> None:
    put(sides.source, "10:30.mp4", "three")

    asked = errand(
        [(sides.source, parse("*.mp4"))], Destination(ROOT, is_folder=True), 9, lambda: False
    )

    assert [(each.subject, each.cause) for each in asked.problems] == [("10:30.mp4", "bad_name")]
