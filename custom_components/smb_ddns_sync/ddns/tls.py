"""How the other end of a call proves who it is: always, and over TLS 1.2 or newer.

What a session brings along is not relied on: its least version is that of the system's
configuration, which on some systems is none at all.
"""

from contextlib import contextmanager
from contextvars import ContextVar
import os
import ssl
from typing import TYPE_CHECKING, Final

import certifi

if TYPE_CHECKING:
    from collections.abc import Iterator


def make_context() -> ssl.SSLContext:
    """Return a context of our own. It reads the authorities from the disk, so it blocks."""
    # The same authorities as Home Assistant's own calls, a company's own bundle included.
    cafile = os.environ.get("REQUESTS_CA_BUNDLE", certifi.where())
    context = ssl.create_default_context(cafile=cafile)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


# Made when the module is loaded: to read the authorities would block the event loop.
SECURE: Final = make_context()

_CONTEXT: Final[ContextVar[ssl.SSLContext]] = ContextVar("tls_context", default=SECURE)


class PinMismatchError(ssl.SSLCertVerificationError):
    """The server proved who it is, and is not whom the user has pinned."""


def context() -> ssl.SSLContext:
    """Return the context that calls to a provider go with here."""
    return _CONTEXT.get()


@contextmanager
def spoken_with(stricter: ssl.SSLContext) -> Iterator[None]:
    """Let the calls within go with a context that asks for more than `SECURE` does."""
    token = _CONTEXT.set(stricter)
    try:
        yield
    finally:
        _CONTEXT.reset(token)
