"""Counts how far a plan is carried out, step by step and byte by byte."""

from typing import TYPE_CHECKING

from .status import Progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from .endpoint import RelPath
    from .outlook import Plan


class Steps:
    """The progress of one plan. More may be done than was planned: it is never told to be over."""

    def __init__(self, plan: Plan, told: Callable[[Progress], None]) -> None:
        self._plan = plan
        self._told = told
        self._steps = 0
        self._bytes = 0

    def step(self, path: RelPath) -> None:
        """Count a step that is begun, or a file that has come to its end."""
        self._steps += 1
        self._tell(path)

    def count(self, path: RelPath, length: int) -> None:
        """Count bytes on their way."""
        self._bytes += length
        self._tell(path)

    def _tell(self, path: RelPath) -> None:
        plan = self._plan
        total = plan.steps
        self._told(
            Progress(
                min(self._steps, total),
                total,
                min(self._bytes, plan.bytes_placed),
                plan.bytes_placed,
                path,
            )
        )
