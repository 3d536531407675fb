"""What a watch tells, and how it is read from what a server says: pure, and the server not trusted.

A notice is a reason to look, never a fact to act on: by the time it is heard the tree may have
changed again, and servers tell only of what goes through them.
"""

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from .errors import BadAnswer
from .names import checked_name
from .status import NOTIFY_ENUM_DIR
from .wire_control import Action, decode_notified

if TYPE_CHECKING:
    from .errors import SmbError
    from .wire import Answer


class Change(Enum):
    """What happened to a name."""

    ADDED = "added"  # made, or moved here from outside the tree
    REMOVED = "removed"  # deleted, or moved out of the tree
    MODIFIED = "modified"  # more may come: servers do not tell when a writer is done


@dataclass(frozen=True, slots=True)
class Touched:
    """A file or folder was touched. The path is relative to the watched folder."""

    path: str
    change: Change


@dataclass(frozen=True, slots=True)
class Renamed:
    """A file or folder, with all that it holds, has another path within the tree."""

    source: str
    target: str


class Why(Enum):
    """Why single changes are not known."""

    OVERFLOW = "overflow"  # more changed than the server keeps for us
    RESUMED = "resumed"  # the watch stands again after it was interrupted
    UNREADABLE = "unreadable"  # what the server told breaks the protocol, or leaves the tree


@dataclass(frozen=True, slots=True)
class Rescan:
    """Anything in the tree may have changed. What changes from now on is told again."""

    why: Why


@dataclass(frozen=True, slots=True)
class Interrupted:
    """Nothing is seen for now; a `Rescan` or `Ended` follows."""

    error: SmbError


@dataclass(frozen=True, slots=True)
class Ended:
    """Nothing will be told any more, and trying again by itself would not help."""

    error: SmbError


type Notice = Touched | Renamed | Rescan | Interrupted | Ended

_CHANGES: Final[dict[int, Change]] = {
    Action.ADDED: Change.ADDED,
    Action.REMOVED: Change.REMOVED,
    Action.RENAMED_FROM: Change.REMOVED,  # when its other half is not told with it
    Action.RENAMED_TO: Change.ADDED,
}
"""Every other action, known or not, is a reason to look at the path."""
_OF_STREAMS: Final = range(6, 9)  # MS-FSCC § 2.7.1: the name of a stream follows after a colon


def read_notices(answer: Answer, folder: str) -> list[Notice]:
    """Return what the answer to a CHANGE_NOTIFY tells; never nothing.

    Servers say by status or by an empty answer that they lost count (MS-SMB2 § 3.3.4.4, MS-FSA
    § 2.1.5.11). A change that cannot be believed makes the whole answer unreadable, as another one
    may be hidden in it.
    """
    if answer.status == NOTIFY_ENUM_DIR:
        return [Rescan(Why.OVERFLOW)]
    try:
        told = [
            (action, _inside(_file_of(action, path), folder))
            for action, path in decode_notified(answer, folder)
        ]
    except BadAnswer:
        return [Rescan(Why.UNREADABLE)]
    return _paired(told) if told else [Rescan(Why.OVERFLOW)]


def _paired(told: list[tuple[int, str]]) -> list[Notice]:
    notices: list[Notice] = []
    source: str | None = None
    for action, path in told:
        if source is not None and action == Action.RENAMED_TO:
            notices.append(Renamed(source, path))
            source = None
            continue
        if source is not None:
            notices.append(Touched(source, Change.REMOVED))
            source = None
        if action == Action.RENAMED_FROM:
            source = path
        else:
            notices.append(Touched(path, _CHANGES.get(action, Change.MODIFIED)))
    if source is not None:
        notices.append(Touched(source, Change.REMOVED))
    return notices


def _file_of(action: int, path: str) -> str:
    return path.partition(":")[0] if action in _OF_STREAMS else path


def _inside(path: str, folder: str) -> str:
    """Return a path that can only lead to something below the watched folder."""
    for part in path.split("/"):
        checked_name(part, folder)
    return path
