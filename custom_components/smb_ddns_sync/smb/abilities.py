"""What a server turned out not to do, so that it is not asked again on the same connection."""

from dataclasses import dataclass

from .wire_directory import DirectoryClass


@dataclass(slots=True)
class Abilities:
    """Everything is tried until the server refuses it."""

    chains: bool = True  # several requests in one frame
    links: bool = True  # a second name for a file
    copies: bool = True  # ranges copied by the server
    entries: DirectoryClass = DirectoryClass.ID_FULL  # the class that listings are asked in
