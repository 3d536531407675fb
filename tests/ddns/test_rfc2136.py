"""Dynamic updates, before a real name server; what it cannot be made to do comes from a script."""

import asyncio
from contextlib import asynccontextmanager
from itertools import count
import socket
from typing import TYPE_CHECKING, Any, Final, override
from unittest.mock import AsyncMock

import dns.asyncquery
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdatatype
import dns.tsig
import pytest

from custom_components.smb_ddns_sync.ddns.address import Address, Addresses, Family
from custom_components.smb_ddns_sync.ddns.name_server import DnsPatience
from custom_components.smb_ddns_sync.ddns.names import DnsName, parse_name
from custom_components.smb_ddns_sync.ddns.outcome import (
    Applied,
    AuthRejected,
    BadAnswer,
    NameRejected,
    Outcome,
    RetryAfter,
    Trouble,
    Unchanged,
    Unconfirmed,
)
from custom_components.smb_ddns_sync.ddns.provider import SettingError
from custom_components.smb_ddns_sync.ddns.providers.rfc2136 import RFC2136, Rfc2136Provider
from custom_components.smb_ddns_sync.ddns.providers.rfc2136_client import (
    UpdateClient,
    UpdateKey,
)
from custom_components.smb_ddns_sync.ddns.secret import Secret
from custom_components.smb_ddns_sync.ddns.text_record import TextConflict, TextWritten

from .builders import BOTH, OTHER_V4, OTHER_V6, THIRD_V4, V4, V6, at
from .knot import LOOPBACK, OLD_UPDATER, STRANGER, UPDATER, KnotServer, TsigKey, free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from aiohttp import ClientSession

    from custom_components.smb_ddns_sync.ddns.provider import Setting

_NUMBERS: Final = count(1)


@pytest.fixture
def name() -> DnsName:
    """Give a name that no other test uses."""
    return DnsName(f"home{next(_NUMBERS)}.example.com")


def client(
    port: int, key: TsigKey = UPDATER, zone: str | None = None, patience: DnsPatience | None = None
) -> UpdateClient:
    """Return a client of a server on loopback."""
    return UpdateClient(
        "127.0.0.1",
        port,
        UpdateKey(key.name, Secret(key.secret), key.algorithm),
        None if zone is None else DnsName(zone),
        patience or DnsPatience(),
    )


def provider(
    server: KnotServer, key: TsigKey = UPDATER, zone: str | None = None
) -> Rfc2136Provider:
    """Return a provider before the real server."""
    return Rfc2136Provider(client(server.port, key, zone), ttl=120)


async def publish(
    provider: Rfc2136Provider, name: DnsName, *addresses: Address, held: Addresses | None = None
) -> dict[Family, Outcome]:
    """Publish addresses under a name."""
    known = at(*addresses)
    families = frozenset(family for family in Family if known.of(family))
    return dict(await provider.publish(name, known, families, held=held or Addresses()))


async def put(server: KnotServer, name: str, *records: tuple[int, str, str]) -> None:
    """Let a name hold records: time to live, type, content."""
    update = UPDATER.update()
    for record in records:
        update.add(dns.name.from_text(name), *record)
    reply = await dns.asyncquery.tcp(update, "127.0.0.1", 10, server.port)
    assert reply.rcode() == dns.rcode.NOERROR


# What every provider promises.


async def test_a_record_that_is_missing_is_made(primary: KnotServer, name: DnsName) -> None:
    assert await publish(provider(primary), name, V4) == {Family.IPV4: Applied(V4)}
    assert primary.ask(name, "A") == [str(V4)]
    assert primary.ttl(name, "A") == 120


async def test_a_new_address_is_applied_and_keeps_the_time_to_live(
    primary: KnotServer, name: DnsName
) -> None:
    await put(primary, name, (77, "A", str(OTHER_V4)))
    assert await publish(provider(primary), name, V4) == {Family.IPV4: Applied(V4)}
    assert primary.ask(name, "A") == [str(V4)]
    assert primary.ttl(name, "A") == 77


async def test_an_address_that_is_there_is_unchanged(primary: KnotServer, name: DnsName) -> None:
    await put(primary, name, (77, "A", str(V4)))
    assert await publish(provider(primary), name, V4) == {Family.IPV4: Unchanged(V4)}


async def test_both_families_are_set_at_once(primary: KnotServer, name: DnsName) -> None:
    await put(primary, name, (60, "A", str(OTHER_V4)), (60, "AAAA", str(OTHER_V6)))
    outcomes = await publish(provider(primary), name, V4, V6)
    assert outcomes == {Family.IPV4: Applied(V4), Family.IPV6: Applied(V6)}
    assert (primary.ask(name, "A"), primary.ask(name, "AAAA")) == ([str(V4)], [str(V6)])


