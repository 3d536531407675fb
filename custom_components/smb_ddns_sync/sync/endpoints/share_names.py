"""Which names a share holds, from what a trial on it has shown."""

from typing import TYPE_CHECKING

from ...smb.naming import LengthUnit
from ..endpoint import NameRule

if TYPE_CHECKING:
    from ...smb.naming import NameFacts


def rule_of(facts: NameFacts) -> NameRule | None:
    """Return the rule; None where names could not be tried, since a server's word is not enough.

    A share that takes both of Unicode's forms for one is one that folds: who keeps names apart by
    their case only would take them for two.
    """
    if facts.refused is None or facts.refused_ends is None:
        return None
    return NameRule(
        facts.refused | {"\\"},  # which is what parts of a path are divided by
        facts.refused_ends,
        devices=facts.refuses_devices is not False,
        counts_bytes=facts.length_unit is LengthUnit.UTF8,
        longest=facts.longest,
        folds=not (facts.case_sensitive and facts.form_sensitive),
    )
