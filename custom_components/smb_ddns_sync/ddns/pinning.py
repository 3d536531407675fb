"""Pins: a provider's server has to show a certificate or a key that the user has noted.

On top of the check of its certificate, which is always made. So not even an authority that all the
world trusts can give somebody else what passes here.
"""

from base64 import b64decode
import binascii
from functools import lru_cache
from hashlib import sha256
import re
import ssl
from typing import TYPE_CHECKING, Final, override

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .provider import Provider
from .text_record import TextConflict, TextRecords, TextWritten
from .tls import PinMismatchError, make_context, spoken_with

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import timedelta

    from .address import Address, Addresses, Family
    from .names import DnsName
    from .outcome import Outcome, Trouble

type Pins = frozenset[bytes]
"""SHA-256 of a certificate, or of its public key (SubjectPublicKeyInfo, RFC 7469 section 2.4)."""

_LENGTH: Final = 32
_HEX: Final = re.compile(r"(?:[0-9a-f]{2}:?){31}[0-9a-f]{2}", re.IGNORECASE)


def read_pins(text: str) -> Pins:
    """Read pins as tools print them: base64 or hex, apart by spaces or commas, one at least.

    Raises `ValueError` for anything else.
    """
    pins = frozenset(_read_pin(word) for word in text.replace(",", " ").split())
    if not pins:
        raise ValueError("there is no pin")
    return pins


def _read_pin(word: str) -> bytes:
    word = word.removeprefix("sha256//").removeprefix("sha256/")
    if _HEX.fullmatch(word):
        return bytes.fromhex(word.replace(":", ""))
    try:
        pin = b64decode(word, validate=True)
    except binascii.Error:
        raise ValueError("a pin is neither base64 nor hex") from None
    if len(pin) != _LENGTH:
        raise ValueError("a pin has another length than SHA-256")
    return pin


def pins_of(certificate: bytes) -> Pins:
    """Return the pins that a certificate in DER passes."""
    key = x509.load_der_x509_certificate(certificate).public_key()
    information = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return frozenset({sha256(certificate).digest(), sha256(information).digest()})


@lru_cache(maxsize=64)
def pinned_context(pins: Pins) -> ssl.SSLContext:
    """Return a context that takes only servers with one of the pins.

    Invariant: nothing is sent before the pin was compared. Blocks when it is asked for pins for the
    first time: it reads the authorities.
    """

    class Pinned(ssl.SSLObject):
        """One end of a connection; its handshake is done only when the pin holds."""

        @override
        def do_handshake(self) -> None:
            super().do_handshake()
            shown = self.getpeercert(binary_form=True)
            if shown is None or pins.isdisjoint(pins_of(shown)):
                raise PinMismatchError("the server shows another certificate than the pinned one")

    context = make_context()
    context.sslobject_class = Pinned
    return context


def pinned(provider: Provider, pins: Pins) -> Provider:
    """Return a provider that speaks only with servers that have one of the pins."""
    if isinstance(provider, TextRecords):
        return _PinnedTextProvider(provider, provider, pinned_context(pins))
    return _PinnedProvider(provider, pinned_context(pins))


class _PinnedProvider(Provider):
    def __init__(self, provider: Provider, context: ssl.SSLContext) -> None:
        self._provider: Final = provider
        self._context: Final = context

    @property
    @override
    def identity(self) -> str:
        return self._provider.identity

    @property
    @override
    def least_interval(self) -> timedelta:
        return self._provider.least_interval

    @override
    async def check(self, names: Sequence[DnsName]) -> Mapping[DnsName, Trouble | None]:
        with spoken_with(self._context):
            return await self._provider.check(names)

    @override
    async def publish(
        self,
        name: DnsName,
        addresses: Addresses,
        families: frozenset[Family],
        *,
        held: Addresses,
    ) -> Mapping[Family, Outcome]:
        with spoken_with(self._context):
            return await self._provider.publish(name, addresses, families, held=held)

    @override
    async def look_up(self, name: DnsName, family: Family) -> frozenset[Address] | Trouble:
        with spoken_with(self._context):
            return await self._provider.look_up(name, family)


class _PinnedTextProvider(_PinnedProvider, TextRecords):
    def __init__(self, provider: Provider, texts: TextRecords, context: ssl.SSLContext) -> None:
        super().__init__(provider, context)
        self._texts: Final = texts

    @override
    async def look_up_texts(self, name: DnsName) -> frozenset[str] | Trouble:
        with spoken_with(self._context):
            return await self._texts.look_up_texts(name)

    @override
    async def publish_text(
        self, name: DnsName, text: str, *, seen: frozenset[str], replaces: str | None
    ) -> TextWritten | TextConflict | Trouble:
        with spoken_with(self._context):
            return await self._texts.publish_text(name, text, seen=seen, replaces=replaces)
