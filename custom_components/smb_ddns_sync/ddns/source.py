"""What a source is: one way of asking for the address of this site, and what it may answer."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NewType, Protocol

from .address import Address, Family, Scope, family_of, scope_of

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

SourceId = NewType("SourceId", str)
Operator = NewType("Operator", str)  # who runs it; hosts of one operator can be wrong together


class SourceKind(StrEnum):
    """How a source is asked. What fools one kind, such as a proxy, rarely fools another."""

    HTTP = "http"  # a web server that tells from where it was asked
    DNS = "dns"  # a DNS server that tells from where it was asked
    STUN = "stun"  # a STUN server, which does nothing else
    ROUTER = "router"  # what the router says of its own outer side
    INTERFACE = "interface"  # what this machine's network interface holds
    ENTITY = "entity"  # what an entity of the user's tells


LOCAL_KINDS: Final = frozenset({SourceKind.ROUTER, SourceKind.INTERFACE, SourceKind.ENTITY})
"""Kinds that look from inside the house. They see behind a NAT, where an address is not public."""


class NoAnswer(StrEnum):
    """Why a source named no address."""

    TIMED_OUT = "timed_out"
    UNREACHABLE = "unreachable"  # no route, or the host has no address of the asked family
    REFUSED = "refused"
    TLS = "tls"  # the server could not prove who it is
    CUT_OFF = "cut_off"  # the connection broke, or what came was not of the protocol
    REDIRECTED = "redirected"
    BAD_STATUS = "bad_status"
    TOO_LARGE = "too_large"
    NOT_AN_ADDRESS = "not_an_address"
    WRONG_FAMILY = "wrong_family"
    WRONG_HOST = "wrong_host"  # the answer is another host's: something stands in between
    TUNNELLED = "tunnelled"  # the request went through a VPN, so the address is the VPN's
    INTERCEPTED = "intercepted"  # another server answered in place of the one that was asked
    NOT_OFFERED = "not_offered"  # the router was found, but does not tell its address
    NOTHING = "nothing"  # asked, and there is none: no such interface, an entity without a value
    TEMPORARY = "temporary"  # an IPv6 address that this machine gives up soon (RFC 8981)


@dataclass(frozen=True, slots=True)
class Answer:
    """What one source said when asked once for the address of one family.

    Raises `ValueError` for an address of another family: such an answer is `NoAnswer.WRONG_FAMILY`.
    """

    source: SourceId
    operator: Operator
    family: Family
    found: Address | NoAnswer
    kind: SourceKind = SourceKind.HTTP

    def __post_init__(self) -> None:
        if not isinstance(self.found, NoAnswer) and family_of(self.found) is not self.family:
            raise ValueError("an answer holds an address of the asked family")

    @property
    def address(self) -> Address | None:
        """The address that the source named, if it named one."""
        return None if isinstance(self.found, NoAnswer) else self.found

    @property
    def reason(self) -> NoAnswer | None:
        """Why there is no address, where there is none."""
        return self.found if isinstance(self.found, NoAnswer) else None

    @property
    def inner(self) -> bool:
        """Whether it is only about the inside of a NAT: true, but no claim about this site."""
        address = self.address
        return (
            address is not None
            and self.kind in LOCAL_KINDS
            and scope_of(address) is not Scope.PUBLIC
        )


class Source(Protocol):
    """One way of asking for the address.

    Invariant: `ask` raises nothing but cancellation; whatever goes wrong is a `NoAnswer`.
    """

    @property
    def id(self) -> SourceId:
        """What tells it from all others; holds no secret."""
        ...

    @property
    def operator(self) -> Operator:
        """Who runs it: the one who has the vote."""
        ...

    @property
    def kind(self) -> SourceKind:
        """How it is asked."""
        ...

    @property
    def families(self) -> AbstractSet[Family]:
        """The families that it can be asked for."""
        ...

    async def ask(self, family: Family) -> Answer:
        """Ask once, within a deadline of its own."""
        ...
