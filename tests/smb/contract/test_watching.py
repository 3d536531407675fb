"""Watching a tree, on servers of every setting: each change is told, or its loss is."""

from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.smb import notify
from custom_components.smb_ddns_sync.smb.errors import NotAFolder, NotFound
from custom_components.smb_ddns_sync.smb.notice import Change, Rescan, Touched, Why
from tests.smb.content import a_put
from tests.smb.ear import Ear

if TYPE_CHECKING:
    from custom_components.smb_ddns_sync.smb.client import ShareClient
    from tests.smb.servers import Place


@pytest.fixture(autouse=True)
def no_settling_fixture(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for a proof that the watch stands, not for the time after which it does."""
    monkeypatch.setattr(notify, "_SETTLE", 0.0)


@pytest.fixture(name="ear")
def ear_fixture() -> Ear:
    return Ear()


def test_a_file_is_told_from_its_making_to_its_end(
    place: Place, client: ShareClient, ear: Ear
) -> None:
    client.make_folders("top/a/b/c")
    with ear.watching(client, "top"):
        put = a_put("top/a/b/c/file", b"content")
        client.put(put)
        ear.hears_of_move(put.temporary.removeprefix("top/"), "a/b/c/file")
        client.set_times("top/a/b/c/file", modified=133_000_000_000_000_000)
        ear.hears(Touched("a/b/c/file", Change.MODIFIED))
        client.rename("top/a/b/c/file", "top/a/moved", expected=None)
        ear.hears_of_move("a/b/c/file", "a/moved")
        client.delete_file("top/a/moved", expected=None)
        ear.hears(Touched("a/moved", Change.REMOVED))
        place.smbclient("mkdir top/a/theirs; mkdir top/a/theirs/below")
        ear.hears(Touched("a/theirs/below", Change.ADDED))


def test_a_folder_is_told_from_its_making_to_its_end(client: ShareClient, ear: Ear) -> None:
    with ear.watching(client):
        client.make_folders("one/two/three")
        ear.hears(Touched("one/two/three", Change.ADDED))
        client.rename("one/two/three", "one/two/drei", expected=None)
        ear.hears_of_move("one/two/three", "one/two/drei")
        client.delete_folder("one/two/drei")
        ear.hears(Touched("one/two/drei", Change.REMOVED))


def test_names_come_as_they_are_listed(client: ShareClient, ear: Ear) -> None:
    names = ("ü 日本", "emoji 🎞", "dots.and more", "x" * 200)
    with ear.watching(client):
        for name in names:
            client.make_folder(name)
        for name in names:
            ear.hears(Touched(name, Change.ADDED))
    assert {info.name for info in client.list_folder("")} > set(names)


def test_what_is_beside_the_watched_folder_is_not_told(client: ShareClient, ear: Ear) -> None:
    for folder in ("watched", "watched too", "beside"):
        client.make_folder(folder)
    with ear.watching(client, "watched"):
        client.make_folder("beside/a")
        client.make_folder("watched too/b")
        client.make_folder("watched/c")
        ear.hears(Touched("c", Change.ADDED))

    assert {notice.path for notice in ear.told() if isinstance(notice, Touched)} == {"c"}


def test_more_than_an_answer_holds_is_told_as_lost(
    place: Place, client: ShareClient, ear: Ear
) -> None:
    client.make_folders("deep/down")
    with ear.watching(client):
        with ear.busy():  # so that the server has to keep what comes meanwhile
            # 250 times 416 bytes, where 64 KiB are all that an answer may have.
            many = (f"mkdir deep/down/{number:0200}" for number in range(250))
            place.smbclient("; ".join(many))
        ear.hears(Rescan(Why.OVERFLOW))
        ear.hears_again(client)


def test_several_folders_are_watched_side_by_side(client: ShareClient, ear: Ear) -> None:
    other = Ear()
    client.make_folders("one/below")
    client.make_folder("two")
    with ear.watching(client, "one"), other.watching(client, "two"):
        client.make_folder("one/below/a")
        client.make_folder("two/b")
        ear.hears(Touched("below/a", Change.ADDED))
        other.hears(Touched("b", Change.ADDED))


def test_a_watch_that_was_closed_tells_nothing_more(client: ShareClient, ear: Ear) -> None:
    with ear.watching(client):
        client.make_folder("before")
        ear.hears(Touched("before", Change.ADDED))
    heard = len(ear.notices)
    other = Ear()
    with other.watching(client):
        client.make_folder("after")
        other.hears(Touched("after", Change.ADDED))

    assert len(ear.notices) == heard


def test_what_is_not_a_folder_is_not_watched(client: ShareClient, ear: Ear) -> None:
    client.put(a_put("file"))
    with pytest.raises(NotFound):
        client.watch("missing", ear)
    with pytest.raises(NotAFolder):
        client.watch("file", ear)

    assert not ear.notices
