"""Pins: who shows another certificate than the pinned one gets nothing, and stops the record."""

from datetime import timedelta
from typing import TYPE_CHECKING, override

from cryptography.hazmat.primitives.asymmetric import ec
import pytest

from custom_components.smb_ddns_sync.ddns.address import Family
from custom_components.smb_ddns_sync.ddns.ledger import Ledger
from custom_components.smb_ddns_sync.ddns.outcome import Applied, PinMismatch, RetryAfter
from custom_components.smb_ddns_sync.ddns.pinning import pinned, pinned_context, read_pins
from custom_components.smb_ddns_sync.ddns.reconcile import RecordKeeper
from custom_components.smb_ddns_sync.ddns.report import RecordStatus
from custom_components.smb_ddns_sync.ddns.text_record import TextRecords

from .builders import HOME, ONLY_V4, V4, FakeClock, at
from .fakes.rest.all import REST_APIS
from .fakes.rest.bench import RestBench
from .provider_bench import CloudflareBench
from .tls import Authority, Shown

if TYPE_CHECKING:
    from pathlib import Path
    import ssl

    from aiohttp import ClientSession

    from custom_components.smb_ddns_sync.ddns.provider import Provider

LINODE = next(api for api in REST_APIS if api.client.id == "linode")
OTHER_PIN = "00" * 32


@pytest.fixture(name="authority")
def authority_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """Give an authority that is trusted."""
    pinned_context.cache_clear()  # what it keeps trusts the authority of another test
    authority = Authority()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.write(tmp_path / "authority.pem")))
    return authority


def secured(session: ClientSession, shown: Shown) -> RestBench:
    """Return a provider before a stand-in that shows a certificate."""

    class Secured(LINODE):  # type: ignore[valid-type,misc]  # found by its id
        """The same over TLS."""

        @property
        @override
        def url(self) -> str:
            url: str = super().url
            return url.replace("http://", "https://")

        @property
        @override
        def tls(self) -> ssl.SSLContext | None:
            return shown.context()

    return RestBench(session, Secured)


def with_pin(bench: RestBench, *pins: str) -> Provider:
    return pinned(bench.provider(), read_pins(" ".join(pins)))


@pytest.mark.parametrize("which", ["certificate_pin", "key_pin"])
async def test_a_server_with_the_pinned_certificate_or_key_is_spoken_with(
    session: ClientSession, authority: Authority, which: str
) -> None:
    shown = authority.give()
    async with secured(session, shown) as bench:
        provider = with_pin(bench, OTHER_PIN, getattr(shown, which))
        assert await bench.publish(at(V4), provider=provider) == {Family.IPV4: Applied(V4)}


async def test_a_new_certificate_of_the_same_key_passes_a_pin_of_the_key(
    session: ClientSession, authority: Authority
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    before, after = authority.give(key), authority.give(key)
    async with secured(session, after) as bench:
        provider = with_pin(bench, before.key_pin)
        assert await bench.publish(at(V4), provider=provider) == {Family.IPV4: Applied(V4)}
        provider = with_pin(bench, before.certificate_pin)
        outcome = (await bench.publish(at(V4), provider=provider))[Family.IPV4]
        assert isinstance(outcome, PinMismatch)


async def test_another_certificate_gets_nothing_though_an_authority_gave_it(
    session: ClientSession, authority: Authority
) -> None:
    async with secured(session, authority.give()) as bench:
        outcomes = await bench.publish(at(V4), provider=with_pin(bench, authority.give().key_pin))
        assert bench.server.requests == 0
    (outcome,) = outcomes.values()
    assert isinstance(outcome, PinMismatch)
    assert "Nothing was sent" in outcome.message


async def test_a_connection_without_the_pin_is_never_taken_over(
    session: ClientSession, authority: Authority
) -> None:
    shown = authority.give()
    async with secured(session, shown) as bench:
        await bench.publish(at(V4), provider=with_pin(bench, shown.key_pin))
        requests = bench.server.requests
        await bench.publish(at(V4), provider=with_pin(bench, OTHER_PIN))
        assert bench.server.requests == requests


async def test_the_pin_comes_on_top_of_the_check_of_the_certificate(
    session: ClientSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted, stranger = Authority(), Authority()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(trusted.write(tmp_path / "trusted.pem")))
    shown = stranger.give()
    async with secured(session, shown) as bench:
        (outcome,) = (await bench.publish(at(V4), provider=with_pin(bench, shown.key_pin))).values()
        assert bench.server.requests == 0
    assert isinstance(outcome, RetryAfter)


async def test_without_tls_there_is_nothing_to_pin(session: ClientSession) -> None:
    async with RestBench(session, LINODE) as bench:
        (outcome,) = (await bench.publish(at(V4), provider=with_pin(bench, OTHER_PIN))).values()
        assert bench.server.requests == 0
    assert isinstance(outcome, PinMismatch)


async def test_the_record_stops_until_a_person_acts(
    session: ClientSession, authority: Authority
) -> None:
    clock, ledger = FakeClock(), Ledger()
    async with secured(session, authority.give()) as bench:
        provider = with_pin(bench, OTHER_PIN)
        keeper = RecordKeeper(provider, [HOME], ONLY_V4, ledger, clock)
        for _ in range(3):
            report = await keeper.reconcile(at(V4))
            assert report.status is RecordStatus.PIN_MISMATCH
            assert report.message
            clock.advance(timedelta(days=1))
            ledger = Ledger.from_dict(ledger.as_dict())
            keeper = RecordKeeper(provider, [HOME], ONLY_V4, ledger, clock)
        keeper = RecordKeeper(bench.provider(), [HOME], ONLY_V4, ledger, clock)
        assert (await keeper.reconcile(at(V4))).status is RecordStatus.PIN_MISMATCH
        keeper.resume()
        assert (await keeper.reconcile(at(V4))).status is not RecordStatus.PIN_MISMATCH


async def test_texts_that_two_sites_share_go_over_the_pinned_line_as_well(
    session: ClientSession,
) -> None:
    async with CloudflareBench(session) as bench:
        client = pinned(bench.provider(), read_pins(OTHER_PIN))
        assert isinstance(client, TextRecords)
        assert isinstance(await client.look_up_texts(HOME), PinMismatch)
        written = await client.publish_text(HOME, "one", seen=frozenset(), replaces=None)
        assert isinstance(written, PinMismatch)
        assert (await client.check([HOME]))[HOME] == await client.look_up(HOME, Family.IPV4)
        assert bench.server.requests == 0


@pytest.mark.parametrize(
    "text",
    ["", "  ", "00", "zz" * 32, "sha256//AAAA", "sha1//" + "A" * 28, "00" * 31, "00" * 33],
)
def test_what_is_no_pin_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="pin"):
        read_pins(text)


def test_pins_are_read_as_tools_print_them() -> None:
    zeros = frozenset({bytes(32)})
    colons = ":".join(["00"] * 32)
    base64 = "A" * 43 + "="
    for text in (OTHER_PIN, colons, base64, f"sha256/{base64}", f" sha256//{base64}, {colons} "):
        assert read_pins(text) == zeros
