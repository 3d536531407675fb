"""Asking DNS servers that answer with the address they were asked from.

They are asked directly, at addresses that are written down here: a resolver in between would be
told its own address. Where one stands in the way all the same and answers in their place, it gives
itself away: it is no authority for the name.
"""

from dataclasses import dataclass
from datetime import timedelta
import logging
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, override

import dns.asyncbackend
import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.ANY.TXT
import dns.rdtypes.IN.A
import dns.rdtypes.IN.AAAA

from .. import dns_library  # noqa: F401 - for what it does
from ..address import Address, Family, parse_address
from ..source import NoAnswer, Operator, SourceId, SourceKind
from .asked import AskedSource
from .datagram import why_not

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LOGGER: Final = logging.getLogger(__name__)
_BACKEND: Final = dns.asyncbackend.get_backend("asyncio")

TRY_TIMEOUT: Final = timedelta(seconds=2)
_TRIES: Final = 2  # a datagram may be lost
_PORT: Final = 53


@dataclass(frozen=True, slots=True)
class DnsEcho:
    """A name that a DNS server answers with the address of who asked.

    `question` has the type ADDRESS where the answer is an A or AAAA record, by the family. An
    `authoritative` server's own answers say so (RFC 1035 section 4.1.1, AA). Raises `ValueError`
    without a server.
    """

    id: SourceId
    title: str
    operator: Operator
    name: str
    servers: Mapping[Family, str]
    text: bool = False
    chaos: bool = False
    authoritative: bool = False
    port: int = _PORT

    def __post_init__(self) -> None:
        if not self.servers:
            raise ValueError("a DNS echo has a server for at least one family")

    def question(self, family: Family) -> dns.message.QueryMessage:
        """Return the question. It asks nobody to ask somebody else."""
        kind = dns.rdatatype.TXT if self.text else dns.rdatatype.from_text(family.record_type)
        place = dns.rdataclass.CH if self.chaos else dns.rdataclass.IN
        query = dns.message.make_query(self.name, kind, place, use_edns=False)
        if self.authoritative:
            query.flags &= ~dns.flags.RD
        return query

    def read(self, response: dns.message.Message, family: Family) -> Address | NoAnswer:
        """Return the address that the response names, or why it names none."""
        if response.rcode() != dns.rcode.NOERROR:
            return NoAnswer.BAD_STATUS
        if self.authoritative and not response.flags & dns.flags.AA:
            return NoAnswer.INTERCEPTED
        texts = list(self._texts(response))
        if len(texts) != 1:
            return NoAnswer.NOT_AN_ADDRESS
        address = parse_address(texts[0], family)
        if address is not None:
            return address
        others = (other for other in Family if other is not family)
        if any(parse_address(texts[0], other) is not None for other in others):
            return NoAnswer.WRONG_FAMILY
        return NoAnswer.NOT_AN_ADDRESS

    def _texts(self, response: dns.message.Message) -> Iterator[str]:
        asked = {(each.name, each.rdtype, each.rdclass) for each in response.question}
        for rrset in response.answer:
            if (rrset.name, rrset.rdtype, rrset.rdclass) not in asked:
                continue
            for record in rrset:
                match record:
                    case dns.rdtypes.IN.A.A() | dns.rdtypes.IN.AAAA.AAAA():
                        yield str(record.address)
                    case dns.rdtypes.ANY.TXT.TXT():
                        text = b"".join(record.strings).decode("ascii", errors="replace")
                        # Google tells in a record of its own what a resolver said of its client.
                        if not text.startswith("edns0-client-subnet"):
                            yield text
                    case _:
                        yield record.to_text()


def _echo(
    source: str,
    operator: str,
    name: str,
    ipv4: str,
    ipv6: str | None,
    *,
    text: bool = False,
    chaos: bool = False,
    authoritative: bool = False,
) -> DnsEcho:
    servers = {Family.IPV4: ipv4}
    if ipv6 is not None:
        servers[Family.IPV6] = ipv6
    return DnsEcho(
        SourceId(f"dns_{source}"),
        f"DNS: {operator}",
        Operator(operator),
        name,
        MappingProxyType(servers),
        text=text,
        chaos=chaos,
        authoritative=authoritative,
    )


_ECHOES: Final = (
    _echo(
        "cloudflare",
        "Cloudflare",
        "whoami.cloudflare.",
        "1.1.1.1",
        "2606:4700:4700::1111",
        text=True,
        chaos=True,
    ),
    # resolver1.opendns.com; support.opendns.com, "OpenDNS IPv6"
    _echo("opendns", "OpenDNS", "myip.opendns.com.", "208.67.222.222", "2620:119:35::35"),
    # ns1.google.com
    _echo(
        "google",
        "Google",
        "o-o.myaddr.l.google.com.",
        "216.239.32.10",
        "2001:4860:4802:32::a",
        text=True,
        authoritative=True,
    ),
    # ns1-1.akamaitech.net; akamai.com/blog/developers/introducing-new-whoami-tool. The name has no
    # AAAA record.
    _echo("akamai", "Akamai", "whoami.akamai.net.", "193.108.88.1", None, authoritative=True),
)

DNS_ECHOES: Final[Mapping[str, DnsEcho]] = MappingProxyType({echo.id: echo for echo in _ECHOES})
"""The built-in DNS echoes by id."""


class DnsSource(AskedSource):
    """One DNS echo, asked over the family that is meant."""

    def __init__(self, echo: DnsEcho, *, time_out: timedelta = TRY_TIMEOUT) -> None:
        super().__init__(echo.id, echo.operator, SourceKind.DNS, echo.servers.keys())
        self._echo = echo
        self._time_out = time_out.total_seconds()

    @override
    async def _find(self, family: Family) -> Address | NoAnswer:
        for _ in range(_TRIES):
            found = await self._try(family)
            if found is not NoAnswer.TIMED_OUT:
                return found
        return NoAnswer.TIMED_OUT

    async def _try(self, family: Family) -> Address | NoAnswer:
        try:
            # What comes from elsewhere, or answers another question, is passed over: the server's
            # address, the id and the question are checked there.
            response = await dns.asyncquery.udp(
                self._echo.question(family),
                self._echo.servers[family],
                timeout=self._time_out,
                port=self._echo.port,
                ignore_unexpected=True,
                ignore_errors=True,
                backend=_BACKEND,
            )
        except dns.exception.Timeout:
            return NoAnswer.TIMED_OUT
        except OSError as error:
            return why_not(error)
        except dns.exception.DNSException:
            return NoAnswer.CUT_OFF
        return self._echo.read(response, family)
