"""Files of shares over HTTP, for players: any part of them, with the memory of a few pieces.

`/api/smb_ddns_sync/media/<entry>/<path>`, for those who are logged in and for links that Home
Assistant has signed, as its own media has it. Nothing else than media is served (`media_types`),
and nothing that a browser would execute.

Invariants: a file is open on the server only while somebody takes it in. Who goes away lets go of
it at once, and so does who takes nothing for long. What is sent is of one version: where the file
changes meanwhile, the connection is broken off, which a player sees, and asks anew.
"""

import asyncio
from contextlib import asynccontextmanager
from http import HTTPStatus
import logging
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote
from weakref import WeakKeyDictionary

from aiohttp import hdrs, web
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.http import KEY_HASS, HomeAssistantView

from .const import DOMAIN
from .coordinator import share_runtime
from .http_range import Answer, Version, answer_to
from .media_types import content_type
from .smb.errors import (
    AccessDenied,
    Busy,
    ConnectionFailed,
    FileFailed,
    InUse,
    NotFound,
    ShareAccessDenied,
    SmbError,
)
from .smb.files import FileInfo, FileKind, ns_from_filetime
from .smb.names import last_part
from .sync.outside import PathRefused, reachable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .smb.aio import AsyncReader, AsyncShareClient

_LOGGER = logging.getLogger(__name__)

_PREFIX: Final = f"/api/{DOMAIN}/media"
_PARTING: Final = re.compile(r"[~%#?]")
_PARTED: Final = re.compile(r"~([0-9a-f]{2})")

PIECE: Final = 1 << 20
"""Bytes that are read and sent at a time."""
AHEAD: Final = 4 << 20
"""Bytes that are asked for before a player takes them, so that a slow line plays smoothly."""
PLAYERS: Final = 16
"""Files that are open for players on one share; who comes then waits for a place."""
_AT_ONCE: Final = 2
"""Of them, how many a thread of the share works for: it has others to serve, too."""
PATIENCE: Final = 20.0
"""Seconds that a player waits for its place, and for the file to open."""
STALLED: Final = 600.0
"""Seconds that a player may take nothing: one that is paused asks again where it was."""


@callback
def async_register_media_view(hass: HomeAssistant) -> None:
    """Serve the media of shares, where Home Assistant has a web server."""
    if "http" in hass.config.components:
        hass.http.register_view(ShareMediaView())


def media_url(entry_id: str, path: str) -> str:
    """Return where a file of a share is, within Home Assistant.

    What begins another part of a link is written as `~` and its number: Home Assistant signs a path
    as a person reads it, and a name with `#` in it would end there.
    """
    told = _PARTING.sub(lambda found: f"~{ord(found[0]):02x}", path)
    return f"{_PREFIX}/{entry_id}/{quote(told)}"


def _path_in(told: str) -> str:
    """Return the path that `media_url` wrote."""
    return _PARTED.sub(lambda found: chr(int(found[1], 16)), told)


class _Places:
    """How many may be served at a time from one share."""

    def __init__(self) -> None:
        self.players = asyncio.Semaphore(PLAYERS)
        self.reads = asyncio.Semaphore(_AT_ONCE)


class ShareMediaView(HomeAssistantView):
    """Serves media from all shares."""

    url = f"{_PREFIX}/{{entry_id}}/{{path:.*}}"
    name = f"api:{DOMAIN}:media"

    def __init__(self) -> None:
        self._places: WeakKeyDictionary[AsyncShareClient, _Places] = WeakKeyDictionary()

    async def head(self, request: web.Request, entry_id: str, path: str) -> web.StreamResponse:
        """Tell about a file, as `get` would, without its content."""
        client, path = _found(request.app[KEY_HASS], entry_id, path)
        with _Told(path):
            async with asyncio.timeout(PATIENCE):
                info = await client.look(path)
        if info is None or info.kind is not FileKind.FILE:
            raise web.HTTPNotFound
        headers = request.headers.copy()
        headers.popall(hdrs.RANGE, None)  # it counts for GET alone (RFC 9110 § 14.2)
        return _response(path, info, answer_to(headers, version_of(info)))

    async def get(self, request: web.Request, entry_id: str, path: str) -> web.StreamResponse:
        """Send a file, or a part of it."""
        client, path = _found(request.app[KEY_HASS], entry_id, path)
        places = self._places.setdefault(client, _Places())
        async with _place(places), _opened(client, path) as reader:
            answer = answer_to(request.headers, version_of(reader.info))
            response = _response(path, reader.info, answer)
            await response.prepare(request)
            await _send(request, response, reader, answer, places)
        return response


