"""Where this machine's way out leads: the router, and the interface towards it.

Read from `/proc/net/route` and `/proc/net/ipv6_route` (linux/route.h for the flags). In a container
without the host's network this is the container's way, whose router is the host.
"""

from ipaddress import IPv4Address
from pathlib import Path
import sys
from typing import TYPE_CHECKING, Final, NamedTuple

from ..address import Family

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUTE: Final = Path("/proc/net/route")
IPV6_ROUTE: Final = Path("/proc/net/ipv6_route")

_UP: Final = 0x1
_GATEWAY: Final = 0x2
_REJECT: Final = 0x200


class _Route(NamedTuple):
    metric: int
    interface: str
    gateway: IPv4Address | None


def default_gateway(path: Path = ROUTE) -> IPv4Address | None:
    """Return the router of the best default route; None where there is none, or nobody tells."""
    routes = [route for route in _ipv4_defaults(_read(path)) if route.gateway is not None]
    return min(routes, key=_metric).gateway if routes else None


def default_interface(
    family: Family, path: Path = ROUTE, ipv6_path: Path = IPV6_ROUTE
) -> str | None:
    """Return the interface of the best default route of a family."""
    if family is Family.IPV4:
        routes = list(_ipv4_defaults(_read(path)))
    else:
        routes = list(_ipv6_defaults(_read(ipv6_path)))
    return min(routes, key=_metric).interface if routes else None


def _metric(route: _Route) -> int:
    return route.metric


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""


def _ipv4_defaults(text: str) -> Iterator[_Route]:
    for line in text.splitlines()[1:]:
        try:
            interface, destination, gateway, flags, _, _, metric, mask, *_ = line.split()
            way = int(gateway, 16)
            if int(destination, 16) or int(mask, 16) or not int(flags, 16) & _UP:
                continue
            # Printed as the number that the bytes are in this machine's own order.
            router = (
                IPv4Address(way.to_bytes(4, sys.byteorder)) if int(flags, 16) & _GATEWAY else None
            )
            yield _Route(int(metric), interface, router)
        except ValueError, OverflowError:
            continue


def _ipv6_defaults(text: str) -> Iterator[_Route]:
    for line in text.splitlines():
        try:
            destination, length, _, _, _, metric, _, _, flags, interface = line.split()
            if int(destination, 16) or int(length, 16):
                continue
            if not int(flags, 16) & _UP or int(flags, 16) & _REJECT:
                continue
            yield _Route(int(metric, 16), interface, None)
        except ValueError:
            continue
