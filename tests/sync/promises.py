"""The promises, as checks on a pair of sides in memory before and after something happened."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from custom_components.smb_ddns_sync.sync.names import fold, is_temporary

from .trees import Tree, contents, trash, tree

if TYPE_CHECKING:
    from .pair import Pair


@dataclass(frozen=True)
class Before:
    """What both sides held when a run began."""

    source: Tree
    target: Tree
    trash: Tree

    @classmethod
    def of(cls, pair: Pair) -> Self:
        """Look at both sides."""
        return cls(tree(pair.source), tree(pair.target), trash(pair.target))

    def check(self, pair: Pair, *, edited: bool = False) -> None:
        """Check no loss, and old or new. `edited` says that a user changed things meanwhile."""
        after = Before.of(pair)
        if not edited:
            assert after.source == self.source, "the source was changed"
        self._check_no_loss(after)
        self._check_old_or_new(after)

    def _check_no_loss(self, after: Before) -> None:
        had = {*_users(self.target).values(), *contents(self.trash)}
        has = {*contents(after.target), *contents(after.trash)}
        assert had <= has, f"lost: {had - has}"

    def _check_old_or_new(self, after: Before) -> None:
        # The target takes names that differ only in case for one.
        allowed: dict[str, set[str]] = {}
        for tree_then in (self.target, self.source, after.source):
            for path, content in flat(tree_then).items():
                allowed.setdefault(fold(path), set()).add(content)
        found = _users(after.target)
        then = {fold(path) for path in _users(self.target)}
        for path, content in found.items():
            # What was renamed has its old content under a name that nothing had.
            renamed = fold(path) not in then and content in _users(self.target).values()
            assert renamed or content in allowed.get(fold(path), set()), (
                f"{path} holds {content!r}, which is neither old nor new"
            )
        in_place = {fold(path) for path in found}
        # A file that was renamed, or is in a folder that was, has a name that nothing had.
        in_trash = {*contents(after.trash)} | {
            content for path, content in found.items() if fold(path) not in then
        }
        for path, content in _users(self.target).items():
            if fold(path) not in in_place:
                assert content in in_trash, f"{path} is gone, and neither renamed nor in trash"


def _users(tree: Tree) -> dict[str, str]:
    """Return every file that was ever whole: all but those that were begun and not finished."""
    return {
        path: content
        for path, content in flat(tree).items()
        if not is_temporary(path.rpartition("/")[2])
    }


def flat(tree: Tree, under: str = "") -> dict[str, str]:
    """Return every file of a tree by its path."""
    found: dict[str, str] = {}
    for name, content in tree.items():
        path = f"{under}/{name}" if under else name
        if isinstance(content, str):
            found[path] = content
        else:
            found |= flat(content, path)
    return found


def temporaries(pair: Pair) -> list[str]:
    """Return the files on the target that were begun and not finished."""
    return [path for path in flat(tree(pair.target)) if is_temporary(path.rpartition("/")[2])]
