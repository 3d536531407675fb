"""What the filters of a job leave alone: never taken away, and never replaced."""

from typing import TYPE_CHECKING

from custom_components.smb_ddns_sync.sync.endpoint import Kind, RelPath
from custom_components.smb_ddns_sync.sync.filters import View
from custom_components.smb_ddns_sync.sync.names import alike, parent
from custom_components.smb_ddns_sync.sync.state import State

if TYPE_CHECKING:
    from custom_components.smb_ddns_sync.sync.endpoints.memory import Node
    from custom_components.smb_ddns_sync.sync.settings import JobSettings

    from .memory import Disk
    from .side import Side


class Sight:
    """What a run that begins now sees of both sides."""

    def __init__(self, settings: JobSettings, now: int, disk: Disk) -> None:
        self._view = View(settings.filters, now)
        connection = disk.look()
        self.is_new = (
            connection is not None and State(connection).filters != settings.filters.digest
        )
        """The filters are others than before, so nothing that is missing proves a deletion."""

    def hides(self, side: Side, path: RelPath, node: Node) -> bool:
        """Tell whether what a side has at a path, by its true name, is left alone."""
        if self._view.is_everything:
            return False
        entry = side._entry(path, node)  # noqa: SLF001 - what a listing would tell
        return self._view.hides_folder(parent(path)) or self._view.hides(entry)

    def hidden(self, *sides: Side) -> list[RelPath]:
        """Return what is left alone on both sides because of one of them, without its case."""
        if self._view.is_everything:
            return []
        return [
            RelPath(alike(path, folds=True))
            for side in sides
            for path, node in ((side.true(found), node) for found, node in side.nodes())
            if self.hides(side, path, node)
        ]

    def judge_new(self, side: Side, other: Side, path: RelPath) -> str | None:
        """Return what is wrong with taking a file away in the first run with other filters.

        Only what stands in its place on the other side may be a reason.
        """
        if not self.is_new:
            return None
        there = {alike(other.true(at), folds=True): node for at, node in other.nodes()}
        at = RelPath(alike(path, folds=True))
        if at in there:
            return None
        while at := parent(at):
            if (node := there.get(at)) is not None and node.kind is not Kind.FOLDER:
                return None
        return f"{path} was taken from the {side.name} although only the filters have changed"
