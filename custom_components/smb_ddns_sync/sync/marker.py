"""The marker: a small file on the target that says which state file the target belongs to."""

from typing import TYPE_CHECKING

from .endpoint import Changed
from .names import MARKER, RunToken
from .own_file import LONGEST, prove_ours, read_own, understood, write_own

if TYPE_CHECKING:
    from .endpoint import Endpoint, RootIdentity


def read_marker(side: Endpoint) -> str | None:
    """Return the id that the side's marker tells.

    None where it has none, or one that cannot be understood.
    """
    return _told(read_own(side, MARKER))


def find_root(side: Endpoint) -> tuple[RootIdentity, str | None]:
    """Return which folder a side's root is now, and the id that its marker tells."""
    identity, found = side.find_root(MARKER, LONGEST)
    return identity, _told(understood(found))


def _told(data: dict[str, object] | None) -> str | None:
    found = None if data is None else data.get("id")
    return found if isinstance(found, str) else None


def write_marker(side: Endpoint, identity: str, run: RunToken, now: float) -> None:
    """Make the side's marker tell the id; `now` in seconds since 1970.

    Raises `NeedsPerson` where something of somebody else has its place.
    """
    data = {"id": identity, "made_by": "smb_ddns_sync"}
    try:
        expected = side.look(MARKER)
    except Changed:  # our folder is none
        prove_ours(side, MARKER)
        raise
    if expected is not None:
        prove_ours(side, MARKER)
    write_own(side, MARKER, data, run, now, expected=expected)
