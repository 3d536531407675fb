"""Run a program with a small disk of its own: a folder that only it sees as a file system.

A program of its own, started as `python small_disk.py FOLDER BYTES COMMAND…`. The file system is a
tmpfs in a mount namespace of its own (unshare(2)): the rest of the machine is not touched, and it
is gone with the last process in it. Root needs nothing else; others need user namespaces, in which
they keep their own user id.
"""

import ctypes
import os
from pathlib import Path
import sys

_MS_PRIVATE_RECURSIVE = (1 << 18) | (1 << 14)
_EXIT_IMPOSSIBLE = 77


def _mount(source: str, target: str, kind: str, flags: int, data: str) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    arguments = (source.encode(), target.encode(), kind.encode(), flags, data.encode())
    if libc.mount(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"mounting {kind} at {target}: {os.strerror(number)}")


def _own_namespace() -> None:
    try:
        os.unshare(os.CLONE_NEWNS)
    except PermissionError:
        user, group = os.getuid(), os.getgid()
        os.unshare(os.CLONE_NEWUSER | os.CLONE_NEWNS)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    # What is mounted in here must not be seen outside.
    _mount("none", "/", "none", _MS_PRIVATE_RECURSIVE, "")


def main(folder: str, size: str, *command: str) -> None:
    """Mount the disk and become the command."""
    stat = Path(folder).stat()
    try:
        _own_namespace()
        owner = f"size={size},mode=755,uid={stat.st_uid},gid={stat.st_gid}"
        _mount("small", folder, "tmpfs", 0, owner)
    except OSError as error:
        print(
            f"No small disk can be made here: {error}. "
            "It takes root with CAP_SYS_ADMIN, or user namespaces.",
            file=sys.stderr,
        )
        sys.exit(_EXIT_IMPOSSIBLE)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(*sys.argv[1:])
