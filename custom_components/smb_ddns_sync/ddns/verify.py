"""Whether the world sees a record: asked of every name server of its zone, directly.

A provider's "accepted" says what it means to do. What resolvers all over the world will be told is
what the zone's authoritative servers say, all of them; what the local resolver says proves nothing.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import TYPE_CHECKING, Final

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype

from .authority import Authority, Bootstrap, NameServer, Walker
from .name_server import Endpoint, NoReply, Silence, ask

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime
    from random import Random

    from .address import Address, Family
    from .names import DnsName

type Network = IPv4Network | IPv6Network

# Servers of a zone seldom change; the walk from the root is not made for every check.
_KNOWN_FOR: Final = timedelta(hours=1)


class NoWord(StrEnum):
    """Why a server's answer says nothing about the record."""

    NO_ROUTE = "no_route"  # this machine has no way to that address, as without IPv6
    SILENT = "silent"
    REFUSED = "refused"
    NOT_AUTHORITATIVE = "not_authoritative"  # not a server of the zone, or something in between
    PRIVATE = "private"  # its address is of one's own network: split DNS
    NOT_FOUND = "not_found"  # no address of the server is known


@dataclass(frozen=True, slots=True)
class Word:
    """What one server at one address says: the addresses that the name has there, or why nothing.

    An empty set is an answer: there is no such record. `alias` is what a CNAME points to.
    """

    server: str
    endpoint: Endpoint | None
    said: frozenset[Address] | NoWord
    alias: str | None = None


class SyncState(StrEnum):
    """What the servers of the zone prove about one record."""

    IN_SYNC = "in_sync"  # every server tells the expected address
    PARTIAL = "partial"  # some do; others tell another one, or nothing
    DRIFTED = "drifted"  # no server that answered tells it
    UNREACHABLE = "unreachable"  # no server gave an answer with authority
    PROXIED = "proxied"  # the provider answers with its own addresses: not judged


@dataclass(frozen=True, slots=True)
class Verification:
    """What was asked and said about one name and family."""

    name: DnsName
    family: Family
    expected: Address
    state: SyncState
    words: tuple[Word, ...]
    message: str | None  # why it is not in sync


# After an update: most providers publish within seconds, some within the half hour.
_FIRST_LOOKS: Final = (
    timedelta(seconds=20),
    timedelta(minutes=1),
    timedelta(minutes=3),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=1),
)
_LATER: Final = timedelta(hours=6)
_JITTER: Final = 0.1


def next_look(looks: int, last: Sequence[Verification], random: Random) -> timedelta:
    """Return after how long to look again, given the looks since the addresses changed."""
    done = bool(last) and all(each.state in {SyncState.IN_SYNC, SyncState.PROXIED} for each in last)
    wait = _LATER if done or looks >= len(_FIRST_LOOKS) else _FIRST_LOOKS[looks]
    return wait * (1 + _JITTER * random.random())


class Verifier:
    """Asks the name servers of records. It keeps which servers a name has, for an hour."""

    def __init__(
        self,
        clock: Callable[[], datetime],
        bootstrap: Bootstrap | None = None,
        proxies: Collection[Network] = (),
    ) -> None:
        self._clock: Final = clock
        self._bootstrap: Final = bootstrap or Bootstrap()
        self._proxies: Final = tuple(proxies)
        self._walker: Final = Walker(self._bootstrap)
        self._known: Final[dict[DnsName, tuple[datetime, Authority]]] = {}

    async def verify(self, name: DnsName, family: Family, expected: Address) -> Verification:
        """Ask all servers of a name's zone at all their addresses, and judge what they say.

        Nothing but cancellation is raised.
        """
        words = await self.hear(name, family)
        return judge(name, family, expected, words, self._proxies)

    async def hear(self, name: DnsName, family: Family) -> Sequence[Word]:
        """Ask all servers of a name's zone at all their addresses; nothing where none is found."""
        authority = await self._authority(name)
        if authority is None:
            return ()
        words = await asyncio.gather(
            *(
                self._hear(name, family, server.name, endpoint)
                for server in authority.servers
                for endpoint in server.endpoints
            )
        )
        return [*words, *_without_word(authority.servers)]

    async def _authority(self, name: DnsName) -> Authority | None:
        now = self._clock()
        known = self._known.get(name)
        if known is not None and now - _KNOWN_FOR < known[0] <= now:
            return known[1]
        found = await self._walker.find(name)
        if found is None:
            return None if known is None else known[1]
        self._known[name] = (now, found)
        return found

    async def _hear(self, name: DnsName, family: Family, server: str, endpoint: Endpoint) -> Word:
        owner = dns.name.from_text(name)
        question = dns.message.make_query(owner, family.record_type)
        question.flags &= ~dns.flags.RD
        reply = await ask(endpoint, question, self._bootstrap.patience)
        match reply:
            case NoReply(Silence.NO_ROUTE):
                return Word(server, endpoint, NoWord.NO_ROUTE)
            case NoReply():
                return Word(server, endpoint, NoWord.SILENT)
        if reply.rcode() not in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}:
            return Word(server, endpoint, NoWord.REFUSED)
        if not reply.flags & dns.flags.AA:
            return Word(server, endpoint, NoWord.NOT_AUTHORITATIVE)
        held: set[Address] = set()
        for rrset in reply.answer:
            if rrset.name != owner:
                continue
            if rrset.rdtype == dns.rdatatype.CNAME:
                alias = rrset[0].target.to_text(omit_final_dot=True)
                return Word(server, endpoint, frozenset(), alias)
            if rrset.rdtype == dns.rdatatype.from_text(family.record_type):
                held |= {ip_address(rdata.address) for rdata in rrset}
        return Word(server, endpoint, frozenset(held))


