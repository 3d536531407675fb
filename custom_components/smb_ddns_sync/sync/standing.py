"""Where a run stands: which roots there are, and whether they are those of before.

A root is known by its identity, and the target by its marker, too. Both are asked for before
anything is looked at, and again before anything is written or taken away.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .base import Base, NothingKnown
from .endpoint import ROOT, Changed, Missing, RootIdentity, Unavailable
from .marker import find_root, read_marker, write_marker
from .name_rules import find_names, recall_names
from .settings import Mode
from .side import Side
from .state import Roots
from .status import Hold, HoldReason

if TYPE_CHECKING:
    from collections.abc import Callable

    from .endpoint import Endpoint
    from .names import RunToken
    from .settings import JobSettings
    from .state import State


@dataclass(frozen=True, slots=True)
class Standing:
    """Which roots there are, and whether they are the ones that the base was made from."""

    roots: Roots
    first: bool
    source_is_same: bool
    target_is_same: bool
    target_exists: bool = True

    @property
    def known(self) -> bool:
        """Whether both are, and were synced with each other before."""
        return not self.first and self.source_is_same and self.target_is_same


class Grounds:
    """The two roots of one run.

    `base` is what a look at them may go by: in a preview, nothing where it would be forgotten.
    """

    def __init__(
        self,
        settings: JobSettings,
        state: State,
        source: Endpoint,
        target: Endpoint,
        released: HoldReason | None,
    ) -> None:
        self._settings = settings
        self._state = state
        self._source = source
        self._target = target
        self._released = released
        self.base = Base(state.connection)

    def stand(self, *, dry: bool) -> Standing | Hold:
        """Look which roots there are, and work in no other ones from then on."""
        for side in (self._source, self._target):
            side.pin(None)
        recall_names(self._state, {Side.SOURCE: self._source, Side.TARGET: self._target})
        standing = self._found(dry=dry)
        if isinstance(standing, Standing):
            self._source.pin(standing.roots.source)
            if standing.target_exists:
                marker = self._state.id if standing.known else None
                self._target.pin(standing.roots.target, marker)
        return standing

    @property
    def writes_on_source(self) -> bool:
        """Whether the run may change the source, too."""
        settings = self._settings
        return settings.mode is Mode.TWO_WAY or settings.clear_source_after is not None

    def find_names(self, standing: Standing, now: float) -> Standing:
        """Find out which names the sides hold, those at least that may be written on.

        `now` in seconds since 1970. Where it is not what the base was made with, the sides meet for
        the first time.
        """
        if not standing.known and not standing.first:
            return standing  # it may be somebody else's, and a guard has not looked yet
        sides = {Side.TARGET: self._target}
        if self.writes_on_source:
            sides[Side.SOURCE] = self._source
        if find_names(self._state, sides, standing.roots, now, first=standing.first):
            return standing
        rules = self._state.name_rules
        self._forget(standing.roots)
        self._state.name_rules = rules
        return Standing(standing.roots, True, True, True)

    def prove(self, standing: Standing) -> None:
        """Raise where a root is not the folder that was scanned, or the marker is not ours."""
        if not standing.roots.source.same_root(self._source.identify()):
            raise Changed("source", "foreign_source", "another folder took its place")
        target, marker = find_root(self._target)
        if not standing.roots.target.same_root(target) or marker != self._state.id:
            raise Changed("target", "foreign_target", "another folder took its place")

    def belong_together(self, standing: Standing, run: RunToken, now: float) -> None:
        """Remember the roots and mark the target, where this is new. An idle run writes nothing."""
        if not standing.known and read_marker(self._target) != self._state.id:
            write_marker(self._target, self._state.id, run, now)
        if self._state.roots != standing.roots:
            self._state.roots = standing.roots
        if self._state.mode != self._settings.mode:
            self._state.mode = self._settings.mode

    def _found(self, *, dry: bool) -> Standing | Hold:
        try:
            known = self._state.roots
            source = _identified(self._source, None if known is None else known.source)
        except Missing:
            return Hold(HoldReason.SOURCE_MISSING, 0, ())
        if known is not None and self._state.mode != self._settings.mode:
            # What the base says was agreed on under another mode, which knew other deletions.
            self._meet_anew(known, dry=dry)
            known = None
        marker: str | None
        try:
            target, marker = _found_root(self._target, None if known is None else known.target)
        except Missing:
            if (
                known is not None
                and self.base.file_count()
                and self._released is not HoldReason.TARGET_MISSING
            ):
                return Hold(HoldReason.TARGET_MISSING, 0, ())
            if dry:
                return Standing(
                    Roots(source, RootIdentity(0, 0)), True, True, True, target_exists=False
                )
            self._forget(known)
            self._target.make_folder(ROOT)
            target, marker = self._target.identify(), None
            known = None
        roots = Roots(source, target)
        if known is not None and known.swapped(roots):
            self._meet_anew(known, dry=dry)
            known = None
        if known is None:
            return Standing(roots, True, True, True)
        standing = Standing(
            roots,
            first=False,
            source_is_same=known.source.same_root(source),
            target_is_same=known.target.same_root(target) and marker == self._state.id,
        )
        # What a person says to belong together from now on, and what was empty before, meet for the
        # first time.
        released_foreign = self._released in {
            HoldReason.FOREIGN_SOURCE,
            HoldReason.FOREIGN_TARGET,
        }
        if not standing.known and (released_foreign or not self.base.file_count()):
            if dry:
                return standing
            self._forget(known)
            return Standing(roots, True, True, True)
        return standing

    def _meet_anew(self, known: Roots, *, dry: bool) -> None:
        """Begin with a first sync, which deletes nothing. A preview only looks as if."""
        if dry:
            self.base = NothingKnown(self._state.connection)
        else:
            self._forget(known)

    def _forget(self, known: Roots | None) -> None:
        if known is not None:
            self._state.forget_everything()


def _identified(side: Endpoint, known: RootIdentity | None) -> RootIdentity:
    """Return which root a side has; see `_asked`."""
    identity, _ = _asked(side, lambda: (side.identify(), None), known)
    return identity


def _found_root(side: Endpoint, known: RootIdentity | None) -> tuple[RootIdentity, str | None]:
    """Return which root a side has, and what its marker tells; see `_asked`."""
    return _asked(side, lambda: find_root(side), known)


def _asked[T](
    side: Endpoint, ask: Callable[[], tuple[RootIdentity, T]], known: RootIdentity | None
) -> tuple[RootIdentity, T]:
    """Ask which root a side has; one that is not the known one is asked for once more.

    An address may have led to somebody else for a while, and a connection may still lead there.
    """
    found = ask()
    if known is None or known.same_root(found[0]):
        return found
    try:
        side.pin(known)
        return ask()
    except Unavailable:
        side.pin(None)
        return ask()
    finally:
        side.pin(None)
