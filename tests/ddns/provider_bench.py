"""The two providers, each before a stand-in for its service: what the contract suite runs on."""

from abc import ABC, abstractmethod
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Final, Self, override

from yarl import URL

from custom_components.smb_ddns_sync.ddns.address import Address, Addresses, Family
from custom_components.smb_ddns_sync.ddns.names import DnsName
from custom_components.smb_ddns_sync.ddns.providers.cloudflare import CloudflareProvider
from custom_components.smb_ddns_sync.ddns.providers.dyndns2 import Dyndns2Provider
from custom_components.smb_ddns_sync.ddns.secret import Secret
from demo.dyndns2 import Dyndns2Server

from .builders import HOME, WORK
from .fakes.cloudflare import CloudflareApi

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from aiohttp import ClientSession

    from custom_components.smb_ddns_sync.ddns.outcome import Outcome
    from custom_components.smb_ddns_sync.ddns.provider import Provider
    from custom_components.smb_ddns_sync.ddns.providers.call import Patience
    from demo.web_server import WebServer

CANARY: Final = "can+ary/sëcret<&> %41"
TOKEN: Final = "can-ary_TOKEN.0123456789abcdef"
FOREIGN: Final = DnsName("home.example.net")


class ProviderBench(ABC):
    """A provider and the service that it talks to."""

    writes: Collection[str]
    """The HTTP methods that change a record."""

    def __init__(self, session: ClientSession) -> None:
        self.session = session
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self.server)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    @property
    @abstractmethod
    def server(self) -> WebServer:
        """The service."""

    @abstractmethod
    def provider(
        self,
        *,
        secret: str | None = None,
        patience: Patience | None = None,
        root: str | None = None,
    ) -> Provider:
        """Return a client, with the right secret and of this service if not told otherwise."""

    @abstractmethod
    def put(self, name: DnsName, address: Address) -> None:
        """Let a record hold an address."""

    @abstractmethod
    def held(self, name: DnsName, family: Family) -> list[str]:
        """Return what a name's records hold."""

    async def publish(
        self,
        addresses: Addresses,
        name: DnsName = HOME,
        *,
        held: Addresses | None = None,
        provider: Provider | None = None,
    ) -> dict[Family, Outcome]:
        """Publish all given addresses under a name."""
        families = frozenset(family for family in Family if addresses.of(family))
        client = provider or self.provider()
        return dict(await client.publish(name, addresses, families, held=held or Addresses()))


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
        return Dyndns2Provider(
            self.session,
            URL(f"{root or self._server.url}/nic/update"),
            "me",
            Secret(secret or CANARY),
            both_at_once=both_at_once,
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


BENCHES: Final[Mapping[str, Callable[[ClientSession], ProviderBench]]] = {
    "dyndns2": Dyndns2Bench,
    "cloudflare": CloudflareBench,
}
