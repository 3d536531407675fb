"""What forms share: selectors, numbers with limits, and how input is refused."""

from dataclasses import dataclass
from typing import Final

from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

TEXT: Final = TextSelector()
TEXTS: Final = TextSelector(TextSelectorConfig(multiple=True))
MULTILINE: Final = TextSelector(TextSelectorConfig(multiline=True))
URL: Final = TextSelector(TextSelectorConfig(type=TextSelectorType.URL))
URLS: Final = TextSelector(TextSelectorConfig(type=TextSelectorType.URL, multiple=True))
USERNAME: Final = TextSelector(TextSelectorConfig(autocomplete="username"))
PASSWORD: Final = TextSelector(
    TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="current-password")
)
# What is no password of a person: a browser must not fill in the one for Home Assistant.
TOKEN: Final = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off"))


class InputError(Exception):
    """What was entered cannot be used.

    `field` is the form's, `error` the key of the sentence that tells it, `placeholders` what that
    is filled in with.
    """

    def __init__(self, field: str, error: str, subject: str = "", **more: str) -> None:
        super().__init__(field, error)
        self.field = field
        self.error = error
        self.placeholders = {"subject": subject, **more}

    @property
    def errors(self) -> dict[str, str]:
        """Return what a form takes as its errors."""
        return {self.field: self.error}


@dataclass(frozen=True, slots=True)
class NumberField:
    """A whole number within limits.

    The selector itself has no limits: they would be told in the English of a library.
    """

    key: str
    least: int
    most: int
    too_small: str
    too_large: str
    unit: str | None = None
    error_field: str | None = None
    """Where the error shows, if not at the field: a folded section has no place for one."""

    @property
    def selector(self) -> NumberSelector:
        """Return the selector of the field."""
        config = NumberSelectorConfig(mode=NumberSelectorMode.BOX, step=1)
        if self.unit is not None:
            config["unit_of_measurement"] = self.unit
        return NumberSelector(config)

    def read(self, value: float) -> int:
        """Return the number, or raise `InputError`."""
        if not value >= self.least:  # also what is not a number at all
            raise InputError(self.error_field or self.key, self.too_small, str(value))
        if value > self.most:
            raise InputError(self.error_field or self.key, self.too_large, str(value))
        return int(value)
