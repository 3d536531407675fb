"""Cloudflare's API, call by call."""

import json
from typing import TYPE_CHECKING, Any

import pytest

from custom_components.smb_ddns_sync.ddns.address import Address, Family
from custom_components.smb_ddns_sync.ddns.names import DnsName
from custom_components.smb_ddns_sync.ddns.outcome import (
    Applied,
    AuthRejected,
    BadAnswer,
    NameRejected,
    Outcome,
    RetryAfter,
    Unchanged,
)
from demo.web_server import Page

from .bench_base import FOREIGN
from .builders import HOME, OTHER_V4, THIRD_V4, V4, V6, WORK, at
from .fakes.cloudflare import error_body
from .provider_bench import CloudflareBench

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp import ClientSession


@pytest.fixture
async def bench(session: ClientSession) -> AsyncIterator[CloudflareBench]:
    """Give a client before the API."""
    async with CloudflareBench(session) as bench:
        yield bench


async def publish(bench: CloudflareBench, *addresses: Address, name: DnsName = HOME) -> Outcome:
    """Publish an address and return what came of it."""
    (outcome,) = (await bench.publish(at(*addresses), name)).values()
    return outcome


async def test_a_record_keeps_its_ttl_its_proxied_flag_and_its_comment(
    bench: CloudflareBench,
) -> None:
    more = {"ttl": 300, "proxied": True, "comment": "mine", "tags": ["a:b"]}
    record_id = bench.server.add(HOME, "A", str(OTHER_V4), **more)
    await publish(bench, V4)
    record = bench.server.records[record_id]
    assert record == {"id": record_id, "name": HOME, "type": "A", "content": str(V4)} | more
    assert [(call.method, call.body) for call in bench.server.writes] == [
        ("PATCH", {"content": str(V4)})
    ]


@pytest.mark.parametrize("proxied", [False, True])
async def test_a_new_record_is_made_as_the_settings_say(
    bench: CloudflareBench, proxied: bool
) -> None:
    await bench.publish(at(V6), provider=bench.provider(proxied=proxied))
    (record,) = bench.server.records.values()
    assert record["type"] == "AAAA"
    assert (record["content"], record["ttl"], record["proxied"]) == (str(V6), 1, proxied)


async def test_an_unchanged_record_is_read_and_not_written(bench: CloudflareBench) -> None:
    bench.server.add(HOME, "A", str(V4))
    await publish(bench, V4)
    assert bench.server.writes == []


async def test_an_a_record_is_no_aaaa_record(bench: CloudflareBench) -> None:
    bench.server.add(HOME, "A", str(OTHER_V4))
    await publish(bench, V6)
    assert bench.held(HOME, Family.IPV4) == [str(OTHER_V4)]
    assert bench.held(HOME, Family.IPV6) == [str(V6)]


async def test_the_longest_suffix_that_is_a_zone_holds_the_name(bench: CloudflareBench) -> None:
    bench.server.zones["sub.example.com"] = "active"
    name = DnsName("a.sub.example.com")
    await publish(bench, V4, name=name)
    asked = [call.query["name"] for call in bench.server.calls if call.path == "zones"]
    assert asked == ["a.sub.example.com", "sub.example.com"]
    zones = {call.path.split("/")[1] for call in bench.server.writes}
    assert zones == {b"sub.example.com".hex().ljust(32, "0")[:32]}


@pytest.mark.parametrize("name", ["example.com", "*.example.com", "xn--bro-hoa.example.com"])
async def test_the_apex_a_wildcard_and_punycode_are_names_as_any(
    bench: CloudflareBench, name: str
) -> None:
    assert await publish(bench, V4, name=DnsName(name)) == Applied(V4)
    assert bench.held(DnsName(name), Family.IPV4) == [str(V4)]


async def test_a_suffix_of_letters_is_no_zone(bench: CloudflareBench) -> None:
    outcome = await publish(bench, V4, name=DnsName("home.notexample.com"))
    assert isinstance(outcome, NameRejected)


async def test_a_deleted_zone_is_none(bench: CloudflareBench) -> None:
    bench.server.zones["example.com"] = "deleted"
    assert isinstance(await publish(bench, V4), NameRejected)


async def test_a_zone_is_looked_for_once_a_call_and_never_remembered_wrongly(
    bench: CloudflareBench,
) -> None:
    provider = bench.provider()
    await bench.publish(at(V4, V6), DnsName("example.com"), provider=provider)
    assert sum(call.path == "zones" for call in bench.server.calls) == 1
    bench.server.zones["example.com"] = "deleted"
    outcomes = await bench.publish(at(OTHER_V4), DnsName("example.com"), provider=provider)
    assert isinstance(outcomes[Family.IPV4], NameRejected)


async def test_of_several_records_the_one_that_held_our_address_is_ours(
    bench: CloudflareBench,
) -> None:
    bench.server.add(HOME, "A", str(THIRD_V4))
    bench.server.add(HOME, "A", str(OTHER_V4))
    outcomes = await bench.publish(at(V4), held=at(OTHER_V4))
    assert outcomes == {Family.IPV4: Applied(V4)}
    assert bench.held(HOME, Family.IPV4) == [str(THIRD_V4), str(V4)]


