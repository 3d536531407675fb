"""A folder mirrored to a real Samba server, and everything that may happen to it."""

from contextlib import contextmanager
from datetime import timedelta
import itertools
import os
import shutil
from threading import Event, Thread
import time
from typing import TYPE_CHECKING, override

import pytest

from custom_components.smb_ddns_sync.smb.client import ShareClient
from custom_components.smb_ddns_sync.smb.target import Address, Credentials, ShareTarget
from custom_components.smb_ddns_sync.sync.endpoint import Content
from custom_components.smb_ddns_sync.sync.endpoints.local import LocalEndpoint
from custom_components.smb_ddns_sync.sync.endpoints.share import ShareEndpoint
from custom_components.smb_ddns_sync.sync.names import OWN_FOLDER
from custom_components.smb_ddns_sync.sync.status import HoldReason, Phase, Reason, Result

from .pair import run
from .running import PATIENCE, Running, eventually, running
from .samba import running_samba
from .trees import AN_HOUR_AGO, Tree, fill_folder, folder_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from custom_components.smb_ddns_sync.sync.endpoint import Entry, RelPath
    from custom_components.smb_ddns_sync.sync.run import Outcome

    from .samba import Samba

SOME: Tree = {
    "a.txt": "1",
    "empty": "",
    "photos": {"ü 日本.jpg": "2", "2026": {"c.jpg": "3" * 100_000}},
    "bare": {},
}


class Mirror:
    """A local folder, a folder on the share, and runs between them."""

    def __init__(self, tmp_path: Path, samba: Samba) -> None:
        self.local = tmp_path / "local"
        self.remote = samba.folder / tmp_path.name
        self.state = tmp_path / "state.sqlite"
        self.samba = samba
        fill_folder(self.local, SOME, time.time_ns() - AN_HOUR_AGO)

    def run(self) -> Outcome:
        """Carry out one run."""
        with self.samba.endpoint(self.remote.name) as share:
            return run(self.state, LocalEndpoint(self.local), share)

    def write(self, path: str, text: str) -> None:
        """Write a file that is at rest already."""
        (self.local / path).write_text(text)
        moment = time.time_ns() - 60_000_000_000
        os.utime(self.local / path, ns=(moment, moment))

    def trash(self) -> Tree:
        """Return what is in trash, of all runs together."""
        found: Tree = {}
        for folder in (self.remote / OWN_FOLDER / "trash").glob("*"):
            found |= folder_tree(folder)
        return found

    def is_equal(self) -> bool:
        """Tell whether both folders hold the same."""
        try:
            return folder_tree(self.local) == folder_tree(self.remote)
        except FileNotFoundError:  # renamed between our listing and our reading: still at work
            return False

    def stamps(self) -> dict[str, int]:
        """Return what moves with every write on the server."""
        return {str(path): path.stat().st_ctime_ns for path in self.remote.rglob("*")}


class Observed(LocalEndpoint):
    """A local folder that tells when it is used."""

    def __init__(
        self,
        root: Path,
        on_look: Callable[[], object] = lambda: None,
        on_read: Callable[[int], object] = lambda _offset: None,
    ) -> None:
        super().__init__(root)
        self._on_look = on_look
        self._on_read = on_read

    @override
    def look(self, path: RelPath) -> Entry | None:
        self._on_look()
        return super().look(path)

    @contextmanager
    @override
    def open(self, path: RelPath) -> Iterator[Content]:
        with super().open(path) as content:
            yield ObservedContent(content, self._on_read)


class ObservedContent(Content):
    """What is read of an observed folder."""

    def __init__(self, content: Content, on_read: Callable[[int], object]) -> None:
        self.entry = content.entry
        self._content = content
        self._on_read = on_read

    @override
    def read(self, offset: int, length: int) -> bytes:
        self._on_read(offset)
        return self._content.read(offset, length)

    @override
    def verify_unchanged(self) -> None:
        self._content.verify_unchanged()


@pytest.fixture
def mirror(tmp_path: Path, samba: Samba) -> Mirror:
    return Mirror(tmp_path, samba)


@pytest.fixture
def fragile(tmp_path: Path, own_samba: Samba) -> Mirror:
    """Return a mirror whose server may be killed."""
    return Mirror(tmp_path, own_samba)


