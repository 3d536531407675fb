"""Changes in a folder of this machine are told, and what cannot be told is told to be unknown."""

import errno
import os
from pathlib import Path
import shutil
from threading import Condition
from typing import TYPE_CHECKING, Self

import pytest
from watchdog.observers.inotify_c import InotifyConstants

from custom_components.smb_ddns_sync.sync import inotify
from custom_components.smb_ddns_sync.sync.endpoint import Hint, RelPath, Touch, Unavailable
from custom_components.smb_ddns_sync.sync.endpoints.local import LocalEndpoint
from custom_components.smb_ddns_sync.sync.names import OWN_FOLDER, RunToken, temporary_beside
from custom_components.smb_ddns_sync.sync.watch import FolderWatch

from .running import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Listening:
    """A watched folder and the hints that came."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._heard = Condition()
        self.hints: list[Hint] = []
        self.watch = FolderWatch(folder, self._listen)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.watch.close()

    def _listen(self, hint: Hint) -> None:
        with self._heard:
            self.hints.append(hint)
            self._heard.notify_all()

    def wait_for(self, touch: Touch, path: str = "") -> None:
        """Wait until a hint has come."""
        wanted = (touch, RelPath(path))
        with self._heard:
            assert self._heard.wait_for(
                lambda: wanted in {(hint.touch, hint.path) for hint in self.hints}, PATIENCE
            ), f"{wanted} did not come; came {self.hints}"

    def paths(self) -> set[str]:
        """Return all paths that were told."""
        return {hint.path for hint in self.hints}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "watched"
    (folder / "d" / "deep").mkdir(parents=True)
    (folder / "d" / "a").write_text("1")
    return folder


@pytest.fixture
def listening(folder: Path) -> Iterator[Listening]:
    with Listening(folder) as one:
        yield one


def open_files() -> set[str]:
    return {path.name for path in Path("/proc/self/fd").iterdir()}


def test_a_file_is_being_written_until_its_writer_closes_it(listening: Listening) -> None:
    with (listening.folder / "new").open("w") as file:
        file.write("1")
        file.flush()
        listening.wait_for(Touch.WRITTEN, "new")
        assert (Touch.DONE, "new") not in {(hint.touch, hint.path) for hint in listening.hints}
    listening.wait_for(Touch.DONE, "new")


def test_deleted_moved_and_touched_files_are_told(listening: Listening) -> None:
    (listening.folder / "d" / "a").rename(listening.folder / "d" / "deep" / "b")
    listening.wait_for(Touch.DONE, "d/a")
    listening.wait_for(Touch.DONE, "d/deep/b")
    os.utime(listening.folder / "d" / "deep" / "b", ns=(0, 0))
    listening.wait_for(Touch.WRITTEN, "d/deep/b")
    (listening.folder / "d" / "deep" / "b").unlink()
    listening.wait_for(Touch.DONE, "d/deep/b")


def test_files_in_folders_made_after_the_start_are_told(listening: Listening) -> None:
    (listening.folder / "x" / "y" / "z").mkdir(parents=True)
    listening.wait_for(Touch.DONE, "x")
    # Only once the folder is watched its changes can be told; before, the run that `x` starts finds
    # them.
    (listening.folder / "x" / "first").write_text("1")
    listening.wait_for(Touch.DONE, "x/first")


def test_a_moved_folder_tells_its_changes_under_its_new_path(listening: Listening) -> None:
    (listening.folder / "d").rename(listening.folder / "e")
    listening.wait_for(Touch.DONE, "e")
    (listening.folder / "e" / "deep" / "new").write_text("1")
    listening.wait_for(Touch.DONE, "e/deep/new")
    assert "d/deep/new" not in listening.paths()


def test_a_folder_moved_out_of_sight_tells_nothing_more(
    listening: Listening, tmp_path: Path
) -> None:
    (listening.folder / "d").rename(tmp_path / "outside")
    listening.wait_for(Touch.DONE, "d")
    (tmp_path / "outside" / "a").write_text("changed")
    (listening.folder / "end").write_text("1")
    listening.wait_for(Touch.DONE, "end")
    assert listening.paths() == {"d", "end"}


def test_what_links_point_to_is_not_watched(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (folder / "link").symlink_to(outside)
    with Listening(folder) as listening:
        (outside / "file").write_text("1")
        (folder / "end").write_text("1")
        listening.wait_for(Touch.DONE, "end")
        assert listening.paths() == {"end"}


def test_the_engines_own_files_are_no_news(listening: Listening) -> None:
    (listening.folder / OWN_FOLDER).mkdir()
    temporary = temporary_beside(RelPath("x"), RunToken.new(), 0)
    (listening.folder / temporary).write_text("1")
    (listening.folder / "end").write_text("1")
    listening.wait_for(Touch.DONE, "end")
    assert listening.paths() == {"end"}


def test_names_that_are_no_text_come_back_as_the_same_bytes(listening: Listening) -> None:
    name = b"\xff\xfe bytes"
    (listening.folder / os.fsdecode(name)).write_text("1")
    listening.wait_for(Touch.DONE, os.fsdecode(name))


def test_lost_events_are_told(listening: Listening) -> None:
    reader = listening.watch._reader
    lost = InotifyConstants.IN_Q_OVERFLOW
    assert list(reader._hints(-1, lost, 0, b"")) == [Hint(Touch.LOST)]


@pytest.mark.parametrize("end", ["deleted", "moved"])
def test_a_root_that_is_gone_ends_the_watch(listening: Listening, end: str, tmp_path: Path) -> None:
    if end == "moved":
        listening.folder.rename(tmp_path / "elsewhere")
    else:
        shutil.rmtree(listening.folder)
    listening.wait_for(Touch.BLIND)
    assert listening.hints[-1].error is not None


def _out_of_watches(*, after: int) -> Callable[[inotify.TreeReader, bytes, int], int]:
    add = inotify.TreeReader._add_watch
    count = 0

    def add_watch(self: inotify.TreeReader, path: bytes, mask: int) -> int:
        nonlocal count
        count += 1
        if count > after:
            raise OSError(errno.ENOSPC, "inotify watch limit reached")
        return add(self, path, mask)

    return add_watch


def test_too_many_folders_for_the_kernel_are_an_error_and_not_a_part_of_the_tree(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inotify.TreeReader, "_add_watch", _out_of_watches(after=2))
    before = open_files()
    with pytest.raises(Unavailable, match="watch limit"):
        LocalEndpoint(folder).watch(lambda _hint: None)
    assert open_files() <= before


def test_a_new_folder_that_passes_the_limit_ends_the_watch(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inotify.TreeReader, "_add_watch", _out_of_watches(after=3))
    with Listening(folder) as listening:
        (folder / "one more").mkdir()
        listening.wait_for(Touch.BLIND)
        (blind,) = (hint for hint in listening.hints if hint.touch is Touch.BLIND)
        assert blind.error is not None
        assert blind.error.cause == "watch_limit"


def test_after_close_nothing_is_told_and_nothing_stays_open(folder: Path) -> None:
    before = open_files()
    with Listening(folder) as listening:
        (folder / "one").write_text("1")
        listening.wait_for(Touch.DONE, "one")
    count = len(listening.hints)
    (folder / "two").write_text("1")
    assert len(listening.hints) == count
    assert open_files() <= before
