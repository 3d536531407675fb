"""Who may in: a password is tried once, and no session is less safe than the floor asks."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
import logging
import os
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.smb.errors import (
    AccountDisabled,
    AccountLocked,
    AccountRefused,
    FloorNotMet,
    Guest,
    NoSuchShare,
    NotEncrypted,
    NotSigned,
    ReadOnly,
    ShareAccessDenied,
    SmbError,
    Tampered,
    TooOld,
    WrongPassword,
)
from custom_components.smb_ddns_sync.smb.facts import Cipher, Dialect
from custom_components.smb_ddns_sync.smb.target import Credentials, EncryptionFloor
from demo.line import Cut
from demo.samba import Encryption, Options, Protocol

from .content import a_put
from .servers import (
    ALICE,
    DISABLED,
    FOR_BOB,
    READ_ONLY,
    SETTINGS,
    Place,
    Servers,
    Setting,
)

if TYPE_CHECKING:
    from custom_components.smb_ddns_sync.smb.client import ShareClient
    from demo.proxy import Proxy

    from .conftest import Connect

WRONG = Credentials(ALICE.name, "not the password")
COUNTING = Setting(Options(lockout_after=5))


def refused(client: ShareClient) -> AccountRefused:
    with pytest.raises(AccountRefused) as caught:
        client.look("anything")
    return caught.value


def test_a_wrong_password_is_tried_once_and_never_again(servers: Servers, connect: Connect) -> None:
    place = servers.place(COUNTING)
    before = place.server.bad_passwords(ALICE.name)
    client = connect(place.but(credentials=WRONG))

    for _ in range(5):
        assert isinstance(refused(client), WrongPassword)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(refused, [client] * 8))

    assert place.server.bad_passwords(ALICE.name) == before + 1


def test_a_password_that_stops_being_right_is_tried_once(
    servers: Servers, connect: Connect, proxy: Proxy
) -> None:
    place = servers.place(COUNTING)
    proxy.retarget(place.server.host, place.server.port)
    client = connect(place.via(proxy))
    client.put(a_put("file"))
    place.server.stop()
    accounts = place.server.accounts
    place.server.accounts = tuple(
        replace(account, password="changed") if account is ALICE else account
        for account in accounts
    )
    try:
        place.server.start()
        proxy.drop(Cut.RESET)
        for _ in range(5):
            refused(client)
        assert place.server.bad_passwords(ALICE.name) == 1
    finally:
        place.server.stop()
        place.server.accounts = accounts


def test_a_locked_account_is_told(servers: Servers, connect: Connect) -> None:
    place = servers.place(Setting(Options(lockout_after=1)))
    refused(connect(place.but(credentials=WRONG)))

    assert isinstance(refused(connect(place.target)), AccountLocked)


@pytest.mark.parametrize(
    ("credentials", "error"),
    [
        (WRONG, WrongPassword),
        (Credentials("eve", "guess"), WrongPassword),
        (Credentials(DISABLED.name, DISABLED.password), AccountDisabled),
        (Credentials("", ""), Guest),
    ],
)
def test_a_refused_account_is_told_by_its_cause(
    place: Place, connect: Connect, credentials: Credentials, error: type[SmbError]
) -> None:
    with pytest.raises(error):
        connect(place.but(credentials=credentials)).connect()


@pytest.mark.parametrize(
    ("share", "error"), [("nowhere", NoSuchShare), (FOR_BOB, ShareAccessDenied)]
)
def test_a_share_that_cannot_be_used_is_told(
    place: Place, connect: Connect, share: str, error: type[SmbError]
) -> None:
    with pytest.raises(error, match=share):
        connect(place.but(share=share)).connect()


@pytest.mark.parametrize("size", [10, 2_500_000])
def test_a_read_only_share_takes_no_writes_and_says_so(
    place: Place, connect: Connect, size: int
) -> None:
    place.write("file", b"content")
    client = connect(place.but(share=READ_ONLY))

    for change in (
        lambda: client.put(a_put("new", bytes(size))),
        lambda: client.put(a_put("file", bytes(size), expected=client.look("file"))),
        lambda: client.make_folder("folder"),
        lambda: client.rename("file", "other", expected=None),
        lambda: client.delete_file("file", expected=None),
        lambda: client.set_times("file", modified=1),
    ):
        with pytest.raises(ReadOnly):
            change()
    assert place.files() == {"file": b"content"}


@pytest.mark.parametrize("setting", ["2.1", "2.0.2"])
def test_where_encryption_is_asked_for_a_server_without_it_is_refused(
    servers: Servers, connect: Connect, setting: str
) -> None:
    place = servers.place(SETTINGS[setting])

    with pytest.raises(NotEncrypted):
        connect(place.but(encryption=EncryptionFloor.ALWAYS)).connect()


def test_where_encryption_is_asked_for_a_server_that_has_it_switched_off_is_refused(
    servers: Servers, connect: Connect
) -> None:
    place = servers.place(Setting(Options(encryption=Encryption.OFF)))

    with pytest.raises(FloorNotMet):
        connect(place.but(encryption=EncryptionFloor.ALWAYS)).connect()


def test_where_encryption_is_asked_for_the_session_has_it(place: Place, connect: Connect) -> None:
    facts = connect(place.but(encryption=EncryptionFloor.ALWAYS)).connect()

    assert facts.encrypted
    assert facts.cipher is Cipher.AES_128_GCM


def test_nothing_readable_crosses_the_line_of_an_encrypted_session(
    place: Place, proxy: Proxy, connect: Connect
) -> None:
    proxy.record()
    target = replace(place.via(proxy), encryption=EncryptionFloor.ALWAYS)
    client = connect(target)

    client.put(a_put("a very secret name", b"a very secret content"))

    (sent,) = proxy.recorded()
    assert b"a very secret content" not in sent
    assert "a very secret name".encode("utf-16-le") not in sent


def test_a_server_with_nothing_but_smb1_gets_no_session(
    servers: Servers, connect: Connect, proxy: Proxy
) -> None:
    options = Options(min_protocol=Protocol.NT1, max_protocol=Protocol.NT1)
    place = servers.place(Setting(options))
    proxy.retarget(place.server.host, place.server.port)
    proxy.record()

    with pytest.raises(TooOld):
        connect(place.via(proxy)).connect()

    session_setup = b"\xffSMB\x73"  # MS-CIFS 2.2.4.53
    assert session_setup not in b"".join(proxy.recorded())


def test_a_guest_session_is_refused(servers: Servers, connect: Connect) -> None:
    place = servers.place(Setting(Options(guests=True)))

    with pytest.raises((Guest, NotSigned, Tampered)):
        connect(place.but(credentials=Credentials("unknown", "whatever"))).connect()


def test_the_newest_dialect_of_both_is_spoken(servers: Servers, connect: Connect) -> None:
    for name, dialect in {
        "3.1.1 signed": Dialect.SMB_3_1_1,
        "3.0 encrypted": Dialect.SMB_3_0,
        "2.1": Dialect.SMB_2_1,
        "2.0.2": Dialect.SMB_2_0_2,
    }.items():
        client = connect(servers.place(SETTINGS[name]).target)
        assert client.connect().dialect is dialect


def test_the_password_is_nowhere_to_be_seen(
    place: Place, proxy: Proxy, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    proxy.record()
    client = connect(place.via(proxy))
    client.put(a_put("file"))
    with pytest.raises(WrongPassword) as caught:
        connect(place.but(credentials=Credentials(ALICE.name, "my secret guess"))).connect()

    told = [caplog.text, repr(client.target), repr(caught.value), repr(client.facts)]
    told += [record.getMessage() for record in caplog.records]
    sent = b"".join(proxy.recorded())
    for password in (ALICE.password, "my secret guess"):
        assert not [text for text in told if password in text]
        assert password.encode() not in sent
        assert password.encode("utf-16-le") not in sent


def test_no_message_of_the_sign_in_is_in_the_log(
    place: Place, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    connect(place.target).connect()

    assert "NTLMSSP" not in caplog.text
    assert os.fsencode("NTLMSSP").hex(" ").upper() not in caplog.text
