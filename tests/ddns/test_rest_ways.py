"""What is peculiar to one REST provider."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.ddns.address import Family
from custom_components.smb_ddns_sync.ddns.names import DnsName
from custom_components.smb_ddns_sync.ddns.outcome import (
    Applied,
    AuthRejected,
    BadAnswer,
    Banned,
    NameRejected,
    RetryAfter,
    Unchanged,
    Unconfirmed,
)
from custom_components.smb_ddns_sync.ddns.providers.rest.hetzner import HetznerClient
from custom_components.smb_ddns_sync.ddns.providers.rest.xml_body import (
    NotPlainXmlError,
    items,
    parse_xml,
)
from demo.web_server import Page, RawBytes

from .builders import HOME, OTHER_V4, THIRD_V4, V4, V6, at
from .fakes.rest.alidns import AlidnsApi
from .fakes.rest.bench import RestBench
from .fakes.rest.own_ways import DnspodLegacyApi, OvhApi, PorkbunApi
from .fakes.rest.panels import HipmDnsmgrApi
from .fakes.rest.record_sets import GodaddyApi, HetznerApi
from .fakes.rest.small_hosts import Dynv6Api, GigahostApi, MythicBeastsApi, ServercowApi

if TYPE_CHECKING:
    from aiohttp import ClientSession

    from custom_components.smb_ddns_sync.ddns.outcome import Outcome


async def first(bench: RestBench) -> Outcome:
    """Publish one address, and return what came of it."""
    (outcome,) = (await bench.publish(at(V4))).values()
    return outcome


async def test_hetzner_is_done_when_its_action_is(
    session: ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HetznerClient, "between_looks", 0)
    async with RestBench(session, HetznerApi) as bench:
        assert isinstance(bench.api, HetznerApi)
        bench.api.running = 3
        assert await first(bench) == Applied(V4)
        assert bench.api.running == 0


async def test_hetzner_may_fail_after_it_took_the_change(
    session: ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HetznerClient, "between_looks", 0)
    async with RestBench(session, HetznerApi) as bench:
        assert isinstance(bench.api, HetznerApi)
        bench.api.ends = {"status": "error", "error": {"code": "x", "message": "no such luck"}}
        outcome = await first(bench)
        assert isinstance(outcome, NameRejected)
        assert "no such luck" in outcome.message


async def test_hetzner_that_never_finishes_is_unconfirmed(
    session: ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HetznerClient, "between_looks", 0)
    async with RestBench(session, HetznerApi) as bench:
        assert isinstance(bench.api, HetznerApi)
        bench.api.running = 1000
        assert isinstance(await first(bench), Unconfirmed)


async def test_ovh_makes_up_for_a_refresh_that_was_lost(session: ClientSession) -> None:
    async with RestBench(session, OvhApi) as bench:
        assert isinstance(bench.api, OvhApi)
        provider = bench.provider()
        bench.api.misbehave(RawBytes(), paths="/refresh")
        (outcome,) = (await bench.publish(at(V4), provider=provider)).values()
        assert isinstance(outcome, Unconfirmed)
        assert bench.api.stale == {"example.com"}
        bench.api.behave()
        again = await bench.publish(at(V4), provider=provider)
        assert again == {Family.IPV4: Unchanged(V4)}
        assert bench.api.stale == set()


async def test_godaddy_tells_that_the_plan_is_too_small(session: ClientSession) -> None:
    async with RestBench(session, GodaddyApi) as bench:
        body = '{"code":"ACCESS_DENIED","message":"Authenticated user is not allowed access"}'
        bench.api.misbehave(Page(body, status=403))
        outcome = await first(bench)
        assert isinstance(outcome, AuthRejected)
        assert "Discount Domain Club" in outcome.message


async def test_porkbun_tells_to_switch_on_api_access(session: ClientSession) -> None:
    async with RestBench(session, PorkbunApi) as bench:
        body = '{"status":"ERROR","message":"Domain is not opted in to API access."}'
        bench.api.misbehave(Page(body, status=400), paths="/A/home")
        outcome = await first(bench)
        assert isinstance(outcome, NameRejected)
        assert "switch on API access" in outcome.message


@pytest.mark.parametrize("code", ["-8", "-2"])
async def test_dnspod_is_left_alone_for_an_hour(session: ClientSession, code: str) -> None:
    async with RestBench(session, DnspodLegacyApi) as bench:
        bench.api.misbehave(Page(f'{{"status":{{"code":"{code}","message":"too much"}}}}'))
        outcome = await first(bench)
        if code == "-8":
            assert isinstance(outcome, Banned)
            assert outcome.until is not None
        else:
            assert outcome == RetryAfter(
                "DNSPod takes no more calls (-2, too much).", timedelta(hours=1), everywhere=True
            )


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("InvalidAccessKeyId.NotFound", AuthRejected),
        ("Forbidden.RAM", AuthRejected),
        ("Throttling.User", RetryAfter),
        ("InvalidTimeStamp.Expired", RetryAfter),
        ("DomainForbidden", NameRejected),
    ],
)
async def test_aliyun_means_by_its_codes(
    session: ClientSession, code: str, kind: type[Outcome]
) -> None:
    async with RestBench(session, AlidnsApi) as bench:
        bench.put(HOME, OTHER_V4)
        bench.api.misbehave(Page(f'{{"Code":"{code}","Message":"told"}}', status=400))
        assert isinstance(await first(bench), kind)


async def test_aliyun_sees_one_line_only(session: ClientSession) -> None:
    async with RestBench(session, AlidnsApi) as bench:
        bench.api.add(HOME, "A", str(OTHER_V4), Line="telecom")
        assert await first(bench) == Applied(V4)
        assert sorted(bench.held(HOME, Family.IPV4)) == sorted([str(V4), str(OTHER_V4)])


def test_xml_is_read_as_dicts() -> None:
    assert parse_xml('<?xml version="1.0"?><a xmlns="urn:x"><b>1</b><b>2</b><c/></a>') == {
        "a": {"b": ["1", "2"], "c": ""}
    }
    assert items({"a": {"b": "1"}}, "a", "b") == ["1"]
    assert items({"a": ""}, "a", "b") == []


@pytest.mark.parametrize(
    "body",
    ['<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "<a>", "", "{}", "<a>" * 5000],
    ids=["an entity", "cut short", "empty", "json", "deep"],
)
def test_what_is_no_plain_xml_is_refused(body: str) -> None:
    with pytest.raises(NotPlainXmlError):
        parse_xml(body)


async def test_gigahost_changes_no_record_whose_id_is_of_several(session: ClientSession) -> None:
    async with RestBench(session, GigahostApi) as bench:
        assert isinstance(bench.api, GigahostApi)
        bench.api.shared = True
        bench.put(HOME, OTHER_V4)
        bench.put(HOME, THIRD_V4)
        (outcome,) = (await bench.publish(at(V4), held=at(OTHER_V4))).values()
        assert isinstance(outcome, NameRejected)
        assert bench.held(HOME, Family.IPV4) == [str(OTHER_V4), str(THIRD_V4)]


async def test_mythic_beasts_leaves_what_an_aname_makes_alone(session: ClientSession) -> None:
    async with RestBench(session, MythicBeastsApi) as bench:
        assert isinstance(bench.api, MythicBeastsApi)
        bench.api.generated.add(HOME)
        bench.put(HOME, OTHER_V4)
        outcome = await first(bench)
        assert isinstance(outcome, NameRejected)
        assert "ANAME" in outcome.message


async def test_servercow_tells_a_foreign_zone_from_wrong_credentials(
    session: ClientSession,
) -> None:
    async with RestBench(session, ServercowApi) as bench:
        bench.api.zones = ["other.example"]
        assert isinstance(await first(bench), NameRejected)
        wrong = bench.provider(secret="wr0ng")
        (outcome,) = (await bench.publish(at(V4), provider=wrong)).values()
        assert isinstance(outcome, AuthRejected)


async def test_dynv6_never_sets_the_prefix_of_a_zone(session: ClientSession) -> None:
    async with RestBench(session, Dynv6Api) as bench:
        (outcome,) = (await bench.publish(at(V6), DnsName("example.com"))).values()
        assert isinstance(outcome, NameRejected)
        assert "prefix" in outcome.message
        assert not any(bench.api.writes(call) for call in bench.api.calls)


async def test_hipm_dnsmgr_gets_back_what_a_change_does_not_change(session: ClientSession) -> None:
    async with RestBench(session, HipmDnsmgrApi) as bench:
        bench.api.add(HOME, "A", str(OTHER_V4), ttl=7200, line="1", remark="mine")
        assert await bench.publish(at(V4)) == {Family.IPV4: Applied(V4)}
        (record,) = bench.api.records.values()
        assert (record.content, record.ttl) == (str(V4), 7200)
        assert (record.more["line"], record.more["remark"]) == ("1", "mine")


async def test_a_code_of_hipm_dnsmgr_that_nobody_tells_of_is_not_taken_for_a_refusal(
    session: ClientSession,
) -> None:
    async with RestBench(session, HipmDnsmgrApi) as bench:
        bench.server.misbehave(Page('{"code": -1, "msg": "upstream"}'))
        (outcome,) = (await bench.publish(at(V4))).values()
        assert isinstance(outcome, BadAnswer)
        assert "upstream" in outcome.message
