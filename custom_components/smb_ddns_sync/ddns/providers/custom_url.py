"""A call that the user describes: method, URL, headers and body with placeholders, and success.

For services that no other provider here fits. Success is a plain text that must stand in the
answer: an expression of the user's own could be made to take forever by what a server sends.
"""

from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from http import HTTPStatus
import re
from typing import TYPE_CHECKING, Final, override

from yarl import URL

from ..address import Address, Addresses, Family
from ..fields import field_of
from ..outcome import (
    Applied,
    BadAnswer,
    NameRejected,
    Outcome,
    RetryAfter,
    Trouble,
    Unconfirmed,
)
from ..provider import (
    Provider,
    ProviderDescription,
    ProviderId,
    SettingError,
    SettingFault,
    Settings,
)
from ..secret import Scrubber, Secret
from .answer import by_status, unknown_answer
from .call import Patience, Reply, Request, call
from .one_get import BOTH, ONE_MINUTE, one_after_the_other
from .settings import (
    choice_setting,
    lines_setting,
    optional_secret,
    optional_text,
    server_setting,
    text_setting,
)
from .template import fill, in_json, in_path, in_query, placeholders, tidy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import timedelta

    from aiohttp import ClientSession

    from ..names import DnsName

METHODS: Final = ("GET", "POST", "PUT", "PATCH")
_MOST_BYTES: Final = 64 * 1024
_CREDENTIALS: Final = ("username", "password", "token")
_ADDRESSES: Final = frozenset({"ip", "ipv4", "ipv6"})
_OF_THE_CALL: Final = _ADDRESSES | {"type", "name", "zone", "subname"}
_HEADER: Final = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):\s*(.*)")  # RFC 9110 section 5.1
# What the call itself decides.
_OWN_HEADERS: Final = frozenset({"host", "content-length", "transfer-encoding", "connection"})
_CONTENT_TYPE: Final = "content-type"
_FORM: Final = "application/x-www-form-urlencoded"
_JSON: Final = "application/json"
# Shorter words of a URL are hardly secrets, and would be missed in what a server says.
_LEAST_SECRET: Final = 6


