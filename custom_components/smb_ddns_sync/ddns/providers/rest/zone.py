"""Zones and records as the APIs show them, in one form."""

from dataclasses import dataclass, field
from enum import Enum
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ...address import Address
    from ...names import DnsName

APEX = "@"


def plain_name(text: str) -> str:
    """Return a name as `DnsName` has it: lower case, no final dot, a plain star."""
    return text.strip().lower().removesuffix(".").replace("\\052", "*")


class Texts(Enum):
    """How an API wants what a TXT record says; it may show it in either form."""

    PLAIN = "{}"
    QUOTED = '"{}"'  # as a zone file has it (RFC 1035 section 5.1)

    def written(self, text: str) -> str:
        """Return a text without blanks and quotes as the API wants it."""
        return self.value.format(text)


def plain_text(content: str) -> str:
    """Return a text without the quotes that an API may show around it."""
    if len(content) > 1 and content[0] == content[-1] == '"':
        return content[1:-1]
    return content


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone of the account; `more` is what its API wants to have back."""

    name: str
    id: str = ""
    more: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def relative(self, name: str, apex: str = APEX) -> str:
        """Return what stands before the zone in a name of it; `apex` if nothing does."""
        if name == self.name:
            return apex
        return name.removesuffix(f".{self.name}")

    def absolute(self, relative: str) -> str:
        """Return the whole name of what stands before the zone."""
        plain = plain_name(relative)
        return self.name if plain in {"", APEX} else f"{plain}.{self.name}"


@dataclass(frozen=True, slots=True)
class Record:
    """A record: its whole name, and all that its API tells of it."""

    id: str
    name: str
    type: str
    content: str
    enabled: bool = True
    more: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def address(self) -> Address | None:
        """The address that it holds, if it holds one."""
        try:
            return ip_address(self.content)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a record stands or is to stand."""

    zone: Zone
    name: DnsName
    type: str

    def relative(self, apex: str = APEX) -> str:
        """Return the name within the zone."""
        return self.zone.relative(self.name, apex)


def suffixes(name: DnsName) -> tuple[str, ...]:
    """Return the zones that may hold a name, longest first; never a top-level domain."""
    labels = name.removeprefix("*.").split(".")
    return tuple(".".join(labels[start:]) for start in range(len(labels) - 1))


def longest(zones: Iterable[Zone], name: DnsName) -> Zone | None:
    """Return the zone that holds a name, compared label by label."""
    by_name = {zone.name: zone for zone in zones}
    return next((by_name[suffix] for suffix in suffixes(name) if suffix in by_name), None)
