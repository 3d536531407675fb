"""A paused job rests and holds nothing; it goes on as if nothing had been between."""

from datetime import timedelta
from functools import partial
from threading import Event
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.sync.endpoint import (
    Endpoint,
    Hint,
    RelPath,
    Touch,
    Unavailable,
)
from custom_components.smb_ddns_sync.sync.endpoints.local import LocalEndpoint
from custom_components.smb_ddns_sync.sync.endpoints.share import ShareEndpoint
from custom_components.smb_ddns_sync.sync.job import JobPaused
from custom_components.smb_ddns_sync.sync.lock import LOCK
from custom_components.smb_ddns_sync.sync.pace import Pace, parse
from custom_components.smb_ddns_sync.sync.status import Phase, Reason, Result

from .running import PATIENCE, Running, eventually, running
from .trees import Tree, folder_tree, remove, tree, write

if TYPE_CHECKING:
    from pathlib import Path

    from custom_components.smb_ddns_sync.smb.client import ShareClient
    from custom_components.smb_ddns_sync.sync.status import JobStatus

    from .pair import Pair
    from .samba import Samba

SOME: Tree = {"a": "1", "d": {"b": "2"}}
MANY: Tree = {f"{n:02}": "x" for n in range(40)}
SLOW = Pace(parse("8k"))


def paused(one: Running) -> JobStatus:
    """Pause a job and wait until it rests."""
    one.job.pause()
    return one.wait_for(lambda status: status.phase is Phase.PAUSED, "the pause")


def resumed(one: Running) -> JobStatus:
    """Resume a job and wait for the end of the run that follows."""
    one.job.resume()
    return one.wait_for(
        lambda status: (
            status.phase in {Phase.IDLE, Phase.WATCHING, Phase.HELD}
            and status.last_run
            and status.last_run.reason is Reason.RESUME
        ),
        "the run after the pause",
    )


def test_a_run_is_broken_off_in_the_middle_of_a_file_and_done_again_later(pair: Pair) -> None:
    pair.having({"large": "x" * 2_000_000, "z": "1"})
    reading, go_on = Event(), Event()

    def before(step: str, _path: RelPath) -> None:
        if step == "read" and not reading.is_set():
            reading.set()
            go_on.wait(PATIENCE)

    pair.source.before = before
    with running(pair.source, pair.target, pair.state_file) as one:
        assert reading.wait(PATIENCE)
        waiting = one.job.run(Reason.REQUEST)
        one.job.pause()
        go_on.set()
        status = one.wait_for(lambda status: status.phase is Phase.PAUSED, "the pause")
        assert status.last_run
        assert status.last_run.result is Result.PAUSED
        assert status.progress is None
        assert status.next_run is None
        assert isinstance(waiting.exception(PATIENCE), JobPaused)
        assert tree(pair.target) == {}
        assert pair.target.find(LOCK) is None

        status = resumed(one)
        assert status.last_run
        assert status.last_run.result is Result.COMPLETED
    assert tree(pair.target) == tree(pair.source)


def test_nothing_starts_a_paused_job(pair: Pair) -> None:
    pair.having(SOME)
    pair.source.watchable = True
    with running(
        pair.source, pair.target, pair.state_file, watch=True, interval=timedelta(milliseconds=1)
    ) as one:
        one.rest()
        hearing = tuple(pair.source.listeners)
        paused(one)
        write(pair.source, "new", "3", pair.clock.tick())
        for listener in hearing:
            listener(Hint(Touch.DONE, RelPath("new")))
        assert isinstance(one.job.run(Reason.REQUEST).exception(PATIENCE), JobPaused)
        one.job.dry_run().result(PATIENCE)  # goes through the job's queue
        assert tree(pair.target) == SOME

        one.job.resume()
        eventually(lambda: tree(pair.target) == tree(pair.source), "the run after the pause")


