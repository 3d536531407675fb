"""Reads both sides and notes where they differ from the base. It changes nothing.

A path counts as absent only where its folder was listed completely and without an error; what is
below a folder that could not be listed is unknown, and stays as it is on both sides.
"""

from collections import deque
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from .base import Version
from .delta import VANISHED, Delta, Obstacle
from .endpoint import (
    ROOT,
    Cancelled,
    Changed,
    EndpointError,
    Entry,
    Kind,
    Listing,
    Missing,
    NeedsPerson,
    RelPath,
    Unavailable,
)
from .filters import EVERYTHING, View
from .moments import is_rounding
from .names import alike, fold, join, name_of, names_in, parent
from .side import Side

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from .base import Base, BaseEntry
    from .endpoint import Endpoint


_MOST_WAITING: Final = 10_000
"""Entries of the target that may wait for the source's: in trees that are alike hardly any do."""


@dataclass(slots=True)
class Tally:
    """What a scan saw, apart from differences."""

    others: int = 0
    """Links, devices and pipes of the source."""
    filtered: int = 0
    """Files and folders that the filters say to leave alone, on either side."""
    temporaries: list[tuple[Side, Entry]] = field(default_factory=list)
    """Files that a run began to write and did not finish."""


class Scan:
    """One look at both sides. `cancelled` is asked between folders."""

    _keeps_targets = True
    """What the target had before the first sync stays, so it must be remembered."""

    def __init__(
        self,
        source: Endpoint,
        target: Endpoint,
        base: Base,
        delta: Delta,
        cancelled: Callable[[], bool] = lambda: False,
        view: View = EVERYTHING,
    ) -> None:
        self._source = source
        self._target = target
        self._base = base
        self._delta = delta
        self._cancelled = cancelled
        self._view = view
        self._folds = not target.traits.case_sensitive
        self._respelled: dict[Side, dict[RelPath, RelPath]] = {side: {} for side in Side}
        self.tally = Tally()

    def everything(self, *, target_exists: bool = True) -> None:
        """Look at both trees. A target that does not exist yet is empty."""
        self._note_root(target_exists=target_exists)
        sources = self._source.walk(enter=self._in_view)
        if target_exists and not self._any_kept:
            # Whether to enter what is the target's own depends on all of the source.
            targets = self._target.walk(enter=self._enter)
            self._compare_side_by_side(sources, targets)
            return
        for listing in sources:
            self._compare_source(listing)
        if target_exists:
            for listing in self._target.walk(enter=self._enter):
                self._compare_target(listing)

    def _compare_side_by_side(self, sources: Iterator[Listing], targets: Iterator[Listing]) -> None:
        """Compare both trees in turns, so that one side works while the other is waited for.

        Invariant: a folder of the target is compared after the source's of the same path, and after
        the target's folders above it.
        """
        waiting: deque[Listing] = deque()
        entries_waiting = 0
        compared: set[RelPath] = set()
        """Folders of the source that the target's are not compared with yet."""
        while True:
            target = next(targets, None) if entries_waiting < _MOST_WAITING else None
            if target is not None:
                waiting.append(target)
                entries_waiting += len(target.entries) + 1
            source = next(sources, None)
            if source is not None:
                self._compare_source(source)
                compared.add(self._canonical(Side.SOURCE, source.folder))
            while waiting:
                folder = self._canonical(Side.TARGET, waiting[0].folder)
                if source is not None and folder not in compared:
                    break
                compared.discard(folder)
                target = waiting.popleft()
                entries_waiting -= len(target.entries) + 1
                self._compare_target(target)
            if source is None and target is None:
                return

    def folders(self, touched: Collection[RelPath]) -> None:
        """Look at some folders, and at all below those that are new or gone on a side.

        What else is in them is taken as the base says.
        """
        queue = [*self._known(folder for folder in touched if not self._view.hides_folder(folder))]
        done: set[RelPath] = set()
        while queue:
            folder = queue.pop()
            if folder in done:
                continue
            done.add(folder)
            listings = (self._source.list(folder), self._target.list(folder))
            if folder != ROOT and any(
                isinstance(listing.error, Missing | Changed) for listing in listings
            ):
                queue.append(parent(folder))  # its own folder tells what became of it
                continue
            for listing, compare in zip(
                listings, (self._compare_source, self._compare_target), strict=True
            ):
                compare(listing)
            if all(listing.error is None for listing in listings):
                self._deepen(*listings)

    def _known(self, touched: Iterable[RelPath]) -> set[RelPath]:
        """Replace folders that the base does not know by the nearest above that it does.

        What is doubted comes with the folders above it: only their listings tell that it is.
        """
        known = set()
        for path in touched:
            folder = path
            while folder != ROOT and not is_synced_folder(self._base.get(folder)):
                folder = parent(folder)
            known.add(folder)
            while (base := self._base.get(folder)) and base.doubted and folder != ROOT:
                folder = parent(folder)
                known.add(folder)
        return known

    def _deepen(self, source: Listing, target: Listing) -> None:
        """Walk the child folders that are not, on both sides, the folders that the base knows."""
        on_source, on_target = (
            {
                name_of(self._canonical(side, entry.path)): entry
                for entry in listing.entries
                if entry.kind is Kind.FOLDER and self._in_view(entry.path)
            }
            for side, listing in ((Side.SOURCE, source), (Side.TARGET, target))
        )
        children = self._base.children(source.folder)
        for name in on_source.keys() | on_target.keys():
            base = children.get(name)
            if is_synced_folder(base) and name in on_source and name in on_target:
                continue
            if name in on_source:
                for listing in self._source.walk(on_source[name].path, self._in_view):
                    self._compare_source(listing)
            if name in on_target and self._enter(on_target[name].path):
                for listing in self._target.walk(on_target[name].path, self._enter):
                    self._compare_target(listing)

    def _note_root(self, *, target_exists: bool) -> None:
        base = self._base.get(ROOT)
        if base is None or base.doubted:
            self._delta.present(Side.SOURCE, ROOT, Entry(ROOT, Kind.FOLDER), base)
            if target_exists:
                self._delta.present(Side.TARGET, ROOT, Entry(ROOT, Kind.FOLDER), base)

    def _is_as_known(self, side: Side, folder: RelPath, listing: Listing) -> bool:
        """Tell at once that nothing in a folder is new, gone, changed or to be left alone.

        So it is with nearly all folders of nearly all runs.
        """
        entries = listing.entries
        names = names_in(listing.folder, (entry.path for entry in entries))
        return (
            self._base.is_all_in(folder, side, names, entries)
            and self._view.hides_nothing(names, entries)
            and not (side is Side.TARGET and self._delta.hidden.names(folder))
        )

    def _compare_source(self, listing: Listing) -> None:
        self._note_temporaries(Side.SOURCE, listing)
        folder = listing.folder
        if not self._readable(Side.SOURCE, listing):
            return
        if self._is_as_known(Side.SOURCE, folder, listing):
            return
        children = self._base.children(folder)
        new: list[str] = []
        for entry in self._visible(Side.SOURCE, folder, listing.entries, children):
            self.tally.others += entry.kind is Kind.OTHER
            name = name_of(entry.path)
            base = children.pop(name, None)
            if base is None or base.source is None:
                new.append(name)
            elif not base.doubted and base.kind is entry.kind and base.source == Version.of(entry):
                continue
            self._delta.present(Side.SOURCE, entry.path, entry, base)
            if base is not None and base.kind is Kind.FOLDER and entry.kind is Kind.FILE:
                self._all_absent(Side.SOURCE, entry.path)
        for base in children.values():
            if base.source is not None:
                self._gone(Side.SOURCE, base)
        if self._folds and new:
            self._find_collisions(listing, new, children)

    def _find_collisions(
        self, listing: Listing, new: list[str], gone: dict[str, BaseEntry]
    ) -> None:
        """Find new names that the target takes for another name of the same folder."""
        new_names = set(new)
        by_fold: dict[str, str] = {}
        for name in sorted(
            (name_of(entry.path) for entry in listing.entries),
            key=lambda name: (name in new_names, name),
        ):
            winner = by_fold.setdefault(fold(name), name)
            if winner != name:
                path = join(listing.folder, name)
                self._delta.refuse(
                    path,
                    Obstacle(
                        "name_collision", f"The target takes it for {winner!r}, which is there too"
                    ),
                    self._base.get(path),
                )
        for name, base in gone.items():
            if base.source is not None and by_fold.get(fold(name)) in new_names:
                self._delta.clear_first(base.path, base)

    def _compare_target(self, listing: Listing) -> None:
        self._note_temporaries(Side.TARGET, listing)
        if not self._readable(Side.TARGET, listing):
            return
        folder = self._canonical(Side.TARGET, listing.folder)
        if self._is_as_known(Side.TARGET, folder, listing):
            return
        children = self._base.children(folder)
        spelled = self._spellings(folder, listing, children)
        for entry in self._visible(Side.TARGET, folder, listing.entries, children, spelled):
            name = name_of(entry.path)
            name = spelled.get(name, name)
            path = join(folder, name)
            if entry.kind is Kind.FOLDER and path != entry.path:
                self._respelled[Side.TARGET][entry.path] = path
            base = children.pop(name, None)
            kept = children.pop(name_of(entry.path), None)
            if base is not None and _same_on_target(base, entry):
                continue
            if base is None and kept is not None:
                base = replace(kept, path=path)
            self._delta.present(Side.TARGET, path, entry, base)
            if base is not None and base.kind is Kind.FOLDER and entry.kind is Kind.FILE:
                self._all_absent(Side.TARGET, path)
        for base in children.values():
            self._gone(Side.TARGET, base)

    def _spellings(
        self, folder: RelPath, listing: Listing, children: dict[str, BaseEntry]
    ) -> dict[str, str]:
        """Return the source's spelling of names that the target holds in another."""
        names = {name_of(entry.path) for entry in listing.entries}
        kept = {name for name, base in children.items() if base.kept}
        candidates = (names - children.keys()) | (names & kept)
        if not self._folds or not candidates:
            return {}
        on_source = self._delta.source_names(folder, refused=False)
        wanted = {fold(name): name for name in ((children.keys() - kept) | on_source) - names}
        return {
            name: wanted[folded]
            for name in candidates - on_source
            if (folded := fold(name)) in wanted
        }

    def _visible(
        self,
        side: Side,
        folder: RelPath,
        entries: Sequence[Entry],
        children: dict[str, BaseEntry],
        spelled: Mapping[str, str] = MappingProxyType({}),
    ) -> Sequence[Entry]:
        """Return what is not left alone, and take all else out of what the base knows.

        The source's folder comes before the target's: what is left alone there is left alone here.
        """
        if self._view.is_everything:
            return entries
        there = self._delta.hidden.names(folder) if side is Side.TARGET else set[str]()
        visible = []
        for entry in entries:
            name = name_of(entry.path)
            name = spelled.get(name, name)
            by_name = self._view.hides_name(entry.path, entry.kind)
            if by_name or self._view.hides_version(entry) or (there and self._alike(name) in there):
                self._hide(side, entry, join(folder, name), children.pop(name, None), by_name)
            else:
                visible.append(entry)
        if there:
            for name in [name for name in children if self._alike(name) in there]:
                del children[name]
        return visible

    def _hide(
        self, side: Side, entry: Entry, path: RelPath, base: BaseEntry | None, by_name: bool
    ) -> None:
        self._delta.hidden.add(path, parent(path), self._alike(name_of(path)))
        if entry.kind is Kind.FOLDER and path != entry.path:
            self._respelled[side][entry.path] = path
        sure = base is not None and not base.kept and not base.doubted
        if sure or (entry.kind is Kind.FOLDER and not by_name):
            # What is in such a folder is in view, and must be left alone with it.
            self._delta.leave_alone(path, base)
        elif base is None and not by_name and side is Side.TARGET and self._keeps_targets:
            # Other than a name, a size and an age change by themselves: it may come into view.
            self._delta.present(side, path, entry, None)

    @cached_property
    def _any_kept(self) -> bool:
        """Whether the target has anything of its own from before; a scan records nothing."""
        return self._base.kept_count() > 0

    def _in_view(self, folder: RelPath) -> bool:
        return not self._view.hides_name(folder, Kind.FOLDER)

    def _alike(self, name: str) -> str:
        return alike(name, folds=self._folds)

    def _readable(self, side: Side, listing: Listing) -> bool:
        """Tell whether the folder was listed; a failure of the whole side is raised."""
        if self._cancelled():
            raise Cancelled(listing.folder, "cancelled")
        error = listing.error
        if error is None:
            return True
        if listing.folder == ROOT or isinstance(error, Unavailable | NeedsPerson | Cancelled):
            raise error
        folder = self._canonical(side, listing.folder)
        obstacle = Obstacle(VANISHED if isinstance(error, Missing) else error.cause, str(error))
        self._delta.unlisted(side, folder, obstacle, self._base.get(folder))
        return False

    def _gone(self, side: Side, base: BaseEntry) -> None:
        self._delta.absent(side, base.path, base)
        if base.kind is Kind.FOLDER:
            self._all_absent(side, base.path)

    def _all_absent(self, side: Side, folder: RelPath) -> None:
        for base in self._base.below(folder):
            self._delta.absent(side, base.path, base)

    def _enter(self, folder: RelPath) -> bool:
        """Leave folders alone that are the target's own, unless the source has one there by now."""
        if not self._in_view(folder):
            return False
        path = self._canonical(Side.TARGET, folder)
        if not self._any_kept:
            return True
        base = self._base.get(path)
        if base is None or not base.kept:
            return True
        on_source = self._delta.source_names(parent(path))
        if self._folds:
            # The source may have it by another spelling, which the base knows already.
            on_source |= {
                name
                for name, known in self._base.children(parent(path)).items()
                if known.source is not None
            }
            return fold(name_of(path)) in {fold(name) for name in on_source}
        return name_of(path) in on_source

    def _note_temporaries(self, side: Side, listing: Listing) -> None:
        self.tally.temporaries.extend((side, entry) for entry in listing.temporaries)

    def _canonical(self, side: Side, path: RelPath) -> RelPath:
        """Return the spelling that the delta and the base use for a path of a side."""
        respelled = self._respelled[side]
        if not respelled:
            return path
        folder = path
        while folder != ROOT:
            if (spelling := respelled.get(folder)) is not None:
                return RelPath(spelling + path[len(folder) :])
            folder = parent(folder)
        return path


def is_synced_folder(base: BaseEntry | None) -> bool:
    """Tell whether the base knows a folder that both sides hold."""
    return base is not None and not base.kept and base.kind is Kind.FOLDER


def _same_on_target(base: BaseEntry, entry: Entry) -> bool:
    return not base.doubted and base.kind is entry.kind and still_is(base.target, entry)


def is_as_known(known: BaseEntry | None, side: Side, endpoint: Endpoint, path: RelPath) -> bool:
    """Tell whether a side has nothing there or the file that the base says, by one look.

    False when in doubt: of a folder it cannot be told by a look what is in it.
    """
    version = None if known is None else known.on(side)
    try:
        entry = endpoint.look(path)
    except EndpointError:
        return False  # a run finds out what it means
    if known is None or entry is None:
        return known is None and entry is None
    is_file = entry.kind is known.kind is Kind.FILE
    return is_file and version is not None and still_is(version, entry)


def still_is(known: Version, entry: Entry) -> bool:
    """Tell whether a side holds what the base says; its times may be less precise since."""
    return (known.size, known.file_id) == (entry.size, entry.file_id) and is_rounding(
        entry.modified, known.modified
    )
