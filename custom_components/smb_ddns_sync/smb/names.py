"""Paths and names, as Python has them and as they go over the wire."""

from codecs import utf_16_le_decode
from typing import Final

from .errors import BadAnswer, BadName

_LONGEST: Final = 0xFFFE  # bytes; CREATE tells the length in 16 bits (MS-SMB2 § 2.2.13)


def encode_path(path: str) -> bytes:
    """Return a share-relative path in the form of MS-SMB2 § 2.2.13: UTF-16LE, no leading separator.

    Half of a surrogate pair goes as it is: Windows holds names with one, which could not be opened
    or put away otherwise. A server that cannot hold it says so.

    Raises `BadName` where a part is empty, is `.` or `..`, or holds what the protocol cannot carry:
    NUL or a backslash, and where the path is longer than a message can say.
    """
    if not path:
        return b""
    if "\\" in path or "\0" in path:
        raise BadName(path, "a name can hold neither a backslash nor NUL")
    for part in path.split("/"):
        if part in {"", ".", ".."}:
            raise BadName(path, "a part of the path is empty, . or ..")
    encoded = path.replace("/", "\\").encode("utf-16-le", "surrogatepass")
    if len(encoded) > _LONGEST:
        raise BadName(path, f"the path has {len(encoded)} bytes, more than {_LONGEST}")
    return encoded


def checked_name(name: str, folder: str) -> str:
    """Return a name that the server listed, if it can only mean an entry of that folder.

    A server that lists `../x` or `a/b` is broken or hostile: joined to a path it would lead
    elsewhere.
    """
    if not name or name in {".", ".."} or "/" in name or "\\" in name or "\0" in name:
        raise BadAnswer(folder, f"the listing holds the impossible name {name!r}")
    return name


def decode_name(data: bytes, subject: str) -> str:
    """Return a name as the server sent it; half a surrogate pair is told, not dropped."""
    try:
        # What `bytes.decode` ends in, without the way there: a listing has names by the thousand.
        return utf_16_le_decode(data, "surrogatepass", True)[0]
    except UnicodeDecodeError:
        raise BadAnswer(subject, "a name is not UTF-16") from None


def join(folder: str, name: str) -> str:
    """Return the path of a folder's entry."""
    return f"{folder}/{name}" if folder else name


def parent(path: str) -> str:
    """Return the folder that holds the path; the root's is the root."""
    return path.rpartition("/")[0]


def last_part(path: str) -> str:
    """Return the name of a path in its folder; empty for the root."""
    return path.rpartition("/")[2]
