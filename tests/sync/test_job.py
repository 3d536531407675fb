"""A job runs when something asks for it, tells how it stands, and ends when it is told to."""

from datetime import timedelta
import logging
import sqlite3
from threading import Event
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.sync import rescan
from custom_components.smb_ddns_sync.sync.base import Base
from custom_components.smb_ddns_sync.sync.endpoint import (
    Hint,
    NeedsPerson,
    RelPath,
    Touch,
    Unavailable,
)
from custom_components.smb_ddns_sync.sync.job import JobStopped
from custom_components.smb_ddns_sync.sync.names import OWN_FOLDER
from custom_components.smb_ddns_sync.sync.settings import Mode
from custom_components.smb_ddns_sync.sync.status import (
    HoldReason,
    Phase,
    Reason,
    Result,
    RunReport,
)

from .running import PATIENCE, eventually, running
from .trees import Tree, contents, node_at, remove, trash, tree, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from .pair import Pair

SOME: Tree = {"a": "1", "d": {"b": "2"}}
MANY: Tree = {f"{n:02}": "x" for n in range(40)}


def done(future: Future[RunReport]) -> RunReport:
    return future.result(PATIENCE)


def waiting_for(event: Event) -> Callable[[str, RelPath], None]:
    def before(_step: str, _path: RelPath) -> None:
        event.wait(PATIENCE)

    return before


def test_the_first_run_starts_by_itself(pair: Pair) -> None:
    pair.having(SOME)
    with running(pair.source, pair.target, pair.state_file) as one:
        status = one.rest()

    assert tree(pair.target) == SOME
    assert status.phase is Phase.IDLE
    assert status.last_run
    assert status.last_run.reason is Reason.START
    assert status.last_run.result is Result.COMPLETED
    assert status.last_run.files_copied == 2
    assert status.last_success == status.last_run.ended
    assert one.phases == [Phase.SCANNING, Phase.SYNCING, Phase.IDLE, Phase.STOPPED]


def test_a_run_that_is_asked_for_reports_what_it_did(pair: Pair) -> None:
    pair.having(SOME)
    with running(pair.source, pair.target, pair.state_file) as one:
        one.rest()
        write(pair.source, "new", "3", pair.clock.tick())

        report = done(one.job.run(Reason.REQUEST))

    assert report.reason is Reason.REQUEST
    assert report.files_copied == 1
    assert tree(pair.target) == {**SOME, "new": "3"}


def test_requests_that_come_while_one_is_queued_are_one_run(pair: Pair) -> None:
    pair.having(SOME)
    let_go = Event()
    pair.source.before = waiting_for(let_go)
    with running(pair.source, pair.target, pair.state_file) as one:
        one.wait_for(lambda status: status.phase is Phase.SCANNING, "a run")
        first, second = one.job.run(Reason.REQUEST), one.job.run(Reason.REQUEST)
        let_go.set()
        assert done(first) is done(second)


def test_the_interval_starts_a_run(pair: Pair) -> None:
    pair.having(SOME)
    with running(
        pair.source, pair.target, pair.state_file, interval=timedelta(milliseconds=50)
    ) as one:
        one.rest()
        write(pair.source, "new", "3", pair.clock.tick())
        status = one.wait_for(
            lambda status: status.last_run and status.last_run.files_copied == 1, "the interval"
        )
        assert status.last_run
        assert status.last_run.reason is Reason.INTERVAL
        eventually(lambda: tree(pair.target) == tree(pair.source), "the new file")


def test_the_next_run_is_told(pair: Pair) -> None:
    pair.having(SOME)
    with running(pair.source, pair.target, pair.state_file, interval=timedelta(hours=1)) as one:
        status = one.rest()
        assert status.next_run
        assert status.last_run
        ahead = status.next_run - status.last_run.ended
        assert timedelta(minutes=59) < ahead < timedelta(minutes=61)


