"""A new version is made of an old one: the server copies what stays, and only changes are sent."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.smb import copying
from custom_components.smb_ddns_sync.smb.errors import Changed
from custom_components.smb_ddns_sync.smb.files import FileInfo, Put, Revision
from custom_components.smb_ddns_sync.smb.ranges import Range
from tests.smb.content import Watched, a_put, break_at, noise, now_at

if TYPE_CHECKING:
    from custom_components.smb_ddns_sync.smb.client import ShareClient
    from custom_components.smb_ddns_sync.smb.steps import Steps
    from tests.smb.conftest import Connect
    from tests.smb.servers import Place

OLD = noise(3_000_000, seed=5)


def changed_at(*ranges: tuple[int, int], size: int = len(OLD)) -> bytes:
    """Return the old content, cut or zero-filled to a size, with other bytes in the ranges."""
    content = bytearray(OLD[:size].ljust(size, b"\0"))
    for number, (offset, length) in enumerate(ranges):
        content[offset : offset + length] = noise(length, seed=100 + number)
    return bytes(content)


def a_revision(
    base: FileInfo, content: bytes, *ranges: tuple[int, int], at: str = "file", path: str = "file"
) -> tuple[Put, Watched]:
    """Return a put that sends only the ranges, and its content that tells what was asked for."""
    watched = Watched(content)
    revision = Revision(at, base, tuple(Range(*each) for each in ranges))
    expected = base if path == at else None
    return a_put(path, watched, expected=expected, revision=revision), watched


CASES = {
    "one range": ((1_234_567, 89_101),),
    "many that align to nothing": ((0, 1), (65_535, 2), (1_048_575, 70_001), (2_999_999, 1)),
    "nothing": (),
    "everything": ((0, 3_000_000),),
    "side by side": ((10, 10), (20, 10)),
}


@pytest.mark.parametrize("ranges", CASES.values(), ids=CASES)
def test_only_what_has_changed_is_asked_for(
    place: Place, client: ShareClient, ranges: tuple[tuple[int, int], ...]
) -> None:
    place.write("file", OLD)
    content = changed_at(*ranges)
    put, watched = a_revision(now_at(client, "file"), content, *ranges)

    told = client.put(put)

    assert place.files() == {"file": content}
    assert told.size == len(content)
    assert sum(length for _, length in watched.reads) == sum(length for _, length in ranges)


def test_it_grows(place: Place, client: ShareClient) -> None:
    place.write("file", OLD)
    ranges = ((5, 5), (len(OLD), 777_777))
    content = changed_at(*ranges, size=len(OLD) + 777_777)
    put, _ = a_revision(now_at(client, "file"), content, *ranges)

    client.put(put)

    assert place.files() == {"file": content}


def test_it_grows_by_a_hole(place: Place, client: ShareClient) -> None:
    place.write("file", OLD)
    content = changed_at(size=len(OLD) + 5_000_000)
    put, _ = a_revision(now_at(client, "file"), content, (len(OLD), 5_000_000))

    client.put(put)

    assert place.files() == {"file": content}


def test_it_shrinks(place: Place, client: ShareClient) -> None:
    place.write("file", OLD)
    content = changed_at((70_000, 3), size=1_999_999)
    put, _ = a_revision(now_at(client, "file"), content, (70_000, 3))

    client.put(put)

    assert place.files() == {"file": content}


def test_zeros_replace_what_was_there(place: Place, client: ShareClient) -> None:
    place.write("file", OLD)
    content = OLD[:1_000_000] + bytes(1_000_000) + OLD[2_000_000:]
    put, _ = a_revision(now_at(client, "file"), content, (1_000_000, 1_000_000))

    client.put(put)

    assert place.files() == {"file": content}


def test_the_old_version_lives_on(place: Place, client: ShareClient) -> None:
    place.write("file", OLD)
    content = changed_at((70_000, 3))
    put, _ = a_revision(now_at(client, "file"), content, (70_000, 3))

    client.put(replace(put, keep_old_at="trash/file"))

    assert place.files() == {"file": content, "trash/file": OLD}


def test_it_is_built_on_another_file(place: Place, client: ShareClient) -> None:
    place.write("like it", OLD)
    content = changed_at((70_000, 3))
    put, _ = a_revision(now_at(client, "like it"), content, (70_000, 3), at="like it")

    client.put(put)

    assert place.files() == {"file": content, "like it": OLD}


def test_it_is_verified_as_a_whole(place: Place, client: ShareClient) -> None:
    place.write("file", OLD)
    content = changed_at((70_000, 3))
    put, _ = a_revision(now_at(client, "file"), content, (70_000, 3))

    client.put(replace(put, verify=True))

    assert place.files() == {"file": content}


def test_a_base_that_is_not_as_told_is_found_where_all_is_verified(
    place: Place, client: ShareClient
) -> None:
    place.write("file", changed_at((2_000_000, 1)))  # other than the caller thinks
    content = changed_at((70_000, 3))
    put, _ = a_revision(now_at(client, "file"), content, (70_000, 3))

    with pytest.raises(Exception, match="differs"):
        client.put(replace(put, verify=True))

    assert place.files() == {"file": changed_at((2_000_000, 1))}


@pytest.mark.parametrize("other", [OLD[::-1], None], ids=["changed", "gone"])
def test_nothing_is_built_on_another_version(
    place: Place, client: ShareClient, other: bytes | None
) -> None:
    place.write("like it", OLD)
    put, _ = a_revision(now_at(client, "like it"), OLD, (0, 1), at="like it")
    (place.folder / "like it").unlink()
    if other is not None:
        place.write("like it", other)

    with pytest.raises(Changed):
        client.put(put)

    assert place.files() == ({} if other is None else {"like it": other})


def test_a_base_that_changes_while_it_is_copied_is_found(
    place: Place, client: ShareClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.write("like it", OLD)
    put, _ = a_revision(now_at(client, "like it"), OLD, (0, 1), at="like it")
    copy = copying._copy_ranges

    def copy_and_change(*arguments: object) -> Steps[None]:
        yield from copy(*arguments)  # type: ignore[arg-type] # passed on as they came
        place.write("like it", OLD[::-1])  # as a program on the server does, unseen by its locks

    monkeypatch.setattr(copying, "_copy_ranges", copy_and_change)

    with pytest.raises(Changed):
        client.put(put)

    assert place.files() == {"like it": OLD[::-1]}


def test_it_is_gone_on_with(place: Place, client: ShareClient, connect: Connect) -> None:
    place.write("file", OLD)
    ranges = ((100_000, 1_000_000), (1_500_000, 1_000_000))
    content = changed_at(*ranges)
    put, _ = a_revision(now_at(client, "file"), content, *ranges)
    checkpoint = break_at(connect(place.target), put, 500_000, every=300_000)
    again = Watched(content)

    client.put(replace(put, content=again, resume=checkpoint))

    assert again.first >= checkpoint.done
    assert place.files() == {"file": content}