async def test_the_other_family_and_other_records_are_left_alone(
    primary: KnotServer, name: DnsName
) -> None:
    await put(primary, name, (60, "A", str(V4)), (60, "AAAA", str(OTHER_V6)), (60, "TXT", '"x"'))
    outcomes = await provider(primary).publish(
        name, at(V4, V6), frozenset({Family.IPV6}), held=Addresses()
    )
    assert outcomes == {Family.IPV6: Applied(V6)}
    assert primary.ask(name, "A") == [str(V4)]
    assert primary.ask(name, "AAAA") == [str(V6)]
    assert primary.ask(name, "TXT") == ['"x"']


@pytest.mark.parametrize("name", ["example.com", "*.wild.example.com", "xn--hme-sna.example.com"])
async def test_apex_wildcard_and_idn_are_names_like_others(primary: KnotServer, name: str) -> None:
    record = parse_name(name)
    assert await publish(provider(primary), record, V4) == {Family.IPV4: Applied(V4)}
    assert primary.ask(name, "A") == [str(V4)]
    assert await provider(primary).look_up(record, Family.IPV4) == frozenset({V4})


async def test_among_several_records_only_ours_is_replaced(
    primary: KnotServer, name: DnsName
) -> None:
    await put(primary, name, (60, "A", str(OTHER_V4)), (60, "A", str(THIRD_V4)))
    outcomes = await publish(provider(primary), name, V4, held=at(OTHER_V4))
    assert outcomes == {Family.IPV4: Applied(V4)}
    assert primary.ask(name, "A") == sorted([str(V4), str(THIRD_V4)])


async def test_several_records_of_which_none_is_ours_are_not_touched(
    primary: KnotServer, name: DnsName
) -> None:
    await put(primary, name, (60, "A", str(OTHER_V4)), (60, "A", str(THIRD_V4)))
    (outcome,) = (await publish(provider(primary), name, V4)).values()
    assert isinstance(outcome, NameRejected)
    assert primary.ask(name, "A") == sorted([str(OTHER_V4), str(THIRD_V4)])


async def test_a_family_that_is_refused_does_not_hold_up_the_other(
    primary: KnotServer, name: DnsName
) -> None:
    await put(primary, name, (60, "A", str(OTHER_V4)), (60, "A", str(THIRD_V4)))
    outcomes = await publish(provider(primary), name, V4, V6)
    assert isinstance(outcomes[Family.IPV4], NameRejected)
    assert outcomes[Family.IPV6] == Applied(V6)


async def test_a_name_with_an_alias_is_refused(primary: KnotServer, name: DnsName) -> None:
    await put(primary, name, (60, "CNAME", "elsewhere.example."))
    (outcome,) = (await publish(provider(primary), name, V4)).values()
    assert isinstance(outcome, NameRejected)
    assert "CNAME" in outcome.message
    assert (await provider(primary).check([name]))[name] == outcome


async def test_nothing_to_publish_is_no_message(primary: KnotServer, name: DnsName) -> None:
    assert await publish(provider(primary), name) == {}


# Finding the zone, and being refused.


async def test_the_zone_may_be_given(primary: KnotServer, name: DnsName) -> None:
    outcomes = await publish(provider(primary, zone="example.com"), name, V4)
    assert outcomes == {Family.IPV4: Applied(V4)}


async def test_a_name_outside_of_the_zone_that_was_given_is_rejected(
    primary: KnotServer, name: DnsName
) -> None:
    (outcome,) = (await publish(provider(primary, zone="other.example"), name, V4)).values()
    assert isinstance(outcome, NameRejected)


async def test_a_zone_that_the_server_does_not_hold_is_rejected(primary: KnotServer) -> None:
    outcomes = await publish(provider(primary), DnsName("home.example.net"), V4, V6)
    assert outcomes.keys() == BOTH
    assert set(map(type, outcomes.values())) == {NameRejected}


@pytest.mark.parametrize(
    "key",
    [
        TsigKey("nobody", UPDATER.secret),
        TsigKey(UPDATER.name, STRANGER.secret),
        TsigKey(UPDATER.name, UPDATER.secret, "hmac-sha512"),
    ],
    ids=["unknown key", "wrong secret", "wrong algorithm"],
)
async def test_a_wrong_key_is_told_and_changes_nothing(
    primary: KnotServer, name: DnsName, key: TsigKey
) -> None:
    await put(primary, name, (60, "A", str(OTHER_V4)))
    outcomes = await publish(provider(primary, key), name, V4, V6)
    assert outcomes.keys() == BOTH
    for outcome in outcomes.values():
        assert isinstance(outcome, AuthRejected)
        assert key.secret not in outcome.message
    assert primary.ask(name, "A") == [str(OTHER_V4)]
    other = DnsName(f"other-{name}")
    assert set((await provider(primary, key).check([name, other])).values()) == {
        outcomes[Family.IPV4]
    }


