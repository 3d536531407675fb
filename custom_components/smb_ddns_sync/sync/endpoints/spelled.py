"""A side as if it could hold every name: what it cannot hold is spelled so that it can.

The engine, its base and the other side know true names only; the side, and errors and log lines
about it, have the spelled ones. Where a file was put on the side by somebody else under a name that
our rule says it cannot hold (a NAS that keeps the names of its own programs, say), it clearly can:
such names are remembered as they were found, folder by folder.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, override

from ..endpoint import (
    ROOT,
    Endpoint,
    EndpointError,
    Entry,
    Hint,
    Listing,
    Placement,
    RelPath,
    everywhere,
)
from ..names import join, name_of, names_in, parent
from ..spelling import all_plain, spelled, true
from .wrapper import Wrapper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from ..endpoint import Content, NameRule, RootIdentity, Watch


def with_true_names(side: Endpoint) -> Endpoint:
    """Return the side under true names; one that tells them already is returned as it is.

    Spelled twice, a name would be another one: what looks spelled is spelled once more.
    """
    inner = side
    while isinstance(inner, Wrapper):
        if isinstance(inner, SpelledEndpoint):
            return side
        inner = inner.inner
    return SpelledEndpoint(side)


class SpelledEndpoint(Wrapper):
    """Another side, under true names.

    Invariant: what is listed under a true name is what each other call with that name is about.
    """

    def __init__(self, side: Endpoint) -> None:
        super().__init__(side)
        self._found: dict[RelPath, dict[str, str]] = {}
        """By spelled folder, the spelling of true names that were found in another one."""
        self._known_rule: NameRule | None = None

    @property
    def _rule(self) -> NameRule:
        if self._known_rule is None:
            self._known_rule = self._side.traits.names
        return self._known_rule

    @override
    def hold_names(self, rule: NameRule) -> None:
        if rule != self._rule:
            self._side.hold_names(rule)
            self._known_rule = None
            self._found = {}  # it tells what differs from the rule

    @override
    def identify(self) -> RootIdentity:
        self._known_rule = None  # another root may hold other names
        return self._side.identify()

    @override
    def find_root(self, path: RelPath, longest: int) -> tuple[RootIdentity, bytes | EndpointError]:
        self._known_rule = None
        # What is ours is written the same everywhere, and no rule is known before there is a root.
        return self._side.find_root(path, longest)

    @override
    def read_small(self, path: RelPath, longest: int) -> bytes:
        return self._side.read_small(self._spelled(path), longest)

    @override
    def walk(
        self, under: RelPath = ROOT, enter: Callable[[RelPath], bool] = everywhere
    ) -> Iterator[Listing]:
        def enter_spelled(path: RelPath) -> bool:
            return enter(self._true(path))

        for listing in self._side.walk(self._spelled(under), enter_spelled):
            yield self._listing(self._true(listing.folder), listing)

    @override
    def list(self, folder: RelPath) -> Listing:
        return self._listing(folder, self._side.list(self._spelled(folder)))

    @override
    def look(self, path: RelPath) -> Entry | None:
        found = self._side.look(self._spelled(path))
        return None if found is None else self._entry(parent(path), found)

    @override
    def open(self, path: RelPath) -> AbstractContextManager[Content]:
        return self._side.open(self._spelled(path))

    @override
    def place(
        self, placements: Iterable[Placement]
    ) -> Iterator[tuple[Placement, Entry | EndpointError]]:
        under_way: dict[RelPath, Placement] = {}

        def spelled_placements() -> Iterator[Placement]:
            for placement in placements:
                spelled = self._spelled_placement(placement)
                under_way[spelled.path] = placement
                yield spelled

        for done, result in self._side.place(spelled_placements()):
            placement = under_way.pop(done.path)
            under_true_name = result
            if isinstance(result, Entry) and result.path != placement.path:
                under_true_name = replace(result, path=placement.path)
            yield placement, under_true_name

    @override
    def place_at_once(self, placement: Placement) -> Entry:
        placed = self._side.place_at_once(self._spelled_placement(placement))
        return replace(placed, path=placement.path)

    def _spelled_placement(self, placement: Placement) -> Placement:
        kept = placement.keep_old_at
        path, temporary = self._spelled(placement.path), self._spelled(placement.temporary)
        expected = self._expected(placement.expected)
        keep_at = None if kept is None else self._spelled(kept)
        asked = placement.path, placement.temporary, placement.expected, kept
        if (path, temporary, expected, keep_at) == asked:
            return placement  # as nearly all are
        return replace(
            placement, path=path, temporary=temporary, expected=expected, keep_old_at=keep_at
        )

    @override
    def make_folder(self, path: RelPath) -> None:
        self._side.make_folder(self._spelled(path))

    @override
    def move(self, source: RelPath, target: RelPath, expected: Entry) -> None:
        spelled_source = self._spelled(source)
        self._side.move(
            spelled_source, self._spelled(target), replace(expected, path=spelled_source)
        )

    @override
    def remove_folder(self, path: RelPath) -> None:
        self._side.remove_folder(self._spelled(path))

    @override
    def delete_file(self, path: RelPath, expected: Entry) -> None:
        found = self._spelled(path)
        self._side.delete_file(found, replace(expected, path=found))

    @override
    def watch(self, listener: Callable[[Hint], None]) -> Watch | None:
        def hear(hint: Hint) -> None:
            listener(replace(hint, path=self._true(hint.path)))

        return self._side.watch(hear)

    def _expected(self, entry: Entry | None) -> Entry | None:
        if entry is None or (path := self._spelled(entry.path)) == entry.path:
            return entry
        return replace(entry, path=path)

    def _listing(self, folder: RelPath, listing: Listing) -> Listing:
        if listing.error is None:
            names = names_in(listing.folder, (entry.path for entry in listing.entries))
            if all_plain(names):
                self._found.pop(listing.folder, None)
                if folder == listing.folder:
                    return listing
            else:
                self._remember(listing.folder, names)
        return Listing(
            folder,
            tuple(self._entry(folder, entry) for entry in listing.entries),
            tuple(self._entry(folder, entry) for entry in listing.temporaries),
            listing.error,
        )

    def _remember(self, folder: RelPath, names: Sequence[str]) -> None:
        """Note the names that are not spelled as we would.

        Where two spellings of one true name are there, the one that is ours is true as it stands.
        """
        rule = self._rule
        found = {}
        for name in names:
            ours = spelled(true(name, rule), rule)
            if ours != name:
                found[true(name, rule)] = name
                if ours in names:
                    found[ours] = ours
        if found:
            self._found[folder] = found
        else:
            self._found.pop(folder, None)

    def _entry(self, folder: RelPath, entry: Entry) -> Entry:
        path = join(folder, self._true_name(parent(entry.path), name_of(entry.path)))
        return entry if path == entry.path else replace(entry, path=path)

    def _spelled(self, path: RelPath) -> RelPath:
        if path == ROOT:
            return ROOT  # which may not be there yet, so that nothing is known of it
        rule = self._rule
        if not self._found:
            parts = path.split("/")
            return (
                path
                if all_plain(parts)
                else RelPath("/".join(spelled(part, rule) for part in parts))
            )
        at = ROOT
        for part in path.split("/"):
            at = join(at, self._found.get(at, {}).get(part) or spelled(part, rule))
        return at

    def _true(self, path: RelPath) -> RelPath:
        if path == ROOT:
            return ROOT  # which may not be there yet, so that nothing is known of it
        rule = self._rule
        if not self._found:
            parts = path.split("/")
            return (
                path if all_plain(parts) else RelPath("/".join(true(part, rule) for part in parts))
            )
        at, told = ROOT, ROOT
        for part in path.split("/"):
            told = join(told, self._true_name(at, part))
            at = join(at, part)
        return told

    def _true_name(self, spelled_folder: RelPath, name: str) -> str:
        """Return the true name of what a folder, told in its spelling, lists."""
        found = self._found.get(spelled_folder)
        if found is not None and found.get(name) == name:
            return name
        return true(name, self._rule)
