"""One run: prove the roots, scan, plan, guard, apply.

Nothing is touched before the guards have passed.
"""

from dataclasses import dataclass, field, replace
from functools import cache
import secrets
from typing import TYPE_CHECKING, Final

from .apply import Apply
from .base import AllDoubted, NothingKnown
from .brake import Brake
from .clearing import clear_source
from .clock import Clock
from .comparison import same_content
from .conflicts import Conflicts
from .delta import Delta
from .done import Done, Sides
from .endpoint import (
    ENDS_ALL,
    ROOT,
    EndpointError,
    Entry,
    RelPath,
)
from .endpoints.exclusive import ExclusiveEndpoint
from .endpoints.spelled import with_true_names
from .failing import FailingFiles, Rests
from .filters import View
from .guard import Circumstances, check
from .hints import Scope
from .large import LargeFiles
from .lock import PROCESS, Lock
from .locks import Locks
from .moves import (
    file_under_new_paths,
    refuse_what_a_folder_is_in_the_way_of,
    spell_alike,
    spell_as_source,
)
from .names import RunToken
from .operation import Compare
from .outlook import Evidence, Plan
from .partial import Partials
from .plan import Policy, plan
from .prune import Pruned
from .scan import Scan, Tally
from .scan_two_way import TwoWayScan
from .settings import Mode
from .side import Side
from .standing import Grounds, Standing
from .status import Hold, HoldReason, Progress
from .two_way import plan_two_way
from .upkeep import Upkeep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .base import Base
    from .endpoint import Endpoint
    from .operation import Operation
    from .settings import JobSettings
    from .state import Roots, State

_MOVING: Final = {Mode.MIRROR: (Side.SOURCE,), Mode.COPY: (), Mode.TWO_WAY: tuple(Side)}
"""The sides whose renames the other one follows; a copy keeps every name that it ever had."""

EVERYTHING: Final = Scope(everything=True)


@dataclass(frozen=True, slots=True)
class Orders:
    """What a run is told by the job."""

    scope: Scope = EVERYTHING
    released: HoldReason | None = None
    recent_deletions: int = 0
    impatient: bool = False
    """Try also what has failed lately: a person asks for it."""


@dataclass(frozen=True, slots=True)
class Ears:
    """How a run hears and tells while it is under way."""

    cancelled: Callable[[], bool] = lambda: False
    progress: Callable[[Progress], None] = lambda _progress: None
    planned: Callable[[Plan], None] = lambda _plan: None
    clock: Clock = Clock()  # noqa: RUF009 - frozen
    random: Callable[[int], str] = secrets.token_hex
    """Returns so many random bytes as hex digits."""
    process: str = PROCESS
    """Tells this process from every other."""


@dataclass(slots=True)
class Outcome:
    """How far a run came.

    It is filled while the run goes on, so it tells the truth also after an error.
    """

    plan: Plan = field(default_factory=Plan)
    done: Done = field(default_factory=Done)
    tally: Tally = field(default_factory=Tally)
    pruned: Pruned = field(default_factory=Pruned)
    """Of what trash kept on both sides."""
    hold: Hold | None = None
    extras_kept: int = 0


