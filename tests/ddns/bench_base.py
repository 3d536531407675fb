"""A provider before a stand-in for its service: what the contract suite runs on."""

from abc import ABC, abstractmethod
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Final, Self

from custom_components.smb_ddns_sync.ddns.address import Address, Addresses, Family
from custom_components.smb_ddns_sync.ddns.names import DnsName

from .builders import HOME, WORK
from .one_get_rows import CANARY

if TYPE_CHECKING:
    from collections.abc import Collection

    from aiohttp import ClientSession

    from custom_components.smb_ddns_sync.ddns.outcome import Outcome
    from custom_components.smb_ddns_sync.ddns.provider import Provider
    from custom_components.smb_ddns_sync.ddns.providers.call import Patience
    from demo.web_server import Fault, WebServer

FOREIGN: Final = DnsName("home.example.net")


class ProviderBench(ABC):
    """A provider and the service that it talks to."""

    writes: Collection[str] = ()
    """The HTTP methods that change a record."""
    wrong_shape: str = "[]"
    """JSON that no answer of the service looks like."""

    home: DnsName = HOME
    work: DnsName = WORK
    foreign: DnsName = FOREIGN
    families: frozenset[Family] = frozenset(Family)
    tells_unchanged: bool = True  # its answer differs where nothing changed
    tells_denied: bool = True  # it is documented how it refuses wrong credentials
    tells_foreign: bool = True  # there is a way to ask for a name of somebody else
    canary: str = CANARY  # its secret, or one of them
    holds_many: bool = True  # one set of credentials is for several names
    keeps_texts: bool = False  # two sites can share a name
    in_two_steps: bool = False  # a change adds the new record before it takes the old one away
    speaks_for_its_engine: bool = True  # what does not depend on a row is tried with few rows

    def __init__(self, session: ClientSession) -> None:
        self.session = session
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self.server)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def another(self) -> ProviderBench:
        """Return the same provider before another service."""
        return type(self)(self.session)

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

    def put_text(self, name: DnsName, text: str) -> None:
        """Let a text stand at a name, where the provider keeps any."""
        raise NotImplementedError

    def texts(self, name: DnsName) -> list[str]:
        """Return the texts of a name, without quotes."""
        raise NotImplementedError

    def lose_writes(self, fault: Fault, *, landed: bool = False) -> None:
        """Answer what changes a record with a fault from now on, before or after it lands."""
        self.server.misbehave(fault, landed=landed, methods=self.writes)

    async def publish(
        self,
        addresses: Addresses,
        name: DnsName | None = None,
        *,
        held: Addresses | None = None,
        provider: Provider | None = None,
    ) -> dict[Family, Outcome]:
        """Publish all given addresses, of the families that it takes, under a name."""
        families = frozenset(family for family in self.families if addresses.of(family))
        client = provider or self.provider()
        outcomes = await client.publish(
            name or self.home, addresses, families, held=held or Addresses()
        )
        return dict(outcomes)
