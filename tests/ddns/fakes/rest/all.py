"""All stand-ins; a REST provider without one fails the contract suite."""

from typing import TYPE_CHECKING, Final

from .alidns import AlidnsApi

if TYPE_CHECKING:
    from .api import RestApi

REST_APIS: Final[tuple[type[RestApi], ...]] = (
    AlidnsApi,
)  # fmt: skip