class Run:
    """One run of a job; made anew for each.

    `outcome` tells how far it came, also after an `EndpointError`.
    """

    def __init__(
        self,
        settings: JobSettings,
        state: State,
        source: Endpoint,
        target: Endpoint,
        ears: Ears,
        orders: Orders,
    ) -> None:
        self._settings = settings
        self._state = state
        self._two_way = settings.mode is Mode.TWO_WAY
        self._source = with_true_names(source)
        self._target = with_true_names(target)
        self._grounds = Grounds(settings, state, self._source, self._target, orders.released)
        self._ears = ears
        self._orders = orders
        self._conflicts = Conflicts(state.connection)
        self._decisions = self._conflicts.decisions()
        self._view = View(settings.filters, ears.clock.now_ns())
        self._locks: Locks | None = None
        self._brake = Brake(settings.pace, ears.clock, self._stopped)
        self.token = RunToken.new(ears.random)
        self.outcome = Outcome()
        self._upkeep = Upkeep(
            settings,
            state,
            {Side.SOURCE: self._source, Side.TARGET: self._target},
            ears.clock,
            self._brake,
            ears.cancelled,
        )

    @property
    def _base(self) -> Base:
        return self._grounds.base

    def _stopped(self) -> bool:
        """Tell whether to stop; asked all the time, so that the lock shows life meanwhile."""
        if self._locks is not None and self._locks.held:
            self._locks.show_life()
        return self._ears.cancelled()

    def preview(self) -> Plan:
        """Return what a run would do now, the hold included.

        Neither side is changed, and nothing is remembered.
        """
        standing = self._grounds.stand(dry=True)
        if isinstance(standing, Hold):
            return Plan(hold=standing)
        anew = self._take_up_filters(dry=True)
        delta = Delta(self._state.connection)
        try:
            self._scan_and_plan(delta, standing, everything=anew)
        finally:
            delta.close()
        return replace(self.outcome.plan, hold=self.outcome.hold)

    def carry_out(self) -> None:
        """Carry out a run.

        Raises `EndpointError` where a side fails as a whole, or where the run is cancelled.
        """
        standing = self._grounds.stand(dry=False)
        if isinstance(standing, Hold):
            self.outcome.hold = standing
            return
        standing = self._grounds.find_names(standing, self._ears.clock.now())
        anew = self._take_up_filters(dry=False)
        delta = Delta(self._state.connection)
        try:
            operations = self._scan_and_plan(delta, standing, everything=anew)
            if self.outcome.hold is None:
                self._ears.planned(self.outcome.plan)
                self._apply(operations, standing, delta)
        finally:
            delta.close()
        if self.outcome.hold is None:
            self._prune(standing)

    def _take_up_filters(self, *, dry: bool) -> bool:
        """Tell whether the filters are others than the base was made with, and go on with them.

        What enters or leaves the view is new, or of no interest any more: it was never deleted. So
        the base stops proving deletions before anything is looked at; a preview only looks as if.
        """
        digest = self._settings.filters.digest
        if self._state.filters == digest:
            return False
        if not dry:
            self._state.take_up_filters(digest)
        elif not isinstance(self._grounds.base, NothingKnown):
            self._grounds.base = AllDoubted(self._state.connection)
        return True

    def _scan_and_plan(
        self, delta: Delta, standing: Standing, *, everything: bool
    ) -> Callable[[], Iterator[Operation]]:
        make = TwoWayScan if self._two_way else Scan
        scan = make(self._source, self._target, self._base, delta, self._brake.step, self._view)
        self.outcome.tally = scan.tally
        scope = self._orders.scope
        everything = everything or scope.everything or not standing.known
        root = self._base.get(ROOT)
        if everything or root is None or root.doubted:
            scan.everything(target_exists=standing.target_exists)
        else:
            scan.folders(scope.folders)
        scan.tally.filtered = delta.hidden.count()
        delta.mark_hidden()
        if self._two_way:
            spell_alike(delta, self._state.connection)
        elif self._settings.mode is Mode.MIRROR and not self._target.traits.case_sensitive:
            spell_as_source(delta, self._state.connection)
        for side in _MOVING[self._settings.mode]:
            file_under_new_paths(delta, self._state.connection, side)
        delta.mark_hidden()
        if self._settings.mode is Mode.MIRROR and not self._target.traits.case_sensitive:
            refuse_what_a_folder_is_in_the_way_of(delta, self._state.connection)
        policy = self._policy(delta)
        make_plan = plan_two_way if self._two_way else plan
        failing = {} if self._orders.impatient else FailingFiles(self._state.connection).known()
        rests = Rests(failing, self._ears.clock.now())

        def operations() -> Iterator[Operation]:
            return rests.without(make_plan(delta.rows(), policy))

        if self._two_way:
            self._compare_contents(delta, operations())
        evidence = Evidence()
        planned = make_plan(evidence.gather(delta.rows()), policy)
        self.outcome.plan = Plan.of(rests.without(planned))
        self.outcome.hold = check(
            self.outcome.plan,
            evidence,
            Circumstances(
                self._base.file_count(),
                standing.source_is_same,
                standing.target_is_same,
                self._settings.mode,
                self._orders.recent_deletions,
                self._base.doubted_count(),
            ),
            self._settings.guards,
            self._orders.released,
        )
        return operations

    def _compare_contents(self, delta: Delta, operations: Iterator[Operation]) -> None:
        """Read files of which only the content tells whether they are one version.

        A file that cannot be read stays undecided, and is looked at again by the next run.
        """
        found: list[tuple[RelPath, bool]] = []
        for operation in operations:
            if isinstance(operation, Compare):
                try:
                    same = same_content(
                        (self._source, operation.source),
                        (self._target, operation.target),
                        self._brake,
                    )
                except ENDS_ALL:
                    raise
                except EndpointError:
                    continue  # the operation stays in the plan, and is told as deferred
                found.append((operation.path, same))
        for path, same in found:
            delta.same_content(path, same)

    def _policy(self, delta: Delta) -> Policy:
        # The plan is made several times over and must come out the same, so the moment is fixed.
        now = self._ears.clock.now_ns()
        settle = int(self._settings.settle.total_seconds() * 1e9)
        finished = self._orders.scope.finished

        def at_rest(entry: Entry) -> bool:
            return entry.path in finished or not 0 <= now - entry.modified < settle

        traits = self._source.traits, self._target.traits
        step = max(trait.modified_step for trait in traits)
        return Policy(
            step,
            self._target.traits.names,
            at_rest,
            self._source.traits.names,
            self._settings.mode is Mode.COPY,
            self._settings.conflicts,
            # What was free when the plan was made stays so for the plan, while it is filled.
            cache(
                lambda path: (
                    self._base.get(path) is not None
                    or delta.holds(path)
                    or delta.hidden.holds(path)
                )
            ),
            self._decisions.of,
        )

    def _apply(
        self, operations: Callable[[], Iterator[Operation]], standing: Standing, delta: Delta
    ) -> None:
        temporaries = self._upkeep.stale(self.outcome.tally.temporaries)
        if not self.outcome.plan.only_remembers or not standing.known or temporaries:
            self._state.begin_run(self.token)
        self._grounds.belong_together(standing, self.token, self._ears.clock.now())
        ears = self._ears
        lock = self._new_locks(standing.roots)
        source, target = (
            ExclusiveEndpoint(side, lock, self._ears.cancelled)
            for side in (self._source, self._target)
        )

        def take_lock() -> bool:
            if lock.held:
                return False
            lock.take(self._ears.cancelled)
            return True

        def prove() -> None:
            if lock.held:
                lock.prove()
            self._grounds.prove(standing)

        apply = Apply(
            Sides(source, target, self._state, self._base),
            operations,
            self.outcome.plan,
            self.token,
            ears.clock.date(),
            brake=self._brake,
            progress=self._ears.progress,
            prove_roots=prove,
            large=LargeFiles(
                self._base,
                Partials(self._state.connection),
                self.outcome.tally.temporaries,
                self._settings.sizes,
                ears.clock,
            ),
            verify=self._settings.verify,
            clock=ears.clock,
            flush=self._settings.mode is not Mode.MIRROR,
        )
        self.outcome.done = apply.done
        try:
            apply.carry_out(temporaries)
            self._upkeep.tell(self.outcome.tally.temporaries, apply.done)
            self._clear_source(apply, prove, take_lock, delta.holds)
        finally:
            lock.release()
        self.outcome.extras_kept = self._base.kept_count()
        with self._state.transaction():
            self._conflicts.forget_settled(
                self.token, self._orders.scope, self._decisions, self._base
            )

    def _new_locks(self, roots: Roots) -> Locks:
        """Return the locks of the sides that may be written on; who is only read has none.

        The target's is that of the pair: it is taken for whatever is written.
        """
        sides = {Side.TARGET: (roots.target, self._target)}
        if self._grounds.writes_on_source:
            sides[Side.SOURCE] = (roots.source, self._source)
        ears = self._ears
        self._locks = Locks(
            (
                root,
                Lock(
                    side,
                    self._state.id,
                    self._settings.name,
                    self.token,
                    ears.clock,
                    ears.process,
                    of.name.lower(),
                ),
            )
            for of, (root, side) in sides.items()
        )
        return self._locks

    def _clear_source(
        self,
        apply: Apply,
        prove: Callable[[], None],
        lock: Callable[[], bool],
        fresh: Callable[[RelPath], bool],
    ) -> None:
        age = self._settings.clear_source_after
        if age is not None:
            clear_source(
                apply.sides,
                self._ears.clock.now_ns() - int(age.total_seconds() * 1e9),
                apply.done,
                brake=self._brake,
                prove_roots=prove,
                lock=lock,
                view=self._view,
                fresh=fresh,
            )

    def _prune(self, standing: Standing) -> None:
        outcome = self.outcome
        self._upkeep.prune(
            outcome.pruned,
            outcome.done,
            filled=bool(outcome.done.files_trashed or outcome.plan.files_replaced),
            everything=self._orders.scope.everything,
            prove_roots=lambda: self._grounds.prove(standing),
            new_locks=lambda: self._new_locks(standing.roots),
        )
