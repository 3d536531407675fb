"""When a job runs by itself."""

from dataclasses import replace
from datetime import UTC, time, timedelta

import pytest

from custom_components.smb_ddns_sync.sync.agenda import Agenda, Mood
from custom_components.smb_ddns_sync.sync.clock import Clock
from custom_components.smb_ddns_sync.sync.endpoint import ROOT, Hint, RelPath, Touch
from custom_components.smb_ddns_sync.sync.hints import Hints, Scope
from custom_components.smb_ddns_sync.sync.settings import Rescan
from custom_components.smb_ddns_sync.sync.status import Reason

from .pair import SETTINGS

HOURLY = replace(SETTINGS, interval=timedelta(hours=1), settle=timedelta(seconds=1))


def agenda(*, interval: timedelta | None = timedelta(hours=1)) -> Agenda:
    settings = replace(HOURLY, interval=interval)
    made = Agenda(settings, Hints(settings.settle))
    made.completed(1000.0, full=True)
    return made


def hinted(one: Agenda, at: float) -> Agenda:
    one.hints.add(Hint(Touch.DONE, RelPath("d/a")), at)
    return one


def test_the_interval_counts_from_the_last_look_at_everything() -> None:
    one = agenda()
    assert one.next_at() == 4600.0
    one.completed(2000.0, full=False)
    assert one.next_at() == 4600.0
    assert one.take(4599.0) is None
    due = one.take(4600.0)
    assert due is not None
    assert due[0] is Reason.INTERVAL
    assert due[1].everything


def test_without_an_interval_only_changes_and_people_start_it() -> None:
    one = agenda(interval=None)
    assert one.next_at() is None
    assert hinted(one, 1001.0).next_at() == pytest.approx(1001.1)


def test_without_an_interval_one_is_kept_while_changes_cannot_be_watched() -> None:
    one = agenda(interval=None)
    one.blind = True
    one.restart_interval(1000.0)
    assert one.next_at() == 1900.0


def test_without_an_interval_a_quiet_hour_looks_for_what_no_watch_tells_of() -> None:
    two_in_the_morning = 1_767_319_200  # 2026-01-02T02:00Z
    one = agenda(interval=None)
    one.settings = replace(one.settings, rescan=Rescan(quiet_hour=time(3, tzinfo=UTC)))
    one.clock = Clock(now_ns=lambda: two_in_the_morning * 1_000_000_000)
    one.may_miss = True
    one.restart_interval(1000.0)
    assert one.next_full_at() == 4600.0


def test_a_folder_that_changed_is_looked_at_again_where_changes_may_be_missed() -> None:
    one = agenda()
    one.may_miss = True
    one.ladder.changed(RelPath("d/a"), 1000.0)
    assert one.next_at() == 1080.0
    assert one.take(1079.0) is None
    assert one.take(1080.0) == (Reason.INTERVAL, Scope(False, frozenset({RelPath("d"), ROOT})))
    assert one.interval_at == 4600.0


@pytest.mark.parametrize("why", ["all is told", "held"])
def test_it_is_not_looked_at_again_where_all_is_told_or_a_person_must_decide(why: str) -> None:
    one = agenda()
    one.may_miss = why != "all is told"
    one.ladder.changed(RelPath("d/a"), 1000.0)
    if why == "held":
        one.held(1000.0)
    assert one.next_at() == 4600.0
    assert one.take(4599.0) is None


def test_a_held_plan_is_looked_at_by_the_interval_and_not_by_changes() -> None:
    one = agenda()
    one.held(2000.0)
    hinted(one, 2001.0)
    assert one.take(2010.0) is None
    assert one.next_at() == 5600.0
    due = one.take(5600.0)
    assert due is not None
    assert due[1].everything


def test_the_wait_for_an_unreachable_side_grows_to_a_bound() -> None:
    one = agenda()
    waits = []
    for _ in range(12):
        one.unavailable(0.0)
        assert one.retry_at is not None
        waits.append(one.retry_at)
    assert 4.0 <= waits[0] <= 6.0
    assert all(wait <= 360.0 for wait in waits)
    assert waits[-1] >= 240.0


def test_while_it_waits_neither_interval_nor_change_starts_a_run() -> None:
    one = hinted(agenda(), 1001.0)
    one.unavailable(1e6)
    assert one.take(1e6) is None
    due = one.take(1e6 + 10)
    assert due is not None
    assert due[0] is Reason.RETRY


def test_success_makes_the_next_wait_short_again() -> None:
    one = agenda()
    for _ in range(8):
        one.unavailable(0.0)
    one.completed(0.0, full=True)
    one.unavailable(0.0)
    assert one.retry_at is not None
    assert one.retry_at <= 6.0


def test_after_a_refusal_nothing_starts_by_itself() -> None:
    one = hinted(agenda(), 1001.0)
    one.refused()
    assert one.next_at() is None
    assert one.next_full_at() is None
    assert one.take(1e9) is None


def test_problems_that_may_end_are_tried_again_less_and_less_often() -> None:
    one = agenda()
    one.problems(0.0)
    assert one.retry_at == 60.0
    for _ in range(9):
        one.problems(0.0)
    assert one.retry_at == 900.0


def test_files_that_are_always_busy_are_looked_at_less_and_less_often() -> None:
    one = agenda()
    waits = []
    for n in range(12):
        one.hints.clear()
        one.deferred([RelPath("log")], n * 1000.0)
        due = one.hints.due()
        assert due is not None
        waits.append(due - n * 1000.0)
    assert waits[0] == pytest.approx(1.0)
    assert waits[-1] == pytest.approx(60.0)
    assert waits == sorted(waits)
    one.deferred([], 0.0)
    one.hints.clear()
    one.deferred([RelPath("log")], 0.0)
    assert one.hints.due() == pytest.approx(1.0)


def test_deletions_of_the_last_hour_are_one_accident() -> None:
    one = agenda()
    one.deleted(5, 0.0)
    one.deleted(0, 10.0)
    one.deleted(7, 3000.0)
    assert one.recent_deletions(3500.0) == 12
    assert one.recent_deletions(4000.0) == 7
    one.forgive_deletions()
    assert one.recent_deletions(4000.0) == 0


def test_a_run_that_is_asked_for_makes_what_came_before_needless() -> None:
    one = hinted(agenda(), 1001.0)
    one.problems(1001.0)
    one.begin_full()
    assert one.mood is Mood.READY
    assert one.next_at() == 4600.0
