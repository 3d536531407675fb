"""Content to put, and what to put it with."""

from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import count
import random
from typing import TYPE_CHECKING, Any, override

import pytest

from custom_components.smb_ddns_sync.smb.client import ShareClient
from custom_components.smb_ddns_sync.smb.errors import ConnectionFailed, InUse
from custom_components.smb_ddns_sync.smb.files import (
    Checkpoint,
    Checkpoints,
    Content,
    FileInfo,
    Put,
)

from .waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable


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


@dataclass(frozen=True)
class Watched(Streamed):
    """Content that tells which of its bytes were asked for, and may have something happen then."""

    reads: list[tuple[int, int]] = field(default_factory=list)
    before: Callable[[int], None] = lambda _offset: None

    @override
    def read(self, offset: int, length: int) -> bytes:
        self.before(offset)
        self.reads.append((offset, length))
        return super().read(offset, length)

    @property
    def first(self) -> int:
        """The offset of the first byte that was asked for; the size where none was."""
        return min((offset for offset, _ in self.reads), default=self.size)


@dataclass(frozen=True)
class Keeper:
    """Keeps the checkpoints of a put, and may have something happen at one."""

    every: int
    kept: list[Checkpoint] = field(default_factory=list)
    after: Callable[[Checkpoint], None] = lambda _checkpoint: None

    def keep(self, checkpoint: Checkpoint) -> None:
        """Keep one."""
        self.kept.append(checkpoint)
        self.after(checkpoint)

    @property
    def checkpoints(self) -> Checkpoints:
        """What a put is to be given."""
        return Checkpoints(self.keep, self.every)


def break_at(client: ShareClient, put: Put, done: int, *, every: int) -> Checkpoint:
    """Begin a put that ends with its client, once so many bytes are safe; return the checkpoint."""

    def end(checkpoint: Checkpoint) -> None:
        if checkpoint.done >= done:
            client.close()

    keeper = Keeper(every, after=end)
    with pytest.raises(ConnectionFailed):
        client.put(replace(put, checkpoints=keeper.checkpoints))
    with closing(ShareClient(client.target)) as other:
        wait_until(lambda: _is_let_go(other, put.temporary))
    return keeper.kept[-1]


def _is_let_go(client: ShareClient, path: str) -> bool:
    """Tell whether the server has noticed that whoever wrote a file is gone."""
    try:
        client.open_reader(path).close()
    except InUse:
        return False
    return True


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
