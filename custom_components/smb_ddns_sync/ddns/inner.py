"""An address that only one's own network reaches, for the records that are meant to hold it.

Nobody outside can see such an address, so there is no vote on it. It never comes from one: this is
a way of its own, which only a record takes whose user asked for it.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .address import Address, Scope, scope_of
from .source import SourceKind

if TYPE_CHECKING:
    from collections.abc import Collection

    from .source import Answer

# The router tells of its outer side, which is no address of this machine.
_KNOW_THE_INSIDE: Final = frozenset({SourceKind.INTERFACE, SourceKind.ENTITY})


@dataclass(frozen=True, slots=True)
class InnerAddress:
    """A private or shared address of this site. Raises `ValueError` for any other."""

    address: Address

    def __post_init__(self) -> None:
        if scope_of(self.address) not in {Scope.PRIVATE, Scope.SHARED}:
            raise ValueError("only a private or shared address is an inner one")


def find_inner(answers: Collection[Answer]) -> InnerAddress | None:
    """Return the inner address that the interface and the entities tell, if they tell one only.

    None is "not known", never "no address".
    """
    told = {
        answer.address
        for answer in answers
        if answer.address is not None
        and answer.kind in _KNOW_THE_INSIDE
        and scope_of(answer.address) in {Scope.PRIVATE, Scope.SHARED}
    }
    return InnerAddress(told.pop()) if len(told) == 1 else None