def test_a_hint_starts_a_run_that_looks_only_where_it_points(pair: Pair) -> None:
    pair.having({**SOME, "other": {"c": "3"}})
    pair.source.watchable = True
    with running(pair.source, pair.target, pair.state_file, watch=True) as one:
        assert one.rest().phase is Phase.WATCHING
        listed: list[str] = []
        pair.source.before = lambda step, path: listed.append(path) if step == "list" else None
        write(pair.source, "d/new", "4", pair.clock.tick())
        for listener in pair.source.listeners:
            listener(Hint(Touch.DONE, RelPath("d/new")))

        eventually(lambda: tree(pair.target) == tree(pair.source), "the new file")
        assert set(listed) == {"d"}


@pytest.mark.parametrize("where", ["source", "target"])
def test_between_equals_changes_on_either_side_start_a_run(pair: Pair, where: str) -> None:
    pair.having({**SOME, "other": {"c": "3"}})
    pair.source.watchable = pair.target.watchable = True
    side = getattr(pair, where)
    with running(pair.source, pair.target, pair.state_file, watch=True, mode=Mode.TWO_WAY) as one:
        assert one.rest().phase is Phase.WATCHING
        write(side, "d/new", "new", pair.clock.tick())
        for listener in tuple(side.listeners):
            listener(Hint(Touch.DONE, RelPath("d/new")))

        eventually(lambda: "new" in contents(tree(pair.source)), "the new file on the source")
        eventually(lambda: tree(pair.target) == tree(pair.source), "the new file on both")


def test_between_equals_one_watch_that_dies_is_told_and_the_other_goes_on(pair: Pair) -> None:
    pair.having(SOME)
    pair.source.watchable = pair.target.watchable = True
    with running(pair.source, pair.target, pair.state_file, watch=True, mode=Mode.TWO_WAY) as one:
        one.rest()
        (listener,) = pair.target.listeners
        listener(Hint(Touch.BLIND, error=Unavailable("share", "watch_limit")))
        eventually(lambda: pair.target.listeners not in ([], [listener]), "a new watch")
        assert len(pair.source.listeners) == 1


def test_a_hint_about_a_deletion_is_carried_out(pair: Pair) -> None:
    pair.having({**SOME, "other": {"c": "3"}})
    pair.source.watchable = True
    with running(pair.source, pair.target, pair.state_file, watch=True) as one:
        one.rest()
        remove(pair.source, "d")
        for listener in pair.source.listeners:
            listener(Hint(Touch.DONE, RelPath("d/b")))
            listener(Hint(Touch.DONE, RelPath("d")))

        eventually(lambda: tree(pair.target) == tree(pair.source), "the deletion")
    assert trash(pair.target) == {"d": {"b": "2"}}
    assert pair.writes_of_another_run() == []


def test_lost_hints_are_a_look_at_everything(pair: Pair) -> None:
    pair.having(SOME)
    pair.source.watchable = True
    with running(pair.source, pair.target, pair.state_file, watch=True) as one:
        one.rest()
        write(pair.source, "d/deep/new", "4", pair.clock.tick())
        for listener in pair.source.listeners:
            listener(Hint(Touch.LOST))
        eventually(lambda: tree(pair.target) == tree(pair.source), "the new file")


def test_a_watch_that_goes_blind_is_told_and_tried_again(
    pair: Pair, caplog: pytest.LogCaptureFixture
) -> None:
    pair.having(SOME)
    pair.source.watchable = True
    with running(pair.source, pair.target, pair.state_file, watch=True) as one:
        one.rest()
        pair.source.watchable = False
        blind = Hint(Touch.BLIND, error=Unavailable("folder", "watch_limit"))
        for listener in tuple(pair.source.listeners):
            listener(blind)
        status = one.wait_for(lambda status: status.watch_trouble is not None, "the trouble")
        assert status.watch_trouble
        assert status.watch_trouble.cause == "watch_limit"
        one.wait_for(lambda status: status.phase is Phase.IDLE, "rest")
        for _ in range(3):
            done(one.job.run(Reason.REQUEST))
        pair.source.watchable = True
        done(one.job.run(Reason.REQUEST))
        status = one.wait_for(lambda status: status.phase is Phase.WATCHING, "the watch")
        assert status.watch_trouble is None

    warnings = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(warnings) == 1


