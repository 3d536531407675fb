"""When a provider may be called: after which outcome, and after how long."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from zlib import crc32

from .ledger import Entry, Ledger, Pace, Stop
from .outcome import BadAnswer, Fault, RetryAfter, Unconfirmed

if TYPE_CHECKING:
    from random import Random

    from .names import DnsName
    from .provider import Budget, Expiry

_FIRST_WAIT: Final = timedelta(minutes=1)
_LONGEST_WAIT: Final = timedelta(hours=6)
# What we don't understand may be a refusal in words of its own, so it is asked again seldom.
_BAD_ANSWER_WAIT: Final = timedelta(minutes=30)
# Many installations that failed together must not come back together.
_JITTER: Final = 0.2
# No wait that is ever noted is longer; one that seems so was noted by a clock that was wrong.
_HORIZON: Final = timedelta(days=2)

# A name is refreshed within the last fifth of the time that it has; which day depends on the name,
# so that many installations do not refresh on one.
_REFRESH_FROM: Final = 0.8
_REFRESH_SPREAD: Final = 0.1
# What was accepted may take so long to reach all servers of a zone.
_SETTLING: Final = timedelta(hours=1)
# Servers that go on telling something else, although the provider was asked, would make us call
# again and again.
_DOUBT_AGAIN: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one provider wants of its clients."""

    least_interval: timedelta  # between two calls for one name
    budget: Budget | None = None  # of all calls for the record
    expiry: Expiry | None = None


def wait_after(fault: Fault, failures: int, random: Random) -> timedelta:
    """Return how long to wait after the n-th failure in a row: twice as long each time.

    Never shorter than the provider asked for: jitter only adds.
    """
    doublings = min(max(failures - 1, 0), 16)
    backoff = min(_FIRST_WAIT * (1 << doublings), _LONGEST_WAIT)
    match fault:
        case RetryAfter(delay=delay):
            wait = max(backoff, delay)
        case BadAnswer():
            wait = max(backoff, _BAD_ANSWER_WAIT)
        case Unconfirmed():
            wait = backoff
    return wait * (1 + _JITTER * random.random())


def stop_of(ledger: Ledger, name: DnsName, now: datetime) -> Stop | None:
    """Return what forbids calls for a name until a person acts, or until a ban ends."""
    for pace in (ledger.pace, ledger.pace_of(name)):
        stop = pace.stop
        if stop is not None and (stop.until is None or stop.until > now):
            return stop
    return None


def allowed_from(ledger: Ledger, name: DnsName, now: datetime, limits: Limits) -> datetime | None:
    """Return when the next call for a name is allowed, or None if it is now. Stops come on top."""
    pace = ledger.pace_of(name)
    moments = [pace.not_before, ledger.pace.not_before]
    # A time of the last call that is still to come was noted by a clock that was wrong.
    if pace.called is not None and pace.called <= now:
        moments.append(pace.called + limits.least_interval)
    if limits.budget is not None:
        moments.append(_budget_opens(ledger.pace.calls, limits.budget, now))
    coming = [moment for moment in moments if moment and now < moment <= now + _HORIZON]
    return max(coming, default=None)


def _budget_opens(calls: tuple[datetime, ...], budget: Budget, now: datetime) -> datetime | None:
    """Return when there is room for one more call; None where no call is known that fills it."""
    made = sorted(call for call in calls if call <= now)
    return made[-budget.calls] + budget.within if len(made) >= budget.calls else None


def has_room(ledger: Ledger, budget: Budget | None, now: datetime) -> bool:
    """Tell whether the budget allows one more call."""
    if budget is None:
        return True
    opens = _budget_opens(ledger.pace.calls, budget, now)
    return opens is None or opens <= now


def called(pace: Pace, now: datetime, budget: Budget | None) -> Pace:
    """Return the pace of the whole record after one more call."""
    if budget is None:
        return pace
    return replace(pace, calls=(*pace.calls, now)[-budget.calls :])


def refresh_due(entry: Entry, name: DnsName, now: datetime, expiry: Expiry | None) -> bool:
    """Tell whether a record has to be sent again, unchanged, so that the provider keeps it."""
    if expiry is None or not expiry.renewed_by_update or entry.published is None:
        return False
    last = entry.confirmed or entry.updated
    if last is None or last > now:  # a time to come was noted by a clock that was wrong
        return True
    share = _REFRESH_FROM + _REFRESH_SPREAD * crc32(name.encode()) / 0xFFFFFFFF
    return now - last >= expiry.after * share


def ends(ledger: Ledger, now: datetime, expiry: Expiry | None) -> datetime | None:
    """Return when a provider drops names that a person has to confirm there, once that is near.

    Near is the last fifth of the time, in which the provider itself asks for it.
    """
    renewed = ledger.renewed
    if expiry is None or expiry.renewed_by_update or renewed is None:
        return None
    # A time to come was noted by a clock that was wrong: the time that is left is not known.
    near = now >= renewed + expiry.after * _REFRESH_FROM or renewed > now
    return min(renewed, now) + expiry.after if near else None


def may_doubt(entry: Entry, now: datetime) -> bool:
    """Tell whether it is worth a call that name servers tell another address than was published."""
    if entry.published is None or entry.intent is not None:
        return False  # nothing is claimed, or it is in doubt already
    settled = entry.updated is None or not timedelta(0) <= now - entry.updated < _SETTLING
    rested = entry.doubted is None or not timedelta(0) <= now - entry.doubted < _DOUBT_AGAIN
    return settled and rested


def may_call(ledger: Ledger, name: DnsName, now: datetime, limits: Limits) -> bool:
    """Tell whether the provider may be called for a name."""
    return stop_of(ledger, name, now) is None and allowed_from(ledger, name, now, limits) is None


def slowed(pace: Pace, fault: Fault, now: datetime, random: Random) -> Pace:
    """Return the pace after one more failure."""
    failures = pace.failures + 1
    until = now + wait_after(fault, failures, random)
    return replace(pace, failures=failures, not_before=until, why=fault.message)


def recovered(pace: Pace) -> Pace:
    """Return the pace after a call that went well."""
    return Pace(called=pace.called, calls=pace.calls)