@pytest.fixture
def client(fragile: Mirror) -> Iterator[ShareClient]:
    with fragile.samba.client() as client:
        yield client


def test_the_first_run_makes_the_folder_and_carries_everything_over(mirror: Mirror) -> None:
    outcome = mirror.run()

    assert folder_tree(mirror.remote) == SOME
    assert outcome.done.files_copied == 4
    assert (mirror.remote / "a.txt").stat().st_mtime_ns // 100 == (
        mirror.local / "a.txt"
    ).stat().st_mtime_ns // 100


def test_a_second_run_writes_nothing(mirror: Mirror) -> None:
    mirror.run()
    before = mirror.stamps()

    outcome = mirror.run()

    assert outcome.plan.only_remembers
    assert mirror.stamps() == before


def test_edits_deletions_and_kind_changes_are_carried_over_with_the_old_in_trash(
    mirror: Mirror,
) -> None:
    mirror.run()
    mirror.write("a.txt", "edited")
    shutil.rmtree(mirror.local / "photos")
    mirror.write("photos", "a file now")
    (mirror.local / "empty").unlink()
    (mirror.local / "empty").mkdir()
    mirror.write("empty/inside", "x")

    outcome = mirror.run()

    assert outcome.done.problem_count == 0
    assert mirror.is_equal()
    assert mirror.trash() == {"a.txt": "1", "photos": SOME["photos"], "empty": ""}
    before = mirror.stamps()
    mirror.run()
    assert mirror.stamps() == before


def test_what_changed_on_the_share_is_put_right_and_lives_on_in_trash(mirror: Mirror) -> None:
    mirror.run()
    (mirror.remote / "a.txt").write_text("edited there")
    (mirror.remote / "extra").write_text("theirs")
    shutil.rmtree(mirror.remote / "photos")

    mirror.run()

    assert mirror.is_equal()
    assert mirror.trash() == {"a.txt": "edited there", "extra": "theirs"}


def test_names_that_differ_only_in_case_change_on_the_share(mirror: Mirror) -> None:
    mirror.run()
    (mirror.local / "a.txt").rename(mirror.local / "A.TXT")
    (mirror.local / "photos").rename(mirror.local / "Photos")

    mirror.run()

    assert mirror.is_equal()
    assert mirror.run().plan.only_remembers


def test_a_read_only_file_on_the_share_is_replaced(mirror: Mirror) -> None:
    mirror.run()
    (mirror.remote / "a.txt").chmod(0o444)
    mirror.write("a.txt", "edited")

    outcome = mirror.run()

    assert outcome.done.problem_count == 0
    assert (mirror.remote / "a.txt").read_text() == "edited"


def test_a_vanished_folder_on_the_share_is_held(mirror: Mirror) -> None:
    mirror.run()
    shutil.rmtree(mirror.remote)

    outcome = mirror.run()

    assert outcome.hold
    assert outcome.hold.reason is HoldReason.TARGET_MISSING
    assert not mirror.remote.exists()


def test_another_folder_in_its_place_is_held(mirror: Mirror) -> None:
    mirror.run()
    mirror.remote.rename(mirror.remote.with_name(f"{mirror.remote.name} moved"))
    fill_folder(mirror.remote, {"strange": "x"}, 0)

    outcome = mirror.run()

    assert outcome.hold
    assert outcome.hold.reason is HoldReason.FOREIGN_TARGET
    assert folder_tree(mirror.remote) == {"strange": "x"}


def test_a_file_that_a_program_has_open_on_the_share_is_put_off_and_others_go_on(
    mirror: Mirror,
) -> None:
    mirror.run()
    mirror.write("a.txt", "edited")
    mirror.write("empty", "no more")
    with mirror.samba.client() as other, other.open_reader(f"{mirror.remote.name}/a.txt"):
        outcome = mirror.run()
        assert (mirror.remote / "a.txt").read_text() in {"1", "edited"}
        assert (mirror.remote / "empty").read_text() == "no more"
        assert outcome.done.problems == []
        assert outcome.done.in_use.keys() <= {"a.txt"}
    mirror.run()
    assert mirror.is_equal()


