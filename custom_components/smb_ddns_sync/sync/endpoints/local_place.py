"""Putting files in place on this machine.

Whole or not at all, also when the machine loses its power.

A file is written under a name of ours and flushed to the disk before it takes its place, and the
folder is flushed after, so no crash leaves a name with a part of its content. The version that is
replaced has a second name in trash before the new one comes.
"""

from contextlib import suppress
import errno
import os
from typing import TYPE_CHECKING, Final

from ..endpoint import Changed, Entry, RelPath
from ..names import checked, display, name_of, parent
from . import descent

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ..endpoint import Content, Placement

    type Expect = Callable[[RelPath, os.stat_result | None, Entry | None], None]

_BLOCK: Final = 1 << 20
# File systems without hard links (FAT, some network and FUSE ones) say one of these.
_NO_LINKS: Final = frozenset(
    {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.EXDEV, errno.ENOSYS}
)


def carry_over(root: Path, placement: Placement, expect: Expect) -> os.stat_result:
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
        except BaseException:
            with suppress(OSError):  # what cannot be removed now is swept by a later run
                os.unlink(temporary, dir_fd=folder)
            raise
        os.fsync(folder)
        return os.stat(name, dir_fd=folder, follow_symlinks=False)


def keep_unchanged_move(
    root: Path, source: RelPath, target: RelPath, expected: Entry, expect: Expect
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
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        handle = os.open(temporary, flags, 0o666, dir_fd=folder)
        try:
            if old is not None:
                os.fchmod(handle, old.st_mode & 0o777)
            _copy(content, handle, placement)
            content.verify_unchanged()
            os.utime(handle, ns=(placement.modified, placement.modified))
            os.fsync(handle)
        finally:
            os.close(handle)


def _copy(content: Content, handle: int, placement: Placement) -> None:
    offset = 0
    while offset < placement.size:
        block = content.read(offset, min(_BLOCK, placement.size - offset))
        if not block:
            raise Changed(display(placement.path), "changed", "it became shorter")
        _write_all(handle, block)
        offset += len(block)
    written = os.fstat(handle).st_size
    if written != placement.size:
        raise Changed(display(placement.temporary), "changed", "it is not as long as was written")


def _write_all(handle: int, block: bytes) -> None:
    view = memoryview(block)
    while view:
        view = view[os.write(handle, view) :]


def _keep(root: Path, folder: int, name: str, placement: Placement, expect: Expect) -> None:
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
