"""Which shares a server offers: NetrShareEnum of its server service, over a named pipe of IPC$.

The call is MS-SRVS § 3.1.4.8; `rpc.py` carries it.
"""

from dataclasses import dataclass
from enum import Enum
from functools import partial
from struct import Struct
from typing import TYPE_CHECKING, Final
from uuid import UUID

from .errors import AccessDenied, NotFound, Unexpected, Unsupported
from .lane import Account, Lane
from .pipeline import run
from .rpc import Interface, NdrReader, NdrWriter, call
from .target import Address, Credentials, EncryptionFloor, ShareTarget

if TYPE_CHECKING:
    from .connection import Connection
    from .steps import Steps

_SUBJECT: Final = "the list of shares"
_IPC: Final = "IPC$"
_PIPE: Final = "srvsvc"
_SERVER_SERVICE: Final = Interface(UUID("4b324fc8-1670-01d3-1278-5a47bf6ee188"), 3)  # § 1.9
_SHARE_ENUM: Final = 15
_LEVEL: Final = 1  # name, type and comment: no rights on the server are needed
_UNLIMITED: Final = 0xFFFF_FFFF
_ENTRY: Final = Struct("<III")

# MS-ERREF § 2.2.
_SUCCESS: Final = 0
_ACCESS_DENIED: Final = 5
_NOT_SUPPORTED: Final = 50

_KIND: Final = 0x0FFF_FFFF
_SPECIAL: Final = 0x8000_0000


class ShareKind(Enum):
    """What is shared (MS-SRVS § 2.2.2.4)."""

    FOLDER = 0
    PRINTER = 1
    DEVICE = 2
    IPC = 3
    OTHER = -1


_FOLDERS: Final = {
    0,
    0x0200_0000,  # on a cluster
    0x0400_0000,  # on a scale-out cluster
    0x0800_0000,  # of a distributed file system
}


@dataclass(frozen=True, slots=True)
class OfferedShare:
    """One share as the server tells of it."""

    name: str
    kind: ShareKind
    special: bool  # for the server's own use: IPC$, and the shares of administrators
    comment: str = ""

    @property
    def hidden(self) -> bool:
        """Whether it is not meant to be picked from a list: what is special, or ends in `$`."""
        return self.special or self.name.endswith("$")


def list_shares(
    addresses: tuple[Address, ...],
    credentials: Credentials,
    encryption: EncryptionFloor = EncryptionFloor.PUBLIC_ADDRESS,
    *,
    deadline: float = 15.0,
) -> tuple[OfferedShare, ...]:
    """Return every share that a server tells this account of, in the server's order.

    The session is as safe as one for files, and ends with the call. `deadline` is in seconds, as
    for `ShareClient`. Raises what a dial raises, `AccessDenied` where the server keeps its shares
    to itself, and `Unsupported` where it has no such list.
    """
    target = ShareTarget(addresses, _IPC, credentials, encryption)
    lane = Lane(target, Account(), deadline)
    try:
        return run(lane, partial(_list_shares, server=addresses[0].host))
    finally:
        lane.close()


def _list_shares(
    connection: Connection, again: bool, server: str
) -> Steps[tuple[OfferedShare, ...]]:
    del connection, again  # asking twice is as good as once
    try:
        answer = yield from call(_PIPE, _SERVER_SERVICE, _SHARE_ENUM, _question(server), _SUBJECT)
    except NotFound as error:
        raise Unsupported(_SUBJECT, "the server has no server service") from error
    return _decode(answer)


def _question(server: str) -> bytes:
    writer = NdrWriter()
    writer.pointer()
    writer.string(f"\\\\{server}")
    writer.numbers(_LEVEL, _LEVEL)  # the level, and once more as the arm of the union
    writer.pointer()
    writer.numbers(0, 0)  # an empty container: no entries, no array
    writer.numbers(_UNLIMITED, 0)  # preferred size; no resume handle
    return writer.bytes()


def _decode(answer: bytes) -> tuple[OfferedShare, ...]:
    reader = NdrReader(answer, _SUBJECT)
    reader.number()  # the level
    reader.number()  # the arm of the union
    shares = _read_container(reader) if reader.number() else ()
    reader.number()  # how many there are in all
    if reader.number():
        reader.number()  # where to resume
    _raise_for(reader.number())
    return shares


def _read_container(reader: NdrReader) -> tuple[OfferedShare, ...]:
    count = reader.number()
    if not reader.number():
        return ()
    shares = []
    for name_at, kind, comment_at in reader.array(count, _ENTRY):
        name = reader.string() if name_at else ""
        comment = reader.string() if comment_at else ""
        if name:
            shares.append(OfferedShare(name, _kind(kind), bool(kind & _SPECIAL), comment))
    return tuple(shares)


def _raise_for(code: int) -> None:
    if code == _ACCESS_DENIED:
        raise AccessDenied(_SUBJECT, "the server does not tell this account")
    if code == _NOT_SUPPORTED:
        raise Unsupported(_SUBJECT)
    if code != _SUCCESS:
        raise Unexpected(_SUBJECT, f"error {code}")


def _kind(told: int) -> ShareKind:
    told &= _KIND
    if told in _FOLDERS:
        return ShareKind.FOLDER
    try:
        return ShareKind(told)
    except ValueError:
        return ShareKind.OTHER
