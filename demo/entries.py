"""The entries of the demo, made through the same forms that a person fills in."""

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .home_assistant_client import FlowKind, HomeAssistantClient, Json, RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

DOMAIN = "smb_ddns_sync"
_LOAD_LIMIT = 60.0  # seconds for an entry to be loaded


@dataclass(frozen=True, slots=True)
class RecordForm:
    """What is filled in for a record at a dyndns2 server."""

    name: str
    server: str
    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ShareForm:
    """What is filled in for a share."""

    host: str
    port: int
    share: str
    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class JobForm:
    """What is filled in for a job."""

    name: str
    local_folder: Path
    remote_folder: str
    mode: str = "mirror"
    interval: int | None = None
    """Minutes between two complete comparisons; None for the form's own default."""


async def add_public_address(
    client: HomeAssistantClient, sources: Sequence[str], *, quorum: int
) -> None:
    """Add the public address with sources of our own only, asked every minute."""
    form = {
        "ipv4": True,
        "ipv6": False,
        "sources": [],
        "custom_sources": list(sources),
        "quorum": quorum,
        "interval": 1,
        "advanced": {},
    }
    menu = {"next_step_id": "public_address"}
    await client.fill_in(FlowKind.ENTRY, DOMAIN, [menu, form])


async def add_record(client: HomeAssistantClient, entry_id: str, record: RecordForm) -> None:
    """Add a record at a dyndns2 server."""
    form = {
        "names": [record.name],
        "ipv4": True,
        "ipv6": False,
        "server": record.server,
        "username": record.username,
        "password": record.password,
        "both_at_once": True,
    }
    provider = {"provider": "dyndns2"}
    await client.fill_in(FlowKind.SUBENTRY, [entry_id, "record"], [provider, form])


async def add_share(client: HomeAssistantClient, share: ShareForm) -> None:
    """Add a share."""
    form = {
        "host": share.host,
        "port": share.port,
        "share": share.share,
        "username": share.username,
        "password": share.password,
        "advanced": {},
    }
    await client.fill_in(FlowKind.ENTRY, DOMAIN, [{"next_step_id": "share"}, form])


async def add_job(client: HomeAssistantClient, entry_id: str, job: JobForm) -> None:
    """Add a job for a local folder."""
    what: Mapping[str, Any] = {"name": job.name, "mode": job.mode}
    folders: Mapping[str, Any] = {
        "local_folder": str(job.local_folder),
        "remote_folder": job.remote_folder,
    }
    advanced = {} if job.interval is None else {"interval": job.interval}
    options: Mapping[str, Any] = {
        "watch": True,
        "advanced": advanced,
        "filters": {},
        "limits": {},
    }
    await client.fill_in(FlowKind.SUBENTRY, [entry_id, "job"], [what, folders, options])


async def loaded_entry(client: HomeAssistantClient, subentry_type: str) -> Json:
    """Return the entry that takes such subentries, once it is loaded; raise `RefusedError`."""
    entry: Json | None = None
    try:
        async with asyncio.timeout(_LOAD_LIMIT):
            while entry is None or entry["state"] != "loaded":
                entry = await find_entry(client, subentry_type)
                await asyncio.sleep(0.1)
    except TimeoutError:
        what = "is missing" if entry is None else f"is {entry['state']}: {entry['reason']}"
        raise RefusedError(f"The entry for a {subentry_type} {what}") from None
    return entry


async def find_entry(client: HomeAssistantClient, subentry_type: str) -> Json | None:
    """Return the entry that takes such subentries, if there is one."""
    for entry in await client.entries(DOMAIN):
        if subentry_type in entry["supported_subentry_types"]:
            return entry
    return None
