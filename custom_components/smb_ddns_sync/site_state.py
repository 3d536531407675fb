"""What is known of this site, as entities, diagnostics and the log tell it."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, assert_never

from .ddns.address import Addresses, Family
from .ddns.inner import find_inner
from .ddns.vote import Agreed, Disagreement, NotPublic, OneKind, TooFewAnswers, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .ddns.detect import Detection
    from .ddns.nat import NatFinding
    from .store import KnownAddresses


@dataclass(frozen=True, slots=True)
class SiteState:
    """What is known of this site.

    `known` may be from before a restart and is for showing; `agreed` holds only what sources agreed
    on since the start, and nothing else is ever published. `nat` is what stands before the router,
    where that could be told.
    """

    known: KnownAddresses
    agreed: Addresses = field(default_factory=Addresses)
    detections: Mapping[Family, Detection] = field(default_factory=dict)
    nat: NatFinding | None = None

    @property
    def inner(self) -> Addresses:
        """What the interface and the entities tell of this site's own network, since the start.

        Nothing but a record that is meant for that network ever holds it.
        """
        found = (find_inner(detection.answers) for detection in self.detections.values())
        return Addresses.gather(each.address for each in found if each is not None)

    def explain(self, family: Family) -> dict[str, Any]:
        """Return what the last detection of a family said; empty before the first one."""
        detection = self.detections.get(family)
        if detection is None:
            return {}
        verdict = detection.verdict
        agreeing = len(verdict.operators) if isinstance(verdict, Agreed) else 0
        return {
            "detection": verdict_key(verdict),
            "agreeing": agreeing,
            "answers": {answer.source: str(answer.found) for answer in detection.answers},
        }


def verdict_key(verdict: Verdict) -> str:
    """Return the name of a verdict, as attributes and translations have it."""
    match verdict:
        case Agreed():
            return "agreed"
        case TooFewAnswers():
            return "too_few_answers"
        case Disagreement():
            return "disagreement"
        case OneKind():
            return "one_kind"
        case NotPublic():
            return "not_public"
        case other:
            assert_never(other)


def verdict_in_words(verdict: Verdict) -> str:
    """Return what a verdict says, for the log."""
    match verdict:
        case Agreed():
            return f"{len(verdict.operators)} operators agree"
        case TooFewAnswers():
            return (
                f"{verdict.answered} of {verdict.asked} operators answered, "
                f"{verdict.quorum} must agree"
            )
        case Disagreement():
            return (
                f"the operators name {len(verdict.named)} addresses, "
                f"{verdict.quorum} must name the same"
            )
        case OneKind():
            return f"only sources of the kind {verdict.kind} name {verdict.address}, others do not"
        case NotPublic():
            return f"the operators agree on one that the world cannot reach ({verdict.scope})"
        case other:
            assert_never(other)
