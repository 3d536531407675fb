"""What is asked for in one round trip is the same as what is asked for in several."""

from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.smb.errors import (
    Exists,
    IsAFolder,
    NotFound,
    SmbError,
)
from custom_components.smb_ddns_sync.smb.files import ns_from_filetime
from tests.smb.content import SOME_DAY, noise, now_at

if TYPE_CHECKING:
    from custom_components.smb_ddns_sync.smb.client import ShareClient
    from tests.smb.servers import Place


@pytest.mark.parametrize(
    ("content", "beginning"), [(b"", b""), (b"short", b"short"), (noise(5000), noise(5000)[:4096])]
)
def test_a_file_is_read_from_its_beginning(
    place: Place, client: ShareClient, content: bytes, beginning: bytes
) -> None:
    place.write("folder/file", content)
    assert client.read_beginning("folder/file", 4096) == beginning
    assert client.find_root("folder", "folder/file", 4096).beginning == beginning


def test_a_root_is_told_with_its_free_space(place: Place, client: ShareClient) -> None:
    place.write("folder/file", b"content")
    found = client.find_root("folder", "folder/file", 4096)
    assert found.identity == client.identity("folder")
    assert found.free is None or found.free > 0


def test_a_root_is_told_although_the_file_is_missing(place: Place, client: ShareClient) -> None:
    place.write("folder/file")
    found = client.find_root("folder", "folder/nothing", 4096)
    assert found.identity == client.identity("folder")
    assert isinstance(found.beginning, NotFound)


def test_a_folder_is_no_file_that_begins(place: Place, client: ShareClient) -> None:
    place.write("folder/inside/file")
    assert isinstance(client.find_root("folder", "folder/inside", 4096).beginning, IsAFolder)


def test_no_root_is_told(client: ShareClient) -> None:
    with pytest.raises(NotFound):
        client.find_root("nothing", "nothing/file", 4096)
    with pytest.raises(NotFound):
        client.read_beginning("nothing", 4096)


@pytest.mark.parametrize("content", [b"", b"content", noise(4096)])
def test_a_file_is_made_under_its_own_name(
    place: Place, client: ShareClient, content: bytes
) -> None:
    made = client.make_file("file", content, SOME_DAY)

    assert place.files() == {"file": content}
    assert made.same_version(now_at(client, "file"))
    assert (place.folder / "file").stat().st_mtime_ns == ns_from_filetime(SOME_DAY)


def test_a_file_is_made_only_where_nothing_is(place: Place, client: ShareClient) -> None:
    place.write("file", b"old")
    place.write("folder/file", b"old")
    for taken in ("file", "folder"):
        with pytest.raises((Exists, IsAFolder)):
            client.make_file(taken, b"new", SOME_DAY)
    with pytest.raises(NotFound):
        client.make_file("no/file", b"new", SOME_DAY)
    assert place.files() == {"file": b"old", "folder/file": b"old"}


def test_a_moved_file_finds_the_folders_that_were_missing(
    place: Place, client: ShareClient
) -> None:
    place.write("a/here", b"content")
    client.rename("a/here", "a/b/c/there", expected=now_at(client, "a/here"), make_parents=True)
    assert place.files() == {"a/b/c/there": b"content"}


def test_folders_that_cannot_be_made_are_told_by_the_move(
    place: Place, client: ShareClient
) -> None:
    place.write("here", b"content")
    place.write("a file", b"1")
    with pytest.raises(SmbError):
        client.rename("here", "a file/b/there", expected=None, make_parents=True)
    assert place.files() == {"here": b"content", "a file": b"1"}


@pytest.mark.parametrize("size", [0, 5, 4096, 5000, 200_000])
def test_what_came_with_the_opening_joins_what_comes_later(
    place: Place, client: ShareClient, size: int
) -> None:
    content = noise(size)
    place.write("file", content)
    with client.open_reader("file", ahead=4096) as reader:
        assert reader.read(0, 1000) == content[:1000]
        assert reader.read(4000, 200) == content[4000:4200]
        assert b"".join(reader.chunks()) == content
        assert reader.read(size, 10) == b""


def test_after_closing_it_is_told_what_is_at_the_path_by_then(
    place: Place, client: ShareClient
) -> None:
    place.write("file", b"content")
    reader = client.open_reader("file", ahead=100)
    (place.folder / "file").write_bytes(b"something else")
    found = reader.close_and_look()
    assert found is not None
    assert found.size == len(b"something else")

    reader = client.open_reader("file", ahead=100)
    (place.folder / "file").unlink()
    assert reader.close_and_look() is None
