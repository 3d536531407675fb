"""What grows from the first third of a life to the last is a fault."""

import os

import pytest

from soak.gauges import Gauges, Reading, read


def lived(*readings: Reading) -> Gauges:
    gauges = Gauges()
    gauges.lives[1] = list(readings)
    return gauges


def test_a_program_that_is_there_is_read() -> None:
    reading = read(os.getpid())

    assert reading is not None
    assert reading.memory > 1
    assert reading.threads >= 1


def test_a_program_that_is_gone_is_not() -> None:
    assert read(2**22 + 1) is None


def test_what_stays_is_no_fault() -> None:
    assert lived(*[Reading(300, 20, 100)] * 60).faults() == []


@pytest.mark.parametrize(
    ("grown", "fault"),
    [
        (Reading(400, 20, 100), "memory grew by 100 MiB"),
        (Reading(300, 40, 100), "threads grew by 20"),
        (Reading(300, 20, 200), "handles grew by 100"),
    ],
)
def test_what_grows_is_told(grown: Reading, fault: str) -> None:
    assert lived(*[Reading(300, 20, 100)] * 60, *[grown] * 60).faults() == [fault]


def test_what_a_start_takes_is_no_growth() -> None:
    assert lived(*[Reading(40, 5, 20)] * 30, *[Reading(300, 20, 100)] * 90).faults() == []
