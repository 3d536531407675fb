"""How fast a job may go: a folded part of its form. Only what limits is stored."""

from typing import TYPE_CHECKING, Any, Final

from homeassistant.data_entry_flow import section
import probatio

from .const import CONF_BANDWIDTH, CONF_CPU_PERCENT, DEFAULT_CPU_PERCENT
from .form_fields import TEXT, InputError, NumberField
from .sync.pace import BadPaceError, Pace, parse

if TYPE_CHECKING:
    from collections.abc import Mapping

_CPU: Final = NumberField(
    CONF_CPU_PERCENT, 1, 100, "cpu_out_of_range", "cpu_out_of_range", "%", "base"
)


def limits_section() -> section:
    """Return the fields of the limits."""
    cpu = probatio.Required(_CPU.key, default=DEFAULT_CPU_PERCENT)
    return section(
        probatio.Schema({probatio.Optional(CONF_BANDWIDTH, default=""): TEXT, cpu: _CPU.selector}),
        {"collapsed": True},
    )


def read_limits(entered: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is stored of `limits_section`. Raises `InputError`."""
    stored: dict[str, Any] = {}
    try:
        timetable = str(parse(entered[CONF_BANDWIDTH]))
    except BadPaceError as bad:
        raise InputError("base", f"bandwidth_{bad.fault.value}", bad.text[:100]) from bad
    if timetable:
        stored[CONF_BANDWIDTH] = timetable
    if (percent := _CPU.read(entered[CONF_CPU_PERCENT])) != DEFAULT_CPU_PERCENT:
        stored[CONF_CPU_PERCENT] = percent
    return stored


def suggested_limits(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `limits_section` is filled in with for a stored job."""
    return {key: data[key] for key in (CONF_BANDWIDTH, CONF_CPU_PERCENT) if key in data}


def pace(data: Mapping[str, Any]) -> Pace:
    """Return how fast a stored job may go. Raises `ValueError`."""
    return Pace(
        parse(data.get(CONF_BANDWIDTH, "")), data.get(CONF_CPU_PERCENT, DEFAULT_CPU_PERCENT)
    )
