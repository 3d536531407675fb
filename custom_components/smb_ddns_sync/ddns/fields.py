"""The vocabulary of what providers want to know: one key, one kind, one text for all of them.

A provider's own word for a thing (update key, DDNS password, API secret) is told by its note, so a
new provider needs no translation of a field.
"""

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from .provider import Field, FieldKind, Setting

if TYPE_CHECKING:
    from collections.abc import Mapping

VOCABULARY: Final[Mapping[str, FieldKind]] = MappingProxyType(
    {
        # Where
        "server": FieldKind.URL,
        "name_server": FieldKind.TEXT,
        "url": FieldKind.URL,
        "region": FieldKind.TEXT,
        "project": FieldKind.TEXT,
        "zone": FieldKind.TEXT,
        "zone_id": FieldKind.TEXT,
        "record_id": FieldKind.TEXT,
        # Who
        "username": FieldKind.TEXT,
        "account_id": FieldKind.TEXT,
        "customer_number": FieldKind.TEXT,
        "access_key_id": FieldKind.TEXT,
        "application_key": FieldKind.TEXT,
        "key_name": FieldKind.TEXT,
        "key_algorithm": FieldKind.CHOICE,
        # Proof
        "password": FieldKind.SECRET,
        "token": FieldKind.SECRET,
        "api_token": FieldKind.SECRET,
        "api_key": FieldKind.SECRET,
        "api_secret": FieldKind.SECRET,
        "access_key_secret": FieldKind.SECRET,
        "application_secret": FieldKind.SECRET,
        "consumer_key": FieldKind.SECRET,
        "key_secret": FieldKind.SECRET,
        "service_account": FieldKind.SECRET,
        # How
        "ttl": FieldKind.NUMBER,
        "proxied": FieldKind.FLAG,
        "line": FieldKind.TEXT,
        "both_at_once": FieldKind.FLAG,
        "method": FieldKind.CHOICE,
        "headers": FieldKind.MULTILINE,
        "body": FieldKind.MULTILINE,
        "success_text": FieldKind.MULTILINE,
    }
)
"""The kind of each key that a provider's field may have."""


def field_of(
    key: str,
    *,
    required: bool = True,
    default: Setting | None = None,
    choices: tuple[str, ...] = (),
    least: int | None = None,
    most: int | None = None,
) -> Field:
    """Return a field of the vocabulary. Raises `KeyError` for a key that is not in it."""
    return Field(key, VOCABULARY[key], required, default, choices, least, most)
