"""Folders that changed are looked at again by themselves, at a cost that is bounded."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from custom_components.smb_ddns_sync.sync.endpoint import RelPath
from custom_components.smb_ddns_sync.sync.rescan import Ladder, until_quiet
from custom_components.smb_ddns_sync.sync.settings import Rescan

A = RelPath("cam/today/a")
DAY = 86_400.0
HOUR = 3600.0


def looks_until(ladder: Ladder, end: float) -> list[tuple[float, frozenset[RelPath]]]:
    """Let time pass, and return which folders were looked at when."""
    looks = []
    while (at := ladder.due()) is not None and at < end:
        if taken := ladder.take(at):
            looks.append((at, taken))
    return looks


def test_a_folder_that_changed_and_the_one_above_are_looked_at_ever_less_often() -> None:
    ladder = Ladder(DAY, 600)
    ladder.changed(A, 0.0)

    looks = looks_until(ladder, 10 * DAY)
    minutes = [at / 60 for at, _ in looks]
    assert minutes == [2, 3, 5, 9, 17, 33, 65, 129, 257, 513, 1025]
    assert {folders for _, folders in looks} == {frozenset({"cam", "cam/today"})}
    assert ladder.due() is None


def test_where_nothing_changes_nothing_is_looked_at() -> None:
    assert Ladder(DAY, 600).due() is None


def test_what_changes_all_the_time_is_still_looked_at_every_minute_or_two() -> None:
    ladder = Ladder(DAY, 600)
    looked = 0
    for second in range(3600):
        ladder.changed(A, float(second))
        due = ladder.due()
        if due is not None and due <= second:
            looked += bool(ladder.take(float(second)))
    assert looked == 29


def test_a_short_interval_leaves_no_look_that_it_would_make_itself() -> None:
    ladder = Ladder(15 * 60.0, 600)
    ladder.changed(A, 0.0)
    assert [at / 60 for at, _ in looks_until(ladder, DAY)] == [2, 3, 5, 9]


def test_in_a_tree_of_100000_files_that_all_change_no_hour_costs_more_than_its_budget() -> None:
    ladder = Ladder(DAY, 600)
    per_hour = [0] * 24
    now = 0.0
    for hour in range(24):
        for file in range(100_000):
            if file % 24 == hour:  # each file changes once in the day, each folder all the time
                ladder.changed(RelPath(f"{file % 40}/{file % 5_000}/{file}"), now)
        end = (hour + 1) * HOUR
        while (at := ladder.due()) is not None and at < end:
            now = max(now, at)
            taken = ladder.take(now)
            assert len(taken) <= 100
            per_hour[hour] += len(taken)
        now = end
    # The first hour has what was saved up before it.
    assert per_hour[0] <= 2 * 600
    assert max(per_hour[1:]) <= 600 + 1
    assert min(per_hour) >= 600 * 9 // 10


def test_of_too_many_folders_those_that_changed_last_are_looked_at_first() -> None:
    ladder = Ladder(DAY, 600)
    for number in range(3000):
        ladder.changed(RelPath(f"{number}/file"), 0.0)
    (_, first), *_ = looks_until(ladder, 130.0)
    assert len(first) == 100
    assert {"", "2999"} <= first


def test_with_no_budget_there_are_no_looks() -> None:
    ladder = Ladder(DAY, 0)
    ladder.changed(A, 0.0)
    assert ladder.due() is None


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        ("2026-01-10T02:00", 1.0),
        ("2026-01-10T03:00", 24.0),
        ("2026-01-10T23:00", 4.0),
        ("2026-03-28T04:00", 22.0),  # the clocks go forward in that night
    ],
)
def test_the_quiet_hour_is_the_next_one_of_the_place(now: str, hours: float) -> None:
    place = ZoneInfo("Europe/Berlin")
    here = datetime.fromisoformat(now).replace(tzinfo=place)
    wait = until_quiet(Rescan(quiet_hour=time(3, tzinfo=place)), here.astimezone(UTC))
    assert wait == timedelta(hours=hours)
