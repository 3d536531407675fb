"""What a job leaves alone, as the user decided: by name, by size, by age.

What is filtered out is left alone on both sides: it is never placed, never replaced, never deleted
and never counted as gone. It is enough that one side's file is filtered out; the path is then left
alone on both.

Patterns are those of gitignore, matched by `pathspec`: the last one that matches decides, `!`
brings back, and what is in a folder that is left alone cannot be brought back. Case and Unicode
normalisation make no difference, on any side: file servers take such names for one, and a path that
one side sees and the other does not would be seen by halves.
"""

from dataclasses import asdict, dataclass
from datetime import timedelta
from enum import Enum
import hashlib
import json
import re
from typing import TYPE_CHECKING, Any, Final, override
import unicodedata
import warnings

import pathspec
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from . import litter
from .endpoint import Entry, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

_PATTERN_LENGTH: Final = 1000


class PatternFault(Enum):
    """Why a pattern cannot be used; the value is a stable key."""

    UNREADABLE = "unreadable"  # gitignore gives it no meaning
    MATCHES_NOTHING = "matches_nothing"
    TOO_LONG = "too_long"


class BadPattern(ValueError):
    """A pattern that cannot be used. `line` counts from 1, comments and empty lines included."""

    def __init__(self, line: int, pattern: str, fault: PatternFault) -> None:
        super().__init__(f"Line {line} is no pattern that can be used: {pattern!r}")
        self.line = line
        self.pattern = pattern
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Filters:
    """What is left alone. A limit of None does not limit; both sizes are still let through.

    Raises `BadPattern` for a pattern that cannot be used, and `ValueError` for limits that let
    nothing through.
    """

    patterns: tuple[str, ...] = ()
    """In gitignore syntax, a line each, comments and empty lines included."""
    min_size: int | None = None
    """Bytes; smaller files are left alone."""
    max_size: int | None = None
    """Bytes; larger files are left alone."""
    min_age: timedelta | None = None
    """Files that were modified more recently are left alone."""
    max_age: timedelta | None = None
    """Files that were modified longer ago are left alone."""
    litter: bool = True
    """Also leave alone what systems and programs leave behind (`litter.py`)."""

    def __post_init__(self) -> None:
        _compiled(self.patterns)
        for size in (self.min_size, self.max_size):
            if size is not None and size < 0:
                raise ValueError("a size cannot be negative")
        for age in (self.min_age, self.max_age):
            if age is not None and age < timedelta():
                raise ValueError("an age cannot be negative")
        if (
            self.min_size is not None
            and self.max_size is not None
            and self.min_size > self.max_size
        ) or (
            self.min_age is not None and self.max_age is not None and self.min_age > self.max_age
        ):
            raise ValueError("the least is more than the most, so nothing would pass")

    @classmethod
    def lines(cls, text: str) -> tuple[str, ...]:
        """Return what a user typed as `patterns`."""
        return tuple(text.splitlines())

    @property
    def digest(self) -> str:
        """Return a text that is another one where the view may be another one.

        It depends on all that decides: the settings, the litter, and the library that matches.
        """
        told = [asdict(self), litter.RULES, pathspec.__version__]
        return hashlib.sha256(json.dumps(told, default=str, sort_keys=True).encode()).hexdigest()


class View:
    """What a run sees of the sides. `now` is the moment, in ns since 1970, that ages count from."""

    def __init__(self, filters: Filters, now: int) -> None:
        patterns = _compiled(filters.patterns)
        self._spec = pathspec.GitIgnoreSpec(patterns) if patterns else None
        self._litter = filters.litter
        self._min_size, self._max_size = filters.min_size, filters.max_size
        self._modified_before = None if filters.min_age is None else now - _ns(filters.min_age)
        self._modified_after = None if filters.max_age is None else now - _ns(filters.max_age)
        self._limited = any(
            limit is not None
            for limit in (filters.min_size, filters.max_size, filters.min_age, filters.max_age)
        )
        self.is_everything = not (self._spec or self._litter or self._limited)
        """Nothing is left alone."""

    def hides(self, entry: Entry) -> bool:
        """Tell whether an entry is left alone; the folders above it are not asked about."""
        return self.hides_name(entry.path, entry.kind) or self.hides_version(entry)

    def hides_nothing(self, names: Iterable[str], entries: Iterable[Entry]) -> bool:
        """Tell at once that nothing in a folder is left alone; False says nothing.

        `names` are those of the entries.
        """
        if self.is_everything:
            return True
        if self._spec is not None or (self._litter and litter.may_hold_litter(names)):
            return False
        return not (self._limited and any(map(self.hides_version, entries)))

    def hides_name(self, path: str, kind: Kind) -> bool:
        """Tell whether what is at the path is left alone whatever size and age it has."""
        if self._spec is not None:
            # A folder is told by the slash; a link is no folder, wherever it leads.
            subject = unicodedata.normalize("NFC", path) + ("/" if kind is Kind.FOLDER else "")
            if (included := self._spec.check_file(subject).include) is not None:
                return included
        return self._litter and litter.is_litter(path.rpartition("/")[2], kind)

    def hides_version(self, entry: Entry) -> bool:
        """Tell whether a file is left alone because of its size or age, for now."""
        if not self._limited or entry.kind is not Kind.FILE:
            return False
        size, modified = entry.size, entry.modified
        return (
            (self._min_size is not None and size < self._min_size)
            or (self._max_size is not None and size > self._max_size)
            or (self._modified_before is not None and modified > self._modified_before)
            or (self._modified_after is not None and modified < self._modified_after)
        )

    def hides_folder(self, path: str) -> bool:
        """Tell whether a folder, or one that it is in, is left alone."""
        parts = path.split("/") if path else []
        return any(
            self.hides_name("/".join(parts[:depth]), Kind.FOLDER)
            for depth in range(1, len(parts) + 1)
        )


class _Pattern(GitIgnoreSpecPattern):
    """A pattern of gitignore without regard to case."""

    @override
    @classmethod
    def pattern_to_regex(cls, pattern: Any) -> tuple[Any, bool | None]:
        regex, include = super().pattern_to_regex(pattern)
        return (regex if regex is None else f"(?i){regex}"), include


def _compiled(lines: Iterable[str]) -> list[_Pattern]:
    return [
        pattern
        for number, line in enumerate(lines, 1)
        if (pattern := _one_compiled(number, line)) is not None
    ]


def _one_compiled(number: int, line: str) -> _Pattern | None:
    """Return the pattern of a line; None where it is empty or a comment."""
    if not line.strip() or line.startswith("#"):
        return None
    if len(line) > _PATTERN_LENGTH:
        raise BadPattern(number, line, PatternFault.TOO_LONG)
    try:
        with warnings.catch_warnings():
            # What Python may read otherwise one day is no pattern to rely on.
            warnings.simplefilter("error", FutureWarning)
            pattern = _Pattern(unicodedata.normalize("NFC", line))
    except (ValueError, re.PatternError, FutureWarning) as error:
        raise BadPattern(number, line, PatternFault.UNREADABLE) from error
    if pattern.include is None:
        raise BadPattern(number, line, PatternFault.MATCHES_NOTHING)
    return pattern


def _ns(span: timedelta) -> int:
    return span // timedelta(microseconds=1) * 1000


EVERYTHING: Final = View(Filters(litter=False), 0)
"""A view in which nothing is left alone."""
