"""A timetable says what holds at a time of the week, in the words of rclone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from custom_components.smb_ddns_sync.sync.pace import (
    UNLIMITED,
    BadPaceError,
    Pace,
    PaceFault,
    Rates,
    Timetable,
    parse,
)

K, M, G = 1 << 10, 1 << 20, 1 << 30
MONDAY, TUESDAY, SATURDAY, SUNDAY = 23, 24, 28, 29  # of November 2026


def at(table: str, day: int, clock: str) -> Rates:
    hour, minute = map(int, clock.split(":"))
    return parse(table).at(datetime(2026, 11, day, hour, minute, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "rates"),
    [
        ("512k", Rates(512 * K, 512 * K)),
        ("512", Rates(512 * K, 512 * K)),
        ("2000B", Rates(2000, 2000)),
        ("1.5M", Rates(3 * M // 2, 3 * M // 2)),
        ("10MiB", Rates(10 * M, 10 * M)),
        ("1g", Rates(G, G)),
        ("off", UNLIMITED),
        ("1M:4M", Rates(up=M, down=4 * M)),
        ("off:100k", Rates(up=None, down=100 * K)),
    ],
)
def test_a_rate_alone_holds_at_all_times(text: str, rates: Rates) -> None:
    assert at(text, MONDAY, "0:00") == at(text, SUNDAY, "23:59") == rates


@pytest.mark.parametrize(
    ("day", "clock", "up"),
    [
        (MONDAY, "07:59", None),  # since 23:00 of the day before
        (MONDAY, "08:00", 512 * K),
        (MONDAY, "22:59", 512 * K),
        (MONDAY, "23:00", None),
        (TUESDAY, "03:00", None),
    ],
)
def test_an_entry_holds_until_the_next_one_over_midnight(
    day: int, clock: str, up: int | None
) -> None:
    assert at("08:00,512k 23:00,off", day, clock).up == up


@pytest.mark.parametrize(
    ("day", "clock", "up"),
    [
        (SUNDAY, "23:59", M),
        (MONDAY, "00:00", M),  # over the end of the week
        (MONDAY, "8:00", 512 * K),
        (SATURDAY, "09:59", 512 * K),
        (SATURDAY, "10:00", M),
    ],
)
def test_a_day_of_the_week_can_be_named(day: int, clock: str, up: int) -> None:
    assert at("Mon-08:00,512k saturday-10:00,1M", day, clock).up == up


def test_an_entry_that_names_the_day_comes_before_one_of_every_day() -> None:
    table = "08:00,512k Sat-08:00,off"
    assert at(table, SATURDAY, "08:00") == at(table, SUNDAY, "07:59") == UNLIMITED
    assert at(table, SUNDAY, "08:00").up == 512 * K


def test_nothing_is_limited_without_a_text() -> None:
    assert parse("  ") == Timetable()
    assert not parse("").limits
    assert not parse("off").limits
    assert at("", MONDAY, "12:00") == UNLIMITED


@pytest.mark.parametrize(
    "text",
    [
        "",
        "512k",
        "1500B",
        "1M:4M",
        "off:100k",
        "08:00,512k 23:00,off",
        "Mon-08:00,1M Sun-20:30,1G:off",
    ],
)
def test_the_text_is_read_back_as_it_was(text: str) -> None:
    assert str(parse(text)) == text


@pytest.mark.parametrize(
    ("text", "part", "fault"),
    [
        ("24:00,1M", "24:00", PaceFault.MOMENT),
        ("08:60,1M", "08:60", PaceFault.MOMENT),
        ("Mxx-08:00,1M", "Mxx-08:00", PaceFault.MOMENT),
        ("noon,1M", "noon", PaceFault.MOMENT),
        ("08:00,fast", "fast", PaceFault.RATE),
        ("-5M", "-5M", PaceFault.RATE),
        ("9" * 400, "9" * 400, PaceFault.RATE),
        ("1M:", "", PaceFault.RATE),
        ("08:00,0", "0", PaceFault.TOO_SLOW),
        ("1023B", "1023B", PaceFault.TOO_SLOW),
        ("08:00,1M 8:00,2M", "8:00,2M", PaceFault.TWICE),
        ("08:00,1M 2M", "2M", PaceFault.SEVERAL),
    ],
)
def test_a_text_that_says_nothing_is_refused_with_the_part_that_is_wrong(
    text: str, part: str, fault: PaceFault
) -> None:
    with pytest.raises(BadPaceError) as refused:
        parse(text)
    assert (refused.value.text, refused.value.fault) == (part, fault)


@pytest.mark.parametrize(
    ("utc", "up"),
    [
        ("2026-03-29T00:59", None),  # 01:59 in winter time
        ("2026-03-29T01:00", 512 * K),  # 03:00 in summer time: there was no half past two
        ("2026-10-25T00:29", None),  # 02:29, for the first time
        ("2026-10-25T00:30", 512 * K),
        ("2026-10-25T01:29", None),  # 02:29 again: by the clock on the wall it is off once more
        ("2026-10-25T01:30", 512 * K),
    ],
)
def test_it_goes_by_the_clock_on_the_wall_when_that_is_put_forward_or_back(
    utc: str, up: int | None
) -> None:
    moment = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    on_the_wall = moment.astimezone(ZoneInfo("Europe/Berlin"))
    assert parse("02:30,512k 20:00,off").at(on_the_wall).up == up


@pytest.mark.parametrize("percent", [0, 101])
def test_a_share_of_a_core_is_a_percentage(percent: int) -> None:
    with pytest.raises(ValueError, match="percentage"):
        Pace(cpu_percent=percent)
