"""When a provider may be called: after which outcome, and after how long."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from .ledger import Ledger, Pace, Stop
from .outcome import BadAnswer, Fault, RetryAfter, Unconfirmed

if TYPE_CHECKING:
    from random import Random

    from .names import DnsName

_FIRST_WAIT: Final = timedelta(minutes=1)
_LONGEST_WAIT: Final = timedelta(hours=6)
# What we don't understand may be a refusal in words of its own, so it is asked again seldom.
_BAD_ANSWER_WAIT: Final = timedelta(minutes=30)
# Many installations that failed together must not come back together.
_JITTER: Final = 0.2
# No wait that is ever noted is longer; one that seems so was noted by a clock that was wrong.
_HORIZON: Final = timedelta(days=2)


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


def allowed_from(
    ledger: Ledger, name: DnsName, now: datetime, least_interval: timedelta
) -> datetime | None:
    """Return when the next call for a name is allowed, or None if it is now. Stops come on top."""
    pace = ledger.pace_of(name)
    moments = [pace.not_before, ledger.pace.not_before]
    # A time of the last call that is still to come was noted by a clock that was wrong.
    if pace.called is not None and pace.called <= now:
        moments.append(pace.called + least_interval)
    coming = [moment for moment in moments if moment and now < moment <= now + _HORIZON]
    return max(coming, default=None)


def may_call(ledger: Ledger, name: DnsName, now: datetime, least_interval: timedelta) -> bool:
    """Tell whether the provider may be called for a name."""
    return (
        stop_of(ledger, name, now) is None
        and allowed_from(ledger, name, now, least_interval) is None
    )


def slowed(pace: Pace, fault: Fault, now: datetime, random: Random) -> Pace:
    """Return the pace after one more failure."""
    failures = pace.failures + 1
    until = now + wait_after(fault, failures, random)
    return replace(pace, failures=failures, not_before=until, why=fault.message)


def recovered(pace: Pace) -> Pace:
    """Return the pace after a call that went well."""
    return Pace(called=pace.called)
