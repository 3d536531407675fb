"""Which hosts stand on one's own network, so that plain HTTP to them crosses no foreign line."""

from ipaddress import ip_address
from typing import Final

from .address import Scope, scope_of

# Names that resolvers never look up in the public DNS: RFC 6761 (localhost), RFC 6762 (local), RFC
# 8375 (home.arpa) and ICANN's resolution of 2024-07-29 (internal). Others that are in use at home,
# such as "lan" or single labels, are no reserved names: a search domain may lead them out of the
# house.
_HOME_DOMAINS: Final = ("localhost", "local", "home.arpa", "internal")


def is_home_host(host: str) -> bool:
    """Tell whether a host can only be this machine or one on its own network."""
    bare = host.strip("[]").rstrip(".").lower()
    try:
        address = ip_address(bare)
    except ValueError:
        return any(bare == domain or bare.endswith(f".{domain}") for domain in _HOME_DOMAINS)
    return address.is_loopback or address.is_link_local or scope_of(address) is Scope.PRIVATE
