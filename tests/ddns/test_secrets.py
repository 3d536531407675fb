"""No credential is ever seen, at any log level, whatever happens."""

from base64 import b64encode, urlsafe_b64encode
import copy
from html import escape
import json
import logging
import pickle
from typing import TYPE_CHECKING, override
from urllib.parse import quote, quote_plus

from aiohttp import ClientSession, web
import pytest
from yarl import URL

from custom_components.smb_ddns_sync.ddns.address import Family
from custom_components.smb_ddns_sync.ddns.providers.call import Reply, Request
from custom_components.smb_ddns_sync.ddns.secret import Scrubber, Secret
from demo.web_server import Fault, Page, RawBytes, Silence, WebServer

from .builders import V4, V6, at, no_patience_for
from .fakes.cloudflare import error_body
from .one_get_rows import CANARY, TOKEN
from .provider_bench import BENCHES, CloudflareBench, ProviderBench

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


class Mirror(WebServer):
    """Sends back all that it is sent, headers too, with any status."""

    status = 200

    @override
    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        seen = " ".join([*request.headers.values(), await request.text()])
        return web.Response(text=f"{seen} {request.path_qs}\n", status=self.status)


def traces(*secrets: str) -> Iterator[str]:
    """Yield all that must not be seen of secrets."""
    for text in secrets:
        yield text
        yield quote(text, safe="")
        yield quote(text)
        yield quote_plus(text)
        yield b64encode(text.encode()).decode()
        yield escape(text)
        yield json.dumps(text)[1:-1]


FORBIDDEN = {*traces(CANARY, f"me:{CANARY}"), *traces(TOKEN, f"Bearer {TOKEN}")}


def assert_unseen(*texts: object) -> None:
    """Fail where any text holds any form of a secret."""
    for text in texts:
        for shown in (str(text), repr(text)):
            found = [form for form in FORBIDDEN if form in shown]
            assert not found, shown


@pytest.fixture(params=sorted(BENCHES))
async def bench(
    request: pytest.FixtureRequest, session: ClientSession
) -> AsyncIterator[ProviderBench]:
    """Give each provider before its service."""
    async with BENCHES[request.param](session) as bench:
        yield bench


def faults(secret: str) -> list[Fault | None]:
    """Return what may come of a call, a server that tells our secret among it."""
    pair = b64encode(f"me:{secret}".encode()).decode()
    return [
        None,
        Page(),
        Page(status=401),
        Page(status=403),
        Page(status=404),
        Page(status=429),
        Page(status=500),
        Page(status=302, headers={"Location": "https://example.com"}),
        Page(f"unknown {secret} {quote(secret)} {pair}"),
        Page(f"unknown {json.dumps(secret)}"),
        Page(f"unknown {escape(secret)}"),
        RawBytes(),
    ]


async def test_whatever_a_call_comes_to_no_secret_is_seen(
    bench: ProviderBench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    provider = bench.provider()
    for fault in faults(bench.canary):
        if fault is not None:
            bench.server.misbehave(fault)
        for name in (bench.home, bench.foreign):
            outcomes = await bench.publish(at(V4, V6), name, provider=provider)
            assert_unseen(outcomes, await provider.look_up(name, Family.IPV4))
        assert_unseen(await provider.check([bench.home, bench.foreign]))
    assert_unseen(provider, provider.identity)
    assert_unseen(*(record.getMessage() for record in caplog.records), caplog.text)
    assert any(record.name.endswith(".call") for record in caplog.records)


async def test_a_call_that_is_never_answered_shows_no_secret(
    bench: ProviderBench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    bench.server.misbehave(Silence())
    async with no_patience_for(bench.server):
        assert_unseen(await bench.publish(at(V4)), caplog.text)


@pytest.mark.parametrize("status", [200, 400, 403, 500])
async def test_a_server_that_sends_the_secret_back_does_not_get_it_shown(
    session: ClientSession, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with Mirror() as mirror:
        mirror.status = status
        for make in BENCHES.values():
            bench = make(session)
            bench._server = mirror  # type: ignore[attr-defined]
            assert_unseen(await bench.publish(at(V4)))
    assert_unseen(caplog.text)


async def test_a_server_that_is_gone_does_not_make_the_secret_seen(
    bench: ProviderBench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    provider = bench.provider()
    await bench.__aexit__()
    assert_unseen(await bench.publish(at(V4), provider=provider), caplog.text)


def test_a_secret_shows_itself_only_on_request() -> None:
    secret = Secret(CANARY)
    assert_unseen(secret, f"{secret}", f"{secret!r}", [secret], {"password": secret})
    assert secret.reveal() == CANARY
    for attempt in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError):
            attempt(secret)


def test_calls_and_answers_do_not_show_what_they_carry() -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    request = Request("GET", URL("https://example.com"), writes=False, headers=headers)
    assert_unseen(request, Reply(200, {"x": TOKEN}, TOKEN))


@pytest.mark.parametrize("code", [4711, 9109, 10000, 81099])
async def test_an_error_that_names_the_token_is_shown_without_it(
    session: ClientSession, code: int
) -> None:
    async with CloudflareBench(session) as bench:
        bench.server.misbehave(Page(error_body(code, f"token {TOKEN} is odd"), 400))
        (outcome,) = (await bench.publish(at(V4))).values()
    assert_unseen(outcome)
    assert f"{code} token ••• is odd" in str(outcome)


def test_a_secret_that_stands_there_plain_is_taken_out() -> None:
    scrubber = Scrubber(Secret(CANARY), Secret(""))
    assert scrubber.clean(f"before {CANARY} after") == "before ••• after"


@pytest.mark.parametrize(
    "encoded",
    [
        quote(CANARY, safe=""),
        quote(CANARY),
        quote(CANARY).lower(),
        quote_plus(CANARY),
        escape(CANARY),
        json.dumps(CANARY),
        CANARY.encode("unicode_escape").decode(),
        b64encode(CANARY.encode()).decode(),
        b64encode(CANARY.encode()).decode().rstrip("="),
        urlsafe_b64encode(CANARY.encode()).decode(),
        b64encode(f"me:{CANARY}".encode()).decode(),
        f"x{b64encode(CANARY.encode()).decode()}",
        f"xyz{b64encode(CANARY.encode()).decode()}",
        b64encode(f"you:{CANARY} and more".encode()).decode(),
    ],
)
def test_where_a_secret_can_be_read_out_of_a_text_nothing_of_it_is_shown(encoded: str) -> None:
    assert encoded != CANARY
    assert Scrubber(Secret(CANARY)).clean(f"before {encoded} after") == "•••"


def test_text_without_a_secret_is_shown() -> None:
    text = "100% of a+b &amp; \\u0041 dGVzdCB0ZXN0IHRlc3Q="
    assert Scrubber(Secret(CANARY)).clean(text) == text


def test_what_a_server_says_is_shown_in_one_short_line() -> None:
    shown = Scrubber().clean("a\x1b[31m\r\n b\u202e" + "x" * 500)
    assert shown.isprintable()
    assert len(shown) == 121
