"""When the provider is called, and when it is not."""

import asyncio
from datetime import timedelta

import pytest

from custom_components.smb_ddns_sync.ddns.address import Addresses, Family
from custom_components.smb_ddns_sync.ddns.ledger import Ledger
from custom_components.smb_ddns_sync.ddns.outcome import (
    AuthRejected,
    Banned,
    NameRejected,
    OutcomeKind,
    RetryAfter,
    Trouble,
    Unconfirmed,
)
from custom_components.smb_ddns_sync.ddns.reconcile import RecordKeeper
from custom_components.smb_ddns_sync.ddns.report import RecordStatus

from .builders import (
    BOTH,
    HOME,
    LOST,
    NONSENSE,
    ONLY_V4,
    OTHER_V4,
    OTHER_V6,
    PRIVATE_V4,
    THIRD_V4,
    V4,
    V6,
    WORK,
    Bench,
    FakeClock,
    ScriptedProvider,
    at,
    until,
)

NO = AuthRejected("wrong password")
NOT_YOURS = NameRejected("not yours")
ABUSE = Banned("enough", None)
BUSY = RetryAfter("busy", timedelta(minutes=5))
DOWN = RetryAfter("down", timedelta(minutes=5), everywhere=True)

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


# Equal means no call.


async def test_a_new_address_is_published_once() -> None:
    bench = Bench()
    report = await bench.keeper.reconcile(at(V4))
    assert bench.provider.records == {(HOME, Family.IPV4): V4}
    assert report.status is RecordStatus.IN_SYNC
    assert report.published(Family.IPV4) == V4
    assert report.last_update == bench.clock.now

    for _ in range(3):
        bench.clock.advance(DAY)
        await bench.keeper.reconcile(at(V4))
    assert bench.provider.calls == 1


async def test_a_change_is_published() -> None:
    bench = Bench()
    await bench.keeper.reconcile(at(V4))
    bench.clock.advance(MINUTE)
    await bench.keeper.reconcile(at(OTHER_V4))
    assert bench.provider.records == {(HOME, Family.IPV4): OTHER_V4}
    assert bench.provider.published[1].held == at(V4)


async def test_a_failed_detection_is_not_no_address() -> None:
    bench = Bench()
    await bench.keeper.reconcile(at(V4))
    report = await bench.keeper.reconcile(Addresses())
    assert bench.provider.calls == 1
    assert report.status is RecordStatus.IN_SYNC
    assert bench.provider.records == {(HOME, Family.IPV4): V4}


async def test_nothing_is_compared_before_an_address_is_known() -> None:
    bench = Bench()
    report = await bench.keeper.reconcile(Addresses())
    assert report.status is RecordStatus.UNKNOWN
    assert bench.provider.calls == 0


async def test_an_address_that_is_not_public_is_never_published() -> None:
    bench = Bench()
    report = await bench.keeper.reconcile(at(PRIVATE_V4))
    assert bench.provider.calls == 0
    assert report.status is RecordStatus.UNKNOWN


async def test_only_the_families_of_the_record_are_published() -> None:
    bench = Bench()
    await bench.keeper.reconcile(at(V4, V6))
    assert bench.provider.published[0].families == ONLY_V4
    assert bench.provider.published[0].addresses == at(V4)


async def test_a_family_that_the_site_does_not_have_does_not_spoil_the_status() -> None:
    bench = Bench(families=BOTH)
    report = await bench.keeper.reconcile(at(V4))
    assert report.status is RecordStatus.IN_SYNC
    assert [r.status for r in report.of(HOME)] == [RecordStatus.IN_SYNC, RecordStatus.UNKNOWN]


async def test_both_families_of_a_name_go_in_one_call() -> None:
    bench = Bench(families=BOTH)
    await bench.keeper.reconcile(at(V4, V6))
    assert [call.families for call in bench.provider.published] == [BOTH]


async def test_a_family_whose_address_is_not_known_now_is_sent_as_it_was() -> None:
    # Some providers delete what is left out of a call.
    bench = Bench(families=BOTH)
    await bench.keeper.reconcile(at(V4, V6))
    await bench.keeper.reconcile(at(OTHER_V4))
    call = bench.provider.published[1]
    assert call.families == ONLY_V4
    assert call.addresses == at(OTHER_V4, V6)


