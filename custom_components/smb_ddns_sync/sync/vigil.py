"""Keeps a watch on the sides of a job, and knows how well each is covered."""

from dataclasses import dataclass
from datetime import UTC, datetime
import logging
import time
from typing import TYPE_CHECKING

from .coverage import NOT_SUPPORTED, SWITCHED_OFF, Coverage, Level, SideCoverage
from .echo import Echo, is_own
from .endpoint import Cancelled, EndpointError, Hint, News, Touch
from .endpoints.noted import NotedEndpoint
from .report import trouble_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from threading import Condition

    from .agenda import Agenda
    from .endpoint import Endpoint, Entry, RelPath, Watch
    from .side import Side
    from .status import Trouble

_LOGGER = logging.getLogger(__name__)


@dataclass(slots=True)
class _Post:
    """The watch of one side. What it tells is heard on its own thread, so `wake` guards it."""

    watch: Watch | None = None
    level: Level = Level.RESCAN
    error: EndpointError | None = None
    cause: str | None = None
    since: datetime | None = None
    tells_all: bool = False
    is_over: bool = False
    """The watch tells nothing more, or could tell more if it were made anew."""

    @property
    def may_miss(self) -> bool:
        """Tell whether changes may come to the side of which nothing is told although it should."""
        if self.level is Level.OFF:
            return False
        return self.level is not Level.LIVE or not self.tells_all

    def set(self, level: Level, error: EndpointError | None = None, cause: str = "") -> None:
        """Note how the side is covered from now on."""
        told = cause or (None if error is None else error.cause)
        if (level, told) != (self.level, self.cause):
            self.since = datetime.now(UTC) if level is not Level.LIVE else None
        self.level, self.error, self.cause = level, error, told


class Vigil:
    """The watches of one job. Hints come on the watches' threads, all else on the job's."""

    def __init__(self, name: str, wake: Condition, agenda: Agenda) -> None:
        """`wake` guards the agenda and wakes the job."""
        self.echo = Echo()
        """What the job itself does to the sides; `wake` guards it."""
        self._name = name
        self._wake = wake
        self._agenda = agenda
        self._posts: dict[Side, _Post] = {}
        self._is_told = False

    @property
    def stands(self) -> bool:
        """Tell whether changes start runs, on the sides that can tell of them."""
        with self._wake:
            return any(post.level in {Level.LIVE, Level.PARTLY} for post in self._posts.values())

    @property
    def trouble(self) -> Trouble | None:
        """Return why changes do not start runs on a side although they should."""
        with self._wake:
            for post in self._posts.values():
                if post.error is not None:
                    return trouble_of(post.error)
        return None

    @property
    def coverage(self) -> Coverage | None:
        """Return how changes are learnt of on each side; None before the first look."""
        with self._wake:
            sides = {
                side: SideCoverage(
                    post.level,
                    post.cause,
                    "" if post.error is None else str(post.error),
                    post.since,
                )
                for side, post in self._posts.items()
            }
        return Coverage.of(sides) if sides else None

    def keep(self, sides: Mapping[Side, Endpoint], *, wanted: bool) -> None:
        """See to it that the watches stand.

        It is called before everything is looked at, so that nothing falls between the two.
        """
        for side, endpoint in sides.items():
            post = self._posts.setdefault(side, _Post())
            if wanted:
                self._keep_one(side, post, endpoint)
            else:
                post.set(Level.OFF, cause=SWITCHED_OFF)
        with self._wake:
            self._take_stock()

    def noted(self, side: Side, endpoint: Endpoint, *, first: bool) -> Endpoint:
        """Return a side whose own changes are no news to its watch, and are looked after.

        What a first sync brings together has not changed just now.
        """
        post = self._posts.get(side)
        is_watched = post is not None and post.watch is not None

        def note(news: News, path: RelPath, entry: Entry | None) -> None:
            now = time.monotonic()
            with self._wake:
                if is_watched:
                    self.echo.did(side, news, path, now, entry)
                if not first and not is_own(path):
                    self._agenda.ladder.changed(path, now)

        return NotedEndpoint(endpoint, note)

    def end(self) -> None:
        """Close the watches, if there are any: from then on nothing is known of the sides."""
        for post in self._posts.values():
            if post.watch is not None:
                post.watch.close()
                post.watch = None
        with self._wake:
            self._posts = {}

    def _keep_one(self, side: Side, post: _Post, endpoint: Endpoint) -> None:
        with self._wake:
            over = post.is_over
            post.is_over = False
        if post.watch is not None:
            if not over:
                return
            post.watch.close()
            post.watch = None
        with self._wake:
            was = post.error
            post.set(Level.LIVE)  # before the watch is made, which may tell at once that it is not
        try:
            post.tells_all = endpoint.traits.tells_all
            post.watch = endpoint.watch(self._listener(side, post))
        except Cancelled:
            with self._wake:
                post.set(Level.RESCAN, was)
            raise
        except EndpointError as error:
            with self._wake:
                post.set(Level.RESCAN, error)
            return
        if post.watch is None:
            with self._wake:
                post.set(Level.RESCAN, was, NOT_SUPPORTED if was is None else "")

    def _listener(self, side: Side, post: _Post) -> Callable[[Hint], None]:
        def hear(hint: Hint) -> None:
            now = time.monotonic()
            with self._wake:
                if not self.echo.explains(side, hint, now):
                    self._learn(post, hint)
                    if hint.touch in {Touch.BLIND, Touch.LOST}:
                        self._agenda.hints.add(Hint(Touch.LOST), now)
                    elif hint.touch in {Touch.WRITTEN, Touch.DONE}:
                        self._take_in(side, hint, now)
                    self._wake.notify_all()

        return hear

    def end_run(self) -> None:
        """Take in what was heard during a run and is not its own doing; `wake` is held."""
        for heard in self.echo.end():
            self._take_in(heard.side, heard.hint, heard.at)

    def _take_in(self, side: Side, hint: Hint, now: float) -> None:
        may_be_none = hint.news is News.OTHER or self.echo.is_ours(side, hint.path, now)
        self._agenda.hints.add(hint, now, doubted=side if may_be_none else None)

    def _learn(self, post: _Post, hint: Hint) -> None:
        """Draw from a hint how well the side is covered from now on."""
        match hint.touch:
            case Touch.BLIND:
                post.set(Level.RESCAN, hint.error)
                post.is_over = True
            case Touch.INTERRUPTED:
                post.set(Level.RESCAN, hint.error)
            case Touch.PARTLY:
                post.set(Level.PARTLY, hint.error)
                post.is_over = True  # there may be more watches when it is made anew
            case Touch.LOST if post.level is Level.RESCAN:
                post.set(Level.LIVE)
            case _:
                pass
        self._agenda.may_miss = any(post.may_miss for post in self._posts.values())

    def _take_stock(self) -> None:
        """Log once what cannot be watched, and see to it that the interval makes up for it."""
        trouble = self.trouble
        if trouble is not None and not self._is_told:
            _LOGGER.warning(
                "The sync job %s cannot watch its folder and relies on its interval: %s",
                self._name,
                trouble.detail,
            )
        self._is_told = trouble is not None
        self._agenda.blind = trouble is not None
        self._agenda.may_miss = any(post.may_miss for post in self._posts.values())