def _found(hass: HomeAssistant, entry_id: str, path: str) -> tuple[AsyncShareClient, str]:
    """Return the client of the share, and the path as one that may be played."""
    runtime = share_runtime(hass, entry_id)
    try:
        path = reachable(_path_in(path))
    except PathRefused as error:
        raise web.HTTPNotFound from error
    if runtime is None or content_type(last_part(path)) is None:
        raise web.HTTPNotFound
    return runtime.share.connection, path


@asynccontextmanager
async def _place(places: _Places) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(PATIENCE):
            await places.players.acquire()
    except TimeoutError as error:
        raise _later(f"{PLAYERS} files are being played from this share already") from error
    try:
        yield
    finally:
        places.players.release()


@asynccontextmanager
async def _opened(client: AsyncShareClient, path: str) -> AsyncIterator[AsyncReader]:
    """Open a file; what goes wrong then is told by the status."""
    opening = client.open_reader(path)
    with _Told(path):
        async with asyncio.timeout(PATIENCE):
            reader = await opening.__aenter__()
    try:
        yield reader
    finally:
        await opening.__aexit__(None, None, None)


async def _send(
    request: web.Request,
    response: web.StreamResponse,
    reader: AsyncReader,
    answer: Answer,
    places: _Places,
) -> None:
    """Send the bytes that were promised, or break the connection off."""
    offset, end = answer.offset, answer.offset + answer.length
    try:
        while offset < end:
            length = min(PIECE, end - offset)
            async with places.reads:
                data = await reader.read(offset, length, min(end, offset + length + AHEAD))
            if len(data) != length:
                _LOGGER.debug("%s has become shorter while it was played", reader.info.name)
                break
            async with asyncio.timeout(STALLED):
                await response.write(data)
            offset += length
    except SmbError as error:
        _LOGGER.debug("%s is played no further: %s", reader.info.name, error)
    except (TimeoutError, ConnectionResetError) as error:
        _LOGGER.debug("Nobody takes %s any more: %s", reader.info.name, str(error) or "stalled")
    if offset < end and request.transport is not None:
        request.transport.abort()


def version_of(info: FileInfo) -> Version:
    """Return what HTTP tells of the version of a file."""
    tag = f'"{info.file_id:x}-{info.size:x}-{info.modified:x}-{info.changed:x}"'
    return Version(info.size, ns_from_filetime(info.modified) // 1_000_000_000, tag)


def _response(path: str, info: FileInfo, answer: Answer) -> web.StreamResponse:
    version = version_of(info)
    response = web.StreamResponse(
        status=answer.status,
        headers={
            hdrs.ACCEPT_RANGES: "bytes",
            hdrs.CACHE_CONTROL: "private, no-cache",
            hdrs.CONTENT_SECURITY_POLICY: "default-src 'none'; sandbox",
            hdrs.ETAG: version.tag,
            hdrs.LAST_MODIFIED: version.last_modified,
            hdrs.X_CONTENT_TYPE_OPTIONS: "nosniff",
        },
    )
    if answer.status is HTTPStatus.NOT_MODIFIED:
        return response
    response.content_type = content_type(last_part(path)) or "application/octet-stream"
    response.content_length = answer.length
    if answer.status is HTTPStatus.PARTIAL_CONTENT:
        last = answer.offset + answer.length - 1
        response.headers[hdrs.CONTENT_RANGE] = f"bytes {answer.offset}-{last}/{version.size}"
    elif answer.status is HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        response.headers[hdrs.CONTENT_RANGE] = f"bytes */{version.size}"
    return response


class _Told:
    """Tells by a status why a file cannot be played."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: object
    ) -> None:
        """Translate."""
        match error:
            case None:
                return
            case TimeoutError():
                raise _later("the share does not answer in time") from error
            case AccessDenied() | ShareAccessDenied():
                raise web.HTTPForbidden(text=str(error)) from error
            case ConnectionFailed() | InUse() | Busy():
                raise _later(str(error)) from error
            case NotFound() | FileFailed():
                raise web.HTTPNotFound(text=str(error)) from error
            case SmbError():
                raise web.HTTPBadGateway(text=str(error)) from error
            case _:
                return


def _later(reason: str) -> web.HTTPServiceUnavailable:
    return web.HTTPServiceUnavailable(text=reason, headers={hdrs.RETRY_AFTER: "10"})