def _without_word(servers: Collection[NameServer]) -> list[Word]:
    """Return a word for each server that could not be asked at all, and why."""
    return [
        Word(server.name, None, NoWord.PRIVATE if server.private else NoWord.NOT_FOUND)
        for server in servers
        if not server.endpoints
    ]


def judge(
    name: DnsName,
    family: Family,
    expected: Address,
    words: Sequence[Word],
    proxies: Collection[Network] = (),
) -> Verification:
    """Decide what the words of all servers prove about a record: a pure function.

    Invariants:
    - In sync is only what every server of the zone tells, each at no less than one address of it.
      An address without an answer matters only where the server answered at none.
    - A silent, refusing or foreign server proves nothing, neither for the record nor against it.
    - Drift is only told where a server of the zone itself denies the address.
    """
    heard = [word for word in words if isinstance(word.said, frozenset)]
    right = [word for word in heard if expected in word.said]
    wrong = [word for word in heard if expected not in word.said]
    mute = _mute(words)
    if not heard:
        state, message = SyncState.UNREACHABLE, _why_unreachable(mute)
    elif wrong and all(_is_proxied(word, proxies) for word in wrong):
        state, message = SyncState.PROXIED, None
    elif not right:
        state, message = SyncState.DRIFTED, _tell(wrong, expected)
    elif wrong:
        state, message = SyncState.PARTIAL, _tell(wrong, expected)
    elif mute:
        state, message = SyncState.PARTIAL, _why_mute(mute)
    else:
        state, message = SyncState.IN_SYNC, None
    return Verification(name, family, expected, state, tuple(words), message)


def _mute(words: Collection[Word]) -> list[Word]:
    """Return a word of each server that gave an answer at none of its addresses."""
    spoke = {word.server for word in words if isinstance(word.said, frozenset)}
    return list({word.server: word for word in words if word.server not in spoke}.values())


def _is_proxied(word: Word, proxies: Collection[Network]) -> bool:
    assert isinstance(word.said, frozenset)  # noqa: S101 - only of what was heard
    return bool(word.said) and all(
        any(address in network for network in proxies) for address in word.said
    )


def _tell(wrong: Sequence[Word], expected: Address) -> str:
    return "; ".join(
        dict.fromkeys(f"{word.server} {_said(word)}, not {expected}" for word in wrong)
    )


def _said(word: Word) -> str:
    if word.alias is not None:
        return f"has a CNAME to {word.alias}"
    assert isinstance(word.said, frozenset)  # noqa: S101 - only of what was heard
    held = ", ".join(sorted(map(str, word.said)))
    return f"tells {held}" if held else "has no such record"


_REASONS: Final = {
    NoWord.NO_ROUTE: "can't be reached from here",
    NoWord.SILENT: "does not answer",
    NoWord.REFUSED: "refuses to answer",
    NoWord.NOT_AUTHORITATIVE: "answers without authority (is port 53 redirected here?)",
    NoWord.PRIVATE: "is named with an address of a private network (split DNS)",
    NoWord.NOT_FOUND: "has no address that could be found",
}


def _why_mute(mute: Sequence[Word]) -> str:
    return "; ".join(f"{word.server} {_REASONS[NoWord(str(word.said))]}" for word in mute)


def _why_unreachable(mute: Sequence[Word]) -> str:
    return _why_mute(mute) or "The name servers of the zone could not be found from here."
