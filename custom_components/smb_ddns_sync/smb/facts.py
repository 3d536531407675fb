"""What is known of a session while it stands, and of the space on the share."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uuid import UUID

    from .target import Address


class Dialect(StrEnum):
    """The dialects of MS-SMB2 § 1.7, as people write them."""

    SMB_2_0_2 = "2.0.2"
    SMB_2_1 = "2.1"
    SMB_3_0 = "3.0"
    SMB_3_0_2 = "3.0.2"
    SMB_3_1_1 = "3.1.1"


class Signing(StrEnum):
    """How messages are signed (MS-SMB2 § 2.2.3.1.7)."""

    HMAC_SHA256 = "HMAC-SHA256"
    AES_CMAC = "AES-CMAC"
    AES_GMAC = "AES-GMAC"


class Cipher(StrEnum):
    """How messages are encrypted (MS-SMB2 § 2.2.3.1.2)."""

    AES_128_CCM = "AES-128-CCM"
    AES_128_GCM = "AES-128-GCM"
    AES_256_CCM = "AES-256-CCM"
    AES_256_GCM = "AES-256-GCM"


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """One session as it was agreed with the server."""

    address: Address  # the one of the target's addresses that is in use
    peer: str  # the IP address it led to
    dialect: Dialect
    signing: Signing
    cipher: Cipher | None  # None where the session is signed only
    max_read: int  # bytes in one message, as the server said
    max_write: int
    max_transact: int
    server_guid: UUID

    @property
    def signed(self) -> bool:
        """Whether every message is authenticated, by a signature or by authenticated encryption."""
        return True

    @property
    def encrypted(self) -> bool:
        """Whether every message is encrypted."""
        return self.cipher is not None


@dataclass(frozen=True, slots=True)
class Space:
    """Bytes on the share, as this account may use them (quotas count)."""

    total: int
    free: int

    @property
    def used(self) -> int:
        """What is taken."""
        return self.total - self.free
