"""The actions `upload`, `download`, `list_files` and `delete_files`: single files of a share."""

from datetime import timedelta
import time
from typing import TYPE_CHECKING, Any, Final

from homeassistant.core import HomeAssistant, ServiceCall, SupportsResponse, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv
import probatio

from .const import DOMAIN
from .file_responses import carried_response, deleted_response, listed_response
from .file_work import async_work
from .local_paths import local_destination, local_glob
from .media_files import async_local_paths
from .sync.carry import Carried, Carrier, Outcome, Overwrite
from .sync.endpoint import ENDS_ALL, Cancelled, EndpointError, Entry, Kind
from .sync.endpoints.share import ShareEndpoint
from .sync.errand import Destination, Errand, errand
from .sync.globs import Glob, find, parse
from .sync.names import RunToken, display
from .sync.outside import PathRefused, reachable
from .targets import async_named, async_shares

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from homeassistant.core import ServiceResponse

    from .file_work import Stopped
    from .share import ShareCoordinator
    from .sync.endpoint import Endpoint

SERVICE_UPLOAD: Final = "upload"
SERVICE_DOWNLOAD: Final = "download"
SERVICE_LIST_FILES: Final = "list_files"
SERVICE_DELETE_FILES: Final = "delete_files"

ATTR_FILES: Final = "files"
ATTR_TO: Final = "to"
ATTR_OVERWRITE: Final = "overwrite"
ATTR_TIMEOUT: Final = "timeout"
ATTR_LIMIT: Final = "limit"
ATTR_OLDER_THAN: Final = "older_than"
ATTR_DRY_RUN: Final = "dry_run"

MOST: Final = 1000
"""Files that one call is about, at most."""
_LOOKING: Final = 120.0
"""Seconds that listing and deleting may take."""

_FILES: Final = probatio.All(cv.ensure_list, [cv.string], probatio.Length(min=1))
_CARRY_SCHEMA = probatio.Schema(
    {
        **cv.ENTITY_SERVICE_FIELDS,
        probatio.Required(ATTR_FILES): _FILES,
        probatio.Required(ATTR_TO): cv.string,
        probatio.Optional(ATTR_OVERWRITE, default=Overwrite.FAIL.value): probatio.In(
            [each.value for each in Overwrite]
        ),
        probatio.Optional(ATTR_TIMEOUT, default=timedelta(hours=1)): cv.positive_time_period,
    }
)
_LIMIT: Final = probatio.All(cv.positive_int, probatio.Range(min=1, max=MOST))
_LIST_SCHEMA = probatio.Schema(
    {
        **cv.ENTITY_SERVICE_FIELDS,
        probatio.Optional(ATTR_FILES, default=["*"]): _FILES,
        probatio.Optional(ATTR_LIMIT, default=100): _LIMIT,
    }
)
_DELETE_SCHEMA = probatio.Schema(
    {
        **cv.ENTITY_SERVICE_FIELDS,
        probatio.Required(ATTR_FILES): _FILES,
        probatio.Optional(ATTR_OLDER_THAN): cv.positive_time_period,
        probatio.Optional(ATTR_LIMIT, default=100): _LIMIT,
        probatio.Optional(ATTR_DRY_RUN, default=False): cv.boolean,
    }
)


@callback
def async_setup_file_actions(hass: HomeAssistant) -> None:
    """Register the actions."""
    for name, handler, schema, supports in (
        (SERVICE_UPLOAD, _async_upload, _CARRY_SCHEMA, SupportsResponse.OPTIONAL),
        (SERVICE_DOWNLOAD, _async_download, _CARRY_SCHEMA, SupportsResponse.OPTIONAL),
        (SERVICE_LIST_FILES, _async_list, _LIST_SCHEMA, SupportsResponse.ONLY),
        (SERVICE_DELETE_FILES, _async_delete, _DELETE_SCHEMA, SupportsResponse.OPTIONAL),
    ):
        hass.services.async_register(
            DOMAIN, name, handler, schema=schema, supports_response=supports
        )


async def _async_upload(call: ServiceCall) -> ServiceResponse:
    """Carry local files to a share."""
    hass, share = call.hass, _share(call)
    to, is_folder = _destination(call)
    place = Destination(_reachable(to.strip("/")), is_folder or not to.strip("/"))
    texts = await async_local_paths(hass, call.data[ATTR_FILES])

    def work(stopped: Stopped) -> dict[str, Any]:
        sources = [local_glob(hass, text) for text in texts]
        roots: dict[Endpoint, Path] = {source.side: source.root for source in sources}
        target = ShareEndpoint(share.client, "")
        asked = errand([(each.side, each.glob) for each in sources], place, MOST, stopped)
        carried = _carry(target, asked, call, stopped)
        shown = [
            (str(roots[each.parcel.side] / display(each.parcel.entry.path)), display(each.target))
            for each in carried
        ]
        return carried_response(share, carried, asked.problems, shown)

    return await _async_carried(call, share, work)


