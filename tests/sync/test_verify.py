"""A verify reads everything back, tells what differs unseen, and changes nothing."""

from dataclasses import replace
from threading import Event
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.sync.endpoint import FileError, RelPath, Unavailable
from custom_components.smb_ddns_sync.sync.endpoints.memory import MemoryEndpoint
from custom_components.smb_ddns_sync.sync.job import JobPaused, JobStopped
from custom_components.smb_ddns_sync.sync.pace import Pace, parse
from custom_components.smb_ddns_sync.sync.run import Ears
from custom_components.smb_ddns_sync.sync.settings import Mode, Sizes
from custom_components.smb_ddns_sync.sync.side import Side
from custom_components.smb_ddns_sync.sync.state import State
from custom_components.smb_ddns_sync.sync.status import Phase, Reason, Result
from custom_components.smb_ddns_sync.sync.verify import Verify

from .hours import Hours
from .pair import JOB, LIKE_A_DISK
from .running import PATIENCE, Running, running
from .trees import Tree, node_at, remove, tree, write

if TYPE_CHECKING:
    from custom_components.smb_ddns_sync.sync.status import RunReport

    from .pair import Pair

SOME: Tree = {"a": "0123456789", "d": {"b": "abcdefghij", "c": "3"}}


def rot(side: MemoryEndpoint, path: str, at: int = 0) -> None:
    """Let a byte of a file be another one, without anything that tells of it."""
    content = bytearray(node_at(side, path).content)
    content[at] ^= 1
    node_at(side, path).content = bytes(content)


def verified(one: Running) -> RunReport:
    report = one.job.verify().result(PATIENCE)
    one.wait_for(lambda status: status.last_run == report, "the report")
    return report


def test_what_is_equal_is_counted_and_nothing_is_written(pair: Pair) -> None:
    pair.having(SOME)
    with running(pair.source, pair.target, pair.state_file) as one:
        success = one.rest().last_success
        pair.source.writes.clear()
        pair.target.writes.clear()
        report = verified(one)

    assert (report.reason, report.result) == (Reason.VERIFY, Result.COMPLETED)
    assert (report.files_verified, report.bytes_verified) == (3, 21)
    assert pair.source.writes == pair.target.writes == []
    assert Phase.VERIFYING in one.phases
    assert one.job.status.last_success == success


@pytest.mark.parametrize("mode", [Mode.MIRROR, Mode.TWO_WAY])
@pytest.mark.parametrize("side", ["source", "target"])
def test_a_byte_that_changed_by_itself_is_told_with_its_place(
    pair: Pair, mode: Mode, side: str
) -> None:
    pair.having(SOME)
    with running(pair.source, pair.target, pair.state_file, mode=mode) as one:
        one.rest()
        rot(getattr(pair, side), "d/b", at=4)
        before = tree(pair.source), tree(pair.target)
        report = verified(one)

        assert report.result is Result.DIFFERENT
        (problem,) = report.problems
        assert (problem.path, problem.cause) == ("d/b", "content_differs")
        assert "from byte 4 on" in problem.detail
        assert "save the good one over the other" in problem.detail
        assert problem.next_try is None
        assert one.job.status.differing.examples == ("d/b",)
        assert report.files_verified == 2
        assert (tree(pair.source), tree(pair.target)) == before


@pytest.mark.parametrize(("side", "other"), [("source", "target"), ("target", "source")])
def test_of_a_large_file_it_is_known_which_side_is_not_what_was_synced(
    pair: Pair, side: str, other: str
) -> None:
    pair.having({"large": "x" * 600_000})
    sizes = Sizes(large=1000)
    with running(pair.source, pair.target, pair.state_file, sizes=sizes) as one:
        one.rest()
        rot(getattr(pair, side), "large", at=300_000)
        (problem,) = verified(one).problems

    assert f"The {side} is not what was synced: save the {other}'s over it" in problem.detail


def test_what_differs_stays_told_by_later_runs_and_after_a_restart(pair: Pair) -> None:
    pair.having(SOME)
    with running(pair.source, pair.target, pair.state_file) as one:
        one.rest()
        rot(pair.target, "a")
        verified(one)
        report = one.job.run(Reason.REQUEST).result(PATIENCE)
        assert report.result is Result.COMPLETED
        assert one.job.status.differing.count == 1
    with running(pair.source, pair.target, pair.state_file) as again:
        assert again.rest().differing.examples == ("a",)


def test_saving_the_good_one_anew_puts_an_end_to_it(pair: Pair) -> None:
    pair.having(SOME)
    with running(pair.source, pair.target, pair.state_file) as one:
        one.rest()
        rot(pair.target, "a")
        verified(one)
        write(pair.source, "a", "0123456789", pair.clock.tick())
        one.job.run(Reason.REQUEST).result(PATIENCE)
        one.wait_for(lambda status: status.differing.count == 0, "the end of it")

        assert verified(one).result is Result.COMPLETED
    assert tree(pair.target) == tree(pair.source)


def test_a_verify_that_finds_it_equal_puts_an_end_to_it(pair: Pair) -> None:
    pair.having(SOME)
    with running(pair.source, pair.target, pair.state_file) as one:
        one.rest()
        rot(pair.target, "a")
        verified(one)
        rot(pair.target, "a")
        assert verified(one).result is Result.COMPLETED
        assert one.job.status.differing.count == 0