async def test_the_button_asks_although_nothing_changed() -> None:
    bench = Bench()
    await bench.keeper.reconcile(at(V4))
    first = bench.clock.now
    bench.clock.advance(DAY)
    report = await bench.keeper.reconcile(at(V4), forced=True)
    assert len(bench.provider.published) == 2
    assert report.records[0].outcome is OutcomeKind.UNCHANGED
    assert report.last_update == first


async def test_the_button_finds_what_somebody_else_changed() -> None:
    bench = Bench()
    await bench.keeper.reconcile(at(V4))
    bench.provider.records[HOME, Family.IPV4] = OTHER_V4
    await bench.keeper.reconcile(at(V4), forced=True)
    assert bench.provider.records == {(HOME, Family.IPV4): V4}


async def test_calls_for_a_name_keep_their_distance_also_with_the_button() -> None:
    bench = Bench(ScriptedProvider(interval=MINUTE))
    await bench.keeper.reconcile(at(V4))
    report = await bench.keeper.reconcile(at(OTHER_V4), forced=True)
    assert len(bench.provider.published) == 1
    assert report.status is RecordStatus.WAITING
    assert report.next_allowed == bench.clock.now + MINUTE
    bench.clock.advance(MINUTE)
    assert (await bench.keeper.reconcile(at(OTHER_V4))).status is RecordStatus.IN_SYNC


# Refusals stop until a person acts.


@pytest.mark.parametrize(
    ("trouble", "status"),
    [
        (NO, RecordStatus.AUTH_REJECTED),
        (NOT_YOURS, RecordStatus.NAME_REJECTED),
        (ABUSE, RecordStatus.BANNED),
    ],
)
async def test_after_a_refusal_there_is_no_call_until_the_user_acts(
    trouble: Trouble, status: RecordStatus
) -> None:
    bench = Bench()
    bench.provider.fail(HOME, trouble)
    report = await bench.keeper.reconcile(at(V4))
    assert report.status is status
    assert report.message == trouble.message
    assert report.next_allowed is None

    for address in (V4, OTHER_V4, THIRD_V4):
        bench.clock.advance(DAY)
        await bench.keeper.reconcile(at(address))
        await bench.keeper.reconcile(at(address), forced=True)
    assert bench.provider.calls == 1

    bench.keeper.resume()
    report = await bench.keeper.reconcile(at(OTHER_V4))
    assert report.status is RecordStatus.IN_SYNC
    assert report.message is None
    assert bench.provider.calls == 2


async def test_refused_credentials_stop_all_names() -> None:
    bench = Bench(names=(HOME, WORK))
    bench.provider.fail(HOME, NO)
    report = await bench.keeper.reconcile(at(V4))
    assert [call.name for call in bench.provider.published] == [HOME]
    assert {r.status for r in report.records} == {RecordStatus.AUTH_REJECTED}


@pytest.mark.parametrize("trouble", [NOT_YOURS, ABUSE, BUSY, LOST, NONSENSE])
async def test_one_name_never_stops_the_others(trouble: Trouble) -> None:
    bench = Bench(names=(HOME, WORK))
    bench.provider.fail(HOME, trouble)
    report = await bench.keeper.reconcile(at(V4))
    assert bench.provider.records == {(WORK, Family.IPV4): V4}
    assert report.of(WORK)[0].status is RecordStatus.IN_SYNC
    assert report.status is not RecordStatus.IN_SYNC
    assert report.worst.name == HOME
    assert report.published(Family.IPV4) is None


async def test_a_ban_with_an_end_ends() -> None:
    bench = Bench()
    bench.provider.fail(HOME, Banned("for an hour", bench.clock.now + timedelta(hours=1)))
    report = await bench.keeper.reconcile(at(V4))
    assert report.next_allowed == bench.clock.now + timedelta(hours=1)
    bench.clock.advance(timedelta(minutes=59))
    await bench.keeper.reconcile(at(V4))
    assert bench.provider.calls == 1
    bench.clock.advance(MINUTE)
    assert (await bench.keeper.reconcile(at(V4))).status is RecordStatus.IN_SYNC


async def test_a_stop_that_comes_while_names_are_gone_through_is_minded_at_once() -> None:
    bench = Bench(names=(HOME, WORK))
    bench.provider.fail(HOME, DOWN)
    report = await bench.keeper.reconcile(at(V4))
    assert [call.name for call in bench.provider.published] == [HOME]
    (work,) = report.of(WORK)
    assert work.status is RecordStatus.WAITING
    assert work.message == "down"


# Faults are tried again, ever more seldom.


