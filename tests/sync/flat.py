"""Sides in memory as flat lists of paths, for tests of what looks at single files."""

from typing import TYPE_CHECKING

from custom_components.smb_ddns_sync.sync.endpoint import RelPath

from .trees import node_at, write

if TYPE_CHECKING:
    from custom_components.smb_ddns_sync.sync.endpoints.memory import MemoryEndpoint

SOME_DAY = 1_700_000_000_000_000_000


def put(side: MemoryEndpoint, path: str, content: str = "content") -> None:
    """Write a file at rest."""
    write(side, path, content, SOME_DAY)


def files(side: MemoryEndpoint) -> dict[str, str]:
    """Return all files of a side by their path."""
    return {
        entry.path: node_at(side, entry.path).content.decode()
        for listing in side.walk(RelPath(""))
        for entry in listing.entries
        if entry.kind.value == "file"
    }
