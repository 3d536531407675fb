"""The fields of a job's form, step by step, and what their values mean."""

from typing import TYPE_CHECKING, Any, Final

from homeassistant.const import CONF_NAME
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    BooleanSelector,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import probatio

from .const import (
    CONF_CLEAR_SOURCE,
    CONF_CLEAR_SOURCE_DAYS,
    CONF_CONFLICTS,
    CONF_DIRECTION,
    CONF_INTERVAL,
    CONF_LOCAL_FOLDER,
    CONF_MAX_DELETE_PERCENT,
    CONF_MODE,
    CONF_OTHER_FOLDER,
    CONF_OTHER_SHARE,
    CONF_OTHER_SIDE,
    CONF_REMOTE_FOLDER,
    CONF_TRASH_DAYS,
    CONF_VERIFY,
    CONF_WATCH,
    DEFAULT_CLEAR_SOURCE_DAYS,
    DEFAULT_JOB_MINUTES,
    DEFAULT_MAX_DELETE_PERCENT,
    DEFAULT_TRASH_DAYS,
    SECTION_ADVANCED,
    SECTION_FILTERS,
    SECTION_LIMITS,
    Direction,
    OtherSide,
)
from .form_fields import TEXT, NumberField
from .job_filters import (
    filters_section,
    read_filters,
    read_trash,
    suggested_filters,
    suggested_trash,
    trash_fields,
)
from .job_pace import limits_section, read_limits, suggested_limits
from .sync.settings import ConflictPolicy, Mode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from homeassistant.config_entries import ConfigEntry

NEVER: Final = "never"
ONCE_VERIFIED: Final = "once_verified"
AFTER_DAYS: Final = "after_days"

# Fields of a folded section cannot show an error of their own; it is shown above the form.
_INTERVAL: Final = NumberField(
    CONF_INTERVAL,
    1,
    7 * 24 * 60,
    "interval_too_short",
    "interval_longer_than_week",
    "min",
    "base",
)
_TRASH_DAYS: Final = NumberField(
    CONF_TRASH_DAYS, 1, 3650, "trash_too_short", "trash_too_long", "d", "base"
)
_MAX_DELETE: Final = NumberField(
    CONF_MAX_DELETE_PERCENT, 1, 100, "percent_out_of_range", "percent_out_of_range", "%", "base"
)
_ADVANCED: Final[Mapping[NumberField, int]] = {
    _INTERVAL: DEFAULT_JOB_MINUTES,
    _TRASH_DAYS: DEFAULT_TRASH_DAYS,
    _MAX_DELETE: DEFAULT_MAX_DELETE_PERCENT,
}
_CLEAR_SOURCE_DAYS: Final = NumberField(
    CONF_CLEAR_SOURCE_DAYS, 1, 3650, "clear_source_too_soon", "clear_source_too_late", "d"
)


def _choice(key: str, options: Sequence[str], mode: SelectSelectorMode) -> SelectSelector:
    return SelectSelector(
        SelectSelectorConfig(options=list(options), translation_key=key, mode=mode)
    )


def what_schema(*, other_shares: bool) -> probatio.Schema:
    """Return what is asked first: the job's name, its mode, and what is on the other side."""
    other_side = {
        probatio.Required(CONF_OTHER_SIDE, default=OtherSide.LOCAL.value): _choice(
            CONF_OTHER_SIDE, list(OtherSide), SelectSelectorMode.LIST
        )
    }
    return probatio.Schema(
        {
            probatio.Required(CONF_NAME): TEXT,
            probatio.Required(CONF_MODE, default=Mode.MIRROR.value): _choice(
                CONF_MODE, list(Mode), SelectSelectorMode.LIST
            ),
            **(other_side if other_shares else {}),
        }
    )


def which_share_schema(entries: Sequence[ConfigEntry[Any]]) -> probatio.Schema:
    """Return the choice among other shares."""
    options = [SelectOptionDict(value=entry.entry_id, label=entry.title) for entry in entries]
    selector = SelectSelector(SelectSelectorConfig(options=options, mode=SelectSelectorMode.LIST))
    return probatio.Schema({probatio.Required(CONF_OTHER_SHARE): selector})


