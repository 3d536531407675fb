"""Shares in the media browser: folders, and what in them can be played.

A folder with very many entries is shown in parts, so that none of them is out of reach.
"""

import asyncio
from contextlib import aclosing, contextmanager
import logging
import re
from typing import TYPE_CHECKING, Final, NamedTuple, override

from homeassistant.components.media_player.browse_media import (
    BrowseMedia,
    SearchMedia,
    SearchMediaQuery,
)
from homeassistant.components.media_player.const import MediaClass
from homeassistant.components.media_player.errors import BrowseError
from homeassistant.components.media_source import (
    MEDIA_CLASS_MAP,
    BrowseMediaSource,
    MediaSource,
    MediaSourceError,
    MediaSourceItem,
    PlayMedia,
    Unresolvable,
)

from .const import DOMAIN
from .coordinator import ShareRuntime, share_runtime
from .media_types import content_type, main_type
from .media_view import PATIENCE, media_url
from .smb.errors import SmbError
from .smb.files import Attributes, FileInfo, FileKind
from .smb.names import join, last_part
from .sync.outside import PathRefused, reachable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from homeassistant.core import HomeAssistant

    from .coordinator import SmbDdnsConfigEntry

MOST: Final = 1000
"""Entries of one folder that are shown side by side."""
PART: Final = 500
"""Entries of each part, where a folder has more."""
MOST_FOUND: Final = 100
"""Results of a search, as of Home Assistant's own media."""
SEARCHING: Final = 15.0
"""Seconds that a search of one share takes at most."""
LARGEST_THUMBNAIL: Final = 1 << 20
"""Bytes of a picture that is shown as its own thumbnail: no smaller one is made of it."""

_LOGGER = logging.getLogger(__name__)

_CONCEALED: Final = Attributes.HIDDEN | Attributes.SYSTEM
_DIGITS: Final = re.compile(r"(\d+)", re.ASCII)


async def async_get_media_source(hass: HomeAssistant) -> ShareMediaSource:
    """Return the media of all shares."""
    return ShareMediaSource(hass)


class _Place(NamedTuple):
    """What an identifier stands for: `<entry>/<path>`, and `//<part>` behind it."""

    entry_id: str
    path: str
    part: int | None


class ShareMediaSource(MediaSource):
    """Browses shares, and tells where their media is."""

    name = "SMB DDNS Sync"

    def __init__(self, hass: HomeAssistant) -> None:
        super().__init__(DOMAIN)
        self._hass = hass

    @override
    async def async_resolve_media(self, item: MediaSourceItem) -> PlayMedia:
        """Return where a file is played from, and as what."""
        place = _parsed(item.identifier, Unresolvable)
        runtime = self._runtime(place, Unresolvable)
        played = content_type(last_part(place.path))
        if played is None or place.part is not None:
            raise Unresolvable(
                translation_domain=DOMAIN,
                translation_key="media_not_playable",
                translation_placeholders={"path": place.path},
            )
        title = self._title(place.entry_id)
        with _told(title, Unresolvable):
            async with asyncio.timeout(PATIENCE):
                info = await runtime.share.connection.look(place.path)
        if info is None or info.kind is not FileKind.FILE:
            raise Unresolvable(
                translation_domain=DOMAIN,
                translation_key="media_not_found",
                translation_placeholders={"path": place.path, "share": title},
            )
        return PlayMedia(media_url(place.entry_id, place.path), played)

    @override
    async def async_browse_media(self, item: MediaSourceItem) -> BrowseMediaSource:
        """Return a folder with what is in it; without an identifier, all shares."""
        if item.identifier:
            return await self._browse(_parsed(item.identifier, BrowseError))
        shares = self._shares()
        if len(shares) == 1:
            return await self._browse(_Place(shares[0].entry_id, "", None))
        return _folder(
            "", str(self.name), [_folder(entry.entry_id, entry.title) for entry in shares]
        )

    async def _browse(self, place: _Place) -> BrowseMediaSource:
        runtime = self._runtime(place, BrowseError)
        title = self._title(place.entry_id)
        with _told(title, BrowseError):
            async with asyncio.timeout(PATIENCE):
                entries = await runtime.share.connection.list_folder(place.path)
        shown = await self._hass.async_add_executor_job(_shown, entries)
        at = _identifier(place)
        name = last_part(place.path) or title
        if place.part is not None:
            start = place.part * PART
            children = [_child(place, info) for info in shown[start : start + PART]]
            return _folder(f"{at}//{place.part}", name, children)
        if len(shown) > MOST:
            return _folder(at, name, _parts(at, shown))
        return _folder(at, name, [_child(place, info) for info in shown])

    @override
    async def async_search_media(
        self, item: MediaSourceItem, query: SearchMediaQuery
    ) -> SearchMedia:
        """Return what is called so in a folder and below it; without an identifier, on all shares.

        A share that cannot be searched to its end in time gives what was found by then.
        """
        if item.identifier:
            places = [_parsed(item.identifier, BrowseError)]
        else:
            places = [_Place(entry.entry_id, "", None) for entry in self._shares()]
        found: list[BrowseMedia] = []
        for place in places:
            with _told(self._title(place.entry_id), BrowseError):
                await self._search(place, query, found)
        found.sort(key=lambda child: natural(child.title))
        return SearchMedia(result=found)

    async def _search(
        self, place: _Place, query: SearchMediaQuery, found: list[BrowseMedia]
    ) -> None:
        """Add what is found on one share."""
        text, classes = query.search_query.casefold(), query.media_filter_classes
        connection = self._runtime(place, BrowseError).share.connection
        walk = connection.walk(place.path, lambda folder: not last_part(folder).startswith("."))
        try:
            async with asyncio.timeout(SEARCHING), aclosing(walk) as listings:
                async for listing in listings:
                    if listing.error is not None and listing.folder == place.path:
                        raise listing.error
                    for info in listing.entries:
                        if text not in info.name.casefold() or not _is_shown(info):
                            continue
                        child = _child(place._replace(path=listing.folder), info)
                        if classes and child.media_class not in classes:
                            continue
                        found.append(child)
                        if len(found) >= MOST_FOUND:
                            return
        except TimeoutError:
            _LOGGER.debug("The search on %s was ended", self._title(place.entry_id))

    def _shares(self) -> list[SmbDdnsConfigEntry]:
        """Return the shares that are loaded, as people sort them."""
        entries: list[SmbDdnsConfigEntry] = self._hass.config_entries.async_loaded_entries(DOMAIN)
        shares = [entry for entry in entries if isinstance(entry.runtime_data, ShareRuntime)]
        return sorted(shares, key=lambda entry: natural(entry.title))

    def _runtime(self, place: _Place, failure: type[_Failure]) -> ShareRuntime:
        runtime = share_runtime(self._hass, place.entry_id)
        if runtime is None:
            raise failure(
                translation_domain=DOMAIN,
                translation_key="media_share_gone",
            )
        return runtime

    def _title(self, entry_id: str) -> str:
        entry: SmbDdnsConfigEntry | None = self._hass.config_entries.async_get_entry(entry_id)
        return "" if entry is None else entry.title


