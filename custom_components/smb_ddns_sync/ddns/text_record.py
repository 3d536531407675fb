"""What a provider may be able to do besides addresses: text records that several sites share."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from .names import DnsName
    from .outcome import Trouble


@dataclass(frozen=True, slots=True)
class TextWritten:
    """The text stands there now."""


@dataclass(frozen=True, slots=True)
class TextConflict:
    """Something else stands there than was seen: nothing was written."""


@runtime_checkable
class TextRecords(Protocol):
    """Reads and writes TXT records; raises nothing but cancellation, as `Provider`."""

    async def look_up_texts(self, name: DnsName) -> frozenset[str] | Trouble:
        """Read the texts of a name; empty where there is none."""
        ...

    async def publish_text(
        self, name: DnsName, text: str, *, seen: frozenset[str], replaces: str | None
    ) -> TextWritten | TextConflict | Trouble:
        """Put a text in the place of another, or beside the others, if they are just as `seen`.

        A provider that cannot compare and write in one step looks just before it writes; whoever
        relies on it looks again afterwards.
        """
        ...
