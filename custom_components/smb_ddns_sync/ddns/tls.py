"""How the other end of a call proves who it is: always, and over TLS 1.2 or newer.

What a session brings along is not relied on: its least version is that of the system's
configuration, which on some systems is none at all.
"""

import os
import ssl
from typing import Final

import certifi


def _secure_context() -> ssl.SSLContext:
    # The same authorities as Home Assistant's own calls, a company's own bundle included.
    cafile = os.environ.get("REQUESTS_CA_BUNDLE", certifi.where())
    context = ssl.create_default_context(cafile=cafile)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


# Made when the module is loaded: to read the authorities would block the event loop.
SECURE: Final = _secure_context()
