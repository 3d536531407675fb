"""The echoes that are built in.

Listed are services with a documented plain answer over HTTPS, where it was clear who runs them and,
per family, at which host. Left out are those of unclear health or form (my-ip.io answers with
several lines, ifconfig.me names no operator), those that only answer over plain HTTP, and those
that only answer with a web page.
"""

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from yarl import URL

from ..address import Family
from ..source import Operator, SourceId
from .echo import EchoForm, HttpEcho

if TYPE_CHECKING:
    from collections.abc import Mapping

_CLOUDFLARE: Final = Operator("Cloudflare")


def _echo(
    source: str,
    title: str,
    operator: str,
    ipv4: str,
    ipv6: str | None,
    form: EchoForm = EchoForm.PLAIN,
) -> HttpEcho:
    urls = {Family.IPV4: URL(ipv4)}
    if ipv6 is not None:
        urls[Family.IPV6] = URL(ipv6)
    return HttpEcho(SourceId(source), title, Operator(operator), MappingProxyType(urls), form)


_ECHOES: Final = (
    # By literal address: it needs no DNS, so a resolver that lies can't lead it elsewhere.
    _echo(
        "cloudflare",
        "Cloudflare trace",
        _CLOUDFLARE,
        "https://1.1.1.1/cdn-cgi/trace",
        "https://[2606:4700:4700::1111]/cdn-cgi/trace",
        EchoForm.TRACE,
    ),
    # Run by Cloudflare since 2021 (major.io, "A new future for icanhazip"): it shares the trace's
    # vote.
    _echo(
        "icanhazip",
        "icanhazip.com",
        _CLOUDFLARE,
        "https://ipv4.icanhazip.com/",
        "https://ipv6.icanhazip.com/",
    ),
    _echo("ipify", "ipify", "ipify", "https://api.ipify.org/", "https://api6.ipify.org/"),
    _echo("ident_me", "ident.me", "ident.me", "https://4.ident.me/", "https://6.ident.me/"),
    _echo(
        "desec",
        "deSEC",
        "deSEC",
        "https://checkipv4.dedyn.io/",
        "https://checkipv6.dedyn.io/",
    ),
    _echo(
        "wtfismyip",
        "wtfismyip.com",
        "wtfismyip.com",
        "https://ipv4.wtfismyip.com/text",
        "https://ipv6.wtfismyip.com/text",
    ),
    _echo(
        "nsupdate_info",
        "nsupdate.info",
        "nsupdate.info",
        "https://ipv4.nsupdate.info/myip",
        "https://ipv6.nsupdate.info/myip",
    ),
    _echo("seeip", "SeeIP", "SeeIP", "https://ipv4.seeip.org/", "https://ipv6.seeip.org/"),
    _echo("nnev", "nnev.de", "nnev.de", "https://ip4.nnev.de/", "https://ip6.nnev.de/"),
    _echo("ipinfo", "IPinfo", "IPinfo", "https://ipinfo.io/ip", "https://v6.ipinfo.io/ip"),
    # One host for both families, so the connection decides; limited to one question a minute.
    _echo(
        "ifconfig_co",
        "ifconfig.co",
        "ifconfig.co",
        "https://ifconfig.co/ip",
        "https://ifconfig.co/ip",
    ),
    # The host has no IPv6 address (mkorthof/freenom-script issue 6).
    _echo("amazon", "Amazon", "Amazon", "https://checkip.amazonaws.com/", None),
)

DEFAULT_SOURCES: Final[Mapping[str, HttpEcho]] = MappingProxyType(
    {echo.id: echo for echo in _ECHOES}
)
"""The built-in echoes by id."""

RECOMMENDED_ECHOES: Final[tuple[SourceId, ...]] = tuple(
    SourceId(source) for source in ("cloudflare", "ipify", "ident_me", "desec", "wtfismyip")
)
"""Five independent operators with hosts for both families: enough to outvote two, few enough to be
polite."""
