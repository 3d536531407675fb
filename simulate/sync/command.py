"""`scripts/simulate sync`: a job, its users, and all that goes wrong, seed by seed."""

import argparse
from concurrent.futures import ProcessPoolExecutor
import gc
import sys
import time
from typing import TYPE_CHECKING

from ..virtual import BrokenPromiseError
from .life import Played
from .play import Play

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_CHUNK = 250  # seeds that a process plays before it tells
_WORLDS = 50  # that are kept until they are thrown away together


def main(arguments: Sequence[str]) -> None:
    """Play, and print what came of it; a broken promise ends with its seed and status 1."""
    parser = argparse.ArgumentParser(prog="scripts/simulate sync", description=__doc__)
    parser.add_argument("--seeds", type=int, default=2_000, help="how many")
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1, help="processes side by side")
    parser.add_argument("--trace", action="store_true", help="print every operation")
    parser.add_argument("--go-on", action="store_true", help="play the others after a broken one")
    chosen = parser.parse_args(arguments)
    begun = time.monotonic()
    seeds = range(chosen.first_seed, chosen.first_seed + chosen.seeds)
    total, broken = Played(), 0
    try:
        if chosen.trace:
            for seed in seeds:
                total.add(Play(seed, trace=print).play())
        else:
            for count, played, failures in _side_by_side(seeds, chosen.jobs, chosen.go_on):
                total.add(played)
                for failure in failures:
                    print(f"A promise does not hold: {failure}", file=sys.stderr, flush=True)
                broken += len(failures)
                _tell(begun, f"{count} seeds: {_summary(total)}, {broken} broken")
    except BrokenPromiseError as failure:
        print(f"A promise does not hold: {failure}", file=sys.stderr)
        sys.exit(1)
    for what, count in sorted(total.faults.items(), key=lambda item: -item[1]):
        print(f"{count:12}  {what}")
    for what, count in sorted(total.holds.items()):
        print(f"{count:12}  held: {what}")
    for what, count in sorted((total.kinds + total.reasons).items()):
        print(f"{count:12}  {what}")
    if broken:
        sys.exit(1)


def _side_by_side(
    seeds: range, jobs: int, go_on: bool
) -> Iterator[tuple[int, Played, tuple[str, ...]]]:
    """Play the seeds in some processes; yield how many are done, and what came of the last."""
    chunks = [seeds[first : first + _CHUNK] for first in range(0, len(seeds), _CHUNK)]
    done = 0
    with ProcessPoolExecutor(jobs) as pool:
        for chunk, (played, failures) in zip(
            chunks, pool.map(play_seeds, chunks, [go_on] * len(chunks)), strict=True
        ):
            done += len(chunk)
            yield done, played, failures
            if failures and not go_on:
                pool.shutdown(wait=False, cancel_futures=True)
                return


def play_seeds(seeds: range, go_on: bool) -> tuple[Played, tuple[str, ...]]:
    """Play seeds one after the other; return what happened, and which promises were broken."""
    total = Played()
    failures = []
    # A world is a circle of objects. Thrown away some at a time, it costs a tenth less.
    gc.freeze()
    gc.disable()
    for seed in seeds:
        if seed % _WORLDS == 0:
            gc.collect()
        try:
            total.add(Play(seed).play())
        except BrokenPromiseError as broken:
            failures.append(str(broken))
            if not go_on:
                break
    gc.enable()
    gc.unfreeze()
    return total, tuple(failures)


def _summary(total: Played) -> str:
    return (
        f"{total.runs} runs, {total.changes} changes, {sum(total.faults.values())} faults, "
        f"{total.crashes} crashes, {sum(total.holds.values())} holds"
    )


def _tell(begun: float, what: str) -> None:
    print(f"{time.monotonic() - begun:8.1f} s  {what}", flush=True)
