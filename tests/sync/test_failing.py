"""A file that fails has a patience of its own, which a restart does not forget."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.sync.done import Done, Failure
from custom_components.smb_ddns_sync.sync.endpoint import FileError, RelPath
from custom_components.smb_ddns_sync.sync.failing import LONGEST_WAIT, FailingFiles
from custom_components.smb_ddns_sync.sync.hints import Scope
from custom_components.smb_ddns_sync.sync.run import EVERYTHING
from custom_components.smb_ddns_sync.sync.state import State
from custom_components.smb_ddns_sync.sync.status import Reason, Result

from .pair import JOB
from .running import PATIENCE, eventually, running
from .trees import Tree, tree, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .pair import Pair
    from .running import Running

SOME: Tree = {"bad": "1", "good": "2", "d": {"c": "3"}}


@pytest.fixture
def files(pair: Pair) -> Iterator[FailingFiles]:
    """Return what is remembered of files that fail."""
    state = State.open(pair.state_file, JOB)
    yield FailingFiles(state.connection)
    state.close()


def failed(*paths: str, version: str = "1", cause: str = "access_denied") -> Done:
    done = Done()
    for path in paths:
        done.tell(Failure(RelPath(path), cause, "why", version))
    return done


def waits(files: FailingFiles, path: str, now: float) -> float:
    next_try = files.known()[RelPath(path)].next_try
    assert next_try is not None
    return next_try - now


def denying(*paths: str, tried: list[str]) -> Callable[[str, RelPath], None]:
    """Return what lets each try to write some files fail."""

    def before(step: str, path: RelPath) -> None:
        if step == "rename" and path in paths:
            tried.append(path)
            raise FileError(path, "access_denied", "denied")

    return before


def test_the_waits_of_a_file_grow_to_an_hour(files: FailingFiles) -> None:
    found = []
    for n in range(10):
        files.learn(failed("a"), EVERYTHING, n * 1e5, complete=True)
        found.append(waits(files, "a", n * 1e5))
    assert found[:4] == [60, 120, 240, 480]
    assert found[-1] == LONGEST_WAIT
    assert files.known()[RelPath("a")].tries == 10
    assert files.known()[RelPath("a")].first_seen == 0


def test_each_file_has_its_own(files: FailingFiles) -> None:
    files.learn(failed("a"), EVERYTHING, 0, complete=True)
    both = failed("a", "b")
    files.learn(both, EVERYTHING, 1000, complete=True)
    assert (waits(files, "a", 1000), waits(files, "b", 1000)) == (120, 60)


def test_another_version_begins_anew(files: FailingFiles) -> None:
    for n in range(5):
        files.learn(failed("a"), EVERYTHING, n, complete=True)
    files.learn(failed("a", version="2"), EVERYTHING, 10, complete=True)
    assert waits(files, "a", 10) == 60
    assert files.known()[RelPath("a")].first_seen == 0


def test_what_only_a_person_can_end_is_not_tried_again(files: FailingFiles) -> None:
    files.learn(failed("a", cause="bad_name"), EVERYTHING, 0, complete=True)
    assert files.known()[RelPath("a")].next_try is None


@pytest.mark.parametrize(
    ("scope", "complete", "left"),
    [
        (EVERYTHING, True, set()),
        (EVERYTHING, False, {"x/a", "y/b"}),
        (Scope(False, frozenset({RelPath("x")})), True, {"y/b"}),
    ],
    ids=["all", "broken off", "a folder"],
)
def test_what_was_looked_at_and_did_not_fail_is_well_again(
    files: FailingFiles, scope: Scope, complete: bool, left: set[str]
) -> None:
    files.learn(failed("x/a", "y/b"), EVERYTHING, 0, complete=True)
    files.learn(Done(), scope, 1, complete=complete)
    assert files.known().keys() == left


def test_what_was_not_tried_stays_as_it_was(files: FailingFiles) -> None:
    files.learn(failed("a"), EVERYTHING, 0, complete=True)
    before = files.known()
    rested = Done()
    rested.rests(Failure(RelPath("a"), "access_denied", "why"))
    assert files.learn(rested, EVERYTHING, 10, complete=True) == before


def test_a_clock_that_was_put_back_does_not_keep_a_file_waiting(files: FailingFiles) -> None:
    files.learn(failed("a"), EVERYTHING, 1e9, complete=True)
    assert not files.known()[RelPath("a")].rests(1e8)


def first_failure(one: Running) -> None:
    status = one.rest()
    assert status.last_run
    assert status.last_run.result is Result.INCOMPLETE
    (problem,) = status.last_run.problems
    assert (problem.path, problem.cause, problem.tries) == ("bad", "access_denied", 1)
    assert problem.first_seen is not None
    assert problem.next_try is not None
    assert timedelta(0) < problem.next_try - problem.first_seen <= timedelta(seconds=60)


def test_a_file_that_rests_is_told_and_does_not_hold_up_the_others(pair: Pair) -> None:
    pair.having(SOME)
    tried: list[str] = []
    pair.target.before = denying("bad", tried=tried)
    with running(
        pair.source, pair.target, pair.state_file, interval=timedelta(milliseconds=50)
    ) as one:
        first_failure(one)
        write(pair.source, "d/new", "4", pair.clock.tick())
        status = one.wait_for(
            lambda status: status.last_run and status.last_run.files_copied == 1, "the other file"
        )
        assert status.last_run
        assert [problem.path for problem in status.last_run.problems] == ["bad"]
        assert status.last_run.problems[0].tries == 1
    assert tried == ["bad"]


def test_a_restart_does_not_make_it_forget(pair: Pair) -> None:
    pair.having(SOME)
    tried: list[str] = []
    pair.target.before = denying("bad", tried=tried)
    with running(pair.source, pair.target, pair.state_file) as one:
        first_failure(one)
    with running(pair.source, pair.target, pair.state_file) as again:
        first_failure(again)
    assert tried == ["bad"]


def test_a_file_that_has_changed_is_tried_at_once(pair: Pair) -> None:
    pair.having(SOME)
    tried: list[str] = []
    pair.target.before = denying("bad", tried=tried)
    with running(
        pair.source, pair.target, pair.state_file, interval=timedelta(milliseconds=50)
    ) as one:
        first_failure(one)
        pair.target.before = lambda _step, _path: None
        write(pair.source, "bad", "other", pair.clock.tick())
        eventually(lambda: tree(pair.target) == tree(pair.source), "the changed file")


def test_a_person_who_asks_for_a_run_has_everything_tried(pair: Pair) -> None:
    pair.having(SOME)
    tried: list[str] = []
    pair.target.before = denying("bad", tried=tried)
    with running(pair.source, pair.target, pair.state_file) as one:
        first_failure(one)
        report = one.job.run(Reason.REQUEST).result(PATIENCE)
        assert report.problems[0].tries == 2
        pair.target.before = lambda _step, _path: None
        assert one.job.run(Reason.REQUEST).result(PATIENCE).result is Result.COMPLETED
    assert tree(pair.target) == tree(pair.source)


def test_its_own_next_try_looks_at_nothing_else(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.smb_ddns_sync.sync.failing.FIRST_WAIT", 0.1)
    pair.having({"d": {"bad": "1"}, "other": {"e": "2"}})
    pair.target.before = denying("d/bad", tried=[])
    with running(pair.source, pair.target, pair.state_file) as one:
        one.rest()
        listed: list[str] = []
        pair.source.before = lambda step, path: listed.append(path) if step == "list" else None
        pair.target.before = lambda _step, _path: None
        status = one.wait_for(
            lambda status: status.last_run and status.last_run.result is Result.COMPLETED,
            "the next try",
        )
        assert status.last_run
        assert status.last_run.reason is Reason.RETRY
    assert tree(pair.target) == tree(pair.source)
    assert "other" not in listed
