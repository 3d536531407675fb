"""What happens by itself, without any click."""

import asyncio
from typing import TYPE_CHECKING

import pytest

from demo.site import RECORD_NAME

from .log import our_warnings
from .reading import SHARE_DEVICE, Reader
from .waiting import until

if TYPE_CHECKING:
    from demo.site import Site

# The servers on loopback live in the loop of the session, and answer only while it runs.
pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("secrets")]


async def until_mirrored(site: Site) -> None:
    async def mirrored() -> bool:
        return (await asyncio.to_thread(site.compare)).equal

    await until(mirrored, "both folders hold the same")


async def test_a_file_dropped_into_the_folder_appears_on_the_share(site: Site) -> None:
    (site.sample / "Dropped.txt").write_text("No click was needed.\n")

    await until_mirrored(site)
    assert (site.copy / "Dropped.txt").read_text() == "No click was needed.\n"


async def until_published(site: Site, reader: Reader) -> None:
    async def published() -> bool:
        return site.provider.records[RECORD_NAME].get(4) == str(site.address)

    # Looked for once a minute; and the provider takes an update a minute.
    await until(published, f"the provider holds {site.address}", limit=180)
    await reader.until(RECORD_NAME, "published_ipv4", str(site.address))
    await reader.until(RECORD_NAME, "record_status", "in_sync")


async def test_a_dead_server_is_told_once_with_the_reason_and_comes_back_while_records_go_on(
    site: Site,
) -> None:
    reader = await Reader.of(site)
    told_before = len(our_warnings(site.program.log))

    site.set_address(site.address + 1)
    await asyncio.to_thread(site.samba.kill)
    await reader.until(SHARE_DEVICE, "reachable", "off")
    (site.sample / "While it was down.txt").write_text("This waits.\n")
    await reader.until("Sample", "job_status", "waiting")
    for _ in range(3):  # as many more cycles as minutes would bring
        await site.client.act(
            "homeassistant.update_entity",
            {"entity_id": reader.entity_id(SHARE_DEVICE, "share_status")},
        )
    await reader.until(SHARE_DEVICE, "share_status", "refused")
    await until_published(site, reader)
    told = [line.partition("[")[2] for line in our_warnings(site.program.log)[told_before:]]
    assert any("demo (127.0.0.1) cannot be used" in line for line in told)
    assert len(told) == len(set(told)), told

    await asyncio.to_thread(site.samba.start)
    await reader.until(SHARE_DEVICE, "share_status", "ok")
    await until_mirrored(site)
    assert (site.copy / "While it was down.txt").exists()
    await reader.until("Sample", "job_status", "watching")
