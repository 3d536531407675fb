"""What is remembered, and what becomes of it when the storage is damaged."""

from datetime import UTC, datetime, timedelta
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from custom_components.smb_ddns_sync.ddns.address import Family
from custom_components.smb_ddns_sync.ddns.ledger import Entry, Ledger, Pace, Stop
from custom_components.smb_ddns_sync.ddns.outcome import OutcomeKind

from .builders import HOME, OTHER_V4, V4, V6, WORK

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def full() -> Ledger:
    """Return a ledger that has something everywhere."""
    ledger = Ledger()
    ledger.belongs_to("here", [HOME, WORK])
    ledger.pace = Pace(called=NOON, not_before=NOON, why="busy", failures=2)
    banned = Stop(OutcomeKind.BANNED, "enough", NOON + timedelta(days=1))
    ledger.set_pace(HOME, Pace(called=NOON, stop=banned))
    ledger.set_pace(WORK, Pace(stop=Stop(OutcomeKind.NAME_REJECTED, "no")))
    ledger.set_entry(HOME, Family.IPV4, Entry(V4, NOON, OutcomeKind.APPLIED))
    ledger.set_entry(
        HOME, Family.IPV6, Entry(None, None, OutcomeKind.UNCONFIRMED, "lost", intent=V6)
    )
    return ledger


def stored(ledger: Ledger) -> Any:
    """Return what a storage gives back."""
    return json.loads(json.dumps(ledger.as_dict()))


def test_everything_comes_back_from_the_storage() -> None:
    before, after = full(), Ledger.from_dict(stored(full()))
    assert after.as_dict() == before.as_dict()
    assert after.entry(HOME, Family.IPV4) == before.entry(HOME, Family.IPV4)
    assert after.entry(HOME, Family.IPV6) == before.entry(HOME, Family.IPV6)
    assert after.pace == before.pace
    assert after.pace_of(HOME) == before.pace_of(HOME)
    assert after.pace_of(WORK) == before.pace_of(WORK)
    assert after.identity == "here"


@pytest.mark.parametrize(
    "data", [None, [], "x", 5, {}, {"version": 2}, {"version": "1"}, {"version": 1}]
)
def test_what_is_no_ledger_is_an_empty_one(data: object) -> None:
    assert Ledger.from_dict(data).as_dict() == Ledger().as_dict()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("published", "nonsense"),
        ("published", str(V6)),
        ("published", 5),
        ("intent", str(V6)),
        ("updated", "yesterday"),
        ("updated", "2026-11-22T12:00:00"),
        ("outcome", "splendid"),
        ("message", 5),
    ],
)
def test_a_damaged_record_is_unknown_and_the_others_are_not(key: str, value: object) -> None:
    data = stored(full())
    data["records"][0][key] = value
    ledger = Ledger.from_dict(data)
    assert ledger.entry(HOME, Family.IPV4) == Entry()
    assert ledger.entry(HOME, Family.IPV6).intent == V6


def test_a_record_that_lacks_a_part_is_unknown() -> None:
    data = stored(full())
    del data["records"][0]["intent"]
    assert Ledger.from_dict(data).entry(HOME, Family.IPV4) == Entry()


@pytest.mark.parametrize(
    "record", [None, {}, {"name": HOME, "family": 5}, {"name": 1, "family": 4}]
)
def test_what_is_no_record_is_left_out(record: object) -> None:
    data = stored(full())
    data["records"][0] = record
    assert Ledger.from_dict(data).entry(HOME, Family.IPV4) == Entry()


@pytest.mark.parametrize(
    "stop",
    [
        {"outcome": "applied", "message": "x", "until": None},
        {"outcome": "splendid", "message": "x", "until": None},
        {"outcome": "banned", "message": "x", "until": "later"},
        {"outcome": "banned"},
        "stop",
    ],
)
def test_a_damaged_stop_is_none_which_costs_one_call(stop: object) -> None:
    data = stored(full())
    data["names"][WORK]["stop"] = stop
    assert Ledger.from_dict(data).pace_of(WORK).stop is None


@pytest.mark.parametrize("pace", [None, 5, {}, {"called": 5, "not_before": None, "failures": 1}])
def test_a_damaged_pace_is_none(pace: object) -> None:
    data = stored(full())
    data["pace"] = pace
    assert Ledger.from_dict(data).pace == Pace()


def test_only_a_refusal_stops() -> None:
    with pytest.raises(ValueError, match="refusal"):
        Stop(OutcomeKind.RETRY_AFTER, "later")


def test_another_provider_makes_everything_unknown() -> None:
    ledger = full()
    ledger.belongs_to("there", [HOME, WORK])
    assert ledger.entry(HOME, Family.IPV4) == Entry()
    assert ledger.pace_of(WORK) == Pace()
    assert ledger.pace == Pace()


def test_a_name_that_was_taken_out_is_forgotten() -> None:
    ledger = full()
    ledger.belongs_to("here", [WORK])
    ledger.belongs_to("here", [HOME, WORK])
    assert ledger.entry(HOME, Family.IPV4) == Entry()
    assert ledger.pace_of(HOME) == Pace()
    assert ledger.pace_of(WORK).stop is not None


def test_lifting_the_stops_leaves_the_waits() -> None:
    ledger = full()
    ledger.set_entry(WORK, Family.IPV4, Entry(OTHER_V4))
    ledger.lift_stops()
    assert ledger.pace_of(HOME).stop is None
    assert ledger.pace_of(WORK).stop is None
    assert ledger.pace.not_before == NOON
    assert ledger.entry(WORK, Family.IPV4).published == OTHER_V4


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
places = st.sampled_from(["pace", "names", "records", "identity"])


@settings(deadline=None)
@given(places, json_values)
def test_whatever_is_stored_a_ledger_comes_back(place: str, value: object) -> None:
    data = stored(full())
    data[place] = value
    ledger = Ledger.from_dict(data)
    assert Ledger.from_dict(stored(ledger)).as_dict() == ledger.as_dict()
