"""Any server that speaks dyndns2: one GET with basic authentication, one word as the answer.

The protocol as Dyn and No-IP tell it: help.dyn.com/return-codes, noip.com/integrate/response.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ..fields import field_of
from ..provider import FamilyRule, Provider, ProviderDescription, Settings
from .one_get import OneGet, OneGetProvider, read_credentials
from .settings import flag_setting, server_setting

if TYPE_CHECKING:
    from aiohttp import ClientSession

# The limits are the strictest that are published: deSEC allows one call a minute, 3322 none sooner.
_BOTH_AT_ONCE: Final = OneGet(
    "dyndns2", "dyndns2", host=None, family_rule=FamilyRule.ALWAYS_BOTH, note="dyndns2"
)
"""Sends both families in one call (`myip=v4,v6`), as servers want that take a missing family for a
wish to delete it."""

_APART: Final = replace(_BOTH_AT_ONCE, family_rule=FamilyRule.APART)
"""For servers that take one family a call."""


def _build(settings: Settings, session: ClientSession) -> Provider:
    row = _BOTH_AT_ONCE if flag_setting(settings, "both_at_once", default=True) else _APART
    server = server_setting(settings, "server", path=row.path)
    return OneGetProvider(session, row, read_credentials(row, settings), server=server)


_DESCRIPTION: Final = _BOTH_AT_ONCE.describe()

DYNDNS2: Final[ProviderDescription] = replace(
    _DESCRIPTION,
    fields=(*_DESCRIPTION.fields, field_of("both_at_once", required=False, default=True)),
    build=_build,
)