type _Failure = BrowseError | MediaSourceError


def natural(name: str) -> list[tuple[int, str]]:
    """Return what a name is sorted by, so that 2 comes before 10, and case tells last."""
    parts = _DIGITS.split(name.casefold())
    return [(int(part), "") if at % 2 else (-1, part) for at, part in enumerate(parts)]


def _parsed(identifier: str, failure: type[_Failure]) -> _Place:
    entry_id, _, rest = identifier.partition("/")
    rest, parted, part = rest.partition("//")
    try:
        return _Place(entry_id, reachable(rest), int(part) if parted else None)
    except (PathRefused, ValueError) as error:
        raise failure(
            translation_domain=DOMAIN,
            translation_key="media_path_refused",
            translation_placeholders={"path": rest},
        ) from error


def _identifier(place: _Place) -> str:
    return f"{place.entry_id}/{place.path}" if place.path else place.entry_id


@contextmanager
def _told(share: str, failure: type[_Failure]) -> Iterator[None]:
    """Tell why the share cannot be used."""
    try:
        yield
    except (SmbError, TimeoutError) as error:
        reason = str(error) or "it did not answer in time"
        raise failure(
            translation_domain=DOMAIN,
            translation_key="media_not_listed",
            translation_placeholders={"share": share, "reason": reason},
        ) from error


def _shown(entries: Sequence[FileInfo]) -> list[FileInfo]:
    """Return what is shown of a folder, folders first, as people sort."""
    shown = [info for info in entries if _is_shown(info)]
    shown.sort(key=lambda info: (not info.is_folder, natural(info.name), info.name))
    return shown


def _is_shown(info: FileInfo) -> bool:
    if info.name.startswith(".") or info.attributes & _CONCEALED:
        return False
    try:
        reachable(info.name)
    except PathRefused:
        return False
    if info.kind is FileKind.FILE:
        return content_type(info.name) is not None
    return info.is_folder


def _folder(
    identifier: str, title: str, children: Sequence[BrowseMediaSource] | None = None
) -> BrowseMediaSource:
    folder = BrowseMediaSource(
        domain=DOMAIN,
        identifier=identifier,
        media_class=MediaClass.DIRECTORY,
        media_content_type="",
        title=title,
        can_play=False,
        can_expand=True,
        can_search=True,
    )
    folder.children = children
    return folder


def _parts(at: str, shown: Sequence[FileInfo]) -> list[BrowseMediaSource]:
    """Return parts of a folder, each named by its first and last entry."""
    return [
        _folder(
            f"{at}//{start // PART}",
            f"{shown[start].name} … {shown[min(start + PART, len(shown)) - 1].name}",
        )
        for start in range(0, len(shown), PART)
    ]


def _child(place: _Place, info: FileInfo) -> BrowseMediaSource:
    path = join(place.path, info.name)
    identifier = f"{place.entry_id}/{path}"
    played = content_type(info.name)
    if info.is_folder or played is None:
        return _folder(identifier, info.name)
    kind = main_type(played)
    is_thumbnail = kind == "image" and info.size <= LARGEST_THUMBNAIL
    return BrowseMediaSource(
        domain=DOMAIN,
        identifier=identifier,
        media_class=MEDIA_CLASS_MAP[kind],
        media_content_type=played,
        title=info.name,
        can_play=True,
        can_expand=False,
        thumbnail=media_url(place.entry_id, path) if is_thumbnail else None,
    )
