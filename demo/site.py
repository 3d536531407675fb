"""The whole of the demo as one thing: everything that runs, and the entries that tie it together.

Nothing leaves this machine. Everything that is kept lies in one folder.
"""

import asyncio
from ipaddress import IPv4Address
import json
from typing import TYPE_CHECKING, override

from aiohttp import ClientSession

from .comparison import Comparison, compare
from .dyndns2 import Dyndns2Server
from .echo import AddressEcho
from .entries import (
    JobForm,
    RecordForm,
    ShareForm,
    add_job,
    add_public_address,
    add_record,
    add_share,
    find_entry,
    loaded_entry,
)
from .home_assistant import HomeAssistantProgram, Setting
from .home_assistant_client import HomeAssistantClient, User
from .home_assistant_ready import until_ready
from .ports import HOST, Ports
from .samba import Account, SambaServer, Share
from .sample import make_sample
from .together import Together

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from .console import Console

USER = User("Demo", "demo", "demo")
SHARE = "demo"
SHARE_ACCOUNT = Account("demo", "password-of-the-demo-share")
RECORD_NAME = "home.example.org"
RECORD_USERNAME = "demo"
RECORD_PASSWORD = "password-of-the-demo-record"
JOB_NAME = "Sample"
REMOTE_FOLDER = "Sample"

# A source's operator is its host, and all of 127/8 is this machine.
_ECHO_HOSTS = ("127.0.0.1", "127.0.0.2", "127.0.0.3")
_QUORUM = 2
# No address that is set aside for examples counts as public, so this one has to be somebody's. It
# is told to nobody but the stand-in provider.
FIRST_ADDRESS = IPv4Address("1.2.3.4")


