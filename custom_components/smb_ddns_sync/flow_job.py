"""The form of a job: what it is to do, which two folders, and how careful it is.

Three short steps, because what is asked depends on the step before; a job between two shares asks
for the other share in between.
"""

import asyncio
from typing import TYPE_CHECKING, Any, Final

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigSubentryFlow,
    SubentryFlowResult,
)
from homeassistant.const import CONF_NAME

from .const import (
    CONF_CLEAR_SOURCE_DAYS,
    CONF_DIRECTION,
    CONF_LOCAL_FOLDER,
    CONF_MODE,
    CONF_OTHER_FOLDER,
    CONF_OTHER_SHARE,
    CONF_OTHER_SIDE,
    CONF_REMOTE_FOLDER,
    CONF_SHARE,
    SUBENTRY_JOB,
    Direction,
    OtherSide,
)
from .coordinator import share_runtime
from .folder_choice import folder_choice, folder_to_show
from .form_fields import InputError
from .job_form import (
    folders_schema,
    options_schema,
    read_options,
    suggested_options,
    what_schema,
    which_share_schema,
)
from .job_overlap import KnownJob, refuse_overlap
from .job_sides import Sides, sides_of
from .local_folders import (
    FolderError,
    accept_local_folder,
    folder_above,
    list_local_folder,
    suggest_local_folders,
)
from .same_share import async_same_shares, share_entries
from .share_input import read_remote_folder
from .smb.errors import SmbError
from .sync.names import fold
from .sync.settings import Mode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.selector import SelectSelector

_LISTING_PATIENCE: Final = 5.0
"""Seconds that the form waits for a share to tell its folders; typing always works."""


