"""One run in a process of its own, which a test may kill.

It is told the state file, source, target, and from which size on files are large, with how many
bytes between checkpoints. A side is a folder of this machine, or `//HOST:PORT/FOLDER` on the tests'
share. Home Assistant is not loaded: that alone would take seconds.
"""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
import sys
from typing import TYPE_CHECKING

import benchmarks  # noqa: F401 - stands in for the package above the cores
from custom_components.smb_ddns_sync.smb.client import ShareClient
from custom_components.smb_ddns_sync.smb.target import Address
from custom_components.smb_ddns_sync.sync.endpoints.local import LocalEndpoint
from custom_components.smb_ddns_sync.sync.endpoints.share import ShareEndpoint
from custom_components.smb_ddns_sync.sync.settings import Sizes

from .pair import SETTINGS, run
from .samba import share_at

if TYPE_CHECKING:
    from custom_components.smb_ddns_sync.sync.endpoint import Endpoint


def side(name: str, open_things: ExitStack) -> Endpoint:
    """Return the side of a name."""
    if not name.startswith("//"):
        return LocalEndpoint(Path(name))
    address, _, folder = name.removeprefix("//").partition("/")
    host, _, port = address.partition(":")
    client = ShareClient(share_at(Address(host, int(port))), deadline=10.0)
    open_things.callback(client.close)
    return ShareEndpoint(client, folder)


def main(state: str, source: str, target: str, large: str, every: str) -> None:
    """Carry out the run."""
    with ExitStack() as open_things:
        sides = side(source, open_things), side(target, open_things)
        run(Path(state), *sides, replace(SETTINGS, sizes=Sizes(int(large), int(every))))


if __name__ == "__main__":
    main(*sys.argv[1:])