@dataclass(frozen=True, slots=True, repr=False)
class CallTemplate:
    """A call with placeholders, as the user wrote it. It may hold secrets, so it has no repr.

    `headers` have names in lower case. Raises `SettingError` for what no call can be made of.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: str
    success_texts: tuple[str, ...]

    def __post_init__(self) -> None:
        authority = self.url.partition("://")[2].partition("/")[0].partition("?")[0]
        if placeholders(authority) or placeholders(self.url.partition("://")[0]):
            raise SettingError("url", SettingFault.MISPLACED_PLACEHOLDER)
        for key, text in self._texts():
            if not set(placeholders(text)) <= {*_OF_THE_CALL, *_CREDENTIALS}:
                raise SettingError(key, SettingFault.UNKNOWN_PLACEHOLDER)
        if not self.uses & _ADDRESSES:
            raise SettingError("url", SettingFault.NO_ADDRESS_PLACEHOLDER)

    def _texts(self) -> Iterator[tuple[str, str]]:
        yield "url", self.url
        yield from (("headers", value) for _, value in self.headers)
        yield "body", self.body

    @property
    def uses(self) -> frozenset[str]:
        """The placeholders that stand anywhere in it."""
        return frozenset(name for _, text in self._texts() for name in placeholders(text))

    @property
    def content_type(self) -> str:
        """What the body is."""
        given = dict(self.headers).get(_CONTENT_TYPE)
        return given or (_JSON if self.body.lstrip()[:1] in {"{", "["} else _FORM)

    def fill(self, values: Mapping[str, str]) -> tuple[URL, dict[str, str], str | None]:
        """Return URL, headers and body of one call."""
        scheme, _, rest = self.url.partition("#")[0].partition("://")
        before, mark, query = rest.partition("?")
        authority, slash, path = before.partition("/")
        text = f"{slash or '/'}{fill(tidy(path), values, in_path)}"
        text += f"{mark}{fill(tidy(query), values, in_query)}"
        # The host may be of another script, and the values must not be encoded again.
        origin = str(URL(f"{scheme}://{authority}")).removesuffix("/")
        url = URL(f"{origin}{text}", encoded=True)
        headers = {name: fill(value, values) for name, value in self.headers}
        if not self.body:
            return url, headers, None
        headers[_CONTENT_TYPE] = self.content_type
        return url, headers, fill(self.body, values, _encoder(self.content_type))

    def hidden(self) -> Iterator[Secret]:
        """Yield what in the texts may be a secret that the user wrote there after all."""
        path, _, query = self.url.partition("://")[2].partition("?")
        parts = [*path.split("/")[1:], *re.split(r"[&=]", query)]
        parts += [part for _, value in self.headers for part in value.split()]
        parts += re.findall(r"[\w.+/-]+", self.body)
        for part in parts:
            if len(part) >= _LEAST_SECRET and not placeholders(part):
                yield Secret(part)


def _encoder(content_type: str) -> Callable[[str], str]:
    kind = content_type.lower()
    if "json" in kind:
        return in_json
    if "xml" in kind or "html" in kind:
        return escape
    if _FORM in kind:
        return in_query
    return str


class CustomUrlProvider(Provider):
    """A client that makes one call for each family (`{ip}`), or one for both."""

    def __init__(
        self,
        session: ClientSession,
        template: CallTemplate,
        *,
        username: str | None = None,
        password: Secret | None = None,
        token: Secret | None = None,
        zone: str | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._session: Final = session
        self._template: Final = template
        self._zone: Final = zone
        self._patience: Final = patience or Patience()
        self._secrets: Final = {
            key: secret for key, secret in (("password", password), ("token", token)) if secret
        }
        self._username: Final = username
        self._authorization: Final = self._basic()
        hidden = [*self._secrets.values(), *template.hidden()]
        if self._authorization is not None:
            hidden.append(self._authorization)
        self._scrubber: Final = Scrubber(*hidden)

    def _basic(self) -> Secret | None:
        """Return basic authentication, if the credentials are for that and not for a template."""
        password = self._secrets.get("password")
        if not self._username or password is None or "password" in self._template.uses:
            return None
        pair = f"{self._username}:{password.reveal()}"
        return Secret(b64encode(pair.encode()).decode())

    @property
    @override
    def identity(self) -> str:
        who = f"{self._template.url}\0{self._username}"
        return sha256(who.encode()).hexdigest()[:16]

    @property
    @override
    def least_interval(self) -> timedelta:
        return ONE_MINUTE

    @override
    async def check(self, names: Sequence[DnsName]) -> Mapping[DnsName, Trouble | None]:
        return {name: self._misfit(name) for name in names}

    @override
    async def look_up(self, name: DnsName, family: Family) -> frozenset[Address] | Trouble:
        return Unconfirmed("A custom URL can't be asked what a record holds.")

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
            return {}
        against = self._misfit(name)
        if against is not None:
            return dict.fromkeys(families, against)
        if "ip" not in self._template.uses:
            return await self._for_both(name, addresses, families)
        return await one_after_the_other(
            families, lambda family: self._update(name, addresses.only({family}), family)
        )

    async def _for_both(
        self, name: DnsName, addresses: Addresses, families: frozenset[Family]
    ) -> Mapping[Family, Outcome]:
        """Make one call; what the template has no place for, or no address, is told."""
        host = URL(self._template.url).host
        wanted = [family for family in Family if f"ipv{family.value}" in self._template.uses]
        for family in Family:
            if family in families and family not in wanted:
                return dict.fromkeys(
                    families,
                    NameRejected(
                        f"the call to {host} has no place for IPv{family.value}: put "
                        f"{{ipv{family.value}}} into it, or don't keep that family."
                    ),
                )
            if family in wanted and addresses.of(family) is None:
                return dict.fromkeys(
                    families,
                    RetryAfter(
                        f"The call to {host} wants an IPv{family.value} address, and none is "
                        "known.",
                        ONE_MINUTE,
                    ),
                )
        outcome = await self._update(name, addresses, None)
        if not isinstance(outcome, Applied):
            return dict.fromkeys(families, outcome)
        sent = {family: addresses.of(family) for family in families}
        return {family: Applied(address) for family, address in sent.items() if address}

    def _misfit(self, name: DnsName) -> Trouble | None:
        if self._zone is None or name == self._zone or name.endswith(f".{self._zone}"):
            return None
        return NameRejected(f"{name} is not in the zone {self._zone}.")

    async def _update(self, name: DnsName, addresses: Addresses, family: Family | None) -> Outcome:
        values = self._values(name, addresses, family)
        url, headers, body = self._template.fill(values)
        if self._authorization is not None:
            headers.setdefault("authorization", f"Basic {self._authorization.reveal()}")
        request = Request(
            self._template.method,
            url,
            writes=True,
            headers={"connection": "close", **headers},
            text=body,
        )
        reply = await call(self._session, request, self._patience, _MOST_BYTES)
        if not isinstance(reply, Reply):
            return reply
        host = url.host or ""
        if not HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES:
            return by_status(reply, host, self._scrubber)
        texts = self._template.success_texts
        if texts and not any(text in reply.body for text in texts):
            return BadAnswer(unknown_answer(reply.body, host, self._scrubber))
        address = addresses.of(family) if family else addresses.ipv4 or addresses.ipv6
        assert address is not None  # noqa: S101 - the contract of `publish`
        return Applied(address)

    def _values(self, name: DnsName, addresses: Addresses, family: Family | None) -> dict[str, str]:
        zone = self._zone or str(name)
        values = {
            "name": str(name),
            "zone": zone,
            "subname": "@" if name == zone else name.removesuffix(f".{zone}"),
            "username": self._username or "",
            **{key: secret.reveal() for key, secret in self._secrets.items()},
        }
        for each in Family:
            if address := addresses.of(each):
                values[f"ipv{each.value}"] = str(address)
        if family is not None:
            values |= {"ip": str(addresses.of(family)), "type": family.record_type}
        return values


def _headers(settings: Settings) -> tuple[tuple[str, str], ...]:
    headers: list[tuple[str, str]] = []
    for line in lines_setting(settings, "headers"):
        found = _HEADER.fullmatch(line)
        if found is None or found[1].lower() in _OWN_HEADERS or not line.isprintable():
            raise SettingError("headers", SettingFault.BAD_CHARACTER)
        headers.append((found[1].lower(), found[2]))
    return tuple(headers)


def _build(settings: Settings, session: ClientSession) -> Provider:
    url = text_setting(settings, "url")
    template = CallTemplate(
        method=choice_setting(settings, "method", METHODS, default="GET"),
        url=url if "://" in url else f"https://{url}",
        headers=_headers(settings),
        body=str(settings.get("body", "")).strip(),
        success_texts=lines_setting(settings, "success_text"),
    )
    # Without placeholders it must be a place that credentials may be sent to.
    server_setting({"url": fill(url, _Anything())}, "url", path="/")
    found = {key: optional_secret(settings, key) for key in ("password", "token")}
    username = optional_text(settings, "username")
    zone = optional_text(settings, "zone")
    given = {key for key, value in {"username": username, "zone": zone, **found}.items() if value}
    wanted = {"zone" if name == "subname" else name for name in template.uses}
    for key in ("username", "password", "token", "zone"):
        if key in wanted and key not in given:
            raise SettingError(key, SettingFault.MISSING)
    if ":" in (username or "") and "username" not in wanted:
        raise SettingError("username", SettingFault.BAD_CHARACTER)
    return CustomUrlProvider(
        session,
        template,
        username=username,
        password=found["password"],
        token=found["token"],
        zone=zone and zone.lower().strip("."),
    )


class _Anything(dict[str, str]):
    """A value for every placeholder."""

    def __missing__(self, _: str) -> str:
        return "x"


CUSTOM_URL: Final = ProviderDescription(
    id=ProviderId("custom_url"),
    title="Custom URL",
    fields=(
        field_of("url"),
        field_of("method", required=False, default="GET", choices=METHODS),
        field_of("username", required=False),
        field_of("password", required=False),
        field_of("token", required=False),
        field_of("zone", required=False),
        field_of("headers", required=False),
        field_of("body", required=False),
        field_of("success_text", required=False),
    ),
    credentials_url=None,
    families=BOTH,
    ttl=None,
    can_check=False,
    build=_build,
    note="custom_url",
)
