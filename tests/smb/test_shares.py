"""Which shares a server offers is asked as Windows asks, and told truthfully."""

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.smb_ddns_sync.smb.errors import (
    AccessDenied,
    AccountDisabled,
    BadAnswer,
    Refused,
    SmbError,
    Unexpected,
    Unsupported,
    WrongPassword,
)
from custom_components.smb_ddns_sync.smb.rpc import NdrWriter
from custom_components.smb_ddns_sync.smb.shares import (
    OfferedShare,
    ShareKind,
    _decode,
    list_shares,
)
from custom_components.smb_ddns_sync.smb.target import Address, Credentials
from demo.line import Door
from demo.samba import Account, SambaServer, Share

from .servers import ALICE, DATA, DISABLED, FOR_BOB, READ_ONLY, SETTINGS, Place, Servers
from .waiting import wait_until

if TYPE_CHECKING:
    from demo.proxy import Proxy

IPC = OfferedShare("IPC$", ShareKind.IPC, special=True, comment="IPC Service (SMB DDNS Sync demo)")


def results(*shares: tuple[str, int, str], code: int = 0, declared: int | None = None) -> bytes:
    """Return what a server would answer, as NDR."""
    writer = NdrWriter()
    writer.numbers(1, 1)
    writer.pointer()
    count = len(shares) if declared is None else declared
    writer.numbers(count)
    writer.pointer()
    writer.numbers(count)
    for _, kind, _ in shares:
        writer.pointer()
        writer.numbers(kind)
        writer.pointer()
    for name, _, comment in shares:
        writer.string(name)
        writer.string(comment)
    writer.numbers(len(shares), 0, code)
    return writer.bytes()


@pytest.mark.parametrize("setting", ["3.1.1 signed", "3.1.1 encrypted", "2.0.2", "one credit"])
def test_every_share_is_listed_with_its_comment(servers: Servers, setting: str) -> None:
    target = servers.place(SETTINGS[setting]).target

    assert list_shares(target.addresses, target.credentials) == (
        OfferedShare(DATA, ShareKind.FOLDER, special=False, comment="Ours"),
        OfferedShare(READ_ONLY, ShareKind.FOLDER, special=False),
        OfferedShare(FOR_BOB, ShareKind.FOLDER, special=False),
        IPC,
    )


def test_a_share_that_is_not_to_be_browsed_is_not_told(place: Place) -> None:
    unlisted = Share("unlisted", place.folder, listed=False)
    other = SambaServer(place.folder.parent / "other", (unlisted,), (ALICE,))
    with other:
        shares = list_shares(
            (Address(other.host, other.port),), Credentials(ALICE.name, ALICE.password)
        )

    assert shares == (IPC,)


def test_a_list_of_many_fragments_is_whole(place: Place) -> None:
    many = tuple(
        Share(f"share{number:03}", place.folder, comment="ö" * 200) for number in range(200)
    )
    other = SambaServer(place.folder.parent / "many", many, (ALICE,))
    with other:
        shares = list_shares(
            (Address(other.host, other.port),), Credentials(ALICE.name, ALICE.password)
        )

    assert [(share.name, share.comment) for share in shares if not share.hidden] == [
        (share.name, share.comment) for share in many
    ]


@pytest.mark.parametrize(
    ("account", "error"),
    [
        (replace(ALICE, password="guess"), WrongPassword),
        (Account("nobody knows", "guess"), WrongPassword),
        (DISABLED, AccountDisabled),
    ],
)
def test_a_refused_account_is_told(place: Place, account: Account, error: type[SmbError]) -> None:
    with pytest.raises(error):
        list_shares(place.target.addresses, Credentials(account.name, account.password))


def test_a_server_that_is_not_there_is_told(place: Place, proxy: Proxy) -> None:
    proxy.door = Door.REFUSE

    with pytest.raises(Refused):
        list_shares(place.via(proxy).addresses, place.target.credentials)


def test_the_connection_ends_with_the_call(place: Place, proxy: Proxy) -> None:
    list_shares(place.via(proxy).addresses, place.target.credentials)

    assert proxy.traffic().connections == 1
    wait_until(lambda: proxy.open_connections == 0)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (0, ShareKind.FOLDER),
        (0x0400_0000, ShareKind.FOLDER),
        (0x4000_0000, ShareKind.FOLDER),
        (1, ShareKind.PRINTER),
        (2, ShareKind.DEVICE),
        (0x8000_0003, ShareKind.IPC),
        (9, ShareKind.OTHER),
    ],
)
def test_a_share_is_of_the_kind_that_the_server_tells(kind: int, said: ShareKind) -> None:
    (share,) = _decode(results(("x", kind, "")))

    assert share.kind is said


def test_shares_of_administrators_and_those_with_a_dollar_are_hidden() -> None:
    shares = _decode(results(("C$", 0x8000_0000, ""), ("ADMIN", 0x8000_0000, ""), ("own$", 0, "")))

    assert all(share.hidden for share in shares)


def test_an_empty_list_is_empty() -> None:
    assert _decode(results()) == ()


@pytest.mark.parametrize(
    ("code", "error"), [(5, AccessDenied), (50, Unsupported), (1234, Unexpected)]
)
def test_a_server_that_refuses_is_told(code: int, error: type[SmbError]) -> None:
    with pytest.raises(error, match="the list of shares"):
        _decode(results(code=code))


def test_a_list_that_claims_more_than_it_holds_is_a_bad_answer() -> None:
    with pytest.raises(BadAnswer):
        _decode(results(("x", 0, ""), declared=0x2000_0000))


def test_a_list_cut_short_anywhere_is_a_bad_answer() -> None:
    whole = results(("music", 0, "all of it"), ("IPC$", 0x8000_0003, ""))
    for size in range(len(whole)):
        with pytest.raises(BadAnswer):
            _decode(whole[:size])


@given(st.binary(max_size=300))
def test_rubbish_is_a_list_or_an_error_and_never_more(answer: bytes) -> None:
    try:
        shares = _decode(answer)
    except SmbError:
        return
    assert all(share.name for share in shares)
