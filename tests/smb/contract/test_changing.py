"""Moving, linking, copying and deleting: only what is as expected, and never by accident."""

from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.smb.errors import (
    Changed,
    Exists,
    InUse,
    IsAFolder,
    NotFound,
    SmbError,
)
from custom_components.smb_ddns_sync.smb.files import Attributes
from tests.smb.content import a_put, noise, now_at

if TYPE_CHECKING:
    from custom_components.smb_ddns_sync.smb.client import ShareClient
    from tests.smb.servers import Place


def test_a_file_is_moved(place: Place, client: ShareClient) -> None:
    place.write("here", b"content")
    place.write("folder/other")

    client.rename("here", "folder/there", expected=now_at(client, "here"))

    assert place.files() == {"folder/there": b"content", "folder/other": b""}


def test_a_folder_is_moved_with_all_that_it_holds(place: Place, client: ShareClient) -> None:
    place.write("here/below/file", b"content")

    client.rename("here", "there", expected=now_at(client, "here"))

    assert place.files() == {"there/below/file": b"content"}


def test_a_file_is_moved_without_knowing_it(place: Place, client: ShareClient) -> None:
    place.write("here", b"content")

    client.rename("here", "there", expected=None)

    assert place.files() == {"there": b"content"}


def test_another_version_is_not_moved(place: Place, client: ShareClient) -> None:
    place.write("here", b"content")
    seen = now_at(client, "here")
    place.write("here", b"other content")

    with pytest.raises(Changed):
        client.rename("here", "there", expected=seen)

    assert place.files() == {"here": b"other content"}


def test_a_taken_name_is_told(place: Place, client: ShareClient) -> None:
    place.write("here", b"content")
    place.write("there", b"precious")

    with pytest.raises(Exists):
        client.rename("here", "there", expected=now_at(client, "here"))

    assert place.files() == {"here": b"content", "there": b"precious"}


def test_a_taken_name_is_replaced_only_when_asked(place: Place, client: ShareClient) -> None:
    place.write("here", b"content")
    place.write("there", b"unloved")

    client.rename("here", "there", expected=now_at(client, "here"), replace=True)

    assert place.files() == {"there": b"content"}


def test_a_folder_is_never_replaced_by_a_file(place: Place, client: ShareClient) -> None:
    place.write("here", b"content")
    place.write("there/file", b"precious")

    with pytest.raises(SmbError):
        client.rename("here", "there", expected=now_at(client, "here"), replace=True)

    assert place.files() == {"here": b"content", "there/file": b"precious"}


def test_moving_nothing_or_to_nowhere_is_told(place: Place, client: ShareClient) -> None:
    place.write("here", b"content")

    with pytest.raises(NotFound):
        client.rename("nothing", "there", expected=None)
    with pytest.raises(NotFound):
        client.rename("here", "no/where", expected=None)

    assert place.files() == {"here": b"content"}


def test_a_second_name_is_the_same_file(place: Place, client: ShareClient) -> None:
    place.write("here", b"content")

    client.link("here", "there")

    assert (place.folder / "here").samefile(place.folder / "there")


def test_a_second_name_must_be_free(place: Place, client: ShareClient) -> None:
    place.write("here", b"content")
    place.write("there", b"precious")

    with pytest.raises(Exists):
        client.link("here", "there")
    with pytest.raises(NotFound):
        client.link("nothing", "anywhere")
    with pytest.raises(NotFound):
        client.link("here", "no/where")

    assert place.files() == {"here": b"content", "there": b"precious"}


@pytest.mark.parametrize("size", [0, 10, 3_000_000, 40_000_000])
def test_a_copy_is_made_by_the_server(place: Place, client: ShareClient, size: int) -> None:
    content = noise(size)
    place.write("here", content)

    copied = client.copy("here", "there")

    assert (place.folder / "there").read_bytes() == content
    assert not (place.folder / "here").samefile(place.folder / "there")
    assert copied.size == size
    assert copied.modified == now_at(client, "here").modified


def test_a_copy_needs_a_free_name_and_something_to_copy(place: Place, client: ShareClient) -> None:
    place.write("here", b"content")
    place.write("there", b"precious")

    with pytest.raises(Exists):
        client.copy("here", "there")
    with pytest.raises(NotFound):
        client.copy("nothing", "anywhere")
    with pytest.raises(NotFound):
        client.copy("here", "no/where")

    assert place.files() == {"here": b"content", "there": b"precious"}


def test_a_file_is_deleted(place: Place, client: ShareClient) -> None:
    place.write("file", b"content")
    place.write("other")

    client.delete_file("file", expected=now_at(client, "file"))

    assert place.files() == {"other": b""}


def test_another_version_is_not_deleted(place: Place, client: ShareClient) -> None:
    place.write("file", b"content")
    seen = now_at(client, "file")
    place.write("file", b"other content")

    with pytest.raises(Changed):
        client.delete_file("file", expected=seen)

    assert place.files() == {"file": b"other content"}


def test_a_read_only_file_is_deleted(place: Place, client: ShareClient) -> None:
    place.write("file", b"content")
    place.smbclient("setmode file +r")
    assert now_at(client, "file").attributes & Attributes.READ_ONLY

    client.delete_file("file", expected=now_at(client, "file"))

    assert place.files() == {}


def test_a_read_only_file_is_replaced_and_stays_read_only(
    place: Place, client: ShareClient
) -> None:
    place.write("file", b"old")
    place.smbclient("setmode file +r")

    client.put(a_put("file", b"new", expected=now_at(client, "file")))

    assert place.files() == {"file": b"new"}
    assert now_at(client, "file").attributes & Attributes.READ_ONLY


def test_a_folder_is_not_deleted_as_a_file(place: Place, client: ShareClient) -> None:
    place.write("folder/file", b"content")

    with pytest.raises(IsAFolder):
        client.delete_file("folder", expected=None)

    assert place.files() == {"folder/file": b"content"}


def test_deleting_nothing_is_told(client: ShareClient) -> None:
    with pytest.raises(NotFound):
        client.delete_file("nothing", expected=None)


def test_a_link_is_deleted_and_not_what_it_leads_to(place: Place, client: ShareClient) -> None:
    place.write("real", b"content")
    (place.folder / "second").hardlink_to(place.folder / "real")

    client.delete_file("second", expected=now_at(client, "second"))

    assert place.files() == {"real": b"content"}


def test_a_file_that_is_being_read_is_not_moved_away_by_surprise(
    place: Place, client: ShareClient
) -> None:
    place.write("file", b"content")

    with client.open_reader("file") as reader:
        try:
            client.rename("file", "moved", expected=None)
        except InUse:
            assert place.files() == {"file": b"content"}
        assert reader.read(0, 10) == b"content"