def test_a_paused_job_has_nothing_open_on_either_side(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair.having(SOME)
    pair.source.watchable = True
    closed: list[str] = []
    for name, side in (("source", pair.source), ("target", pair.target)):
        monkeypatch.setattr(side, "close", partial(closed.append, name))
    with running(pair.source, pair.target, pair.state_file, watch=True) as one:
        one.rest()
        assert paused(one).coverage is None
        assert one.job.dry_run().result(PATIENCE).only_remembers
        one.job.dry_run().result(PATIENCE)
        assert closed[:2] == ["source", "target"]
        assert pair.source.listeners == []

        assert resumed(one).phase is Phase.WATCHING


def test_changes_of_the_pause_are_seen_also_where_nobody_told_of_them(pair: Pair) -> None:
    pair.having(SOME)
    with running(pair.source, pair.target, pair.state_file) as one:
        one.rest()
        paused(one)
        write(pair.source, "new", "3", pair.clock.tick())
        remove(pair.source, "a")
        resumed(one)
    assert tree(pair.target) == tree(pair.source)


def test_a_job_that_starts_paused_touches_nothing(pair: Pair) -> None:
    pair.having(SOME)
    one = Running(pair.settings, pair.source, pair.target, pair.state_file)
    touched: list[str] = []
    pair.source.before = pair.target.before = lambda step, _path: touched.append(step)
    one.job.start(paused=True)
    try:
        one.wait_for(lambda status: status.phase is Phase.PAUSED, "the pause")
        assert touched == []
        resumed(one)
    finally:
        one.job.stop(PATIENCE)
    assert tree(pair.target) == SOME


def test_what_was_held_is_held_anew_after_the_pause(pair: Pair) -> None:
    pair.having(MANY)
    with running(pair.source, pair.target, pair.state_file) as one:
        one.rest()
        for n in range(30):
            remove(pair.source, f"{n:02}")
        one.job.run(Reason.REQUEST).result(PATIENCE)
        one.wait_for(lambda status: status.phase is Phase.HELD, "the hold")
        status = paused(one)
        assert status.hold is None
        one.job.release_hold()
        assert resumed(one).phase is Phase.HELD
    assert tree(pair.target) == MANY


def test_a_job_that_waits_for_a_side_can_be_paused(pair: Pair) -> None:
    pair.having(SOME)
    gone = True

    def before(_step: str, _path: RelPath) -> None:
        if gone:
            raise Unavailable("nas", "timed_out")

    pair.target.before = before
    with running(pair.source, pair.target, pair.state_file) as one:
        assert one.rest().phase is Phase.WAITING
        assert paused(one).trouble is None
        gone = False
        resumed(one)
    assert tree(pair.target) == SOME


@pytest.mark.parametrize("ended_by", ["pause", "cancel"])
def test_a_run_that_a_person_ends_while_its_server_falls_silent_is_no_trouble(
    pair: Pair, ended_by: str
) -> None:
    pair.having(SOME)
    looking, go_on = Event(), Event()

    def before(_step: str, _path: RelPath) -> None:
        looking.set()
        go_on.wait(PATIENCE)
        raise Unavailable("nas", "timed_out")

    pair.target.before = before
    with running(pair.source, pair.target, pair.state_file) as one:
        assert looking.wait(PATIENCE)
        getattr(one.job, ended_by)()
        go_on.set()
        rest = Phase.PAUSED if ended_by == "pause" else Phase.IDLE
        status = one.wait_for(lambda status: status.phase is rest, "rest")
        assert status.trouble is None
        assert status.last_run
        assert status.last_run.result is (
            Result.PAUSED if ended_by == "pause" else Result.CANCELLED
        )


def test_a_paused_job_can_be_stopped(pair: Pair) -> None:
    pair.having(SOME)
    with running(pair.source, pair.target, pair.state_file) as one:
        one.rest()
        paused(one)
    assert one.told[-1].phase is Phase.STOPPED


@pytest.mark.parametrize("ended_by", ["pause", "cancel"])
@pytest.mark.parametrize("upwards", [True, False])
def test_on_a_real_server_a_run_ends_in_the_middle_of_a_file_at_a_slow_pace(
    samba: Samba, share_client: ShareClient, tmp_path: Path, ended_by: str, *, upwards: bool
) -> None:
    local, shared = tmp_path / "local", samba.folder / tmp_path.name
    for folder in (local, shared):
        folder.mkdir()
    content = b"x" * 500_000
    origin, copy = (local, shared) if upwards else (shared, local)
    (origin / "large").write_bytes(content)

    def sides() -> tuple[Endpoint, Endpoint]:
        here, there = LocalEndpoint(local), ShareEndpoint(share_client, tmp_path.name)
        return (here, there) if upwards else (there, here)

    with running(*sides(), tmp_path / "state.sqlite", pace=SLOW) as one:
        one.wait_for(
            lambda status: status.progress and status.progress.bytes_done, "the first bytes"
        )
        if ended_by == "pause":
            status = paused(one)
        else:
            one.job.cancel()
            status = one.rest()
        assert status.last_run
        assert status.last_run.result is (
            Result.PAUSED if ended_by == "pause" else Result.CANCELLED
        )
        assert folder_tree(copy) == {}
        assert not (copy / LOCK).exists()
    with running(*sides(), tmp_path / "state.sqlite") as one:
        one.rest()
    assert (copy / "large").read_bytes() == content
