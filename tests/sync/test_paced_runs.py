"""A run keeps to its pace, and to all else that it promises."""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.sync.brake import SLICE
from custom_components.smb_ddns_sync.sync.endpoint import Cancelled, NameRule, Traits
from custom_components.smb_ddns_sync.sync.endpoints.memory import MemoryEndpoint
from custom_components.smb_ddns_sync.sync.lock import LOCK, SIGN_EVERY
from custom_components.smb_ddns_sync.sync.pace import Pace, parse
from custom_components.smb_ddns_sync.sync.run import Ears, Orders, Run
from custom_components.smb_ddns_sync.sync.settings import ConflictPolicy, Mode
from custom_components.smb_ddns_sync.sync.state import State

from .hours import Hours
from .trees import tree

if TYPE_CHECKING:
    from collections.abc import Callable

    from custom_components.smb_ddns_sync.sync.endpoint import RelPath
    from custom_components.smb_ddns_sync.sync.settings import JobSettings

    from .pair import Pair
    from .stage import Stage

K, M = 1 << 10, 1 << 20
BEHIND_A_LINE = Traits(100, case_sensitive=False, names=NameRule.WINDOWS, remote=True)


@dataclass
class Line:
    """A pair of which one side is behind a line, and runs that rest on a clock of their own."""

    pair: Pair
    hours: Hours = field(default_factory=Hours)
    used: float = 0.0
    """Seconds of processor time."""

    def run(self, pace: Pace, cancelled: Callable[[], bool] = lambda: False) -> None:
        """Carry out one run; raises what it raises."""
        settings = replace(self.pair.settings, pace=pace)
        clock = replace(self.hours.clock, cpu=lambda: self.used)
        _run(self.pair, settings, Ears(cancelled, clock=clock))


def _run(pair: Pair, settings: JobSettings, ears: Ears) -> None:
    state = State.open(pair.state_file, settings.id)
    try:
        Run(settings, state, pair.source, pair.target, ears, Orders()).carry_out()
    finally:
        state.close()


@pytest.fixture
def line(pair: Pair) -> Line:
    """Return a pair whose target is behind a line."""
    pair.target = MemoryEndpoint(volume=22, traits=BEHIND_A_LINE)
    return Line(pair)


def bandwidth(text: str) -> Pace:
    return Pace(parse(text))


def test_small_and_large_files_keep_to_the_limit_together(line: Line) -> None:
    line.pair.having({"large": "x" * M, **{f"{n:02}": "y" * 10 * K for n in range(40)}})
    line.run(bandwidth("64k"))
    assert tree(line.pair.target) == tree(line.pair.source)
    assert line.hours.passed == pytest.approx((M + 400 * K) / (64 * K), rel=0.05)


def test_only_the_direction_that_is_limited_rests(line: Line) -> None:
    line.pair.having({"large": "x" * M})
    line.run(bandwidth("off:64k"))
    assert line.hours.passed == 0


def test_what_comes_from_the_line_keeps_to_the_limit_downwards(line: Line) -> None:
    line.pair.settings = replace(line.pair.settings, mode=Mode.TWO_WAY)
    line.pair.having({}, {"large": "x" * M})
    line.run(bandwidth("off:64k"))
    assert tree(line.pair.source) == tree(line.pair.target)
    assert line.hours.passed == pytest.approx(M / (64 * K), rel=0.05)


def test_files_that_are_compared_keep_to_the_limit(line: Line) -> None:
    line.pair.settings = replace(
        line.pair.settings, mode=Mode.TWO_WAY, conflicts=ConflictPolicy.ASK
    )
    line.pair.having({"same": "x" * M}, {"same": "x" * M})
    line.run(bandwidth("off:64k"))
    assert line.hours.passed == pytest.approx(M / (64 * K), rel=0.05)


def test_the_lock_shows_life_at_the_slowest_pace(line: Line) -> None:
    line.pair.having({"large": "x" * 100 * K})
    signs: list[float] = []
    line.pair.target.before = _when("rename", LOCK, lambda: signs.append(line.hours.passed))
    line.run(bandwidth("1k"))
    gaps = [after - before for before, after in zip(signs, [*signs[1:], 100.0], strict=True)]
    assert len(signs) > 15
    assert max(gaps) <= SIGN_EVERY + SLICE


def test_a_run_that_is_cancelled_in_the_middle_of_a_file_at_the_slowest_pace_ends_at_once(
    line: Line,
) -> None:
    line.pair.having({"large": "x" * M})
    with pytest.raises(Cancelled):
        line.run(bandwidth("1k"), lambda: line.hours.passed >= 30.0)
    assert line.hours.passed <= 30.0 + SLICE
    assert tree(line.pair.target) == {}
    line.run(Pace())
    assert tree(line.pair.target) == tree(line.pair.source)


def test_a_scan_leaves_the_processor_to_others(line: Line) -> None:
    line.pair.having({f"{n:02}": {"file": "x"} for n in range(50)})
    line.run(Pace())
    line.hours.passed = line.used = 0.0

    def work() -> None:
        line.used += 0.01
        line.hours.passed += 0.01

    line.pair.source.before = line.pair.target.before = _when("list", None, work)
    line.run(Pace(cpu_percent=20))
    assert line.used == pytest.approx(1.0, abs=0.1)
    assert line.used / line.hours.passed == pytest.approx(0.2, rel=0.05)


def test_a_plan_is_only_looked_at_all_the_same_within_the_pace(line: Line) -> None:
    line.pair.having({"a": "1"})
    line.run(bandwidth("1k"))
    line.pair.target.writes.clear()
    line.run(bandwidth("1k"))
    assert line.pair.target.writes == []


def _when(
    step: str, path: RelPath | None, act: Callable[[], None]
) -> Callable[[str, RelPath], None]:
    def before(now: str, where: RelPath) -> None:
        if now == step and path in (None, where):
            act()

    return before


def test_on_a_real_server_all_arrives_in_small_pieces(stage: Stage) -> None:
    stage.wishing(pace=bandwidth("256k"))
    stage.having(
        {"large": "x" * 300 * K, **{f"s{n}": "y" * K for n in range(5)}},
        {"down": "z" * 300 * K},
    )
    ours, theirs = stage.trees
    assert ours == theirs
    assert sorted(ours) == ["down", "large", *(f"s{n}" for n in range(5))]
    assert stage.changes_of_another_run() == []
