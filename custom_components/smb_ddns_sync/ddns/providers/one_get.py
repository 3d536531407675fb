"""One engine for all providers that take an update in one call: what differs is a row of a table.

A row says where the call goes, where credentials, name and addresses stand in it, what the provider
makes of the two families, and how its answer is read. Everything else (what is sent when, what is
never sent, that no secret is seen) is here, once.
"""

from base64 import b64encode
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from hashlib import sha256
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, override

from yarl import URL

from ..address import Address, Addresses, Family
from ..fields import VOCABULARY, field_of
from ..outcome import (
    AuthRejected,
    Banned,
    NameRejected,
    Outcome,
    RetryAfter,
    Trouble,
    Unconfirmed,
)
from ..provider import (
    Budget,
    Expiry,
    FamilyRule,
    Field,
    FieldKind,
    Provider,
    ProviderDescription,
    ProviderId,
    Settings,
)
from ..secret import Scrubber, Secret
from .call import Patience, Reply, Request, call
from .dyndns2_answer import read_dyndns2
from .settings import optional_secret, optional_text, secret_setting, server_setting, text_setting
from .template import fill, fill_pairs, in_path, placeholders

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

    from aiohttp import ClientSession

    from ..names import DnsName
    from .reading import Reading

BOTH: Final = frozenset(Family)
ONLY_V4: Final = frozenset({Family.IPV4})
ONE_MINUTE: Final = timedelta(minutes=1)
_MOST_BYTES: Final = 16 * 1024
# After this long a family that a call must have may be known.
_MISSING_FAMILY_WAIT: Final = timedelta(minutes=30)
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
_DYNDNS2: Final[Mapping[str, str]] = MappingProxyType({"hostname": "{host}", "myip": "{ip}"})


