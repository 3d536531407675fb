"""While a job runs it tells how far it is, how fast it goes, and when it will be done."""

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.sync.endpoint import RelPath
from custom_components.smb_ddns_sync.sync.speed import Speed
from custom_components.smb_ddns_sync.sync.status import Phase, Progress, Reason, Scanned

from .running import PATIENCE, running

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .pair import Pair
    from .trees import Tree

SOME: Tree = {"a": "1", "d": {"b": "2", "c": "3"}}
MB = 1_000_000


@pytest.fixture
def always_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each step be told, however soon it comes after the last one."""
    monkeypatch.setattr("custom_components.smb_ddns_sync.sync.teller._TELL_EVERY", 0.0)


def moved(bytes_done: int, files_done: int = 0) -> Progress:
    return Progress(files_done, 100, bytes_done, 1000 * MB, RelPath("x"))


def told_after(steps: Iterable[tuple[float, int]]) -> Progress:
    """Return what is told last, of a run that had moved so many bytes at each time."""
    speed, told = Speed(0.0), moved(0)
    for at, bytes_done in steps:
        told = speed.of(moved(bytes_done), at)
    return told


def evenly(rate: int, begin: int = 0, seconds: int = 60) -> list[tuple[float, int]]:
    return [(float(at), rate * at) for at in range(begin + 1, begin + seconds + 1)]


@pytest.mark.usefixtures("always_told")
def test_the_folders_and_files_of_both_sides_are_told_while_they_are_looked_at(pair: Pair) -> None:
    pair.having(SOME)
    with running(pair.source, pair.target, pair.state_file) as one:
        status = one.rest()

    seen = [status.scanned for status in one.told if status.scanned is not None]
    assert [each.seen for each in seen] == sorted(each.seen for each in seen)
    assert seen[-1] == Scanned(folders=3, files=3)
    assert status.scanned is None


@pytest.mark.usefixtures("always_told")
def test_the_last_look_at_everything_tells_how_far_the_next_one_is(pair: Pair) -> None:
    pair.having(SOME)
    with running(pair.source, pair.target, pair.state_file) as one:
        one.rest()
        one.job.run(Reason.REQUEST).result(PATIENCE)
    with running(pair.source, pair.target, pair.state_file) as again:
        again.rest()

    seen = [status.scanned for status in again.told if status.scanned is not None]
    assert seen[-1].seen == seen[-1].expected == 10
    percents = [each.percent for each in seen]
    assert all(one is not None and two is not None and one < two for one, two in pairwise(percents))
    assert percents[-1] == 99.0


def test_a_look_that_has_no_other_to_go_by_foretells_nothing() -> None:
    assert Scanned(folders=3, files=9).percent is None


@pytest.mark.usefixtures("always_told")
def test_what_is_carried_over_is_told_with_its_path(pair: Pair) -> None:
    pair.having({"a": "x" * 3000, "b": "y" * 1000})
    with running(pair.source, pair.target, pair.state_file) as one:
        one.rest()

    told = [s.progress for s in one.told if s.phase is Phase.SYNCING and s.progress is not None]
    assert {progress.current for progress in told} == {None, "a", "b"}
    assert told[-1].bytes_done == told[-1].bytes_total == 4000


def test_what_moves_evenly_has_its_rate_and_its_end_from_early_on() -> None:
    for seconds in (2, 10, 600):
        told = told_after(evenly(MB, seconds=seconds))
        assert told.rate == pytest.approx(MB, rel=0.01)
        left = timedelta(seconds=1000 - seconds + 100 * 65536 / MB)
        assert told.time_left is not None
        assert told.time_left.total_seconds() == pytest.approx(left.total_seconds(), rel=0.01)


def test_nothing_is_foretold_before_there_is_anything_to_tell_it_from() -> None:
    told = told_after([(0.3, MB)])
    assert told.rate is None
    assert told.time_left is None


def test_no_end_is_foretold_while_nothing_moves() -> None:
    assert told_after((float(at), 0) for at in range(1, 20)).time_left is None


def test_the_rate_follows_the_line_within_half_a_minute() -> None:
    fast = evenly(10 * MB, seconds=60)
    slow = [(60.0 + at, 600 * MB + at * MB) for at in range(1, 31)]
    told = told_after([*fast, *slow])
    assert told.rate is not None
    assert MB <= told.rate < 2 * MB


def test_one_moment_of_nothing_between_much_hardly_shows() -> None:
    before = told_after(evenly(MB, seconds=60))
    after = told_after([*evenly(MB, seconds=60), (61.0, 60 * MB)])
    assert before.rate is not None
    assert after.rate is not None
    assert 0.85 * before.rate < after.rate < before.rate


def test_a_rest_of_hours_does_not_count_as_hours_of_nothing() -> None:
    before = told_after(evenly(MB, seconds=60))
    rested = told_after([*evenly(MB, seconds=60), (20_000.0, 60 * MB), (20_001.0, 61 * MB)])
    assert before.rate is not None
    assert rested.rate is not None
    assert rested.rate > before.rate / 2
    assert rested.time_left is not None
    assert rested.time_left < timedelta(seconds=1200)


def test_many_small_files_take_longer_than_their_bytes() -> None:
    speed = Speed(0.0)
    for at in range(1, 11):
        told = speed.of(Progress(at, 100, at * 10, 1000, None), float(at))
    assert told.time_left is not None
    assert told.time_left.total_seconds() == pytest.approx(90, rel=0.01)
