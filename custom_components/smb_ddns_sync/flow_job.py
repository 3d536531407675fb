"""The form of a job: a folder here, a folder on the share, and how careful the job is."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntryState,
    ConfigSubentry,
    ConfigSubentryFlow,
    SubentryFlowResult,
)
from homeassistant.const import CONF_NAME
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import BooleanSelector, SelectSelector
import probatio

from .const import (
    CONF_INTERVAL,
    CONF_LOCAL_FOLDER,
    CONF_MAX_DELETE_PERCENT,
    CONF_MODE,
    CONF_REMOTE_FOLDER,
    CONF_SHARE,
    CONF_TRASH_DAYS,
    CONF_WATCH,
    DEFAULT_JOB_MINUTES,
    DEFAULT_MAX_DELETE_PERCENT,
    DEFAULT_TRASH_DAYS,
    MODE_MIRROR,
    SECTION_ADVANCED,
    SUBENTRY_JOB,
)
from .coordinator import ShareRuntime, SmbDdnsConfigEntry
from .folder_choice import folder_choice, folder_to_show
from .form_fields import TEXT, InputError, NumberField
from .local_folders import (
    FolderError,
    accept_local_folder,
    folder_above,
    list_local_folder,
    suggest_local_folders,
)
from .share_input import read_remote_folder
from .smb.errors import SmbError
from .sync.folders import JobFolder, LocalFolder, ShareFolder, overlaps
from .sync.names import fold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.core import HomeAssistant

_LISTING_PATIENCE: Final = 5.0
"""Seconds that the form waits for the share to tell its folders; typing always works."""

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


def _schema(local_folder: SelectSelector, remote_folder: SelectSelector) -> probatio.Schema:
    return probatio.Schema(
        {
            probatio.Required(CONF_NAME): TEXT,
            probatio.Required(CONF_LOCAL_FOLDER): local_folder,
            probatio.Optional(CONF_REMOTE_FOLDER, default=""): remote_folder,
            probatio.Required(CONF_WATCH, default=True): BooleanSelector(),
            probatio.Required(SECTION_ADVANCED): section(
                probatio.Schema(
                    {
                        probatio.Required(field.key, default=default): field.selector
                        for field, default in _ADVANCED.items()
                    }
                ),
                {"collapsed": True},
            ),
        }
    )


def _suggestions(data: Mapping[str, Any]) -> dict[str, Any]:
    advanced = {field.key for field in _ADVANCED}
    return {
        **{key: value for key, value in data.items() if key not in advanced},
        SECTION_ADVANCED: {key: value for key, value in data.items() if key in advanced},
    }


def _refuse_overlap(data: Mapping[str, Any], others: list[ConfigSubentry]) -> None:
    """Raise `InputError` where another job on the share has a folder that holds, or lies in, ours.

    The same local folder on another share is a second copy, and welcome. Blocks.
    """
    for other in others:
        for field, kind, error in (
            (CONF_REMOTE_FOLDER, _remote, "remote_folders_overlap"),
            (CONF_LOCAL_FOLDER, _local, "local_folders_overlap"),
        ):
            if overlaps(kind(data), kind(other.data)):
                raise InputError(field, error, other.data[field] or "/", job=other.title)


def _remote(data: Mapping[str, Any]) -> JobFolder:
    return ShareFolder("", data[CONF_REMOTE_FOLDER])


def _local(data: Mapping[str, Any]) -> JobFolder:
    return LocalFolder(Path(data[CONF_LOCAL_FOLDER]))


class JobFlow(ConfigSubentryFlow):
    """Adds or changes a job, also while its share is down: then the folder on it is typed.

    Each list of folders shows what is in one folder, which the user changes by choosing what leads
    into another one; everything else that was entered stays.
    """

    _local_shown: str = ""  # empty: the folders that Home Assistant allows
    _remote_shown: str = ""

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for a new job."""
        return await self._async_step_job("user", user_input)

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask what changes of a job."""
        return await self._async_step_job("reconfigure", user_input)

    async def _async_step_job(
        self, step: str, user_input: dict[str, Any] | None
    ) -> SubentryFlowResult:
        if user_input is None:
            # An empty suggestion keeps browsers from choosing the first folder unasked.
            shown = {CONF_LOCAL_FOLDER: "", **self._stored()}
            return await self._async_show(step, _suggestions(shown))
        try:
            if (moved := await self._async_move(user_input)) is not None:
                return await self._async_show(step, moved)
            data = await self._async_read(user_input)
        except InputError as refused:
            return await self._async_show(step, user_input, refused)
        unique_id = f"{SUBENTRY_JOB}:{fold(data[CONF_REMOTE_FOLDER])}"
        if self.source != SOURCE_RECONFIGURE:
            return self.async_create_entry(title=data[CONF_NAME], data=data, unique_id=unique_id)
        return self.async_update_and_abort(
            self._get_entry(),
            self._get_reconfigure_subentry(),
            unique_id=unique_id,
            title=data[CONF_NAME],
            data=data,
        )

    async def _async_show(
        self, step: str, entered: Mapping[str, Any], refused: InputError | None = None
    ) -> SubentryFlowResult:
        schema = _schema(await self._async_local_choice(), await self._async_remote_choice())
        return self.async_show_form(
            step_id=step,
            data_schema=self.add_suggested_values_to_schema(schema, entered),
            errors=None if refused is None else refused.errors,
            description_placeholders={
                "share": self._get_entry().title,
                "subject": "",
                "job": "",
                **(refused.placeholders if refused else {}),
            },
        )

    async def _async_read(self, entered: Mapping[str, Any]) -> dict[str, Any]:
        """Return the job's data that was entered; raise `InputError` where it cannot be used."""
        if not (name := entered[CONF_NAME].strip()):
            raise InputError(CONF_NAME, "name_missing")
        try:
            local = await self.hass.async_add_executor_job(
                accept_local_folder, self.hass, entered[CONF_LOCAL_FOLDER]
            )
        except FolderError as refused:
            raise _refused_local(refused) from refused
        data = {
            CONF_NAME: name,
            CONF_MODE: MODE_MIRROR,
            CONF_LOCAL_FOLDER: str(local),
            CONF_REMOTE_FOLDER: read_remote_folder(
                entered[CONF_REMOTE_FOLDER], self._get_entry().data[CONF_SHARE]
            ),
            CONF_WATCH: entered[CONF_WATCH],
            **{field.key: field.read(entered[SECTION_ADVANCED][field.key]) for field in _ADVANCED},
        }
        await self.hass.async_add_executor_job(_refuse_overlap, data, self._other_jobs())
        return data

    def _other_jobs(self) -> list[ConfigSubentry]:
        """Return all jobs on this share but the one that is changed."""
        own = (
            self._get_reconfigure_subentry().subentry_id
            if self.source == SOURCE_RECONFIGURE
            else None
        )
        return [
            job
            for job in self._get_entry().get_subentries_of_type(SUBENTRY_JOB)
            if job.subentry_id != own
        ]

    def _stored(self) -> Mapping[str, Any]:
        """Return the data of the job that is changed; empty for a new one."""
        if self.source != SOURCE_RECONFIGURE:
            return {}
        return self._get_reconfigure_subentry().data

    async def _async_move(self, entered: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Show what is in another folder, where that was chosen; return what the form then holds.

        The folder itself is chosen already. Raises `InputError` where it cannot be shown.
        """
        moved: dict[str, Any] = {}
        if (local := folder_to_show(entered[CONF_LOCAL_FOLDER])) is not None:
            if local:
                try:
                    folder, _ = await self.hass.async_add_executor_job(
                        list_local_folder, self.hass, local
                    )
                except FolderError as refused:
                    raise _refused_local(refused) from refused
                local = str(folder)
            self._local_shown = moved[CONF_LOCAL_FOLDER] = local
        if (remote := folder_to_show(entered[CONF_REMOTE_FOLDER])) is not None:
            remote = read_remote_folder(remote, self._get_entry().data[CONF_SHARE])
            if await self._async_listed(remote) is None:
                raise InputError(CONF_REMOTE_FOLDER, "remote_folder_untold", remote or "/")
            self._remote_shown = moved[CONF_REMOTE_FOLDER] = remote
        return {**entered, **moved} if moved else None

    async def _async_local_choice(self) -> SelectSelector:
        return await self.hass.async_add_executor_job(_local_choice, self.hass, self._local_shown)

    async def _async_remote_choice(self) -> SelectSelector:
        shown = self._remote_shown
        return folder_choice(
            await self._async_listed(shown) or [],
            shown=shown,
            above=shown.rpartition("/")[0] if shown else None,
        )

    async def _async_listed(self, folder: str) -> list[str] | None:
        """Return the folders in one on the share; None where it cannot tell them soon."""
        entry: SmbDdnsConfigEntry = self._get_entry()
        if entry.state is not ConfigEntryState.LOADED or not isinstance(
            runtime := entry.runtime_data, ShareRuntime
        ):
            return None
        # The connection that all share: it never tries a refused account again.
        try:
            async with asyncio.timeout(_LISTING_PATIENCE):
                entries = await runtime.share.connection.list_folder(folder)
        except SmbError, TimeoutError:
            return None
        names = sorted(
            info.name for info in entries if info.is_folder and not info.name.startswith(".")
        )
        return [f"{folder}/{name}" if folder else name for name in names]


def _refused_local(refused: FolderError) -> InputError:
    return InputError(CONF_LOCAL_FOLDER, refused.refusal.value, refused.folder)


def _local_choice(hass: HomeAssistant, shown: str) -> SelectSelector:
    """Return the field of the local folder. Blocks."""
    if shown:
        try:
            folder, children = list_local_folder(hass, shown)
        except FolderError:
            return folder_choice([], above="")  # it has gone since; the way up is left
        above = folder_above(hass, folder)
        return folder_choice(
            [str(child) for child in children],
            shown=str(folder),
            above="" if above is None else str(above),
        )
    return folder_choice(suggest_local_folders(hass))
