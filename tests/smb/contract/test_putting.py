"""Putting files: whole or not at all, over exactly what was expected."""

from contextlib import closing
from dataclasses import replace
import os
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.smb.errors import (
    Changed,
    ContentFailed,
    Exists,
    IsAFolder,
    NotFound,
    SmbError,
)
from custom_components.smb_ddns_sync.smb.files import Put, ns_from_filetime
from tests.smb.content import SOME_DAY, Streamed, a_put, noise, now_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from custom_components.smb_ddns_sync.smb.client import ShareClient
    from tests.smb.servers import Place

SIZES = [0, 1, 4096, 65_535, 65_536, 65_537, 1 << 20, (1 << 20) + 1, 3_333_333]


@pytest.mark.parametrize("size", SIZES)
def test_a_file_of_any_size_arrives_whole(place: Place, client: ShareClient, size: int) -> None:
    content = noise(size)

    told = client.put(a_put("file", content))

    assert place.files() == {"file": content}
    assert told.size == size


@pytest.mark.parametrize("size", [0, 100, 2_500_000])
def test_content_is_taken_piece_by_piece(place: Place, client: ShareClient, size: int) -> None:
    content = noise(size)

    client.put(a_put("file", Streamed(content)))

    assert place.files() == {"file": content}


@pytest.mark.parametrize("size", [10, 2_500_000])
def test_the_time_is_exact_to_100_ns(place: Place, client: ShareClient, size: int) -> None:
    told = client.put(a_put("file", noise(size), modified=SOME_DAY))

    assert told.modified == SOME_DAY
    assert (place.folder / "file").stat().st_mtime_ns == ns_from_filetime(SOME_DAY)


def test_what_put_tells_is_what_a_look_tells(client: ShareClient) -> None:
    told = client.put(a_put("file"))

    found = now_at(client, "file")

    assert told.same_version(found)
    assert (told.name, told.kind, told.file_id) == (found.name, found.kind, found.file_id)


@pytest.mark.parametrize("size", [10, 2_500_000])
def test_the_expected_version_is_replaced(place: Place, client: ShareClient, size: int) -> None:
    old = client.put(a_put("file", b"old"))

    client.put(a_put("file", noise(size), expected=old))

    assert place.files() == {"file": noise(size)}


@pytest.mark.parametrize("size", [10, 2_500_000])
def test_another_version_is_not_replaced(place: Place, client: ShareClient, size: int) -> None:
    old = client.put(a_put("file", b"old"))
    place.write("file", b"somebody else's")

    with pytest.raises(Changed):
        client.put(a_put("file", noise(size), expected=old))

    assert place.files() == {"file": b"somebody else's"}


@pytest.mark.parametrize("size", [10, 2_500_000])
def test_where_nothing_is_expected_nothing_is_replaced(
    place: Place, client: ShareClient, size: int
) -> None:
    place.write("file", b"somebody else's")

    with pytest.raises(Changed):
        client.put(a_put("file", noise(size)))

    assert place.files() == {"file": b"somebody else's"}


def test_a_version_that_is_gone_is_not_replaced(place: Place, client: ShareClient) -> None:
    old = client.put(a_put("file", b"old"))
    (place.folder / "file").unlink()

    with pytest.raises(Changed):
        client.put(a_put("file", b"new", expected=old))

    assert place.files() == {}


