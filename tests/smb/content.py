"""Content to put, and what to put it with."""

from dataclasses import dataclass
from itertools import count
import random
from typing import TYPE_CHECKING, Any

from custom_components.smb_ddns_sync.smb.files import Content, FileInfo, Put

if TYPE_CHECKING:
    from custom_components.smb_ddns_sync.smb.client import ShareClient

SOME_DAY = 133_500_000_123_456_789  # in 2024, not on a whole microsecond

_numbers = count(1)


def noise(size: int, seed: int = 1) -> bytes:
    """Return bytes in which every part is different."""
    return random.Random(seed).randbytes(size)


@dataclass(frozen=True)
class Streamed:
    """Content that is not in memory as far as the client knows."""

    data: bytes

    @property
    def size(self) -> int:
        """The number of bytes."""
        return len(self.data)

    def read(self, offset: int, length: int) -> bytes:
        """Return a piece."""
        return self.data[offset : offset + length]


def a_put(
    path: str,
    content: bytes | Content = b"content",
    *,
    expected: FileInfo | None = None,
    keep_old_at: str | None = None,
    make_parents: bool = False,
    modified: int = SOME_DAY,
    flush: bool = False,
    created: int = 0,
    **further: Any,
) -> Put:
    """Return a put with a temporary name of its own."""
    folder = path.rpartition("/")[0]
    name = f".part{next(_numbers)}"
    temporary = f"{folder}/{name}" if folder else name
    return Put(
        path, temporary, content, modified, expected, keep_old_at, make_parents, flush, created,
        **further,
    )  # fmt: skip


def now_at(client: ShareClient, path: str) -> FileInfo:
    """Return what is at a path; something has to be."""
    found = client.look(path)
    assert found is not None
    return found


def read_all(client: ShareClient, path: str) -> bytes:
    """Return the whole content of a file."""
    with client.open_reader(path) as reader:
        return b"".join(reader.chunks())
