"""Defects of other programs, each with a test that ours does not have it.

They were found by reading ddns-go, ddns-updater, ddclient, inadyn and Home Assistant's own
integrations. Here are those that concern names, calls and answers; those of address sources and of
providers with an API of records stand with their tests.
"""

import asyncio
from datetime import timedelta
import logging
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.ddns.address import Family
from custom_components.smb_ddns_sync.ddns.ledger import Ledger
from custom_components.smb_ddns_sync.ddns.names import DnsName
from custom_components.smb_ddns_sync.ddns.outcome import (
    Applied,
    AuthRejected,
    BadAnswer,
    Banned,
    NameRejected,
)
from custom_components.smb_ddns_sync.ddns.provider import ProviderId, SettingError, SettingFault
from custom_components.smb_ddns_sync.ddns.providers import PROVIDERS
from custom_components.smb_ddns_sync.ddns.reconcile import RecordKeeper
from custom_components.smb_ddns_sync.ddns.report import RecordStatus

from .bench_base import FOREIGN, ProviderBench
from .builders import HOME, ONLY_V4, OTHER_V4, OTHER_V6, V4, V6, WORK, FakeClock, NoJitter, at
from .one_get_rows import CANARY, ROWS
from .provider_bench import Dyndns2Bench, OneGetBench

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiohttp import ClientSession

DYNDNS2 = sorted(key for key, row in ROWS.items() if row.good == "good {ips}")


def keeper(
    bench: ProviderBench, clock: FakeClock, names: Sequence[DnsName], ledger: Ledger | None = None
) -> RecordKeeper:
    """Return a record at a provider."""
    return RecordKeeper(
        bench.provider(), names, ONLY_V4, ledger or Ledger(), clock, random=NoJitter()
    )


async def test_ddns_go_one_bad_name_stops_all_that_come_after_it(session: ClientSession) -> None:
    async with OneGetBench(session, "no_ip") as bench:
        record = keeper(bench, FakeClock(), [FOREIGN, HOME, WORK])
        report = await record.reconcile(at(V4))
        assert bench.held(HOME, Family.IPV4) == bench.held(WORK, Family.IPV4) == [str(V4)]
    assert report.of(FOREIGN)[0].status is RecordStatus.NAME_REJECTED


async def test_ddns_go_an_update_of_one_family_overwrites_the_other(
    session: ClientSession,
) -> None:
    async with OneGetBench(session, "njalla") as bench:
        bench.put(HOME, V4)
        bench.put(HOME, OTHER_V6)
        await bench.publish(at(V6))
        assert bench.server.records[HOME] == {4: str(V4), 6: str(V6)}


async def test_ddns_go_a_zone_is_recognised_by_its_end_without_the_dot(
    session: ClientSession,
) -> None:
    async with OneGetBench(session, "duckdns") as bench:
        outcomes = await bench.publish(at(V4), DnsName("home.notduckdns.org"))
        assert isinstance(outcomes[Family.IPV4], NameRejected)
        assert bench.server.requests == 0


@pytest.mark.parametrize("provider", ["dyndns2", "powerdns_admin", "custom_url"])
async def test_ddns_go_sends_credentials_in_clear(session: ClientSession, provider: str) -> None:
    settings = {
        "server": "http://dns.example.com",
        "url": "http://dns.example.com/?ip={ip}",
        "username": "me",
        "password": CANARY,
    }
    with pytest.raises(SettingError) as caught:
        PROVIDERS[ProviderId(provider)].build(settings, session)
    assert caught.value.fault is SettingFault.NOT_SECURE


@pytest.mark.parametrize("key", ["namecheap", "freedns", "duckdns", "goip", "myaddr"])
async def test_ddns_go_a_password_with_special_characters_arrives_as_another(
    session: ClientSession, key: str
) -> None:
    async with OneGetBench(session, key) as bench:
        assert await bench.publish(at(V4)) == {Family.IPV4: Applied(V4)}
        assert bench.server.strange == []


async def test_ddns_updater_a_wrong_password_at_namecheap_is_a_success(
    session: ClientSession,
) -> None:
    async with OneGetBench(session, "namecheap") as bench:
        outcomes = await bench.publish(at(V4), provider=bench.provider(secret="wrong"))
        assert isinstance(outcomes[Family.IPV4], AuthRejected)


async def test_ddns_updater_a_wrong_password_at_strato_is_not_understood(
    session: ClientSession,
) -> None:
    async with OneGetBench(session, "strato") as bench:
        bench.server.force("badauth", "constants.Badauth")
        assert isinstance((await bench.publish(at(V4)))[Family.IPV4], AuthRejected)
        assert isinstance((await bench.publish(at(V4)))[Family.IPV4], BadAnswer)


