"""What an HTTP echo is, and the one rule for what counts as its answer."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from ..address import Address, Family, parse_address
from ..source import NoAnswer, Operator, SourceId

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yarl import URL


class EchoForm(Enum):
    """What the body of an echo's answer looks like."""

    PLAIN = auto()  # the address and nothing else
    TRACE = auto()  # Cloudflare's key=value lines (developers.cloudflare.com, "cdn-cgi/trace")


@dataclass(frozen=True, slots=True)
class HttpEcho:
    """A web server that answers with the address it was asked from.

    Raises `ValueError` if there is no URL at all.
    """

    id: SourceId
    title: str
    operator: Operator
    urls: Mapping[Family, URL]
    form: EchoForm = EchoForm.PLAIN

    def __post_init__(self) -> None:
        if not self.urls:
            raise ValueError("an echo has a URL for at least one family")

    @property
    def families(self) -> frozenset[Family]:
        """The families that it can be asked for."""
        return frozenset(self.urls)

    def read(self, body: bytes, family: Family) -> Address | NoAnswer:
        """Return the address that the whole body is, or why it is none.

        A page that contains an address is no answer: captive portals and error pages contain many.
        """
        try:
            text = body.decode("ascii")
        except UnicodeDecodeError:
            return NoAnswer.NOT_AN_ADDRESS
        match self.form:
            case EchoForm.PLAIN:
                return _whole(text, family)
            case EchoForm.TRACE:
                return self._read_trace(text, family)

    def _read_trace(self, text: str, family: Family) -> Address | NoAnswer:
        fields: dict[str, str] = {}
        for line in text.splitlines():
            key, equals, value = line.partition("=")
            if not equals or key in fields:
                return NoAnswer.NOT_AN_ADDRESS
            fields[key] = value
        if "ip" not in fields:
            return NoAnswer.NOT_AN_ADDRESS
        asked = self.urls[family].host
        if fields.get("h", "").strip("[]").lower() != asked:
            return NoAnswer.WRONG_HOST
        if fields.get("warp", "off") != "off":
            return NoAnswer.TUNNELLED
        return _whole(fields["ip"], family)


def _whole(text: str, family: Family) -> Address | NoAnswer:
    address = parse_address(text, family)
    if address is not None:
        return address
    others = (other for other in Family if other is not family)
    if any(parse_address(text, other) is not None for other in others):
        return NoAnswer.WRONG_FAMILY
    return NoAnswer.NOT_AN_ADDRESS
