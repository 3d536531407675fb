"""Two sites that share a name at a real name server, each with a service that lives or dies."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Self, override

from custom_components.smb_ddns_sync.ddns.address import Address, Addresses, Family, family_of
from custom_components.smb_ddns_sync.ddns.authority import Bootstrap
from custom_components.smb_ddns_sync.ddns.failover import Failover, LineWitness, Standing
from custom_components.smb_ddns_sync.ddns.ledger import Ledger
from custom_components.smb_ddns_sync.ddns.name_server import DnsPatience
from custom_components.smb_ddns_sync.ddns.names import DnsName
from custom_components.smb_ddns_sync.ddns.providers.rfc2136 import Rfc2136Provider
from custom_components.smb_ddns_sync.ddns.providers.rfc2136_client import UpdateClient, UpdateKey
from custom_components.smb_ddns_sync.ddns.reconcile import RecordKeeper
from custom_components.smb_ddns_sync.ddns.secret import Secret
from custom_components.smb_ddns_sync.ddns.service import Service, ServiceKind
from custom_components.smb_ddns_sync.ddns.standby import Evidence, Role, Site, Terms
from custom_components.smb_ddns_sync.ddns.verify import Verifier

from .builders import OTHER_V4, V4, FakeClock
from .knot import LOOPBACK, UPDATER

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from custom_components.smb_ddns_sync.ddns.outcome import Outcome, Trouble
    from custom_components.smb_ddns_sync.ddns.text_record import TextConflict, TextWritten

    from .knot import KnotServer

CHECK: Final = timedelta(seconds=60)
PRIMARY_AT, STANDBY_AT = V4, OTHER_V4
TERMS: Final = Terms(checks=3)


class DeathError(BaseException):
    """The program ends here and now."""


@dataclass
class Fate:
    """At which of its steps a program dies; None: it lives."""

    dies_at: int | None = None
    steps: int = 0

    def step(self) -> None:
        """Take a step, which may be the last."""
        self.steps += 1
        if self.steps == self.dies_at:
            raise DeathError


class MortalProvider(Rfc2136Provider):
    """A provider whose program may die before and after each of its calls."""

    def __init__(self, client: UpdateClient, fate: Fate) -> None:
        super().__init__(client, ttl=60)
        self._fate: Final = fate

    @override
    async def publish(
        self,
        name: DnsName,
        addresses: Addresses,
        families: frozenset[Family],
        *,
        held: Addresses,
    ) -> Mapping[Family, Outcome]:
        self._fate.step()
        outcomes = await super().publish(name, addresses, families, held=held)
        self._fate.step()
        return outcomes

    @override
    async def look_up_texts(self, name: DnsName) -> frozenset[str] | Trouble:
        self._fate.step()
        return await super().look_up_texts(name)

    @override
    async def publish_text(
        self, name: DnsName, text: str, *, seen: frozenset[str], replaces: str | None
    ) -> TextWritten | TextConflict | Trouble:
        self._fate.step()
        written = await super().publish_text(name, text, seen=seen, replaces=replaces)
        self._fate.step()
        return written


@dataclass
class Program:
    """What runs at one site, and what it has stored: a death loses the rest."""

    role: Role
    address: Address
    server: KnotServer
    clock: FakeClock
    places: dict[Address, Service]
    key: str = UPDATER.secret
    runs: bool = True
    deaths: int = 0
    service_known: bool = False
    fate: Fate = field(default_factory=Fate)
    ledger: Mapping[str, Any] = field(default_factory=dict)
    memory: object = None
    standing: Standing | None = None
    keeper: RecordKeeper | None = None
    _failover: Failover | None = None

    def start(self) -> Failover:
        """Start with what was stored."""
        key = UpdateKey(UPDATER.name, Secret(self.key), UPDATER.algorithm)
        client = UpdateClient("127.0.0.1", self.server.port, key, DnsName("example.com"))
        provider = MortalProvider(client, self.fate)
        ledger = Ledger.from_dict(self.ledger)

        async def save() -> None:
            self.fate.step()
            self.ledger = ledger.as_dict()
            self.fate.step()

        async def keep(data: Mapping[str, Any]) -> None:
            self.fate.step()
            self.memory = dict(data)
            self.fate.step()

        families = frozenset({Family.IPV4})
        self.keeper = RecordKeeper(provider, [self.name], families, ledger, self.clock, save=save)
        site = Site(self.role.name.lower(), self.role, TERMS)
        return Failover(
            site,
            self.name,
            self.keeper,
            provider,
            self._witness(),
            self.clock,
            kept=self.memory,
            keep=keep,
        )

    name = DnsName("home.example.com")

    def _witness(self) -> LineWitness:
        places, at_home = self.places, self.places[self.address] if self.service_known else None
        patience = DnsPatience(timedelta(seconds=2), timedelta(seconds=2))
        bootstrap = Bootstrap((self.server.endpoint,), self.server.port, False, patience)

        class Here(LineWitness):
            """Finds public addresses on this machine: what answers there has a port of its own."""

            @override
            async def look_for(self, address: Address, name: DnsName) -> Evidence:
                found = LineWitness(verifier, families, places[address])
                return await found.look_for(LOOPBACK, name)

        families = [family_of(self.address)]
        verifier = Verifier(self.clock, bootstrap)
        home = None if at_home is None else "127.0.0.1"
        return Here(verifier, families, places[self.address], home=home)

    def restart(self) -> None:
        """Lose all that was not stored."""
        self._failover = None

    def dies_after(self, steps: int) -> None:
        """Let it die at the n-th step from now."""
        self.fate.dies_at = self.fate.steps + steps

    async def check(self, *, has_address: bool = True) -> None:
        """Check once, if it runs; a program that dies starts again before its next check."""
        if not self.runs:
            self._failover = None
            return
        if self._failover is None:
            self._failover = self.start()
        known = Addresses.gather([self.address]) if has_address else Addresses()
        try:
            self.standing = await self._failover.check(known)
        except DeathError:
            self._failover, self.standing = None, None
            self.deaths += 1


class TwoSites:
    """The primary and the standby, their services, and the clock that both go by."""

    def __init__(self, server: KnotServer) -> None:
        self.server: Final = server
        self.clock: Final = FakeClock()
        self.places: Final[dict[Address, Service]] = {}
        self.primary: Final = Program(Role.PRIMARY, PRIMARY_AT, server, self.clock, self.places)
        self.standby: Final = Program(Role.STANDBY, STANDBY_AT, server, self.clock, self.places)
        self.moves: Final[list[str]] = []
        self._services: Final[dict[Address, asyncio.Server]] = {}

    async def __aenter__(self) -> Self:
        """Begin with both services answering."""
        for address in (PRIMARY_AT, STANDBY_AT):
            await self.revive_service(address)
        return self

    async def __aexit__(self, *_: object) -> None:
        for address in list(self._services):
            await self.kill_service(address)

    async def revive_service(self, address: Address) -> None:
        """Let the service of a site answer, at the port that it had before."""

        async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.close()

        port = self.places[address].port if address in self.places else 0
        service = await asyncio.start_server(greet, "127.0.0.1", port)
        self._services[address] = service
        bound = service.sockets[0].getsockname()[1]
        self.places[address] = Service(ServiceKind.TCP, bound)

    async def kill_service(self, address: Address) -> None:
        """Let the service of a site answer no more."""
        service = self._services.pop(address)
        service.close()
        with suppress(TimeoutError):
            await asyncio.wait_for(service.wait_closed(), 5)

    async def check(self, times: int = 1) -> None:
        """Let both sites check so many times, a minute between."""
        for _ in range(times):
            self.clock.now += CHECK
            for program in (self.primary, self.standby):
                await program.check()
                self._watch()

    def told(self) -> list[str]:
        """Return what the name server tells."""
        return self.server.ask(Program.name, "A")

    def _watch(self) -> None:
        """See what is never to be: two records, none where one was, or two sites that may."""
        told = self.told()
        assert len(told) <= 1
        if told and told != self.moves[-1:]:
            self.moves.extend(told)
        assert told == self.moves[-1:], "a record that was there is gone"
        both = [each.standing for each in (self.primary, self.standby) if each.runs]
        active = [each for each in both if each is not None and each.duty == "active"]
        assert len(active) <= 1, "both sites had the name at once"

    @property
    def now(self) -> datetime:
        """The time that both go by."""
        return self.clock.now