@pytest.mark.parametrize(
    ("trouble", "minutes"),
    [
        (RetryAfter("x", timedelta(seconds=1)), [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360]),
        (RetryAfter("x", timedelta(minutes=30)), [30, 30, 30, 30, 30, 32, 64]),
        (RetryAfter("x", timedelta(hours=12)), [720, 720]),
        (LOST, [1, 2, 4]),
        (NONSENSE, [30, 30, 30, 30, 30, 32]),
    ],
)
async def test_each_failure_in_a_row_waits_longer_but_never_less_than_asked(
    trouble: Trouble, minutes: list[int]
) -> None:
    bench = Bench(ScriptedProvider(can_look=False))
    for number, wait in enumerate(minutes, start=1):
        bench.provider.fail(HOME, trouble)
        report = await bench.keeper.reconcile(at(V4))
        assert report.status is RecordStatus.FAILING
        assert report.message == trouble.message
        assert report.next_allowed == bench.clock.now + wait * MINUTE
        bench.clock.advance(wait * MINUTE - timedelta(seconds=1))
        await bench.keeper.reconcile(at(V4), forced=True)
        assert len(bench.provider.published) == number
        bench.clock.advance(timedelta(seconds=1))
    assert (await bench.keeper.reconcile(at(V4))).status is RecordStatus.IN_SYNC


async def test_success_forgets_the_failures() -> None:
    bench = Bench()
    for _ in range(2):
        bench.provider.fail(HOME, DOWN)
        bench.provider.fail(HOME, RetryAfter("short", timedelta(seconds=1)))
        await bench.keeper.reconcile(at(V4))
        bench.clock.advance(timedelta(hours=1))
        report = await bench.keeper.reconcile(at(V4))
        assert report.next_allowed == bench.clock.now + MINUTE
        bench.clock.advance(timedelta(hours=1))
        report = await bench.keeper.reconcile(at(V4))
        assert report.next_allowed is None
        bench.provider.records.clear()
        bench.ledger.belongs_to("elsewhere", [HOME])
        bench.ledger.belongs_to("scripted", [HOME])


async def test_chance_only_ever_adds_to_a_wait() -> None:
    provider, clock = ScriptedProvider(), FakeClock()
    waits: set[timedelta] = set()
    for _ in range(20):
        keeper = RecordKeeper(provider, [HOME], ONLY_V4, Ledger(), clock)
        provider.fail(HOME, BUSY)
        report = await keeper.reconcile(at(V4))
        assert report.next_allowed is not None
        waits.add(report.next_allowed - clock.now)
    assert len(waits) > 1
    assert all(BUSY.delay <= wait <= BUSY.delay * 1.2 for wait in waits)


async def test_resume_leaves_the_wait_that_the_provider_asked_for() -> None:
    bench = Bench()
    bench.provider.fail(HOME, DOWN)
    await bench.keeper.reconcile(at(V4))
    bench.keeper.resume()
    await bench.keeper.reconcile(at(V4))
    assert bench.provider.calls == 1


async def test_a_clock_that_was_wrong_does_not_stop_the_record_for_years() -> None:
    bench = Bench(ScriptedProvider(interval=MINUTE))
    right = bench.clock.now
    bench.clock.now = right + timedelta(days=9000)
    bench.provider.fail(HOME, BUSY)
    await bench.keeper.reconcile(at(V4))
    bench.clock.now = right
    assert (await bench.keeper.reconcile(at(V4))).status is RecordStatus.IN_SYNC


async def test_a_call_that_a_fast_clock_noted_for_later_holds_nothing_up() -> None:
    bench = Bench(ScriptedProvider(interval=MINUTE))
    right = bench.clock.now
    bench.clock.now = right + timedelta(hours=1)
    await bench.keeper.reconcile(at(V4))
    bench.clock.now = right
    assert (await bench.keeper.reconcile(at(OTHER_V4))).status is RecordStatus.IN_SYNC


# After an unconfirmed write it looks before it writes.


async def test_a_write_that_landed_is_seen_and_not_repeated() -> None:
    bench = Bench()
    bench.provider.fail(HOME, LOST, landed=True)
    report = await bench.keeper.reconcile(at(V4))
    assert report.status is RecordStatus.FAILING
    assert report.published(Family.IPV4) is None
    bench.clock.advance(MINUTE)
    report = await bench.keeper.reconcile(at(V4))
    assert report.status is RecordStatus.IN_SYNC
    assert len(bench.provider.published) == 1
    assert bench.provider.looked == [(HOME, Family.IPV4)]


