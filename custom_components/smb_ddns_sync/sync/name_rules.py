"""Which names each side holds: found out once for a root, and remembered with what was synced.

The rule says which path a name on a side stands for. So as long as the base speaks of paths, the
rule that it was made with stays: a side that turns out to hold more than we thought is still served
by it. One that holds less is met anew, a first sync, because the same names stand for other paths.

Names are tried on sides that a run writes on anyway, and only where the roots are known to be those
of the job; a root that somebody else may have put there is not written to.
"""

from dataclasses import dataclass, replace
import json
from typing import TYPE_CHECKING, Any, Final

from .endpoint import NameRule, RootIdentity
from .side import Side

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .endpoint import Endpoint
    from .state import Roots, State

_AGAIN: Final = 20 * 3600.0
"""Seconds after which a side that holds more than others do is asked whether it still does."""


@dataclass(frozen=True, slots=True)
class _Known:
    """A rule, the root that it is of, and when it was found, in seconds since 1970."""

    root: RootIdentity
    rule: NameRule
    tried_at: float


def recall_names(state: State, sides: Mapping[Side, Endpoint]) -> None:
    """Go by the rules that the base was made with; nothing is tried."""
    for side, known in _stored(state).items():
        sides[side].hold_names(known.rule)


def find_names(
    state: State, sides: Mapping[Side, Endpoint], roots: Roots, now: float, *, first: bool
) -> bool:
    """Find out which names these sides of known roots hold, where that is not known.

    Returns False where the base was made with a rule that does not hold any more: then it must be
    forgotten. `first` says that there is none. `now` in seconds since 1970. Raises `EndpointError`.
    """
    stored = _stored(state)
    found: dict[Side, _Known] = {}
    same = True
    for side, endpoint in sides.items():
        root = roots.source if side is Side.SOURCE else roots.target
        known = stored.get(side)
        if not first and known is not None and _stands(known, root, now):
            continue
        rule = endpoint.try_names()
        if rule is None:
            continue
        if not first:
            # A base that says of no rule was made with that of a side that nobody has tried.
            believed = NameRule.WINDOWS if known is None else known.rule
            if believed.fits_in(rule):
                rule = _with_lengths_of(believed, rule)
            else:
                same = False
        found[side] = _Known(root, rule, now)
    if found:
        state.name_rules = json.dumps(
            {side.value: _to_json(known) for side, known in (stored | found).items()}
        )
        for side, known in found.items():
            sides[side].hold_names(known.rule)
    return same


def _stands(known: _Known, root: RootIdentity, now: float) -> bool:
    if not known.root.same_root(root):
        return False
    return known.rule.fits_in(NameRule.WINDOWS) or 0 <= now - known.tried_at < _AGAIN


def _with_lengths_of(rule: NameRule, found: NameRule) -> NameRule:
    return replace(rule, counts_bytes=found.counts_bytes, longest=found.longest)


def _stored(state: State) -> dict[Side, _Known]:
    try:
        stored = json.loads(state.name_rules)
        return {Side(letter): _from_json(data) for letter, data in stored.items()}
    except ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError:
        return {}  # damaged: it is found out anew


def _to_json(known: _Known) -> dict[str, Any]:
    rule = known.rule
    return {
        "root": [known.root.volume, known.root.file_id],
        "tried_at": known.tried_at,
        "refused": "".join(sorted(rule.refused)),
        "refused_ends": "".join(sorted(rule.refused_ends)),
        "devices": rule.devices,
        "undecodable": rule.undecodable,
        "counts_bytes": rule.counts_bytes,
        "longest": rule.longest,
        "folds": rule.folds,
    }


def _from_json(data: dict[str, Any]) -> _Known:
    volume, file_id = data["root"]
    return _Known(
        RootIdentity(int(volume), int(file_id)),
        NameRule(
            frozenset(str(data["refused"])),
            frozenset(str(data["refused_ends"])),
            bool(data["devices"]),
            bool(data["undecodable"]),
            bool(data["counts_bytes"]),
            int(data["longest"]),
            bool(data["folds"]),
        ),
        float(data["tried_at"]),
    )
