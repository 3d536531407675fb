"""Which job a seed plays: between what kinds of sides, and with which settings."""

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from custom_components.smb_ddns_sync.sync.filters import Filters
from custom_components.smb_ddns_sync.sync.pace import Pace, parse
from custom_components.smb_ddns_sync.sync.settings import (
    ConflictPolicy,
    Guards,
    JobSettings,
    Mode,
    Sizes,
)
from custom_components.smb_ddns_sync.sync.trash_limits import TrashLimits

from .memory import JOB
from .side import LOCAL, OLD_SHARE, SHARE

if TYPE_CHECKING:
    from random import Random

PAIRS: Final = (
    (LOCAL, SHARE),
    (LOCAL, SHARE),
    (SHARE, LOCAL),
    (SHARE, SHARE),
    (LOCAL, OLD_SHARE),
    (OLD_SHARE, LOCAL),
    (SHARE, OLD_SHARE),
)
_MEANT: Final = Guards(100, 10_000, 100, 10_000)
_STRICT: Final = Guards(50, 2, 90, 3)

# Over the names that users give; the last pattern that matches decides.
_PATTERNS: Final = (
    (), ("a",), ("*.txt",), ("b/",), ("/a",), ("f g", "!/f g"), ("b/*", "!b/a"), ("[a-b]", "!b/"),
)  # fmt: skip
_TIMETABLES: Final = ("64k", "32k:256k", "00:00,48k 12:00,off", "Thu-00:30,off Thu-01:30,64k")

# So small that a file of a few blocks is gone on with, and sent in its changed ranges only.
_LARGE: Final = Sizes(large=50_000, between_checkpoints=30_000, block=1 << 14)


def settings(random: Random) -> JobSettings:
    """Draw the settings of a job."""
    mode = random.choice((Mode.MIRROR, Mode.COPY, Mode.TWO_WAY, Mode.TWO_WAY))
    clears = mode is Mode.COPY and random.random() < 0.5
    return JobSettings(
        id=JOB,
        name="simulated",
        mode=mode,
        conflicts=random.choice(tuple(ConflictPolicy)),
        clear_source_after=random.choice((timedelta(), timedelta(hours=1))) if clears else None,
        interval=random.choice((timedelta(minutes=15), timedelta(minutes=15), None)),
        settle=timedelta(seconds=random.choice((0, 0.5, 10))),
        filters=filters(random) if random.random() < 0.35 else Filters(),
        trash=TrashLimits(
            random.choice((timedelta(), timedelta(days=1), timedelta(days=30), None)),
            random.choice((1, 2, None)),
            random.choice((0, 100_000, None, None)),
        ),
        guards=random.choice((_MEANT, _MEANT, _STRICT)),
        verify=random.random() < 0.2,
        sizes=_LARGE if random.random() < 0.6 else Sizes(),
        pace=_pace(random) if random.random() < 0.2 else Pace(),
    )


def filters(random: Random) -> Filters:
    """Draw what is left alone: by name, by size, by age."""
    sizes: tuple[int | None, int | None] = random.choice(
        ((None, None), (None, None), (10, None), (None, 50_000), (1, 50_000))
    )
    ages: tuple[timedelta | None, timedelta | None] = random.choice(
        ((None, None), (None, None), (timedelta(minutes=1), None), (None, timedelta(days=30)))
    )
    return Filters(random.choice(_PATTERNS), *sizes, *ages, litter=random.random() < 0.8)


def _pace(random: Random) -> Pace:
    return Pace(parse(random.choice(_TIMETABLES)), random.choice((100, 100, 50)))


def kinds(job: JobSettings, pair: str) -> tuple[str, ...]:
    """Tell what kinds of play a job is, to count them."""
    told = [f"{job.mode.value}, {pair}"]
    if job.filters != Filters():
        told.append("with filters")
    if job.pace != Pace():
        told.append("with a pace")
    if job.sizes == _LARGE:
        told.append("with files that are gone on with and sent in ranges")
    if job.verify:
        told.append("with files that are read back")
    return tuple(told)
