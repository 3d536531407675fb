"""A call that the user describes: what goes over the line, and what is refused beforehand."""

import json
from typing import TYPE_CHECKING, Any, override
from urllib.parse import parse_qs, unquote

from aiohttp import web
import pytest

from custom_components.smb_ddns_sync.ddns.address import Family
from custom_components.smb_ddns_sync.ddns.names import DnsName
from custom_components.smb_ddns_sync.ddns.outcome import (
    Applied,
    BadAnswer,
    NameRejected,
    RetryAfter,
)
from custom_components.smb_ddns_sync.ddns.provider import SettingError, SettingFault
from custom_components.smb_ddns_sync.ddns.providers.custom_url import CUSTOM_URL
from demo.web_server import WebServer

from .builders import HOME, V4, V6, at
from .one_get_rows import CANARY, TOKEN

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp import ClientSession

    from custom_components.smb_ddns_sync.ddns.outcome import Outcome


class Recorder(WebServer):
    """Remembers what it is sent, and answers as told."""

    def __init__(self) -> None:
        super().__init__()
        self.body = "done"
        self.status = 200
        self.asked: list[tuple[str, str, dict[str, str], str]] = []

    @override
    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        headers = {key.lower(): value for key, value in request.headers.items()}
        self.asked.append((request.method, request.raw_path, headers, await request.text()))
        return web.Response(text=self.body, status=self.status)


@pytest.fixture(name="service")
async def service_fixture() -> AsyncIterator[Recorder]:
    """Run a service that takes anything."""
    async with Recorder() as service:
        yield service


async def publish(
    session: ClientSession, settings: dict[str, Any], *families: Family, name: DnsName = HOME
) -> dict[Family, Outcome]:
    """Publish both addresses, of the given families or of both."""
    provider = CUSTOM_URL.build(settings, session)
    wanted = frozenset(families or Family)
    return dict(await provider.publish(name, at(V4, V6), wanted, held=at()))


async def test_one_call_is_made_for_each_family(session: ClientSession, service: Recorder) -> None:
    url = f"{service.url}/update?host={{name}}&type={{type}}&ip={{ip}}"
    assert await publish(session, {"url": url}) == {
        Family.IPV4: Applied(V4),
        Family.IPV6: Applied(V6),
    }
    paths = [path for _, path, _, _ in service.asked]
    assert paths == [
        f"/update?host=home.example.com&type=A&ip={V4}",
        f"/update?host=home.example.com&type=AAAA&ip={V6}",
    ]


async def test_one_call_takes_both_families_where_both_have_a_place(
    session: ClientSession, service: Recorder
) -> None:
    url = f"{service.url}/?a={{ipv4}}&aaaa={{ipv6}}"
    outcomes = await publish(session, {"url": url})
    assert outcomes == {Family.IPV4: Applied(V4), Family.IPV6: Applied(V6)}
    assert [path for _, path, _, _ in service.asked] == [f"/?a={V4}&aaaa={V6}"]


async def test_a_value_cannot_say_more_than_itself(
    session: ClientSession, service: Recorder
) -> None:
    settings = {
        "url": f"{service.url}/a%20b/{{token}}/x?p={{password}}&u={{username}}&ip={{ip}}#end",
        "username": "me&you=1",
        "password": CANARY,
        "token": "../{name}?x=1",
    }
    await publish(session, settings, Family.IPV4)
    ((_, raw, headers, _),) = service.asked
    path, _, query = raw.partition("?")
    assert path.split("/")[1] == "a%20b"
    assert unquote(path.split("/")[2]) == "../{name}?x=1"
    assert path.endswith("/x")
    assert parse_qs(query) == {"p": [CANARY], "u": ["me&you=1"], "ip": [str(V4)]}
    assert "authorization" not in headers


async def test_a_body_of_json_stays_json_whatever_the_values(
    session: ClientSession, service: Recorder
) -> None:
    settings = {
        "url": f"{service.url}/",
        "method": "PUT",
        "token": 'quo"te\\',
        "body": '{"key": "{token}", "ip": "{ip}", "sub": "{subname}", "zone": "{zone}"}',
        "zone": "Example.com",
    }
    await publish(session, settings, Family.IPV4)
    ((method, _, headers, body),) = service.asked
    assert method == "PUT"
    assert headers["content-type"] == "application/json"
    assert json.loads(body) == {
        "key": 'quo"te\\',
        "ip": str(V4),
        "sub": "home",
        "zone": "example.com",
    }


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        ("", "x=a%26%3Cb%3E"),
        ("Content-Type: text/xml", "x=a&amp;&lt;b&gt;"),
        ("Content-Type: text/plain", "x=a&<b>"),
    ],
)
async def test_a_body_is_encoded_as_its_kind_wants_it(
    session: ClientSession, service: Recorder, kind: str, sent: str
) -> None:
    settings = {
        "url": f"{service.url}/{{ip}}",
        "method": "POST",
        "token": "a&<b>",
        "headers": f"X-Key: {{token}}\n\n{kind}",
        "body": "x={token}",
    }
    await publish(session, settings, Family.IPV4)
    ((_, _, headers, body),) = service.asked
    assert body == sent
    assert headers["x-key"] == "a&<b>"


async def test_credentials_that_no_placeholder_uses_are_basic_authentication(
    session: ClientSession, service: Recorder
) -> None:
    settings = {"url": f"{service.url}/{{ip}}", "username": "me", "password": "secret"}
    await publish(session, settings, Family.IPV4)
    assert service.asked[0][2]["authorization"] == "Basic bWU6c2VjcmV0"


