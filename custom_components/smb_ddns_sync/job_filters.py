"""What a job leaves alone and how much trash it keeps: two folded parts of its form.

Only what differs from the default is stored, so a job of before has it all.
"""

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import BooleanSelector
import probatio

from .const import (
    CONF_LITTER,
    CONF_MAX_AGE,
    CONF_MAX_SIZE,
    CONF_PATTERNS,
    CONF_TRASH_DAYS,
    CONF_TRASH_SIZE,
    CONF_TRASH_VERSIONS,
    DEFAULT_TRASH_DAYS,
    DEFAULT_TRASH_VERSIONS,
)
from .form_fields import MULTILINE, InputError, NumberField
from .sync.filters import BadPattern, Filters
from .sync.trash_limits import TrashLimits

if TYPE_CHECKING:
    from collections.abc import Mapping

_MB: Final = 1_000_000
_GB: Final = 1_000_000_000

# Fields of a folded section cannot show an error of their own; it is shown above the form.
_MAX_SIZE: Final = NumberField(
    CONF_MAX_SIZE, 1, 10_000_000, "max_size_too_small", "max_size_too_large", "MB", "base"
)
_MAX_AGE: Final = NumberField(
    CONF_MAX_AGE, 1, 36_500, "max_age_too_small", "max_age_too_large", "d", "base"
)
_TRASH_VERSIONS: Final = NumberField(
    CONF_TRASH_VERSIONS,
    1,
    10_000,
    "trash_versions_too_few",
    "trash_versions_too_many",
    None,
    "base",
)
_TRASH_SIZE: Final = NumberField(
    CONF_TRASH_SIZE, 1, 1_000_000, "trash_size_too_small", "trash_size_too_large", "GB", "base"
)
_LIMITS: Final = (_MAX_SIZE, _MAX_AGE)


def filters_section() -> section:
    """Return the fields of what is left alone."""
    return section(
        probatio.Schema(
            {
                probatio.Optional(CONF_PATTERNS, default=""): MULTILINE,
                probatio.Required(CONF_LITTER, default=True): BooleanSelector(),
                **{probatio.Optional(field.key): field.selector for field in _LIMITS},
            }
        ),
        {"collapsed": True},
    )


def trash_fields() -> dict[Any, Any]:
    """Return the fields of how much trash is kept, beside its age."""
    versions = probatio.Required(_TRASH_VERSIONS.key, default=DEFAULT_TRASH_VERSIONS)
    return {
        versions: _TRASH_VERSIONS.selector,
        probatio.Optional(_TRASH_SIZE.key): _TRASH_SIZE.selector,
    }


def read_filters(entered: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is stored of `filters_section`. Raises `InputError`."""
    stored = _read_limits(_LIMITS, entered)
    if patterns := entered[CONF_PATTERNS].strip():
        stored[CONF_PATTERNS] = patterns
    if not entered[CONF_LITTER]:
        stored[CONF_LITTER] = False
    try:
        filters(stored)
    except BadPattern as bad:
        error = f"pattern_{bad.fault.value}"
        raise InputError("base", error, bad.pattern[:100], line=str(bad.line)) from bad
    return stored


def read_trash(entered: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is stored of `trash_fields`. Raises `InputError`."""
    stored = _read_limits((_TRASH_SIZE,), entered)
    versions = _TRASH_VERSIONS.read(entered[CONF_TRASH_VERSIONS])
    if versions != DEFAULT_TRASH_VERSIONS:
        stored[CONF_TRASH_VERSIONS] = versions
    return stored


def suggested_filters(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `filters_section` is filled in with for a stored job."""
    return _among((CONF_PATTERNS, CONF_LITTER, CONF_MAX_SIZE, CONF_MAX_AGE), data)


def suggested_trash(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `trash_fields` are filled in with for a stored job."""
    return _among((CONF_TRASH_VERSIONS, CONF_TRASH_SIZE), data)


def filters(data: Mapping[str, Any]) -> Filters:
    """Return what a stored job leaves alone. Raises `ValueError`."""
    size, age = data.get(CONF_MAX_SIZE), data.get(CONF_MAX_AGE)
    return Filters(
        patterns=Filters.lines(data.get(CONF_PATTERNS, "")),
        max_size=None if size is None else size * _MB,
        max_age=None if age is None else timedelta(days=age),
        litter=data.get(CONF_LITTER, True),
    )


def trash_limits(data: Mapping[str, Any]) -> TrashLimits:
    """Return how much trash a stored job keeps. Raises `ValueError`."""
    size = data.get(CONF_TRASH_SIZE)
    return TrashLimits(
        age=timedelta(days=data.get(CONF_TRASH_DAYS, DEFAULT_TRASH_DAYS)),
        versions=data.get(CONF_TRASH_VERSIONS, DEFAULT_TRASH_VERSIONS),
        size=None if size is None else size * _GB,
    )


def _read_limits(fields: tuple[NumberField, ...], entered: Mapping[str, Any]) -> dict[str, Any]:
    return {
        field.key: field.read(entered[field.key])
        for field in fields
        if entered.get(field.key) is not None
    }


def _among(keys: tuple[str, ...], data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: data[key] for key in keys if key in data}
