"""Signed messages to the primary server of a zone: questions and updates (RFC 2136, RFC 8945)."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.tsig
import dns.update

from ..name_server import DnsPatience, Endpoint, NoReply, Silence, ask, find_endpoints
from ..outcome import AuthRejected, BadAnswer, NameRejected, RetryAfter, Trouble, Unconfirmed
from .call import FAULT_WAIT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..address import Address
    from ..names import DnsName
    from ..secret import Secret

ALGORITHMS: Final[Mapping[str, dns.name.Name]] = {
    "hmac-sha256": dns.tsig.HMAC_SHA256,
    "hmac-sha512": dns.tsig.HMAC_SHA512,
    "hmac-sha384": dns.tsig.HMAC_SHA384,
    "hmac-sha224": dns.tsig.HMAC_SHA224,
    "hmac-sha1": dns.tsig.HMAC_SHA1,
    "hmac-md5": dns.tsig.HMAC_MD5,
}
"""The algorithms of RFC 8945 section 6; the last two are old, and some servers know no other."""

# A clock that is wrong is put right from outside, as after a start without a battery.
_CLOCK_WAIT: Final = timedelta(minutes=5)
# RFC 8945 section 10 recommends it, and servers hold to it.
_CLOCK_TOLERANCE: Final = timedelta(minutes=5)

# RFC 2136 section 2.2: the prerequisite that was set does not hold.
_NOT_AS_SEEN: Final = frozenset(
    {dns.rcode.YXDOMAIN, dns.rcode.NXDOMAIN, dns.rcode.YXRRSET, dns.rcode.NXRRSET}
)


@dataclass(frozen=True, slots=True)
class UpdateKey:
    """A TSIG key. `secret` is base64."""

    name: str
    secret: Secret
    algorithm: str

    def for_message(self) -> dns.tsig.Key:
        """Return the key as dnspython takes it; its repr shows the secret, so it is never kept."""
        return dns.tsig.Key(self.name, self.secret.reveal(), ALGORITHMS[self.algorithm])


@dataclass(frozen=True, slots=True)
class Records:
    """What a name holds of one type. `alias` is what it points to instead, where it is a CNAME."""

    addresses: frozenset[Address] = frozenset()
    texts: frozenset[str] = frozenset()
    ttl: int | None = None  # seconds
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class Overtaken:
    """The prerequisites did not hold: somebody else has changed the records; nothing was done."""


@dataclass(frozen=True, slots=True)
class Done:
    """The server made the changes, all of them."""


@dataclass(frozen=True, slots=True)
class UpdateClient:
    """Talks to one server with one key. `zone` is where updates go; if None, it is looked for."""

    host: str
    port: int
    key: UpdateKey
    zone: DnsName | None
    patience: DnsPatience = field(default_factory=DnsPatience)

    @property
    def server(self) -> str:
        """The server as a person named it."""
        return self.host

    async def find_zone(self, name: DnsName) -> dns.name.Name | Trouble:
        """Find the zone of this server that holds a name.

        Its SOA is the answer for the zone's own name, and stands beside the denial for every other
        (RFC 2308 section 3).
        """
        if self.zone is not None:
            zone, owner = dns.name.from_text(self.zone), dns.name.from_text(name)
            if owner.is_subdomain(zone):
                return zone
            return NameRejected(f"{name} does not lie in the zone {self.zone}.")
        asked = dns.name.from_text(name)
        while asked != dns.name.root:
            reply = await self._look(asked, dns.rdatatype.SOA, name)
            if not isinstance(reply, dns.message.Message):
                return reply
            for rrset in (*reply.answer, *reply.authority):
                if rrset.rdtype == dns.rdatatype.SOA and asked.is_subdomain(rrset.name):
                    return rrset.name
            asked = asked.parent()  # an alias stands there, which hides the zone
        return NameRejected(f"{self.server} holds no zone for {name}.")

    async def look(self, name: DnsName, kind: dns.rdatatype.RdataType) -> Records | Trouble:
        """Read what the server itself holds at a name."""
        owner = dns.name.from_text(name)
        reply = await self._look(owner, kind, name)
        if not isinstance(reply, dns.message.Message):
            return reply
        addresses: set[Address] = set()
        texts: set[str] = set()
        ttl: int | None = None
        for rrset in reply.answer:
            if rrset.name != owner:
                continue
            if rrset.rdtype == dns.rdatatype.CNAME:
                return Records(alias=str(rrset[0].target).removesuffix("."))
            if rrset.rdtype == kind:
                ttl = rrset.ttl
                if kind == dns.rdatatype.TXT:
                    texts |= {b"".join(rdata.strings).decode(errors="replace") for rdata in rrset}
                else:
                    addresses |= {ip_address(rdata.address) for rdata in rrset}
        return Records(frozenset(addresses), frozenset(texts), ttl)

    def update(self, zone: dns.name.Name) -> dns.update.UpdateMessage:
        """Return an update of a zone that is signed when it is sent, and empty as yet."""
        return dns.update.UpdateMessage(zone, keyring=self.key.for_message())

    async def send(
        self, update: dns.update.UpdateMessage, subject: DnsName
    ) -> Done | Overtaken | Trouble:
        """Send an update, which the server carries out as a whole or not at all (section 3.7).

        Whoever sends one has looked before, with the same key.
        """
        reply = await self._ask(update)
        match reply:
            case NoReply(Silence.NO_ROUTE):
                return RetryAfter(_unreachable(self.server), FAULT_WAIT, everywhere=True)
            case NoReply():
                return Unconfirmed(
                    f"{self.server} gave no answer to the update. It may have made the change."
                )
            case dns.message.Message():
                rcode = reply.rcode()
                if rcode in _NOT_AS_SEEN:
                    return Overtaken()
                if rcode != dns.rcode.NOERROR:
                    return self._refusal(rcode, subject)
                if not reply.had_tsig:
                    return BadAnswer(
                        f"Something that could not prove to be {self.server} took the update."
                    )
                return Done()
            case AuthRejected():
                # The key was good for the look before. Knot says BADKEY also of a key that is not
                # allowed to update.
                return self._refusal(dns.rcode.REFUSED, subject)
            case trouble:
                return trouble

    async def _look(
        self, owner: dns.name.Name, kind: dns.rdatatype.RdataType, subject: DnsName
    ) -> dns.message.Message | Trouble:
        question = dns.message.make_query(owner, kind)
        question.flags &= ~dns.flags.RD
        question.use_tsig(self.key.for_message())
        reply = await self._ask(question)
        match reply:
            case NoReply(Silence.NO_ROUTE):
                return RetryAfter(_unreachable(self.server), FAULT_WAIT, everywhere=True)
            case NoReply():
                return RetryAfter(f"{self.server} does not answer.", FAULT_WAIT, everywhere=True)
            case dns.message.Message():
                rcode = reply.rcode()
                if rcode not in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}:
                    return self._refusal(rcode, subject)
                if not reply.had_tsig or not reply.flags & dns.flags.AA:
                    return NameRejected(
                        f"{self.server} does not answer for {subject} with authority and the key. "
                        "Enter the primary server of its zone."
                    )
                return reply
            case trouble:
                return trouble

    async def _ask(self, message: dns.message.Message) -> dns.message.Message | NoReply | Trouble:
        endpoints = await find_endpoints(self.host, self.port)
        if not endpoints:
            return RetryAfter(
                f"The name of the server {self.server} was not found.", FAULT_WAIT, everywhere=True
            )
        reply: dns.message.Message | NoReply | Trouble = NoReply(Silence.NO_ROUTE)
        for endpoint in endpoints:
            reply = await self._ask_signed(endpoint, message)
            # Another address of the server is tried only as long as nothing has left.
            if reply != NoReply(Silence.NO_ROUTE):
                break
        return reply

    async def _ask_signed(
        self, endpoint: Endpoint, message: dns.message.Message
    ) -> dns.message.Message | NoReply | Trouble:
        try:
            return await ask(endpoint, message, self.patience)
        except dns.tsig.PeerBadTime:
            now = datetime.now(UTC)
            return RetryAfter(
                f"The clocks of this machine ({now:%Y-%m-%d %H:%M:%S} UTC) and of {self.server} "
                f"differ by more than {_CLOCK_TOLERANCE.seconds // 60} minutes, so it takes no "
                "signed message. Set the one that is wrong.",
                _CLOCK_WAIT,
                everywhere=True,
            )
        except dns.tsig.PeerBadKey:
            return AuthRejected(
                f"{self.server} does not know the key {self.key.name}, not for "
                f"{self.key.algorithm}, or does not allow it here. Compare it with the server's "
                "configuration."
            )
        except dns.tsig.PeerError:
            return AuthRejected(
                f"{self.server} knows the key {self.key.name}, but its secret is another one."
            )

    def _refusal(self, rcode: dns.rcode.Rcode, subject: DnsName) -> Trouble:
        match rcode:
            case dns.rcode.SERVFAIL:
                return RetryAfter(f"{self.server} failed within (SERVFAIL).", FAULT_WAIT)
            case dns.rcode.REFUSED:
                return NameRejected(
                    f"{self.server} refuses this for {subject} (REFUSED): allow the key "
                    f"{self.key.name} to update it, and enter the primary server of its zone."
                )
            case dns.rcode.NOTAUTH | dns.rcode.NOTZONE:
                return NameRejected(
                    f"{self.server} does not hold the zone of {subject} "
                    f"({dns.rcode.to_text(rcode)}): enter the primary server, and the right zone."
                )
            case dns.rcode.NOTIMP:
                return NameRejected(f"{self.server} takes no dynamic updates (NOTIMP).")
            case _:
                return BadAnswer(f"{self.server} answered {dns.rcode.to_text(rcode)}.")


def _unreachable(server: str) -> str:
    return f"{server} could not be reached. Nothing was sent."
