"""Asking DNS servers for the address."""

from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address
import sys
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.smb_ddns_sync.ddns.address import Family, Scope, family_of, scope_of
from custom_components.smb_ddns_sync.ddns.source import NoAnswer, Operator, SourceId, SourceKind
from custom_components.smb_ddns_sync.ddns.sources.dns_echo import DNS_ECHOES, DnsEcho, DnsSource

from .builders import OTHER_V4, V4, V6
from .fakes.udp import UdpServer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .fakes.udp import Answers

LOCAL: Final = {Family.IPV4: "127.0.0.1", Family.IPV6: "::1"}
PATIENCE: Final = timedelta(seconds=0.1)


def at(server: UdpServer, name: str, *, patience: timedelta = timedelta(seconds=2)) -> DnsSource:
    """Return a built-in source that asks a server of ours."""
    family = family_of(ip_address(server.host))
    echo = replace(
        DNS_ECHOES[name], servers=MappingProxyType({family: server.host}), port=server.port
    )
    return DnsSource(echo, time_out=patience)


def answering(
    *texts: str, flags: int = dns.flags.AA, rcode: dns.rcode.Rcode = dns.rcode.NOERROR
) -> Answers:
    """Return how a server answers with records of these texts."""

    def answer(request: bytes, _: str) -> Iterable[bytes]:
        query = dns.message.from_wire(request)
        response = dns.message.make_response(query)
        response.flags |= flags
        response.set_rcode(rcode)
        asked = query.question[0]
        if texts:
            response.answer = [
                dns.rrset.from_text(asked.name, 0, asked.rdclass, asked.rdtype, *texts)
            ]
        yield response.to_wire()

    return answer


@pytest.mark.parametrize("name", ["dns_cloudflare", "dns_google"])
async def test_a_text_record_is_read(name: str) -> None:
    async with UdpServer(answering(f'"{V4}"')) as server:
        answer = await at(server, name).ask(Family.IPV4)
    assert (answer.found, answer.kind) == (V4, SourceKind.DNS)


@pytest.mark.parametrize("name", ["dns_opendns", "dns_akamai"])
async def test_an_address_record_is_read(name: str) -> None:
    async with UdpServer(answering(str(V4))) as server:
        assert (await at(server, name).ask(Family.IPV4)).address == V4


async def test_each_family_is_asked_over_itself() -> None:
    async with UdpServer(answering(str(V6)), "::1") as server:
        assert (await at(server, "dns_opendns").ask(Family.IPV6)).address == V6
        query = dns.message.from_wire(server.got[0])
        assert str(query.question[0]) == "myip.opendns.com. IN AAAA"


async def test_cloudflare_is_asked_in_its_own_class_and_authorities_without_recursion() -> None:
    async with UdpServer(answering(f'"{V4}"')) as server:
        await at(server, "dns_cloudflare").ask(Family.IPV4)
        await at(server, "dns_google").ask(Family.IPV4)
        cloudflare, google = map(dns.message.from_wire, server.got)
    assert str(cloudflare.question[0]) == "whoami.cloudflare. CH TXT"
    assert cloudflare.flags & dns.flags.RD
    assert not google.flags & dns.flags.RD


async def test_what_google_tells_of_a_resolvers_client_is_passed_over() -> None:
    async with UdpServer(answering(f'"{V4}"', '"edns0-client-subnet 1.2.3.0/24"')) as server:
        assert (await at(server, "dns_google").ask(Family.IPV4)).address == V4


