"""Pins a client to one root of its share: what else answers at the address is a stranger."""

from dataclasses import astuple
import json
from typing import TYPE_CHECKING
from weakref import WeakSet

from ...smb.errors import FileFailed, SmbError
from ...smb.proof import Stranger
from ..endpoint import RootIdentity
from ..names import MARKER, join
from ..own_file import LONGEST

if TYPE_CHECKING:
    from ...smb.client import ShareClient
    from ...smb.connection import Connection
    from ...smb.proof import Unproved
    from ..endpoint import RelPath


class Pin:
    """Which root is wanted, and on which connections it was found.

    It lives as long as the endpoint: a connection that was proved is not asked again by each run.
    """

    def __init__(self, client: ShareClient, folder: RelPath) -> None:
        self._client = client
        self._folder = folder
        self._wanted: tuple[RootIdentity, str | None] | None = None
        self._proved: WeakSet[Connection] = WeakSet()

    def to(self, root: RootIdentity, marker: str | None) -> ShareClient:
        """Return the client that works in this root only."""
        if self._wanted is None or self._wanted not in {(root, marker), (root, None)}:
            # A marker that comes to a root that was pinned already was written there.
            self._proved = WeakSet()
        self._wanted = (root, marker)

        def prove(connection: Unproved) -> None:
            self._prove(connection, root, marker)

        return self._client.proving(prove, self._proved)

    def _prove(self, connection: Unproved, root: RootIdentity, marker: str | None) -> None:
        subject = self._folder or "share"
        try:
            found = connection.find_root(self._folder, join(self._folder, MARKER), LONGEST)
            if not root.same_root(RootIdentity(*astuple(found.identity))):
                raise Stranger(subject, "another folder answers there than before")
            if marker is not None and marker != _told(found.beginning):
                raise Stranger(subject, "the folder that answers there has another marker")
        except FileFailed as error:
            raise Stranger(subject, f"what answers there has no such root: {error}") from error


def _told(beginning: bytes | SmbError) -> object:
    if isinstance(beginning, SmbError):
        raise beginning
    try:
        data = json.loads(beginning)
    except ValueError, RecursionError:
        return None
    return data.get("id") if isinstance(data, dict) else None
