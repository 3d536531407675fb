"""Who sits on the line gets no session that is less safe, and no crash: an error by its cause."""

from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.smb.errors import (
    BadAnswer,
    ConnectionLost,
    Guest,
    NotEncrypted,
    SmbError,
    Tampered,
    TimedOut,
    TooOld,
)
from custom_components.smb_ddns_sync.smb.target import Address, EncryptionFloor
from custom_components.smb_ddns_sync.smb.wire import Command

from .meddler import Meddler
from .servers import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Connect
    from .meddler import Change
    from .servers import Place, Servers

_DIALECT = slice(68, 70)
_SECURITY_MODE = 66
_CONTEXTS = slice(70, 72)
_CAPABILITIES = slice(88, 92)
_LARGEST_READ = slice(96, 100)
_CONTEXTS_AT = slice(124, 128)
_FLAGS = 16
_STATUS = slice(8, 12)
_SESSION_FLAGS = 66
_SIGNED = 8


def of(command: Command, change: Callable[[bytearray], object]) -> Change:
    """Change the answers to one command, and let all else pass."""

    def meddle(frame: bytearray) -> bytearray:
        if int.from_bytes(frame[12:14], "little") == command:
            changed = change(frame)
            if isinstance(changed, bytes | bytearray):
                return bytearray(changed)
        return frame

    return meddle


def setting(where: slice | int, value: bytes) -> Callable[[bytearray], None]:
    """Return what writes bytes over a place of a frame."""

    def change(frame: bytearray) -> None:
        place = slice(where, where + len(value)) if isinstance(where, int) else where
        frame[place] = value

    return change


def unsigned(frame: bytearray) -> None:
    frame[_FLAGS] &= ~_SIGNED
    frame[48:64] = bytes(16)


def as_guest(frame: bytearray) -> None:
    if frame[_STATUS] == bytes(4):
        frame[_SESSION_FLAGS] |= 1


def as_smb1(frame: bytearray) -> bytes:
    return b"\xffSMB" + bytes(frame[4:])


TO_CLIENT: dict[str, tuple[Change, type[SmbError]]] = {
    "SMB 1": (of(Command.NEGOTIATE, as_smb1), TooOld),
    "SMB 2.0.2": (of(Command.NEGOTIATE, setting(_DIALECT, b"\x02\x02")), Tampered),
    "SMB 3.0": (of(Command.NEGOTIATE, setting(_DIALECT, b"\x00\x03")), Tampered),
    "a dialect that was not offered": (
        of(Command.NEGOTIATE, setting(_DIALECT, b"\x99\x09")), BadAnswer,
    ),
    "no signing": (of(Command.NEGOTIATE, setting(_SECURITY_MODE, b"\0")), Tampered),
    "no capabilities": (of(Command.NEGOTIATE, setting(_CAPABILITIES, bytes(4))), Tampered),
    "no contexts": (of(Command.NEGOTIATE, setting(_CONTEXTS, b"\0\0")), Tampered),
    "contexts beyond the frame": (
        of(Command.NEGOTIATE, setting(_CONTEXTS_AT, b"\xff\xff\xff\0")), SmbError,
    ),
    "more contexts than there are": (
        of(Command.NEGOTIATE, setting(_CONTEXTS, b"\xff\xff")), BadAnswer,
    ),
    "another limit": (of(Command.NEGOTIATE, setting(_LARGEST_READ, b"\0\0\x01\0")), Tampered),
    "half a negotiation": (of(Command.NEGOTIATE, lambda frame: frame[:80]), BadAnswer),
    "no negotiation at all": (of(Command.NEGOTIATE, lambda frame: frame[:64]), BadAnswer),
    "a guest": (of(Command.SESSION_SETUP, as_guest), Guest),
    "a sign-in without a signature": (of(Command.SESSION_SETUP, unsigned), Tampered),
    "half a sign-in": (of(Command.SESSION_SETUP, lambda frame: frame[:66]), BadAnswer),
    "a token that is none": (
        of(Command.SESSION_SETUP, lambda frame: frame[:80] + bytes(len(frame) - 80)), SmbError,
    ),
    "an answer to another message": (
        of(Command.SESSION_SETUP, setting(24, (4711).to_bytes(8, "little"))), BadAnswer,
    ),
    "a share without a signature": (of(Command.TREE_CONNECT, unsigned), Tampered),
    "half a share": (of(Command.TREE_CONNECT, lambda frame: frame[:70]), Tampered),
}  # fmt: skip


@pytest.mark.parametrize("lie", TO_CLIENT)
def test_a_session_that_was_meddled_with_is_none(lie: str, place: Place, connect: Connect) -> None:
    change, expected = TO_CLIENT[lie]
    with Meddler(place.server.host, place.server.port, to_client=change) as line:
        client = connect(place.but(addresses=(Address(line.host, line.port),)), deadline=5.0)
        with pytest.raises(expected) as caught:
            client.connect()
        assert not isinstance(caught.value, TimedOut | ConnectionLost)


def only_oldest(frame: bytearray) -> bytearray:
    """Rewrite what is offered to SMB 2.0.2 alone, so that the server truly speaks it."""
    if int.from_bytes(frame[12:14], "little") == Command.NEGOTIATE:
        frame[66:68] = (1).to_bytes(2, "little")
        frame[92:100] = bytes(8)  # where contexts would be
        return frame[:100] + b"\x02\x02"
    return frame


def test_an_offer_that_was_cut_down_to_the_oldest_dialect_is_found_out(
    servers: Servers, connect: Connect
) -> None:
    place = servers.place(SETTINGS["3.1.1 signed"])
    with Meddler(place.server.host, place.server.port, to_server=only_oldest) as line:
        client = connect(place.but(addresses=(Address(line.host, line.port),)), deadline=5.0)
        # Both ends prove the offer to each other; Samba hangs up where it is not what it saw.
        with pytest.raises((Tampered, ConnectionLost)):
            client.connect()


def test_encryption_that_is_asked_for_cannot_be_talked_away(place: Place, connect: Connect) -> None:
    change = of(Command.NEGOTIATE, setting(_CONTEXTS, b"\0\0"))
    with Meddler(place.server.host, place.server.port, to_client=change) as line:
        target = place.but(
            addresses=(Address(line.host, line.port),), encryption=EncryptionFloor.ALWAYS
        )
        with pytest.raises((NotEncrypted, Tampered)):
            connect(target, deadline=5.0).connect()
