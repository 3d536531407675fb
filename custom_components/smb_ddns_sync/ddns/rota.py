"""Whom to ask when: a cheap probe often, everybody on suspicion.

A probe asks one or two sources whether the known address still holds. It never changes what is
known: whatever it finds that does not fit is a reason to ask all of them and vote.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from .source import LOCAL_KINDS, SourceKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from .address import Address, Family
    from .detect import Detection
    from .source import Answer, Source, SourceId

PROBE_INTERVAL: Final = timedelta(seconds=30)
"""How often a probe is due where there are sources that may be asked so often."""

QUICK_KINDS: Final = frozenset({SourceKind.DNS, SourceKind.STUN}) | LOCAL_KINDS
"""Kinds that cost a datagram, or nothing that leaves the house: these are what probes ask first."""

# A public server is asked no more often than this in between votes; the rota spreads probes over
# all of them, so that with several each is asked less often still. Web servers follow the interval
# that the user chose.
_REST: Final = timedelta(minutes=1)

_WEB_AT_ONCE: Final = 2
_FULL_EVERY: Final = 12  # intervals
# Between two votes that suspicion calls for; doubled where the last one changed nothing.
_COOL_DOWN: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class AskAll:
    """Ask every source and vote."""


@dataclass(frozen=True, slots=True)
class Probe:
    """Ask these whether the known address holds; there is at least one."""

    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Rest:
    """Ask nobody now."""


type Turn = AskAll | Probe | Rest


class Rota:
    """Decides for one family whose turn it is.

    Invariants:
    - In between votes no public source is asked before its rest is over, and a probe asks one that
      is quick, or two on the web.
    - What makes suspicious is that a source says something else than it said before, unless it is
      what is known. So one that always lies, or never answers, is no reason to ask the others.
    - Without a confirmation for an interval there is a vote; with all confirmations there is one
      every twelve intervals. Votes on suspicion are a minute apart, and twice as long after each
      that changed nothing, up to the interval.
    - A clock that was set back makes nobody wait: a time that is still to come counts as past.
    """

    def __init__(self, sources: Sequence[Source], family: Family, interval: timedelta) -> None:
        self._sources: Final = tuple(each for each in sources if family in each.families)
        self._interval: Final = interval
        self._asked: dict[SourceId, datetime] = {}
        self._said: dict[SourceId, Address] = {}  # what each said last, if it answered then
        self._known: Address | None = None
        self._voted: datetime | None = None
        self._confirmed: datetime | None = None
        self._suspicious = False
        self._urgent = False
        self._cool_down = _COOL_DOWN

    @property
    def has_quick_sources(self) -> bool:
        """Whether there is anything to ask between two intervals."""
        return any(source.kind in QUICK_KINDS for source in self._sources)

    def turn(self, now: datetime) -> Turn:
        """Return whose turn it is; who asks lets it be taken, and notes what it came to."""
        if self.is_alarmed(now):
            # What makes one urgent while this vote is being held is another vote's reason.
            self._urgent = False
            return AskAll()
        due = [source for source in self._sources if self._may_probe(source, now)]
        local = [source for source in due if source.kind in LOCAL_KINDS]
        public = [source for source in due if source.kind in QUICK_KINDS - LOCAL_KINDS]
        chosen = (*local, *self._longest_unasked(public, 1))
        if self._known is not None and not self._is_confirmed(now):
            web = self._longest_unasked([s for s in due if s.kind not in QUICK_KINDS], _WEB_AT_ONCE)
            return Probe((*chosen, *web)) if web else AskAll()
        return Probe(chosen) if chosen else Rest()

    def _is_confirmed(self, now: datetime) -> bool:
        return _within(self._confirmed, now, self._interval)

    def _vote_is_due(self, now: datetime) -> bool:
        if not _within(self._voted, now, self._interval * _FULL_EVERY):
            return True
        if self._suspicious:
            return not _within(self._voted, now, self._cool_down)
        return self._known is None and not _within(self._voted, now, self._interval)

    def _may_probe(self, source: Source, now: datetime) -> bool:
        asked = self._asked.get(source.id)
        if source.kind not in QUICK_KINDS:
            # While nothing is known there is nothing that the web could confirm.
            rested = not _within(asked, now, self._interval)
            return self._known is not None and source.id in self._said and rested
        if source.id not in self._said and (self._known is not None or source.kind in LOCAL_KINDS):
            return False
        return source.kind in LOCAL_KINDS or not _within(asked, now, _REST)

    def _longest_unasked(self, sources: Sequence[Source], count: int) -> tuple[Source, ...]:
        known = self._asked
        in_turn = sorted(
            sources, key=lambda each: known[each.id].timestamp() if each.id in known else 0
        )
        return tuple(in_turn[:count])

    def is_alarmed(self, now: datetime) -> bool:
        """Tell whether the next turn is a vote."""
        return self._urgent or self._vote_is_due(now)

    def suspect(self) -> None:
        """Have the next turn be a vote: somebody was told that the address may have changed."""
        self._urgent = True

    def doubt(self) -> None:
        """Have a vote soon: what the last one showed is to be seen once more."""
        self._suspicious = True

    def note_vote(self, detection: Detection, now: datetime) -> None:
        """Take in what a vote came to."""
        in_vain = self._suspicious and detection.address == self._known
        self._cool_down = min(self._cool_down * 2, self._interval) if in_vain else _COOL_DOWN
        self._voted = now
        self._suspicious = False
        self._known = detection.address
        self._asked |= dict.fromkeys((answer.source for answer in detection.answers), now)
        self._said = {
            answer.source: answer.address
            for answer in detection.answers
            if answer.address is not None
        }
        if detection.address is not None:
            self._confirmed = now

    def note_probe(self, answers: Sequence[Answer], now: datetime) -> None:
        """Take in what a probe was told. Silence is no suspicion, but no confirmation either."""
        for answer in answers:
            self._asked[answer.source] = now
            before = self._said.get(answer.source)
            if answer.address is None:
                continue
            self._said[answer.source] = answer.address
            if answer.address == self._known:
                self._confirmed = now
            elif answer.address != before:
                self._suspicious = True
        web = any(answer.kind not in QUICK_KINDS for answer in answers)
        if web and not self._is_confirmed(now):
            self._suspicious = True


def _within(moment: datetime | None, now: datetime, span: timedelta) -> bool:
    """Tell whether a moment was less than a span ago."""
    return moment is not None and moment <= now < moment + span
