"""The providers, one module for each shape of protocol, and the registry of all."""

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from .cloudflare import CLOUDFLARE
from .custom_url import CUSTOM_URL
from .dyndns2 import DYNDNS2
from .rest import REST_PROVIDERS
from .rfc2136 import RFC2136
from .table import ONE_GETS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..provider import ProviderDescription, ProviderId

FIRST: Final = ("aliyun", "cloudflare", "no_ip", "dynu")
"""The ids of those that most people look for; forms show them before all others."""

LAST: Final = (DYNDNS2.id, CUSTOM_URL.id)
"""The ids of those that are for what none of the others is for."""


def _in_order(descriptions: Iterable[ProviderDescription]) -> dict[ProviderId, ProviderDescription]:
    """Return them as a form shows them. Raises `ValueError` if two have one id."""
    found: dict[ProviderId, ProviderDescription] = {}
    for description in sorted(descriptions, key=_place):
        if description.id in found:
            raise ValueError(f"two providers are called {description.id}")
        found[description.id] = description
    return found


def _place(description: ProviderDescription) -> tuple[int, str]:
    if description.id in FIRST:
        return FIRST.index(description.id) - len(FIRST), ""
    if description.id in LAST:
        return LAST.index(description.id) + 1, ""
    return 0, description.title.casefold()


PROVIDERS: Final[Mapping[ProviderId, ProviderDescription]] = MappingProxyType(
    _in_order(
        (
            CLOUDFLARE,
            DYNDNS2,
            CUSTOM_URL,
            RFC2136,
            *(row.describe() for row in ONE_GETS.values()),
            *REST_PROVIDERS,
        ),
    )
)
"""All providers by id, in the order in which a form shows them."""

__all__ = ["PROVIDERS"]