@dataclass(frozen=True, slots=True)
class OneGet:
    """One provider that takes an update in one call.

    Placeholders of `path`, `query`, `form`, `basic` and `header` are fields of the vocabulary (and
    so make the form that a user fills in), and of the call:

    - `{host}` the whole name; `{sub}` its part in front of the zone, `{zone}` the zone
    - `{ip}` what is sent, parted by commas; `{v4}` and `{v6}` the address of that family
    - `{type}` A or AAAA, where one family is sent; `{no_v4}` and `{no_v6}` are 1 where it is not
    - `{is_apex}` true or false: the name is the zone itself

    A parameter whose placeholder has no value is left out, or has its value of `otherwise`.
    """

    id: str
    title: str
    host: str | None  # None: the user names the server
    path: str = "/nic/update"
    host_v6: str | None = None  # where IPv6 goes, if not to `host`
    query: Mapping[str, str] = field(default_factory=lambda: _DYNDNS2)
    otherwise: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    form: Mapping[str, str] | None = None  # sent with POST instead of GET
    basic: tuple[str, str] | None = ("{username}", "{password}")  # RFC 7617
    header: tuple[str, str] | None = None
    optional: frozenset[str] = frozenset()  # fields that need not be filled in
    zone: str | None = None  # the only zone that it holds, where there is but one
    apex: str | None = "@"  # `{sub}` of the zone itself; None: there is none
    families: frozenset[Family] = BOTH
    family_rule: FamilyRule = FamilyRule.APART
    needs: frozenset[Family] = frozenset()  # families without which no call may be made
    reading: Reading | None = None  # None: dyndns2
    agent: str | None = None
    one_name: bool = False
    credentials_url: str | None = None
    note: str | None = None
    least_interval: timedelta = ONE_MINUTE
    expiry: Expiry | None = None
    budget: Budget | None = None

    @property
    def templates(self) -> tuple[str, ...]:
        """All texts of the row that placeholders stand in, credentials first."""
        return (
            *(self.basic or ()),
            *((self.header[1],) if self.header else ()),
            *self.query.values(),
            *(self.form or {}).values(),
            self.path,
        )

    @property
    def fields(self) -> tuple[Field, ...]:
        """What the user is asked for."""
        asked = [name for text in self.templates for name in placeholders(text)]
        if any(name == "sub" for name in asked):
            asked.append("zone")
        keys = [key for key in dict.fromkeys(asked) if key in VOCABULARY]
        if self.zone is not None and "zone" in keys:
            keys.remove("zone")
        if self.host is None:
            keys.insert(0, "server")
        return tuple(field_of(key, required=key not in self.optional) for key in keys)

    def describe(self) -> ProviderDescription:
        """Return what the rest needs to know of the provider."""
        return ProviderDescription(
            id=ProviderId(self.id),
            title=self.title,
            fields=self.fields,
            credentials_url=self.credentials_url,
            families=self.families,
            ttl=None,
            can_check=False,
            build=partial(_build, self),
            note=self.note,
            family_rule=self.family_rule,
            least_interval=self.least_interval,
            expiry=self.expiry,
            budget=self.budget,
            one_name=self.one_name,
        )


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the user entered for a row: its secrets are kept apart, so that nothing shows them."""

    plain: Mapping[str, str]
    secret: Mapping[str, Secret]

    def values(self) -> dict[str, str]:
        """Return all of it, for the one place that sends it."""
        return {**self.plain, **{key: secret.reveal() for key, secret in self.secret.items()}}


class OneGetProvider(Provider):
    """A client for one account at the provider of a row.

    `server` is where calls go instead of the row's host; its query, if it has one, is kept.
    """

    def __init__(
        self,
        session: ClientSession,
        row: OneGet,
        credentials: Credentials,
        *,
        server: URL | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._session: Final = session
        self._row: Final = row
        self._credentials: Final = credentials
        self._server: Final = server
        self._patience: Final = patience or Patience()
        self._zone: Final = row.zone or credentials.plain.get("zone")

    @property
    @override
    def identity(self) -> str:
        where = str(self._server or self._row.host)
        who = (f"{key}={value}" for key, value in sorted(self._credentials.plain.items()))
        # A hash: a user name may be an e-mail address, and is nobody's business.
        return sha256("\0".join((self._row.id, where, *who)).encode()).hexdigest()[:16]

    @property
    @override
    def least_interval(self) -> timedelta:
        return self._row.least_interval

    @override
    async def check(self, names: Sequence[DnsName]) -> Mapping[DnsName, Trouble | None]:
        # There is no question, only the update; but what no update could help is told.
        found: dict[DnsName, Trouble | None] = {name: self._misfit(name) for name in names}
        if self._row.one_name:
            for name in [name for name in found if name != names[0]]:
                found[name] = NameRejected(
                    f"these credentials at {self._row.title} are of one name; add another record "
                    "for each further one."
                )
        return found

    @override
    async def look_up(self, name: DnsName, family: Family) -> frozenset[Address] | Trouble:
        return Unconfirmed(f"{self._row.title} can't be asked what a record holds.")

    @override
    async def publish(
        self,
        name: DnsName,
        addresses: Addresses,
        families: frozenset[Family],
        *,
        held: Addresses,
    ) -> Mapping[Family, Outcome]:
        if not families:
            return {}  # A call without an address would publish where it comes from.
        against = self._misfit(name) or self._missing(addresses)
        if against is not None:
            return dict.fromkeys(families, against)
        match self._row.family_rule:
            case FamilyRule.ALWAYS_BOTH:
                sent = _known(addresses, self._row.families)
                answered = await self._update(name, sent)
                return {family: answered[family] for family in families}
            case FamilyRule.TOGETHER:
                return await self._update(name, _known(addresses, families))
            case FamilyRule.APART:
                due = _known(addresses, families)
                return await one_after_the_other(due, partial(self._update_one, name, due))

    def _misfit(self, name: DnsName) -> Trouble | None:
        zone = self._zone
        if zone is None or name == zone:
            return None
        if not name.endswith(f".{zone}"):
            return NameRejected(f"{name} is not in the zone {zone}.")
        return None

    def _missing(self, addresses: Addresses) -> Trouble | None:
        if all(addresses.of(family) for family in self._row.needs):
            return None
        return RetryAfter(
            f"{self._row.title} takes no update without an IPv4 address: it would point the name "
            "to a wrong one. Have the record hold IPv4 as well.",
            _MISSING_FAMILY_WAIT,
        )

    async def _update_one(
        self, name: DnsName, due: Mapping[Family, Address], family: Family
    ) -> Outcome:
        return (await self._update(name, {family: due[family]}))[family]

    async def _update(
        self, name: DnsName, sent: Mapping[Family, Address]
    ) -> Mapping[Family, Outcome]:
        """Send one update; every family that was sent answers."""
        values = self._credentials.values() | self._call_values(name, sent)
        url = self._url(values, sent)
        headers, hidden = self._headers(values)
        form = self._row.form
        text = None if form is None else fill_pairs(form, values, self._row.otherwise)
        if text is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        request = Request(
            "GET" if text is None else "POST", url, writes=True, headers=headers, text=text
        )
        reply = await call(self._session, request, self._patience, _MOST_BYTES)
        if not isinstance(reply, Reply):
            return dict.fromkeys(sent, reply)
        host, scrubber = url.host or "", Scrubber(*self._credentials.secret.values(), *hidden)
        if self._row.reading is not None:
            return self._row.reading.read(reply, sent, host, scrubber)
        takes_both = self._row.host is not None
        return read_dyndns2(reply, sent, host, scrubber, takes_both=takes_both)

    def _url(self, values: Mapping[str, str], sent: Mapping[Family, Address]) -> URL:
        row, query = self._row, fill_pairs(self._row.query, values, self._row.otherwise)
        if row.host is None and self._server is not None:
            text = str(self._server)
        else:
            v6_host = row.host_v6 if Family.IPV6 in sent else None
            origin = f"https://{v6_host or row.host}" if self._server is None else self._server
            text = f"{str(origin).removesuffix('/')}{fill(row.path, values, in_path)}"
        if query:
            text += f"{'&' if '?' in text else '?'}{query}"
        return URL(text, encoded=True)

    def _headers(self, values: Mapping[str, str]) -> tuple[dict[str, str], list[Secret]]:
        """Return the headers, and what in them a server might send back."""
        row, hidden = self._row, list[Secret]()
        # The connection is not kept: by the next update, the address has changed.
        headers = {"Connection": "close"}
        if row.agent is not None:
            headers["User-Agent"] = row.agent
        if row.basic is not None:
            pair = ":".join(fill(part, values) for part in row.basic)
            encoded = b64encode(pair.encode()).decode()
            hidden += [Secret(pair), Secret(encoded)]
            headers["Authorization"] = f"Basic {encoded}"
        if row.header is not None:
            key, template = row.header
            headers[key] = fill(template, values)
        return headers, hidden

    def _call_values(self, name: DnsName, sent: Mapping[Family, Address]) -> dict[str, str]:
        values = {"host": str(name), "ip": ",".join(map(str, sent.values()))}
        for family in Family:
            version = family.value
            if address := sent.get(family):
                values[f"v{version}"] = str(address)
            else:
                values[f"no_v{version}"] = "1"
        if len(sent) == 1:
            values["type"] = next(iter(sent)).record_type
        zone = self._zone or str(name)
        values["is_apex"] = "true" if name == zone else "false"
        values["zone"] = zone
        if name != zone:
            values["sub"] = name.removesuffix(f".{zone}")
        elif self._row.apex is not None:
            values["sub"] = self._row.apex
        return values


async def one_after_the_other(
    families: Collection[Family], update: Callable[[Family], Awaitable[Outcome]]
) -> Mapping[Family, Outcome]:
    """Update one family after the other, IPv4 first; what refuses the first is not asked again."""
    outcomes: dict[Family, Outcome] = {}
    refused: Outcome | None = None
    for family in Family:
        if family not in families:
            continue
        outcomes[family] = refused or await update(family)
        if isinstance(outcomes[family], AuthRejected | NameRejected | Banned | RetryAfter):
            refused = outcomes[family]
    return outcomes


def _known(addresses: Addresses, families: frozenset[Family]) -> dict[Family, Address]:
    """Return the addresses of some families, IPv4 first."""
    return {
        family: address
        for family in Family
        if family in families and (address := addresses.of(family))
    }


def read_credentials(row: OneGet, settings: Settings) -> Credentials:
    """Return what was entered for a row. Raises `SettingError`."""
    plain: dict[str, str] = {}
    secret: dict[str, Secret] = {}
    # RFC 7617 section 2: the first colon ends the user name.
    user = set(placeholders(row.basic[0])) if row.basic else set[str]()
    for asked in row.fields:
        key = asked.key
        if asked.kind is FieldKind.SECRET:
            in_header = row.header is not None and key in placeholders(row.header[1])
            found = (
                secret_setting(settings, key, ascii_only=in_header)
                if asked.required
                else optional_secret(settings, key)
            )
            if found is not None:
                secret[key] = found
        elif asked.kind is FieldKind.TEXT:
            text = (
                text_setting(settings, key, forbidden=":" if key in user else "")
                if asked.required
                else optional_text(settings, key)
            )
            if text is not None:
                plain[key] = text.lower().strip(".") if key == "zone" else text
    return Credentials(MappingProxyType(plain), MappingProxyType(secret))


def _build(row: OneGet, settings: Settings, session: ClientSession) -> Provider:
    server = server_setting(settings, "server", path=row.path) if row.host is None else None
    return OneGetProvider(session, row, read_credentials(row, settings), server=server)