@pytest.mark.parametrize("name", ["dns_google", "dns_akamai"])
async def test_a_resolver_that_answers_in_place_of_the_authority_gives_itself_away(
    name: str,
) -> None:
    text = f'"{OTHER_V4}"' if name == "dns_google" else str(OTHER_V4)
    async with UdpServer(answering(text, flags=dns.flags.RA)) as resolver:
        assert (await at(resolver, name).ask(Family.IPV4)).reason is NoAnswer.INTERCEPTED


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        (answering(), NoAnswer.NOT_AN_ADDRESS),
        (answering('"nonsense"'), NoAnswer.NOT_AN_ADDRESS),
        (answering('"\\255\\254"'), NoAnswer.NOT_AN_ADDRESS),
        (answering(f'"{V4}"', f'"{OTHER_V4}"'), NoAnswer.NOT_AN_ADDRESS),
        (answering(f'"{V4} and more"'), NoAnswer.NOT_AN_ADDRESS),
        (answering(f'"{V6}"'), NoAnswer.WRONG_FAMILY),
        (answering(rcode=dns.rcode.NXDOMAIN), NoAnswer.BAD_STATUS),
        (answering(rcode=dns.rcode.REFUSED), NoAnswer.BAD_STATUS),
        (lambda *_: [b"nonsense"], NoAnswer.TIMED_OUT),
        (lambda *_: [], NoAnswer.TIMED_OUT),
    ],
)
async def test_what_is_no_answer_and_why(answers: Answers, reason: NoAnswer) -> None:
    async with UdpServer(answers) as server:
        found = await at(server, "dns_google", patience=PATIENCE).ask(Family.IPV4)
    assert found.reason is reason


async def test_an_answer_with_another_id_or_to_another_question_is_passed_over() -> None:
    def first_forgeries(request: bytes, sender: str) -> Iterable[bytes]:
        (true,) = answering(str(V4))(request, sender)
        (lie,) = answering(str(OTHER_V4))(request, sender)
        yield (int.from_bytes(lie[:2]) ^ 1).to_bytes(2) + lie[2:]
        other = dns.message.make_query("elsewhere.example.", "A")
        other.id = dns.message.from_wire(request).id
        yield from answering(str(OTHER_V4))(other.to_wire(), sender)
        yield true

    async with UdpServer(first_forgeries) as server:
        assert (await at(server, "dns_opendns").ask(Family.IPV4)).address == V4


async def test_a_lost_datagram_is_asked_again() -> None:
    async with UdpServer(answering(str(V4)), drop=1) as server:
        source = at(server, "dns_opendns", patience=PATIENCE)
        assert (await source.ask(Family.IPV4)).address == V4


async def test_asking_imports_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    # It is done in the event loop, and an import reads from the disk.
    imported: list[str] = []
    monkeypatch.setattr("importlib.import_module", imported.append)
    async with UdpServer(answering(f'"{V4}"')) as server:
        before = set(sys.modules)
        assert (await at(server, "dns_cloudflare").ask(Family.IPV4)).address == V4
    assert not imported
    assert set(sys.modules) == before


async def test_no_route_is_told_from_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    # No route can be taken from a test machine without harming others, so the socket reports it.
    async def no_route(*_: object, **__: object) -> None:
        raise OSError(101, "Network is unreachable")

    monkeypatch.setattr("dns.asyncquery.udp", no_route)
    answer = await DnsSource(DNS_ECHOES["dns_cloudflare"]).ask(Family.IPV6)
    assert answer.reason is NoAnswer.UNREACHABLE


@given(st.binary(max_size=60), st.booleans())
def test_any_message_is_read_without_an_error(noise: bytes, authority: bool) -> None:
    echo = DNS_ECHOES["dns_google" if authority else "dns_opendns"]
    response = dns.message.make_response(echo.question(Family.IPV4))
    response.flags |= dns.flags.AA
    wire = bytearray(response.to_wire())
    wire[7] = 1  # one answer, of whatever bytes
    try:
        message = dns.message.from_wire(bytes(wire) + noise)
    except dns.exception.DNSException:
        return
    found = echo.read(message, Family.IPV4)
    assert isinstance(found, NoAnswer) or family_of(found) is Family.IPV4


def test_the_built_in_servers_are_public_addresses_of_their_family() -> None:
    for key, echo in DNS_ECHOES.items():
        assert key == echo.id
        assert Family.IPV4 in echo.servers
        for family, server in echo.servers.items():
            address = ip_address(server)
            assert (family_of(address), scope_of(address)) == (family, Scope.PUBLIC)


def test_a_dns_echo_has_a_server() -> None:
    with pytest.raises(ValueError, match="server"):
        DnsEcho(SourceId("x"), "x", Operator("x"), "x.", {})
