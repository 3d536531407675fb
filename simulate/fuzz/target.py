"""What is fuzzed: a decoder, samples that it reads, and the errors that it may raise."""

from dataclasses import dataclass
from random import Random
import time
from typing import TYPE_CHECKING

from .mutation import mutated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass(frozen=True, slots=True)
class Target:
    """One decoder. It comes to a value for each sample as it is."""

    name: str
    decode: Callable[[bytes], object]
    samples: tuple[bytes, ...]
    raises: tuple[type[Exception], ...] = ()
    text: bool = False  # whether words are worth more than numbers
    costly: bool = False  # a case takes milliseconds: fewer of them are played where time is short

    def case(self, seed: int, number: int) -> bytes:
        """Return one case: the same for the same seed and number."""
        return mutated(Random(f"{seed}/{self.name}/{number}"), self.samples, text=self.text)

    def play(self, seed: int, number: int) -> Find | None:
        """Play one case; return what was found, if anything was."""
        data = self.case(seed, number)
        try:
            self.decode(data)
        except self.raises:
            return None
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is a find
            return Find(self.name, seed, number, data, error)
        return None

    def play_many(self, seed: int, cases: int) -> Iterator[Find]:
        """Play cases one after the other."""
        for number in range(cases):
            if (find := self.play(seed, number)) is not None:
                yield find

    def play_for(self, seed: int, seconds: float) -> tuple[int, list[Find]]:
        """Play cases for a while; return how many, and the finds."""
        until = time.monotonic() + seconds
        number, finds = 0, list[Find]()
        while time.monotonic() < until:
            if (find := self.play(seed, number)) is not None:
                finds.append(find)
            number += 1
        return number, finds


@dataclass(frozen=True, slots=True)
class Find:
    """A case that came to something else than a value or an error that is expected."""

    target: str
    seed: int
    number: int
    data: bytes
    error: BaseException

    def __str__(self) -> str:
        again = f"scripts/fuzz --only {self.target} --seed {self.seed} --case {self.number}"
        return f"{self.target}: {self.error!r} from {self.data[:400].hex()}; again: {again}"
