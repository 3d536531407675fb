"""What the kernel's list of mounts tells about the file system that a folder is on."""

import os
from pathlib import Path
from typing import Final

# Their inode numbers are made up while a file is in memory, and are others after the next mount.
_FLEETING_IDS: Final = frozenset({"exfat", "fuse", "fuseblk", "msdos", "overlay", "vfat"})
_FAT: Final = frozenset({"msdos", "vfat"})
# They are made for Windows, take names for one that differ in case only, and are read there, too.
_WINDOWS: Final = frozenset({"cifs", "exfat", "fuseblk", "msdos", "ntfs", "ntfs3", "smb3", "vfat"})
# What others change in them passes by this kernel, so no event tells of it (inotify(7)).
_AFAR: Final = frozenset({"9p", "afs", "ceph", "cifs", "glusterfs", "nfs", "nfs4", "smb3"})
_SECOND: Final = 1_000_000_000


class FileSystems:
    """The types of the file systems below one folder, by device number."""

    def __init__(self, root_device: int) -> None:
        types = _mounted_types()
        root_type = types.get(root_device, "")
        self._lasting = {device: _lasts(kind) for device, kind in types.items()}
        # A device without a mount of its own (a btrfs subvolume, a layer of an overlay) is a part
        # of the root's.
        self._otherwise = _lasts(root_type)
        self.modified_step = 2 * _SECOND if root_type in _FAT else 1
        """The precision of file times, in ns."""
        self.for_windows = root_type in _WINDOWS
        """Whether names are held as Windows holds them."""
        self.root_is_near = root_type not in _AFAR and not root_type.startswith("fuse.")
        """Whether only this machine changes the root's file system."""

    def has_lasting_ids(self, device: int) -> bool:
        """Tell whether an inode number still means the same file after a reboot."""
        return self._lasting.get(device, self._otherwise)


def _lasts(kind: str) -> bool:
    return kind not in _FLEETING_IDS and not kind.startswith("fuse.")


def _mounted_types() -> dict[int, str]:
    """Read /proc/self/mountinfo; proc(5) tells its fields."""
    try:
        lines = (
            Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        )
    except FileNotFoundError:
        return {}  # no Linux: every id is taken to last
    types = {}
    for line in lines:
        before, _, after = line.partition(" - ")
        major, _, minor = before.split()[2].partition(":")
        types[os.makedev(int(major), int(minor))] = after.split()[0]
    return types
