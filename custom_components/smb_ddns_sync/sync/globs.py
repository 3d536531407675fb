"""Patterns that people write for files, and the files that they stand for.

`*` stands for any characters in one name, `?` for one, and `**` as a whole name for any number of
folders, none included. No name on a share holds these, so nothing has to be escaped.
"""

from dataclasses import dataclass, field
import re
from typing import TYPE_CHECKING, Final

from .endpoint import ENDS_ALL, Cancelled, Changed, EndpointError, Entry, Kind, Missing, RelPath
from .names import alike, name_of
from .outside import holds_own, reachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .endpoint import Endpoint

_WILD: Final = re.compile(r"[*?]")
_ANY: Final = "**"
_NO_FILE: Final = ("is_a_folder", "it is no file; write /* behind it for the files in it")


@dataclass(frozen=True, slots=True)
class Glob:
    """A pattern, taken apart. `base` is the folder above its first name with a wildcard."""

    base: RelPath
    names: tuple[str, ...]
    """The names of the pattern below `base`; none where it is a plain path."""

    def matches(self, path: RelPath, *, folds: bool) -> bool:
        """Tell whether a path below the base is one that is meant; `folds`: in any case."""
        return len(self.names) in self._reached(path, folds=folds)

    def enters(self, folder: RelPath, *, folds: bool) -> bool:
        """Tell whether something that is meant may be in a folder below the base."""
        return any(at < len(self.names) for at in self._reached(folder, folds=folds))

    def _reached(self, path: RelPath, *, folds: bool) -> set[int]:
        """Return up to which names of the pattern the path may have come."""
        below = path[len(self.base) :].lstrip("/")
        reached = self._beyond({0})
        for name in below.split("/") if below else ():
            stays = {at for at in reached if self._is_any(at)}
            comes = {
                at + 1
                for at in reached
                if at < len(self.names)
                and not self._is_any(at)
                and _fits(name, self.names[at], folds=folds)
            }
            reached = self._beyond(stays | comes)
        return reached

    def _is_any(self, at: int) -> bool:
        return at < len(self.names) and self.names[at] == _ANY

    def _beyond(self, reached: set[int]) -> set[int]:
        """Add where one comes without a folder."""
        while further := {at + 1 for at in reached if self._is_any(at)} - reached:
            reached |= further
        return reached


def _fits(name: str, pattern: str, *, folds: bool) -> bool:
    wanted = "".join(
        {"*": ".*", "?": "."}.get(part, re.escape(alike(part, folds=folds)))
        for part in re.split(r"([*?])", pattern)
    )
    return re.fullmatch(wanted, alike(name, folds=folds), re.DOTALL) is not None


def parse(text: str, check: Callable[[str], RelPath] = reachable) -> Glob:
    """Return a pattern as somebody wrote it, with or without slashes around it.

    `check` raises what it does where a path may lead out of the root, or to what is ours.
    """
    names = text.strip("/").split("/") if text.strip("/") else []
    check("/".join(_WILD.sub("x", name) for name in names))
    fixed = next((at for at, name in enumerate(names) if _WILD.search(name)), len(names))
    wild = names[fixed:]
    if wild and wild[-1] == _ANY:
        wild.append("*")
    return Glob(RelPath("/".join(names[:fixed])), tuple(wild))


@dataclass(slots=True)
class Found:
    """What patterns stand for on one side."""

    entries: dict[RelPath, Entry] = field(default_factory=dict)
    problems: list[EndpointError] = field(default_factory=list)
    """What plain paths do not stand for, and why folders could not be listed."""
    more: bool = False
    """There is more than was asked for."""


def find(
    side: Endpoint,
    globs: Iterable[Glob],
    most: int,
    stopped: Callable[[], bool],
    *,
    kinds: frozenset[Kind] = frozenset({Kind.FILE}),
    meant: Callable[[Entry], bool] = lambda _: True,
) -> Found:
    """Return what patterns stand for, up to `most` entries; nothing of ours, and no links.

    Blocks. Raises what concerns the whole side, and `Cancelled` once it is `stopped`.
    """
    found = Found()
    folds = not side.traits.case_sensitive
    for glob in globs:
        for entry in _entries(side, glob, found, stopped, folds=folds):
            if entry.kind not in kinds:
                if not glob.names:
                    found.problems.append(Changed(entry.path, *_NO_FILE))
                continue
            if entry.path in found.entries or not meant(entry):
                continue
            if len(found.entries) >= most:
                found.more = True
                return found
            found.entries[entry.path] = entry
    return found


def _entries(
    side: Endpoint, glob: Glob, found: Found, stopped: Callable[[], bool], *, folds: bool
) -> Iterable[Entry]:
    if not glob.names:
        yield from _plain(side, glob.base, found)
        return
    for listing in side.walk(glob.base, lambda folder: _enters(glob, folder, folds=folds)):
        if stopped():
            raise Cancelled(listing.folder, "cancelled")
        if listing.error is not None:
            if isinstance(listing.error, ENDS_ALL):
                raise listing.error
            if not (listing.folder == glob.base and isinstance(listing.error, Missing)):
                found.problems.append(listing.error)
        for entry in listing.entries:
            if not holds_own((name_of(entry.path),)) and glob.matches(entry.path, folds=folds):
                yield entry


def _plain(side: Endpoint, path: RelPath, found: Found) -> Iterable[Entry]:
    entry = side.look(path)
    if entry is None:
        found.problems.append(Missing(path, "not_found", "there is nothing at the path"))
    else:
        yield entry


def _enters(glob: Glob, folder: RelPath, *, folds: bool) -> bool:
    return not holds_own((name_of(folder),)) and glob.enters(folder, folds=folds)
