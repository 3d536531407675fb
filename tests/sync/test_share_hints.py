"""What changes on a share is told to the engine as hints, and a source starts runs by them."""

from threading import Condition
from typing import TYPE_CHECKING, Self

import pytest

from custom_components.smb_ddns_sync.smb.errors import ConnectionLost, NotFound, WrongPassword
from custom_components.smb_ddns_sync.smb.notice import (
    Change,
    Ended,
    Interrupted,
    Renamed,
    Rescan,
    Touched,
    Why,
)
from custom_components.smb_ddns_sync.sync.endpoint import (
    Hint,
    Missing,
    NeedsPerson,
    News,
    RelPath,
    Touch,
    Unavailable,
    Watch,
)
from custom_components.smb_ddns_sync.sync.endpoints.local import LocalEndpoint
from custom_components.smb_ddns_sync.sync.endpoints.share import ShareEndpoint
from custom_components.smb_ddns_sync.sync.endpoints.share_hints import HintsOf
from custom_components.smb_ddns_sync.sync.names import OWN_FOLDER, RunToken, temporary_beside
from custom_components.smb_ddns_sync.sync.status import Phase

from .running import PATIENCE, eventually, running
from .trees import AN_HOUR_AGO, Tree, fill_folder, folder_tree

if TYPE_CHECKING:
    from pathlib import Path

    from custom_components.smb_ddns_sync.smb.notice import Notice

    from .samba import Samba

TEMPORARY = temporary_beside(RelPath("a/file"), RunToken.new(), 0)


def hinted(notice: Notice) -> list[Hint]:
    hints: list[Hint] = []
    HintsOf(hints.append)(notice)
    return hints


def made(path: str) -> Hint:
    return Hint(Touch.DONE, RelPath(path), news=News.MADE)


def gone(path: str) -> Hint:
    return Hint(Touch.DONE, RelPath(path), news=News.GONE)


@pytest.mark.parametrize(
    ("notice", "hints"),
    [
        (
            Touched("a/file", Change.ADDED),
            [Hint(Touch.WRITTEN, RelPath("a/file"), news=News.MADE)],
        ),
        (Touched("a/file", Change.MODIFIED), [Hint(Touch.WRITTEN, RelPath("a/file"))]),
        (Touched("a/file", Change.REMOVED), [gone("a/file")]),
        (Renamed("a/file", "b/file"), [gone("a/file"), made("b/file")]),
        (Renamed(TEMPORARY, "a/file"), [made("a/file")]),
        (Touched(TEMPORARY, Change.MODIFIED), []),
        (Touched(OWN_FOLDER, Change.MODIFIED), []),
        (Renamed("a/file", f"{OWN_FOLDER}/trash/a/file"), [gone("a/file")]),
        (Touched(f"a/{OWN_FOLDER}", Change.REMOVED), [gone(f"a/{OWN_FOLDER}")]),
        (Rescan(Why.OVERFLOW), [Hint(Touch.LOST)]),
        (Rescan(Why.RESUMED), [Hint(Touch.LOST)]),
    ],
)
def test_a_notice_is_told_as_hints(notice: Notice, hints: list[Hint]) -> None:
    assert hinted(notice) == hints


@pytest.mark.parametrize(
    ("error", "kind"),
    [(NotFound("folder"), Missing), (WrongPassword("server"), NeedsPerson)],
)
def test_the_end_of_a_watch_is_told_with_its_reason(
    error: NotFound | WrongPassword, kind: type[Exception]
) -> None:
    (hint,) = hinted(Ended(error))

    assert hint.touch is Touch.BLIND
    assert type(hint.error) is kind


def test_an_interruption_is_told_with_its_reason() -> None:
    (hint,) = hinted(Interrupted(ConnectionLost("server")))

    assert hint.touch is Touch.INTERRUPTED
    assert type(hint.error) is Unavailable


class Listening:
    """A watched folder of a share and the hints that came."""

    def __init__(self, endpoint: ShareEndpoint) -> None:
        self._heard = Condition()
        self.hints: list[Hint] = []
        watch = endpoint.watch(self._listen)
        assert watch is not None
        self.watch: Watch = watch

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.watch.close()

    def _listen(self, hint: Hint) -> None:
        with self._heard:
            self.hints.append(hint)
            self._heard.notify_all()

    def wait_for(self, hint: Hint) -> None:
        """Wait until a hint has come."""
        with self._heard:
            assert self._heard.wait_for(lambda: hint in self.hints, PATIENCE), self.hints


def test_hints_are_relative_to_the_folder_of_the_job(samba: Samba, tmp_path: Path) -> None:
    root = tmp_path.name
    with samba.client() as client, samba.endpoint(root) as endpoint:
        client.make_folders(f"{root}/a/b")
        client.make_folder(f"{root}/{OWN_FOLDER}")
        with Listening(endpoint) as listening:
            client.make_folder(f"{root}/{OWN_FOLDER}/trash")
            client.make_folder(f"{root}/a/b/new")
            listening.wait_for(Hint(Touch.WRITTEN, RelPath("a/b/new"), news=News.MADE))
            client.delete_folder(f"{root}/a/b/new")
            listening.wait_for(gone("a/b/new"))

    assert not [hint for hint in listening.hints if hint.path.startswith(OWN_FOLDER)]


def test_a_folder_that_is_not_there_cannot_be_watched(samba: Samba, tmp_path: Path) -> None:
    with samba.endpoint(f"{tmp_path.name} missing") as endpoint, pytest.raises(Missing):
        endpoint.watch(lambda _hint: None)


def test_what_another_client_changes_on_the_source_share_arrives_here(
    samba: Samba, tmp_path: Path
) -> None:
    remote, local = samba.folder / tmp_path.name, tmp_path / "local"
    tree: Tree = {"stays": "0", "a.txt": "1", "deep": {"down": {"b.txt": "2"}}}
    fill_folder(remote, tree, AN_HOUR_AGO)
    with samba.client() as client, samba.client() as other:
        share = ShareEndpoint(client, tmp_path.name)
        state = tmp_path / "state.sqlite"
        with running(share, LocalEndpoint(local), state, watch=True) as one:
            assert one.rest().phase is Phase.WATCHING
            other.rename(
                f"{tmp_path.name}/deep/down/b.txt", f"{tmp_path.name}/deep/c.txt", expected=None
            )
            other.delete_file(f"{tmp_path.name}/a.txt", expected=None)
            eventually(
                lambda: (local / "deep" / "c.txt").exists() and not (local / "a.txt").exists(),
                "what was changed",
            )
            shown = folder_tree(local)

    assert shown == folder_tree(remote) == {"stays": "0", "deep": {"down": {}, "c.txt": "2"}}