@pytest.mark.parametrize("key", ["namecheap", "enom", "dinahosting"])
async def test_ddns_updater_the_zone_itself_and_a_whole_name_are_no_part_of_a_name(
    session: ClientSession, key: str
) -> None:
    async with OneGetBench(session, key) as bench:
        zone = DnsName("example.com")
        bench.server.records[zone] = {}
        await bench.publish(at(V4))
        param = next(name for name, text in ROWS[key].name.items() if text == "{sub}")
        assert bench.server.updates[0][param] == "home"


async def test_ddns_updater_an_update_of_ipv6_at_inwx_sets_ipv4_to_the_local_host(
    session: ClientSession,
) -> None:
    async with OneGetBench(session, "inwx") as bench:
        bench.put(HOME, V4)
        await bench.provider().publish(HOME, at(V4, V6), frozenset({Family.IPV6}), held=at(V4))
        assert bench.server.records[HOME] == {4: str(V4), 6: str(V6)}


async def test_ddns_updater_the_debug_log_shows_headers_and_addresses_of_calls(
    session: ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for key in ("no_ip", "duckdns", "freedns"):
        async with OneGetBench(session, key) as bench:
            await bench.publish(at(V4))
    assert "can" not in " ".join(
        record.getMessage() for record in caplog.records if record.name.endswith(".call")
    )
    assert "Authorization" not in caplog.text


@pytest.mark.parametrize("key", DYNDNS2)
async def test_ddclient_an_update_that_is_ignored_counts_as_made(
    session: ClientSession, key: str
) -> None:
    async with OneGetBench(session, key) as bench:
        bench.server.force("good 127.0.0.1")
        assert isinstance((await bench.publish(at(V4)))[Family.IPV4], Banned)


async def test_ddclient_an_address_that_is_published_is_sent_again(
    session: ClientSession,
) -> None:
    async with OneGetBench(session, "no_ip") as bench:
        clock, ledger = FakeClock(), Ledger()
        record = keeper(bench, clock, [HOME], ledger)
        await record.reconcile(at(V4))
        clock.advance(timedelta(hours=1))
        await record.reconcile(at(V4))
        again = keeper(bench, clock, [HOME], Ledger.from_dict(ledger.as_dict()))
        await again.reconcile(at(V4))
        assert bench.server.requests == 1


@pytest.mark.parametrize("named", ["81.2.69.14", "81.2.69.1420", "1.2.69.142", str(OTHER_V4)])
async def test_inadyn_addresses_that_begin_alike_are_taken_for_the_same(
    session: ClientSession, named: str
) -> None:
    async with Dyndns2Bench(session) as bench:
        bench.server.force(f"good {named}")
        outcome = (await bench.publish(at(V4)))[Family.IPV4]
    # What is no address at all says nothing about one.
    assert isinstance(outcome, Applied if named.endswith("1420") else BadAnswer)


@pytest.mark.parametrize("body", ["", "what?", "{}", "<html>", "goodness", "constants.Badauth"])
async def test_home_assistant_an_unknown_answer_of_no_ip_raises(
    session: ClientSession, body: str
) -> None:
    async with OneGetBench(session, "no_ip") as bench:
        bench.server.force(body)
        assert isinstance((await bench.publish(at(V4)))[Family.IPV4], BadAnswer)


@pytest.mark.parametrize("key", ["no_ip", "duckdns", "namecheap"])
async def test_home_assistant_calls_the_provider_every_five_minutes(
    session: ClientSession, key: str
) -> None:
    async with OneGetBench(session, key) as bench:
        clock = FakeClock()
        record = keeper(bench, clock, [bench.home])
        for _ in range(288):
            await record.reconcile(at(V4))
            clock.advance(timedelta(minutes=5))
        assert bench.server.requests == 1


@pytest.mark.parametrize("word", ["badauth", "nohost", "abuse", "badagent", "!donator"])
async def test_all_of_them_go_on_calling_after_a_refusal(session: ClientSession, word: str) -> None:
    async with OneGetBench(session, "no_ip") as bench:
        clock = FakeClock()
        record = keeper(bench, clock, [HOME])
        bench.server.force(word)
        for _ in range(50):
            await record.reconcile(at(V4))
            clock.advance(timedelta(hours=7))
        assert bench.server.requests == 1
        record.resume()
        await record.reconcile(at(V4))
        await asyncio.sleep(0)
        assert bench.held(HOME, Family.IPV4) == [str(V4)]
