"""Putting files in place on this machine.

Whole or not at all, also when the machine loses its power.

A file is written under a name of ours and flushed to the disk before it takes its place, and the
folder is flushed after, so no crash leaves a name with a part of its content. The version that is
replaced has a second name in trash before the new one comes.

A large file is flushed every now and then, too: what a checkpoint tells survives a loss of power.
"""

from contextlib import suppress
import errno
import hashlib
import os
import stat
from typing import TYPE_CHECKING, Final

from ..endpoint import ENDS_ALL, Changed, Checkpoint, Entry, FileError, RelPath
from ..names import checked, display, name_of, parent
from . import descent

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..endpoint import Content, Placement

    type Expect = Callable[[RelPath, os.stat_result | None, Entry | None], None]

_BLOCK: Final = 1 << 20
# File systems without hard links (FAT, some network and FUSE ones) say one of these.
_NO_LINKS: Final = frozenset(
    {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.EXDEV, errno.ENOSYS}
)


def carry_over(root: descent.Root, placement: Placement, expect: Expect) -> os.stat_result:
    """Carry out one placement and return what is in place then.

    Raises `OSError` or `EndpointError`.
    """
    name = name_of(placement.path)
    temporary = name_of(placement.temporary)
    with descent.folder(root, parent(placement.path)) as folder:
        old = descent.status(name, folder)
        expect(placement.path, old, placement.expected)
        try:
            _write(folder, temporary, placement, old)
            if placement.keep_old_at is not None and placement.expected is not None:
                _keep(root, folder, name, placement, expect)
            expect(placement.path, descent.status(name, folder), placement.expected)
            if placement.expected is None:
                _appear(folder, temporary, name)
            else:
                os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException as error:
            if placement.checkpoints is None or not isinstance(error, ENDS_ALL):
                with suppress(OSError):  # what cannot be removed now is swept by a later run
                    os.unlink(temporary, dir_fd=folder)
            raise
        os.fsync(folder)
        return os.stat(name, dir_fd=folder, follow_symlinks=False)


def keep_unchanged_move(
    root: descent.Root, source: RelPath, target: RelPath, expected: Entry, expect: Expect
) -> None:
    """Move what is expected to a path that holds nothing."""
    with (
        descent.folder(root, parent(checked(source))) as from_folder,
        descent.folder(root, parent(checked(target)), make=True) as to_folder,
    ):
        expect(source, descent.status(name_of(source), from_folder), expected)
        expect(target, descent.status(name_of(target), to_folder), None)
        os.rename(name_of(source), name_of(target), src_dir_fd=from_folder, dst_dir_fd=to_folder)
        os.fsync(to_folder)
        os.fsync(from_folder)


def _write(folder: int, temporary: str, placement: Placement, old: os.stat_result | None) -> None:
    with placement.open() as content:
        handle, done = _opened(folder, temporary, placement)
        try:
            if old is not None:
                # Nobody may read the new version who may not read the old one. We may write it, so
                # that another run can go on with it.
                os.fchmod(handle, old.st_mode & 0o777 | stat.S_IRUSR | stat.S_IWUSR)
            written = _Written(handle, placement, done)
            written.copy(content)
            content.verify_unchanged()
            if old is not None:
                os.fchmod(handle, old.st_mode & 0o777)
            os.utime(handle, ns=(placement.modified, placement.modified))
            os.fsync(handle)
            if placement.verify:
                written.read_back(content)
        finally:
            os.close(handle)


def _opened(folder: int, temporary: str, placement: Placement) -> tuple[int, int]:
    """Open the temporary, and return with it how much of what is in it may be built on."""
    flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
    left = placement.resume
    if left is not None:
        with suppress(FileNotFoundError):
            handle = os.open(temporary, flags, dir_fd=folder)
            found = os.fstat(handle)
            if found.st_ino == left.file_id and found.st_size >= left.done:
                os.ftruncate(handle, left.done)
                return handle, left.done
            os.close(handle)
            if found.st_ino != left.file_id:
                raise Changed(display(placement.temporary), "exists")
            os.unlink(temporary, dir_fd=folder)
    return os.open(temporary, flags | os.O_CREAT | os.O_EXCL, 0o666, dir_fd=folder), 0