class JobFlow(ConfigSubentryFlow):
    """Adds or changes a job, also while its share is down: then the folder on it is typed.

    Each list of folders shows what is in one folder, which the user changes by choosing what leads
    into another one; everything else that was entered stays.
    """

    def __init__(self) -> None:
        self._data: dict[str, Any] = {}
        """What the steps so far have come to."""
        self._other_side = OtherSide.LOCAL
        # Which folder each list shows; empty: the folders that Home Assistant allows, or the root.
        self._shown: dict[str, str] = {}

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for a new job."""
        return await self._async_step_what("user", user_input)

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask what changes of a job."""
        return await self._async_step_what("reconfigure", user_input)

    async def _async_step_what(
        self, step: str, entered: dict[str, Any] | None
    ) -> SubentryFlowResult:
        if entered is None:
            stored = self._stored()
            side = OtherSide.SHARE if stored.get(CONF_OTHER_SHARE) else OtherSide.LOCAL
            return self._show_what(step, {**stored, CONF_OTHER_SIDE: side.value} if stored else {})
        if not (name := entered[CONF_NAME].strip()):
            return self._show_what(step, entered, InputError(CONF_NAME, "name_missing"))
        self._data = {CONF_NAME: name, CONF_MODE: entered[CONF_MODE]}
        self._other_side = OtherSide(entered.get(CONF_OTHER_SIDE, OtherSide.LOCAL))
        if self._other_side is OtherSide.LOCAL:
            return await self.async_step_local_folders()
        others = self._other_shares()
        if len(others) == 1:
            return await self.async_step_which_share({CONF_OTHER_SHARE: others[0].entry_id})
        return await self.async_step_which_share()

    def _show_what(
        self, step: str, entered: Mapping[str, Any], refused: InputError | None = None
    ) -> SubentryFlowResult:
        schema = what_schema(other_shares=bool(self._other_shares()))
        return self._show(step, schema, entered, refused)

    async def async_step_which_share(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for the share on the other side, where there are several."""
        if user_input is None:
            schema = which_share_schema(self._other_shares())
            return self._show("which_share", schema, self._stored())
        self._data[CONF_OTHER_SHARE] = user_input[CONF_OTHER_SHARE]
        return await self.async_step_share_folders()

    async def async_step_local_folders(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for a folder on this system and one on the share."""
        return await self._async_step_folders("local_folders", user_input)

    async def async_step_share_folders(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for a folder on each of two shares."""
        return await self._async_step_folders("share_folders", user_input)

    async def _async_step_folders(
        self, step: str, entered: dict[str, Any] | None
    ) -> SubentryFlowResult:
        if entered is None:
            # An empty suggestion keeps browsers from choosing the first folder unasked.
            shown = {CONF_LOCAL_FOLDER: "", CONF_OTHER_FOLDER: "", **self._stored()}
            if shown.get(CONF_OTHER_SHARE) != self._data.get(CONF_OTHER_SHARE):
                shown[CONF_OTHER_FOLDER] = ""
            return await self._async_show_folders(step, shown)
        try:
            if (moved := await self._async_move(entered)) is not None:
                return await self._async_show_folders(step, moved)
            self._data |= await self._async_read_folders(entered)
        except InputError as refused:
            return await self._async_show_folders(step, entered, refused)
        return await self.async_step_options()

    async def _async_show_folders(
        self, step: str, entered: Mapping[str, Any], refused: InputError | None = None
    ) -> SubentryFlowResult:
        if self._other_side is OtherSide.LOCAL:
            other = await self.hass.async_add_executor_job(
                _local_choice, self.hass, self._shown.get(CONF_LOCAL_FOLDER, "")
            )
        else:
            other = await self._async_choice(CONF_OTHER_FOLDER)
        schema = folders_schema(
            self._mode, self._other_side, other, await self._async_choice(CONF_REMOTE_FOLDER)
        )
        return self._show(step, schema, entered, refused)

    async def async_step_options(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask how the job is to work, and save it."""
        schema = options_schema(self._mode)
        if user_input is None:
            return self._show("options", schema, suggested_options(self._stored()))
        try:
            data = self._data | read_options(self._mode, user_input)
            if CONF_CLEAR_SOURCE_DAYS in data:
                # It deletes on the source, too, which others may write in.
                await self._async_refuse_overlap(data)
        except InputError as refused:
            if refused.field not in {str(key) for key in schema.schema}:
                refused = InputError("base", refused.error, **refused.placeholders)
            return self._show("options", schema, user_input, refused)
        return self._save(data)

    def _save(self, data: dict[str, Any]) -> SubentryFlowResult:
        unique_id = _unique_id(sides_of(self._get_entry().entry_id, data), data)
        if self.source != SOURCE_RECONFIGURE:
            return self.async_create_entry(title=data[CONF_NAME], data=data, unique_id=unique_id)
        return self.async_update_and_abort(
            self._get_entry(),
            self._get_reconfigure_subentry(),
            unique_id=unique_id,
            title=data[CONF_NAME],
            data=data,
        )

    def _show(
        self,
        step: str,
        schema: Any,
        entered: Mapping[str, Any],
        refused: InputError | None = None,
    ) -> SubentryFlowResult:
        other = self.hass.config_entries.async_get_entry(self._data.get(CONF_OTHER_SHARE, ""))
        return self.async_show_form(
            step_id=step,
            data_schema=self.add_suggested_values_to_schema(schema, entered),
            errors=None if refused is None else refused.errors,
            description_placeholders={
                "share": self._get_entry().title,
                "other": "" if other is None else other.title,
                "subject": "",
                "job": "",
                **(refused.placeholders if refused else {}),
            },
        )

    @property
    def _mode(self) -> Mode:
        return Mode(self._data[CONF_MODE])

    def _stored(self) -> Mapping[str, Any]:
        """Return the data of the job that is changed; empty for a new one."""
        if self.source != SOURCE_RECONFIGURE:
            return {}
        return self._get_reconfigure_subentry().data

    def _other_shares(self) -> list[ConfigEntry[Any]]:
        own = self._get_entry().entry_id
        return [entry for entry in share_entries(self.hass) if entry.entry_id != own]

    async def _async_read_folders(self, entered: Mapping[str, Any]) -> dict[str, Any]:
        """Return the folders that were entered; raise `InputError` where they cannot be used."""
        data: dict[str, Any] = {CONF_REMOTE_FOLDER: self._read(CONF_REMOTE_FOLDER, entered)}
        if self._other_side is OtherSide.LOCAL:
            try:
                local = await self.hass.async_add_executor_job(
                    accept_local_folder, self.hass, entered[CONF_LOCAL_FOLDER]
                )
            except FolderError as refused:
                raise _refused_local(refused) from refused
            data[CONF_LOCAL_FOLDER] = str(local)
        else:
            data[CONF_OTHER_FOLDER] = self._read(CONF_OTHER_FOLDER, entered)
        if self._mode is not Mode.TWO_WAY:
            data[CONF_DIRECTION] = entered[CONF_DIRECTION]
        await self._async_refuse_overlap(self._data | data)
        return data

    def _read(self, field: str, entered: Mapping[str, Any]) -> str:
        """Return a folder on a share. Raises `InputError`."""
        share = self._entry_of(field)
        return read_remote_folder(
            entered[field], "" if share is None else share.data[CONF_SHARE], field
        )

    def _entry_of(self, field: str) -> ConfigEntry[Any] | None:
        """Return the share that a field chooses a folder on."""
        if field == CONF_REMOTE_FOLDER:
            return self._get_entry()
        return self.hass.config_entries.async_get_entry(self._data[CONF_OTHER_SHARE])

    async def _async_refuse_overlap(self, data: Mapping[str, Any]) -> None:
        """Raise `InputError` where the job would stand in another one's way."""
        own = self._get_entry().entry_id
        same = await async_same_shares(self.hass)
        await self.hass.async_add_executor_job(
            refuse_overlap, own, sides_of(own, data), self._other_jobs(), same
        )

    def _other_jobs(self) -> list[KnownJob]:
        """Return all jobs of all shares but the one that is changed."""
        changed = (
            self._get_reconfigure_subentry().subentry_id
            if self.source == SOURCE_RECONFIGURE
            else None
        )
        found: list[KnownJob] = []
        for entry in share_entries(self.hass):
            for job in entry.get_subentries_of_type(SUBENTRY_JOB):
                if job.subentry_id == changed:
                    continue
                try:
                    sides = sides_of(entry.entry_id, job.data)
                except KeyError, ValueError:
                    continue  # it does not run, and a repair says so
                found.append(KnownJob(job.title, entry.entry_id, sides))
        return found

    async def _async_move(self, entered: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Show what is in another folder, where that was chosen; return what the form then holds.

        The folder itself is chosen already. Raises `InputError` where it cannot be shown.
        """
        moved: dict[str, Any] = {}
        for field in (CONF_LOCAL_FOLDER, CONF_OTHER_FOLDER, CONF_REMOTE_FOLDER):
            if field in entered and (folder := folder_to_show(entered[field])) is not None:
                if field == CONF_LOCAL_FOLDER:
                    folder = await self._async_move_here(folder)
                else:
                    folder = self._read(field, {field: folder})
                    if await self._async_listed(field, folder) is None:
                        raise InputError(field, "remote_folder_untold", folder or "/")
                self._shown[field] = moved[field] = folder
        return {**entered, **moved} if moved else None

    async def _async_move_here(self, folder: str) -> str:
        if not folder:
            return ""
        try:
            shown, _ = await self.hass.async_add_executor_job(list_local_folder, self.hass, folder)
        except FolderError as refused:
            raise _refused_local(refused) from refused
        return str(shown)

    async def _async_choice(self, field: str) -> SelectSelector:
        """Return the field of a folder on a share."""
        shown = self._shown.get(field, "")
        return folder_choice(
            await self._async_listed(field, shown) or [],
            shown=shown,
            above=shown.rpartition("/")[0] if shown else None,
        )

    async def _async_listed(self, field: str, folder: str) -> list[str] | None:
        """Return the folders in one on a share; None where it cannot tell them soon."""
        entry = self._entry_of(field)
        runtime = None if entry is None else share_runtime(self.hass, entry.entry_id)
        if runtime is None:
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


def _unique_id(sides: Sides, data: Mapping[str, Any]) -> str:
    """Return what no two jobs of a share share: a folder has one writer and many readers."""
    own = fold(data[CONF_REMOTE_FOLDER])
    if sides.two_way or data[CONF_DIRECTION] == Direction.TO_SHARE:
        return f"{SUBENTRY_JOB}:{own}"
    to = data.get(CONF_LOCAL_FOLDER) or f"{data[CONF_OTHER_SHARE]}:{fold(data[CONF_OTHER_FOLDER])}"
    return f"{SUBENTRY_JOB}:{own}:to:{to}"


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
