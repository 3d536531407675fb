"""Sources that the user names by URL."""

import pytest

from custom_components.smb_ddns_sync.ddns.address import Family
from custom_components.smb_ddns_sync.ddns.sources import UnusableUrlError, UrlFault, custom_echo


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("", UrlFault.NOT_A_URL),
        ("echo.example.com", UrlFault.NOT_A_URL),
        ("ftp://echo.example.com/", UrlFault.NOT_A_URL),
        ("https://", UrlFault.NOT_A_URL),
        ("https:///path", UrlFault.NOT_A_URL),
        ("https://echo.example.com:99999/", UrlFault.NOT_A_URL),
        ("https://[::1/", UrlFault.NOT_A_URL),
        ("http://echo.example.com/", UrlFault.NOT_SECURE),
        ("http://81.2.69.142/", UrlFault.NOT_SECURE),
        ("http://router.lan/", UrlFault.NOT_SECURE),
        ("https://me:pw@echo.example.com/", UrlFault.HOLDS_CREDENTIALS),
        ("https://me@echo.example.com/", UrlFault.HOLDS_CREDENTIALS),
    ],
)
def test_a_url_that_cannot_be_a_source_is_refused_with_the_reason(
    url: str, fault: UrlFault
) -> None:
    with pytest.raises(UnusableUrlError) as caught:
        custom_echo(url)
    assert caught.value.fault is fault


def test_the_refusal_holds_nothing_of_the_url() -> None:
    with pytest.raises(UnusableUrlError) as caught:
        custom_echo("https://me:canary@echo.example.com/")
    assert "canary" not in f"{caught.value!s}{caught.value!r}"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080/", "http://192.168.1.1/ip", "http://nas.local/"]
)
def test_plain_http_is_taken_from_ones_own_network(url: str) -> None:
    assert custom_echo(url).title == url


def test_the_operator_is_the_host() -> None:
    assert custom_echo("https://Echo.Example.com/ip").operator == "echo.example.com"
    assert custom_echo("http://127.0.0.2:8080/").operator == "127.0.0.2"


@pytest.mark.parametrize("url", ["https://api64.ipify.org/", "https://ipify.org/"])
def test_naming_a_built_in_service_once_more_gives_it_no_second_vote(url: str) -> None:
    assert custom_echo(url).operator == "ipify"


def test_a_literal_address_has_its_own_family_only() -> None:
    assert custom_echo("http://127.0.0.1/").families == {Family.IPV4}
    assert custom_echo("http://[::1]/").families == {Family.IPV6}
    assert custom_echo("https://echo.example.com/").families == set(Family)


def test_a_query_is_asked_but_not_shown() -> None:
    echo = custom_echo("https://echo.example.com/ip?token=canary#x")
    assert echo.urls[Family.IPV4].query["token"] == "canary"
    assert "canary" not in f"{echo.id}{echo.title}{echo.operator}"
