"""The marker: a small file on the target that says which state file the target belongs to."""

from contextlib import contextmanager
import json
from typing import TYPE_CHECKING, Final, override

from .endpoint import (
    Content,
    Endpoint,
    EndpointError,
    Entry,
    FileError,
    Kind,
    Missing,
    Placement,
    RelPath,
)
from .names import MARKER, OWN_FOLDER, RunToken, temporary_beside

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST: Final = 4096


def read_marker(side: Endpoint) -> str | None:
    """Return the id that the side's marker tells.

    None where it has none, or one that cannot be understood.
    """
    try:
        with side.open(MARKER) as content:
            text = content.read(0, _LONGEST)
    except Missing:
        return None
    except FileError as error:
        if error.cause == "access_denied":
            raise
        return None
    try:
        data = json.loads(text)
    except ValueError:
        return None
    found = data.get("id") if isinstance(data, dict) else None
    return found if isinstance(found, str) else None


def write_marker(side: Endpoint, identity: str, run: RunToken, now: float) -> None:
    """Make the side's marker tell the id; `now` in seconds since 1970."""
    side.make_folder(RelPath(OWN_FOLDER))
    text = json.dumps({"id": identity, "made_by": "smb_ddns_sync"}).encode()
    modified = int(now) * 1_000_000_000
    entry = Entry(MARKER, Kind.FILE, len(text), modified)

    @contextmanager
    def opened() -> Iterator[Content]:
        yield _Text(entry, text)

    placement = Placement(
        MARKER,
        temporary_beside(MARKER, run, now),
        opened,
        len(text),
        modified,
        side.look(MARKER),
    )
    for _, result in side.place((placement,)):
        if isinstance(result, EndpointError):
            raise result


class _Text(Content):
    def __init__(self, entry: Entry, text: bytes) -> None:
        self.entry = entry
        self._text = text

    @override
    def read(self, offset: int, length: int) -> bytes:
        return self._text[offset : offset + length]

    @override
    def verify_unchanged(self) -> None:
        """Do nothing: the text is in memory and stays."""
