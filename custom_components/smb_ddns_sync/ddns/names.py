"""DNS names as users write them, and as the rest of the program holds them."""

from enum import StrEnum
from ipaddress import ip_address
import re
from typing import Final, NewType

import idna

DnsName = NewType("DnsName", str)
"""Absolute, lower case, punycode, without the final dot; the first label may be `*`."""

# RFC 1035 section 2.3.4: 255 octets on the wire are 253 characters of text.
_MOST_CHARACTERS: Final = 253
_MOST_IN_LABEL: Final = 63
# RFC 1123 section 2.1: what a host's name is made of.
_LABEL: Final = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
# The dots of RFC 3490 section 3.1: input methods of other scripts write these.
_DOTS: Final = re.compile("[.\u3002\uff0e\uff61]")


class NameFault(StrEnum):
    """Why a text is no name for a record."""

    EMPTY = "empty"
    EMPTY_LABEL = "empty_label"
    TOO_LONG = "too_long"
    LABEL_TOO_LONG = "label_too_long"
    BAD_CHARACTER = "bad_character"
    BAD_WILDCARD = "bad_wildcard"
    NOT_QUALIFIED = "not_qualified"
    AN_ADDRESS = "an_address"


_MESSAGES: Final = {
    NameFault.EMPTY: "The name is empty.",
    NameFault.EMPTY_LABEL: "The name has two dots in a row, or begins with one.",
    NameFault.TOO_LONG: "The name is longer than 253 characters.",
    NameFault.LABEL_TOO_LONG: "A part of the name is longer than 63 characters.",
    NameFault.BAD_CHARACTER: "The name holds a character that host names can't have.",
    NameFault.BAD_WILDCARD: "A star can only be the whole first part, as in *.example.com.",
    NameFault.NOT_QUALIFIED: "The name is not complete; add its domain: home.example.com.",
    NameFault.AN_ADDRESS: "This is an address, not a name.",
}


class BadNameError(ValueError):
    """A text that is no name for a record; `fault` says why, `text` is what was given."""

    def __init__(self, text: str, fault: NameFault) -> None:
        super().__init__(f"{text!r}: {_MESSAGES[fault]}")
        self.text: Final = text
        self.fault: Final = fault


def parse_name(text: str) -> DnsName:
    """Return the name that a user's text means.

    Capitals, surrounding space and a final dot don't matter; other scripts become punycode (IDNA
    2008 with the mapping of UTS 46). A star as the first label makes a wildcard (RFC 4592). Raises
    `BadNameError`.
    """
    plain = _DOTS.sub(".", text.strip()).removesuffix(".")
    if not plain:
        raise BadNameError(text, NameFault.EMPTY)
    if _is_address(plain):
        raise BadNameError(text, NameFault.AN_ADDRESS)
    wildcard = plain.startswith("*.")
    host = plain.removeprefix("*.")
    if "*" in host:
        raise BadNameError(text, NameFault.BAD_WILDCARD)
    labels = [_label(text, label) for label in host.split(".")]
    if len(labels) == 1:
        raise BadNameError(text, NameFault.NOT_QUALIFIED)
    name = ".".join(["*", *labels] if wildcard else labels)
    if len(name) > _MOST_CHARACTERS:
        raise BadNameError(text, NameFault.TOO_LONG)
    return DnsName(name)


def parse_names(text: str) -> tuple[DnsName, ...]:
    """Return the names in a text, parted by spaces, commas or lines; each once, in the order given.

    Raises `BadNameError` for the first that is none, or if there is none at all.
    """
    parts = re.split(r"[\s,;]+", text.strip(" \t\r\n,;"))
    return tuple(dict.fromkeys(parse_name(part) for part in parts))


def _is_address(text: str) -> bool:
    try:
        ip_address(text.strip("[]"))
    except ValueError:
        return False
    return True


def _label(text: str, label: str) -> str:
    if not label:
        raise BadNameError(text, NameFault.EMPTY_LABEL)
    plain = label.lower()
    if not plain.isascii() or plain.startswith("xn--"):
        try:
            plain = idna.encode(label, uts46=True).decode()
        except idna.IDNAError as error:
            fault = (
                NameFault.LABEL_TOO_LONG
                if len(label) > _MOST_IN_LABEL or "too long" in str(error)
                else NameFault.BAD_CHARACTER
            )
            raise BadNameError(text, fault) from None
    if len(plain) > _MOST_IN_LABEL:
        raise BadNameError(text, NameFault.LABEL_TOO_LONG)
    if _LABEL.fullmatch(plain) is None:
        raise BadNameError(text, NameFault.BAD_CHARACTER)
    return plain
