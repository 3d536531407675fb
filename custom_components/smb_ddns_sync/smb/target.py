"""What is asked of a server: where it is, as whom, and how safe the session must be."""

from dataclasses import dataclass, field
from enum import StrEnum

DEFAULT_PORT = 445


@dataclass(frozen=True, slots=True)
class Address:
    """One way to reach a server: a host name or an IP address literal, and a TCP port."""

    host: str
    port: int = DEFAULT_PORT

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORT else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Credentials:
    """An account on the server. The password never shows in a representation of the value."""

    username: str
    password: str = field(repr=False)
    domain: str = ""


class EncryptionFloor(StrEnum):
    """When a session without encryption is refused. Every session is signed, whatever this says."""

    ALWAYS = "always"
    PUBLIC_ADDRESS = "public_address"  # whenever the address in use is not a private one
    NEVER = "never"  # the user lowered the floor


@dataclass(frozen=True, slots=True)
class ShareTarget:
    """One share and its addresses in order of preference; equal targets are the same share."""

    addresses: tuple[Address, ...]
    share: str
    credentials: Credentials
    encryption: EncryptionFloor = EncryptionFloor.PUBLIC_ADDRESS

    def __post_init__(self) -> None:
        if not self.addresses:
            raise ValueError("A share needs at least one address")
