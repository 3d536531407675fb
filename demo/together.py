"""What runs together and ends together, whatever part of it could not be started."""

from abc import ABC, abstractmethod
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

    from .console import Console


class Together(ABC):
    """An async context manager of all that `_start` has put on `_stack`."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        async with self.console.step("Ending everything"):
            await self._stack.aclose()

    @abstractmethod
    async def _start(self) -> None:
        """Start one thing after the other."""