def test_many_small_files_arrive(mirror: Mirror) -> None:
    now = time.time_ns() - AN_HOUR_AGO
    fill_folder(
        mirror.local / "many",
        {f"{n}": {f"{m}": f"{n}.{m}" for m in range(40)} for n in range(25)},
        now,
    )
    assert mirror.run().done.files_copied == 1004
    assert mirror.is_equal()
    assert mirror.run().plan.only_remembers


def test_a_share_that_is_full_keeps_every_old_version_and_takes_what_fits(tmp_path: Path) -> None:
    with running_samba(tmp_path / "samba", tmp_path / "share", disk=6 << 20) as samba:
        mirror = Mirror(tmp_path, samba)
        mirror.write("photo", "old " * 250_000)
        mirror.run()
        mirror.write("photo", "newer" * 1_000_000)
        mirror.write("a.txt", "edited")

        outcome = mirror.run()

        assert (mirror.remote / "photo").read_text() == "old " * 250_000
        assert (mirror.remote / "a.txt").read_text() == "edited"
        assert [(p.path, p.cause) for p in outcome.done.problems] == [("photo", "full")]
        assert list(mirror.remote.glob(".smb_ddns_sync-*")) == []

        mirror.write("photo", "small again")
        assert mirror.run().done.problem_count == 0
        assert mirror.is_equal()


def test_a_share_that_fills_up_while_it_is_written_keeps_every_old_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The server told of room when it was asked, and there is none when it comes to writing.
    monkeypatch.setattr(ShareEndpoint, "free_space", lambda _self: 1 << 40)
    with running_samba(tmp_path / "samba", tmp_path / "share", disk=6 << 20) as samba:
        mirror = Mirror(tmp_path, samba)
        mirror.write("photo", "old " * 250_000)
        for n in range(8):
            mirror.write(f"small {n}", "old")
        mirror.run()
        mirror.write("photo", "newer" * 2_000_000)
        for n in range(8):
            mirror.write(f"small {n}", f"{n}" * 900_000)

        outcome = mirror.run()

        assert {problem.cause for problem in outcome.done.problems} == {"full"}
        assert (mirror.remote / "photo").read_text() == "old " * 250_000
        for n in range(8):
            assert (mirror.remote / f"small {n}").read_text() in {"old", f"{n}" * 900_000}
        assert list(mirror.remote.glob(".smb_ddns_sync-*")) == []


