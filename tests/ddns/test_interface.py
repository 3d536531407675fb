"""What this machine's own interfaces hold."""

from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING, Final

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.smb_ddns_sync.ddns.address import Address, Family
from custom_components.smb_ddns_sync.ddns.detect import detect
from custom_components.smb_ddns_sync.ddns.source import NoAnswer, SourceKind
from custom_components.smb_ddns_sync.ddns.sources.interface import (
    HeldAddress,
    InterfaceSource,
    ipv4_of,
    lasting,
    parse_held,
    read_held,
    settle,
)
from custom_components.smb_ddns_sync.ddns.sources.routes import default_gateway, default_interface

from .builders import V4, V6
from .test_detect import Says

if TYPE_CHECKING:
    from pathlib import Path

TEMPORARY: Final = 0x01
DEPRECATED: Final = 0x20
TENTATIVE: Final = 0x40
PERMANENT: Final = 0x80

LASTS: Final = IPv6Address("2a02:d300:1:2::1234")
PASSES: Final = IPv6Address("2a02:d300:1:2:a:b:c:d")
OTHER_NETWORK: Final = IPv6Address("2a02:d300:1:3::1")
PRIVATE: Final = IPv6Address("fd00::1")
LINK_LOCAL: Final = IPv6Address("fe80::1")


def held(address: IPv6Address, flags: int = 0, interface: str = "eth0") -> HeldAddress:
    return HeldAddress(interface, address, flags)


def source(*addresses: HeldAddress, allow_temporary: bool = False) -> InterfaceSource:
    """Return the source that sees these addresses, on a machine that goes out by eth0."""
    return InterfaceSource(
        allow_temporary=allow_temporary, read=lambda: addresses, default=lambda _: "eth0"
    )


def test_linux_tells_addresses_with_their_flags() -> None:
    text = (
        "2a02d30000010002000000000000 1234 02 40 00 00 eth0\n"
        "2a02d300000100020000000000001234 02 40 00 80     eth0\n"
        "fe800000000000000000000000000001 02 40 20 c0     eth0\n"
        "\n"
    )
    assert parse_held(text) == (held(LASTS, PERMANENT), held(LINK_LOCAL, 0xC0))


@given(st.text(max_size=200))
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert all(isinstance(each, HeldAddress) for each in parse_held(text))


def test_a_system_that_does_not_tell_claims_nothing(tmp_path: Path) -> None:
    assert read_held(tmp_path / "missing") == ()


def test_this_machine_can_be_read() -> None:
    assert all(each.interface for each in read_held())


@pytest.mark.parametrize(
    "passing",
    [
        held(PASSES, TEMPORARY),
        held(PASSES, DEPRECATED),
        held(PASSES, TENTATIVE),
        held(PASSES, PERMANENT | DEPRECATED),
        held(PRIVATE),
        held(LINK_LOCAL),
    ],
)
async def test_only_an_address_that_lasts_is_told(passing: HeldAddress) -> None:
    answer = await source(passing, held(LASTS)).ask(Family.IPV6)
    assert (answer.found, answer.kind) == (LASTS, SourceKind.INTERFACE)
    assert (await source(passing).ask(Family.IPV6)).address is None


async def test_a_temporary_address_is_told_only_where_that_is_asked_for() -> None:
    temporary = held(PASSES, TEMPORARY)
    assert (await source(temporary).ask(Family.IPV6)).reason is NoAnswer.TEMPORARY
    asked = source(temporary, allow_temporary=True)
    assert (await asked.ask(Family.IPV6)).address == PASSES


def test_one_that_was_set_by_hand_comes_first_and_the_choice_is_stable() -> None:
    by_hand = held(IPv6Address("2a02:d300:1:2::ffff"), PERMANENT)
    addresses = [held(LASTS), by_hand, held(IPv6Address("2a02:d300:1:2::1"))]
    assert lasting(addresses, "eth0") == by_hand.address
    assert lasting(addresses[::-1], "eth0") == by_hand.address


async def test_the_interface_of_the_way_out_is_meant_unless_one_is_named() -> None:
    addresses = (held(OTHER_NETWORK, interface="wg0"), held(LASTS))
    assert (await source(*addresses).ask(Family.IPV6)).address == LASTS
    named = InterfaceSource("wg0", read=lambda: addresses, default=lambda _: "eth0")
    assert (await named.ask(Family.IPV6)).address == OTHER_NETWORK