async def _async_download(call: ServiceCall) -> ServiceResponse:
    """Carry files of a share to this machine."""
    hass, share = call.hass, _share(call)
    globs = _globs(call)
    to, is_folder = _destination(call)

    def work(stopped: Stopped) -> dict[str, Any]:
        target, root, place = local_destination(hass, to, is_folder=is_folder)
        source = ShareEndpoint(share.client, "")
        asked = errand([(source, glob) for glob in globs], place, MOST, stopped)
        carried = _carry(target, asked, call, stopped)
        shown = [
            (display(each.parcel.entry.path), str(root / display(each.target))) for each in carried
        ]
        return carried_response(share, carried, asked.problems, shown)

    return await _async_carried(call, share, work)


async def _async_list(call: ServiceCall) -> ServiceResponse:
    """Tell which files are on a share."""
    share, globs = _share(call), _globs(call)

    def work(stopped: Stopped) -> dict[str, Any]:
        side = ShareEndpoint(share.client, "")
        limit = call.data[ATTR_LIMIT]
        kinds = frozenset({Kind.FILE, Kind.FOLDER})
        return listed_response(share, find(side, globs, limit, stopped, kinds=kinds))

    return await async_work(call.hass, share, work, _LOOKING)


async def _async_delete(call: ServiceCall) -> ServiceResponse:
    """Delete files of a share for good; never folders, and never more than the limit."""
    share, globs = _share(call), _globs(call)
    dry_run, limit = call.data[ATTR_DRY_RUN], call.data[ATTR_LIMIT]
    age: timedelta | None = call.data.get(ATTR_OLDER_THAN)
    before = None if age is None else time.time_ns() - int(age.total_seconds() * 1e9)

    def meant(entry: Entry) -> bool:
        return before is None or entry.modified < before

    def work(stopped: Stopped) -> dict[str, Any]:
        side = ShareEndpoint(share.client, "")
        found = find(side, globs, limit, stopped, meant=meant)
        if found.more:
            raise _too_many(limit)
        entries = list(found.entries.values())
        errors = [None] * len(entries) if dry_run else list(_deleted(side, entries, stopped))
        return deleted_response(share, entries, errors, found.problems, dry_run=dry_run)

    response = await async_work(call.hass, share, work, _LOOKING)
    return _answered(call, share, response)


def _deleted(
    side: Endpoint, entries: Sequence[Entry], stopped: Stopped
) -> Iterator[EndpointError | None]:
    """Delete files one after the other, and tell of each why it is still there."""
    ended: EndpointError | None = None
    for entry in entries:
        if stopped():
            raise Cancelled(entry.path, "cancelled")
        try:
            if ended is not None:
                raise ended
            side.delete_file(entry.path, entry)
        except EndpointError as error:
            ended = error if isinstance(error, ENDS_ALL) else None
            yield error
        else:
            yield None


def _carry(target: Endpoint, asked: Errand, call: ServiceCall, stopped: Stopped) -> list[Carried]:
    if asked.more:
        raise _too_many(MOST)
    overwrite = Overwrite(call.data[ATTR_OVERWRITE])
    carrier = Carrier(target, overwrite, RunToken.new(), stopped)
    return list(carrier.carry(asked.parcels))


async def _async_carried(call: ServiceCall, share: ShareCoordinator, work: Any) -> ServiceResponse:
    seconds = call.data[ATTR_TIMEOUT].total_seconds()
    return _answered(call, share, await async_work(call.hass, share, work, seconds))


def _answered(
    call: ServiceCall, share: ShareCoordinator, response: dict[str, Any]
) -> ServiceResponse:
    """Return the answer to who asked for it; else raise what went wrong first."""
    if call.return_response:
        return response
    if response["problem_count"]:
        failed = [file for file in response["files"] if file["result"] == Outcome.FAILED.value]
        first = (failed or response["problems"])[0]
        path = first.get("from") or first["path"]
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="files_not_all_done",
            translation_placeholders={
                "share": share.title,
                "count": str(response["problem_count"]),
                "reason": f"{path}: {first['detail']}",
            },
        )
    return None


def _share(call: ServiceCall) -> ShareCoordinator:
    """Return the one share that the action is about."""
    shares = async_shares(call.hass, async_named(call.hass, call.data))
    if not shares:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_share_targeted")
    if len(shares) > 1:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="one_share_only")
    return shares[0]


def _globs(call: ServiceCall) -> Sequence[Glob]:
    globs = []
    for text in call.data[ATTR_FILES]:
        try:
            globs.append(parse(text))
        except PathRefused as error:
            raise _path_refused(text) from error
    return globs


def _destination(call: ServiceCall) -> tuple[str, bool]:
    """Return where files go, and whether that is a folder.

    Only of one file that is named in full can it be the path.
    """
    to: str = call.data[ATTR_TO]
    files: list[str] = call.data[ATTR_FILES]
    is_one = len(files) == 1 and not any(wild in files[0] for wild in "*?")
    return to, to.endswith("/") or not is_one


def _reachable(text: str) -> Any:
    try:
        return reachable(text)
    except PathRefused as error:
        raise _path_refused(text) from error


def _path_refused(text: str) -> ServiceValidationError:
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key="share_path_refused",
        translation_placeholders={"path": text},
    )


def _too_many(limit: int) -> ServiceValidationError:
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key="too_many_files",
        translation_placeholders={"limit": str(limit)},
    )
