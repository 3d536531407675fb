"""From what the user entered to a provider's client."""

from typing import TYPE_CHECKING, Any

import pytest

from custom_components.smb_ddns_sync.ddns.address import Family
from custom_components.smb_ddns_sync.ddns.fields import VOCABULARY
from custom_components.smb_ddns_sync.ddns.provider import (
    FamilyRule,
    Field,
    FieldKind,
    ProviderId,
    SettingError,
    SettingFault,
)
from custom_components.smb_ddns_sync.ddns.providers import FIRST, PROVIDERS
from custom_components.smb_ddns_sync.ddns.providers.settings import (
    choice_setting,
    number_setting,
    server_setting,
)

from .builders import HOME, V4, at
from .one_get_rows import CANARY, ROWS, TOKEN
from .provider_bench import Dyndns2Bench

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp import ClientSession

DYNDNS2: dict[str, Any] = {
    "server": "https://dyn.example.com",
    "username": "me",
    "password": CANARY,
}
CLOUDFLARE: dict[str, Any] = {"api_token": TOKEN}


@pytest.mark.parametrize(
    ("provider", "settings", "key", "fault"),
    [
        ("dyndns2", DYNDNS2 | {"server": ""}, "server", SettingFault.MISSING),
        ("dyndns2", DYNDNS2 | {"server": 5}, "server", SettingFault.MISSING),
        ("dyndns2", DYNDNS2 | {"server": "ftp://x.example"}, "server", SettingFault.NOT_A_URL),
        ("dyndns2", DYNDNS2 | {"server": "https://"}, "server", SettingFault.NOT_A_URL),
        ("dyndns2", DYNDNS2 | {"server": "https://[::1"}, "server", SettingFault.NOT_A_URL),
        ("dyndns2", DYNDNS2 | {"server": "two words"}, "server", SettingFault.NOT_A_URL),
        ("dyndns2", DYNDNS2 | {"server": "x.example:99999"}, "server", SettingFault.NOT_A_URL),
        ("dyndns2", DYNDNS2 | {"server": "http://x.example"}, "server", SettingFault.NOT_SECURE),
        (
            "dyndns2",
            DYNDNS2 | {"server": "https://a:b@x.example"},
            "server",
            SettingFault.HOLDS_CREDENTIALS,
        ),
        ("dyndns2", DYNDNS2 | {"username": " "}, "username", SettingFault.MISSING),
        ("dyndns2", DYNDNS2 | {"username": "a:b"}, "username", SettingFault.BAD_CHARACTER),
        ("dyndns2", DYNDNS2 | {"username": "a\nb"}, "username", SettingFault.BAD_CHARACTER),
        ("dyndns2", DYNDNS2 | {"password": ""}, "password", SettingFault.MISSING),
        ("dyndns2", DYNDNS2 | {"password": "a\r\nb"}, "password", SettingFault.BAD_CHARACTER),
        ("cloudflare", {}, "api_token", SettingFault.MISSING),
        ("cloudflare", {"api_token": "tökén"}, "api_token", SettingFault.BAD_CHARACTER),
        ("cloudflare", {"api_token": "a\x00b"}, "api_token", SettingFault.BAD_CHARACTER),
    ],
)
async def test_settings_that_no_client_can_be_made_of_are_refused_by_field(
    session: ClientSession, provider: str, settings: dict[str, Any], key: str, fault: SettingFault
) -> None:
    with pytest.raises(SettingError) as caught:
        PROVIDERS[ProviderId(provider)].build(settings, session)
    assert (caught.value.key, caught.value.fault) == (key, fault)
    for value in settings.values():
        assert not str(value).strip() or str(value) not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("dyn.example.com", "https://dyn.example.com/nic/update"),
        ("https://dyn.example.com/", "https://dyn.example.com/nic/update"),
        ("https://dyn.example.com:8443", "https://dyn.example.com:8443/nic/update"),
        ("https://dyn.example.com/v3/update", "https://dyn.example.com/v3/update"),
        (
            "https://dyn.example.com?system=dyndns#top",
            "https://dyn.example.com/nic/update?system=dyndns",
        ),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/nic/update"),
        ("http://nas.local", "http://nas.local/nic/update"),
    ],
)
def test_a_server_may_be_entered_in_short(text: str, url: str) -> None:
    assert str(server_setting({"server": text}, "server", path="/nic/update")) == url


async def test_a_client_built_from_settings_works(session: ClientSession) -> None:
    async with Dyndns2Bench(session) as bench:
        settings = {
            "server": bench.server.url,
            "username": "me",
            "password": f"{CANARY}\n",
            "both_at_once": "not a choice",
        }
        provider = PROVIDERS[ProviderId("dyndns2")].build(settings, session)
        await bench.publish(at(V4), provider=provider)
        assert bench.server.records[HOME] == {4: str(V4)}


