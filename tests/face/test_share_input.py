"""What people type for a share is understood, or refused with the reason."""

import pytest

from custom_components.smb_ddns_sync.form_fields import InputError
from custom_components.smb_ddns_sync.share_input import (
    Place,
    read_account,
    read_addresses,
    read_place,
    read_remote_folder,
    stored_address,
)
from custom_components.smb_ddns_sync.smb.target import Address

NAS = Place("nas.local", 445, "photos")


@pytest.mark.parametrize(
    ("server", "share"),
    [
        ("nas.local", "photos"),
        (" nas.local ", " photos "),
        ("nas.local.", "photos"),
        ("nas.local/", "/photos/"),
        ("nas.local", "\\photos\\"),
        ("\\\\nas.local", "photos"),
        ("\\\\nas.local\\photos", ""),
        ("\\\\nas.local\\photos\\", ""),
        ("//nas.local/photos", ""),
        ("smb://nas.local/photos", ""),
        ("SMB://nas.local:445/photos/", ""),
        ("cifs://anna:secret@nas.local/photos", ""),
        ("nas.local", "\\\\nas.local\\photos"),
        ("nas.local", "smb://other/photos"),
        ("nas.local:445", "photos"),
    ],
)
def test_every_way_to_write_a_share_means_the_same(server: str, share: str) -> None:
    assert read_place(server, 445, share) == NAS


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        ("192.168.1.20", Place("192.168.1.20", 445, "photos")),
        ("192.168.1.20:1445", Place("192.168.1.20", 1445, "photos")),
        ("fd00::20", Place("fd00::20", 445, "photos")),
        ("[fd00::20]", Place("fd00::20", 445, "photos")),
        ("[fd00::20]:1445", Place("fd00::20", 1445, "photos")),
        ("smb://[fd00::20]:1445/x", Place("fd00::20", 1445, "photos")),
        ("OFFICE_PC", Place("OFFICE_PC", 445, "photos")),
        ("büro-pc.local", Place("büro-pc.local", 445, "photos")),
    ],
)
def test_names_and_addresses_are_servers(server: str, expected: Place) -> None:
    assert read_place(server, 445, "photos") == expected


def test_a_port_in_the_servers_text_wins_over_the_field() -> None:
    assert read_place("smb://nas.local:1445/photos", 445, "").port == 1445
    assert read_place("nas.local", 1445, "photos").port == 1445


def test_a_share_in_its_own_field_wins_over_the_servers_text() -> None:
    assert read_place("\\\\nas.local\\old", 445, "new").share == "new"


def test_folders_behind_the_share_are_told_apart() -> None:
    assert read_place("smb://nas.local/photos/2026/summer%20trip", 445, "") == Place(
        "nas.local", 445, "photos", "2026/summer trip"
    )


@pytest.mark.parametrize("server", ["", "  ", "nas local", "-nas", "a..b", "http://nas", "x" * 254])
def test_what_is_no_server_is_refused(server: str) -> None:
    with pytest.raises(InputError) as refused:
        read_place(server, 445, "photos")

    assert refused.value.errors == {"host": "invalid_host"}


@pytest.mark.parametrize("port", [0, -1, 65536, float("nan"), float("inf")])
def test_what_is_no_port_is_refused(port: float) -> None:
    with pytest.raises(InputError) as refused:
        read_place("nas.local", port, "photos")

    assert refused.value.errors == {"port": "invalid_port"}


@pytest.mark.parametrize("share", ["", " ", "/", "\\\\nas.local"])
def test_a_share_must_be_named(share: str) -> None:
    with pytest.raises(InputError) as refused:
        read_place("nas.local", 445, share)

    assert refused.value.errors == {"share": "share_missing"}


@pytest.mark.parametrize("share", ["pho:tos", "a*", "x" * 81])
def test_what_cannot_name_a_share_is_refused(share: str) -> None:
    with pytest.raises(InputError) as refused:
        read_place("nas.local", 445, share)

    assert refused.value.errors == {"share": "invalid_share"}
    assert refused.value.placeholders["subject"] == share


@pytest.mark.parametrize(
    ("user", "domain", "expected"),
    [
        ("anna", "", ("anna", "")),
        (" anna ", " HOME ", ("anna", "HOME")),
        ("HOME\\anna", "", ("anna", "HOME")),
        ("HOME\\anna", "OLD", ("anna", "HOME")),
        (".\\anna", "", ("anna", "")),
        ("anna@NAS", "", ("anna", "NAS")),
        ("anna@example.com", "", ("anna@example.com", "")),
    ],
)
def test_every_way_to_write_an_account_is_understood(
    user: str, domain: str, expected: tuple[str, str]
) -> None:
    assert read_account(user, domain) == expected


@pytest.mark.parametrize("user", ["", "  ", "HOME\\", "@NAS"])
def test_an_account_needs_a_name(user: str) -> None:
    with pytest.raises(InputError) as refused:
        read_account(user, "")

    assert refused.value.errors == {"username": "username_missing"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("/", ""),
        (" / ", ""),
        ("backup", "backup"),
        ("/backup/media/", "backup/media"),
        ("backup\\media", "backup/media"),
        ("./backup//media", "backup/media"),
        ("\\\\nas.local\\photos\\backup", "backup"),
        ("smb://nas.local/PHOTOS/backup/media", "backup/media"),
        ("//nas.local/photos", ""),
        ("Fotos/Größe & Maß", "Fotos/Größe & Maß"),
    ],
)
def test_every_way_to_write_a_folder_on_the_share_is_understood(text: str, expected: str) -> None:
    assert read_remote_folder(text, "photos") == expected


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("../etc", "remote_folder_outside"),
        ("backup/../..", "remote_folder_outside"),
        ("back?up", "remote_folder_invalid"),
        ("backup/CON", "remote_folder_invalid"),
        ("backup./x", "remote_folder_invalid"),
        (".smb_ddns_sync/trash", "remote_folder_own"),
        ("backup/.SMB_DDNS_SYNC", "remote_folder_own"),
        ("\\\\nas.local\\other\\backup", "other_share"),
        ("\\\\nas.local", "other_share"),
    ],
)
def test_what_cannot_be_a_folder_on_the_share_is_refused(text: str, error: str) -> None:
    with pytest.raises(InputError) as refused:
        read_remote_folder(text, "photos")

    assert refused.value.errors == {"remote_folder": error}


def test_further_addresses_are_read_in_their_order_each_once() -> None:
    typed = ["10.8.0.2", " home.example.com:4450 ", "", "[fd00::20]:1445", "10.8.0.2:445"]

    assert read_addresses(typed) == [
        Address("10.8.0.2"),
        Address("home.example.com", 4450),
        Address("fd00::20", 1445),
    ]


@pytest.mark.parametrize(
    "address", [Address("nas"), Address("nas", 1), Address("fd00::1"), Address("fd00::1", 1445)]
)
def test_an_address_is_stored_as_it_is_read(address: Address) -> None:
    assert stored_address(str(address)) == address


@pytest.mark.parametrize("typed", ["nas local", "nas:0", "nas:65536", ":445", "a..b"])
def test_what_is_no_further_address_is_refused(typed: str) -> None:
    with pytest.raises(InputError) as refused:
        read_addresses([typed])

    assert refused.value.errors == {"base": "invalid_address"}
    assert refused.value.placeholders["subject"] == typed
