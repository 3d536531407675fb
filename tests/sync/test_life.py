"""Planner and engine as a state machine: whatever comes after whatever, the promises hold.

Hypothesis chooses what happens and in which order, and finds the shortest way to what breaks; what
users, faults and promises are is the simulator's. A failure prints the steps, which can be pasted
into a test.
"""

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, override

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from custom_components.smb_ddns_sync.sync.settings import ConflictPolicy, Mode
from simulate.sync import jobs
from simulate.sync.faults import Fault, Planned
from simulate.sync.life import Life
from simulate.sync.users import DEEDS

if TYPE_CHECKING:
    from simulate.sync.side import Manners

SEEDS = st.integers(0, 2**16)
SIDES = st.sampled_from((0, 1))
FAULTS = st.lists(
    st.builds(Planned, SIDES, st.integers(1, 60), st.sampled_from(tuple(Fault))), max_size=2
)
DEEDS_OF_A_DAY = st.lists(st.sampled_from(DEEDS), min_size=1, max_size=6)
MODES = st.sampled_from(tuple(Mode))
POLICIES = st.sampled_from(tuple(ConflictPolicy))


class Lives(RuleBasedStateMachine):
    """A job, its users and its misfortunes."""

    @initialize(pair=st.sampled_from(jobs.PAIRS), mode=MODES, policy=POLICIES, seed=SEEDS)
    def begin(
        self, pair: tuple[Manners, Manners], mode: Mode, policy: ConflictPolicy, seed: int
    ) -> None:
        """Begin with a job of some kind."""
        random = Random(seed)
        job = replace(jobs.settings(random), clear_source_after=None, mode=mode, conflicts=policy)
        self.life = Life(random, pair, job)

    @rule(side=SIDES, deeds=DEEDS_OF_A_DAY)
    def users_act(self, side: int, deeds: list[str]) -> None:
        """Let users do something on a side."""
        for deed in deeds:
            self.life.user(self.life.world.sides[side], deed)

    @rule(faults=FAULTS)
    def a_run(self, faults: list[Planned]) -> None:
        """Carry out a run in which things go wrong."""
        self.life.run(faults)

    @rule(side=SIDES, deeds=DEEDS_OF_A_DAY, faults=FAULTS)
    def a_day(self, side: int, deeds: list[str], faults: list[Planned]) -> None:
        """Let users do something, and a run follow."""
        self.users_act(side, deeds)
        self.life.world.time.let_pass(60)
        self.life.run(faults)

    @rule(seconds=st.sampled_from((0.2, 60.0, 3600.0, 86_400.0)))
    def time_passes(self, seconds: float) -> None:
        """Let time pass."""
        self.life.world.time.let_pass(seconds)

    @rule()
    def other_filters(self) -> None:
        """Let a person change the filters."""
        self.life.change_filters()

    @rule(mode=MODES, policy=POLICIES)
    def another_mode(self, mode: Mode, policy: ConflictPolicy) -> None:
        """Let a person change the mode and the policy."""
        world = self.life.world
        world.settings = replace(
            world.settings, mode=mode, conflicts=policy, clear_source_after=None
        )
        self.life.look_at_all("another mode")

    @rule()
    def a_backup_of_home_assistant_is_restored(self) -> None:
        """Restore an old state."""
        self.life.restore()

    @rule()
    def the_memory_is_lost(self) -> None:
        """Lose the state."""
        self.life.lose_state()

    @rule(side=SIDES, emptied=st.booleans())
    def another_folder_is_there(self, side: int, *, emptied: bool) -> None:
        """Put another folder, or an empty one, in the place of a side's."""
        self.life.engine.swap(self.life.world.sides[side], emptied=emptied)

    @precondition(lambda self: any(each.genuine is not None for each in self.life.world.sides))
    @rule()
    def the_own_folders_are_back(self) -> None:
        """Bring back what was replaced."""
        for side in self.life.world.sides:
            self.life.heal(side)
        self.life.look_at_all("the own folders are back")

    @rule()
    def another_home_assistant_runs(self) -> None:
        """Let a restored copy run."""
        self.life.let_rival_run()

    @rule()
    def our_own_file_is_damaged(self) -> None:
        """Damage the lock or the marker."""
        self.life.engine.damage()

    @rule()
    def the_clock_is_set(self) -> None:
        """Set the clock."""
        self.life.engine.set_clock()

    @invariant()
    def the_promises_hold(self) -> None:
        """Check what must hold at any time."""
        self.life.check()

    @override
    def teardown(self) -> None:
        if hasattr(self, "life"):
            self.life.settle()


SHORT = settings(
    max_examples=40,
    stateful_step_count=14,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)


def test_the_promises_hold_in_every_order_of_events() -> None:
    run_state_machine_as_test(Lives, settings=SHORT)
