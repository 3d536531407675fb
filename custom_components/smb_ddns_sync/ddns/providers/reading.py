"""How an answer is read whose words are the provider's own: rules over a plain view of it.

JSON and XML become lines of `path=value` before a rule sees them, so all rules are alike: a regular
expression, and what it means. The expressions are this program's own; no user writes one.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from http import HTTPStatus
import json
import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from ..outcome import (
    Applied,
    AuthRejected,
    BadAnswer,
    Banned,
    NameRejected,
    Outcome,
    RetryAfter,
    Trouble,
    Unchanged,
)
from .answer import addresses_in, by_status, contradiction, unknown_answer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..address import Address, Family
    from ..secret import Scrubber
    from .call import Reply

_WAIT: Final = timedelta(minutes=30)
# `[^<]` and the bounded name keep this linear, whatever comes.
_ELEMENT: Final = re.compile(r"<(\w{1,40})(?:\s[^<>]*)?>([^<]*)</\1>")
_DEEPEST: Final = 6


class Meaning(StrEnum):
    """What a part of an answer, or a status, says."""

    APPLIED = "applied"
    UNCHANGED = "unchanged"
    AUTH_REJECTED = "auth_rejected"
    NAME_REJECTED = "name_rejected"
    BANNED = "banned"
    WAIT = "wait"


_SUCCESSES: Final = frozenset({Meaning.APPLIED, Meaning.UNCHANGED})


class View(StrEnum):
    """What an answer is made of, and so what the rules see."""

    TEXT = "text"  # as it came
    JSON = "json"  # `path=value` lines; the parts of a path are joined with dots
    XML = "xml"  # `name=text` lines, of the elements that hold only text


@dataclass(frozen=True, slots=True)
class Rule:
    """What is meant where the expression is found, without regard to case; `^` begins any line.

    `because` says why, as the end of a sentence; `wait` is how long to stay away at least.
    """

    expression: str
    meaning: Meaning
    because: str = ""
    wait: timedelta = _WAIT


@dataclass(frozen=True, slots=True)
class Reading:
    """How one provider's answers are read.

    The first rule that fits decides, refusals before successes. A success counts only with status
    200, or with a status that is named here to be one.
    """

    rules: tuple[Rule, ...]
    view: View = View.TEXT
    statuses: Mapping[int, Rule] = field(default_factory=lambda: MappingProxyType({}))

    def read(
        self, reply: Reply, sent: Mapping[Family, Address], host: str, scrubber: Scrubber
    ) -> Mapping[Family, Outcome]:
        """Return what became of each family that was sent, in one call about one name."""
        lines = "\n".join(_view(reply.body, self.view))
        refusal = self._first(lines, successes=False)
        if refusal is not None:
            return dict.fromkeys(sent, _trouble(refusal, reply, host, scrubber))
        known = self.statuses.get(reply.status)
        if known is not None and known.meaning not in _SUCCESSES:
            return dict.fromkeys(sent, _trouble(known, reply, host, scrubber))
        if known is None and reply.status != HTTPStatus.OK:
            return dict.fromkeys(sent, by_status(reply, host, scrubber))
        success = known or self._first(lines, successes=True)
        if success is None:
            return dict.fromkeys(sent, BadAnswer(unknown_answer(reply.body, host, scrubber)))
        named = addresses_in([reply.body])
        return {
            family: contradiction(named, family, address, host)
            or (Applied(address) if success.meaning is Meaning.APPLIED else Unchanged(address))
            for family, address in sent.items()
        }

    def _first(self, lines: str, *, successes: bool) -> Rule | None:
        for rule in self.rules:
            found = re.search(rule.expression, lines, re.IGNORECASE | re.MULTILINE)
            if found and (rule.meaning in _SUCCESSES) is successes:
                return rule
        return None


def _trouble(rule: Rule, reply: Reply, host: str, scrubber: Scrubber) -> Trouble:
    said = "" if reply.body.lstrip()[:1] in {"", "<"} else scrubber.clean(reply.body, 80)
    why = f" It said: {said}" if said else ""
    match rule.meaning:
        case Meaning.AUTH_REJECTED:
            because = rule.because or "the credentials are wrong"
            return AuthRejected(f"{host} refuses the update: {because}.{why}")
        case Meaning.BANNED:
            because = rule.because or "it blocks these updates; ask its operator to lift that"
            return Banned(f"{host} refuses the update: {because}.{why}", None)
        case Meaning.WAIT:
            because = rule.because or "it has trouble of its own"
            wait = max(rule.wait, reply.wait(rule.wait))
            return RetryAfter(f"{host} can't now: {because}.{why}", wait, everywhere=True)
        case _:
            because = rule.because or "it is not in this account"
            return NameRejected(f"{host} refuses this name: {because}.{why}")


def _view(body: str, view: View) -> Iterator[str]:
    match view:
        case View.TEXT:
            yield from body.splitlines()
        case View.XML:
            for found in _ELEMENT.finditer(body):
                yield f"{found[1]}={' '.join(found[2].split())}"
        case View.JSON:
            try:
                value = json.loads(body)
            except ValueError, RecursionError:
                return
            if isinstance(value, dict):
                yield from _flat("", value, _DEEPEST)


def _flat(path: str, value: Any, deepest: int) -> Iterator[str]:
    match value:
        case dict() if deepest:
            for key, inner in value.items():
                yield from _flat(f"{path}.{key}" if path else str(key), inner, deepest - 1)
        case list() if deepest:
            for position, inner in enumerate(value):
                yield from _flat(f"{path}.{position}", inner, deepest - 1)
        case str():
            yield f"{path}={' '.join(value.split())}"
        case bool() | None | int() | float():
            yield f"{path}={json.dumps(value)}"