async def test_a_write_that_did_not_land_is_repeated() -> None:
    bench = Bench()
    bench.provider.fail(HOME, LOST)
    await bench.keeper.reconcile(at(V4))
    bench.clock.advance(MINUTE)
    report = await bench.keeper.reconcile(at(V4))
    assert report.status is RecordStatus.IN_SYNC
    assert len(bench.provider.published) == 2
    assert bench.provider.records == {(HOME, Family.IPV4): V4}


async def test_what_was_looked_at_is_no_more_in_doubt() -> None:
    bench = Bench()
    bench.provider.fail(HOME, LOST)
    bench.provider.fail(HOME, BUSY)
    for _ in range(3):
        await bench.keeper.reconcile(at(V4))
        bench.clock.advance(DAY)
    assert len(bench.provider.looked) == 1
    assert bench.provider.records == {(HOME, Family.IPV4): V4}


async def test_it_looks_before_it_writes_not_after() -> None:
    bench = Bench()
    bench.provider.fail(HOME, LOST, landed=True)
    await bench.keeper.reconcile(at(V4))
    assert bench.provider.looked == []


async def test_an_address_that_came_back_is_not_trusted_after_an_unconfirmed_write() -> None:
    # The ledger says V4, but the record may hold OTHER_V4 since the answer was lost.
    bench = Bench()
    await bench.keeper.reconcile(at(V4))
    bench.provider.fail(HOME, LOST, landed=True)
    await bench.keeper.reconcile(at(OTHER_V4))
    bench.clock.advance(MINUTE)
    report = await bench.keeper.reconcile(at(V4))
    assert bench.provider.records == {(HOME, Family.IPV4): V4}
    assert report.status is RecordStatus.IN_SYNC


@pytest.mark.parametrize("trouble", [DOWN, NOT_YOURS, NO, ABUSE])
async def test_doubt_outlives_a_later_call_that_wrote_nothing(trouble: Trouble) -> None:
    bench = Bench(ScriptedProvider(can_look=False))
    await bench.keeper.reconcile(at(V4))
    bench.provider.fail(HOME, LOST, landed=True)
    await bench.keeper.reconcile(at(OTHER_V4))
    bench.clock.advance(DAY)
    bench.provider.fail(HOME, trouble)
    await bench.keeper.reconcile(at(THIRD_V4))
    bench.clock.advance(DAY)
    bench.keeper.resume()
    await bench.keeper.reconcile(at(V4))
    assert bench.provider.records == {(HOME, Family.IPV4): V4}


@pytest.mark.parametrize("trouble", [BUSY, NO, NOT_YOURS, NONSENSE])
async def test_a_look_that_fails_writes_nothing_and_leaves_the_doubt(trouble: Trouble) -> None:
    bench = Bench()
    bench.provider.fail(HOME, LOST, landed=True)
    await bench.keeper.reconcile(at(V4))
    bench.clock.advance(MINUTE)
    bench.provider.fail_look(trouble)
    report = await bench.keeper.reconcile(at(V4))
    assert report.message == trouble.message
    assert len(bench.provider.published) == 1
    bench.clock.advance(DAY)
    bench.keeper.resume()
    assert (await bench.keeper.reconcile(at(V4))).status is RecordStatus.IN_SYNC
    assert len(bench.provider.looked) == 2


async def test_where_nothing_can_be_looked_at_the_write_is_repeated_after_the_wait() -> None:
    bench = Bench(ScriptedProvider(can_look=False))
    bench.provider.fail(HOME, LOST, landed=True)
    await bench.keeper.reconcile(at(V4))
    await bench.keeper.reconcile(at(V4))
    assert len(bench.provider.published) == 1
    bench.clock.advance(MINUTE)
    report = await bench.keeper.reconcile(at(V4))
    assert len(bench.provider.published) == 2
    assert report.status is RecordStatus.IN_SYNC


async def test_only_the_family_in_doubt_is_looked_at() -> None:
    bench = Bench(families=BOTH)
    await bench.keeper.reconcile(at(V4, V6))
    bench.provider.fail(HOME, LOST, landed=True)
    await bench.keeper.reconcile(at(V4, OTHER_V6))
    bench.clock.advance(MINUTE)
    await bench.keeper.reconcile(at(OTHER_V4, OTHER_V6))
    assert bench.provider.looked == [(HOME, Family.IPV6)]
    assert bench.provider.published[-1].families == ONLY_V4
    assert bench.provider.records == {(HOME, Family.IPV4): OTHER_V4, (HOME, Family.IPV6): OTHER_V6}


