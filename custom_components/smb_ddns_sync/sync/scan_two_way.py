"""Reads two sides that are equals, and notes where they differ from the base.

Names that a side, or Unicode, takes for one are one path. The path is written as in the base, else
as on the source; an entry that is written otherwise tells its own spelling.
"""

from typing import TYPE_CHECKING, override

from .delta import Obstacle
from .endpoint import Kind, Listing, RelPath
from .filters import EVERYTHING, View
from .names import alike, fold, join, name_of
from .scan import Scan, still_is
from .side import Side

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from .base import Base, BaseEntry
    from .delta import Delta
    from .endpoint import Endpoint


class TwoWayScan(Scan):
    """One look at two sides of which neither is the original of the other."""

    _keeps_targets = False

    def __init__(
        self,
        source: Endpoint,
        target: Endpoint,
        base: Base,
        delta: Delta,
        cancelled: Callable[[], bool] = lambda: False,
        view: View = EVERYTHING,
    ) -> None:
        super().__init__(source, target, base, delta, cancelled, view)
        self._tells_apart = {
            Side.SOURCE: source.traits.case_sensitive,
            Side.TARGET: target.traits.case_sensitive,
        }
        self._folds = not all(self._tells_apart.values())

    @override
    def _compare_source(self, listing: Listing) -> None:
        self._compare(Side.SOURCE, listing)

    @override
    def _compare_target(self, listing: Listing) -> None:
        self._compare(Side.TARGET, listing)

    @override
    def _enter(self, folder: RelPath) -> bool:
        return self._in_view(folder)

    def _compare(self, side: Side, listing: Listing) -> None:
        self._note_temporaries(side, listing)
        if not self._readable(side, listing):
            return
        folder = self._canonical(side, listing.folder)
        if self._is_as_known(side, folder, listing):
            return
        children = self._base.children(folder)
        names = {name_of(entry.path) for entry in listing.entries}
        refused = self._refuse_collisions(side, folder, names, children)
        spelled = self._spelled(side, folder, names - refused, children)
        for entry in self._visible(side, folder, listing.entries, children, spelled):
            self.tally.others += side is Side.SOURCE and entry.kind is Kind.OTHER
            found = name_of(entry.path)
            name = spelled.get(found, found)
            path = join(folder, name)
            if entry.kind is Kind.FOLDER and path != entry.path:
                self._respelled[side][entry.path] = path
            base = children.pop(name, None)
            known = None if base is None else base.on(side)
            if (
                base is not None
                and known is not None
                and name == found
                and not base.doubted
                and (base.kind is entry.kind and still_is(known, entry))
            ):
                continue
            self._delta.present(side, path, entry, base)
            if base is not None and base.kind is Kind.FOLDER and entry.kind is Kind.FILE:
                self._all_absent(side, path)
        for base in children.values():
            self._gone(side, base)

    def _spelled(
        self, side: Side, folder: RelPath, names: Collection[str], children: dict[str, BaseEntry]
    ) -> dict[str, str]:
        """Return how the base or the source writes names that this side writes otherwise."""
        new = [name for name in names if name not in children]
        if not new:
            return {}
        wanted = {name for name in children if name not in names}
        if side is Side.TARGET:
            on_source = self._delta.source_names(folder, refused=False)
            new = [name for name in new if name not in on_source]
            wanted |= on_source - set(names)
        of_new, of_wanted = self._single(new), self._single(wanted)
        return {
            name: of_wanted[key]
            for key, name in of_new.items()
            if key in of_wanted and of_wanted[key] != name
        }

    def _single(self, names: Iterable[str]) -> dict[str, str]:
        """Return names by what they share with others; those that share it are left out."""
        found: dict[str, list[str]] = {}
        for name in names:
            found.setdefault(alike(name, folds=self._folds), []).append(name)
        return {key: names[0] for key, names in found.items() if len(names) == 1}

    def _refuse_collisions(
        self, side: Side, folder: RelPath, names: Collection[str], children: dict[str, BaseEntry]
    ) -> set[str]:
        """Refuse new names that the other side takes for another name of the same folder."""
        if self._tells_apart[side.other] or not self._tells_apart[side]:
            return set()
        there: Collection[str] = ()
        if side is Side.TARGET:
            # The one that the source has by this name is the one that can be carried over.
            there = self._delta.source_names(folder, refused=False)
        first: dict[str, str] = {}
        refused = set()
        for name in sorted(names, key=lambda name: (name not in children, name not in there, name)):
            if (winner := first.setdefault(fold(name), name)) == name:
                continue
            refused.add(name)
            path = join(folder, name)
            self._delta.refuse(
                path,
                Obstacle(
                    "name_collision", f"The other side takes it for {winner!r}, which is there too"
                ),
                children.get(name),
            )
        return refused
