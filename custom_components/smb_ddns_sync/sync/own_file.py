"""Small files of our own in a side's folder of ours: the marker and the lock."""

from contextlib import contextmanager
import json
from typing import TYPE_CHECKING, Final, override

from .endpoint import (
    Changed,
    Content,
    Endpoint,
    EndpointError,
    Entry,
    FileError,
    Kind,
    Missing,
    NeedsPerson,
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
        if unreadable or isinstance(found, Missing | Changed):
            return None
        raise found
    try:
        data = json.loads(found)
    except ValueError, RecursionError:
        return None
    return data if isinstance(data, dict) else None


def prove_ours(side: Endpoint, path: RelPath) -> None:
    """Raise `NeedsPerson` where something that we never wrote has the place of one of our files.

    Ours is an object in JSON, or what a server has made of that which lost its power: the first
    part of it, a row of NULs, or nothing.
    """
    try:
        with side.open(path) as content:
            text = content.read(0, LONGEST)
    except Missing:
        return
    except Changed as error:
        raise _in_our_place(path, "it is no file") from error
    if text.strip(b"\0")[:1] not in {b"", b"{"}:
        raise _in_our_place(path, "it holds something else")


def _make_folder(side: Endpoint) -> None:
    try:
        side.make_folder(RelPath(OWN_FOLDER))
    except Changed:
        _prove_folder(side)
        raise


def _prove_folder(side: Endpoint) -> None:
    found = side.look(RelPath(OWN_FOLDER))
    if found is not None and found.kind is not Kind.FOLDER:
        raise _in_our_place(RelPath(OWN_FOLDER), "it is no folder")


def _in_our_place(path: RelPath, why: str) -> NeedsPerson:
    return NeedsPerson(
        path, "own_name", f"{why}, and this integration needs the name for itself; move it away"
    )


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

    Raises `Changed` where something else is there, `NeedsPerson` where our folder is none, and
    whatever else the side says.
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
        try:
            return put()
        except Missing:
            _make_folder(side)
            return put()
    except Changed:
        if expected is None:
            _prove_folder(side)
        raise


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
