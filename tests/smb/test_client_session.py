"""Sessions: who may have one, how safe it is, and how it is kept and mended."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
import logging
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.smb import floor, lane
from custom_components.smb_ddns_sync.smb.errors import (
    AccountRefused,
    ConnectionFailed,
    ConnectionLost,
    Guest,
    NotEncrypted,
    NotFound,
    Refused,
    SmbError,
    TooOld,
    WrongPassword,
)
from custom_components.smb_ddns_sync.smb.facts import Cipher, Dialect, Signing
from custom_components.smb_ddns_sync.smb.target import Address, Credentials, EncryptionFloor
from demo.line import Cut, Door
from demo.proxy import Proxy
from demo.samba import Options, Protocol, Share

from .content import a_put, noise
from .servers import ALICE, SETTINGS, Place, Servers, Setting
from .waiting import BOUND

if TYPE_CHECKING:
    from .conftest import Connect

SECRET = "a needle that must not be seen"


def wrong(place: Place) -> Credentials:
    return replace(place.target.credentials, password="wrong")


@pytest.mark.parametrize(
    ("setting", "dialect", "signing", "cipher"),
    [
        ("2.0.2", Dialect.SMB_2_0_2, Signing.HMAC_SHA256, None),
        ("2.1", Dialect.SMB_2_1, Signing.HMAC_SHA256, None),
        ("3.0 encrypted", Dialect.SMB_3_0, Signing.AES_CMAC, Cipher.AES_128_CCM),
        ("3.1.1 signed", Dialect.SMB_3_1_1, Signing.AES_GMAC, None),
        ("3.1.1 encrypted", Dialect.SMB_3_1_1, Signing.AES_GMAC, Cipher.AES_128_GCM),
    ],
)
def test_the_facts_of_a_session_are_told(
    servers: Servers,
    connect: Connect,
    setting: str,
    dialect: Dialect,
    signing: Signing,
    cipher: Cipher | None,
) -> None:
    facts = connect(servers.place(SETTINGS[setting]).target).connect()

    assert (facts.dialect, facts.signing, facts.cipher) == (dialect, signing, cipher)
    assert facts.peer == "127.0.0.1"


def test_no_facts_are_told_of_a_session_that_does_not_stand(place: Place, connect: Connect) -> None:
    client = connect(place.target)
    before = client.facts, client.writable
    client.connect()
    while_it_stands = client.facts, client.writable
    client.close()

    assert before == (None, None) == (client.facts, client.writable)
    assert None not in while_it_stands


# The account


def test_a_refused_account_is_not_tried_again(servers: Servers, connect: Connect) -> None:
    place = servers.place(Setting(Options(lockout_after=100)))
    client = connect(place.but(credentials=wrong(place)))
    before = place.server.bad_passwords(ALICE.name)

    for _ in range(3):
        with pytest.raises(WrongPassword):
            client.connect()
        with pytest.raises(WrongPassword):
            client.look("x")
        with pytest.raises(WrongPassword):
            client.put(a_put("x", noise(3_000_000)))

    assert place.server.bad_passwords(ALICE.name) == before + 1


def test_many_threads_try_a_wrong_password_once(servers: Servers, connect: Connect) -> None:
    place = servers.place(Setting(Options(lockout_after=100)))
    client = connect(place.but(credentials=wrong(place)))
    before = place.server.bad_passwords(ALICE.name)

    with ThreadPoolExecutor(8) as threads:
        tries = [threads.submit(client.look, "x") for _ in range(8)]
    for each in tries:
        assert isinstance(each.exception(), AccountRefused)

    assert place.server.bad_passwords(ALICE.name) == before + 1


def test_a_password_that_was_changed_meanwhile_is_refused_and_not_tried_again(
    servers: Servers, connect: Connect
) -> None:
    place = servers.place(Setting(Options(lockout_after=50)))
    client = connect(place.target)
    client.connect()
    accounts = place.server.accounts
    place.server.accounts = tuple(replace(each, password="changed") for each in accounts)
    try:
        place.server.restart()
        for _ in range(3):
            with pytest.raises(WrongPassword):
                client.look("x")
        assert place.server.bad_passwords(ALICE.name) == 1
    finally:
        place.server.accounts = accounts
        place.server.restart()


def test_no_anonymous_session_is_asked_for(place: Place, connect: Connect) -> None:
    with pytest.raises(Guest):
        connect(place.but(credentials=Credentials(" ", ""))).connect()


def test_a_server_that_takes_us_for_a_guest_is_refused(servers: Servers, connect: Connect) -> None:
    place = servers.place(Setting(Options(guests=True)))
    shares = place.server.shares
    place.server.shares = (*shares, Share("open", place.folder, guests=True))
    place.server.restart()
    try:
        with pytest.raises(Guest):
            connect(
                place.but(share="open", credentials=Credentials("nobody-we-know", "any"))
            ).connect()
    finally:
        place.server.shares = shares
        place.server.restart()


# The floor


def test_where_encryption_is_asked_for_the_session_has_it(
    place: Place, proxy: Proxy, connect: Connect
) -> None:
    client = connect(replace(place.via(proxy), encryption=EncryptionFloor.ALWAYS))
    proxy.record()

    client.put(a_put("file", SECRET.encode()))

    assert client.facts is not None
    assert client.facts.encrypted
    assert place.files() == {"file": SECRET.encode()}
    assert all(SECRET.encode() not in sent for sent in proxy.recorded())


@pytest.mark.parametrize("setting", ["2.0.2", "2.1"])
def test_where_encryption_is_asked_for_and_not_offered_there_is_no_session(
    servers: Servers, connect: Connect, setting: str
) -> None:
    place = servers.place(SETTINGS[setting])

    with pytest.raises(NotEncrypted):
        connect(place.but(encryption=EncryptionFloor.ALWAYS)).connect()


def test_over_a_public_address_the_session_is_encrypted(
    place: Place, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(floor, "is_private", lambda _: False)

    assert connect(place.target).connect().encrypted
    assert not connect(place.but(encryption=EncryptionFloor.NEVER)).connect().encrypted


def test_over_a_public_address_no_password_goes_to_a_server_without_encryption(
    servers: Servers, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = servers.place(SETTINGS["2.1"])
    monkeypatch.setattr(floor, "is_private", lambda _: False)
    with Proxy(place.server.host, place.server.port) as proxy:
        proxy.record()

        with pytest.raises(NotEncrypted):
            connect(place.via(proxy)).connect()

        assert all(b"NTLMSSP" not in sent for sent in proxy.recorded())


@pytest.mark.parametrize(
    ("peer", "private"),
    [
        ("10.1.2.3", True),
        ("172.16.0.1", True),
        ("172.32.0.1", False),
        ("192.168.178.20", True),
        ("169.254.9.9", True),
        ("127.0.0.1", True),
        ("100.64.1.1", False),  # shared by a provider's customers
        ("192.0.2.1", False),
        ("8.8.8.8", False),
        ("::1", True),
        ("fe80::1%eth0", True),
        ("fd12:3456::1", True),
        ("2001:db8::1", False),
        ("::ffff:192.168.1.1", True),
        ("::ffff:8.8.8.8", False),
    ],
)
def test_which_addresses_are_private(peer: str, private: bool) -> None:
    assert floor.is_private(peer) is private


def test_a_server_that_knows_only_smb_1_is_too_old(servers: Servers, connect: Connect) -> None:
    old = Options(min_protocol=Protocol.NT1, max_protocol=Protocol.NT1)

    with pytest.raises(TooOld):
        connect(servers.place(Setting(old)).target).connect()


@pytest.mark.parametrize("password", [ALICE.password, "wrong needle"])
def test_neither_password_nor_what_it_could_be_guessed_from_is_logged(
    place: Place, connect: Connect, caplog: pytest.LogCaptureFixture, password: str
) -> None:
    caplog.set_level(logging.DEBUG)
    client = connect(place.but(credentials=Credentials(ALICE.name, password)))

    try:
        client.connect()
    except AccountRefused as error:
        assert password not in repr(error)  # noqa: PT017 - the good password raises nothing

    assert caplog.records
    for record in caplog.records:
        assert password not in record.getMessage()
        assert "TlRMTVNTUA" not in record.getMessage()  # "NTLMSSP" in base 64
        assert "4e544c4d53535000" not in record.getMessage().lower()  # and in hexadecimal


# Keeping and mending


def test_many_threads_share_one_dial(place: Place, proxy: Proxy, connect: Connect) -> None:
    client = connect(place.via(proxy))

    with ThreadPoolExecutor(10) as threads:
        list(threads.map(client.look, ["x"] * 30))

    assert proxy.traffic().connections == 1


def test_many_threads_share_one_new_dial_after_a_break(
    place: Place, proxy: Proxy, connect: Connect
) -> None:
    client = connect(place.via(proxy))
    client.connect()
    proxy.drop()

    with ThreadPoolExecutor(10) as threads:
        assert list(threads.map(client.look, ["x"] * 30)) == [None] * 30

    assert proxy.traffic().connections == 2


def test_after_a_failed_dial_the_line_is_left_alone_for_a_while(
    place: Place, proxy: Proxy, connect: Connect
) -> None:
    client = connect(place.via(proxy))
    proxy.door = Door.RESET
    for _ in range(20):
        with pytest.raises(ConnectionFailed):
            client.look("x")

    assert proxy.traffic().connections <= 2  # the second one asks whether it is SMB 1


def test_a_person_who_asks_for_a_dial_gets_one(
    place: Place, proxy: Proxy, connect: Connect
) -> None:
    client = connect(place.via(proxy))
    proxy.door = Door.REFUSE
    with pytest.raises(Refused):
        client.connect()
    proxy.door = Door.OPEN

    assert client.connect().dialect is Dialect.SMB_3_1_1


def test_a_better_address_is_gone_back_to(
    place: Place, proxy: Proxy, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    better = Address(proxy.host, proxy.port)
    other = place.target.addresses[0]
    monkeypatch.setattr(lane, "_BETTER_EVERY", 0.0)
    client = connect(place.but(addresses=(better, other)))
    proxy.door = Door.REFUSE
    assert client.connect().address == other
    assert client.connect().address == other
    proxy.door = Door.OPEN

    assert client.connect().address == better
    assert client.facts is not None
    assert client.facts.address == better
    assert client.look("x") is None


def test_a_session_that_the_server_still_holds_does_not_stand_in_the_way_of_the_next(
    place: Place, proxy: Proxy, connect: Connect
) -> None:
    """The server does not notice that the line is dead, and still has the temporary open."""
    client = connect(place.via(proxy), deadline=2)
    content = noise(5_000_000)
    put = a_put("file", content)
    cut = proxy.cut_after(2_000_000, how=Cut.SILENCE)

    client.put(put)

    assert cut.wait(BOUND)  # the line is cut first, and told after
    assert place.files() == {"file": content}


def test_a_client_that_is_closed_stays_closed(place: Place, connect: Connect) -> None:
    client = connect(place.target)
    client.connect()
    client.close()
    client.close()

    with pytest.raises(ConnectionLost):
        client.connect()
    with pytest.raises(ConnectionLost):
        client.look("x")


def test_two_clients_of_one_share_do_not_cut_each_other_off(place: Place, connect: Connect) -> None:
    first, second = connect(place.target), connect(place.target)

    for _ in range(3):
        assert first.look("x") is None
        assert second.look("x") is None


def test_an_error_is_raised_anew_for_each_caller(place: Place, connect: Connect) -> None:
    client = connect(place.but(share="nowhere"))
    errors: list[SmbError] = []
    for _ in range(2):
        with pytest.raises(SmbError) as caught:
            client.look("x")
        errors.append(caught.value)

    assert errors[0] is not errors[1]
    assert not isinstance(errors[0], NotFound)
