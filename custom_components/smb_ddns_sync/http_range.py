"""Which part of a file an HTTP request asks for (RFC 9110 §§ 13, 14), without any I/O."""

from dataclasses import dataclass
from email.utils import formatdate, parsedate_to_datetime
from http import HTTPStatus
import re
from typing import TYPE_CHECKING, Final

from aiohttp import hdrs

if TYPE_CHECKING:
    from collections.abc import Mapping

_RANGE: Final = re.compile(r"\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*", re.ASCII | re.IGNORECASE)
_LONGEST: Final = 19  # digits; no file needs more


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a file, as HTTP tells it."""

    size: int
    modified: int
    """Seconds since 1970."""
    tag: str
    """The strong entity tag, with its quotation marks."""

    @property
    def last_modified(self) -> str:
        """Return the date as HTTP writes it."""
        return formatdate(self.modified, usegmt=True)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the request comes to: the status, and which bytes go with it."""

    status: HTTPStatus
    offset: int = 0
    length: int = 0


def answer_to(headers: Mapping[str, str], version: Version) -> Answer:
    """Return what is to be sent of this version.

    A range that cannot be understood, or several of them, count as none (§ 14.2): all is sent.
    """
    if _is_known(headers, version):
        return Answer(HTTPStatus.NOT_MODIFIED)
    everything = Answer(HTTPStatus.OK, 0, version.size)
    asked = _RANGE.fullmatch(headers.get(hdrs.RANGE, ""))
    if asked is None or not _range_is_meant(headers.get(hdrs.IF_RANGE), version):
        return everything
    first, last = asked.groups()
    if max(len(first), len(last)) > _LONGEST or not (first or last):
        return everything
    if not first:
        length = min(int(last), version.size)
        return _part(version.size - length, length)
    offset, end = int(first), version.size
    if last:
        if int(last) < offset:
            return everything
        end = min(end, int(last) + 1)
    return _part(offset, end - offset)


def _part(offset: int, length: int) -> Answer:
    if length <= 0:
        return Answer(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
    return Answer(HTTPStatus.PARTIAL_CONTENT, offset, length)


def _is_known(headers: Mapping[str, str], version: Version) -> bool:
    """Tell whether the client has this version (§ 13.2.2); dates count only without tags."""
    if (tags := headers.get(hdrs.IF_NONE_MATCH)) is not None:
        known = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
        return "*" in known or version.tag in known
    since = _moment(headers.get(hdrs.IF_MODIFIED_SINCE))
    return since is not None and version.modified <= since


def _range_is_meant(condition: str | None, version: Version) -> bool:
    """Tell whether the part that is asked for is one of this very version (§ 13.1.5)."""
    if condition is None:
        return True
    if '"' in condition:
        return condition.strip() == version.tag
    return _moment(condition) == version.modified


def _moment(date: str | None) -> int | None:
    if date is None:
        return None
    try:
        return int(parsedate_to_datetime(date).timestamp())
    except ValueError:
        return None
