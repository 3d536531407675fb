"""`scripts/simulate ddns`: lying sources, failing providers, and a month of a flapping line."""

import argparse
import sys
import time
from typing import TYPE_CHECKING

from .days import play_days
from .lies import play_lies
from .schedules import play_schedules
from .standby import play_two_sites
from .virtual import BrokenPromiseError

if TYPE_CHECKING:
    from collections.abc import Sequence

_CHUNK = 10_000  # schedules, after which it is told how far it is


def main(arguments: Sequence[str]) -> None:
    """Play, and print what came of it; a broken promise ends with its seed and status 1."""
    parser = argparse.ArgumentParser(prog="scripts/simulate ddns", description=__doc__)
    parser.add_argument("--cycles", type=int, default=1_000_000, help="of detection, with liars")
    parser.add_argument("--schedules", type=int, default=100_000, help="of faults and crashes")
    parser.add_argument("--days", type=int, default=30, help="of a flapping line")
    parser.add_argument("--sites", type=int, default=1_000, help="schedules of two sites")
    parser.add_argument("--seed", type=int, default=1, help="where chance begins")
    chosen = parser.parse_args(arguments)
    begun = time.monotonic()
    try:
        days = play_days(chosen.days, chosen.seed)
        _tell(begun, f"{days.days} days: {days.changes} changes, {days.calls} calls")
        lies = play_lies(chosen.cycles, chosen.seed)
        _tell(
            begun,
            f"{lies.cycles} cycles with a lying minority: {lies.changes} changes, {lies.agreed} "
            f"agreements, {lies.writes} writes, 0 wrong",
        )
        moves = sum(
            len(play_two_sites(seed).moves)
            for seed in range(chosen.seed, chosen.seed + chosen.sites)
        )
        _tell(begun, f"{chosen.sites} schedules of two sites: {moves} moves, never both at once")
        calls = writes = 0
        for first in range(0, chosen.schedules, _CHUNK):
            count = min(_CHUNK, chosen.schedules - first)
            schedules = play_schedules(count, chosen.seed + first)
            calls, writes = calls + schedules.calls, writes + schedules.writes
            _tell(
                begun,
                f"{first + count} fault schedules: {calls} calls, {writes} writes, 0 records "
                "destroyed, 0 rude calls",
            )
    except BrokenPromiseError as broken:
        print(f"A promise does not hold: {broken}", file=sys.stderr)
        sys.exit(1)


def _tell(begun: float, what: str) -> None:
    print(f"{time.monotonic() - begun:8.1f} s  {what}", flush=True)
