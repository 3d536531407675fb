"""Sides that keep times less precisely than the other: FAT, old servers, some NAS."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.sync.endpoint import Traits
from custom_components.smb_ddns_sync.sync.endpoints.memory import MemoryEndpoint
from custom_components.smb_ddns_sync.sync.settings import Mode

from .trees import tree, write

if TYPE_CHECKING:
    from .pair import Pair

SECOND = 1_000_000_000


@pytest.mark.parametrize("mode", [Mode.MIRROR, Mode.TWO_WAY])
@pytest.mark.parametrize("coarse", ["source", "target"])
@pytest.mark.parametrize("step", [100, SECOND, 2 * SECOND])
def test_times_that_a_side_rounds_never_send_a_file_again(
    pair: Pair, step: int, coarse: str, mode: Mode
) -> None:
    setattr(pair, coarse, MemoryEndpoint(volume=33, traits=Traits(step, case_sensitive=True)))
    pair.settings = replace(pair.settings, mode=mode)
    pair.having({"a": "1", "b": "1"}).run()
    assert pair.writes_of_another_run() == []

    write(pair.source, "a", "changed", pair.clock.tick() + 10 * SECOND + 123_456_789)
    pair.run()
    if mode is Mode.TWO_WAY:
        write(pair.target, "b", "changed", pair.clock.tick() + 20 * SECOND + 987_654_321)
        pair.run()

    assert tree(pair.source) == tree(pair.target)
    assert pair.writes_of_another_run() == []
