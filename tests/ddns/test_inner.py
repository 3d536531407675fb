"""An address of one's own network: asked for by the user, never voted on, never mixed up."""

from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.ddns.address import Addresses, Family, family_of
from custom_components.smb_ddns_sync.ddns.inner import InnerAddress, find_inner
from custom_components.smb_ddns_sync.ddns.ledger import Ledger
from custom_components.smb_ddns_sync.ddns.reconcile import RecordKeeper
from custom_components.smb_ddns_sync.ddns.source import Answer, Operator, SourceId, SourceKind
from custom_components.smb_ddns_sync.ddns.vote import TooFewAnswers, vote

from .builders import BOTH, HOME, PRIVATE_V4, V4, V6, FakeClock, ScriptedProvider, at

if TYPE_CHECKING:
    from custom_components.smb_ddns_sync.ddns.address import Address

ULA = IPv6Address("fd12:3456::1")
CARRIER = IPv4Address("100.64.0.9")


def told(kind: SourceKind, address: Address) -> Answer:
    return Answer(SourceId(kind), Operator(kind), family_of(address), address, kind)


@pytest.mark.parametrize("address", [PRIVATE_V4, CARRIER, ULA])
@pytest.mark.parametrize("kind", [SourceKind.INTERFACE, SourceKind.ENTITY])
def test_an_interface_or_an_entity_tells_it(kind: SourceKind, address: Address) -> None:
    assert find_inner([told(kind, address)]) == InnerAddress(address)


@pytest.mark.parametrize("kind", [SourceKind.HTTP, SourceKind.DNS, SourceKind.ROUTER])
def test_nobody_else_is_asked_for_it(kind: SourceKind) -> None:
    assert find_inner([told(kind, PRIVATE_V4)]) is None


def test_where_two_differ_nothing_is_known() -> None:
    one, other = told(SourceKind.INTERFACE, PRIVATE_V4), told(SourceKind.ENTITY, CARRIER)
    assert find_inner([one, other]) is None


@pytest.mark.parametrize("text", ["8.8.8.8", "127.0.0.1", "169.254.1.1", "0.0.0.0", "fe80::1"])
def test_what_is_public_or_of_no_use_is_none(text: str) -> None:
    address = IPv6Address(text) if ":" in text else IPv4Address(text)
    assert find_inner([told(SourceKind.INTERFACE, address)]) is None
    with pytest.raises(ValueError, match="inner"):
        InnerAddress(address)


def test_it_has_no_vote() -> None:
    verdict = vote([told(SourceKind.INTERFACE, PRIVATE_V4)], 1)
    assert isinstance(verdict, TooFewAnswers)


@pytest.mark.parametrize("inner", [False, True])
async def test_a_record_holds_only_the_kind_that_was_asked_for(inner: bool) -> None:
    provider = ScriptedProvider()
    keeper = RecordKeeper(provider, [HOME], BOTH, Ledger(), FakeClock(), inner=inner)
    for addresses in (at(PRIVATE_V4, V6), at(V4, ULA), at(CARRIER), Addresses()):
        await keeper.reconcile(addresses)
    held = {record.published for record in keeper.report.records}
    assert held == ({CARRIER, ULA} if inner else {V4, V6})
    assert keeper.report.published(Family.IPV6) == (ULA if inner else V6)
