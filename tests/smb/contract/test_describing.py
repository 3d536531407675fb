"""Times to 100 ns, and attributes: set one by one, exactly, and on nothing else."""

from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.smb.errors import NotFound
from custom_components.smb_ddns_sync.smb.files import Attributes, filetime_from_ns
from tests.smb.content import SOME_DAY, a_put, noise, now_at

if TYPE_CHECKING:
    from custom_components.smb_ddns_sync.smb.client import ShareClient
    from tests.smb.servers import Place

MODIFIED, CREATED, ACCESSED = SOME_DAY, SOME_DAY - 33, SOME_DAY + 7_777_777


def test_times_are_set_to_100_ns(place: Place, client: ShareClient) -> None:
    file = place.write("file", b"content")

    client.set_times("file", modified=MODIFIED, created=CREATED, accessed=ACCESSED)

    found = now_at(client, "file")
    assert (found.modified, found.created, found.accessed) == (MODIFIED, CREATED, ACCESSED)
    assert filetime_from_ns(file.stat().st_mtime_ns) == MODIFIED
    assert file.read_bytes() == b"content"


@pytest.mark.parametrize("which", ["modified", "created", "accessed"])
def test_one_time_is_set_and_the_others_stay(place: Place, client: ShareClient, which: str) -> None:
    place.write("file", b"content")
    client.set_times("file", modified=MODIFIED, created=CREATED, accessed=ACCESSED)
    before = now_at(client, "file")

    client.set_times("file", **{which: SOME_DAY - 1_000_001})

    after = now_at(client, "file")
    for each in ("modified", "created", "accessed"):
        wanted = SOME_DAY - 1_000_001 if each == which else getattr(before, each)
        assert getattr(after, each) == wanted


def test_the_change_time_may_be_asked_for_and_harms_nothing(
    place: Place, client: ShareClient
) -> None:
    place.write("file", b"content")

    client.set_times("file", modified=MODIFIED, changed=SOME_DAY)

    assert now_at(client, "file").modified == MODIFIED


def test_a_folder_has_times_too(place: Place, client: ShareClient) -> None:
    place.write("folder/file")

    client.set_times("folder", modified=MODIFIED, created=CREATED)

    found = now_at(client, "folder")
    assert (found.modified, found.created) == (MODIFIED, CREATED)


@pytest.mark.parametrize("size", [10, 2_500_000])
def test_a_put_shows_when_its_file_was_created(client: ShareClient, size: int) -> None:
    told = client.put(a_put("file", noise(size), modified=MODIFIED, created=CREATED))

    assert (told.modified, told.created) == (MODIFIED, CREATED)
    assert now_at(client, "file").created == CREATED


@pytest.mark.parametrize(
    "attributes",
    [
        Attributes.READ_ONLY,
        Attributes.HIDDEN | Attributes.SYSTEM,
        Attributes.READ_ONLY | Attributes.ARCHIVE,
    ],
)
def test_attributes_are_set_and_taken_away(
    place: Place, client: ShareClient, attributes: Attributes
) -> None:
    place.write("file", b"content")
    all_of_them = Attributes.READ_ONLY | Attributes.HIDDEN | Attributes.SYSTEM | Attributes.ARCHIVE

    client.set_attributes("file", attributes)
    assert now_at(client, "file").attributes & all_of_them == attributes

    client.set_attributes("file", 0)
    assert now_at(client, "file").attributes & all_of_them == 0
    assert place.files() == {"file": b"content"}


def test_what_a_file_is_cannot_be_set(place: Place, client: ShareClient) -> None:
    place.write("file", b"content")
    (place.folder / "folder").mkdir()

    client.set_attributes("file", Attributes.FOLDER | Attributes.HIDDEN)
    client.set_attributes("folder", Attributes.HIDDEN)

    assert not now_at(client, "file").is_folder
    assert now_at(client, "folder").is_folder
    assert now_at(client, "folder").attributes & Attributes.HIDDEN


def test_describing_nothing_is_told(client: ShareClient) -> None:
    with pytest.raises(NotFound):
        client.set_times("file", modified=SOME_DAY)
    with pytest.raises(NotFound):
        client.set_attributes("file", Attributes.HIDDEN)
