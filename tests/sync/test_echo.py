"""What a job did itself is no news; what anybody else did always is."""

import pytest

from custom_components.smb_ddns_sync.sync import echo as module
from custom_components.smb_ddns_sync.sync.echo import Echo
from custom_components.smb_ddns_sync.sync.endpoint import Entry, Hint, Kind, News, RelPath, Touch
from custom_components.smb_ddns_sync.sync.names import OWN_FOLDER
from custom_components.smb_ddns_sync.sync.side import Side

A = RelPath("d/a")


def hint(news: News = News.MADE, path: str = A, touch: Touch = Touch.DONE) -> Hint:
    return Hint(touch, RelPath(path), news=news)


@pytest.fixture
def echo() -> Echo:
    """Return what is known while a run is under way."""
    one = Echo()
    one.begin()
    return one


def is_news(echo: Echo, heard: Hint, side: Side = Side.TARGET, at: float = 100.0) -> bool:
    """Tell whether a hint is news, now or at the end of the run."""
    if not echo.explains(side, heard, at):
        return True
    return heard in [left.hint for left in echo.end()]


@pytest.mark.parametrize("first", ["change", "news"])
def test_a_change_of_our_own_is_no_news_whichever_is_known_first(echo: Echo, first: str) -> None:
    if first == "change":
        echo.did(Side.TARGET, News.MADE, A, 100.0)
    assert echo.explains(Side.TARGET, hint(), 100.0)
    if first == "news":
        echo.did(Side.TARGET, News.MADE, A, 100.0)

    assert echo.end() == []


@pytest.mark.parametrize("first", ["change", "news"])
@pytest.mark.parametrize("whose", ["ours", "theirs"])
def test_news_of_a_name_that_has_something_else_by_now_is_news(
    echo: Echo, first: str, whose: str
) -> None:
    sizes = {"ours": 1, "theirs": 2}
    entries = {who: Entry(A, Kind.FILE, size, 1, 7) for who, size in sizes.items()}
    told = Hint(Touch.DONE, A, news=News.MADE, found=entries[whose])
    if first == "change":
        echo.did(Side.TARGET, News.MADE, A, 100.0, entries["ours"])
    assert echo.explains(Side.TARGET, told, 100.0)
    if first == "news":
        echo.did(Side.TARGET, News.MADE, A, 100.0, entries["ours"])

    assert [heard.hint for heard in echo.end()] == ([] if whose == "ours" else [told])


def test_a_change_that_may_be_told_together_with_anothers_explains_nothing(echo: Echo) -> None:
    echo.did(Side.TARGET, News.OTHER, A, 100.0)

    assert is_news(echo, hint())
    assert echo.is_ours(Side.TARGET, A, 100.0)


def test_it_is_no_news_either_when_the_run_has_ended_before_it_is_told(echo: Echo) -> None:
    echo.did(Side.TARGET, News.MADE, A, 100.0)
    echo.end()

    assert not is_news(echo, hint(), at=101.0)


@pytest.mark.parametrize(
    "heard",
    [
        hint(News.OTHER, touch=Touch.WRITTEN),
        hint(News.GONE),
        hint(path="d/b"),
        hint(News.OTHER, "", Touch.LOST),
    ],
)
def test_another_kind_of_news_is_never_explained(echo: Echo, heard: Hint) -> None:
    echo.did(Side.TARGET, News.MADE, A, 100.0)

    assert is_news(echo, heard)


def test_the_other_sides_news_is_its_own(echo: Echo) -> None:
    echo.did(Side.TARGET, News.MADE, A, 100.0)

    assert is_news(echo, hint(), Side.SOURCE)


@pytest.mark.parametrize("ours", [0, 1, 2])
def test_what_another_did_in_the_same_moment_is_one_piece_of_news_more(
    echo: Echo, ours: int
) -> None:
    told = [News.MADE, News.GONE, News.MADE]
    for number, news in enumerate(told):
        if number == ours:
            echo.did(Side.TARGET, news, A, 100.0)
        assert echo.explains(Side.TARGET, hint(news), 100.0)

    assert len(echo.end()) == 2


def test_once_somebody_took_it_away_its_return_is_news(echo: Echo) -> None:
    echo.did(Side.TARGET, News.MADE, RelPath("d"), 100.0)
    echo.did(Side.TARGET, News.MADE, A, 100.0)
    echo.end()

    assert is_news(echo, hint(News.GONE, "d"))
    assert is_news(echo, hint(News.MADE, "d"))
    assert is_news(echo, hint(News.MADE, A))


def test_what_was_heard_in_vain_during_a_run_voids_what_was_to_come(echo: Echo) -> None:
    echo.did(Side.TARGET, News.MADE, A, 100.0)
    assert echo.explains(Side.TARGET, hint(News.GONE, "d"), 100.0)
    echo.end()

    assert is_news(echo, hint())


def test_after_a_loss_of_hints_every_one_that_comes_is_news(echo: Echo) -> None:
    echo.did(Side.TARGET, News.MADE, A, 100.0)
    echo.explains(Side.TARGET, Hint(Touch.LOST), 100.0)

    assert is_news(echo, hint())


def test_some_seconds_later_it_is_news(echo: Echo) -> None:
    echo.did(Side.TARGET, News.MADE, A, 100.0)
    echo.end()

    assert is_news(echo, hint(), at=111.0)


def test_what_no_watch_tells_of_is_not_kept_in_mind(echo: Echo) -> None:
    for path in (
        OWN_FOLDER,
        f"{OWN_FOLDER}/trash/x",
        "a/.smb_ddns_sync-0123456789ab-00000000-00000000.tmp",
    ):
        echo.did(Side.TARGET, News.GONE, RelPath(path), 100.0)

    assert echo._done_count == 0


def test_what_does_not_fit_is_looked_at(echo: Echo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST", 2)
    for number in range(3):
        echo.did(Side.TARGET, News.MADE, RelPath(f"{number}"), 100.0)
    assert echo._done_count == 2
    assert echo.explains(Side.TARGET, hint(path="0"), 100.0)
    for number in range(10, 13):
        kept = echo.explains(Side.TARGET, hint(path=f"{number}"), 100.0)
        assert kept is (number < 12)

    # Late ones make room.
    echo.did(Side.TARGET, News.MADE, RelPath("3"), 100.0)
    echo.did(Side.TARGET, News.MADE, RelPath("4"), 200.0)
    assert echo.explains(Side.TARGET, hint(path="4"), 200.0)
    assert echo._done_count == 0
