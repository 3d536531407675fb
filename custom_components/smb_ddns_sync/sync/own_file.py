"""Small files of our own in a side's folder of ours: the marker and the lock."""

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
from .names import OWN_FOLDER, RunToken, temporary_beside

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LONGEST: Final = 4096


def read_own(side: Endpoint, path: RelPath) -> dict[str, object] | None:
    """Return what one of our files tells.

    None where it is missing, or is not what we write. Raises `EndpointError` where it may be
    there and cannot be read.
    """
    try:
        return understood(side.read_small(path, LONGEST))
    except EndpointError as error:
        return understood(error)


def understood(found: bytes | EndpointError) -> dict[str, object] | None:
    """Return what a file tells that was read, or not; as `read_own` does."""
    if isinstance(found, EndpointError):
        unreadable = isinstance(found, FileError) and found.cause != "access_denied"
        if unreadable or isinstance(found, Missing):
            return None
        raise found
    try:
        data = json.loads(found)
    except ValueError, RecursionError:
        return None
    return data if isinstance(data, dict) else None


def write_own(
    side: Endpoint,
    path: RelPath,
    data: Mapping[str, object] | None,
    run: RunToken,
    now: float,
    *,
    expected: Entry | None,
    at_once: bool = False,
) -> Entry:
    """Put one of our files in place over exactly what is expected there; `now` as of 1970.

    Without data it is empty, which also a full side takes. A new file may be put there `at_once`,
    so that others may see it empty, too (`Endpoint.place_at_once`).

    Raises `Changed` where something else is there, and whatever else the side says.
    """
    text = b"" if data is None else json.dumps(dict(data)).encode()
    modified = int(now) * 1_000_000_000
    entry = Entry(path, Kind.FILE, len(text), modified)

    @contextmanager
    def opened() -> Iterator[Content]:
        yield _Text(entry, text)

    placement = Placement(
        path, temporary_beside(path, run, now), opened, len(text), modified, expected
    )

    def put() -> Entry:
        if at_once and expected is None:
            return side.place_at_once(placement)
        ((_, result),) = side.place((placement,))
        if isinstance(result, EndpointError):
            raise result
        return result

    try:
        return put()
    except Missing:
        side.make_folder(RelPath(OWN_FOLDER))
        return put()


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
