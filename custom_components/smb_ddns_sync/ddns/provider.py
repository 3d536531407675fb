"""What a provider is to the rest: a description for forms, and a client that publishes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NewType, Protocol

from .names import DnsName

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

    from aiohttp import ClientSession

    from .address import Address, Addresses, Family
    from .outcome import Outcome, Trouble

__all__ = [
    "Budget",
    "DnsName",
    "Expiry",
    "FamilyRule",
    "Field",
    "FieldKind",
    "Provider",
    "ProviderDescription",
    "ProviderId",
    "Setting",
    "SettingError",
    "SettingFault",
    "Settings",
    "TtlBounds",
]

ProviderId = NewType("ProviderId", str)

type Setting = str | int | bool
type Settings = Mapping[str, Setting]


class FieldKind(StrEnum):
    """How a form asks for a field."""

    TEXT = "text"
    SECRET = "secret"  # noqa: S105 - the name of a kind of field, not a secret
    URL = "url"
    FLAG = "flag"
    NUMBER = "number"  # whole
    CHOICE = "choice"
    MULTILINE = "multiline"


@dataclass(frozen=True, slots=True)
class Field:
    """One thing a provider wants to know.

    The key is of the vocabulary in `fields.py`, which has one label and one help for all providers.
    `choices` are of a `CHOICE` only, and `least` and `most` bound a `NUMBER`. Raises `ValueError`
    for what no form could ask for.
    """

    key: str
    kind: FieldKind
    required: bool = True
    default: Setting | None = None
    choices: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None

    def __post_init__(self) -> None:
        if (self.kind is FieldKind.CHOICE) is not bool(self.choices):
            raise ValueError(f"{self.key}: a choice has choices, and nothing else has")
        if self.kind is not FieldKind.NUMBER and (self.least, self.most) != (None, None):
            raise ValueError(f"{self.key}: only a number has bounds")
        if self.kind is FieldKind.SECRET and self.default is not None:
            raise ValueError(f"{self.key}: a secret has no default")


class SettingFault(StrEnum):
    """Why a provider can't be built from a setting."""

    MISSING = "missing"
    NOT_A_URL = "not_a_url"
    NOT_SECURE = "not_secure"  # credentials would cross a foreign line in clear
    HOLDS_CREDENTIALS = "holds_credentials"  # in the URL, where logs and forms would show them
    BAD_CHARACTER = "bad_character"
    NOT_A_CHOICE = "not_a_choice"
    OUT_OF_RANGE = "out_of_range"
    UNKNOWN_PLACEHOLDER = "unknown_placeholder"  # in a template
    MISPLACED_PLACEHOLDER = "misplaced_placeholder"  # where it would change who is asked
    NO_ADDRESS_PLACEHOLDER = "no_address_placeholder"  # the template sends no address at all


class SettingError(ValueError):
    """A setting that a provider can't be built from: which field, and why; never its value."""

    def __init__(self, key: str, fault: SettingFault) -> None:
        super().__init__(f"setting {key!r}: {fault.value}")
        self.key: Final = key
        self.fault: Final = fault


@dataclass(frozen=True, slots=True)
class TtlBounds:
    """The times to live, in seconds, that a provider takes; `automatic` lets it choose."""

    least: int
    most: int
    automatic: bool = True


class FamilyRule(StrEnum):
    """What a provider makes of the two families of a name."""

    APART = "apart"  # each family is set by itself, the other stays
    TOGETHER = "together"  # one call takes both; a family that is left out stays
    ALWAYS_BOTH = "always_both"  # one call takes both; one that is left out is, or may be, deleted


@dataclass(frozen=True, slots=True)
class Expiry:
    """After how long a provider drops a name that nobody cares for."""

    after: timedelta
    renewed_by_update: bool  # else a person must confirm it at the provider


@dataclass(frozen=True, slots=True)
class Budget:
    """How many calls a provider allows an account within a time."""

    calls: int
    within: timedelta


class Provider(Protocol):
    """A provider's client for one set of credentials.

    Invariant: no method raises anything but cancellation for what a provider or the network does;
    every fault is an `Outcome`. No outcome, log line, exception or repr holds a secret.
    """

    @property
    def identity(self) -> str:
        """Where and as whom it publishes, without any secret.

        When it changes, what was published before says nothing any more.
        """
        ...

    @property
    def least_interval(self) -> timedelta:
        """The least time between two calls for one name."""
        ...

    async def check(self, names: Sequence[DnsName]) -> Mapping[DnsName, Trouble | None]:
        """Prove the credentials and names without changing a record; exactly those names answer.

        None means that nothing speaks against the name. A provider whose protocol has no way to
        look returns None for every name and says so with `ProviderDescription.can_check`.
        """
        ...

    async def publish(
        self,
        name: DnsName,
        addresses: Addresses,
        families: frozenset[Family],
        *,
        held: Addresses,
    ) -> Mapping[Family, Outcome]:
        """Make the record of each given family hold the site's address; just those families answer.

        `addresses` has an address for every given family. It also has what other families of this
        name hold, because some providers delete a family that is left out of a call. `held` is what
        the name was last known to hold because of us; where several records share a name it tells
        ours from the others.
        """
        ...

    async def look_up(self, name: DnsName, family: Family) -> frozenset[Address] | Trouble:
        """Read which addresses the name's records of a family hold; empty where there is none.

        A provider that cannot look answers with `Unconfirmed`.
        """
        ...


@dataclass(frozen=True, slots=True)
class ProviderDescription:
    """All that the rest needs to know of a provider before there are credentials for it.

    `note` is the key of a sentence in the translations (`selector.provider_note`): what the
    credentials are, which rights they need, and what is peculiar. `build` raises `SettingError` for
    settings that no client can be made from.
    """

    id: ProviderId
    title: str
    fields: tuple[Field, ...]
    credentials_url: str | None
    families: frozenset[Family]
    ttl: TtlBounds | None
    can_check: bool
    build: Callable[[Settings, ClientSession], Provider] = field(repr=False)
    note: str | None = None
    family_rule: FamilyRule = FamilyRule.APART
    least_interval: timedelta = timedelta(minutes=1)
    expiry: Expiry | None = None
    budget: Budget | None = None
    one_name: bool = False
    """The credentials belong to one name, so a record has no more than one."""
    speaks_http: bool = True
    """Its calls can go over TLS, so that a certificate can be pinned."""
    keeps_texts: bool = False
    """Its client has `TextRecords`, so that two sites can share a name."""
    proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    """Where a proxied name leads to instead of the address that was published."""