def folders_schema(
    mode: Mode, other_side: OtherSide, other: SelectSelector, remote: SelectSelector
) -> probatio.Schema:
    """Return the choice of both folders and, where a job goes one way, of the way."""
    # On a share, an empty folder is all of it.
    key: Any = (
        probatio.Required(CONF_LOCAL_FOLDER)
        if other_side is OtherSide.LOCAL
        else probatio.Optional(CONF_OTHER_FOLDER, default="")
    )
    fields: dict[Any, Any] = {
        key: other,
        probatio.Optional(CONF_REMOTE_FOLDER, default=""): remote,
    }
    if mode is not Mode.TWO_WAY:
        fields[probatio.Required(CONF_DIRECTION, default=Direction.TO_SHARE.value)] = _choice(
            f"direction_{other_side}", list(Direction), SelectSelectorMode.LIST
        )
    return probatio.Schema(fields)


def options_schema(mode: Mode) -> probatio.Schema:
    """Return how the job is to work: what its mode needs, and what is folded away."""
    fields: dict[Any, Any] = {}
    if mode is Mode.TWO_WAY:
        fields[probatio.Required(CONF_CONFLICTS, default=ConflictPolicy.KEEP_BOTH.value)] = _choice(
            CONF_CONFLICTS, list(ConflictPolicy), SelectSelectorMode.DROPDOWN
        )
    if mode is Mode.COPY:
        fields[probatio.Required(CONF_CLEAR_SOURCE, default=NEVER)] = _choice(
            CONF_CLEAR_SOURCE, [NEVER, ONCE_VERIFIED, AFTER_DAYS], SelectSelectorMode.LIST
        )
        fields[probatio.Required(_CLEAR_SOURCE_DAYS.key, default=DEFAULT_CLEAR_SOURCE_DAYS)] = (
            _CLEAR_SOURCE_DAYS.selector
        )
    fields[probatio.Required(CONF_WATCH, default=True)] = BooleanSelector()
    fields[probatio.Required(SECTION_ADVANCED)] = section(
        probatio.Schema(
            {
                probatio.Required(field.key, default=default): field.selector
                for field, default in _advanced(mode).items()
            }
            | trash_fields()
            | {probatio.Required(CONF_VERIFY, default=False): BooleanSelector()}
        ),
        {"collapsed": True},
    )
    fields[probatio.Required(SECTION_FILTERS)] = filters_section()
    fields[probatio.Required(SECTION_LIMITS)] = limits_section()
    return probatio.Schema(fields)


def read_options(mode: Mode, entered: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is stored of `options_schema`. Raises `InputError`."""
    stored: dict[str, Any] = {CONF_WATCH: entered[CONF_WATCH]}
    if mode is Mode.TWO_WAY:
        stored[CONF_CONFLICTS] = entered[CONF_CONFLICTS]
    if mode is Mode.COPY and entered[CONF_CLEAR_SOURCE] != NEVER:
        days = entered[CONF_CLEAR_SOURCE_DAYS]
        stored[CONF_CLEAR_SOURCE_DAYS] = (
            0 if entered[CONF_CLEAR_SOURCE] == ONCE_VERIFIED else _CLEAR_SOURCE_DAYS.read(days)
        )
    advanced = entered[SECTION_ADVANCED]
    stored |= {field.key: field.read(advanced[field.key]) for field in _advanced(mode)}
    if advanced[CONF_VERIFY]:
        stored[CONF_VERIFY] = True
    stored |= read_trash(advanced) | read_filters(entered[SECTION_FILTERS])
    return stored | read_limits(entered[SECTION_LIMITS])


def suggested_options(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `options_schema` is filled in with for a stored job."""
    folded = {field.key for field in _ADVANCED}
    shown = {
        key: data[key]
        for key in (CONF_CONFLICTS, CONF_WATCH, CONF_CLEAR_SOURCE_DAYS)
        if key in data
    }
    if (days := data.get(CONF_CLEAR_SOURCE_DAYS)) is not None:
        shown[CONF_CLEAR_SOURCE] = AFTER_DAYS if days else ONCE_VERIFIED
        shown[CONF_CLEAR_SOURCE_DAYS] = days or DEFAULT_CLEAR_SOURCE_DAYS
    shown[SECTION_ADVANCED] = {
        **{key: value for key, value in data.items() if key in folded},
        **suggested_trash(data),
        CONF_VERIFY: data.get(CONF_VERIFY, False),
    }
    shown[SECTION_FILTERS] = suggested_filters(data)
    shown[SECTION_LIMITS] = suggested_limits(data)
    return shown


def _advanced(mode: Mode) -> Mapping[NumberField, int]:
    """Return the fields that are folded away; a copy deletes nothing that could be held."""
    if mode is not Mode.COPY:
        return _ADVANCED
    return {field: default for field, default in _ADVANCED.items() if field is not _MAX_DELETE}
