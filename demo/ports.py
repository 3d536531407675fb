"""The ports of the demo: chosen once, then remembered, because entries and bookmarks name them."""

import json
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

HOST = "127.0.0.1"


class PortTakenError(Exception):
    """Another program listens where the demo did last time."""


class Ports:
    """Free ports on loopback by name, kept in a file."""

    def __init__(self, file: Path, *, wishes: bool = True) -> None:
        """`wishes` says whether one that is easy to remember is taken where it is free.

        Two that begin at the same moment may find the same one free; so those that nobody has to
        remember are better off without.
        """
        self._file = file
        self._wishes = wishes
        self._known: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}

    def get(self, name: str, wish: int) -> int:
        """Return the port for a name: the one of last time, the wished one, or any that is free.

        Raises `PortTakenError` where the one of last time is taken.
        """
        known = self._known.get(name)
        if known is not None:
            if not is_free(known):
                raise PortTakenError(
                    f"Port {known} on {HOST}, where the demo keeps its {name}, is taken by another "
                    f"program. End that program, or start over with: scripts/develop --fresh"
                )
            return known
        port = wish if self._wishes and is_free(wish) else _any_free()
        self._known[name] = port
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text(json.dumps(self._known, indent=2) + "\n")
        return port


def is_free(port: int) -> bool:
    """Tell whether a program could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def _any_free() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
