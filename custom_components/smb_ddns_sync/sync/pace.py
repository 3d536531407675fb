"""How much of the line and of the processor a job may use, and at what time of the week.

A timetable has a text form, that of rclone's `--bwlimit`, so that what people know, and what
manuals say, means the same here: `512k` at all times, `08:00,512k 23:00,off` by the clock,
`Mon-08:00,1M Sat-00:00,off` by the day, `1M:4M` for up and down. Rates are **bytes** a second with
steps of 1024; a number alone counts KiB a second.

An entry holds until the next one begins, over midnight and over the end of the week. One without a
day begins every day. The clock is the one on the wall: when summer time begins or ends nothing has
to be told to a timetable, because it is only ever asked what holds at a time of day.
"""

from dataclasses import dataclass, field
from enum import Enum
import re
from typing import TYPE_CHECKING, Final, override

if TYPE_CHECKING:
    from datetime import datetime

LEAST_RATE: Final = 1024
_MOST_RATE: Final = 1 << 50  # no line is that fast: whoever writes so has mistyped
"""Bytes a second. Below, a single file would take days and a server might give us up."""
MOST_PIECE: Final = 1 << 20
_LEAST_PIECE: Final = 4 << 10
_PIECES_A_SECOND: Final = 8

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LONG_DAYS: Final = (
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
)  # fmt: skip
_DAY: Final = 24 * 60  # minutes
_UNITS: Final = {"b": 1, "k": 1 << 10, "": 1 << 10, "m": 1 << 20, "g": 1 << 30}

_MOMENT: Final = re.compile(r"(?:(?P<day>[A-Za-z]+)-)?(?P<hour>\d{1,2}):(?P<minute>\d{2})")
_RATE: Final = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<unit>[bkmg]?)(?:i?b)?", re.IGNORECASE)


class PaceFault(Enum):
    """What is wrong with the text of a timetable."""

    MOMENT = "bad_moment"  # neither a time of day nor a day and a time
    RATE = "bad_rate"  # neither `off` nor a number with a unit
    TOO_SLOW = "rate_too_slow"  # less than `LEAST_RATE`; nothing at all is the job's switch
    TWICE = "moment_twice"  # two entries begin at the same moment
    SEVERAL = "several_without_moment"  # of several entries, one does not say when it begins


class BadPaceError(ValueError):
    """A text that is no timetable: which part of it, and what is wrong with that."""

    def __init__(self, text: str, fault: PaceFault) -> None:
        super().__init__(text, fault)
        self.text = text
        self.fault = fault

    @override
    def __str__(self) -> str:
        return f"{self.text!r}: {self.fault.value.replace('_', ' ')}"


