"""A run is slowed down to its pace and hears all the same when it is to stop."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.sync.brake import SLICE, Brake
from custom_components.smb_ddns_sync.sync.clock import Clock
from custom_components.smb_ddns_sync.sync.pace import MOST_PIECE, Pace, parse

if TYPE_CHECKING:
    from collections.abc import Callable

K, M = 1 << 10, 1 << 20
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


@dataclass
class Time:
    """A clock of which each rest is written down; processor time is spent on request."""

    passed: float = 0.0
    used: float = 0.0
    rests: list[float] = field(default_factory=list)
    turns: int = 0

    def sleep(self, seconds: float) -> None:
        """Let time pass at rest."""
        self.passed += seconds
        self.rests.append(seconds)

    def work(self, seconds: float) -> None:
        """Let time pass at work."""
        self.passed += seconds
        self.used += seconds

    @property
    def clock(self) -> Clock:
        """Return the clock that goes by it."""
        return Clock(
            monotonic=lambda: self.passed,
            sleep=self.sleep,
            cpu=lambda: self.used,
            local=lambda: NOON + timedelta(seconds=self.passed),
            give_way=self.give_way,
        )

    def give_way(self) -> None:
        """Count how often others come to their turn."""
        self.turns += 1


@pytest.fixture
def time() -> Time:
    return Time()


def a_brake(
    time: Time, bandwidth: str = "", cpu: int = 100, stopped: Callable[[], bool] = lambda: False
) -> Brake:
    return Brake(Pace(parse(bandwidth), cpu), time.clock, stopped)


@pytest.mark.parametrize("size", [100, 4 * K, 64 * K, M])
def test_small_files_and_large_pieces_come_to_the_same_rate(time: Time, size: int) -> None:
    brake = a_brake(time, "100k")
    carried = 0
    while carried < M:
        assert not brake.carry(size, up=True, down=False)
        carried += size
    assert time.passed == pytest.approx(carried / (100 * K), rel=0.05)


def test_what_was_carried_is_paid_for_before_it_goes_on(time: Time) -> None:
    brake = a_brake(time, "100k")
    brake.carry(100 * K, up=True, down=False)
    assert time.passed == pytest.approx(1.0, abs=0.05)


def test_a_quiet_hour_is_not_saved_up(time: Time) -> None:
    brake = a_brake(time, "100k")
    time.passed = 3600.0
    brake.carry(M, up=True, down=False)
    assert time.passed - 3600.0 == pytest.approx(M / (100 * K), abs=0.3)


def test_up_and_down_have_limits_of_their_own(time: Time) -> None:
    brake = a_brake(time, "100k:off")
    brake.carry(10 * M, up=False, down=True)
    assert time.rests == []
    brake.carry(100 * K, up=True, down=True)
    assert time.passed == pytest.approx(1.0, abs=0.05)


def test_what_does_not_go_over_the_line_is_not_limited(time: Time) -> None:
    a_brake(time, "100k").carry(10 * M, up=False, down=False)
    assert time.rests == []


def test_a_change_of_the_timetable_takes_effect_in_the_middle_of_a_piece(time: Time) -> None:
    brake = a_brake(time, "00:00,1k 12:01,1M")
    brake.carry(M, up=True, down=False)
    # A minute at 1 KiB/s, and the rest at 1 MiB/s: not 17 minutes.
    assert time.passed == pytest.approx(61.0, abs=0.5)


def test_a_limit_that_ends_forgives_what_is_owed(time: Time) -> None:
    brake = a_brake(time, "00:00,1k 12:01,off")
    brake.carry(100 * M, up=True, down=False)
    assert time.passed == pytest.approx(60.0, abs=SLICE)


def test_a_stop_is_heard_within_a_slice_at_the_slowest_pace(time: Time) -> None:
    brake = a_brake(time, "1k", stopped=lambda: time.passed >= 3.0)
    assert brake.carry(100 * M, up=True, down=False)
    assert time.passed <= 3.0 + SLICE
    assert max(time.rests) <= SLICE


@pytest.mark.parametrize("percent", [10, 25, 50])
def test_work_gets_its_share_of_a_core(time: Time, percent: int) -> None:
    brake = a_brake(time, cpu=percent)
    for _ in range(1000):
        time.work(0.01)
        assert not brake.step()
    assert time.used / time.passed == pytest.approx(percent / 100, rel=0.02)


def test_waiting_for_a_server_is_not_saved_up_for_later_work(time: Time) -> None:
    brake = a_brake(time, cpu=50)
    time.passed += 600.0
    brake.step()
    time.work(1.0)
    brake.step()
    assert sum(time.rests) == pytest.approx(1.0, abs=0.05)


def test_without_a_limit_nothing_rests(time: Time) -> None:
    brake = a_brake(time)
    time.work(10.0)
    brake.carry(100 * M, up=True, down=True)
    assert time.rests == []
    assert brake.piece() == MOST_PIECE


def test_a_stop_is_heard_while_the_processor_rests(time: Time) -> None:
    brake = a_brake(time, cpu=1, stopped=lambda: time.passed >= 12.0)
    time.work(10.0)
    assert brake.step()
    assert time.passed <= 12.0 + SLICE


@pytest.mark.parametrize(
    ("limit", "piece"), [("1k", 4 * K), ("64k", 8 * K), ("1M:256k", 32 * K), ("100M", MOST_PIECE)]
)
def test_pieces_are_small_enough_to_leave_room_for_others(
    time: Time, limit: str, piece: int
) -> None:
    assert a_brake(time, limit).piece() == piece


def test_others_come_to_their_turn_again_and_again_while_a_run_works(time: Time) -> None:
    brake = a_brake(time)
    for _ in range(100):
        time.work(0.001)
        assert not brake.step()
    assert 30 <= time.turns <= 50
    assert time.rests == []
