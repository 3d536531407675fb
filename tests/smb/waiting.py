"""Waiting for what happens elsewhere."""

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

BOUND = 30.0  # seconds; generous, as machines are busy


def wait_until(condition: Callable[[], bool]) -> None:
    """Return as soon as a condition holds; fail when it does not come to hold."""
    deadline = time.monotonic() + BOUND
    while not condition():
        assert time.monotonic() < deadline, "what was waited for has not happened"
        time.sleep(0.005)
