"""Waiting for what happens elsewhere."""

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

BOUND = 30.0  # seconds; generous, as machines are busy


def wait_until(condition: Callable[[], bool], shown: Callable[[], object] = lambda: "") -> None:
    """Return as soon as a condition holds; fail when it does not come to hold, and show a value."""
    deadline = time.monotonic() + BOUND
    while not condition():
        assert time.monotonic() < deadline, f"what was waited for has not happened {shown()}"
        time.sleep(0.005)
