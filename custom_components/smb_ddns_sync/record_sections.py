"""The folded sections of a record's form: what most records need not say.

They are stored flat, and only where they differ from what is right for most.
"""

from typing import TYPE_CHECKING, Any, Final

from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    BooleanSelector,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import probatio

from .const import (
    CONF_CHECKS,
    CONF_INNER,
    CONF_NAMES,
    CONF_PINS,
    CONF_ROLE,
    CONF_SERVICE,
    CONF_SERVICE_HOST,
    CONF_SERVICE_PORT,
    SECTION_ADVANCED,
    SECTION_STANDBY,
)
from .ddns.pinning import read_pins
from .ddns.service import ServiceKind
from .ddns.standby import Role, Terms
from .form_fields import TEXT, InputError, NumberField

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .address_sources import DetectionSettings
    from .ddns.provider import ProviderDescription

ALONE: Final = "alone"
"""In place of a role: no other site keeps the name."""

ROLES: Final = (ALONE, *(role.name.lower() for role in Role))

_PORT: Final = NumberField(
    CONF_SERVICE_PORT, 1, 65535, "port_out_of_range", "port_out_of_range", error_field="base"
)
_CHECKS: Final = NumberField(
    CONF_CHECKS, 1, 60, "checks_out_of_range", "checks_out_of_range", error_field="base"
)
_DEFAULT_PORT: Final = 445


def _choice(options: tuple[str, ...], translation_key: str) -> SelectSelector:
    return SelectSelector(
        SelectSelectorConfig(
            options=list(options),
            mode=SelectSelectorMode.DROPDOWN,
            translation_key=translation_key,
        )
    )


_STANDBY: Final = probatio.Schema(
    {
        probatio.Required(CONF_ROLE, default=ALONE): _choice(ROLES, "standby_role"),
        probatio.Required(CONF_SERVICE, default=ServiceKind.SMB.value): _choice(
            tuple(kind.value for kind in ServiceKind), "service_kind"
        ),
        probatio.Required(CONF_SERVICE_PORT, default=_DEFAULT_PORT): _PORT.selector,
        probatio.Required(CONF_CHECKS, default=Terms().checks): _CHECKS.selector,
        probatio.Optional(CONF_SERVICE_HOST, default=""): TEXT,
    }
)

_INNER: Final = {probatio.Required(CONF_INNER, default=False): BooleanSelector()}
_PINS: Final = {probatio.Optional(CONF_PINS, default=""): TEXT}

_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    SECTION_ADVANCED: (CONF_INNER, CONF_PINS),
    SECTION_STANDBY: (CONF_ROLE, CONF_SERVICE, CONF_SERVICE_PORT, CONF_CHECKS, CONF_SERVICE_HOST),
}


def sections_of(description: ProviderDescription) -> dict[probatio.Marker, section]:
    """Return the sections that a provider's form has."""
    sections = {SECTION_STANDBY: _STANDBY} if description.keeps_texts else {}
    advanced = probatio.Schema({**_INNER, **(_PINS if description.speaks_http else {})})
    return {
        probatio.Optional(name): section(schema, {"collapsed": True})
        for name, schema in {**sections, SECTION_ADVANCED: advanced}.items()
    }


def nested(entered: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was entered or stored as the form has it: with its sections."""
    shown = dict(entered)
    for name, keys in _KEYS.items():
        inner = {key: shown.pop(key) for key in keys if key in shown}
        if inner:
            shown[name] = inner
    return shown


def read_sections(description: ProviderDescription, entered: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the sections say, flat; raise `InputError` where it cannot be used."""
    standby = entered.get(SECTION_STANDBY, {}) if description.keeps_texts else {}
    advanced = entered.get(SECTION_ADVANCED, {})
    return {
        **(_read_standby(standby, entered) if standby else {}),
        **({CONF_INNER: True} if advanced.get(CONF_INNER) else {}),
        **_read_pins(advanced.get(CONF_PINS, "").strip()),
    }


def _read_pins(text: str) -> dict[str, Any]:
    if not text:
        return {}
    try:
        read_pins(text)
    except ValueError:
        raise InputError("base", "pins_invalid") from None
    return {CONF_PINS: text}


def _read_standby(standby: Mapping[str, Any], entered: Mapping[str, Any]) -> dict[str, Any]:
    if standby[CONF_ROLE] == ALONE:
        return {}
    if entered.get("proxied"):
        # A proxy answers whether or not the site behind it lives.
        raise InputError("base", "standby_proxied")
    host = standby.get(CONF_SERVICE_HOST, "").strip()
    if any(character.isspace() or character in "/@" for character in host):
        raise InputError("base", "standby_host_invalid", host)
    return {
        CONF_ROLE: standby[CONF_ROLE],
        CONF_SERVICE: standby[CONF_SERVICE],
        CONF_SERVICE_PORT: _PORT.read(standby[CONF_SERVICE_PORT]),
        CONF_CHECKS: _CHECKS.read(standby[CONF_CHECKS]),
        CONF_SERVICE_HOST: host,
    }


def refuse_many_names(data: Mapping[str, Any]) -> None:
    """Raise `InputError` where two sites were to share several names: a lease is for one."""
    if CONF_ROLE in data and len(data[CONF_NAMES]) > 1:
        raise InputError(CONF_NAMES, "standby_one_name")


def refuse_untold_inner(data: Mapping[str, Any], detection: DetectionSettings) -> None:
    """Raise `InputError` where no source would tell the address that the record is to hold."""
    if CONF_INNER not in data:
        return
    if CONF_ROLE in data:
        raise InputError("base", "inner_shared")
    if not detection.entities and not detection.asks_interface:
        raise InputError("base", "inner_untold")
