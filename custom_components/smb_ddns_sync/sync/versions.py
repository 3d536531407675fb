"""Which older versions of a path there are: in trash of both sides, and in conflict copies.

Everything is read from the sides; no list of it is kept anywhere, so none can be wrong.
"""

from dataclasses import dataclass, field
import heapq
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote

from .endpoint import ENDS_ALL, Cancelled, Entry, FileError, Kind, Missing, RelPath
from .names import TRASH, alike, checked, conflicted, display, join, name_of, parent
from .side import Side
from .trash import made_at

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from .endpoint import Endpoint, Listing

MOST: Final = 200
"""Versions that one answer holds."""

_IN_TRASH: Final = "trash"
_IN_PLACE: Final = "conflict"
_ERRORS: Final = "surrogatepass"


@dataclass(frozen=True, slots=True)
class KeptVersion:
    """One older version of a file, or a folder that was deleted."""

    path: RelPath
    """Where it was; of a conflict copy, whose version it is."""
    side: Side
    at: RelPath
    """Where it lies now."""
    kind: Kind
    size: int
    modified: int
    """ns since 1970."""
    since: datetime | None
    """When the run began that took it away; None for a conflict copy, which is in its place."""

    @property
    def id(self) -> str:
        """Return a text by which it is found again, as long as nobody moves or deletes it."""
        where, at = (_IN_PLACE, self.at) if self.since is None else (_IN_TRASH, _inside(self.at))
        return f"{self.side.name.lower()}/{where}/{quote(at, errors=_ERRORS)}"


@dataclass(frozen=True, slots=True)
class Versions:
    """The versions that were found, the newest first."""

    versions: tuple[KeptVersion, ...] = ()
    complete: bool = True
    """False where there are more than an answer holds, or a folder could not be listed."""


def read_id(text: str) -> tuple[Side, RelPath, RelPath]:
    """Return the side of a version, where it lies, and which path it is a version of.

    Raises `FileError` for what is no id of ours, also where it would lead out of trash.
    """
    letters, _, rest = text.partition("/")
    where, _, quoted = rest.partition("/")
    try:
        at = checked(unquote(quoted, errors=_ERRORS))
    except UnicodeDecodeError:
        at = RelPath("")
    side = {side.name.lower(): side for side in Side}.get(letters)
    run, _, path = at.partition("/")
    if side is not None and where == _IN_TRASH and path and made_at(run) is not None:
        return side, join(TRASH, at), RelPath(path)
    if side is not None and where == _IN_PLACE and (of := conflicted(name_of(at))) is not None:
        return side, at, join(parent(at), of)
    raise FileError(display(RelPath(text)), "no_such_version", "it is not the id of a version")


@dataclass(slots=True)
class VersionSearch:
    """Looks for versions of one path, or of all that was in a folder (`inside`).

    At most `most` are kept, the newest.
    """

    path: RelPath
    inside: bool = False
    most: int = MOST
    cancelled: Callable[[], bool] = lambda: False
    _found: list[tuple[tuple[str, str, str], KeptVersion]] = field(default_factory=list)
    _complete: bool = True

    def on(self, sides: Mapping[Side, Endpoint]) -> Versions:
        """Look on both sides. Raises `EndpointError` where a side cannot be reached."""
        for side, endpoint in sides.items():
            self._in_trash(side, endpoint)
            if not self.inside:
                self._in_place(side, endpoint)
        newest = sorted(self._found, key=lambda found: found[0], reverse=True)
        return Versions(tuple(version for _, version in newest), self._complete)

    def _in_trash(self, side: Side, endpoint: Endpoint) -> None:
        folds = not endpoint.traits.case_sensitive
        wanted = _parts(alike(self.path, folds=folds))

        def enter(folder: RelPath) -> bool:
            run, _, path = _inside(folder).partition("/")
            if made_at(run) is None:
                return False
            parts = _parts(alike(path, folds=folds))
            if len(parts) < len(wanted):
                return parts == wanted[: len(parts)]
            return self.inside and parts[: len(wanted)] == wanted

        for listing in endpoint.walk(TRASH, enter):
            if not self._listed(listing) or listing.folder == TRASH:
                continue
            run = _inside(listing.folder).partition("/")[0]
            since = made_at(run)
            for entry in (*listing.entries, *listing.temporaries):
                path = RelPath(_inside(entry.path)[len(run) + 1 :])
                if since is not None and self._wanted(entry, path, folds=folds):
                    self._add(_version(path, side, entry, since))

    def _wanted(self, entry: Entry, path: RelPath, *, folds: bool) -> bool:
        if self.inside:
            # Folders of trash that are no more than the way to a file are no versions.
            prefix = f"{self.path}/" if self.path else ""
            return entry.kind is Kind.FILE and alike(path, folds=folds).startswith(
                alike(prefix, folds=folds)
            )
        of = conflicted(name_of(path))
        names = {path} if of is None else {path, join(parent(path), of)}
        return entry.kind is not Kind.OTHER and alike(self.path, folds=folds) in {
            alike(name, folds=folds) for name in names
        }

    def _in_place(self, side: Side, endpoint: Endpoint) -> None:
        """Find conflict copies; both sides have the same ones, so one of each is enough."""
        folds = not endpoint.traits.case_sensitive
        known = {version.at for _, version in self._found if version.since is None}
        listing = endpoint.list(parent(self.path))
        if not self._listed(listing):
            return
        for entry in listing.entries:
            of = conflicted(name_of(entry.path))
            if of is None or entry.kind is not Kind.FILE or entry.path in known:
                continue
            if alike(of, folds=folds) == alike(name_of(self.path), folds=folds):
                self._add(_version(self.path, side, entry, None))

    def _listed(self, listing: Listing) -> bool:
        if self.cancelled():
            raise Cancelled(listing.folder, "cancelled")
        error = listing.error
        if isinstance(error, ENDS_ALL):
            raise error
        self._complete = self._complete and (error is None or isinstance(error, Missing))
        return error is None

    def _add(self, version: KeptVersion) -> None:
        # Conflict copies come first: they are the user's files.
        since = "~" if version.since is None else version.since.isoformat()
        found = ((since, version.path, version.id), version)
        if len(self._found) < self.most:
            heapq.heappush(self._found, found)
        else:
            heapq.heappushpop(self._found, found)
            self._complete = False


def _version(path: RelPath, side: Side, entry: Entry, since: datetime | None) -> KeptVersion:
    return KeptVersion(path, side, entry.path, entry.kind, entry.size, entry.modified, since)


def _inside(path: RelPath) -> RelPath:
    """Return a path in trash without what all of them begin with."""
    return RelPath(path[len(TRASH) + 1 :])


def _parts(path: str) -> list[str]:
    return path.split("/") if path else []
