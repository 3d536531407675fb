"""Asking STUN servers for the address."""

from datetime import timedelta
from ipaddress import ip_address
import socket
from typing import TYPE_CHECKING, Final

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.smb_ddns_sync.ddns.address import Address, Family, family_of
from custom_components.smb_ddns_sync.ddns.source import NoAnswer, Operator, SourceId, SourceKind
from custom_components.smb_ddns_sync.ddns.sources.datagram import Peer
from custom_components.smb_ddns_sync.ddns.sources.stun import STUN_SERVERS, StunServer, StunSource
from custom_components.smb_ddns_sync.ddns.sources.stun_message import (
    TransactionId,
    binding_request,
    new_transaction,
    read_binding_response,
)

from .builders import OTHER_V4, V4, V6
from .fakes.stun import attribute, response, tells, xor_mapped
from .fakes.udp import UdpServer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .fakes.udp import Answers

ID: Final = TransactionId(bytes.fromhex("b7e7a701bc34d686fa87dfae"))

# The sample responses of RFC 5769, sections 2.2 and 2.3.
IPV4_SAMPLE: Final = bytes.fromhex(
    "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220"
    "002000080001a147e112a643000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96"
)
IPV6_SAMPLE: Final = bytes.fromhex(
    "010100482112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220"
    "002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9"
    "00080014a382954e4be67bf11784c97c8292c275bfe3ed4180280004c8fb0b4c"
)


def source(server: UdpServer, *, patience: float = 4) -> StunSource:
    """Return the source that asks a server."""
    peer = Peer(server.host, server.port)
    asked = StunServer(SourceId("stun"), "STUN", Operator("stun"), peer)
    return StunSource(asked, time_out=timedelta(seconds=patience))


@pytest.mark.parametrize(
    ("message", "address"),
    [(IPV4_SAMPLE, "192.0.2.1"), (IPV6_SAMPLE, "2001:db8:1234:5678:11:2233:4455:6677")],
)
def test_the_samples_of_the_standard_are_read(message: bytes, address: str) -> None:
    expected = ip_address(address)
    assert read_binding_response(message, ID, family_of(expected)) == expected


def test_each_request_has_an_id_of_its_own() -> None:
    first, second = new_transaction(), new_transaction()
    assert first != second
    assert binding_request(first) == bytes.fromhex("000100002112a442") + first


@pytest.mark.parametrize(("host", "address"), [("127.0.0.1", V4), ("::1", V6)])
async def test_a_server_is_asked_over_the_family_that_is_meant(host: str, address: Address) -> None:
    async with UdpServer(tells(address), host) as server:
        answer = await source(server).ask(family_of(address))
        assert (answer.found, answer.kind) == (address, SourceKind.STUN)
        other = next(family for family in Family if family is not family_of(address))
        assert (await source(server).ask(other)).reason is NoAnswer.UNREACHABLE
        assert len(server.got) == 1


async def test_a_lost_datagram_is_sent_again_with_the_same_id() -> None:
    async with UdpServer(tells(V4), drop=1) as server:
        assert (await source(server).ask(Family.IPV4)).address == V4
        assert len(server.got) == 2
        assert server.got[0] == server.got[1]


async def test_an_answer_to_another_request_is_passed_over() -> None:
    def first_a_forgery(request: bytes, sender: str) -> Iterable[bytes]:
        forged = new_transaction()
        yield response(forged, xor_mapped(OTHER_V4, forged))
        yield b"\x01\x01"
        yield b"HTTP/1.1 200 OK\r\n\r\n" + b" " * 20
        yield from tells(V4)(request, sender)

    async with UdpServer(first_a_forgery) as server:
        assert (await source(server).ask(Family.IPV4)).address == V4


def saying(*attributes: bytes, kind: int = 0x0101) -> Answers:
    """Return how a server answers with these attributes."""
    return lambda request, _: [response(request[8:20], *attributes, kind=kind)]


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        (saying(), NoAnswer.NOT_AN_ADDRESS),
        (saying(kind=0x0111), NoAnswer.BAD_STATUS),
        (saying(attribute(0x0001, b"\0\1\0\0" + V4.packed)), NoAnswer.NOT_AN_ADDRESS),
        (saying(attribute(0x0020, b"\0\1\0\0\1\2")), NoAnswer.NOT_AN_ADDRESS),
        (saying(attribute(0x0020, b"\0\3\0\0" + V4.packed)), NoAnswer.NOT_AN_ADDRESS),
        (saying(attribute(0x0020, b"")), NoAnswer.NOT_AN_ADDRESS),
        (tells(V6), NoAnswer.WRONG_FAMILY),
        (lambda request, _: [response(request[8:20])[:-1] + b"\0\0"], NoAnswer.TIMED_OUT),
        (lambda request, _: [response(request[8:20]) + b"\0"], NoAnswer.NOT_AN_ADDRESS),
        (lambda *_: [], NoAnswer.TIMED_OUT),
    ],
)
async def test_what_is_no_answer_and_why(answers: Answers, reason: NoAnswer) -> None:
    async with UdpServer(answers) as server:
        assert (await source(server, patience=0.2).ask(Family.IPV4)).reason is reason


async def test_a_port_that_nobody_listens_at_is_told_at_once() -> None:
    async with UdpServer(tells(V4)) as server:
        asked = source(server)
    assert (await asked.ask(Family.IPV4)).reason is NoAnswer.REFUSED


@pytest.mark.parametrize("error", [socket.gaierror(-2, "unknown"), UnicodeError("label too long")])
async def test_a_name_without_an_address_is_unreachable(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    async with UdpServer(tells(V4)) as server:
        monkeypatch.setattr(socket, "getaddrinfo", fail)
        assert (await source(server).ask(Family.IPV4)).reason is NoAnswer.UNREACHABLE


@given(st.binary(max_size=80), st.sampled_from(Family))
def test_any_bytes_are_read_without_an_error(noise: bytes, family: Family) -> None:
    assert read_binding_response(noise, ID, family) is None or noise[8:20] == ID
    whole = response(ID, noise)
    found = read_binding_response(whole, ID, family)
    assert isinstance(found, NoAnswer) or (found is not None and family_of(found) is family)


@given(st.integers(0, len(IPV4_SAMPLE) - 1), st.integers(0, 255))
def test_a_changed_sample_is_read_without_an_error(at: int, value: int) -> None:
    message = bytearray(IPV4_SAMPLE)
    message[at] = value
    found = read_binding_response(bytes(message), ID, Family.IPV4)
    assert found is None or isinstance(found, NoAnswer) or family_of(found) is Family.IPV4


@given(st.ip_addresses(), st.binary(min_size=12, max_size=12))
def test_whatever_a_server_writes_is_read_back(address: Address, transaction: bytes) -> None:
    message = response(transaction, xor_mapped(address, transaction))
    read = read_binding_response(message, TransactionId(transaction), family_of(address))
    assert read == address


def test_the_built_in_servers_are_of_several_operators() -> None:
    assert len({server.operator for server in STUN_SERVERS.values()}) >= 5
    assert all(key == server.id for key, server in STUN_SERVERS.items())
