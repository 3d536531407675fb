"""Hints become runs when a burst is over, and only for what is at rest."""

from datetime import timedelta

import pytest

from custom_components.smb_ddns_sync.sync.endpoint import Hint, News, RelPath, Touch
from custom_components.smb_ddns_sync.sync.hints import Hints
from custom_components.smb_ddns_sync.sync.side import Side

SETTLE = timedelta(seconds=2)


def told(*paths: str, touch: Touch = Touch.DONE, at: float = 100.0) -> Hints:
    hints = Hints(SETTLE)
    for path in paths:
        hints.add(Hint(touch, RelPath(path)), at)
    return hints


def test_without_hints_nothing_is_due() -> None:
    assert Hints(SETTLE).due() is None


def test_a_closed_file_is_due_after_a_moment_of_quiet() -> None:
    hints = told("d/a")
    assert hints.due() == pytest.approx(100.1)

    scope = hints.take(100.2)

    assert scope.folders == {"d"}
    assert scope.finished == {"d/a"}
    assert hints.due() is None


def test_a_file_that_is_open_is_due_when_it_has_been_at_rest() -> None:
    hints = told("a", touch=Touch.WRITTEN)
    assert hints.due() == pytest.approx(102.0)
    assert hints.take(101.0).folders == set()
    assert hints.take(102.0).folders == {""}


def test_more_writing_begins_the_rest_anew_and_closing_ends_it() -> None:
    hints = told("a", touch=Touch.WRITTEN)
    hints.add(Hint(Touch.WRITTEN, RelPath("a")), 101.5)
    assert hints.take(102.0).folders == set()
    hints.add(Hint(Touch.DONE, RelPath("a")), 102.5)
    assert hints.take(102.7).finished == {"a"}


def test_a_burst_is_waited_for_but_not_for_ever() -> None:
    hints = Hints(SETTLE)
    for n in range(30):
        hints.add(Hint(Touch.DONE, RelPath(f"{n}")), 100.0 + n * 0.09)
    due = hints.due()
    assert due is not None
    assert 101.0 <= due <= 101.2


def test_a_file_that_is_always_written_keeps_no_other_back() -> None:
    hints = told("done")
    hints.add(Hint(Touch.WRITTEN, RelPath("log")), 100.0)
    scope = hints.take(100.2)
    assert scope.finished == {"done"}
    assert hints.take(100.2).folders == set()
    assert hints.take(102.0).folders == {""}


def test_lost_hints_are_a_look_at_everything() -> None:
    hints = told("a")
    hints.add(Hint(Touch.LOST), 100.0)
    assert hints.take(101.0).everything
    assert hints.due() is None


def test_very_many_folders_are_a_look_at_everything() -> None:
    assert told(*(f"{n}/a" for n in range(1001))).take(101.0).everything


def test_a_flood_of_hints_takes_no_more_memory_than_a_part_of_it() -> None:
    hints = told(*(f"a{n}" for n in range(30_000)))
    assert hints.take(101.0).everything


def test_what_was_left_is_looked_at_again_unless_there_is_news() -> None:
    hints = told("a", at=100.0)
    hints.look_again({RelPath("a"), RelPath("b")}, 105.0)
    assert hints.take(100.5).finished == {"a"}
    assert hints.due() == pytest.approx(107.0)


def test_a_look_at_everything_makes_hints_needless() -> None:
    hints = told("a", "b")
    hints.clear()
    assert hints.due() is None


def test_a_path_stays_doubted_until_another_side_tells_of_it_or_somebody_is_sure() -> None:
    hints = Hints(SETTLE)
    for path, first, second in (
        ("a", Side.SOURCE, Side.SOURCE),
        ("b", Side.SOURCE, Side.TARGET),
        ("c", Side.SOURCE, None),
        ("d", None, Side.SOURCE),
    ):
        for side, news in ((first, News.GONE), (second, News.OTHER)):
            hint = Hint(Touch.DONE, RelPath(f"{path}/x"), news=news)
            hints.add(hint, 100.0, doubted=side)

    scope = hints.take(101.0)

    assert scope.doubted == {(Side.SOURCE, News.GONE, "a/x")}
    assert scope.folders == {"b", "c", "d"}