FILLED_IN: dict[str, Any] = {
    "dyndns2": DYNDNS2,
    "cloudflare": CLOUDFLARE,
    "custom_url": {"url": "https://x.example/?ip={ip}"},
    **{key: dict(row.settings) for key, row in ROWS.items()},
}


@pytest.mark.parametrize("provider", sorted(FILLED_IN))
async def test_every_field_that_is_required_is_enough_and_every_secret_is_declared(
    session: ClientSession, provider: str
) -> None:
    description, settings = PROVIDERS[ProviderId(provider)], FILLED_IN[provider]
    required = {field.key for field in description.fields if field.required}
    assert required == settings.keys()
    description.build(settings, session)
    secret = {
        field.key
        for field in description.fields
        if field.kind is FieldKind.SECRET and field.required
    }
    assert secret == {key for key, value in settings.items() if value in {CANARY, TOKEN}}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_field_is_of_the_vocabulary_so_that_it_has_one_meaning(provider: ProviderId) -> None:
    for field in PROVIDERS[provider].fields:
        assert VOCABULARY[field.key] is field.kind


@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_a_description_tells_fits_together(provider: ProviderId) -> None:
    description = PROVIDERS[provider]
    keys = [field.key for field in description.fields]
    assert len(set(keys)) == len(keys)
    assert description.families
    assert description.note
    assert description.id == provider
    assert description.credentials_url is None or description.credentials_url.startswith("https://")
    if description.families != frozenset(Family):
        assert description.family_rule is FamilyRule.APART


async def test_every_field_may_be_missing_or_hold_a_line_end_without_a_crash(
    session: ClientSession,
) -> None:
    for provider, settings in FILLED_IN.items():
        for key in settings:
            for wrong in ("", "two\r\nlines", 5):
                with pytest.raises(SettingError) as caught:
                    PROVIDERS[ProviderId(provider)].build({**settings, key: wrong}, session)
                assert caught.value.key == key


def test_providers_are_shown_with_those_first_that_most_look_for() -> None:
    shown = list(PROVIDERS)
    looked_for = [provider for provider in FIRST if provider in PROVIDERS]
    assert shown[: len(looked_for)] == looked_for
    assert shown[-2:] == ["dyndns2", "custom_url"]
    others = [PROVIDERS[key].title.casefold() for key in shown[len(looked_for) : -2]]
    assert others == sorted(others)


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: Field("a", FieldKind.CHOICE), "choices"),
        (lambda: Field("a", FieldKind.TEXT, choices=("b",)), "choices"),
        (lambda: Field("a", FieldKind.TEXT, least=1), "bounds"),
        (lambda: Field("a", FieldKind.SECRET, default="b"), "default"),
    ],
)
def test_a_field_that_no_form_could_ask_for_cannot_be_made(
    make: Callable[[], Field], why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        make()


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (None, SettingFault.MISSING),
        ("5", SettingFault.MISSING),
        (True, SettingFault.MISSING),
        (0, SettingFault.OUT_OF_RANGE),
        (11, SettingFault.OUT_OF_RANGE),
    ],
)
def test_a_number_is_within_its_bounds(value: Any, fault: SettingFault) -> None:
    settings = {} if value is None else {"ttl": value}
    with pytest.raises(SettingError) as caught:
        number_setting(settings, "ttl", least=1, most=10)
    assert caught.value.fault is fault
    assert number_setting({"ttl": 10}, "ttl", least=1, most=10) == 10
    assert number_setting({}, "ttl", least=1, most=10, default=3) == 3


def test_a_choice_is_one_of_those_there_are() -> None:
    assert choice_setting({"method": "PUT"}, "method", ("GET", "PUT")) == "PUT"
    assert choice_setting({}, "method", ("GET", "PUT"), default="GET") == "GET"
    with pytest.raises(SettingError, match="missing"):
        choice_setting({}, "method", ("GET", "PUT"))
    with pytest.raises(SettingError, match="not_a_choice"):
        choice_setting({"method": "DELETE"}, "method", ("GET", "PUT"))


async def test_the_identity_is_of_the_server_and_the_user(session: ClientSession) -> None:
    build = PROVIDERS[ProviderId("dyndns2")].build
    identity = build(DYNDNS2, session).identity
    assert build(DYNDNS2 | {"password": "another"}, session).identity == identity
    assert build(DYNDNS2 | {"username": "you"}, session).identity != identity
    assert build(DYNDNS2 | {"server": "other.example"}, session).identity != identity
    assert "me" not in identity.split(":")
