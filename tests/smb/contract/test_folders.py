"""Folders: made, listed completely or not at all, walked, deleted."""

from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.smb.errors import (
    Exists,
    NotAFolder,
    NotEmpty,
    NotFound,
    SmbError,
)
from custom_components.smb_ddns_sync.smb.files import FileKind
from tests.smb.content import noise, now_at

if TYPE_CHECKING:
    from custom_components.smb_ddns_sync.smb.client import ShareClient
    from tests.smb.servers import Place


def test_a_folder_is_made(place: Place, client: ShareClient) -> None:
    client.make_folder("folder")
    client.make_folder("folder/below")

    assert (place.folder / "folder" / "below").is_dir()


def test_what_is_there_already_is_told(place: Place, client: ShareClient) -> None:
    place.write("file")
    client.make_folder("folder")

    for path in ("folder", "file"):
        with pytest.raises(Exists):
            client.make_folder(path)


def test_a_folder_needs_the_one_above_it(client: ShareClient) -> None:
    with pytest.raises(NotFound):
        client.make_folder("a/b")


def test_folders_are_made_with_those_above_them(place: Place, client: ShareClient) -> None:
    client.make_folders("a/b/c")
    client.make_folders("a/b/c")
    client.make_folders("a/x")
    client.make_folders("")

    assert (place.folder / "a" / "b" / "c").is_dir()
    assert (place.folder / "a" / "x").is_dir()


def test_a_file_in_the_way_of_folders_is_told(place: Place, client: ShareClient) -> None:
    place.write("a/file", b"content")

    with pytest.raises(SmbError):
        client.make_folders("a/file/below")

    assert place.files() == {"a/file": b"content"}


def test_a_folder_is_listed_with_all_that_a_look_tells(place: Place, client: ShareClient) -> None:
    place.write("folder/file", b"content")
    place.write("folder/below/file")

    listed = {entry.name: entry for entry in client.list_folder("folder")}

    assert listed.keys() == {"file", "below"}
    for name, entry in listed.items():
        found = now_at(client, f"folder/{name}")
        assert entry.same_version(found)
        assert (entry.kind, entry.file_id) == (found.kind, found.file_id)


def test_an_empty_folder_is_empty(place: Place, client: ShareClient) -> None:
    (place.folder / "folder").mkdir()

    assert client.list_folder("folder") == ()
    assert {entry.name for entry in client.list_folder("")} == {"folder"}


@pytest.mark.parametrize("count", [150, 3000])
def test_a_large_folder_is_listed_completely(place: Place, client: ShareClient, count: int) -> None:
    names = {f"{'n' * (number % 50)}{number}" for number in range(count)}
    for name in names:
        place.write(f"folder/{name}")

    listed = client.list_folder("folder")

    assert len(listed) == count
    assert {entry.name for entry in listed} == names


def test_listing_what_is_no_folder_is_told(place: Place, client: ShareClient) -> None:
    place.write("file")

    with pytest.raises(NotFound):
        client.list_folder("nowhere")
    with pytest.raises(NotFound):
        client.list_folder("no/where")
    with pytest.raises(NotAFolder):
        client.list_folder("file")


def test_a_tree_is_walked_with_every_folder_once(place: Place, client: ShareClient) -> None:
    for number in range(60):
        place.write(f"tree/f{number % 5}/g{number % 12}/file{number}", noise(number))

    listings = list(client.walk("tree", lambda _folder: True))

    folders = [listing.folder for listing in listings]
    assert len(folders) == len(set(folders)) == 1 + 5 + 60
    assert all(listing.error is None for listing in listings)
    files = {
        f"{listing.folder}/{entry.name}": entry.size
        for listing in listings
        for entry in listing.entries
        if not entry.is_folder
    }
    assert files == {path: len(content) for path, content in place.files().items()}


def test_a_folder_comes_after_the_one_above_it(place: Place, client: ShareClient) -> None:
    place.write("a/b/c/d/file")

    folders = [listing.folder for listing in client.walk("", lambda _folder: True)]

    assert folders == ["", "a", "a/b", "a/b/c", "a/b/c/d"]


def test_a_folder_that_is_not_to_be_entered_is_not(place: Place, client: ShareClient) -> None:
    place.write("yes/file")
    place.write("no/file")

    folders = {listing.folder for listing in client.walk("", lambda folder: folder != "no")}

    assert folders == {"", "yes"}


def test_a_walk_tells_what_cannot_be_listed(client: ShareClient) -> None:
    (listing,) = client.walk("nowhere", lambda _folder: True)

    assert isinstance(listing.error, NotFound)
    assert listing.entries == ()


def test_a_walk_can_be_left(place: Place, client: ShareClient) -> None:
    for number in range(50):
        place.write(f"f{number}/file")

    for listing in client.walk("", lambda _folder: True):
        if listing.folder:
            break

    assert len(client.list_folder("")) == 50


def test_a_link_out_of_the_tree_is_not_followed(place: Place, client: ShareClient) -> None:
    place.write("real/file")
    (place.folder / "tree").mkdir()
    (place.folder / "tree" / "outside").symlink_to(place.folder.parent)

    listings = list(client.walk("tree", lambda _folder: True))

    assert not [entry for listing in listings for entry in listing.entries if entry.name == "state"]


def test_an_empty_folder_is_deleted(place: Place, client: ShareClient) -> None:
    (place.folder / "folder").mkdir()

    client.delete_folder("folder")

    assert not list(place.folder.iterdir())


def test_a_folder_that_holds_something_is_not_deleted(place: Place, client: ShareClient) -> None:
    place.write("folder/file", b"content")

    with pytest.raises(NotEmpty):
        client.delete_folder("folder")

    assert place.files() == {"folder/file": b"content"}


def test_deleting_a_folder_that_is_none_is_told(place: Place, client: ShareClient) -> None:
    place.write("file", b"content")

    with pytest.raises(NotAFolder):
        client.delete_folder("file")
    with pytest.raises(NotFound):
        client.delete_folder("nowhere")

    assert place.files() == {"file": b"content"}


def test_the_root_is_a_folder(client: ShareClient) -> None:
    assert now_at(client, "").kind is FileKind.FOLDER
    assert client.identity("").file_id
