"""One writer at a time on a side, also from two Home Assistants, and after a crash."""

from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.sync.endpoint import ROOT, Cancelled, Changed, RelPath
from custom_components.smb_ddns_sync.sync.endpoints.memory import MemoryEndpoint
from custom_components.smb_ddns_sync.sync.lock import (
    GONE_AFTER,
    LOCK,
    SIGN_EVERY,
    Lock,
    Locked,
)
from custom_components.smb_ddns_sync.sync.names import RunToken
from custom_components.smb_ddns_sync.sync.own_file import read_own, write_own

from .hours import Hours

if TYPE_CHECKING:
    from custom_components.smb_ddns_sync.sync.endpoint import Endpoint


@pytest.fixture
def hours() -> Hours:
    return Hours()


def a_lock(
    side: Endpoint, hours: Hours, who: str = "Photos at home", job: str | None = None
) -> Lock:
    """Return a lock of a job of its own, unless `job` says which."""
    job = job or RunToken.new().value
    return Lock(side, job, who, RunToken.new(), hours.clock)


def names_in_root(side: Endpoint) -> list[str]:
    return [entry.path for entry in side.list(ROOT).entries]


def test_a_free_side_is_taken_at_once(side: Endpoint, hours: Hours) -> None:
    a_lock(side, hours).take()

    assert hours.passed == 0


def test_what_is_released_is_free_again(side: Endpoint, hours: Hours) -> None:
    first = a_lock(side, hours)
    first.take()
    first.release()

    a_lock(side, hours).take()

    assert hours.passed == 0


def test_a_lock_is_never_seen_as_a_file_of_the_user(side: Endpoint, hours: Hours) -> None:
    a_lock(side, hours).take()

    assert names_in_root(side) == []


def test_a_holder_that_shows_life_keeps_everybody_else_out(side: Endpoint, hours: Hours) -> None:
    holder = a_lock(side, hours, "Photos at home")
    holder.take()
    hours.meanwhile = holder.show_life

    with pytest.raises(Locked, match="Photos at home"):
        a_lock(side, hours, "Photos at the office").take()

    holder.prove()


def test_a_holder_that_stands_still_is_found_abandoned(side: Endpoint, hours: Hours) -> None:
    a_lock(side, hours).take()

    a_lock(side, hours).take()

    assert hours.passed >= GONE_AFTER


def test_a_run_of_the_same_job_goes_on_at_once_where_its_earlier_run_broke_off(
    side: Endpoint, hours: Hours
) -> None:
    a_lock(side, hours, job="one").take()

    a_lock(side, hours, job="one").take()

    assert hours.passed < GONE_AFTER


def test_who_lost_the_lock_finds_out_before_it_deletes_anything(
    side: Endpoint, hours: Hours
) -> None:
    asleep = a_lock(side, hours)
    asleep.take()
    a_lock(side, hours).take()

    with pytest.raises(Locked):
        asleep.prove()


def test_who_lost_the_lock_does_not_release_that_of_another(side: Endpoint, hours: Hours) -> None:
    asleep = a_lock(side, hours)
    asleep.take()
    awake = a_lock(side, hours)
    awake.take()

    asleep.release()

    awake.prove()


def test_of_two_that_find_it_abandoned_one_has_it(side: Endpoint, hours: Hours) -> None:
    a_lock(side, hours).take()
    rival = a_lock(side, Hours(), "A rival")

    def rival_comes_last() -> None:
        # A share may let both through that compare within one round trip.
        if hours.passed > GONE_AFTER:
            hours.meanwhile = lambda: None
            rival._sign(side.look(LOCK))

    hours.meanwhile = rival_comes_last

    with pytest.raises(Locked):
        a_lock(side, hours).take()

    rival.prove()


def test_a_lock_that_is_released_while_one_waits_is_taken(side: Endpoint, hours: Hours) -> None:
    holder = a_lock(side, hours)
    holder.take()
    hours.meanwhile = holder.release

    a_lock(side, hours).take()

    assert hours.passed < GONE_AFTER


def test_a_sign_of_life_is_written_only_when_it_is_time(side: Endpoint, hours: Hours) -> None:
    lock = a_lock(side, hours)
    lock.take()
    before = side.look(LOCK)

    lock.show_life()
    assert side.look(LOCK) == before
    hours.sleep(SIGN_EVERY)
    lock.show_life()
    assert side.look(LOCK) != before


def test_who_waits_can_be_cancelled(side: Endpoint, hours: Hours) -> None:
    a_lock(side, hours).take()

    with pytest.raises(Cancelled):
        a_lock(side, hours).take(cancelled=lambda: True)


def test_a_lock_that_cannot_be_understood_is_waited_for_like_any_other(
    side: Endpoint, hours: Hours
) -> None:
    write_own(side, LOCK, {"strange": 1}, RunToken.new(), 0, expected=None)

    a_lock(side, hours).take()

    assert hours.passed >= GONE_AFTER
    assert read_own(side, LOCK) is not None


def test_a_side_that_never_lets_the_lock_be_written_does_not_hold_a_cancelled_run(
    hours: Hours,
) -> None:
    side = MemoryEndpoint()
    asked = 0

    def before(step: str, path: RelPath) -> None:
        if step == "write":
            raise Changed(path, "changed")

    def cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked > 3

    side.before = before

    with pytest.raises(Cancelled):
        a_lock(side, hours).take(cancelled)