@dataclass(frozen=True, slots=True)
class Rates:
    """Bytes a second towards shares and from shares; None is as fast as it goes."""

    up: int | None = None
    down: int | None = None

    def __post_init__(self) -> None:
        """Check them."""
        if any(rate is not None and rate < LEAST_RATE for rate in (self.up, self.down)):
            raise ValueError(f"a rate is at least {LEAST_RATE} bytes a second")

    @override
    def __str__(self) -> str:
        up, down = _rate_text(self.up), _rate_text(self.down)
        return up if up == down else f"{up}:{down}"

    def piece(self) -> int:
        """Return the bytes to carry at a time so that the line has room in between for others."""
        slower = min((rate for rate in (self.up, self.down) if rate is not None), default=None)
        if slower is None:
            return MOST_PIECE
        return max(_LEAST_PIECE, min(MOST_PIECE, slower // _PIECES_A_SECOND))


UNLIMITED: Final = Rates()


@dataclass(frozen=True, slots=True)
class Slot:
    """From when on which rates hold. `weekday` is 0 on Monday; None is every day."""

    minute: int  # of the day
    rates: Rates
    weekday: int | None = None

    def __post_init__(self) -> None:
        """Check it."""
        if not 0 <= self.minute < _DAY or self.weekday not in {None, *range(len(_DAYS))}:
            raise ValueError(f"no moment of the week: {self.weekday}, {self.minute}")

    def age(self, weekday: int, minute: int) -> int:
        """Return for how many minutes it has held at a moment, if nothing came after it."""
        if self.weekday is None:
            return (minute - self.minute) % _DAY
        return ((weekday - self.weekday) * _DAY + minute - self.minute) % (len(_DAYS) * _DAY)

    @override
    def __str__(self) -> str:
        day = "" if self.weekday is None else f"{_DAYS[self.weekday]}-"
        return f"{day}{self.minute // 60:02}:{self.minute % 60:02},{self.rates}"


@dataclass(frozen=True, slots=True)
class Timetable:
    """Which rates hold when. Without a slot nothing is limited."""

    slots: tuple[Slot, ...] = ()

    def __post_init__(self) -> None:
        """Check it: at each moment one slot at most begins."""
        if len({(slot.weekday, slot.minute) for slot in self.slots}) < len(self.slots):
            raise ValueError("two slots begin at the same moment")

    @property
    def limits(self) -> bool:
        """Whether anything is ever limited."""
        return any(slot.rates != UNLIMITED for slot in self.slots)

    def at(self, moment: datetime) -> Rates:
        """Return what holds at a moment of the clock on the wall."""
        if not self.slots:
            return UNLIMITED
        weekday, minute = moment.weekday(), moment.hour * 60 + moment.minute
        # The youngest holds; of two that begin together the one that names a day.
        return min(
            self.slots, key=lambda slot: (slot.age(weekday, minute), slot.weekday is None)
        ).rates

    @override
    def __str__(self) -> str:
        """Return the text that `parse` reads back; empty where nothing is limited."""
        if len(self.slots) == 1:
            (slot,) = self.slots
            return "" if slot.rates == UNLIMITED else str(slot.rates)
        return " ".join(map(str, self.slots))


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a job may go. The limits are the job's own: jobs do not share them."""

    bandwidth: Timetable = field(default_factory=Timetable)
    cpu_percent: int = 100
    """Of one core, for all that the job's thread does; 100 is no limit."""

    def __post_init__(self) -> None:
        """Check it."""
        if not 1 <= self.cpu_percent <= 100:  # noqa: PLR2004 - a percentage
            raise ValueError("a share of one core is a percentage above 0")


def parse(text: str) -> Timetable:
    """Return the timetable that a text stands for. Raises `BadPaceError`.

    An empty text limits nothing.
    """
    entries = text.split()
    if len(entries) == 1 and "," not in entries[0]:
        return Timetable((Slot(0, _rates(entries[0])),))
    slots: dict[tuple[int | None, int], Slot] = {}
    for entry in entries:
        moment, comma, rates = entry.partition(",")
        if not comma:
            raise BadPaceError(entry, PaceFault.SEVERAL)
        weekday, minute = _moment(moment)
        if (weekday, minute) in slots:
            raise BadPaceError(entry, PaceFault.TWICE)
        slots[weekday, minute] = Slot(minute, _rates(rates), weekday)
    return Timetable(tuple(slots.values()))


def _moment(text: str) -> tuple[int | None, int]:
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise BadPaceError(text, PaceFault.MOMENT)
    hour, minute = int(found["hour"]), int(found["minute"])
    if hour > 23 or minute > 59:  # noqa: PLR2004 - a clock
        raise BadPaceError(text, PaceFault.MOMENT)
    return None if found["day"] is None else _weekday(found["day"], text), hour * 60 + minute


def _weekday(name: str, text: str) -> int:
    for number, (short, long) in enumerate(zip(_DAYS, _LONG_DAYS, strict=True)):
        if name.lower() in {short.lower(), long}:
            return number
    raise BadPaceError(text, PaceFault.MOMENT)


def _rates(text: str) -> Rates:
    up, colon, down = text.partition(":")
    return Rates(_rate(up), _rate(down if colon else up))


def _rate(text: str) -> int | None:
    if text.lower() == "off":
        return None
    found = _RATE.fullmatch(text)
    if found is None:
        raise BadPaceError(text, PaceFault.RATE)
    rate = float(found["number"]) * _UNITS[found["unit"].lower()]
    if rate > _MOST_RATE:
        raise BadPaceError(text, PaceFault.RATE)
    if rate < LEAST_RATE:
        raise BadPaceError(text, PaceFault.TOO_SLOW)
    return int(rate)


def _rate_text(rate: int | None) -> str:
    if rate is None:
        return "off"
    for unit in ("g", "m", "k"):
        count, rest = divmod(rate, _UNITS[unit])
        if not rest:
            return f"{count}{unit if unit == 'k' else unit.upper()}"
    return f"{rate}B"
