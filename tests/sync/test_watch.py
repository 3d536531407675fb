"""Changes in a folder of this machine are told, and what cannot be told is told to be unknown."""

import errno
import os
from pathlib import Path
import shutil
from threading import Condition, Event
from typing import TYPE_CHECKING, Self

import pytest
from watchdog.observers.inotify_c import InotifyConstants

from custom_components.smb_ddns_sync.sync import inotify
from custom_components.smb_ddns_sync.sync.endpoint import Hint, News, RelPath, Touch, Unavailable
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


def test_where_the_kernel_watches_nothing_that_is_an_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inotify.TreeReader, "_add_watch", _out_of_watches(after=0))
    before = open_files()
    with pytest.raises(Unavailable, match="watch limit"):
        LocalEndpoint(folder).watch(lambda _hint: None)
    assert open_files() <= before


def test_where_there_are_too_few_watches_the_folders_that_changed_last_are_watched(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inotify, "_LEFT_TO_OTHERS", 0)
    monkeypatch.setattr(inotify.TreeReader, "_add_watch", _out_of_watches(after=3))
    for age, name in enumerate(("new", "old", "older")):
        (folder / name).mkdir()
        os.utime(folder / name, ns=(0, 10**18 - age))
    os.utime(folder / "d", ns=(0, 0))
    with Listening(folder) as listening:
        listening.wait_for(Touch.PARTLY)
        (folder / "older" / "unheard").write_text("1")
        (folder / "new" / "heard").write_text("1")
        (folder / "old" / "heard").write_text("1")
        listening.wait_for(Touch.DONE, "new/heard")
        listening.wait_for(Touch.DONE, "old/heard")
        (partly,) = (hint for hint in listening.hints if hint.touch is Touch.PARTLY)
        assert partly.error is not None
        assert partly.error.cause == "watch_limit"
        assert "older/unheard" not in listening.paths()


def test_at_the_limit_some_watches_are_left_to_others(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inotify, "_LEFT_TO_OTHERS", 1)
    monkeypatch.setattr(inotify.TreeReader, "_add_watch", _out_of_watches(after=2))
    with Listening(folder) as listening:
        listening.wait_for(Touch.PARTLY)
        assert len(listening.watch._reader._wd_for_path) == 1


def test_a_new_folder_that_passes_the_limit_is_told_and_the_others_stay_watched(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inotify, "_LEFT_TO_OTHERS", 0)
    monkeypatch.setattr(inotify.TreeReader, "_add_watch", _out_of_watches(after=3))
    with Listening(folder) as listening:
        (folder / "one more").mkdir()
        listening.wait_for(Touch.PARTLY)
        (folder / "d" / "deep" / "new").write_text("1")
        listening.wait_for(Touch.DONE, "d/deep/new")


def test_what_came_into_a_new_folder_before_it_was_watched_is_told_once(
    listening: Listening,
) -> None:
    reader = listening.watch._reader
    (listening.folder / "x").mkdir()
    (listening.folder / "x" / "early").write_text("1")
    listening.wait_for(Touch.WRITTEN, "x/early")
    (listening.folder / "end").write_text("1")
    listening.wait_for(Touch.DONE, "end")

    made = [h.path for h in listening.hints if h.news is News.MADE]
    assert sorted(made) == ["end", "x", "x/early"]
    assert not reader._found


def test_what_was_found_in_a_new_folder_is_doubtful_when_it_is_told_again(
    listening: Listening,
) -> None:
    reader = listening.watch._reader
    known = os.fsencode(listening.folder / "d" / "new")
    with listening._heard:  # nothing is read meanwhile
        reader._found.add(known)
        reader._found_before.add(known)
    (listening.folder / "d" / "new").mkdir()
    listening.wait_for(Touch.WRITTEN, "d/new")

    assert [h.news for h in listening.hints if h.path == "d/new"] == [News.OTHER]


def test_of_two_equal_pieces_of_news_that_became_one_it_is_told_what_is_there(
    folder: Path, tmp_path: Path
) -> None:
    for name in ("ours", "theirs"):
        (tmp_path / name).write_text(f"by {name}")
    hints: list[Hint] = []
    read, moved, all_told = Event(), Event(), Event()

    def listen(hint: Hint) -> None:
        hints.append(hint)
        read.set()
        assert moved.wait(PATIENCE)
        if hint.path == "end":
            all_told.set()

    endpoint = LocalEndpoint(folder)
    watch = endpoint.watch(listen)
    assert watch is not None
    try:
        (folder / "start").mkdir()
        assert read.wait(PATIENCE)
        for name in ("ours", "theirs"):
            (tmp_path / name).rename(folder / "d" / "a")
        (folder / "end").mkdir()
        moved.set()
        assert all_told.wait(PATIENCE)
    finally:
        watch.close()

    found = [hint.found for hint in hints if hint.path == "d/a"]
    assert found == [endpoint.look(RelPath("d/a"))]
    assert found[0] is not None
    assert found[0].size == len("by theirs")


def test_the_engines_folder_takes_no_watches(folder: Path) -> None:
    (folder / OWN_FOLDER / "trash").mkdir(parents=True)
    with Listening(folder) as listening:
        watched = listening.watch._reader._wd_for_path
        assert not [path for path in watched if OWN_FOLDER.encode() in path]


def test_after_close_nothing_is_told_and_nothing_stays_open(folder: Path) -> None:
    before = open_files()
    with Listening(folder) as listening:
        (folder / "one").write_text("1")
        listening.wait_for(Touch.DONE, "one")
    count = len(listening.hints)
    (folder / "two").write_text("1")
    assert len(listening.hints) == count
    assert open_files() <= before
