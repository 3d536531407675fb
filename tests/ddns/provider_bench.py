"""Every provider before a stand-in for its service: what the contract suite runs on."""

from functools import partial
from typing import TYPE_CHECKING, Any, Final, override

from yarl import URL

from custom_components.smb_ddns_sync.ddns.address import Address, Family
from custom_components.smb_ddns_sync.ddns.names import DnsName
from custom_components.smb_ddns_sync.ddns.provider import FamilyRule, ProviderId
from custom_components.smb_ddns_sync.ddns.providers import PROVIDERS
from custom_components.smb_ddns_sync.ddns.providers.cloudflare import CloudflareProvider
from custom_components.smb_ddns_sync.ddns.providers.custom_url import (
    CallTemplate,
    CustomUrlProvider,
)
from custom_components.smb_ddns_sync.ddns.providers.one_get import (
    OneGet,
    OneGetProvider,
    read_credentials,
)
from custom_components.smb_ddns_sync.ddns.providers.table import ONE_GETS
from custom_components.smb_ddns_sync.ddns.secret import Secret
from demo.dyndns2 import Dyndns2Server

from .bench_base import ProviderBench
from .builders import HOME, WORK
from .fakes.cloudflare import CloudflareApi
from .fakes.one_get import OneGetServer
from .fakes.rest.bench import REST_BENCHES
from .one_get_rows import CANARY, ROWS, TOKEN, Row

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aiohttp import ClientSession

    from custom_components.smb_ddns_sync.ddns.provider import Provider
    from custom_components.smb_ddns_sync.ddns.providers.call import Patience

SHAPES: Final = ("no_ip", "namecheap", "freedns", "ipv64", "myaddr")
"""Rows of each shape: words of dyndns2, XML, a secret in the path, JSON, a form."""


def entered(settings: Mapping[str, str], secret: str | None) -> dict[str, str]:
    """Return settings, with another secret in the place of the right ones if one is given."""
    return {
        key: secret if secret is not None and value in {CANARY, TOKEN} else value
        for key, value in settings.items()
    }


class Dyndns2Bench(ProviderBench):
    """A generic dyndns2 server."""

    writes = frozenset({"GET"})

    def __init__(self, session: ClientSession) -> None:
        super().__init__(session)
        self._server = Dyndns2Server("me", CANARY, [HOME, WORK])

    @property
    @override
    def server(self) -> Dyndns2Server:
        return self._server

    @override
    def provider(
        self,
        *,
        secret: str | None = None,
        patience: Patience | None = None,
        root: str | None = None,
        both_at_once: bool = True,
    ) -> Provider:
        rule = FamilyRule.ALWAYS_BOTH if both_at_once else FamilyRule.APART
        row = OneGet("dyndns2", "dyndns2", host=None, family_rule=rule)
        settings = {"username": "me", "password": secret or CANARY, "server": "unused.example"}
        return OneGetProvider(
            self.session,
            row,
            read_credentials(row, settings),
            server=URL(f"{root or self._server.url}/nic/update"),
            patience=patience,
        )

    @override
    def put(self, name: DnsName, address: Address) -> None:
        self._server.records[name][address.version] = str(address)

    @override
    def held(self, name: DnsName, family: Family) -> list[str]:
        record = self._server.records[name]
        return [record[family.value]] if family.value in record else []


class OneGetBench(ProviderBench):
    """A provider of the table before a server that is told of it by the tests' own row."""

    def __init__(self, session: ClientSession, key: str) -> None:
        super().__init__(session)
        self.key = key
        self.row: Row = ROWS[key]
        self.writes = frozenset({self.row.method})
        self.home = DnsName(f"home.{self.row.zone}")
        self.work = DnsName(f"work.{self.row.zone}")
        self.families = frozenset(
            family
            for family, param in ((Family.IPV4, self.row.v4), (Family.IPV6, self.row.v6))
            if param is not None
        )
        self.tells_unchanged = self.row.same is not None
        self.tells_denied = self.row.denied is not None
        self.canary = next(
            value for value in self.row.settings.values() if value in {CANARY, TOKEN}
        )
        is_zoned = "zone" in self.row.settings or self.row.zone != "example.com"
        self.tells_foreign = self.row.foreign is not None or is_zoned
        self.speaks_for_its_engine = key in SHAPES
        self.holds_many = not PROVIDERS[ProviderId(key)].one_name
        self._server = OneGetServer(self.row, [self.home, self.work])

    @override
    def another(self) -> ProviderBench:
        return OneGetBench(self.session, self.key)

    @override
    async def __aexit__(self, *_: object) -> None:
        await super().__aexit__()
        assert self._server.strange == []

    @property
    @override
    def server(self) -> OneGetServer:
        return self._server

    @override
    def provider(
        self,
        *,
        secret: str | None = None,
        patience: Patience | None = None,
        root: str | None = None,
    ) -> Provider:
        row = ONE_GETS[self.key]
        origin = root or self._server.url
        return OneGetProvider(
            self.session,
            row,
            read_credentials(row, entered(self.row.settings, secret)),
            server=URL(origin if row.host is not None else f"{origin}{self.row.path}"),
            patience=patience,
        )

    @override
    def put(self, name: DnsName, address: Address) -> None:
        self._server.records[name][address.version] = str(address)

    @override
    def held(self, name: DnsName, family: Family) -> list[str]:
        record = self._server.records[name]
        return [record[family.value]] if family.value in record else []


