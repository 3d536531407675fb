"""Deletes files of the source that are safe on the target: only in copy mode, where a person asked.

It is the one place where a user's file is deleted and not put into trash, so it believes nothing:
the base must say that both sides hold the file, both must still hold the very versions that it
says, and both contents are read and compared byte by byte just before.
"""

from typing import TYPE_CHECKING, Final

from .comparison import same_content
from .done import Failure
from .endpoint import ENDS_ALL, Cancelled, Changed, EndpointError, Entry, Kind, Missing
from .filters import EVERYTHING, View
from .names import display

if TYPE_CHECKING:
    from collections.abc import Callable

    from .base import BaseEntry
    from .brake import Brake
    from .done import Done, Sides
    from .endpoint import RelPath

_PAGE: Final = 200


def clear_source(
    sides: Sides,
    modified_before: int,
    done: Done,
    *,
    brake: Brake,
    prove_roots: Callable[[], None],
    lock: Callable[[], bool],
    view: View = EVERYTHING,
    fresh: Callable[[RelPath], bool] = lambda _path: False,
) -> None:
    """Delete from the source what was last modified before a time (ns since 1970).

    `lock` takes the lock where it is not held, and tells whether it did. It may have to be waited
    for, so what was compared before it is compared again. `fresh` tells what this run has carried
    over: a server that loses its power may lose the name that it got, so a later run clears it.

    Raises `EndpointError` where a whole side fails, where a root is another folder than it was, or
    where it was cancelled. A file that cannot be verified stays, and is told.
    """
    after: BaseEntry | None = None
    while page := sides.base.synced_files(modified_before, after, _PAGE):
        prove_roots()
        for known in page:
            if brake.step():
                raise Cancelled("run", "cancelled")
            if fresh(known.path):
                done.waits = True
                continue
            try:
                if _clear_one(sides, known, done, brake, view, lock):
                    prove_roots()
                    _clear_one(sides, known, done, brake, view, lock)
            except ENDS_ALL:
                raise
            except Changed, Missing:
                continue  # it is another version by now, which the next run carries over
            except EndpointError as error:
                done.tell(Failure(known.path, error.cause, str(error)))
        after = page[-1]


def _clear_one(
    sides: Sides,
    known: BaseEntry,
    done: Done,
    brake: Brake,
    view: View,
    lock: Callable[[], bool],
) -> bool:
    """Clear one file; return True where the lock was waited for and all must be done again."""
    if known.source is None:
        raise ValueError("the base does not say that both sides hold the file")
    path = known.path
    on_source = Entry(path, Kind.FILE, *known.source)
    on_target = Entry(path, Kind.FILE, *known.target)
    if view.hides(on_source) or view.hides(on_target):
        return False  # its age has taken it out of view since it was looked at
    if not same_content((sides.source, on_source), (sides.target, on_target), brake):
        detail = f"{display(path)} differs on the target, so it was not deleted on the source"
        done.tell(Failure(path, "not_verified", detail))
        return False
    if lock():
        return True
    sides.source.delete_file(path, on_source)
    done.files_cleared += 1
    # From now on it is the target's own, and stays.
    sides.base.record((known.without_source(),))
    return False
