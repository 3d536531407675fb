"""Which of two versions of a file a policy prefers."""

from typing import TYPE_CHECKING

from .moments import rounded
from .settings import ConflictPolicy
from .side import Side

if TYPE_CHECKING:
    from .endpoint import Entry


def winner_of(policy: ConflictPolicy, source: Entry, target: Entry, step: int) -> Side | None:
    """Return the side whose version wins; None where the policy cannot decide.

    Times count only where they differ at `step` ns, the precision of the coarser side.
    """
    match policy:
        case ConflictPolicy.SOURCE:
            return Side.SOURCE
        case ConflictPolicy.TARGET:
            return Side.TARGET
        case ConflictPolicy.NEWER:
            return _more(rounded(source.modified, step), rounded(target.modified, step))
        case ConflictPolicy.OLDER:
            return _more(rounded(target.modified, step), rounded(source.modified, step))
        case ConflictPolicy.LARGER:
            return _more(source.size, target.size)
        case ConflictPolicy.SMALLER:
            return _more(target.size, source.size)
        case ConflictPolicy.KEEP_BOTH | ConflictPolicy.ASK:
            return None


def _more(source: int, target: int) -> Side | None:
    if source == target:
        return None
    return Side.SOURCE if source > target else Side.TARGET
