"""Names: whatever a server can hold goes there and comes back; the rest is told."""

from typing import TYPE_CHECKING
import unicodedata

import pytest

from custom_components.smb_ddns_sync.smb.errors import BadName, SmbError
from tests.smb.content import a_put, now_at, read_all
from tests.smb.servers import SETTINGS, Place

if TYPE_CHECKING:
    from custom_components.smb_ddns_sync.smb.client import ShareClient

NAMES = [
    "plain.txt",
    "with blanks  in it",
    " blank in front",
    "ünïcödé",
    unicodedata.normalize("NFD", "ünïcödé"),
    "日本語",
    "emoji 😀 outside the first plane",
    "-dash",
    "%41percent",
    "'quotes' and &more; $HOME `x`",
    "~tilde~1",
    "n" * 255,
    "ä" * 127,
]


def test_names_come_back_as_they_went(place: Place, client: ShareClient) -> None:
    puts = [a_put(f"folder/{name}", name.encode(), make_parents=True) for name in NAMES]
    for _, result in client.put_many(puts):
        assert not isinstance(result, SmbError)

    assert {entry.name for entry in client.list_folder("folder")} == set(NAMES)
    assert all(read_all(client, f"folder/{name}") == name.encode() for name in NAMES)
    assert place.files() == {f"folder/{name}": name.encode() for name in NAMES}


def test_composed_and_decomposed_names_are_two(place: Place, client: ShareClient) -> None:
    composed, decomposed = "\u00e4", "a\u0308"
    client.put(a_put(composed, b"composed"))
    client.put(a_put(decomposed, b"decomposed"))

    assert place.files() == {composed: b"composed", decomposed: b"decomposed"}


@pytest.mark.parametrize("path", ["..", "a/../b", "./a", "a//b", "/a", "a/", "a\\b", "a\0b"])
def test_a_path_that_could_lead_elsewhere_is_never_sent(
    place: Place, client: ShareClient, path: str
) -> None:
    calls = (
        lambda: client.put(a_put(path)),
        lambda: client.make_folder(path),
        lambda: client.list_folder(path),
        lambda: client.delete_file(path, expected=None),
        lambda: client.rename("file", path, expected=None),
    )
    place.write("file")
    for call in calls:
        with pytest.raises(BadName):
            call()

    assert place.files() == {"file": b""}
    client.delete_file("file", expected=None)
    assert place.files() == {}, "nothing holds the file open"


def test_half_a_surrogate_pair_that_a_server_cannot_hold_is_told(
    place: Place, client: ShareClient
) -> None:
    for call in (client.make_folder, client.list_folder, client.open_reader):
        with pytest.raises(BadName):
            call("half\ud800pair")
    assert place.files() == {}


@pytest.mark.parametrize("name", ["what?", "all*", 'say "x"', "a<b", "a>b", "a|b"])
def test_a_name_that_windows_forbids_is_told_and_nothing_made(
    place: Place, client: ShareClient, name: str
) -> None:
    with pytest.raises(SmbError):
        client.put(a_put(name))

    assert place.files() == {}


def test_a_name_with_a_colon_never_goes_into_a_stream_of_another_file(
    place: Place, client: ShareClient
) -> None:
    place.write("file", b"content")

    with pytest.raises(SmbError):
        client.put(a_put("file:stream", b"hidden"))

    assert place.files() == {"file": b"content"}
    assert [entry.name for entry in client.list_folder("")] == ["file"]


def test_a_name_that_is_too_long_is_told(place: Place, client: ShareClient) -> None:
    with pytest.raises(SmbError):
        client.put(a_put("n" * 256))

    assert place.files() == {}


def test_case_is_kept_and_matters_as_the_server_says(
    place: Place, client: ShareClient, request: pytest.FixtureRequest
) -> None:
    sensitive = request.node.callspec.params["place"] is SETTINGS["case-sensitive"]
    place.write("Name", b"content")

    found = client.look("NAME")

    assert now_at(client, "Name").name == "Name"
    assert (found is None) is sensitive
    assert [entry.name for entry in client.list_folder("")] == ["Name"]


def test_a_file_is_renamed_to_another_case(place: Place, client: ShareClient) -> None:
    place.write("name", b"content")

    client.rename("name", "NAME", expected=now_at(client, "name"))

    assert place.files() == {"NAME": b"content"}
