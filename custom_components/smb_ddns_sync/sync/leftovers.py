"""What has a name like one of ours: what our own runs left, what others left, and what is no run's.

Only what this state remembers to have begun is deleted. A file that is called like one that is
being written, of a run that nobody here knows, may be a user's: it goes to trash once no run can be
at it any more. Whatever else has such a name is left alone, and told, because nobody syncs it.
"""

from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING, Final

from .endpoint import Kind, RelPath
from .lock import LOCK
from .names import MARKER, NAME_TRIAL, OWN_FOLDER, TEMPORARY, TRASH, display, name_of
from .trash import made_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .endpoint import Endpoint, Entry, Listing
    from .state import State

_ABANDONED: Final = timedelta(hours=24)
"""After this time a temporary of a run that this state does not know has no writer any more."""

_OURS: Final = {
    MARKER: Kind.FILE,
    LOCK: Kind.FILE,
    TRASH: Kind.FOLDER,
    NAME_TRIAL: Kind.FOLDER,
}
"""What is in our folder, and nothing else."""

OWN_NAME: Final = "own_name"
"""The cause of what cannot be synced because it has a name of ours."""


class Fate(Enum):
    """What becomes of something that is called like a file that is being written."""

    DELETE = "delete"
    TRASH = "trash"
    TELL = "tell"
    LEAVE = "leave"  # its writer may be alive


def fate_of(entry: Entry, state: State, now: float, *, written: bool) -> Fate:
    """Decide about it; `now` in seconds since 1970. `written` says that runs write on its side.

    A run that this state does not know may be another Home Assistant's, restored from the same
    backup. On a side that is only read nobody but a restore of this job leaves any.
    """
    found = TEMPORARY.fullmatch(name_of(entry.path))
    if found is None or entry.kind is not Kind.FILE:
        return Fate.TELL
    if state.knows_run(found["run"]):
        return Fate.DELETE
    if now - int(found["made"], 16) <= _ABANDONED.total_seconds():
        return Fate.LEAVE
    return Fate.TRASH if written else Fate.TELL


def strangers_in(own: Listing, trash: Listing) -> Iterator[Entry]:
    """Return what somebody has put into our folder, or into trash beside what runs took away."""
    for entry in own.entries:
        if _OURS.get(entry.path) is not entry.kind:
            yield entry
    for entry in trash.entries:
        if made_at(name_of(entry.path)) is None or entry.kind is not Kind.FOLDER:
            yield entry
    for entry in (*own.temporaries, *trash.temporaries):
        if entry.kind is not Kind.FILE:
            yield entry


def look_for_strangers(side: Endpoint) -> list[Entry]:
    """List our folder and trash of a side for what is not ours."""
    return list(strangers_in(side.list(RelPath(OWN_FOLDER)), side.list(TRASH)))


def why_left_alone(path: RelPath) -> str:
    """Return a sentence that tells a user what to do."""
    shown = display(RelPath(name_of(path)))
    if path.startswith(f"{OWN_FOLDER}/"):
        return f"{shown} is in a folder that is not synced; move it out of {OWN_FOLDER}"
    return f"{shown} is a name that only this integration uses; rename it to have it synced"
