"""What a source is: one way of asking for the address of this site, and what it may answer."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NewType, Protocol

from .address import Address, Family, family_of

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

SourceId = NewType("SourceId", str)
Operator = NewType("Operator", str)  # who runs it; hosts of one operator can be wrong together


class SourceKind(StrEnum):
    """How a source is asked."""

    HTTP = "http"  # a web server that tells from where it was asked


class NoAnswer(StrEnum):
    """Why a source named no address."""

    TIMED_OUT = "timed_out"
    UNREACHABLE = "unreachable"  # no route, or the host has no address of the asked family
    REFUSED = "refused"
    TLS = "tls"  # the server could not prove who it is
    CUT_OFF = "cut_off"  # the connection broke, or what came was not HTTP
    REDIRECTED = "redirected"
    BAD_STATUS = "bad_status"
    TOO_LARGE = "too_large"
    NOT_AN_ADDRESS = "not_an_address"
    WRONG_FAMILY = "wrong_family"
    WRONG_HOST = "wrong_host"  # the answer is another host's: something stands in between
    TUNNELLED = "tunnelled"  # the request went through a VPN, so the address is the VPN's


@dataclass(frozen=True, slots=True)
class Answer:
    """What one source said when asked once for the address of one family.

    Raises `ValueError` for an address of another family: such an answer is `NoAnswer.WRONG_FAMILY`.
    """

    source: SourceId
    operator: Operator
    family: Family
    found: Address | NoAnswer

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
