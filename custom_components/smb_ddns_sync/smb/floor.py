"""The security floor: which sessions are refused, whatever the server would allow."""

from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from .errors import Guest, NotEncrypted
from .target import Credentials, EncryptionFloor

_PRIVATE: Final = tuple(
    ip_network(network)
    for network in (
        "10.0.0.0/8",  # RFC 1918
        "172.16.0.0/12",
        "192.168.0.0/16",
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local
        "::1/128",
        "fc00::/7",  # RFC 4193
        "fe80::/10",
    )
)
# Not among them: 100.64.0.0/10 (RFC 6598), which a provider shares among its customers.

_IS_GUEST: Final = 0x1
_IS_NULL: Final = 0x2


def is_private(peer: str) -> bool:
    """Tell whether an IP address is of a home or office network, not of the internet."""
    address = ip_address(peer.partition("%")[0])
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in network for network in _PRIVATE if network.version == address.version)


def must_encrypt(floor: EncryptionFloor, peer: str) -> bool:
    """Tell whether a session with this peer is refused unless it is encrypted."""
    match floor:
        case EncryptionFloor.ALWAYS:
            return True
        case EncryptionFloor.PUBLIC_ADDRESS:
            return not is_private(peer)
        case EncryptionFloor.NEVER:
            return False


def check_account(credentials: Credentials) -> None:
    """Raise `Guest` where the account has no name: that would ask for an anonymous session."""
    if not credentials.username.strip():
        raise Guest("the account", "a user name is needed; anonymous sessions are refused")


def check_encryption(floor: EncryptionFloor, peer: str, *, offered: bool, dialect: str) -> bool:
    """Return whether the session has to be encrypted; raises `NotEncrypted` where it cannot."""
    needed = must_encrypt(floor, peer)
    if needed and not offered:
        raise NotEncrypted(peer, f"the server offers no encryption (SMB {dialect})")
    return needed


def check_session_flags(flags: int, username: str) -> None:
    """Raise `Guest` where the server let us in without checking the password (MS-SMB2 § 2.2.6)."""
    if flags & (_IS_GUEST | _IS_NULL):
        raise Guest(
            username, "the server took the account for a guest and did not check the password"
        )
