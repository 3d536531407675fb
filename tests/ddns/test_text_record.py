"""Texts that two sites share, at each provider that can keep them: what a lease relies on."""

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from custom_components.smb_ddns_sync.ddns.address import Family
from custom_components.smb_ddns_sync.ddns.outcome import AuthRejected, RetryAfter, Unconfirmed
from custom_components.smb_ddns_sync.ddns.provider import ProviderId
from custom_components.smb_ddns_sync.ddns.providers import PROVIDERS
from custom_components.smb_ddns_sync.ddns.standby import Lease, Wish, latest_lease, lease_name
from custom_components.smb_ddns_sync.ddns.text_record import (
    TextConflict,
    TextRecords,
    TextWritten,
)
from demo.web_server import Page, RawBytes

from .builders import V4
from .contract import for_providers
from .provider_bench import BENCHES, ProviderBench, having

if TYPE_CHECKING:
    from aiohttp import ClientSession

    from custom_components.smb_ddns_sync.ddns.names import DnsName

UNTIL = datetime(2026, 11, 22, 12, 10, tzinfo=UTC)
OUR_LEASE = Lease("01K9ZQ4T6Y8W2M5R7N3B1C0D9F", 7, UNTIL)
THEIR_LEASE = Lease("other", 7, UNTIL)
OURS, THEIRS = OUR_LEASE.text, THEIR_LEASE.text
WISH = Wish("other", "2a02:d300::1", UNTIL).text


def keeps_texts(bench: ProviderBench) -> bool:
    return bench.keeps_texts


def tells_denied(bench: ProviderBench) -> bool:
    return bench.keeps_texts and bench.tells_denied


def client(bench: ProviderBench, secret: str | None = None) -> TextRecords:
    """Return a client, which has to be one of texts."""
    made = bench.provider(secret=secret)
    assert isinstance(made, TextRecords)
    return made


def place(bench: ProviderBench) -> DnsName:
    """Return where the lease of a name stands."""
    return lease_name(bench.home)


async def test_who_keeps_texts_offers_it_and_nobody_else(session: ClientSession) -> None:
    offered = {key for key, each in PROVIDERS.items() if each.keeps_texts}
    # rfc2136 speaks no HTTP: it is before a real name server in test_rfc2136 and test_failover.
    assert offered == {*having(keeps_texts), "rfc2136"}
    for key, make in BENCHES.items():
        made = isinstance(make(session).provider(root="http://localhost:1"), TextRecords)
        assert made is PROVIDERS[ProviderId(key)].keeps_texts, key


@for_providers(keeps_texts)
async def test_where_no_text_is_there_is_none(bench: ProviderBench) -> None:
    bench.put(bench.home, V4)
    assert await client(bench).look_up_texts(place(bench)) == frozenset()


@for_providers(keeps_texts)
async def test_a_text_is_read_as_it_was_written(bench: ProviderBench) -> None:
    for text, seen in ((OURS, frozenset[str]()), (WISH, frozenset({OURS}))):
        made = await client(bench).publish_text(place(bench), text, seen=seen, replaces=None)
        assert made == TextWritten()
        assert await client(bench).look_up_texts(place(bench)) == seen | {text}


@for_providers(keeps_texts)
async def test_a_text_takes_the_place_of_just_the_one_that_it_is_to_replace(
    bench: ProviderBench,
) -> None:
    for text in ("foreign", OURS, WISH):
        bench.put_text(place(bench), text)
    written = await client(bench).publish_text(
        place(bench), THEIRS, seen=frozenset({"foreign", OURS, WISH}), replaces=OURS
    )
    assert written == TextWritten()
    assert sorted(bench.texts(place(bench))) == sorted(["foreign", THEIRS, WISH])


@for_providers(keeps_texts)
async def test_nothing_is_written_where_something_else_stands_than_was_seen(
    bench: ProviderBench,
) -> None:
    bench.put_text(place(bench), THEIRS)
    for seen in (frozenset[str](), frozenset({THEIRS, OURS})):
        late = await client(bench).publish_text(place(bench), OURS, seen=seen, replaces=None)
        assert late == TextConflict()
    assert bench.texts(place(bench)) == [THEIRS]


@for_providers(keeps_texts)
async def test_a_text_leaves_addresses_and_other_names_alone(bench: ProviderBench) -> None:
    bench.put(bench.home, V4)
    bench.put_text(bench.work, "v=spf1")
    await client(bench).publish_text(place(bench), OURS, seen=frozenset(), replaces=None)
    assert bench.held(bench.home, Family.IPV4) == [str(V4)]
    assert bench.texts(bench.work) == ["v=spf1"]


@for_providers(keeps_texts)
async def test_after_two_sites_wrote_at_once_both_see_the_same_lease(bench: ProviderBench) -> None:
    sites = [client(bench), client(bench)]
    await asyncio.gather(
        *(
            site.publish_text(place(bench), lease.text, seen=frozenset(), replaces=None)
            for site, lease in zip(sites, (OUR_LEASE, THEIR_LEASE), strict=True)
        )
    )
    here, there = [await site.look_up_texts(place(bench)) for site in sites]
    assert isinstance(here, frozenset)
    assert here == there
    assert latest_lease(here) in {OUR_LEASE, THEIR_LEASE}


@for_providers(keeps_texts)
async def test_a_write_whose_answer_is_lost_is_unconfirmed_and_looked_after(
    bench: ProviderBench,
) -> None:
    for landed, text in ((False, OURS), (True, OURS)):
        bench.lose_writes(RawBytes(), landed=landed)
        lost = await client(bench).publish_text(place(bench), text, seen=frozenset(), replaces=None)
        assert isinstance(lost, Unconfirmed), landed
        assert bench.texts(place(bench)) == ([text] if landed else [])
        bench.server.behave()
    assert await client(bench).look_up_texts(place(bench)) == frozenset({OURS})


@for_providers(keeps_texts)
async def test_a_failed_look_is_never_no_text(bench: ProviderBench) -> None:
    bench.put_text(place(bench), THEIRS)
    for page in (Page(), Page(status=500), Page(bench.wrong_shape), Page(status=429), RawBytes()):
        bench.server.misbehave(page)
        assert not isinstance(await client(bench).look_up_texts(place(bench)), frozenset), page
        fault = await client(bench).publish_text(
            place(bench), OURS, seen=frozenset(), replaces=None
        )
        assert not isinstance(fault, TextWritten), page
    assert bench.texts(place(bench)) == [THEIRS]


@for_providers(keeps_texts)
async def test_a_wait_is_told_as_for_addresses(bench: ProviderBench) -> None:
    bench.server.misbehave(Page(status=429, headers={"Retry-After": "240"}))
    assert isinstance(await client(bench).look_up_texts(place(bench)), RetryAfter)


@for_providers(tells_denied)
async def test_a_refusal_is_told_as_for_addresses(bench: ProviderBench) -> None:
    denied = client(bench, secret="wrong")
    assert isinstance(await denied.look_up_texts(place(bench)), AuthRejected)
    written = await denied.publish_text(place(bench), OURS, seen=frozenset(), replaces=None)
    assert isinstance(written, AuthRejected)
    assert bench.texts(place(bench)) == []
