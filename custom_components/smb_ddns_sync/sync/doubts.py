"""Leaves out of what is to be looked at the paths of which nothing new can have been told."""

from dataclasses import replace
import sqlite3
from typing import TYPE_CHECKING

from .endpoint import EndpointError, News
from .names import parent
from .scan import is_as_known, is_synced_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .base import Base
    from .endpoint import Endpoint, RelPath
    from .hints import Scope
    from .side import Side


def sifted(
    scope: Scope,
    base: Base,
    sides: Mapping[Side, Endpoint],
    is_ours: Callable[[Side, RelPath], bool],
) -> Scope:
    """Replace what is doubted by the folders in which there may be something new.

    Folders have no content but their names, of which others tell. A name that a run has just
    changed (`is_ours`) costs one look, and is left out if it is as the base knows it.
    """
    folders = set(scope.folders)
    for side, news, path in scope.doubted:
        if parent(path) in folders:
            continue
        try:
            known = base.get(path)
            nothing = news is News.OTHER and is_synced_folder(known)
            if nothing or (is_ours(side, path) and is_as_known(known, side, sides[side], path)):
                continue
        except EndpointError, OSError, sqlite3.Error:
            pass  # the run that looks there meets the same error, and tells it
        folders.add(parent(path))
    return replace(scope, folders=frozenset(folders), doubted=frozenset())