async def test_of_several_records_one_that_holds_the_address_is_enough(
    bench: CloudflareBench,
) -> None:
    bench.server.add(HOME, "A", str(THIRD_V4))
    bench.server.add(HOME, "A", str(V4))
    assert await publish(bench, V4) == Unchanged(V4)
    assert bench.server.writes == []


async def test_several_records_of_which_none_is_ours_are_left_alone(
    bench: CloudflareBench,
) -> None:
    bench.server.add(HOME, "A", str(THIRD_V4))
    bench.server.add(HOME, "A", str(OTHER_V4))
    outcome = await publish(bench, V4)
    assert isinstance(outcome, NameRejected)
    assert "2 A records" in outcome.message
    assert bench.server.writes == []


async def test_a_cname_in_the_way_is_told(bench: CloudflareBench) -> None:
    bench.server.add(HOME, "CNAME", "elsewhere.example")
    outcome = await publish(bench, V4)
    assert isinstance(outcome, NameRejected)
    assert "CNAME" in outcome.message
    checked = (await bench.provider().check([HOME]))[HOME]
    assert isinstance(checked, NameRejected)


@pytest.mark.parametrize(
    ("status", "code"), [(400, 6003), (400, 6111), (401, 1000), (403, 9109), (403, 10000)]
)
async def test_a_token_that_is_no_good_stops_everything(
    bench: CloudflareBench, status: int, code: int
) -> None:
    bench.server.misbehave(Page(error_body(code, "no"), status))
    outcome = await publish(bench, V4)
    assert isinstance(outcome, AuthRejected)
    assert str(code) in outcome.message
    assert "Zone:DNS:Edit" in outcome.message


async def test_the_cause_of_an_error_is_read_too(bench: CloudflareBench) -> None:
    chain = [{"code": 6111, "message": "Invalid format for Authorization header"}]
    errors = [{"code": 5000, "message": "Bad", "error_chain": chain}, "odd", {"code": "x"}]
    bench.server.misbehave(Page(json.dumps({"success": False, "errors": errors}), 400))
    assert isinstance(await publish(bench, V4), AuthRejected)


async def test_a_token_without_the_right_to_a_zone_stops_that_name_only(
    bench: CloudflareBench,
) -> None:
    bench.server.editable = ["other.example"]
    provider = bench.provider()
    (outcome,) = (await bench.publish(at(V4), provider=provider)).values()
    assert isinstance(outcome, NameRejected)
    assert "Zone:DNS:Edit" in outcome.message
    outcomes = await bench.publish(at(V4), DnsName("a.other.example"), provider=provider)
    assert outcomes == {Family.IPV4: Applied(V4)}


async def test_a_token_that_was_withdrawn_is_told_from_one_without_a_right(
    bench: CloudflareBench,
) -> None:
    provider = bench.provider()
    await bench.publish(at(V4), provider=provider)
    bench.server.token = "another"
    (outcome,) = (await bench.publish(at(OTHER_V4), provider=provider)).values()
    assert isinstance(outcome, AuthRejected)


async def test_a_token_that_may_only_read_is_found_when_it_writes(
    bench: CloudflareBench,
) -> None:
    bench.server.readable, bench.server.editable = ["example.com"], []
    outcome = await publish(bench, V4)
    assert isinstance(outcome, NameRejected)
    assert "Zone:DNS:Edit" in outcome.message


async def test_the_check_finds_a_token_that_may_only_read(bench: CloudflareBench) -> None:
    bench.server.readable, bench.server.editable = ["example.com"], []
    checked = (await bench.provider().check([HOME]))[HOME]
    assert isinstance(checked, NameRejected)
    assert bench.server.records == {}


async def test_the_check_finds_names_without_a_zone_and_wrong_tokens(
    bench: CloudflareBench,
) -> None:
    checked = await bench.provider().check([HOME, FOREIGN])
    assert checked[HOME] is None
    assert isinstance(checked[FOREIGN], NameRejected)
    wrong = await bench.provider(secret="wrong").check([HOME])
    assert isinstance(wrong[HOME], AuthRejected)


@pytest.mark.parametrize("status", [401, 429])
async def test_after_a_refusal_the_check_asks_no_further(
    bench: CloudflareBench, status: int
) -> None:
    bench.server.misbehave(Page("{}", status))
    checked = await bench.provider().check([HOME, WORK])
    assert checked[HOME] == checked[WORK] is not None
    assert bench.server.requests == 1


async def test_the_check_never_asks_to_verify_the_token(bench: CloudflareBench) -> None:
    # That call refuses good tokens that belong to an account.
    await bench.provider().check([HOME, WORK])
    assert not any("tokens" in call.path for call in bench.server.calls)


async def test_the_check_tells_when_it_has_to_wait(bench: CloudflareBench) -> None:
    bench.server.misbehave(Page(status=429), methods={"PATCH"})
    assert isinstance((await bench.provider().check([HOME]))[HOME], RetryAfter)


