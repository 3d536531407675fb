"""Health is one value, whatever the server does."""

from dataclasses import replace
import socket
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.smb.errors import (
    AccountDisabled,
    Cause,
    ConnectionLost,
    NoSuchShare,
    NotEncrypted,
    ReadOnly,
    Refused,
    ShareAccessDenied,
    SmbError,
    TimedOut,
    WrongPassword,
)
from custom_components.smb_ddns_sync.smb.facts import Dialect, Space
from custom_components.smb_ddns_sync.smb.health import STATUSES, Health, _shortcoming, probe
from custom_components.smb_ddns_sync.smb.target import Address, Credentials, EncryptionFloor
from demo.line import Cut, Door

from .servers import ALICE, DISABLED, FOR_BOB, READ_ONLY, SETTINGS, Place, Servers

if TYPE_CHECKING:
    from custom_components.smb_ddns_sync.smb.client import ShareClient
    from demo.proxy import Proxy

    from .conftest import Connect


def test_of_a_well_share_everything_is_known(place: Place, client: ShareClient) -> None:
    health = probe(client)

    assert health.error is None
    assert health.status == "ok"
    assert health.writable is True
    assert health.facts is not None
    assert health.facts.dialect is Dialect.SMB_3_1_1
    assert health.facts.address == place.target.addresses[0]
    assert health.round_trip is not None
    assert health.round_trip > 0
    assert health.space is not None
    assert 0 < health.space.free < health.space.total


def test_an_encrypted_session_is_told(servers: Servers, connect: Connect) -> None:
    place = servers.place(SETTINGS["3.1.1 encrypted"])

    health = probe(connect(place.target))

    assert health.facts is not None
    assert health.facts.encrypted


def test_a_share_for_reading_only_is_told_with_all_that_is_known(
    place: Place, connect: Connect
) -> None:
    health = probe(connect(place.but(share=READ_ONLY)))

    assert isinstance(health.error, ReadOnly)
    assert health.status == "read_only"
    assert health.writable is False
    assert health.facts is not None
    assert health.space is not None


def test_looking_whether_a_share_can_be_written_leaves_nothing_in_it(
    place: Place, client: ShareClient
) -> None:
    before = place.folder.stat()

    probe(client)

    assert not list(place.folder.iterdir())
    assert place.folder.stat().st_mtime_ns == before.st_mtime_ns


def test_a_full_share_is_told() -> None:
    error = _shortcoming("share", Space(total=1000, free=0), writable=True)

    assert error is not None
    assert error.cause is Cause.FULL


def test_a_server_that_does_not_tell_its_space_is_well() -> None:
    assert _shortcoming("share", None, writable=True) is None


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"credentials": Credentials(ALICE.name, "guess")}, WrongPassword),
        ({"credentials": Credentials("eve", "guess")}, WrongPassword),
        ({"credentials": Credentials(DISABLED.name, DISABLED.password)}, AccountDisabled),
        ({"share": "nowhere"}, NoSuchShare),
        ({"share": FOR_BOB}, ShareAccessDenied),
    ],
)
def test_what_is_wrong_is_told_by_its_cause(
    place: Place, connect: Connect, changes: dict[str, object], error: type[SmbError]
) -> None:
    health = probe(connect(place.but(**changes)))

    assert isinstance(health.error, error)
    assert health == Health(health.error)


def test_a_session_below_the_floor_is_told(servers: Servers, connect: Connect) -> None:
    place = servers.place(SETTINGS["2.1"])

    health = probe(connect(place.but(encryption=EncryptionFloor.ALWAYS)))

    assert isinstance(health.error, NotEncrypted)


def test_a_closed_port_is_told(place: Place, proxy: Proxy, connect: Connect) -> None:
    proxy.door = Door.REFUSE

    assert isinstance(probe(connect(place.via(proxy))).error, Refused)


def test_a_name_without_an_address_is_told(
    place: Place, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    target = replace(place.target, addresses=(Address("nowhere.invalid"),))

    assert probe(connect(target)).status == "unresolved"


def test_a_server_that_falls_silent_is_told_within_the_deadline(
    place: Place, proxy: Proxy, connect: Connect
) -> None:
    client = connect(place.via(proxy), deadline=1.0)
    assert probe(client).error is None
    proxy.drop(Cut.SILENCE)
    proxy.door = Door.SILENT

    health = probe(client)

    assert isinstance(health.error, TimedOut)
    assert health.facts is None


def test_a_share_that_comes_back_is_well_again(
    place: Place, proxy: Proxy, connect: Connect
) -> None:
    client = connect(place.via(proxy))
    assert probe(client).error is None
    proxy.door = Door.REFUSE
    proxy.drop()
    assert isinstance(probe(client).error, (Refused, ConnectionLost))

    proxy.door = Door.OPEN

    assert probe(client).error is None


def test_a_second_look_takes_two_round_trips_and_no_new_connection(
    place: Place, proxy: Proxy, connect: Connect
) -> None:
    client = connect(place.via(proxy))
    probe(client)
    before = proxy.traffic()

    probe(client)

    traffic = proxy.traffic() - before
    assert (traffic.connections, traffic.round_trips) == (0, 2)


def test_every_cause_has_a_status() -> None:
    assert set(STATUSES) == {"ok"} | {cause.value for cause in Cause}
