"""One run of our client, in a process of its own, as `clients.py` starts it.

Time and processor time are told from the first dial on: in Home Assistant Python runs already and
the modules are loaded.
"""

import json
import os
from pathlib import Path
import resource
import sys
import time
from typing import TYPE_CHECKING

from custom_components.smb_ddns_sync.smb.client import ShareClient
from custom_components.smb_ddns_sync.smb.errors import SmbError
from custom_components.smb_ddns_sync.smb.files import Put, filetime_from_ns
from custom_components.smb_ddns_sync.smb.target import Address, Credentials, ShareTarget

if TYPE_CHECKING:
    from collections.abc import Iterator

PIECE = 1 << 20


class LocalFile:
    """A file on our disk, as content."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self.size = os.fstat(self._file).st_size

    def read(self, offset: int, length: int) -> bytes:
        """Return a piece."""
        return os.pread(self._file, length, offset)


def puts(source: Path, target: str) -> Iterator[Put]:
    """Return a put for each file of a tree, its content read when its turn has come."""
    for folder, _, names in os.walk(source):
        below = Path(folder).relative_to(source).as_posix()
        place = target if below == "." else f"{target}/{below}"
        for name in names:
            with Path(folder, name).open("rb") as file:
                modified = filetime_from_ns(os.fstat(file.fileno()).st_mtime_ns)
                content = file.read()
            yield Put(
                f"{place}/{name}", f"{place}/.{name}.part", content, modified, make_parents=True
            )


def upload(client: ShareClient, source: str, target: str) -> None:
    """Put a tree."""
    for put, result in client.put_many(puts(Path(source), target)):
        if isinstance(result, SmbError):
            raise result
        if result.size != len(put.content):  # type: ignore[arg-type] # bytes, see `puts`
            raise RuntimeError(f"{put.path} has arrived with {result.size} bytes")


def put(client: ShareClient, source: str, target: str) -> None:
    """Put one large file."""
    content = LocalFile(Path(source))
    client.put(Put(target, f"{target}.part", content, filetime_from_ns(0)))


def get(client: ShareClient, source: str, target: str) -> None:
    """Read one large file into a local one."""
    with client.open_reader(source) as reader, Path(target).open("wb") as file:
        file.writelines(reader.chunks())


def walk(client: ShareClient, folder: str, expected: str) -> None:
    """List a tree; all its files have to be seen."""
    seen = 0
    for listing in client.walk(folder, lambda _folder: True):
        if listing.error is not None:
            raise listing.error
        seen += sum(not entry.is_folder for entry in listing.entries)
    if seen != int(expected):
        raise RuntimeError(f"{seen} files were seen, not {expected}")


ACTIONS = {"upload": upload, "put": put, "get": get, "walk": walk}


def processor_time() -> float:
    """Return what this process has used."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main(port: str, share: str, username: str, action: str, *arguments: str) -> None:
    """Do one thing and say what it took."""
    credentials = Credentials(username, os.environ["PASSWD"])
    target = ShareTarget((Address("127.0.0.1", int(port)),), share, credentials)
    began, used = time.monotonic(), processor_time()
    client = ShareClient(target)
    ACTIONS[action](client, *arguments)
    client.close()
    seconds, cpu = time.monotonic() - began, processor_time() - used
    print(json.dumps({"seconds": seconds, "cpu": cpu}))


if __name__ == "__main__":
    main(*sys.argv[1:])
