"""How many bytes may be under way, so that a fast line is full and a slow one is not flooded.

Everything that is under way delays what comes after it, up to the point where the peer looks dead.
So the amount grows while answers come quickly, and shrinks when they take long.
"""

from typing import Final

_START: Final = 4 << 20
_LEAST: Final = 64 << 10
_MOST: Final = 16 << 20
_QUICK: Final = 1.0  # seconds
_SLOW: Final = 4.0


class Flow:
    """The bytes that one caller may have under way on one connection."""

    def __init__(self) -> None:
        self.allowed = _START
        self.under_way = 0

    def has_room(self, size: int) -> bool:
        """Tell whether so many bytes may go now; the first may always."""
        return not self.under_way or self.under_way + size <= self.allowed

    def sent(self, size: int) -> None:
        """Count bytes as under way."""
        self.under_way += size

    def answered(self, size: int, seconds: float) -> None:
        """Count bytes as arrived, so many seconds after they were sent."""
        self.under_way -= size
        if seconds < _QUICK:
            self.allowed = min(_MOST, self.allowed + size)
        elif seconds > _SLOW:
            self.allowed = max(_LEAST, self.allowed // 2)