async def test_what_a_look_saw_tells_which_record_is_ours() -> None:
    bench = Bench()
    await bench.keeper.reconcile(at(V4))
    bench.provider.fail(HOME, LOST, landed=True)
    await bench.keeper.reconcile(at(OTHER_V4))
    bench.clock.advance(MINUTE)
    await bench.keeper.reconcile(at(THIRD_V4))
    assert bench.provider.published[-1].held == at(OTHER_V4)


async def test_a_record_that_a_look_finds_foreign_is_not_called_ours() -> None:
    bench = Bench()
    await bench.keeper.reconcile(at(V4))
    bench.provider.fail(HOME, LOST)
    await bench.keeper.reconcile(at(OTHER_V4))
    bench.clock.advance(MINUTE)
    bench.provider.records[HOME, Family.IPV4] = THIRD_V4
    await bench.keeper.reconcile(at(OTHER_V4))
    assert bench.provider.published[-1].held == Addresses()


async def test_a_failure_of_both_families_in_one_call_counts_once() -> None:
    bench = Bench(ScriptedProvider(can_look=False), families=BOTH)
    bench.provider.fail(HOME, LOST)
    report = await bench.keeper.reconcile(at(V4, V6))
    assert report.next_allowed == bench.clock.now + MINUTE


# One at a time, and always ready to be ended.


class SlowProvider(ScriptedProvider):
    """A provider whose updates wait until they may go on."""

    def __init__(self) -> None:
        super().__init__()
        self.may = asyncio.Event()
        self.busy = 0
        self.most_busy = 0

    async def publish(self, *args: object, **kwargs: object) -> object:  # type: ignore[override]
        """Wait, then publish."""
        self.busy += 1
        self.most_busy = max(self.busy, self.most_busy)
        try:
            await self.may.wait()
            return await super().publish(*args, **kwargs)  # type: ignore[arg-type]
        finally:
            self.busy -= 1


async def test_calls_from_several_tasks_run_one_after_the_other() -> None:
    provider = SlowProvider()
    bench = Bench(provider)
    tasks = [asyncio.create_task(bench.keeper.reconcile(at(V4))) for _ in range(3)]
    await until(lambda: provider.busy == 1)
    provider.may.set()
    reports = await asyncio.gather(*tasks)
    assert {report.status for report in reports} == {RecordStatus.IN_SYNC}
    assert provider.most_busy == 1
    assert len(provider.published) == 1


async def test_a_call_that_is_cancelled_leaves_doubt_and_the_next_one_looks() -> None:
    provider = SlowProvider()
    bench = Bench(provider)
    task = asyncio.create_task(bench.keeper.reconcile(at(V4)))
    await until(lambda: provider.busy == 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    provider.may.set()
    report = await bench.keeper.reconcile(at(V4))
    assert provider.looked == [(HOME, Family.IPV4)]
    assert report.status is RecordStatus.IN_SYNC


async def test_a_ledger_that_cannot_be_stored_means_no_call() -> None:
    provider = ScriptedProvider()

    async def save() -> None:
        raise OSError("disk full")

    keeper = RecordKeeper(provider, [HOME], ONLY_V4, Ledger(), FakeClock(), save=save)
    with pytest.raises(OSError, match="disk full"):
        await keeper.reconcile(at(V4))
    assert provider.calls == 0


async def test_a_record_has_a_name_and_a_family() -> None:
    for names, families in (([], ONLY_V4), ([HOME], frozenset[Family]())):
        with pytest.raises(ValueError, match="at least one"):
            RecordKeeper(ScriptedProvider(), names, families, Ledger(), FakeClock())


async def test_a_name_that_is_given_twice_is_kept_once() -> None:
    bench = Bench(names=(HOME, HOME))
    report = await bench.keeper.reconcile(at(V4))
    assert len(bench.provider.published) == 1
    assert len(report.records) == 1


async def test_the_report_before_the_first_comparison_says_what_is_due() -> None:
    bench = Bench(names=(HOME, WORK))
    bench.provider.fail(HOME, Unconfirmed("lost"))
    assert bench.keeper.report.status is RecordStatus.UNKNOWN
    await bench.keeper.reconcile(at(V4))
    bench.ledger.belongs_to("scripted", [HOME])
    (work,) = bench.keeper.report.of(WORK)
    assert work.status is RecordStatus.PENDING
