"""What goes wrong, at which operation of a run."""

from collections import Counter
from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from random import Random

_OFTEN: Final = 3


class Fault(Enum):
    """What happens at one operation of a side."""

    CUT = "cut"  # the side is gone until the run has ended
    BLINK = "blink"  # one operation fails; the next one finds the side again
    TORN = "torn"  # it was done, and the answer got lost
    FULL = "full"
    DENIED = "denied"
    IN_USE = "in use"
    REFUSED = "refused"  # a person must change something
    SLOW = "slow"
    CANCELLED = "cancelled"
    CRASH = "crash"  # of the program
    HOME_POWER = "power cut at home"  # here and the state lose what is not on the disk
    SERVER_POWER = "power cut at the server"
    EDIT = "edit"  # a user acts meanwhile
    CLOCK = "clock set"
    RIVAL_LOCK = "lock of another"
    RIVAL_RUN = "run of another"
    SWAPPED = "root swapped"
    EMPTIED = "root emptied"
    DAMAGED = "own file damaged"  # the lock or the marker
    RESTORED = "restored from a backup"  # the program ends, and begins with an old state


_CHANCE: Final = (
    *(Fault.CUT, Fault.BLINK, Fault.TORN, Fault.CRASH, Fault.EDIT) * _OFTEN,
    *(Fault.FULL, Fault.DENIED, Fault.SERVER_POWER, Fault.HOME_POWER) * 2,
    *Fault,
)


class Planned(NamedTuple):
    """A fault at the operation of a side that has this number in the run."""

    side: int
    number: int
    fault: Fault


def drawn(random: Random) -> tuple[Planned, ...]:
    """Draw what goes wrong in a run: mostly one thing, at an early operation rather than late."""
    return tuple(
        Planned(random.randrange(2), int(2 ** random.uniform(0, 6.7)), random.choice(_CHANCE))
        for _ in range(random.choice((0, 1, 1, 1, 2, 3)))
    )


type Count = Counter[str]
