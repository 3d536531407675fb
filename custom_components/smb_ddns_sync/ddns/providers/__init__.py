"""The providers, one module for each shape of protocol, and the registry of all."""

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from .cloudflare import CLOUDFLARE
from .dyndns2 import DYNDNS2

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..provider import ProviderDescription, ProviderId

PROVIDERS: Final[Mapping[ProviderId, ProviderDescription]] = MappingProxyType(
    {description.id: description for description in (CLOUDFLARE, DYNDNS2)}
)
"""All providers by id, in the order in which a form shows them."""

__all__ = ["PROVIDERS"]