class Site(Together):
    """A Samba server, a provider, three echoes and a Home Assistant; an async context manager."""

    samba: SambaServer
    echo: AddressEcho
    provider: Dyndns2Server
    program: HomeAssistantProgram
    client: HomeAssistantClient
    session: ClientSession

    def __init__(
        self,
        root: Path,
        python: Path,
        console: Console,
        *,
        libraries_logged: bool = False,
        integration_linked: bool = True,
        debug: bool = True,
        components: Sequence[Path] = (),
        usual_ports: bool = True,
    ) -> None:
        super().__init__(console)
        self.root = root
        self.state = root / "home-assistant"
        self.sample = root / "sample"
        self.share_folder = root / "share"
        self.address_file = root / "public-address"
        self._records_file = root / "provider.json"
        self._python = python
        self._libraries_logged = libraries_logged
        self._integration_linked = integration_linked
        self._debug = debug
        self._components = components
        self._ports = Ports(root / "ports.json", wishes=usual_ports)

    @property
    def notes(self) -> Path:
        """Another folder that jobs may use; the demo has none for it."""
        return self.root / "Notes"

    @property
    def copy(self) -> Path:
        """Where the job puts the sample, seen from behind the server."""
        return self.share_folder / REMOTE_FOLDER

    @property
    def address(self) -> IPv4Address:
        """The public address that the echoes tell."""
        assert self.echo.ipv4 is not None
        return IPv4Address(self.echo.ipv4)

    def set_address(self, address: IPv4Address) -> None:
        """Let the echoes tell another public address, now and after the next start."""
        self.echo.ipv4 = str(address)
        self.address_file.write_text(f"{address}\n")

    def compare(self) -> Comparison:
        """Compare the sample with its copy on the share. Blocks."""
        return compare(self.sample, self.copy)

    async def make_entries(self) -> None:
        """Add the entries that are missing, through the forms; what is there stays as it is."""
        client = self.client
        if await find_entry(client, "record") is None:
            async with self.console.step("Adding the public address"):
                sources = [f"http://{host}:{self.echo.port}/" for host in _ECHO_HOSTS]
                await add_public_address(client, sources, quorum=_QUORUM)
        entry = await loaded_entry(client, "record")
        if not entry["num_subentries"]:
            async with self.console.step("Adding the record"):
                server = f"http://{HOST}:{self.provider.port}/nic/update"
                record = RecordForm(RECORD_NAME, server, RECORD_USERNAME, RECORD_PASSWORD)
                await add_record(client, entry["entry_id"], record)
        if await find_entry(client, "job") is None:
            async with self.console.step("Adding the share"):
                account = SHARE_ACCOUNT
                share = ShareForm(HOST, self.samba.port, SHARE, account.name, account.password)
                await add_share(client, share)
        entry = await loaded_entry(client, "job")
        if not entry["num_subentries"]:
            async with self.console.step("Adding the job"):
                job = JobForm(JOB_NAME, self.sample, REMOTE_FOLDER)
                await add_job(client, entry["entry_id"], job)

    async def restart_home_assistant(self) -> None:
        """Start Home Assistant after it ended by itself, as it does to restart."""
        async with self.console.step("Starting Home Assistant again"):
            await self.program.stop()
            await self.program.start()
            await until_ready(self.program, self.client, USER)

    @override
    async def _start(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        self.share_folder.mkdir(exist_ok=True)
        self.notes.mkdir(exist_ok=True)
        await asyncio.to_thread(make_sample, self.sample)
        ports = self._ports
        numbers = [
            ports.get(name, wish)
            for name, wish in (
                ("Home Assistant", 18123),
                ("Samba server", 18445),
                ("echoes", 18080),
                ("provider", 18081),
            )
        ]
        await self._start_samba(numbers[1])
        await self._start_stand_ins(numbers[2], numbers[3])
        await self._start_home_assistant(numbers[0])

    async def _start_samba(self, port: int) -> None:
        share = Share(SHARE, self.share_folder, valid_users=(SHARE_ACCOUNT.name,))
        self.samba = SambaServer(self.root / "samba", (share,), (SHARE_ACCOUNT,), port=port)
        async with self.console.step("Starting a Samba server"):
            self._stack.push_async_callback(asyncio.to_thread, self.samba.stop)
            await asyncio.to_thread(self.samba.start)

    async def _start_stand_ins(self, echo_port: int, provider_port: int) -> None:
        async with self.console.step("Starting a stand-in provider and three address echoes"):
            self.echo = AddressEcho(hosts=_ECHO_HOSTS, port=echo_port)
            self.set_address(self._stored_address())
            self.provider = Dyndns2Server(
                RECORD_USERNAME, RECORD_PASSWORD, [RECORD_NAME], port=provider_port
            )
            # What was published before is not published again, so it must not be forgotten here.
            if self._records_file.exists():
                held = json.loads(self._records_file.read_text())
                self.provider.records[RECORD_NAME] = {int(key): held[key] for key in held}
            await self._stack.enter_async_context(self.echo)
            await self._stack.enter_async_context(self.provider)
            self._stack.callback(self._keep_records)

    async def _start_home_assistant(self, port: int) -> None:
        media = self.root / "media"
        media.mkdir(exist_ok=True)
        setting = Setting(
            allowed_folders=[self.sample, self.notes],
            media_folders=[media],
            libraries_logged=self._libraries_logged,
            linked=self._integration_linked,
            debug=self._debug,
            components=self._components,
        )
        self.program = HomeAssistantProgram(self.state, port, self._python, setting)
        self.session = await self._stack.enter_async_context(ClientSession())
        self.client = HomeAssistantClient(self.session, self.program.url)
        async with self.console.step("Starting Home Assistant"):
            await self._stack.enter_async_context(self.program)
            await until_ready(self.program, self.client, USER)

    def _stored_address(self) -> IPv4Address:
        try:
            return IPv4Address(self.address_file.read_text().strip())
        except FileNotFoundError, ValueError:
            return FIRST_ADDRESS

    def _keep_records(self) -> None:
        self._records_file.write_text(json.dumps(self.provider.records[RECORD_NAME]))
