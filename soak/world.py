"""What runs: one Home Assistant, two sites with a server each, and the lines and names between."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address
import random
from typing import TYPE_CHECKING, Any, Final, override

from aiohttp import ClientSession

from demo.dyndns2 import Dyndns2Server
from demo.echo import AddressEcho
from demo.entries import (
    DOMAIN,
    JobForm,
    RecordForm,
    ShareForm,
    add_job,
    add_public_address,
    add_record,
    add_share,
    loaded_entry,
)
from demo.home_assistant import HomeAssistantProgram, Setting
from demo.home_assistant_client import HomeAssistantClient, Json, User
from demo.home_assistant_events import connect
from demo.home_assistant_ready import until_ready
from demo.line import Cut, Door
from demo.ports import HOST, Ports
from demo.proxy import Proxy
from demo.samba import Account, SambaServer, Share
from demo.together import Together

from .outside import Names, WallClock, environment
from .users import Contents, Users

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from demo.console import Console
    from demo.home_assistant_events import EventConnection

USER: Final = User("Soak", "soak", "soak")
ACCOUNT: Final = Account("soak", "password-of-the-soak")
OTHER_PASSWORD: Final = Account("soak", "password-of-somebody-else")
RECORD: Final = "home.example.org"
OFFICE: Final = "office.example.net"
"""The name that leads to the other site."""
_OFFICE_ADDRESSES: Final = ("127.0.0.21", "127.0.0.22")
_STRANGER: Final = "127.0.0.23"
_ECHO_HOSTS: Final = ("127.0.0.1", "127.0.0.2", "127.0.0.3")
_CLIPS_DISK: Final = 96 << 20


@dataclass(frozen=True)
class Pair:
    """A job: two folders, and the people on one or both of them."""

    job: str
    users: tuple[Users, ...]
    contents: Contents
    here: Path
    there: Path


class World(Together):
    """Everything that runs; an async context manager."""

    program: HomeAssistantProgram
    client: HomeAssistantClient
    session: ClientSession
    echo: AddressEcho
    provider: Dyndns2Server

    def __init__(self, root: Path, python: Path, console: Console, seed: int) -> None:
        super().__init__(console)
        self.root = root
        self.dice = random.Random(seed)
        self._python = python
        self._ports = Ports(root / "ports.json", wishes=False)
        self.home = self._server("home")
        self.office = self._server("office")
        self.stranger = self._server("stranger")
        self.clips = self._server("clips", disk=_CLIPS_DISK)
        self.pairs = (
            self._pair("Letters", self.home, both=True),
            self._pair("Off-site", self.office, both=True),
            self._pair("Archive", self.office, both=False),
            self._pair("Clips", self.clips, both=False),
        )
        self._lines: list[Proxy] = []
        self.steady = asyncio.Lock()
        """Held by who is logged in: the clock is set only between, for a log-in ends by it."""
        self._at = 0  # which of its addresses the other site has

    @property
    def line(self) -> Proxy:
        """The line to the other site, at the address that it has now."""
        return self._lines[self._at]

    def move_office(self) -> None:
        """Give the other site another address; its name follows, and the old one is dead."""
        before, self._at = self.line, 1 - self._at
        self.line.door = Door.OPEN
        before.drop(Cut.SILENCE)
        before.door = Door.REFUSE
        self.names.lead(OFFICE, self.line.host)

    def lead_to_stranger(self) -> None:
        """Let the name of the other site lead to somebody who has the same account and share."""
        self.line.drop(Cut.RESET)
        self.line.door = Door.REFUSE
        self.names.lead(OFFICE, _STRANGER)

    def lead_home(self) -> None:
        """Let the name lead to the other site again."""
        self.line.door = Door.OPEN
        self.names.lead(OFFICE, self.line.host)

    async def restart(self) -> None:
        """Start Home Assistant after it was killed."""
        await self.program.start()
        await until_ready(self.program, self.client, USER)

    @asynccontextmanager
    async def _logged_in(self) -> AsyncIterator[EventConnection]:
        async with self.steady:
            await self.client.renew()
            async with connect(self.session, self.client) as events:
                yield events

    async def status(self, key: str) -> dict[str, Json]:
        """Return the states of all entities with this key, each by the name of its device."""
        async with self._logged_in() as events:
            devices = {
                each["id"]: str(each["name_by_user"] or each["name"])
                for each in await events.command("config/device_registry/list")
            }
            named = {
                each["entity_id"]: devices.get(each["device_id"], "")
                for each in await events.command("config/entity_registry/list")
                if each["platform"] == DOMAIN and each["translation_key"] == key
            }
            states = await self.client.states()
        return {name: states[entity] for entity, name in named.items() if entity in states}

    async def repairs(self) -> list[Json]:
        """Return the repairs of ours that stand."""
        async with self._logged_in() as events:
            found = await events.command("repairs/list_issues")
        return [each for each in found["issues"] if each["domain"] == DOMAIN]

    async def reauthentications(self) -> list[Json]:
        """Return the flows that ask a person for credentials."""
        async with self._logged_in() as events:
            flows = await events.command("config_entries/flow/progress")
        return [each for each in flows if each["context"]["source"] == "reauth"]

    async def press(self, key: str) -> None:
        """Press every button with this key."""
        buttons = [state["entity_id"] for state in (await self.status(key)).values()]
        async with self._logged_in():
            for button in buttons:
                await self.client.act("button.press", {"entity_id": button})

    async def answer(self, flow_id: str, answer: Mapping[str, Any]) -> Json:
        """Fill in a form that a person is asked for."""
        async with self._logged_in():
            path = f"/api/config/config_entries/flow/{flow_id}"
            result: Json = await self.client.post(path, answer)
        return result

    def _server(self, name: str, disk: int | None = None) -> SambaServer:
        folder = self.root / name
        folder.mkdir(parents=True, exist_ok=True)
        share = Share("office" if name == "stranger" else name, folder, disk=disk)
        port = self._ports.get(name, 0)
        return SambaServer(self.root / "samba" / name, (share,), (ACCOUNT,), port=port)

    def _pair(self, job: str, server: SambaServer, *, both: bool) -> Pair:
        here = self.root / "here" / job
        there = server.shares[0].path / job
        contents = Contents()
        sides = (here, there) if both else (here,)
        names = ("here", "there")
        users = tuple(
            Users(f"{job} {name}", side, random.Random(self.dice.random()), contents)
            for name, side in zip(names, sides, strict=False)
        )
        return Pair(job, users, contents, here, there)

    @override
    async def _start(self) -> None:
        for pair in self.pairs:
            pair.here.mkdir(parents=True)
        for pair in self.pairs[:-1]:
            pair.there.mkdir(parents=True)
        for server in (self.home, self.office, self.stranger, self.clips):
            self._stack.push_async_callback(asyncio.to_thread, server.stop)
            await asyncio.to_thread(server.start)
        self.clock, self.names = WallClock(self.root), Names(self.root)
        # A name leads to an address and to no port, so that all of them have the same.
        port = 0
        for address in _OFFICE_ADDRESSES:
            line = Proxy(HOST, self.office.port, listen=(address, port))
            self._lines.append(self._stack.enter_context(line))
            port = line.port
        self._stack.enter_context(Proxy(HOST, self.stranger.port, listen=(_STRANGER, port)))
        self._lines[1].door = Door.REFUSE
        self.names.lead(OFFICE, self.line.host)
        await self._start_stand_ins()
        await self._start_home_assistant()
        await self._make_entries()

    async def _start_stand_ins(self) -> None:
        self.echo = AddressEcho(hosts=_ECHO_HOSTS, ipv4=str(IPv4Address("1.2.3.4")))
        self.provider = Dyndns2Server("soak", ACCOUNT.password, [RECORD])
        await self._stack.enter_async_context(self.echo)
        await self._stack.enter_async_context(self.provider)

    async def _start_home_assistant(self) -> None:
        setting = Setting(
            allowed_folders=[pair.here for pair in self.pairs],
            debug=False,
            environment=environment(self.clock, self.names),
            name="Soak",
        )
        port = self._ports.get("Home Assistant", 18124)
        self.program = HomeAssistantProgram(
            self.root / "home-assistant", port, self._python, setting
        )
        self.session = await self._stack.enter_async_context(ClientSession())
        self.client = HomeAssistantClient(self.session, self.program.url)
        async with self.console.step("Starting Home Assistant"):
            await self._stack.enter_async_context(self.program)
            await until_ready(self.program, self.client, USER)

    async def _make_entries(self) -> None:
        client = self.client
        echoes = [f"http://{host}:{self.echo.port}/" for host in _ECHO_HOSTS]
        await add_public_address(client, echoes, quorum=2)
        address = await loaded_entry(client, "record")
        server = f"http://{HOST}:{self.provider.port}/nic/update"
        await add_record(
            client, address["entry_id"], RecordForm(RECORD, server, "soak", ACCOUNT.password)
        )
        letters, off_site, archive, clips = self.pairs
        shares: tuple[tuple[str, int, str, tuple[tuple[Pair, str], ...]], ...] = (
            (HOST, self.home.port, "home", ((letters, "two_way"),)),
            (OFFICE, self.line.port, "office", ((off_site, "two_way"), (archive, "mirror"))),
            (HOST, self.clips.port, "clips", ((clips, "mirror"),)),
        )
        for host, port, name, jobs in shares:
            known = {entry["entry_id"] for entry in await client.entries(DOMAIN)}
            form = ShareForm(host, port, name, ACCOUNT.name, ACCOUNT.password)
            await add_share(client, form)
            (entry,) = [e for e in await client.entries(DOMAIN) if e["entry_id"] not in known]
            await self._loaded(entry["entry_id"])
            for pair, mode in jobs:
                form_of_job = JobForm(pair.job, pair.here, pair.job, mode, interval=1)
                await add_job(client, entry["entry_id"], form_of_job)

    async def _loaded(self, entry_id: str) -> None:
        async with asyncio.timeout(60):
            while True:
                entries: list[dict[str, Any]] = await self.client.entries(DOMAIN)
                if any(e["entry_id"] == entry_id and e["state"] == "loaded" for e in entries):
                    return
                await asyncio.sleep(0.2)
