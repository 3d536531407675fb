"""`scripts/fuzz`: play all targets side by side for a while, and tell what was found."""

from argparse import ArgumentParser
import logging
import sys
import time
from typing import TYPE_CHECKING

from .all import TARGETS

if TYPE_CHECKING:
    from .target import Find, Target


def main(arguments: list[str]) -> int:
    """Play; return the exit code: 1 where anything was found."""
    parser = ArgumentParser(prog="scripts/fuzz", description="Fuzz all decoders.")
    parser.add_argument("--seconds", type=float, default=60.0, help="for all targets together")
    parser.add_argument("--seed", type=int, default=None, help="another one each time by default")
    parser.add_argument("--only", metavar="NAME", help=", ".join(TARGETS))
    parser.add_argument("--case", type=int, help="play this one case of the target alone")
    wishes = parser.parse_args(arguments)
    if wishes.only is not None and wishes.only not in TARGETS:
        parser.error(f"there is no target {wishes.only}; there are {', '.join(TARGETS)}")
    logging.disable(logging.CRITICAL)  # what is broken is logged, case by case
    targets = [TARGETS[wishes.only]] if wishes.only else list(TARGETS.values())
    seed = int(time.time()) if wishes.seed is None else wishes.seed
    if wishes.case is not None:
        finds = [find for target in targets if (find := target.play(seed, wishes.case))]
        return _tell(finds)
    return _play(targets, seed, wishes.seconds)


def _play(targets: list[Target], seed: int, seconds: float) -> int:
    each = seconds / len(targets)
    finds: list[Find] = []
    cases = 0
    started = time.monotonic()
    for target in targets:
        played, found = target.play_for(seed, each)
        cases += played
        finds += found
        print(f"{target.name:24} {played:10,} cases  {len(found)} finds", flush=True)
    print(
        f"seed {seed}: {cases:,} cases of {len(targets)} targets in "
        f"{time.monotonic() - started:.0f} s, {len(finds)} finds"
    )
    return _tell(finds)


def _tell(finds: list[Find]) -> int:
    kinds = {(find.target, repr(find.error)[:120]): find for find in finds}
    for find in kinds.values():
        print(find, file=sys.stderr)
    return 1 if finds else 0
