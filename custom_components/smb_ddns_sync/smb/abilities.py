"""What a server turned out not to do, so that it is not asked again on the same connection."""

from dataclasses import dataclass, field
from threading import Lock

from .wire_directory import DirectoryClass


class Tally:
    """A number that several threads add to."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._total = 0

    def add(self, count: int) -> int:
        """Add something; return what it comes to."""
        with self._lock:
            self._total += count
            return self._total


@dataclass(slots=True)
class Abilities:
    """Everything is tried until the server refuses it."""

    chains: bool = True  # several requests in one frame
    links: bool = True  # a second name for a file
    copies: bool = True  # ranges copied by the server
    entries: DirectoryClass = DirectoryClass.ID_FULL  # the class that listings are asked in
    listed: Tally = field(default_factory=Tally)  # entries of listings that are not at their end
