"""A real smbd for the tests of this folder, and endpoints on its share."""

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from custom_components.smb_ddns_sync.smb.client import ShareClient
from custom_components.smb_ddns_sync.smb.target import Address, Credentials, ShareTarget
from custom_components.smb_ddns_sync.sync.endpoints.share import ShareEndpoint
from demo.samba import Account, SambaServer, Share

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ACCOUNT = Account("sync", "correct horse")


@dataclass(frozen=True, slots=True)
class Samba:
    """A server with one share, `data`, and the folder behind it."""

    server: SambaServer
    folder: Path

    @contextmanager
    def client(self) -> Iterator[ShareClient]:
        """Return a client that hangs up at the end."""
        client = ShareClient(self.target(), deadline=10.0)
        try:
            yield client
        finally:
            client.close()

    @contextmanager
    def endpoint(self, folder: str) -> Iterator[ShareEndpoint]:
        """Return an endpoint on a folder of the share."""
        with self.client() as client:
            yield ShareEndpoint(client, folder)

    def target(self) -> ShareTarget:
        """Return where the share is."""
        return share_at(Address(self.server.host, self.server.port))


def share_at(address: Address) -> ShareTarget:
    """Return the tests' share as it is reached at an address."""
    return ShareTarget((address,), "data", Credentials(_ACCOUNT.name, _ACCOUNT.password))


@contextmanager
def running_samba(state: Path, folder: Path, disk: int | None = None) -> Iterator[Samba]:
    """Run a server of one's own, if asked with a disk of so many bytes behind its share."""
    folder.mkdir(parents=True, exist_ok=True)
    with SambaServer(state, (Share("data", folder, disk=disk),), (_ACCOUNT,)) as server:
        yield Samba(server, folder if disk is None else server.seen_by_server(folder))
