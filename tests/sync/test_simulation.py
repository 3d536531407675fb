"""`scripts/simulate sync`, short; and a careless engine is noticed by it."""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
import os
from typing import TYPE_CHECKING, override

import pytest

from custom_components.smb_ddns_sync.sync.endpoint import (
    ROOT,
    Endpoint,
    EndpointError,
    Entry,
    Listing,
    Placement,
    RelPath,
    everywhere,
)
from custom_components.smb_ddns_sync.sync.names import OWN_FOLDER
from simulate.sync.command import play_seeds
from simulate.sync.faults import Fault, Planned, drawn
from simulate.sync.life import Played
from simulate.sync.play import Play
from simulate.virtual import BrokenPromiseError

from .stage import Counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from random import Random

SEEDS = 2_000
SHARE = 250
ENOUGH = 1_500
"""Seeds within which a careless engine is found out."""


@pytest.mark.timeout(1500)  # it is most of what a slow machine has to do
def test_no_seed_of_two_thousand_breaks_a_promise() -> None:
    total = Played()
    shares = [range(first, first + SHARE) for first in range(1, SEEDS + 1, SHARE)]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for played, broken in pool.map(play_seeds, shares, [False] * len(shares)):
            assert broken == ()
            total.add(played)

    assert total.runs > 5 * SEEDS
    assert total.crashes > SEEDS / 4
    assert len(total.faults) == 20
    assert len(total.holds) >= 6


def test_a_seed_is_played_again_step_by_step() -> None:
    first: list[str] = []
    second: list[str] = []

    Play(11, trace=first.append).play()
    Play(11, trace=second.append).play()

    assert len(first) > 100
    assert first == second


class Hasty(Counted):
    """Puts files in place over whatever is there by then."""

    @override
    def place(
        self, placements: Iterable[Placement]
    ) -> Iterator[tuple[Placement, Entry | EndpointError]]:
        return super().place(map(self._unasked, placements))

    def _unasked(self, placement: Placement) -> Placement:
        if placement.path.startswith(OWN_FOLDER):
            return placement
        return replace(placement, expected=self.look(placement.path), keep_old_at=None)


class Wasteful(Counted):
    """Keeps no old version."""

    @override
    def place(
        self, placements: Iterable[Placement]
    ) -> Iterator[tuple[Placement, Entry | EndpointError]]:
        return super().place(replace(each, keep_old_at=None) for each in placements)


class Forgetful(Counted):
    """Does not wait until what is new is on the server's disk."""

    @override
    def place(
        self, placements: Iterable[Placement]
    ) -> Iterator[tuple[Placement, Entry | EndpointError]]:
        return super().place(replace(each, flush=False) for each in placements)


class Blind(Counted):
    """Does not look again before something goes."""

    @override
    def look(self, path: RelPath) -> Entry | None:
        return super().look(path) if path.startswith(OWN_FOLDER) else None


class Credulous(Blind):
    """Takes a folder that it cannot list for an empty one, and does not look again either."""

    @override
    def list(self, folder: RelPath) -> Listing:
        return replace(super().list(folder), error=None)

    @override
    def walk(
        self, under: RelPath = ROOT, enter: Callable[[RelPath], bool] = everywhere
    ) -> Iterator[Listing]:
        return (replace(each, error=None) for each in super().walk(under, enter))


@pytest.mark.parametrize("careless", [Hasty, Wasteful, Forgetful, Blind, Credulous])
def test_the_simulation_notices_a_careless_engine(careless: Callable[[Endpoint], Endpoint]) -> None:
    with pytest.raises(BrokenPromiseError, match=r"(?s)seed \d+, .*--first-seed \d+ --seeds 1"):
        play_all(careless)


def play_all(careless: Callable[[Endpoint], Endpoint]) -> None:
    # What was not flushed shows only where a server loses its power, and that is rare by chance.
    draw = power_cuts if careless is Forgetful else drawn
    for seed in range(1, ENOUGH):
        Play(seed, wrap=careless, draw=draw).play()


def power_cuts(random: Random) -> tuple[Planned, ...]:
    """Draw nothing but servers that lose their power, mostly right after a run."""
    return (Planned(random.randrange(2), random.randint(20, 200), Fault.SERVER_POWER),)