class _Written:
    """A temporary while it is filled."""

    def __init__(self, handle: int, placement: Placement, done: int) -> None:
        self._handle = handle
        self._placement = placement
        self._first = done
        self._done = done
        self._safe = done
        self._digest = hashlib.sha256()

    def copy(self, content: Content) -> None:
        """Fill it; whatever ends this, what is there by then is kept if that is asked for."""
        placement = self._placement
        os.lseek(self._handle, self._done, os.SEEK_SET)
        try:
            self._keep()
            while self._done < placement.size:
                self._copy_block(content)
        except ENDS_ALL:
            self._flush()
            raise
        written = os.fstat(self._handle).st_size
        if written != placement.size:
            raise Changed(
                display(placement.temporary), "changed", "it is not as long as was written"
            )

    def _copy_block(self, content: Content) -> None:
        placement = self._placement
        block = content.read(self._done, min(_BLOCK, placement.size - self._done))
        if not block:
            raise Changed(display(placement.path), "changed", "it became shorter")
        _write_all(self._handle, block)
        self._done += len(block)
        if placement.verify:
            self._digest.update(block)
        if placement.checkpoints and self._done - self._safe >= placement.checkpoints.every:
            self._flush()

    def _flush(self) -> None:
        if self._placement.checkpoints is not None and self._done > self._safe:
            os.fdatasync(self._handle)
            self._safe = self._done
            self._keep()

    def _keep(self) -> None:
        if self._placement.checkpoints is not None:
            self._placement.checkpoints.keep(Checkpoint(os.fstat(self._handle).st_ino, self._safe))

    def read_back(self, content: Content) -> None:
        """Read what is on the disk and compare it with what was read.

        The kernel is asked to forget the flushed pages first; where it does (not on a file system
        in memory), the bytes come from the disk. What an earlier run wrote is compared with the
        source itself.
        """
        os.posix_fadvise(self._handle, 0, 0, os.POSIX_FADV_DONTNEED)
        for offset in range(0, self._first, _BLOCK):
            length = min(_BLOCK, self._first - offset)
            if os.pread(self._handle, length, offset) != content.read(offset, length):
                raise self._spoilt()
        digest = hashlib.sha256()
        os.lseek(self._handle, self._first, os.SEEK_SET)
        while block := os.read(self._handle, _BLOCK):
            digest.update(block)
        if digest.digest() != self._digest.digest():
            raise self._spoilt()

    def _spoilt(self) -> FileError:
        return FileError(
            display(self._placement.path), "spoilt", "what was read back differs from the source"
        )


def _write_all(handle: int, block: bytes) -> None:
    view = memoryview(block)
    while view:
        view = view[os.write(handle, view) :]


def _keep(root: descent.Root, folder: int, name: str, placement: Placement, expect: Expect) -> None:
    kept = placement.keep_old_at
    if kept is None:
        return
    with descent.folder(root, parent(checked(kept)), make=True) as trash:
        try:
            os.link(name, name_of(kept), src_dir_fd=folder, dst_dir_fd=trash, follow_symlinks=False)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            _copy_old(folder, name, trash, name_of(kept))
            os.fsync(trash)
            return
        # What was given a second name must be the version that the plan has seen.
        try:
            expect(placement.path, descent.status(name_of(kept), trash), placement.expected)
        except Changed:
            os.unlink(name_of(kept), dir_fd=trash)
            raise
        os.fsync(trash)


def _copy_old(folder: int, name: str, trash: int, kept: str) -> None:
    reading = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    try:
        status = os.fstat(reading)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        writing = os.open(kept, flags, 0o666, dir_fd=trash)
        try:
            while block := os.read(reading, _BLOCK):
                _write_all(writing, block)
            os.utime(writing, ns=(status.st_atime_ns, status.st_mtime_ns))
            os.fsync(writing)
        except BaseException:
            os.unlink(kept, dir_fd=trash)
            raise
        finally:
            os.close(writing)
    finally:
        os.close(reading)


def _appear(folder: int, temporary: str, name: str) -> None:
    """Give the file its name, if nothing has it.

    A second name first, because a rename would replace.
    """
    try:
        os.link(temporary, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    else:
        os.unlink(temporary, dir_fd=folder)
