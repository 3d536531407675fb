"""Which addresses the world can reach, and what a text is."""

from ipaddress import IPv4Address, ip_address

import pytest

from custom_components.smb_ddns_sync.ddns.address import (
    Addresses,
    Family,
    Scope,
    parse_address,
    scope_of,
)
from custom_components.smb_ddns_sync.ddns.hosts import is_home_host

from .builders import OTHER_V4, PRIVATE_V4, V4, V6


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("81.2.69.142", Scope.PUBLIC),
        ("2a02:d300::1", Scope.PUBLIC),
        ("10.1.2.3", Scope.PRIVATE),
        ("172.16.0.1", Scope.PRIVATE),
        ("172.32.0.1", Scope.PUBLIC),
        ("192.168.255.255", Scope.PRIVATE),
        ("fd12::1", Scope.PRIVATE),
        ("100.64.0.1", Scope.SHARED),
        ("100.127.255.255", Scope.SHARED),
        ("100.128.0.1", Scope.PUBLIC),
        ("127.0.0.1", Scope.UNUSABLE),
        ("0.0.0.0", Scope.UNUSABLE),
        ("169.254.1.1", Scope.UNUSABLE),
        ("192.0.2.1", Scope.UNUSABLE),
        ("198.51.100.1", Scope.UNUSABLE),
        ("203.0.113.1", Scope.UNUSABLE),
        ("198.18.0.1", Scope.UNUSABLE),
        ("224.0.0.1", Scope.UNUSABLE),
        ("240.0.0.1", Scope.UNUSABLE),
        ("255.255.255.255", Scope.UNUSABLE),
        ("::", Scope.UNUSABLE),
        ("::1", Scope.UNUSABLE),
        ("::ffff:81.2.69.142", Scope.UNUSABLE),
        ("64:ff9b::5102:458e", Scope.UNUSABLE),
        ("2001::1", Scope.UNUSABLE),
        ("2002:5102:458e::1", Scope.UNUSABLE),
        ("2001:db8::1", Scope.UNUSABLE),
        ("fe80::1", Scope.UNUSABLE),
        ("fe80::1%eth0", Scope.UNUSABLE),
        ("2a02:d300::1%eth0", Scope.UNUSABLE),
        ("ff02::1", Scope.UNUSABLE),
    ],
)
def test_the_scope_of_an_address(text: str, scope: Scope) -> None:
    assert scope_of(ip_address(text)) is scope


def test_an_address_is_read_from_a_whole_text_only() -> None:
    assert parse_address(" 81.2.69.142\n", Family.IPV4) == V4
    assert parse_address("81.2.69.142 is yours", Family.IPV4) is None
    assert parse_address("81.2.69.142", Family.IPV6) is None
    assert parse_address("081.2.69.142", Family.IPV4) is None


def test_addresses_are_gathered_by_family() -> None:
    gathered = Addresses.gather([None, OTHER_V4, V6, V4])
    assert gathered == Addresses(V4, V6)
    assert (gathered.of(Family.IPV4), gathered.of(Family.IPV6)) == (V4, V6)


def test_what_is_not_public_counts_as_not_known() -> None:
    assert Addresses(PRIVATE_V4, V6).public() == Addresses(None, V6)
    assert Addresses(IPv4Address("100.64.0.1")).public() == Addresses()


def test_unknown_families_can_be_filled_and_others_left_out() -> None:
    assert Addresses(V4).or_else(Addresses(OTHER_V4, V6)) == Addresses(V4, V6)
    assert Addresses(V4, V6).only({Family.IPV6}) == Addresses(None, V6)


def test_record_types() -> None:
    assert [family.record_type for family in Family] == ["A", "AAAA"]


@pytest.mark.parametrize(
    ("host", "at_home"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("[::1]", True),
        ("192.168.178.1", True),
        ("fd00::1", True),
        ("169.254.0.1", True),
        ("nas.local", True),
        ("NAS.Home.Arpa.", True),
        ("router.internal", True),
        ("notlocal", False),
        ("fritz.box", False),
        ("nas.lan", False),
        ("router", False),
        ("100.64.0.1", False),
        ("81.2.69.142", False),
        ("example.com", False),
        ("local.example.com", False),
    ],
)
def test_which_hosts_can_only_be_at_home(host: str, at_home: bool) -> None:
    assert is_home_host(host) is at_home
