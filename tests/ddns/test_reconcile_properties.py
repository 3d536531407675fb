"""What holds in any order of changes, faults, restarts and waits."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st

from custom_components.smb_ddns_sync.ddns.address import Addresses, Family
from custom_components.smb_ddns_sync.ddns.outcome import (
    AuthRejected,
    BadAnswer,
    Banned,
    NameRejected,
    RetryAfter,
    Trouble,
    Unconfirmed,
)
from custom_components.smb_ddns_sync.ddns.report import RecordStatus

from .builders import (
    BOTH,
    HOME,
    OTHER_V4,
    OTHER_V6,
    THIRD_V4,
    V4,
    V6,
    WORK,
    Bench,
    ScriptedProvider,
)

NAMES = (HOME, WORK)
SOON = timedelta(minutes=2)


@dataclass(frozen=True)
class Fault:
    """The next update of a name fails."""

    name: str
    trouble: Trouble
    landed: bool


@dataclass(frozen=True)
class Wait:
    """Time passes."""

    minutes: int


@dataclass(frozen=True)
class Restart:
    """The program begins again with what it stored; `crash` loses what came after the last call."""

    crash: bool


@dataclass(frozen=True)
class Resume:
    """The user acts."""


type Event = Addresses | Fault | Wait | Restart | Resume

addresses = st.builds(
    Addresses,
    st.sampled_from([None, V4, OTHER_V4, THIRD_V4]),
    st.sampled_from([None, V6, OTHER_V6]),
)
# Only a write whose answer was lost, or not understood, can have landed.
harmless = st.sampled_from(
    [
        AuthRejected("no"),
        NameRejected("no"),
        Banned("no", None),
        RetryAfter("later", SOON),
        RetryAfter("later", SOON, everywhere=True),
    ]
)
doubtful = st.sampled_from([Unconfirmed("lost"), BadAnswer("what?")])
names = st.sampled_from(NAMES)
faults = st.builds(Fault, names, harmless, st.just(value=False)) | st.builds(
    Fault, names, doubtful, st.booleans()
)
events: st.SearchStrategy[Event] = st.one_of(
    addresses,
    addresses,
    faults,
    st.builds(Wait, st.integers(0, 600)),
    st.builds(Restart, st.booleans()),
    st.builds(Resume),
)


def check_truth(bench: Bench) -> None:
    """See that what is called in sync is in sync."""
    for record in bench.keeper.report.records:
        if record.status is RecordStatus.IN_SYNC:
            assert bench.provider.records[record.name, record.family] == record.published


async def play(bench: Bench, played: list[Event]) -> Addresses:
    """Let everything happen; return what was last known of the site."""
    wanted = Addresses()
    on_disk = 1  # saves that no crash can lose any more: a program has begun with them
    for event in played:
        match event:
            case Addresses():
                before, records = bench.provider.calls, dict(bench.provider.records)
                stopped = bench.keeper.report.status is RecordStatus.AUTH_REJECTED
                wanted = event.or_else(wanted)
                await bench.keeper.reconcile(event)
                assert not stopped or bench.provider.calls == before
                assert records.keys() <= bench.provider.records.keys()
            case Fault(name, trouble, landed):
                known = next(known for known in NAMES if known == name)
                bench.provider.fail(known, trouble, landed=landed)
            case Wait(minutes):
                bench.clock.advance(timedelta(minutes=minutes))
            case Restart(crash):
                if crash and len(bench.saved) > on_disk:
                    bench.saved.pop()
                on_disk = len(bench.saved)
                bench.restart()
                # The face asks the sources again before it compares.
                await bench.keeper.reconcile(Addresses())
            case Resume():
                bench.keeper.resume()
                bench.saved.append(bench.ledger.as_dict())
        check_truth(bench)
    return wanted


async def simulate(played: list[Event], *, can_look: bool) -> None:
    """Play, then heal everything, and see that it ends right."""
    bench = Bench(ScriptedProvider(can_look=can_look), names=NAMES, families=BOTH)
    wanted = await play(bench, played)
    for name in NAMES:
        bench.provider.heal(name)
    bench.keeper.resume()
    bench.clock.advance(timedelta(days=1))
    await bench.keeper.reconcile(wanted)
    for name in NAMES:
        for family in BOTH:
            address = wanted.of(family)
            if address is not None:
                assert bench.provider.records[name, family] == address
    calls = bench.provider.calls
    bench.clock.advance(timedelta(days=1))
    await bench.keeper.reconcile(wanted)
    assert bench.provider.calls == calls
    assert not any(
        Family.IPV4 in call.families and call.addresses.ipv4 is None
        for call in bench.provider.published
    )


TWO_CRASHES: list[Event] = [
    Addresses(V4, None),
    Addresses(OTHER_V4, None),
    Restart(crash=True),
    Restart(crash=True),
    Addresses(V4, None),
]


@settings(max_examples=300, deadline=None)
@given(st.lists(events, max_size=25), st.booleans())
@example(TWO_CRASHES, False)
def test_in_sync_is_true_no_record_is_lost_and_one_round_heals(
    played: list[Event], can_look: bool
) -> None:
    asyncio.run(simulate(played, can_look=can_look))
