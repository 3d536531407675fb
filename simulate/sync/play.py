"""One seed played: rounds of a job, its users and all that goes wrong, and a quiet end."""

from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Final

from ..virtual import BrokenPromiseError
from .faults import drawn
from .jobs import PAIRS, kinds, settings
from .life import Life, Played

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .engine import Wrap
    from .faults import Planned

_DAY: Final = 86_400


class Play(Life):
    """A life made by a seed."""

    def __init__(
        self,
        seed: int,
        *,
        wrap: Wrap = lambda side: side,
        trace: Callable[[str], None] = lambda _line: None,
        draw: Callable[[Random], Sequence[Planned]] = drawn,
    ) -> None:
        """`draw` draws what goes wrong in a run."""
        random = Random(seed)
        pair = random.choice(PAIRS)
        super().__init__(random, pair, settings(random), wrap=wrap, trace=trace)
        self._seed = seed
        self._draw = draw
        self._step = "the beginning"
        names = " to ".join(each.name for each in pair)
        self.played.kinds = Counter(kinds(self.world.settings, names))

    def play(self) -> Played:
        """Play it. Raises `BrokenPromiseError`, which says how to play it again."""
        try:
            for number in range(self.world.random.randint(2, 6)):
                self._step = f"round {number + 1}"
                self._round()
            self._step = "the quiet at the end"
            self.settle()
        except BrokenPromiseError as broken:
            raise self._told(str(broken)) from broken
        except Exception as error:
            # The engine answers for what it stumbles over.
            raise self._told(f"{type(error).__name__}: {error}") from error
        return self.played

    def _told(self, what: str) -> BrokenPromiseError:
        world = self.world
        return BrokenPromiseError(
            f"seed {self._seed}, {self._step} ({world.settings.mode} from "
            f"{world.source.manners.name} to {world.target.manners.name}, "
            f"{world.settings.conflicts}): {what}\n"
            f"To see it: scripts/simulate sync --first-seed {self._seed} --seeds 1 --trace"
        )

    def _round(self) -> None:
        random = self.world.random
        for _ in range(random.choice((0, 1, 2, 3, 5, 8))):
            self.user(random.choice(self.world.sides))
        self._happen()
        self.world.time.let_pass(random.choice((0.2, 2, 60, 3600)))
        self.run(self._draw(random))

    def _happen(self) -> None:
        """Let happen what happens to a job over the years."""
        world, random = self.world, self.world.random
        chance = random.random()
        for share, happens in (
            (0.07, self.change_settings),
            (0.07, self.change_filters),
            (0.03, self.engine.damage),
            (0.05, self.restore),
            (0.02, self.lose_state),
            (0.05, lambda: self.engine.swap(random.choice(world.sides), emptied=_coin(random))),
            (0.02, self.lose_root),
            (0.03, self.engine.set_clock),
            (0.03, self.engine.rival_lock),
            (0.03, self.let_rival_run),
            (0.04, lambda: world.time.let_pass(random.choice((_DAY, 40 * _DAY)))),
            (0.05, self.calm),
        ):
            if chance < share:
                happens()
                break
            chance -= share
        for side in world.sides:
            if side.genuine is not None and random.random() < 0.3:
                self.heal(side)
                self.look_at_all(f"the {side.name} is itself again")


def _coin(random: Random) -> bool:
    return random.random() < 0.5
