"""Texts that two sites share, at each provider that can keep them."""

from typing import TYPE_CHECKING

from custom_components.smb_ddns_sync.ddns.outcome import AuthRejected
from custom_components.smb_ddns_sync.ddns.providers.cloudflare import CloudflareProvider
from custom_components.smb_ddns_sync.ddns.text_record import (
    TextConflict,
    TextRecords,
    TextWritten,
)

from .builders import HOME
from .provider_bench import CloudflareBench

if TYPE_CHECKING:
    from aiohttp import ClientSession


async def test_cloudflare_reads_makes_and_replaces_texts(session: ClientSession) -> None:
    async with CloudflareBench(session) as bench:
        bench.server.add(HOME, "TXT", '"foreign"')
        client = bench.provider()
        assert isinstance(client, TextRecords)
        assert await client.look_up_texts(HOME) == frozenset({"foreign"})
        seen = frozenset({"foreign"})
        made = await client.publish_text(HOME, "one", seen=seen, replaces=None)
        assert made == TextWritten()
        seen |= {"one"}
        assert await client.look_up_texts(HOME) == seen
        assert await client.publish_text(HOME, "two", seen=seen, replaces="one") == TextWritten()
        assert await client.look_up_texts(HOME) == frozenset({"foreign", "two"})


async def test_cloudflare_writes_nothing_where_something_else_stands(
    session: ClientSession,
) -> None:
    async with CloudflareBench(session) as bench:
        client = bench.provider()
        assert isinstance(client, CloudflareProvider)
        bench.server.add(HOME, "TXT", '"another"')
        late = await client.publish_text(HOME, "one", seen=frozenset(), replaces=None)
        assert late == TextConflict()
        assert bench.server.writes == []


async def test_a_refusal_is_told_as_for_addresses(session: ClientSession) -> None:
    async with CloudflareBench(session) as bench:
        client = bench.provider(secret="wrong")
        assert isinstance(client, TextRecords)
        assert isinstance(await client.look_up_texts(HOME), AuthRejected)
