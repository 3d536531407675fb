"""Echoes that the user names by URL."""

from enum import StrEnum
from ipaddress import ip_address
from types import MappingProxyType
from typing import Final

from yarl import URL

from ..address import Family, family_of
from ..hosts import is_home_host
from ..source import Operator, SourceId
from .echo import HttpEcho
from .well_known import DEFAULT_SOURCES


class UrlFault(StrEnum):
    """Why a URL can't be a source."""

    NOT_A_URL = "not_a_url"
    NOT_SECURE = "not_secure"
    HOLDS_CREDENTIALS = "holds_credentials"


class UnusableUrlError(ValueError):
    """A URL that can't be a source; `fault` says why. The message holds nothing of the URL."""

    def __init__(self, fault: UrlFault) -> None:
        super().__init__(_MESSAGES[fault])
        self.fault: Final = fault


_MESSAGES: Final = {
    UrlFault.NOT_A_URL: "The source is no http or https URL with a host; write it out in full.",
    UrlFault.NOT_SECURE: "The source uses plain http on a public host, where anyone on the way "
    "could change the answer; use https.",
    UrlFault.HOLDS_CREDENTIALS: "The source's URL holds a user name or password; sources are "
    "asked without.",
}


def custom_echo(text: str) -> HttpEcho:
    """Return the echo at a URL. It must answer with the address and nothing else.

    Plain http is taken only for this machine and hosts on one's own network: a router has no
    certificate that anyone could check, and nobody but the house stands in between. The operator is
    the host, or the operator of a built-in source of the same domain, so that naming a built-in
    service once more gives it no second vote. A host that is a literal address has that family
    only.

    Raises `UnusableUrlError`.
    """
    try:
        url = URL(text.strip())
        host, _ = url.host, url.port
    except ValueError:
        raise UnusableUrlError(UrlFault.NOT_A_URL) from None
    if url.scheme not in {"http", "https"} or not host:
        raise UnusableUrlError(UrlFault.NOT_A_URL)
    if url.user is not None or url.password is not None:
        raise UnusableUrlError(UrlFault.HOLDS_CREDENTIALS)
    if url.scheme != "https" and not is_home_host(host):
        raise UnusableUrlError(UrlFault.NOT_SECURE)
    # A query may be a secret of the user's own server, and an id is shown and logged.
    shown = str(url.with_query(None).with_fragment(None))
    urls = MappingProxyType(dict.fromkeys(_families(host), url))
    return HttpEcho(SourceId(shown), shown, _operator(host), urls)


def _families(host: str) -> tuple[Family, ...]:
    try:
        return (family_of(ip_address(host)),)
    except ValueError:
        return tuple(Family)


def _operator(host: str) -> Operator:
    for echo in DEFAULT_SOURCES.values():
        for url in echo.urls.values():
            if _domain(host) == _domain(url.host or ""):
                return echo.operator
    return Operator(host)


def _domain(host: str) -> str:
    """Return the last two labels of a name, or the whole of an address."""
    try:
        ip_address(host)
    except ValueError:
        return ".".join(host.rstrip(".").split(".")[-2:])
    return host
