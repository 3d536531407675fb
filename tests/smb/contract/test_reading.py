"""Reading files, and looking at them."""

import os
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.smb.errors import Changed, InUse, IsAFolder, NotFound
from custom_components.smb_ddns_sync.smb.files import FileKind, filetime_from_ns
from tests.smb.content import a_put, noise, now_at, read_all

if TYPE_CHECKING:
    from custom_components.smb_ddns_sync.smb.client import ShareClient
    from tests.smb.servers import Place


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, (1 << 20) + 1, 3_333_333])
def test_a_file_is_read_whole(place: Place, client: ShareClient, size: int) -> None:
    place.write("file", noise(size))

    assert read_all(client, "file") == noise(size)


@pytest.mark.parametrize(
    ("offset", "length"),
    [(0, 10), (1, 1), (999_990, 10), (999_990, 5_000), (1_000_000, 10), (70_000, 700_000)],
)
def test_any_range_can_be_read(place: Place, client: ShareClient, offset: int, length: int) -> None:
    content = noise(1_000_000)
    place.write("file", content)

    with client.open_reader("file") as reader:
        assert reader.read(offset, length) == content[offset : offset + length]


def test_ranges_can_be_read_in_any_order(place: Place, client: ShareClient) -> None:
    content = noise(2_000_000)
    place.write("file", content)

    with client.open_reader("file") as reader:
        for offset in (1_500_000, 0, 10, 1_999_999, 5, 700_000, 700_100):
            assert reader.read(offset, 100) == content[offset : offset + 100]


def test_a_reader_tells_what_it_reads(place: Place, client: ShareClient) -> None:
    place.write("file", b"content")

    with client.open_reader("file") as reader:
        assert reader.info.same_version(now_at(client, "file"))
        assert reader.info.size == 7


def test_a_file_that_is_being_read_is_in_use(place: Place, client: ShareClient) -> None:
    old = client.put(a_put("file", b"old content"))

    with client.open_reader("file") as reader:
        first = reader.read(0, 3)
        with pytest.raises(InUse):
            client.put(a_put("file", b"new content", expected=old))
        rest = reader.read(3, 100)

    assert first + rest == b"old content"
    assert place.files() == {"file": b"old content"}
    client.put(a_put("file", b"new content", expected=old))


def test_a_missing_file_is_told(client: ShareClient) -> None:
    with pytest.raises(NotFound):
        client.open_reader("file")


def test_a_folder_cannot_be_read(place: Place, client: ShareClient) -> None:
    (place.folder / "folder").mkdir()

    with pytest.raises(IsAFolder):
        client.open_reader("folder")


def test_a_look_tells_size_times_and_kind(place: Place, client: ShareClient) -> None:
    file = place.write("folder/file", b"content")
    stat = file.stat()

    found = now_at(client, "folder/file")

    assert (found.name, found.kind, found.size) == ("file", FileKind.FILE, 7)
    assert found.modified == filetime_from_ns(stat.st_mtime_ns)
    assert now_at(client, "folder").kind is FileKind.FOLDER
    assert now_at(client, "").is_folder


def test_nothing_is_seen_where_nothing_is(place: Place, client: ShareClient) -> None:
    place.write("file")

    assert client.look("nothing") is None
    assert client.look("no/folder/either") is None
    assert client.look("file/below") is None


def test_a_file_keeps_its_id_under_another_name(place: Place, client: ShareClient) -> None:
    place.write("file")
    before = now_at(client, "file")
    (place.folder / "file").rename(place.folder / "moved")

    assert before.file_id
    assert now_at(client, "moved").file_id == before.file_id


def test_an_expected_version_is_read_on_from_any_offset(place: Place, client: ShareClient) -> None:
    place.write("file", noise(200_000))
    with client.open_reader("file") as reader:
        seen, first = reader.info, reader.read(0, 70_000)

    with client.open_reader("file", expected=seen) as reader:
        rest = reader.read(70_000, 200_000)
        reader.check()

    assert first + rest == noise(200_000)


def test_another_version_is_not_read_on(place: Place, client: ShareClient) -> None:
    place.write("file", noise(200_000))
    seen = now_at(client, "file")
    place.write("file", noise(200_000, seed=2))

    with pytest.raises(Changed):
        client.open_reader("file", expected=seen)

    client.put(a_put("file", b"new", expected=now_at(client, "file")))  # nothing holds it open


def test_a_file_that_changes_under_its_reader_is_told(place: Place, client: ShareClient) -> None:
    place.write("file", noise(200_000))

    with client.open_reader("file") as reader:
        reader.read(0, 70_000)
        place.write("file", noise(200_000, seed=2))
        with pytest.raises(Changed):
            reader.check()


def test_space_is_what_the_disk_says(place: Place, client: ShareClient) -> None:
    space = client.space()

    disk = os.statvfs(place.folder)
    assert space.total == disk.f_blocks * disk.f_frsize
    assert 0 < space.free <= space.total
    assert space.used == space.total - space.free


def test_a_folder_is_the_same_whatever_it_is_called(place: Place, client: ShareClient) -> None:
    (place.folder / "here").mkdir()
    before = client.identity("here")
    (place.folder / "here").rename(place.folder / "there")
    (place.folder / "here").mkdir()

    assert client.identity("there") == before
    assert client.identity("here") != before


def test_the_identity_of_a_missing_folder_is_told(client: ShareClient) -> None:
    with pytest.raises(NotFound):
        client.identity("nowhere")


def test_a_round_trip_takes_some_time(client: ShareClient) -> None:
    assert client.echo() > 0
