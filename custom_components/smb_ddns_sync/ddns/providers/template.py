"""Texts with placeholders in braces, filled in so that no value can say more than itself.

A value goes into a URL percent-encoded (RFC 3986 section 2.1), into JSON escaped as a string is,
and into a header only if it has no line end. So a password with `&` or `#` stays a password.
"""

import json
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_PLACEHOLDER: Final = re.compile(r"\{([a-z][a-z0-9_]*)\}")
# What a query may hold as it is (RFC 3986 section 3.4); servers expect it so in addresses.
_PLAIN_IN_QUERY: Final = ",:"

type Values = Mapping[str, str]


class MissingValueError(LookupError):
    """There is no value for a placeholder; the text says for which."""


def placeholders(template: str) -> tuple[str, ...]:
    """Return the names of a template's placeholders, in order, each once."""
    return tuple(dict.fromkeys(_PLACEHOLDER.findall(template)))


def fill(template: str, values: Values, encode: Callable[[str], str] = str) -> str:
    """Return the template with every placeholder replaced by its encoded value.

    Values are not looked into for placeholders. Raises `MissingValueError`.
    """

    def value(found: re.Match[str]) -> str:
        try:
            return encode(values[found[1]])
        except KeyError:
            raise MissingValueError(found[1]) from None

    return _PLACEHOLDER.sub(value, template)


def tidy(url_part: str) -> str:
    """Return a part of a URL as a person wrote it, with what no URL may hold percent-encoded.

    Braces stay: they are placeholders.
    """
    return quote(url_part, safe="%/:=&?~+!$,;'@()*[]{}")


def in_path(value: str) -> str:
    """Encode a value for one segment of a URL's path."""
    return quote(value, safe="")


def in_query(value: str) -> str:
    """Encode a value for a query, or for a form (which servers read the same way)."""
    return quote(value, safe=_PLAIN_IN_QUERY)


def in_json(value: str) -> str:
    """Encode a value for the inside of a JSON string."""
    return json.dumps(value)[1:-1]


def fill_pairs(pairs: Mapping[str, str], values: Values, otherwise: Mapping[str, str]) -> str:
    """Return a query or form of those pairs whose placeholders all have a value.

    Another pair has its value of `otherwise`, or is left out: that is how a parameter that means
    one family disappears when that family is not sent.
    """
    filled: list[str] = []
    for key, template in pairs.items():
        if all(name in values for name in placeholders(template)):
            filled.append(f"{in_query(key)}={in_query(fill(template, values))}")
        elif key in otherwise:
            filled.append(f"{in_query(key)}={in_query(otherwise[key])}")
    return "&".join(filled)
