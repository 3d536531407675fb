"""The two sides of a job.

Where one is the original of the other (mirror, copy) they are what their names say. In two-way mode
they are equals: the source is then merely the side that a job names first.
"""

from enum import Enum


class Side(Enum):
    """One of the two sides."""

    SOURCE = "s"
    TARGET = "t"

    @property
    def other(self) -> Side:
        """Return the opposite side."""
        return Side.TARGET if self is Side.SOURCE else Side.SOURCE
