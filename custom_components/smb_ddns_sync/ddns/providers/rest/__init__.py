"""Providers with a REST API, signed or with a token: one module for each.

`client.py` is what all share, `record_sets.py` the shape that replaces whole record sets,
`provider.py` decides what is written. To add one: subclass, name it here, and write its stand-in.
"""

from typing import TYPE_CHECKING, Final

from .alidns import AlidnsClient
from .provider import describe

if TYPE_CHECKING:
    from .client import RestClient

REST_CLIENTS: Final[tuple[type[RestClient], ...]] = (
    AlidnsClient,
)  # fmt: skip

REST_PROVIDERS: Final = tuple(describe(client) for client in REST_CLIENTS)
"""Their descriptions, in the order in which a form shows them."""

__all__ = ["REST_CLIENTS", "REST_PROVIDERS"]
