"""The plays of `scripts/simulate ddns`, short: each seed is one that can be played again."""

import pytest

from simulate.days import play_days
from simulate.lies import play_lies
from simulate.provider import FakeProvider
from simulate.schedules import Play, play_schedules
from simulate.virtual import BrokenPromiseError


def test_a_lying_minority_never_gets_its_address_published() -> None:
    played = play_lies(3000, seed=7)
    assert played.agreed > 2000
    assert played.changes <= played.writes + 10


def test_no_fault_schedule_destroys_a_record_or_makes_a_rude_call() -> None:
    played = play_schedules(200, seed=0)
    assert played.calls > 200
    assert played.writes > 200


def test_a_month_costs_one_call_for_each_change() -> None:
    played = play_days(30, seed=3)
    assert played.restarts == 30
    assert played.calls <= played.changes


def test_a_play_notices_a_majority_of_liars(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulate.lies.vote", _believe_the_first)
    with pytest.raises(BrokenPromiseError, match="seed 1, cycle"):
        play_lies(500, seed=1)


def _believe_the_first(answers: object, quorum: int) -> object:
    from custom_components.smb_ddns_sync.ddns.vote import vote  # noqa: PLC0415 - the real one

    del quorum
    assert isinstance(answers, list)
    return vote(answers[:1], 1)


def test_a_play_notices_a_client_without_manners(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("custom_components.smb_ddns_sync.ddns.reconcile.may_call", lambda *_: True)
    with pytest.raises(BrokenPromiseError, match="seed"):
        play_schedules(50, seed=1)


def test_a_play_notices_a_record_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    play = Play(3)
    for _ in range(10):
        play.step()
    whole = FakeProvider._write

    def careless(self: FakeProvider, *args: object) -> None:
        whole(self, *args)  # type: ignore[arg-type]  # handed through as it came
        self.records.clear()

    monkeypatch.setattr(FakeProvider, "_write", careless)
    with pytest.raises(BrokenPromiseError):
        _go_on(play)


def _go_on(play: Play) -> None:
    for _ in range(100):
        play.step()
