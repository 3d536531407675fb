"""Where an operation gets its connection: a lane, or a lane of which only some are handed out."""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from .connection import Connection


class Line(Protocol):
    """Where an operation gets its connection."""

    @property
    def standing(self) -> Connection | None:
        """The connection if there is one now; never dials."""
        ...

    def connection(self, *, at_once: bool = False) -> Connection:
        """Return a connection that stands, dialling where there is none."""
        ...

    def look_for_better(self) -> None:
        """Go back to a better address if there is one and it answers."""
        ...

    def close(self) -> None:
        """Hang up for good."""
        ...