async def test_a_host_of_another_script_is_asked_by_its_name_in_the_dns() -> None:
    template = {"url": "https://dyn.bücher.example/{ip}"}
    async with Recorder() as unused:
        assert unused.requests == 0
    provider = CUSTOM_URL.build(template, Any)  # type: ignore[arg-type] # nothing is called
    url, _, _ = provider._template.fill({"ip": "x"})  # type: ignore[attr-defined] # what it sends
    assert str(url) == "https://dyn.xn--bcher-kva.example/x"


@pytest.mark.parametrize(
    ("texts", "body", "kind"),
    [
        ("", "anything", Applied),
        ("good\nnochg", "nochg 1.2.3.4", Applied),
        ("good", "GOOD", BadAnswer),
        ("(a+)+$", "a" * 5000, BadAnswer),
        ("(a+)+$", "(a+)+$", Applied),
    ],
)
async def test_success_is_a_plain_text_in_the_answer(
    session: ClientSession, service: Recorder, texts: str, body: str, kind: type[Outcome]
) -> None:
    service.body = body
    settings = {"url": f"{service.url}/{{ip}}", "success_text": texts}
    outcomes = await publish(session, settings, Family.IPV4)
    assert type(outcomes[Family.IPV4]) is kind


async def test_a_secret_that_was_written_into_the_url_is_not_shown_either(
    session: ClientSession, service: Recorder
) -> None:
    service.body = f"unknown key {TOKEN}"
    for url in (f"/{TOKEN}/?ip={{ip}}", f"/?key={TOKEN}&ip={{ip}}"):
        settings = {"url": f"{service.url}{url}", "success_text": "good"}
        outcomes = await publish(session, settings, Family.IPV4)
        assert "unknown key" in str(outcomes)
        assert TOKEN not in str(outcomes)


async def test_a_family_that_the_call_has_no_place_for_is_told(
    session: ClientSession, service: Recorder
) -> None:
    outcomes = await publish(session, {"url": f"{service.url}/{{ipv4}}"})
    assert isinstance(outcomes[Family.IPV6], NameRejected)
    assert "{ipv6}" in str(outcomes[Family.IPV6])
    assert service.requests == 0


async def test_a_call_that_wants_an_address_that_is_not_known_waits(
    session: ClientSession, service: Recorder
) -> None:
    settings = {"url": f"{service.url}/{{ipv4}}/{{ipv6}}"}
    provider = CUSTOM_URL.build(settings, session)
    outcomes = await provider.publish(HOME, at(V4), frozenset({Family.IPV4}), held=at())
    assert isinstance(outcomes[Family.IPV4], RetryAfter)
    assert service.requests == 0


async def test_a_name_outside_the_zone_is_told_without_a_call(
    session: ClientSession, service: Recorder
) -> None:
    settings = {"url": f"{service.url}/{{ip}}/{{subname}}", "zone": "example.com"}
    stranger = DnsName("home.badexample.com")
    outcomes = await publish(session, settings, Family.IPV4, name=stranger)
    assert isinstance(outcomes[Family.IPV4], NameRejected)
    checked = await CUSTOM_URL.build(settings, session).check([stranger, HOME])
    assert isinstance(checked[stranger], NameRejected)
    assert checked[HOME] is None
    assert service.requests == 0


@pytest.mark.parametrize(
    ("changes", "key", "fault"),
    [
        ({"url": ""}, "url", SettingFault.MISSING),
        ({"url": "http://dyn.example.com/{ip}"}, "url", SettingFault.NOT_SECURE),
        ({"url": "ftp://dyn.example.com/{ip}"}, "url", SettingFault.NOT_A_URL),
        ({"url": "https://a:b@dyn.example.com/{ip}"}, "url", SettingFault.HOLDS_CREDENTIALS),
        ({"url": "https://{name}/{ip}"}, "url", SettingFault.MISPLACED_PLACEHOLDER),
        ({"url": "{token}://x.example/{ip}"}, "url", SettingFault.MISPLACED_PLACEHOLDER),
        ({"url": "https://x.example:{ip}/"}, "url", SettingFault.MISPLACED_PLACEHOLDER),
        ({"url": "https://x.example/{address}"}, "url", SettingFault.UNKNOWN_PLACEHOLDER),
        ({"url": "https://x.example/"}, "url", SettingFault.NO_ADDRESS_PLACEHOLDER),
        ({"headers": "X-Key {token}"}, "headers", SettingFault.BAD_CHARACTER),
        ({"headers": "Host: x.example"}, "headers", SettingFault.BAD_CHARACTER),
        ({"headers": "X-Key: {key}"}, "headers", SettingFault.UNKNOWN_PLACEHOLDER),
        ({"body": "{adress}"}, "body", SettingFault.UNKNOWN_PLACEHOLDER),
        ({"method": "DELETE"}, "method", SettingFault.NOT_A_CHOICE),
        ({"url": "https://x.example/{ip}/{token}"}, "token", SettingFault.MISSING),
        ({"url": "https://x.example/{ip}/{subname}"}, "zone", SettingFault.MISSING),
        ({"username": "a:b", "password": "c"}, "username", SettingFault.BAD_CHARACTER),
        ({"token": "two\nlines"}, "token", SettingFault.BAD_CHARACTER),
    ],
)
async def test_what_no_call_can_be_made_of_is_refused_by_field(
    session: ClientSession, changes: dict[str, Any], key: str, fault: SettingFault
) -> None:
    with pytest.raises(SettingError) as caught:
        CUSTOM_URL.build({"url": "https://x.example/{ip}", **changes}, session)
    assert (caught.value.key, caught.value.fault) == (key, fault)


async def test_plain_http_is_for_the_own_network(session: ClientSession) -> None:
    CUSTOM_URL.build({"url": "http://nas.local/{ip}"}, session)
    CUSTOM_URL.build({"url": "dyn.example.com/{ip}"}, session)
