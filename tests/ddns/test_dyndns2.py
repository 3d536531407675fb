"""The dyndns2 protocol, word by word."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.ddns.address import Family
from custom_components.smb_ddns_sync.ddns.outcome import (
    Applied,
    AuthRejected,
    BadAnswer,
    Banned,
    NameRejected,
    Outcome,
    RetryAfter,
    Unchanged,
    Unconfirmed,
)
from demo.web_server import Page, RawBytes

from .builders import HOME, OTHER_V4, V4, V6, at
from .provider_bench import Dyndns2Bench

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp import ClientSession


@pytest.fixture
async def bench(session: ClientSession) -> AsyncIterator[Dyndns2Bench]:
    """Give a client before a server."""
    async with Dyndns2Bench(session) as bench:
        yield bench


async def answer_to(bench: Dyndns2Bench, body: str) -> Outcome:
    """Return what one body means for an IPv4 address."""
    bench.server.force(body)
    return (await bench.publish(at(V4)))[Family.IPV4]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("badauth", AuthRejected),
        ("badagent", Banned),
        ("abuse", Banned),
        ("!donator", NameRejected),
        ("!active", NameRejected),
        ("!yours", NameRejected),
        ("notfqdn", NameRejected),
        ("nohost", NameRejected),
        ("numhost", NameRejected),
        ("badsys", NameRejected),
        ("dnserr", RetryAfter),
        ("911", RetryAfter),
        ("servererror", RetryAfter),
        ("BADAUTH", AuthRejected),
        ("abuse please stop", Banned),
        ("nohost home.example.com", NameRejected),
        ("\r\n\r\nnohost\r\n", NameRejected),
    ],
)
async def test_each_refusal_means_what_the_protocol_says(
    bench: Dyndns2Bench, body: str, kind: type[Outcome]
) -> None:
    assert type(await answer_to(bench, body)) is kind


@pytest.mark.parametrize("word", ["911", "dnserr"])
async def test_server_trouble_waits_half_an_hour(bench: Dyndns2Bench, word: str) -> None:
    outcome = await answer_to(bench, word)
    assert isinstance(outcome, RetryAfter)
    assert outcome.delay == timedelta(minutes=30)
    assert outcome.everywhere


async def test_server_trouble_waits_longer_if_the_server_asks(bench: Dyndns2Bench) -> None:
    bench.server.misbehave(Page("911", 500, {"Retry-After": "7200"}))
    (outcome,) = (await bench.publish(at(V4))).values()
    assert isinstance(outcome, RetryAfter)
    assert outcome.delay == timedelta(hours=2)


@pytest.mark.parametrize("word", ["badagent", "abuse", "good 127.0.0.1"])
async def test_a_ban_ends_only_when_the_user_acts(bench: Dyndns2Bench, word: str) -> None:
    outcome = await answer_to(bench, word)
    assert isinstance(outcome, Banned)
    assert outcome.until is None


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (f"good {V4}", Applied(V4)),
        ("good", Applied(V4)),
        (f"GOOD {V4}", Applied(V4)),
        (f"good home.example.com {V4}", Applied(V4)),
        (f"good {V4},{V6}", Applied(V4)),
        (f"nochg {V4}", Unchanged(V4)),
        ("nochg", Unchanged(V4)),
        (f"good {V4}\nthank you", Applied(V4)),
    ],
)
async def test_each_success_means_what_the_protocol_says(
    bench: Dyndns2Bench, body: str, outcome: Outcome
) -> None:
    assert await answer_to(bench, body) == outcome


@pytest.mark.parametrize(
    "body",
    [
        f"good {OTHER_V4}",
        f"nochg {OTHER_V4}",
        f"good {V6}",
        f"{V4}",
        "goodbye",
        f"thanks\ngood {V4}",
        '"constants.Badauth"',
    ],
)
async def test_success_counts_only_for_the_address_that_was_sent(
    bench: Dyndns2Bench, body: str
) -> None:
    assert isinstance(await answer_to(bench, body), BadAnswer)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, "", AuthRejected),
        (403, "", AuthRejected),
        (403, "abuse", Banned),
        (404, "", NameRejected),
        (404, "nohost", NameRejected),
        (400, "notfqdn", NameRejected),
        (400, "", BadAnswer),
        (500, "911", RetryAfter),
        (500, f"good {V4}", Unconfirmed),
        (202, f"good {V4}", BadAnswer),
        (301, f"good {V4}", BadAnswer),
    ],
)
async def test_the_status_counts_and_a_refusal_in_the_body_says_more(
    bench: Dyndns2Bench, status: int, body: str, kind: type[Outcome]
) -> None:
    bench.server.misbehave(Page(body, status))
    (outcome,) = (await bench.publish(at(V4))).values()
    assert type(outcome) is kind


async def test_both_families_go_in_one_call(bench: Dyndns2Bench) -> None:
    await bench.publish(at(V4, V6))
    (update,) = bench.server.updates
    assert update.addresses == (str(V4), str(V6))


async def test_a_family_that_is_known_goes_along_so_that_no_server_deletes_it(
    bench: Dyndns2Bench,
) -> None:
    outcomes = await bench.provider().publish(
        HOME, at(V4, V6), frozenset({Family.IPV4}), held=at(V6)
    )
    assert outcomes.keys() == {Family.IPV4}
    assert bench.server.updates[0].addresses == (str(V4), str(V6))


async def test_a_line_for_each_address_speaks_for_it(bench: Dyndns2Bench) -> None:
    bench.server.force(f"good {V4}\nnochg {V6}")
    outcomes = await bench.publish(at(V4, V6))
    assert outcomes == {Family.IPV4: Applied(V4), Family.IPV6: Unchanged(V6)}


async def test_one_line_speaks_for_both_addresses(bench: Dyndns2Bench) -> None:
    bench.server.force("good")
    assert set(map(type, (await bench.publish(at(V4, V6))).values())) == {Applied}


async def test_an_answer_that_leaves_a_family_out_does_not_count_for_it(
    bench: Dyndns2Bench,
) -> None:
    bench.server.force(f"good {V4}")
    outcomes = await bench.publish(at(V4, V6))
    assert outcomes[Family.IPV4] == Applied(V4)
    six = outcomes[Family.IPV6]
    assert isinstance(six, BadAnswer)
    assert "both at once" in six.message


async def test_a_server_that_takes_one_family_a_call_gets_one_a_call(
    bench: Dyndns2Bench,
) -> None:
    provider = bench.provider(both_at_once=False)
    outcomes = await bench.publish(at(V4, V6), provider=provider)
    assert outcomes == {Family.IPV4: Applied(V4), Family.IPV6: Applied(V6)}
    assert [update.addresses for update in bench.server.updates] == [(str(V4),), (str(V6),)]


@pytest.mark.parametrize("word", ["badauth", "nohost", "abuse", "911"])
async def test_after_a_refusal_the_second_family_is_not_tried(
    bench: Dyndns2Bench, word: str
) -> None:
    bench.server.force(word)
    provider = bench.provider(both_at_once=False)
    outcomes = await bench.publish(at(V4, V6), provider=provider)
    assert outcomes[Family.IPV4] == outcomes[Family.IPV6]
    assert len(bench.server.updates) == 1


async def test_one_family_that_fails_does_not_stop_the_other(bench: Dyndns2Bench) -> None:
    bench.server.force("what?")
    provider = bench.provider(both_at_once=False)
    outcomes = await bench.publish(at(V4, V6), provider=provider)
    assert isinstance(outcomes[Family.IPV4], BadAnswer)
    assert outcomes[Family.IPV6] == Applied(V6)


async def test_the_program_names_itself(bench: Dyndns2Bench) -> None:
    await bench.publish(at(V4))
    assert bench.server.updates[0].agent.startswith("SMB-DDNS-Sync ")


async def test_a_record_is_never_looked_at_because_the_protocol_cannot(
    bench: Dyndns2Bench,
) -> None:
    assert isinstance(await bench.provider().look_up(HOME, Family.IPV4), Unconfirmed)
    assert bench.server.updates == []


async def test_a_second_update_is_not_made_behind_our_back(bench: Dyndns2Bench) -> None:
    # aiohttp repeats a GET by itself when the connection breaks.
    await bench.publish(at(V4))
    bench.server.misbehave(RawBytes(), landed=True)
    await bench.publish(at(OTHER_V4))
    assert len(bench.server.updates) == 2
