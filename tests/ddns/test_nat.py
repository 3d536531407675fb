"""Whether a NAT stands between this site and the world."""

from ipaddress import IPv4Address, ip_address

import pytest

from custom_components.smb_ddns_sync.ddns.address import Address, Family, family_of
from custom_components.smb_ddns_sync.ddns.detect import Detection
from custom_components.smb_ddns_sync.ddns.nat import Nat, NatFinding, NatWatch, find_nat
from custom_components.smb_ddns_sync.ddns.source import (
    Answer,
    NoAnswer,
    Operator,
    SourceId,
    SourceKind,
)
from custom_components.smb_ddns_sync.ddns.vote import vote

from .builders import OTHER_V4, PRIVATE_V4, V4, V6


def look(
    seen: Address | NoAnswer,
    router: Address | NoAnswer = NoAnswer.NOT_OFFERED,
    interface: Address | NoAnswer = PRIVATE_V4,
) -> Detection:
    """Return a look at which two kinds saw one address from outside."""
    family = Family.IPV4 if isinstance(seen, NoAnswer) else family_of(seen)
    said = [
        ("a", seen, SourceKind.HTTP),
        ("b", seen, SourceKind.STUN),
        ("router", router, SourceKind.ROUTER),
        ("interface", interface, SourceKind.INTERFACE),
    ]
    answers = tuple(
        Answer(SourceId(who), Operator(who), family, found, kind)
        for who, found, kind in said
        if isinstance(found, NoAnswer) or family_of(found) is family
    )
    return Detection(family, vote(answers, 2), answers)


@pytest.mark.parametrize(
    ("router", "nat"),
    [
        (str(V4), Nat.NONE),
        ("100.64.3.4", Nat.CARRIER_GRADE),
        ("100.127.255.254", Nat.CARRIER_GRADE),
        ("192.168.178.20", Nat.DOUBLE),
        ("10.1.2.3", Nat.DOUBLE),
        ("172.16.0.9", Nat.DOUBLE),
        (str(OTHER_V4), Nat.OTHER_ADDRESS),
    ],
)
def test_the_routers_address_is_compared_with_the_one_that_the_world_sees(
    router: str, nat: Nat
) -> None:
    found = find_nat(look(V4, IPv4Address(router)))
    assert found == NatFinding(nat, ip_address(router), V4)
    assert found.nat.is_problem is (nat is not Nat.NONE)


def test_a_router_without_a_line_proves_nothing() -> None:
    assert find_nat(look(V4, IPv4Address(0))) is None


def test_a_private_address_of_this_machine_proves_nothing() -> None:
    assert find_nat(look(V4)) is None
    # 100.64/10 is also what some VPNs use on the machine itself.
    assert find_nat(look(V4, interface=IPv4Address("100.64.1.1"))) is None


def test_a_machine_that_holds_the_address_itself_has_no_nat() -> None:
    assert find_nat(look(V4, interface=V4)) == NatFinding(Nat.NONE, V4, V4)


def test_where_the_address_is_not_known_nothing_is_found() -> None:
    assert find_nat(look(NoAnswer.TIMED_OUT, IPv4Address("100.64.3.4"))) is None


def test_ipv6_is_not_translated() -> None:
    assert find_nat(look(V6)) is None


DOUBLE = NatFinding(Nat.DOUBLE, PRIVATE_V4, V4)
NONE = NatFinding(Nat.NONE, V4, V4)


def watched(*found: NatFinding | None) -> NatWatch:
    """Return the watch after these looks."""
    watch = NatWatch()
    for each in found:
        watch.note(each)
    return watch


def test_two_looks_that_found_the_same_are_believed() -> None:
    assert watched(DOUBLE).finding is None
    assert watched(DOUBLE).unsettled
    assert watched(DOUBLE, DOUBLE).finding == DOUBLE
    assert not watched(DOUBLE, DOUBLE).unsettled
    assert not watched().unsettled


def test_one_look_that_found_something_else_changes_nothing() -> None:
    # As when a line is getting another address: the router knows it first.
    looks = (NONE, NONE, NatFinding(Nat.OTHER_ADDRESS, OTHER_V4, V4))
    assert watched(*looks).finding == NONE
    assert watched(*looks).unsettled
    assert watched(*looks, NONE).finding == NONE
    assert not watched(*looks, NONE).unsettled


def test_a_look_that_could_not_tell_changes_nothing() -> None:
    assert watched(DOUBLE, None, DOUBLE, None).finding == DOUBLE


def test_a_nat_that_is_gone_is_believed_after_two_looks() -> None:
    assert watched(DOUBLE, DOUBLE, NONE, NONE).finding == NONE