async def test_a_machine_without_a_way_out_has_no_interface() -> None:
    nowhere = InterfaceSource(read=lambda: [held(LASTS)], default=lambda _: None)
    assert (await nowhere.ask(Family.IPV6)).reason is NoAnswer.NOTHING


@pytest.mark.parametrize(("found", "expected"), [(V4, V4), (None, NoAnswer.NOTHING)])
async def test_an_ipv4_address_of_the_interface(
    found: IPv4Address | None, expected: Address | NoAnswer
) -> None:
    asked = InterfaceSource("ppp0", read_ipv4=lambda _: found)
    assert (await asked.ask(Family.IPV4)).found == expected


def test_ipv4_is_read_from_the_system() -> None:
    assert ipv4_of("lo") == IPv4Address("127.0.0.1")
    assert ipv4_of("missing0") is None
    assert ipv4_of("a name that is far too long") is None


ROUTES = (
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
    "wlan0\t00000000\t0102000A\t0003\t0\t0\t600\t00000000\t0\t0\t0\n"
    "eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
    "eth1\t00000000\t0101A8C0\t0002\t0\t0\t1\t00000000\t0\t0\t0\n"
    "eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n"
    "nonsense\n"
)
NOWHERE = "0" * 32


def ipv6_route(interface: str, metric: str, flags: str, destination: str = NOWHERE) -> str:
    length = "00" if destination == NOWHERE else "40"
    gateway = "fe800000000000000000000000000001"
    fields = [destination, length, NOWHERE, "00", gateway, metric, "1", "0", flags, interface]
    return " ".join(fields) + "\n"


def test_the_router_is_that_of_the_best_default_route(tmp_path: Path) -> None:
    path = tmp_path / "route"
    path.write_text(ROUTES)
    assert default_gateway(path) == IPv4Address("192.168.1.1")
    assert default_interface(Family.IPV4, path) == "eth0"


def test_a_line_without_a_router_has_an_interface_only(tmp_path: Path) -> None:
    path = tmp_path / "route"
    path.write_text("Iface\nppp0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0\n")
    assert default_gateway(path) is None
    assert default_interface(Family.IPV4, path) == "ppp0"


def test_the_way_out_of_ipv6_is_the_best_route_that_leads_somewhere(tmp_path: Path) -> None:
    path = tmp_path / "ipv6_route"
    path.write_text(
        ipv6_route("eth0", "00000400", "00000003")
        + ipv6_route("wlan0", "00000600", "00000003")
        + ipv6_route("eth1", "00000001", "00000003", "2a02d300" + "0" * 24)
        + ipv6_route("lo", "00000001", "00000203")
        + ipv6_route("eth2", "00000001", "00000002")
        + "nonsense\n"
    )
    assert default_interface(Family.IPV6, ipv6_path=path) == "eth0"


def test_a_system_that_tells_no_routes_has_none(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    assert default_gateway(missing) is None
    assert default_interface(Family.IPV6, ipv6_path=missing) is None


def test_an_address_that_lasts_stands_in_for_a_temporary_one_of_the_same_network() -> None:
    machine = [held(LASTS), held(PASSES, TEMPORARY), held(OTHER_NETWORK)]
    assert settle(PASSES, machine) == LASTS


def test_a_temporary_address_alone_is_no_answer() -> None:
    assert settle(PASSES, [held(PASSES, TEMPORARY)]) is NoAnswer.TEMPORARY
    # Another network is not proved by what was seen.
    machine = [held(PASSES, TEMPORARY), held(OTHER_NETWORK)]
    assert settle(PASSES, machine) is NoAnswer.TEMPORARY


@pytest.mark.parametrize("address", [V4, V6, LASTS, PRIVATE])
def test_what_is_not_temporary_is_what_it_is(address: Address) -> None:
    machine = [held(LASTS), held(PASSES, TEMPORARY), held(PRIVATE)]
    assert settle(address, machine) == address


async def test_echoes_see_a_temporary_address_and_the_lasting_one_is_agreed_on() -> None:
    machine = [held(LASTS), held(PASSES, TEMPORARY)]
    known = frozenset({Family.IPV6})
    sources = [Says("a", PASSES, known), Says("b", PASSES, known), source(*machine)]
    detection = await detect(
        sources, Family.IPV6, 3, settle=lambda address: settle(address, machine)
    )
    assert detection.address == LASTS