def test_a_killed_server_is_waited_for_and_the_job_goes_on_by_itself(
    fragile: Mirror, client: ShareClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.smb_ddns_sync.sync.agenda._FIRST_WAIT", 0.1)
    local, share = LocalEndpoint(fragile.local), ShareEndpoint(client, fragile.remote.name)
    with running(local, share, fragile.state) as one:
        one.rest()
        fragile.samba.server.kill()
        fragile.write("a.txt", "edited")
        assert one.job.run(Reason.REQUEST).result(PATIENCE).result is Result.FAILED
        status = one.wait_for(lambda status: status.phase is Phase.WAITING, "the wait")
        assert status.trouble
        assert not status.trouble.needs_person

        fragile.samba.server.start()
        one.wait_for(lambda status: status.phase is Phase.IDLE, "recovery")
    assert fragile.is_equal()


@pytest.mark.parametrize("after", [1, 30, 60])
def test_a_server_killed_in_the_middle_leaves_only_whole_files(
    fragile: Mirror, client: ShareClient, after: int
) -> None:
    old = {f"{n}": f"old {n} " + "x" * 3000 for n in range(60)}
    now = time.time_ns() - AN_HOUR_AGO
    shutil.rmtree(fragile.local)
    fill_folder(fragile.local, {**old}, now)
    fragile.run()
    new = {name: text.replace("old", "newer") for name, text in old.items()}
    fill_folder(fragile.local, {**new, "large": "y" * 5_000_000}, now + 1_000_000)

    looks = itertools.count(1)

    def kill() -> None:
        if next(looks) == after:
            fragile.samba.server.kill()

    share = ShareEndpoint(client, fragile.remote.name)
    with running(Observed(fragile.local, on_look=kill), share, fragile.state) as one:
        status = one.rest()
        assert status.phase is Phase.WAITING

    found = folder_tree(fragile.remote)
    for name, text in found.items():
        if not name.startswith(".smb_ddns_sync-"):
            assert text in {old.get(name), new.get(name), "y" * 5_000_000}, name
    assert set(old) <= set(found)

    fragile.samba.server.start()
    fragile.run()
    assert fragile.is_equal()
    assert {**old} == fragile.trash()


def test_a_wrong_password_waits_for_a_person_and_is_tried_once(fragile: Mirror) -> None:
    server = fragile.samba.server
    target = ShareTarget((Address(server.host, server.port),), "data", Credentials("sync", "wrong"))
    client = ShareClient(target)
    share = ShareEndpoint(client, fragile.remote.name)
    with running(
        LocalEndpoint(fragile.local), share, fragile.state, interval=timedelta(milliseconds=20)
    ) as one:
        status = one.rest()
        assert status.phase is Phase.ERROR
        assert status.trouble
        assert status.trouble.cause == "wrong_password"
        assert "wrong" not in status.trouble.detail.replace("wrong password", "")
    client.close()


def test_a_file_dropped_into_the_folder_appears_on_the_share(mirror: Mirror) -> None:
    with mirror.samba.client() as client:
        share = ShareEndpoint(client, mirror.remote.name)
        with running(LocalEndpoint(mirror.local), share, mirror.state, watch=True) as one:
            assert one.rest().phase is Phase.WATCHING
            (mirror.local / "photos" / "dropped.txt").write_text("new")
            eventually((mirror.remote / "photos" / "dropped.txt").exists, "the new file")
            (mirror.local / "x" / "y").mkdir(parents=True)
            (mirror.local / "x" / "y" / "deep.txt").write_text("deep")
            (mirror.local / "a.txt").unlink()
            eventually(mirror.is_equal, "all changes")


def test_a_whole_tree_copied_in_at_once_arrives(mirror: Mirror, tmp_path: Path) -> None:
    now = time.time_ns() - AN_HOUR_AGO
    tree: Tree = {f"{n}": {f"{m}": f"{n}.{m}" for m in range(20)} for n in range(40)}
    fill_folder(tmp_path / "elsewhere", tree, now)
    with mirror.samba.client() as client:
        share = ShareEndpoint(client, mirror.remote.name)
        with running(LocalEndpoint(mirror.local), share, mirror.state, watch=True) as one:
            one.rest()
            shutil.copytree(tmp_path / "elsewhere", mirror.local / "in" / "here")
            eventually(mirror.is_equal, "all files")
    assert mirror.run().plan.only_remembers


def test_a_burst_on_one_file_is_one_upload(mirror: Mirror) -> None:
    with mirror.samba.client() as client:
        share = ShareEndpoint(client, mirror.remote.name)
        with running(LocalEndpoint(mirror.local), share, mirror.state, watch=True) as one:
            one.rest()
            with (mirror.local / "burst").open("w") as file:
                for n in range(50):
                    file.write(f"{n}\n")
                    file.flush()
            # The four of the first run, and this one.
            eventually(lambda: copied(one) >= 5, "the file is copied")
            one.rest()
            assert copied(one) == 5


def copied(one: Running) -> int:
    """Return how many files all runs copied together."""
    reports = {id(status.last_run): status.last_run for status in one.told if status.last_run}
    return sum(report.files_copied for report in reports.values())


def test_a_job_that_is_unloaded_in_the_middle_leaves_nothing_half(mirror: Mirror) -> None:
    mirror.write("large", "z" * 30_000_000)
    reading, go_on = Event(), Event()

    def halt(offset: int) -> None:
        if offset > 10_000_000:
            reading.set()
            go_on.wait(PATIENCE)

    with mirror.samba.client() as client:
        share = ShareEndpoint(client, mirror.remote.name)
        local = Observed(mirror.local, on_read=halt)
        with running(local, share, mirror.state) as one:
            assert reading.wait(PATIENCE)
            stopping = Thread(target=one.job.stop, args=(PATIENCE,))
            stopping.start()
            eventually(lambda: one.job._inbox.stopping, "the stop")
            go_on.set()
            stopping.join()

    assert not (mirror.remote / "large").exists()
    # What has arrived is gone on with, and the name of it is gone with that.
    assert len(list(mirror.remote.glob(".smb_ddns_sync-*"))) <= 1
    mirror.run()
    assert mirror.is_equal()
    assert list(mirror.remote.glob(".smb_ddns_sync-*")) == []