async def test_a_key_that_may_not_update_is_refused_for_the_name(
    primary: KnotServer, name: DnsName
) -> None:
    await put(primary, name, (60, "A", str(OTHER_V4)))
    (outcome,) = (await publish(provider(primary, STRANGER), name, V4)).values()
    assert isinstance(outcome, NameRejected)
    checked = (await provider(primary, STRANGER).check([name]))[name]
    assert checked == outcome
    assert primary.ask(name, "A") == [str(OTHER_V4)]


async def test_a_clock_that_is_wrong_is_told_with_the_time(
    primary: KnotServer, name: DnsName, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dns.message.time.time", lambda: 1_000_000_000.0)
    (outcome,) = (await publish(provider(primary), name, V4)).values()
    assert isinstance(outcome, RetryAfter)
    assert outcome.everywhere
    assert "clock" in outcome.message


async def test_an_old_algorithm_works_where_a_server_knows_no_other(
    primary: KnotServer, name: DnsName
) -> None:
    assert await publish(provider(primary, OLD_UPDATER), name, V4) == {Family.IPV4: Applied(V4)}


async def test_a_check_proves_the_right_to_update_and_changes_nothing(
    primary: KnotServer, name: DnsName
) -> None:
    await put(primary, name, (60, "A", str(OTHER_V4)), (60, "A", "192.0.2.1"))
    before = primary.ask("example.com", "SOA")
    missing = DnsName(f"missing-{name}")
    assert await provider(primary).check([name, missing]) == {name: None, missing: None}
    assert primary.ask("example.com", "SOA") == before
    assert primary.ask(missing, "A") == []


# Texts that several sites share.


async def test_texts_are_read_made_and_replaced(primary: KnotServer, name: DnsName) -> None:
    first = provider(primary)
    assert await first.look_up_texts(name) == frozenset()
    written = await first.publish_text(name, 'a "b" \\c', seen=frozenset(), replaces=None)
    assert written == TextWritten()
    assert await first.look_up_texts(name) == frozenset({'a "b" \\c'})
    again = await first.publish_text(name, "d", seen=frozenset({'a "b" \\c'}), replaces='a "b" \\c')
    assert again == TextWritten()
    assert await first.look_up_texts(name) == frozenset({"d"})


async def test_of_two_that_write_at_once_one_is_told_that_it_came_late(
    primary: KnotServer, name: DnsName
) -> None:
    written = await asyncio.gather(
        *(
            provider(primary).publish_text(name, text, seen=frozenset(), replaces=None)
            for text in ("one", "two")
        )
    )
    assert set(written) == {TextWritten(), TextConflict()}
    seen = await provider(primary).look_up_texts(name)
    assert isinstance(seen, frozenset)
    assert len(seen) == 1


# What a real server can't be made to do.


class _Script(asyncio.DatagramProtocol):
    """A server over UDP that relays to the real one, or does as it is told."""

    def __init__(self, real: int) -> None:
        self.real = real
        self.answer: Callable[[dns.message.Message, bytes], bytes | None] | None = None
        self.lose = 0  # answers to updates that are not sent back
        self.updates = 0
        self.transport: Any = None

    @override
    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    @override
    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.tasks = {asyncio.ensure_future(self._relay(data, addr))}

    async def _relay(self, data: bytes, addr: Any) -> None:
        asked = dns.message.from_wire(data, keyring=False)
        update = asked.opcode() == dns.opcode.UPDATE
        self.updates += update
        if update and self.answer is not None:
            made = self.answer(asked, data)
            if made is not None:
                self.transport.sendto(made, addr)
            return
        reader, writer = await asyncio.open_connection("127.0.0.1", self.real)
        writer.write(len(data).to_bytes(2) + data)
        length = int.from_bytes(await reader.readexactly(2))
        answer = await reader.readexactly(length)
        writer.close()
        if update and self.lose:
            self.lose -= 1
            return
        self.transport.sendto(answer, addr)


@asynccontextmanager
async def scripted(primary: KnotServer) -> AsyncIterator[tuple[_Script, Rfc2136Provider]]:
    """Put a script before the real server; nobody listens there over TCP."""
    port = free_port(LOOPBACK)
    loop = asyncio.get_running_loop()
    transport, script = await loop.create_datagram_endpoint(
        lambda: _Script(primary.port), local_addr=("127.0.0.1", port)
    )
    hasty = DnsPatience(udp=DnsPatience().udp / 3)
    try:
        yield script, Rfc2136Provider(client(port, patience=hasty))
    finally:
        transport.close()


async def test_an_update_whose_answer_is_lost_is_unconfirmed_and_found_by_a_look(
    primary: KnotServer, name: DnsName
) -> None:
    async with scripted(primary) as (script, behind):
        script.lose = 1
        (outcome,) = (await publish(behind, name, V4)).values()
        assert isinstance(outcome, Unconfirmed)
        assert script.updates == 1
        assert await behind.look_up(name, Family.IPV4) == frozenset({V4})
        assert await publish(behind, name, V4) == {Family.IPV4: Unchanged(V4)}


def _refuse(rcode: dns.rcode.Rcode) -> Callable[[dns.message.Message, bytes], bytes]:
    def answer(asked: dns.message.Message, _: bytes) -> bytes:
        reply = dns.message.make_response(asked)
        reply.set_rcode(rcode)
        return reply.to_wire()

    return answer


@pytest.mark.parametrize(
    ("rcode", "expected"),
    [
        (dns.rcode.SERVFAIL, RetryAfter),
        (dns.rcode.REFUSED, NameRejected),
        (dns.rcode.NOTAUTH, NameRejected),
        (dns.rcode.NOTZONE, NameRejected),
        (dns.rcode.NOTIMP, NameRejected),
        (dns.rcode.FORMERR, BadAnswer),
        (dns.rcode.YXRRSET, Unconfirmed),
        (dns.rcode.NXRRSET, Unconfirmed),
        (dns.rcode.NOERROR, BadAnswer),  # unsigned: anybody can say so
    ],
)
async def test_what_each_refusal_means(
    primary: KnotServer, name: DnsName, rcode: dns.rcode.Rcode, expected: type[Trouble]
) -> None:
    async with scripted(primary) as (script, behind):
        script.answer = _refuse(rcode)
        (outcome,) = (await publish(behind, name, V4)).values()
        assert isinstance(outcome, expected)


async def test_an_answer_that_is_none_may_hide_a_change(primary: KnotServer, name: DnsName) -> None:
    async with scripted(primary) as (script, behind):
        script.answer = lambda asked, _: asked.id.to_bytes(2) + b"nonsense"
        (outcome,) = (await publish(behind, name, V4)).values()
        assert isinstance(outcome, Unconfirmed)


async def test_a_server_that_nobody_listens_at_is_tried_later(name: DnsName) -> None:
    hasty = DnsPatience(udp=DnsPatience().udp / 10)
    lonely = Rfc2136Provider(client(free_port(LOOPBACK), patience=hasty))
    outcomes = await publish(lonely, name, V4, V6)
    for outcome in outcomes.values():
        assert isinstance(outcome, RetryAfter)
        assert outcome.everywhere


async def test_a_server_whose_name_is_not_found_is_tried_later(
    name: DnsName, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        asyncio.get_running_loop(), "getaddrinfo", AsyncMock(side_effect=socket.gaierror)
    )
    nowhere = UpdateClient(
        "nowhere.invalid", 53, UpdateKey("k", Secret("aaaa"), "hmac-sha256"), None, DnsPatience()
    )
    (outcome,) = (await publish(Rfc2136Provider(nowhere), name, V4)).values()
    assert isinstance(outcome, RetryAfter)
    assert outcome.everywhere


# The form.

RIGHT: Final = {"name_server": "ns.example.com", "key_name": "k", "key_secret": "c2VjcmV0"}


@pytest.mark.parametrize(
    ("server", "identity"),
    [
        ("ns.example.com", "ns.example.com:53"),
        ("192.0.2.1:5353", "192.0.2.1:5353"),
        ("[2001:db8::1]:54", "2001:db8::1:54"),
        ("2001:db8::1", "2001:db8::1:53"),
    ],
)
async def test_the_server_may_have_a_port(
    session: ClientSession, server: str, identity: str
) -> None:
    assert RFC2136.build(RIGHT | {"name_server": server}, session).identity == identity


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        ({"name_server": ""}, "name_server"),
        ({"name_server": "https://ns.example.com"}, "name_server"),
        ({"name_server": "ns.example.com:0"}, "name_server"),
        ({"name_server": "ns.example.com:99999"}, "name_server"),
        ({"key_name": "bad..name"}, "key_name"),
        ({"key_secret": "not base64!"}, "key_secret"),
        ({"key_algorithm": "rot13"}, "key_algorithm"),
        ({"zone": "bad zone"}, "zone"),
        ({"ttl": -1}, "ttl"),
        ({"ttl": 99999999999}, "ttl"),
    ],
)
async def test_what_no_client_can_be_made_of_is_told_by_its_field(
    session: ClientSession, wrong: dict[str, Setting], key: str
) -> None:
    with pytest.raises(SettingError) as told:
        RFC2136.build(RIGHT | wrong, session)
    assert told.value.key == key