class CustomUrlBench(ProviderBench):
    """The call of a user's own, before a service that wants JSON and a token in a header."""

    writes = frozenset({"POST"})
    tells_unchanged = False
    tells_foreign = False

    def __init__(self, session: ClientSession) -> None:
        super().__init__(session)
        row = Row(
            "unused",
            "/update/{}/",
            method="POST",
            settings={"token": CANARY},
            basic=f"me:{TOKEN}",
            name={"host": "{name}"},
            v4="ip",
            v6="ip",
            good="saved & done",
            same=None,
        )
        self._server = OneGetServer(row, [HOME, WORK])

    @property
    @override
    def server(self) -> OneGetServer:
        return self._server

    @override
    def provider(
        self,
        *,
        secret: str | None = None,
        patience: Patience | None = None,
        root: str | None = None,
    ) -> Provider:
        template = CallTemplate(
            method="POST",
            url=f"{root or self._server.url}/update/{{token}}/?host={{name}}",
            headers=(("x-client", "home"),),
            body="ip={ip}",
            success_texts=("never said", "saved & done"),
        )
        return CustomUrlProvider(
            self.session,
            template,
            username="me",
            password=Secret(secret or TOKEN),
            token=Secret(secret or CANARY),
            patience=patience,
        )

    @override
    def put(self, name: DnsName, address: Address) -> None:
        self._server.records[name][address.version] = str(address)

    @override
    def held(self, name: DnsName, family: Family) -> list[str]:
        record = self._server.records[name]
        return [record[family.value]] if family.value in record else []


class CloudflareBench(ProviderBench):
    """Cloudflare's API."""

    writes = frozenset({"POST", "PATCH"})
    canary = TOKEN
    keeps_texts = True

    def __init__(self, session: ClientSession) -> None:
        super().__init__(session)
        self._server = CloudflareApi(TOKEN, ["example.com", "other.example"])

    @property
    @override
    def server(self) -> CloudflareApi:
        return self._server

    @override
    def provider(
        self,
        *,
        secret: str | None = None,
        patience: Patience | None = None,
        root: str | None = None,
        proxied: bool = False,
    ) -> Provider:
        return CloudflareProvider(
            self.session,
            Secret(secret or TOKEN),
            proxied=proxied,
            api=URL(f"{root or self._server.url}/client/v4"),
            patience=patience,
        )

    @override
    def put(self, name: DnsName, address: Address) -> None:
        self._server.add(name, Family(address.version).record_type, str(address))

    @override
    def held(self, name: DnsName, family: Family) -> list[str]:
        return self._server.contents(name, family.record_type)

    @override
    def put_text(self, name: DnsName, text: str) -> None:
        self._server.add(name, "TXT", f'"{text}"')

    @override
    def texts(self, name: DnsName) -> list[str]:
        return [content.strip('"') for content in self._server.contents(name, "TXT")]


BENCHES: Final[Mapping[str, Callable[[ClientSession], ProviderBench]]] = {
    "dyndns2": Dyndns2Bench,
    "cloudflare": CloudflareBench,
    "custom_url": CustomUrlBench,
    **{key: partial(OneGetBench, key=key) for key in ROWS},
    **REST_BENCHES,
}


def having(fact: Callable[[ProviderBench], bool]) -> list[str]:
    """Return the ids of the providers of which something is true."""
    unused: Any = None
    return sorted(key for key, make in BENCHES.items() if fact(make(unused)))


__all__ = ["BENCHES", "CloudflareBench", "ProviderBench", "having"]
