"""The table of providers that take an update in one call; `one_get.py` drives it.

A new one is a row in one of the modules here and a row in the tests, which says independently what
goes over the line; docs/providers.md tells how. Every fact in a row has a source: the provider's
own page where it is named, else what public clients do (inadyn, ddclient, qdm12/ddns-updater,
OpenWrt's ddns-scripts, IPFire's ddns, leamas/ddupdate; read in November 2026).

Left out are services that take the address from the connection and not from the call (ClouDNS'
DynURL, dy.fi, Mythic Beasts): they could not be kept from holding a wrong one.
"""

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from .dyndns2_registrars import DYNDNS2_OF_REGISTRARS
from .dyndns2_words import DYNDNS2_WORDS
from .json_answers import JSON_ANSWERS
from .own_words import OWN_WORDS
from .own_words_registrars import OWN_WORDS_OF_REGISTRARS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..one_get import OneGet

ONE_GETS: Final[Mapping[str, OneGet]] = MappingProxyType(
    {
        row.id: row
        for row in (
            *DYNDNS2_WORDS,
            *DYNDNS2_OF_REGISTRARS,
            *OWN_WORDS,
            *OWN_WORDS_OF_REGISTRARS,
            *JSON_ANSWERS,
        )
    }
)
"""All rows by id."""

__all__ = ["ONE_GETS"]