def test_a_hold_waits_until_it_is_released_and_is_released_once(pair: Pair) -> None:
    pair.having(MANY)
    with running(pair.source, pair.target, pair.state_file) as one:
        one.rest()
        for n in range(30):
            remove(pair.source, f"{n:02}")
        report = done(one.job.run(Reason.REQUEST))
        status = one.wait_for(lambda status: status.phase is Phase.HELD, "the hold")
        assert report.result is Result.HELD
        assert status.hold
        assert status.hold.reason is HoldReason.TOO_MANY_DELETIONS
        assert status.pending == 30
        assert tree(pair.target) == MANY

        assert done(one.job.run(Reason.REQUEST)).result is Result.HELD

        one.job.release_hold()
        status = one.wait_for(lambda status: status.phase is Phase.IDLE, "the release")
        assert status.hold is None
        assert tree(pair.target) == tree(pair.source)


def test_while_a_plan_is_held_a_change_does_not_carry_out_a_part_of_it(pair: Pair) -> None:
    pair.having({"d": MANY, "e": {"keep": "1"}})
    pair.source.watchable = True
    with running(pair.source, pair.target, pair.state_file, watch=True) as one:
        one.rest()
        for n in range(30):
            remove(pair.source, f"d/{n:02}")
        done(one.job.run(Reason.REQUEST))
        one.wait_for(lambda status: status.phase is Phase.HELD, "the hold")
        for listener in pair.source.listeners:
            listener(Hint(Touch.DONE, RelPath("d/00")))
        assert done(one.job.run(Reason.REQUEST)).result is Result.HELD
        assert tree(pair.target) == {"d": MANY, "e": {"keep": "1"}}


def test_deletions_that_come_in_many_small_runs_are_held_together(pair: Pair) -> None:
    pair.having(MANY)
    with running(pair.source, pair.target, pair.state_file) as one:
        one.rest()
        results = []
        for n in range(0, 40, 8):
            for m in range(n, n + 8):
                remove(pair.source, f"{m:02}")
            results.append(done(one.job.run(Reason.REQUEST)).result)
        assert results[:2] == [Result.COMPLETED, Result.COMPLETED]
        assert Result.HELD in results
    assert len(tree(pair.target)) >= 16


