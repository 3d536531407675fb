"""How a share is: one value, with all that could be found out, and what is wrong if anything is.

Whether the share takes writes is told by the server itself when the share is connected to: the
maximal access of this account (MS-SMB2 § 2.2.10). That costs no round trip and leaves nothing
behind; a file made for a trial would wake the disk of a NAS, start its indexers and virus scanners
and, where the connection breaks in the middle, stay.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .errors import Cause, ConnectionFailed, Full, ReadOnly, SmbError, Unsupported
from .legacy import Smb1

if TYPE_CHECKING:
    from .client import ShareClient
    from .facts import SessionFacts, Space

OK: Final = "ok"
STATUSES: Final = (OK, *(cause.value for cause in Cause))
"""All that `Health.status` can be: stable keys, for translations and automations."""


@dataclass(frozen=True, slots=True)
class Health:
    """A share at one moment. What could not be found out is None."""

    error: SmbError | None = None
    """Why the share cannot be used as it should; None where it can."""
    facts: SessionFacts | None = None
    """The session; None where none stands."""
    round_trip: float | None = None
    """Seconds from a question to its answer."""
    space: Space | None = None
    writable: bool | None = None
    smb1: Smb1 = Smb1.UNKNOWN
    """Not part of a probe: it takes a connection of its own, and is asked for rarely."""

    @property
    def status(self) -> str:
        """One of `STATUSES`."""
        return OK if self.error is None else self.error.cause.value


def probe(client: ShareClient) -> Health:
    """Look at a share, dialling if there is no connection; two round trips where there is one.

    Never raises `SmbError`: what is wrong is in the value. A share that cannot be written, or is
    full, is told by `ReadOnly` or `Full`, with everything else known of it.
    """
    try:
        facts = client.connect()
    except SmbError as error:
        return Health(error)
    round_trip: float | None = None
    try:
        round_trip = client.echo()
        space = _space(client)
    except SmbError as error:
        lost = isinstance(error, ConnectionFailed)
        return Health(error, None if lost else facts, round_trip, writable=client.writable)
    writable = client.writable
    shortcoming = _shortcoming(client.target.share, space, writable)
    return Health(shortcoming, client.facts or facts, round_trip, space, writable)


def _space(client: ShareClient) -> Space | None:
    try:
        return client.space()
    except Unsupported:
        return None  # a server may not tell, and be well all the same


def _shortcoming(share: str, space: Space | None, writable: bool | None) -> SmbError | None:
    if writable is False:
        return ReadOnly(share, "the account may only read")
    if space is not None and not space.free:
        return Full(share, "nothing is left for this account")
    return None