async def test_the_check_tells_a_listing_that_fails(bench: CloudflareBench) -> None:
    bench.server.readable = []
    assert isinstance((await bench.provider().check([HOME]))[HOME], NameRejected)


async def test_looking_reads_what_is_there(bench: CloudflareBench) -> None:
    provider = bench.provider()
    assert await provider.look_up(HOME, Family.IPV4) == frozenset()
    bench.server.add(HOME, "A", str(V4))
    bench.server.add(HOME, "A", str(OTHER_V4))
    bench.server.add(HOME, "AAAA", str(V6))
    assert await provider.look_up(HOME, Family.IPV4) == frozenset({V4, OTHER_V4})
    assert isinstance(await provider.look_up(FOREIGN, Family.IPV4), NameRejected)


@pytest.mark.parametrize("part", ["zones", "dns_records"])
async def test_looking_in_vain_is_tried_later_because_nothing_was_written(
    bench: CloudflareBench, part: str
) -> None:
    bench.server.misbehave(Page(status=500), paths=part)
    assert isinstance(await bench.provider().look_up(HOME, Family.IPV4), RetryAfter)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (971, RetryAfter),
        (1038, NameRejected),
        (81053, NameRejected),
        (81044, RetryAfter),
        (9005, NameRejected),
    ],
)
async def test_what_a_write_may_be_refused_with(
    bench: CloudflareBench, code: int, kind: type[Outcome]
) -> None:
    bench.server.add(HOME, "A", str(OTHER_V4))
    bench.server.misbehave(Page(error_body(code, "no"), 400), methods={"PATCH"})
    outcome = await publish(bench, V4)
    assert type(outcome) is kind


async def test_a_record_that_was_made_by_another_at_the_same_time_is_there(
    bench: CloudflareBench,
) -> None:
    bench.server.misbehave(Page(error_body(81058, "identical"), 400), methods={"POST"})
    assert await publish(bench, V4) == Unchanged(V4)


def result(value: Any) -> Page:
    """Return a success with any result."""
    return Page(json.dumps({"success": True, "errors": [], "result": value}))


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        "x",
        {"id": "1", "name": HOME, "type": "A", "content": str(OTHER_V4)},
        {"id": "1", "name": HOME, "type": "A", "content": "nonsense"},
        {"id": 1, "name": HOME, "type": "A", "content": str(V4)},
    ],
)
async def test_a_write_counts_only_if_the_answer_holds_the_address(
    bench: CloudflareBench, value: Any
) -> None:
    bench.server.add(HOME, "A", str(OTHER_V4))
    bench.server.misbehave(result(value), methods={"PATCH"})
    assert isinstance(await publish(bench, V4), BadAnswer)


@pytest.mark.parametrize("value", [None, {}, "x", [1], [{"id": "1"}], [{"name": 5, "type": "A"}]])
async def test_a_listing_of_something_else_is_a_bad_answer(
    bench: CloudflareBench, value: Any
) -> None:
    provider = bench.provider()
    bench.server.misbehave(result(value), paths="dns_records")
    assert isinstance(await provider.look_up(HOME, Family.IPV4), BadAnswer)
    assert isinstance((await provider.check([HOME]))[HOME], BadAnswer)


async def test_records_of_other_names_in_a_listing_are_not_touched(
    bench: CloudflareBench,
) -> None:
    others = [
        {"id": "1", "name": WORK, "type": "A", "content": str(OTHER_V4)},
        {"id": "2", "name": HOME, "type": "TXT", "content": "text"},
    ]
    bench.server.misbehave(result(others), methods={"GET"}, paths="dns_records")
    assert await publish(bench, V4) == Applied(V4)
    assert [call.method for call in bench.server.writes] == ["POST"]


async def test_a_zone_of_another_name_in_a_listing_is_not_taken(bench: CloudflareBench) -> None:
    other = {"id": "1" * 32, "name": "other.example", "status": "active"}
    bench.server.misbehave(result([other, "odd", {"id": 5}]), paths="zones")
    assert isinstance(await publish(bench, V4), NameRejected)
    assert bench.server.writes == []


@pytest.mark.parametrize("part", ["zones", "dns_records"])
@pytest.mark.parametrize("code", [81044, 81058])
async def test_an_answer_that_belongs_to_another_question_is_a_bad_answer(
    bench: CloudflareBench, part: str, code: int
) -> None:
    bench.server.misbehave(Page(error_body(code, "odd"), 400), methods={"GET"}, paths=part)
    assert isinstance(await publish(bench, V4), BadAnswer)


async def test_a_refusal_without_a_known_code_is_shown_in_short(bench: CloudflareBench) -> None:
    bench.server.misbehave(Page(error_body(123456, "x" * 5000), 200))
    outcome = await publish(bench, V4)
    assert isinstance(outcome, BadAnswer)
    assert "123456" in outcome.message
    assert len(outcome.message) < 300