def test_another_file_of_the_same_size_and_time_is_not_replaced(
    place: Place, client: ShareClient
) -> None:
    old = client.put(a_put("file", b"old"))
    other = place.write("other", b"OLD")
    stat = (place.folder / "file").stat()
    os.utime(other, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    other.replace(place.folder / "file")

    with pytest.raises(Changed):
        client.put(a_put("file", b"new", expected=old))

    assert place.files() == {"file": b"OLD"}


@pytest.mark.parametrize("size", [10, 2_500_000])
def test_the_replaced_version_lives_on(place: Place, client: ShareClient, size: int) -> None:
    old = client.put(a_put("file", b"old"))

    client.put(a_put("file", noise(size), expected=old, keep_old_at="trash/run/file"))

    assert place.files() == {"file": noise(size), "trash/run/file": b"old"}
    assert now_at(client, "trash/run/file").modified == old.modified


def test_a_version_that_is_not_replaced_gets_no_second_name(
    place: Place, client: ShareClient
) -> None:
    old = client.put(a_put("file", b"old"))
    place.write("file", b"somebody else's")
    place.write("trash/other")

    with pytest.raises(Changed):
        client.put(a_put("file", b"new", expected=old, keep_old_at="trash/file"))

    assert place.files() == {"file": b"somebody else's", "trash/other": b""}


def test_a_taken_name_for_the_old_version_stops_the_put(place: Place, client: ShareClient) -> None:
    old = client.put(a_put("file", b"old"))
    place.write("kept", b"precious")

    with pytest.raises(Exists):
        client.put(a_put("file", b"new", expected=old, keep_old_at="kept"))

    assert place.files() == {"file": b"old", "kept": b"precious"}


def test_a_taken_temporary_name_stops_the_put(place: Place, client: ShareClient) -> None:
    put = a_put("file", b"new")
    place.write(put.temporary, b"somebody else's")

    with pytest.raises(Exists):
        client.put(put)

    assert place.files() == {put.temporary: b"somebody else's"}


@pytest.mark.parametrize("size", [10, 2_500_000])
def test_missing_folders_are_made_where_asked(place: Place, client: ShareClient, size: int) -> None:
    client.put(a_put("a/b/c/file", noise(size), make_parents=True))

    assert place.files() == {"a/b/c/file": noise(size)}


@pytest.mark.parametrize("size", [10, 2_500_000])
def test_a_missing_folder_is_told(place: Place, client: ShareClient, size: int) -> None:
    with pytest.raises(NotFound):
        client.put(a_put("a/file", noise(size)))

    assert not list(place.folder.iterdir())


def test_a_folder_in_the_way_is_not_replaced(place: Place, client: ShareClient) -> None:
    place.write("file/inside", b"precious")

    with pytest.raises(SmbError):
        client.put(a_put("file", b"new"))

    assert place.files() == {"file/inside": b"precious"}


def test_an_expected_folder_is_not_replaced_by_a_file(place: Place, client: ShareClient) -> None:
    (place.folder / "name").mkdir()

    with pytest.raises((IsAFolder, Changed, SmbError)):
        client.put(a_put("name", b"new", expected=now_at(client, "name")))

    assert (place.folder / "name").is_dir()
    assert place.files() == {}


@pytest.mark.parametrize("size", [10, 2_500_000])
def test_content_that_turns_out_shorter_is_not_put(
    place: Place, client: ShareClient, size: int
) -> None:
    class Shrunk(Streamed):
        def read(self, offset: int, length: int) -> bytes:
            return super().read(offset, length)[:-1]

    old = client.put(a_put("file", b"old"))

    with pytest.raises(ContentFailed):
        client.put(a_put("file", Shrunk(noise(size)), expected=old))

    assert place.files() == {"file": b"old"}


def test_content_is_on_the_disk_where_asked(place: Place, client: ShareClient) -> None:
    client.put(a_put("small", b"flushed", flush=True))
    client.put(a_put("large", noise(2_500_000), flush=True))

    assert place.files() == {"small": b"flushed", "large": noise(2_500_000)}


def test_many_puts_each_have_their_own_end(place: Place, client: ShareClient) -> None:
    place.write("file3", b"in the way")
    puts = [a_put(f"file{number}", noise(number * 7_000, number)) for number in range(30)]
    puts.append(a_put("missing/file", b""))
    puts.append(a_put("new/folder/file", b"deep", make_parents=True))
    puts.append(a_put("large", Streamed(noise(2_500_000))))

    results = dict(client.put_many(puts))

    failed = {put.path for put, result in results.items() if isinstance(result, SmbError)}
    assert results.keys() == set(puts)
    assert failed == {"file3", "missing/file"}
    assert place.files() == {
        **{f"file{number}": noise(number * 7_000, number) for number in range(30)},
        "file3": b"in the way",
        "new/folder/file": b"deep",
        "large": noise(2_500_000),
    }


def endless(taken: list[Put]) -> Iterator[Put]:
    while True:
        taken.append(a_put(f"file{len(taken)}", noise(50_000)))
        yield taken[-1]


def test_puts_are_taken_as_they_can_be_sent(client: ShareClient) -> None:
    taken: list[Put] = []

    with closing(client.put_many(endless(taken))) as results:
        finished = [next(results) for _ in range(20)]

    assert len({put.path for put, _ in finished}) == 20
    assert len(taken) < 1000


def test_who_stops_listening_leaves_nothing_half(client: ShareClient, place: Place) -> None:
    taken: list[Put] = []

    with closing(client.put_many(endless(taken))) as results:
        next(results)

    files = place.files()
    assert files == {put.path: put.content for put in taken if put.path in files}
    assert len(files) >= len(taken) - 1  # the last one may not have begun


def test_one_put_is_like_another(client: ShareClient) -> None:
    first = a_put("file", b"same")
    again = replace(first, path="other", temporary=".part-other")

    assert client.put(first).same_version(now_at(client, "file"))
    assert client.put(again).same_version(now_at(client, "other"))