def test_an_unreachable_side_is_waited_for_and_told_once_each_way(
    pair: Pair, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    pair.having(SOME)
    gone = True

    def before(_step: str, _path: RelPath) -> None:
        if gone:
            raise Unavailable("nas", "timed_out", "no answer")

    pair.target.before = before
    with running(pair.source, pair.target, pair.state_file) as one:
        status = one.rest()
        assert status.phase is Phase.WAITING
        assert status.trouble
        assert status.trouble.cause == "timed_out"
        assert not status.trouble.needs_person
        assert status.next_run is not None
        for _ in range(3):
            assert done(one.job.run(Reason.REQUEST)).result is Result.FAILED
        gone = False
        assert done(one.job.run(Reason.REQUEST)).result is Result.COMPLETED
        assert one.rest().trouble is None

    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


def test_it_tries_again_by_itself(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("custom_components.smb_ddns_sync.sync.agenda._FIRST_WAIT", 0.02)
    pair.having(SOME)
    failures = iter(range(3))

    def before(step: str, _path: RelPath) -> None:
        if step == "identify" and next(failures, None) is not None:
            raise Unavailable("nas", "refused")

    pair.target.before = before
    with running(pair.source, pair.target, pair.state_file) as one:
        status = one.wait_for(lambda status: status.phase is Phase.IDLE, "recovery")
        assert status.last_run
        assert status.last_run.reason is Reason.RETRY
    assert tree(pair.target) == SOME


def test_a_refusal_waits_for_a_person_and_is_not_tried_again(pair: Pair) -> None:
    pair.having(SOME)
    tries = 0

    def before(_step: str, _path: RelPath) -> None:
        nonlocal tries
        tries += 1
        raise NeedsPerson("nas", "wrong_password")

    pair.target.before = before
    pair.source.watchable = True
    with running(
        pair.source,
        pair.target,
        pair.state_file,
        watch=True,
        interval=timedelta(milliseconds=10),
    ) as one:
        status = one.rest()
        assert status.phase is Phase.ERROR
        assert status.trouble
        assert status.trouble.needs_person
        assert status.next_run is None
        for listener in pair.source.listeners:
            listener(Hint(Touch.DONE, RelPath("a")))
        one.job.dry_run().exception(PATIENCE)  # goes through the job's queue
        assert tries == 2


def test_a_dry_run_tells_the_plan_and_changes_nothing(pair: Pair) -> None:
    pair.having(SOME)
    with running(pair.source, pair.target, pair.state_file) as one:
        one.rest()
        write(pair.source, "new", "34", pair.clock.tick())
        remove(pair.source, "a")
        pair.target.writes.clear()

        plan = one.job.dry_run().result(PATIENCE)

        assert (plan.files_placed, plan.bytes_placed, plan.files_trashed) == (1, 2, 1)
        assert sorted(operation.path for operation in plan.operations) == ["a", "new"]  # type: ignore[union-attr]
        assert pair.target.writes == []
        assert done(one.job.run(Reason.REQUEST)).files_copied == 1


def test_a_cancelled_run_is_told_and_the_job_lives_on(pair: Pair) -> None:
    pair.having({"large": "x" * 2_000_000})
    reading, go_on = Event(), Event()

    def before(step: str, _path: RelPath) -> None:
        if step == "read":
            reading.set()
            go_on.wait(PATIENCE)

    pair.source.before = before
    with running(pair.source, pair.target, pair.state_file) as one:
        assert reading.wait(PATIENCE)
        one.job.cancel()
        go_on.set()
        status = one.rest()
        assert status.last_run
        assert status.last_run.result is Result.CANCELLED
        assert tree(pair.target) == {}
        assert done(one.job.run(Reason.REQUEST)).result is Result.COMPLETED
    assert tree(pair.target) == tree(pair.source)


def test_a_job_that_is_stopped_in_the_middle_of_a_file_leaves_nothing_half(pair: Pair) -> None:
    pair.having({"large": "x" * 2_000_000, "z": "1"})
    reading = Event()
    pair.source.before = lambda step, _path: reading.set() if step == "read" else None
    with running(pair.source, pair.target, pair.state_file):
        assert reading.wait(PATIENCE)

    found = tree(pair.target)
    assert found.get("large") in {None, "x" * 2_000_000}
    assert all(name in {"large", "z"} for name in found)
    pair.source.before = lambda _step, _path: None
    pair.run()
    assert tree(pair.target) == tree(pair.source)


def test_after_the_stop_nothing_runs_any_more(pair: Pair) -> None:
    pair.having(SOME)
    with running(pair.source, pair.target, pair.state_file) as one:
        one.rest()
    assert one.told[-1].phase is Phase.STOPPED
    with pytest.raises(JobStopped):
        one.job.run(Reason.REQUEST).result(PATIENCE)
    with pytest.raises(JobStopped):
        one.job.dry_run().result(PATIENCE)


def test_a_run_that_is_queued_when_the_job_stops_is_answered(pair: Pair) -> None:
    pair.having(SOME)
    let_go = Event()
    pair.source.before = waiting_for(let_go)
    with running(pair.source, pair.target, pair.state_file) as one:
        one.wait_for(lambda status: status.phase is Phase.SCANNING, "a run")
        queued = one.job.run(Reason.REQUEST)
        one.job.cancel()
        let_go.set()
    assert queued.done()


def test_progress_is_told_while_it_runs(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("custom_components.smb_ddns_sync.sync.teller._TELL_EVERY", 0.0)
    pair.having({"a": "x" * 200_000, "b": "y" * 100_000})
    with running(pair.source, pair.target, pair.state_file) as one:
        one.rest()

    told = [status.progress for status in one.told if status.progress is not None]
    assert told[0].percent == 0.0
    assert told[-1].percent == 100.0
    assert {progress.bytes_total for progress in told} == {300_000}
    percents = [progress.percent for progress in told]
    assert percents == sorted(percents)
    assert one.told[-1].progress is None


def test_problems_of_files_outside_a_scoped_run_stay_told(pair: Pair) -> None:
    pair.having({"x" * 256: "1", "d": {"b": "2"}})
    pair.source.watchable = True
    with running(pair.source, pair.target, pair.state_file, watch=True) as one:
        status = one.rest()
        assert status.last_run
        assert status.last_run.result is Result.INCOMPLETE
        write(pair.source, "d/new", "4", pair.clock.tick())
        for listener in pair.source.listeners:
            listener(Hint(Touch.DONE, RelPath("d/new")))
        status = one.wait_for(
            lambda status: status.last_run and status.last_run.reason is Reason.CHANGE, "the run"
        )
        assert status.last_run
        assert [problem.path for problem in status.last_run.problems] == ["x" * 256]


def test_a_file_that_is_busy_is_looked_at_again_soon(pair: Pair) -> None:
    pair.having({"log": "first"})
    busy = 3

    def before(step: str, path: RelPath) -> None:
        nonlocal busy
        if step == "read" and path == "log" and busy:
            busy -= 1
            node = node_at(pair.source, "log")
            node.content += b"."
            node.modified = pair.clock.tick()

    pair.source.before = before
    with running(
        pair.source, pair.target, pair.state_file, settle=timedelta(milliseconds=10)
    ) as one:
        status = one.rest()
        assert status.last_run
        eventually(lambda: tree(pair.target) == {"log": "first..."}, "the whole log")


def test_a_file_that_is_in_use_for_a_moment_is_not_told_and_taken_when_it_is_free(
    pair: Pair,
) -> None:
    pair.having({"a": "1"}).run()
    node_at(pair.target, "a").in_use = True
    write(pair.source, "a", "2", pair.clock.tick())
    wishes = {"settle": timedelta(milliseconds=10)}
    with running(pair.source, pair.target, pair.state_file, **wishes) as one:
        report = one.rest().last_run
        assert report is not None
        assert (report.result, report.deferred, report.problems) == (Result.COMPLETED, 1, ())
        node_at(pair.target, "a").in_use = False
        eventually(lambda: tree(pair.target) == {"a": "2"}, "the file")


def test_a_file_that_stays_in_use_is_told_and_tried_again_later(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.smb_ddns_sync.sync.failing.FIRST_WAIT", 0.02)
    monkeypatch.setattr("custom_components.smb_ddns_sync.sync.in_use._PATIENCE", 0.0)
    pair.having({"a": "1"}).run()
    node_at(pair.target, "a").in_use = True
    write(pair.source, "a", "2", pair.clock.tick())
    with running(pair.source, pair.target, pair.state_file) as one:
        status = one.rest()
        assert status.last_run
        assert status.last_run.result is Result.INCOMPLETE
        node_at(pair.target, "a").in_use = False
        one.wait_for(
            lambda status: status.last_run and status.last_run.result is Result.COMPLETED,
            "the retry",
        )
    assert tree(pair.target) == {"a": "2"}


def test_an_unknown_error_is_logged_and_does_not_end_the_job(
    pair: Pair, caplog: pytest.LogCaptureFixture
) -> None:
    pair.having(SOME)

    def before(_step: str, _path: RelPath) -> None:
        raise ZeroDivisionError

    pair.target.before = before
    with running(pair.source, pair.target, pair.state_file) as one:
        status = one.rest()
        assert status.trouble
        assert status.trouble.cause == "unexpected"
        pair.target.before = lambda _step, _path: None
        assert done(one.job.run(Reason.REQUEST)).result is Result.COMPLETED
    assert "ZeroDivisionError" in caplog.text


def test_what_the_last_run_did_is_known_after_a_restart(pair: Pair) -> None:
    pair.having(SOME)
    with running(pair.source, pair.target, pair.state_file) as one:
        before = one.rest()
    pair.target.before = _unreachable
    with running(pair.source, pair.target, pair.state_file) as one:
        status = one.rest()
    assert status.last_success == before.last_success


def _unreachable(_step: str, _path: RelPath) -> None:
    raise Unavailable("nas", "timed_out")


def test_a_state_that_cannot_be_made_is_told(pair: Pair) -> None:
    pair.having(SOME)
    pair.state_file.mkdir()
    with running(pair.source, pair.target, pair.state_file) as one:
        status = one.rest()
        assert status.trouble
        assert status.trouble.cause == "state_unusable"
    assert tree(pair.target) == {}


def test_nothing_of_the_engine_is_told_as_the_users(pair: Pair) -> None:
    pair.having(SOME, {OWN_FOLDER: {"strange": "x"}})
    with running(pair.source, pair.target, pair.state_file) as one:
        status = one.rest()
    assert status.last_run
    assert status.last_run.extras_kept == 0


def test_a_job_whose_memory_cannot_be_read_when_a_change_comes_waits_and_goes_on(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair.having(SOME)
    pair.source.watchable = True
    broken = Event()
    get = Base.get

    def get_or_fail(base: Base, path: RelPath) -> object:
        if broken.is_set():
            raise sqlite3.OperationalError("disk I/O error")
        return get(base, path)

    monkeypatch.setattr(Base, "get", get_or_fail)
    with running(pair.source, pair.target, pair.state_file, watch=True) as one:
        one.rest()
        broken.set()
        write(pair.source, "d/b", "new", pair.clock.tick())
        for listener in pair.source.listeners:
            listener(Hint(Touch.DONE, RelPath("d/b")))  # it may be no news: the memory is asked
        one.wait_for(lambda status: status.phase is Phase.WAITING, "the wait")
        broken.clear()
        one.job.run(Reason.REQUEST).result(PATIENCE)
    assert tree(pair.target) == {**SOME, "d": {"b": "new"}}


def test_what_a_server_changes_behind_its_watch_is_found_where_something_changed_before(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rescan, "_STEP", 0.2)
    pair.having({**SOME, "quiet": {"c": "3"}})
    pair.source.watchable = True
    with running(pair.source, pair.target, pair.state_file, watch=True) as one:
        one.rest()
        write(pair.source, "d/new", "4", pair.clock.tick())
        for listener in pair.source.listeners:
            listener(Hint(Touch.DONE, RelPath("d/new")))
        eventually(lambda: "4" in contents(tree(pair.target)), "the change that was told")

        listed: list[str] = []
        pair.source.before = lambda step, path: listed.append(path) if step == "list" else None
        write(pair.source, "d/behind", "5", pair.clock.tick())
        remove(pair.source, "d/b")
        eventually(lambda: tree(pair.target) == tree(pair.source), "what nobody told")
        assert set(listed) <= {"", "d"}
    assert trash(pair.target) == {"d": {"b": "2"}}


def test_a_look_that_nobody_asked_for_and_that_finds_nothing_tells_nothing(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rescan, "_STEP", 0.1)
    pair.having(SOME)
    pair.source.watchable = True
    with running(pair.source, pair.target, pair.state_file, watch=True) as one:
        one.rest()
        write(pair.source, "d/new", "4", pair.clock.tick())
        one.job.run(Reason.REQUEST).result(PATIENCE)
        one.rest()
        told = len(one.told)
        listed: list[str] = []
        pair.source.before = lambda step, path: listed.append(path) if step == "list" else None
        eventually(lambda: len(listed) >= 4, "two looks at a folder and the one above")
        assert set(listed) == {"", "d"}
        assert len(one.told) == told