def test_what_is_another_version_by_now_is_left_to_the_next_run(pair: Pair) -> None:
    pair.having(SOME)
    with running(pair.source, pair.target, pair.state_file) as one:
        one.rest()
        write(pair.source, "a", "another", pair.clock.tick())
        remove(pair.source, "d/c")
        report = verified(one)

    assert (report.result, report.files_verified, report.problems) == (Result.COMPLETED, 1, ())


def test_a_file_that_cannot_be_read_is_told_and_holds_up_no_other(pair: Pair) -> None:
    pair.having(SOME)
    with running(pair.source, pair.target, pair.state_file) as one:
        one.rest()

        def before(step: str, path: RelPath) -> None:
            if (step, path) == ("read", "a"):
                raise FileError(path, "io_error", "the disk cannot read it")

        pair.target.before = before
        report = verified(one)

    assert (report.result, report.files_verified) == (Result.INCOMPLETE, 2)
    assert [(each.path, each.cause) for each in report.problems] == [("a", "io_error")]


def test_before_the_first_sync_there_is_nothing_to_verify(pair: Pair) -> None:
    pair.having(SOME)

    def gone(_step: str, _path: RelPath) -> None:
        raise Unavailable("share", "connection_lost")

    pair.target.before = gone
    with running(pair.source, pair.target, pair.state_file) as one:
        one.rest()
        report = verified(one)
    assert (report.result, report.files_verified) == (Result.COMPLETED, 0)


def test_a_stranger_in_the_place_of_a_side_is_not_read(pair: Pair) -> None:
    pair.having(SOME)
    with running(pair.source, pair.target, pair.state_file) as one:
        one.rest()
        pair.source.volume = 99
        report = verified(one)
    assert report.result is Result.FAILED
    assert report.trouble
    assert report.trouble.cause == "foreign_source"


def reading(pair: Pair, path: str) -> tuple[Event, Event]:
    """Return what is set once a file is being read, and what lets that go on."""
    begun, go_on = Event(), Event()

    def before(step: str, at: RelPath) -> None:
        if (step, at) == ("read", path):
            begun.set()
            go_on.wait(PATIENCE)

    pair.source.before = before
    return begun, go_on


def test_it_is_cancelled_between_two_pieces_and_the_job_goes_on(pair: Pair) -> None:
    pair.having(SOME)
    with running(pair.source, pair.target, pair.state_file) as one:
        one.rest()
        begun, go_on = reading(pair, "a")
        future = one.job.verify()
        assert begun.wait(PATIENCE)
        one.job.cancel()
        go_on.set()

        assert future.result(PATIENCE).result is Result.CANCELLED
        assert one.job.run(Reason.REQUEST).result(PATIENCE).result is Result.COMPLETED


@pytest.mark.parametrize("end", ["pause", "stop"])
def test_a_pause_and_an_end_are_no_obstacle_to_who_waits(pair: Pair, end: str) -> None:
    pair.having(SOME)
    with running(pair.source, pair.target, pair.state_file) as one:
        one.rest()
        begun, go_on = reading(pair, "a")
        under_way = one.job.verify()
        assert begun.wait(PATIENCE)
        queued = one.job.verify()
        if end == "pause":
            one.job.pause()
            go_on.set()
            assert isinstance(queued.exception(PATIENCE), JobPaused)
            assert under_way.result(PATIENCE).result is Result.PAUSED
            assert isinstance(one.job.verify().exception(PATIENCE), JobPaused)
        else:
            with pytest.raises(TimeoutError):
                one.job.stop(0)  # it has been asked, and is in the middle of a read
            go_on.set()
    if end == "stop":
        assert isinstance(queued.exception(PATIENCE), JobStopped)
        assert under_way.result(PATIENCE).result is Result.CANCELLED


def test_how_far_it_is_is_told(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("custom_components.smb_ddns_sync.sync.teller._TELL_EVERY", 0.0)
    pair.having(SOME)
    with running(pair.source, pair.target, pair.state_file) as one:
        one.rest()
        verified(one)

    told = [s.progress for s in one.told if s.phase is Phase.VERIFYING and s.progress]
    assert {each.bytes_total for each in told} == {21}
    assert [each.percent for each in told] == sorted(each.percent for each in told)
    assert told[-1].percent == 100.0


def test_it_keeps_to_the_pace_of_the_job(pair: Pair) -> None:
    pair.target = MemoryEndpoint(volume=22, traits=replace(LIKE_A_DISK, remote=True))
    pair.having({"a": "x" * 4000}).run()
    slow = replace(pair.settings, pace=Pace(parse("1k")))
    state, hours = State.open(pair.state_file, JOB), Hours()
    sides = {Side.SOURCE: pair.source, Side.TARGET: pair.target}
    verify = Verify(slow, state, sides, Ears(clock=hours.clock))
    verify.carry_out()
    state.close()
    assert verify.outcome.files == 1
    assert 3 < hours.passed < 4


def test_who_asks_while_one_is_queued_gets_the_same(pair: Pair) -> None:
    pair.having(SOME)
    with running(pair.source, pair.target, pair.state_file) as one:
        one.rest()
        begun, go_on = reading(pair, "a")
        one.job.verify()
        assert begun.wait(PATIENCE)
        first, second = one.job.verify(), one.job.verify()
        go_on.set()
        assert first.result(PATIENCE) is second.result(PATIENCE)
