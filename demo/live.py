"""The demo while it stays: what there is to play with, what happens, and what a person may type."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address
import sys
from typing import TYPE_CHECKING

from aiohttp import ClientError

from .console import typed_lines
from .home_assistant_client import RefusedError
from .home_assistant_events import EndedError, connect
from .site import RECORD_NAME, SHARE, SHARE_ACCOUNT, USER
from .story import Story

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .console import Console
    from .site import Site

_LOOK_EVERY = 0.5  # seconds between looks at the address file and at the program


async def live(site: Site, console: Console) -> None:
    """Add the entries that are missing, and tell what happens until cancelled."""
    async with asyncio.TaskGroup() as group:
        group.create_task(_tell(site, console))
        await site.make_entries()
        _introduce(site, console)
        group.create_task(_follow_address_file(site, console))
        group.create_task(_obey(site, console))


def _introduce(site: Site, console: Console) -> None:
    account = SHARE_ACCOUNT
    console.line(f"""
Home Assistant   {site.program.url}   user: {USER.username}   password: {USER.password}
Local folder     {site.sample}
                 change anything in it; it is mirrored to
Share            {site.copy}
                 smb://{site.samba.host}:{site.samba.port}/{SHARE}   user: {account.name}
Public address   {site.address}, a sample; the record is {RECORD_NAME}
                 change it: echo {site.address + 1} > {site.address_file}
Log              {site.program.log}

{"Type help for what else can be done here. " if sys.stdin.isatty() else ""}Ctrl-C ends everything.
""")


async def _tell(site: Site, console: Console) -> None:
    """Tell Home Assistant's story, over restarts too."""
    while True:
        with suppress(EndedError, ClientError):
            async with connect(site.session, site.client) as events:
                async for line in Story(events).lines():
                    console.now(line)
        # A restart from the interface ends the program and counts on somebody to start it again.
        while site.program.running:
            if await site.client.answers():
                break
            await asyncio.sleep(_LOOK_EVERY)
        else:
            console.now("Home Assistant has ended")
            await site.restart_home_assistant()


async def _follow_address_file(site: Site, console: Console) -> None:
    while True:
        await asyncio.sleep(_LOOK_EVERY)
        with suppress(OSError, AddressValueError):  # it is being written
            wanted = IPv4Address(site.address_file.read_text().strip())
            if wanted != site.address:
                await _change_address(site, console, wanted)


async def _change_address(site: Site, console: Console, address: IPv4Address) -> None:
    site.set_address(address)
    console.now(f"The echoes tell {address} now; they are asked once a minute")


@dataclass(frozen=True, slots=True)
class _Command:
    word: str
    help: str
    run: Callable[[Site, Console], Awaitable[None]]


async def _next_address(site: Site, console: Console) -> None:
    await _change_address(site, console, site.address + 1)


async def _check(site: Site, console: Console) -> None:
    console.now("Asking the echoes")
    await site.client.act("smb_ddns_sync.update_records", {})


async def _kill_samba(site: Site, console: Console) -> None:
    await asyncio.to_thread(site.samba.kill)
    console.now("The Samba server is killed; the share is looked at once a minute")


async def _start_samba(site: Site, console: Console) -> None:
    await asyncio.to_thread(site.samba.start)
    console.now("The Samba server runs")


async def _compare(site: Site, console: Console) -> None:
    comparison = await asyncio.to_thread(site.compare)
    for line in comparison.lines():
        console.line(f"  {line}")


_COMMANDS = (
    _Command("address", "let the echoes tell the next public address", _next_address),
    _Command("check", "ask for the address and update the record now", _check),
    _Command("kill", "kill the Samba server, as a crash does", _kill_samba),
    _Command("start", "start the Samba server again", _start_samba),
    _Command("compare", "compare both folders", _compare),
)


async def _obey(site: Site, console: Console) -> None:
    with typed_lines(asyncio.get_running_loop()) as lines:
        while True:
            word = await lines.get()
            command = next((command for command in _COMMANDS if command.word == word), None)
            if command is not None:
                try:
                    await command.run(site, console)
                except RefusedError as error:
                    console.now(str(error))
            elif word:
                for known in _COMMANDS:
                    console.line(f"  {known.word:8} {known.help}")
