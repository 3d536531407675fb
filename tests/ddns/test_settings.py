"""From what the user entered to a provider's client."""

from typing import TYPE_CHECKING, Any

import pytest

from custom_components.smb_ddns_sync.ddns.provider import (
    FieldKind,
    ProviderId,
    SettingError,
    SettingFault,
)
from custom_components.smb_ddns_sync.ddns.providers import PROVIDERS
from custom_components.smb_ddns_sync.ddns.providers.settings import server_setting

from .builders import HOME, V4, at
from .provider_bench import CANARY, TOKEN, Dyndns2Bench

if TYPE_CHECKING:
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


@pytest.mark.parametrize(
    ("provider", "settings"), [("dyndns2", DYNDNS2), ("cloudflare", CLOUDFLARE)]
)
async def test_every_field_that_is_required_is_enough_and_every_secret_is_declared(
    session: ClientSession, provider: str, settings: dict[str, Any]
) -> None:
    description = PROVIDERS[ProviderId(provider)]
    required = {field.key for field in description.fields if field.required}
    assert required == settings.keys()
    description.build(settings, session)
    secret = {field.key for field in description.fields if field.kind is FieldKind.SECRET}
    assert secret == {key for key, value in settings.items() if value in {CANARY, TOKEN}}


async def test_the_identity_is_of_the_server_and_the_user(session: ClientSession) -> None:
    build = PROVIDERS[ProviderId("dyndns2")].build
    identity = build(DYNDNS2, session).identity
    assert build(DYNDNS2 | {"password": "another"}, session).identity == identity
    assert build(DYNDNS2 | {"username": "you"}, session).identity != identity
    assert build(DYNDNS2 | {"server": "other.example"}, session).identity != identity
    assert "me" not in identity.split(":")
