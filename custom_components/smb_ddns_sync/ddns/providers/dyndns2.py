"""Any server that speaks dyndns2: one GET with basic authentication, one word as the answer.

The protocol as Dyn and No-IP tell it: help.dyn.com/return-codes, noip.com/integrate/response.
"""

from base64 import b64encode
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Final, override

from ..address import Address, Addresses, Family
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
    Field,
    FieldKind,
    Provider,
    ProviderDescription,
    ProviderId,
    Settings,
)
from ..secret import Scrubber, Secret
from .call import Patience, Reply, Request, call
from .dyndns2_answer import read_reply
from .settings import flag_setting, secret_setting, server_setting, text_setting

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aiohttp import ClientSession
    from yarl import URL

    from ..names import DnsName

_MOST_BYTES: Final = 16 * 1024
_PATH: Final = "/nic/update"


class Dyndns2Provider(Provider):
    """A client for one account at one server.

    `both_at_once` sends the addresses of both families in one call (`myip=v4,v6`), as servers want
    that take a missing family for a wish to delete it (deSEC). Servers that take one family a call
    (dyn.dns.he.net) want it off.
    """

    def __init__(
        self,
        session: ClientSession,
        server: URL,
        username: str,
        password: Secret,
        *,
        both_at_once: bool = True,
        patience: Patience | None = None,
    ) -> None:
        self._session: Final = session
        self._server: Final = server
        self._both_at_once: Final = both_at_once
        self._patience: Final = patience or Patience()
        pair = Secret(f"{username}:{password.reveal()}")
        self._authorization: Final = Secret(b64encode(pair.reveal().encode()).decode())
        self._scrubber: Final = Scrubber(pair, password, self._authorization)
        self._identity: Final = _fingerprint(str(server), username)

    @property
    @override
    def identity(self) -> str:
        return self._identity

    @property
    @override
    def least_interval(self) -> timedelta:
        # deSEC allows one call a minute, 3322 none sooner: the strictest limits that are published.
        return timedelta(minutes=1)

    @override
    async def check(self, names: Sequence[DnsName]) -> Mapping[DnsName, Trouble | None]:
        # The protocol knows no question, only the update.
        return dict.fromkeys(names)

    @override
    async def look_up(self, name: DnsName, family: Family) -> frozenset[Address] | Trouble:
        return Unconfirmed("A dyndns2 server can't be asked what a record holds.")

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
        if self._both_at_once:
            sent = {family: found for family in Family if (found := addresses.of(family))}
            answered = await self._update(name, sent)
            return {family: answered[family] for family in families}
        outcomes: dict[Family, Outcome] = {}
        refused: Outcome | None = None
        for family in sorted(families, key=lambda family: family.value):
            if refused is not None:
                outcomes[family] = refused
                continue
            address = addresses.of(family)
            assert address is not None  # noqa: S101 - the contract of `publish`
            outcomes[family] = (await self._update(name, {family: address}))[family]
            if isinstance(outcomes[family], AuthRejected | NameRejected | Banned | RetryAfter):
                refused = outcomes[family]
        return outcomes

    async def _update(
        self, name: DnsName, sent: Mapping[Family, Address]
    ) -> Mapping[Family, Outcome]:
        """Send one update; every family that was sent answers."""
        reply = await call(
            self._session,
            Request(
                "GET",
                self._server.update_query(
                    hostname=name, myip=",".join(str(address) for address in sent.values())
                ),
                writes=True,
                # The connection is not kept: by the next update, the address has changed.
                headers={
                    "Authorization": f"Basic {self._authorization.reveal()}",
                    "Connection": "close",
                },
            ),
            self._patience,
            _MOST_BYTES,
        )
        if not isinstance(reply, Reply):
            return dict.fromkeys(sent, reply)
        return read_reply(reply, sent, self._server.host or "", self._scrubber)


def _fingerprint(*parts: str) -> str:
    """Return a short text that differs where the parts differ, and tells nothing of them."""
    return sha256("\0".join(parts).encode()).hexdigest()[:16]


def _build(settings: Settings, session: ClientSession) -> Provider:
    return Dyndns2Provider(
        session,
        server_setting(settings, "server", path=_PATH),
        # RFC 7617 section 2: the first colon ends the user name.
        text_setting(settings, "username", forbidden=":"),
        secret_setting(settings, "password"),
        both_at_once=flag_setting(settings, "both_at_once", default=True),
    )


DYNDNS2: Final = ProviderDescription(
    id=ProviderId("dyndns2"),
    title="dyndns2",
    fields=(
        Field("server", FieldKind.URL),
        Field("username", FieldKind.TEXT),
        Field("password", FieldKind.SECRET),
        Field("both_at_once", FieldKind.FLAG, required=False, default=True),
    ),
    credentials_url=None,
    families=frozenset(Family),
    ttl=None,
    can_check=False,
    build=_build,
)
