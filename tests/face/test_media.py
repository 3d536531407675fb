"""Media of shares, through the media browser's commands and Home Assistant's own web server."""

import asyncio
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from aiohttp import ClientError, ClientResponse
from homeassistant.helpers.translation import async_load_integrations
from homeassistant.setup import async_setup_component
import pytest
from yarl import URL

from custom_components.smb_ddns_sync import media_source, media_view
from custom_components.smb_ddns_sync.const import DOMAIN
from custom_components.smb_ddns_sync.media_view import media_url
from custom_components.smb_ddns_sync.smb.aio import AsyncShareClient
from custom_components.smb_ddns_sync.smb.client import ShareClient
from custom_components.smb_ddns_sync.smb.errors import (
    AccessDenied,
    BadAnswer,
    InUse,
    NotFound,
    WrongPassword,
)
from demo.proxy import Proxy

from .site import OTHER_SHARE, Nas, load, share, unload, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from aiohttp.test_utils import TestClient
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry
    from pytest_homeassistant_custom_component.typing import (
        ClientSessionGenerator,
        MockHAClientWebSocket,
        WebSocketGenerator,
    )

    from custom_components.smb_ddns_sync.smb.errors import SmbError

    type Web = TestClient[Any, Any]

ROOT = "media-source://smb_ddns_sync"
LARGE = 4 << 30


@pytest.fixture(name="proxy")
def proxy_fixture(nas: Nas) -> Iterator[Proxy]:
    """Stand between Home Assistant and the server, and count."""
    with Proxy(nas.server.host, nas.server.port) as proxy:
        yield proxy


@pytest.fixture(name="entry")
async def entry_fixture(
    hass: HomeAssistant, nas: Nas, proxy: Proxy
) -> AsyncIterator[MockConfigEntry]:
    """Load a share beside Home Assistant's media."""
    assert await async_setup_component(hass, "media_source", {})
    entry = share(nas.server, port=proxy.port)
    await load(hass, entry)
    await async_load_integrations(hass, {DOMAIN})  # Home Assistant does while it starts
    yield entry
    await unload(hass, entry)


@pytest.fixture(name="socket")
async def socket_fixture(
    hass: HomeAssistant,
    entry: MockConfigEntry,  # noqa: ARG001 - the commands are there once it is loaded
    hass_ws_client: WebSocketGenerator,
) -> MockHAClientWebSocket:
    """Connect as the media browser does."""
    return await hass_ws_client(hass)


@pytest.fixture(name="web")
async def web_fixture(
    entry: MockConfigEntry,  # noqa: ARG001 - as above
    hass_client_no_auth: ClientSessionGenerator,
) -> Web:
    """Call as a player does that knows nothing but the link."""
    return await hass_client_no_auth()


async def ask(socket: MockHAClientWebSocket, kind: str, what: str, **query: str) -> dict[str, Any]:
    await socket.send_json_auto_id(
        {"type": f"media_source/{kind}_media", "media_content_id": what, **query}
    )
    answer: dict[str, Any] = await socket.receive_json()
    return answer


async def browse(socket: MockHAClientWebSocket, what: str) -> dict[str, Any]:
    answer = await ask(socket, "browse", f"{ROOT}/{what}" if what else ROOT)
    assert answer["success"], answer
    return dict(answer["result"])


async def searched(
    socket: MockHAClientWebSocket, where: str, **filters: Any
) -> list[dict[str, Any]]:
    await socket.send_json_auto_id(
        {
            "type": "media_source/search_media",
            "media_content_id": f"{ROOT}/{where}" if where else ROOT,
            "search_query": "BEACH",
            **filters,
        }
    )
    answer: dict[str, Any] = await socket.receive_json()
    assert answer["success"], answer
    return list(answer["result"]["result"])


async def resolved(socket: MockHAClientWebSocket, entry: MockConfigEntry, path: str) -> str:
    answer = await ask(socket, "resolve", f"{ROOT}/{entry.entry_id}/{path}")
    assert answer["success"], answer
    return str(answer["result"]["url"])


def titles(folder: dict[str, Any]) -> list[str]:
    return [child["title"] for child in folder["children"]]


def open_on_server(path: Path) -> bool:
    """Tell whether a process has the file open."""
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if link.readlink() == path:
                return True
        except FileNotFoundError, ProcessLookupError, PermissionError:
            continue
    return False


def sparse(path: Path, size: int = LARGE) -> Path:
    """Make a film of many bytes that takes no room, with something at its end."""
    with path.open("wb") as file:
        file.truncate(size)
        file.seek(-4, 2)
        file.write(b"last")
    return path


async def test_a_folder_shows_folders_first_and_what_can_be_played_as_people_sort(
    nas: Nas, entry: MockConfigEntry, socket: MockHAClientWebSocket
) -> None:
    (nas.folder / "Zoo").mkdir()
    for name in (
        "clip10.MP4",
        "clip2.mp4",
        "song.flac",
        "beach.jpg",
        "page.html",
        "x.svg",
        "a.txt",
    ):
        (nas.folder / name).write_bytes(b"content")
    (nas.folder / ".hidden.jpg").write_bytes(b"hidden")
    (nas.folder / ".smb_ddns_sync").mkdir()

    found = await browse(socket, "")

    assert found["title"] == "NAS"
    assert titles(found) == ["Zoo", "beach.jpg", "clip2.mp4", "clip10.MP4", "song.flac"]
    told = {child["title"]: child for child in found["children"]}
    assert (told["Zoo"]["can_expand"], told["Zoo"]["can_play"]) == (True, False)
    assert (told["clip2.mp4"]["can_expand"], told["clip2.mp4"]["can_play"]) == (False, True)
    assert told["clip2.mp4"]["media_content_type"] == "video/mp4"
    assert [told[name]["media_class"] for name in titles(found)] == [
        "directory",
        "image",
        "video",
        "video",
        "music",
    ]
    assert told["beach.jpg"]["thumbnail"] == (
        f"/api/smb_ddns_sync/media/{entry.entry_id}/beach.jpg"
    )
    assert told["clip2.mp4"]["thumbnail"] is None


async def test_several_shares_are_shown_side_by_side(
    hass: HomeAssistant, nas: Nas, entry: MockConfigEntry, socket: MockHAClientWebSocket
) -> None:
    (nas.other / "old.jpg").write_bytes(b"old")
    other = share(nas.server, share=OTHER_SHARE)
    await load(hass, other)

    found = await browse(socket, "")
    inside = await browse(socket, other.entry_id)

    assert titles(found) == [OTHER_SHARE, "NAS"]
    assert [child["media_content_id"] for child in found["children"]] == [
        f"{ROOT}/{other.entry_id}",
        f"{ROOT}/{entry.entry_id}",
    ]
    assert titles(inside) == ["old.jpg"]
    await unload(hass, other)


async def test_a_picture_that_is_large_is_not_its_own_thumbnail(
    nas: Nas, socket: MockHAClientWebSocket
) -> None:
    sparse(nas.folder / "panorama.png", media_source.LARGEST_THUMBNAIL + 1)

    (panorama,) = (await browse(socket, ""))["children"]

    assert (panorama["thumbnail"], panorama["can_play"]) == (None, True)


async def test_a_folder_of_very_many_files_is_shown_in_parts_that_hold_them_all(
    nas: Nas,
    entry: MockConfigEntry,
    socket: MockHAClientWebSocket,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(media_source, "MOST", 4)
    monkeypatch.setattr(media_source, "PART", 2)
    (nas.folder / "cam").mkdir()
    for number in range(5):
        (nas.folder / "cam" / f"{number}.jpg").write_bytes(b"content")

    found = await browse(socket, f"{entry.entry_id}/cam")
    parts = [
        await browse(socket, part["media_content_id"][len(ROOT) + 1 :])
        for part in found["children"]
    ]

    assert titles(found) == ["0.jpg … 1.jpg", "2.jpg … 3.jpg", "4.jpg … 4.jpg"]
    assert [titles(part) for part in parts] == [["0.jpg", "1.jpg"], ["2.jpg", "3.jpg"], ["4.jpg"]]


async def test_a_search_finds_what_is_called_so_below_a_folder(
    nas: Nas, entry: MockConfigEntry, socket: MockHAClientWebSocket
) -> None:
    for folder in ("beach", "2026/summer", ".smb_ddns_sync/trash"):
        (nas.folder / folder).mkdir(parents=True)
    for path in ("beach/one.jpg", "2026/summer/Beach 10.jpg", "2026/beach 9.mp4", "beach.txt"):
        (nas.folder / path).write_bytes(b"content")
    (nas.folder / ".smb_ddns_sync" / "trash" / "beach.jpg").write_bytes(b"ours")

    everywhere = await searched(socket, "")
    below = await searched(socket, f"{entry.entry_id}/2026")
    pictures = await searched(socket, "", media_filter_classes=["image"])

    assert [child["title"] for child in everywhere] == ["beach", "beach 9.mp4", "Beach 10.jpg"]
    assert [child["title"] for child in below] == ["beach 9.mp4", "Beach 10.jpg"]
    assert [child["media_content_id"] for child in pictures] == [
        f"{ROOT}/{entry.entry_id}/2026/summer/Beach 10.jpg"
    ]


async def test_a_search_ends_when_enough_is_found(
    nas: Nas, socket: MockHAClientWebSocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        (nas.folder / f"beach{number}.jpg").write_bytes(b"content")

    monkeypatch.setattr(media_source, "MOST_FOUND", 2)

    assert len(await searched(socket, "")) == 2


async def test_a_search_of_a_server_that_takes_too_long_ends(
    socket: MockHAClientWebSocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def without_end(*_: object) -> AsyncIterator[object]:
        await asyncio.Event().wait()
        yield None

    monkeypatch.setattr(media_source, "SEARCHING", 0.1)
    monkeypatch.setattr(AsyncShareClient, "walk", without_end)

    assert await searched(socket, "") == []


async def test_a_file_is_played_by_its_signed_link_alone(
    nas: Nas, entry: MockConfigEntry, socket: MockHAClientWebSocket, web: Web
) -> None:
    name = "100 % #1 ~23 é+照 %41.mp4"
    (nas.folder / name).write_bytes(b"film")
    link = await resolved(socket, entry, name)

    played = await web.get(link)
    unsigned = await web.get(URL(link).with_query(None))
    of_another = await web.get(link.replace(".mp4", ".mkv"))

    assert (played.status, await played.read()) == (HTTPStatus.OK, b"film")
    assert played.headers["Content-Type"] == "video/mp4"
    assert played.headers["Content-Length"] == "4"
    assert played.headers["Accept-Ranges"] == "bytes"
    assert played.headers["X-Content-Type-Options"] == "nosniff"
    assert unsigned.status == HTTPStatus.UNAUTHORIZED
    assert of_another.status == HTTPStatus.UNAUTHORIZED


async def test_a_head_request_tells_of_the_file_without_opening_it(
    nas: Nas, entry: MockConfigEntry, socket: MockHAClientWebSocket, web: Web
) -> None:
    film = sparse(nas.folder / "film.mkv")
    link = await resolved(socket, entry, film.name)

    told = await web.head(link, headers={"Range": "bytes=0-1"})

    assert (told.status, await told.read()) == (HTTPStatus.OK, b"")
    assert told.headers["Content-Length"] == str(LARGE)
    assert told.headers["Content-Type"] == "video/x-matroska"
    assert not open_on_server(film)


async def test_seeking_in_four_gigabytes_reads_what_is_asked_for(
    nas: Nas, entry: MockConfigEntry, socket: MockHAClientWebSocket, web: Web, proxy: Proxy
) -> None:
    film = sparse(nas.folder / "film.mp4")
    link = await resolved(socket, entry, film.name)
    before = proxy.traffic()

    answers = [
        await web.get(link, headers={"Range": asked})
        for asked in ("bytes=0-1", "bytes=-4", f"bytes={LARGE // 2}-{LARGE // 2 + 99}")
    ]
    bodies = [await answer.read() for answer in answers]
    passed = proxy.traffic() - before

    assert [answer.status for answer in answers] == [HTTPStatus.PARTIAL_CONTENT] * 3
    assert bodies == [b"\0\0", b"last", bytes(100)]
    assert answers[1].headers["Content-Range"] == f"bytes {LARGE - 4}-{LARGE - 1}/{LARGE}"
    assert answers[1].headers["Content-Length"] == "4"
    assert passed.bytes_to_client < 20_000


async def test_a_range_beyond_the_end_is_refused_with_the_size(
    nas: Nas, entry: MockConfigEntry, socket: MockHAClientWebSocket, web: Web
) -> None:
    (nas.folder / "song.mp3").write_bytes(b"song")
    link = await resolved(socket, entry, "song.mp3")

    refused = await web.get(link, headers={"Range": "bytes=4-"})

    assert refused.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
    assert refused.headers["Content-Range"] == "bytes */4"


async def test_a_player_goes_on_only_in_the_version_that_it_began(
    nas: Nas, entry: MockConfigEntry, socket: MockHAClientWebSocket, web: Web
) -> None:
    song = nas.folder / "song.mp3"
    song.write_bytes(b"first version")
    link = await resolved(socket, entry, song.name)
    tag = (await web.get(link)).headers["ETag"]

    known = await web.get(link, headers={"If-None-Match": tag})
    goes_on = await web.get(link, headers={"Range": "bytes=5-", "If-Range": tag})
    rest = await goes_on.read()
    song.write_bytes(b"second version")
    anew = await web.get(link, headers={"Range": "bytes=5-", "If-Range": tag})

    assert (known.status, await known.read()) == (HTTPStatus.NOT_MODIFIED, b"")
    assert (goes_on.status, rest) == (HTTPStatus.PARTIAL_CONTENT, b" version")
    assert (anew.status, await anew.read()) == (HTTPStatus.OK, b"second version")


async def test_a_large_file_arrives_whole(
    nas: Nas, entry: MockConfigEntry, socket: MockHAClientWebSocket, web: Web
) -> None:
    content = bytes(range(256)) * (3 * media_view.PIECE // 256) + b"end"
    (nas.folder / "film.mp4").write_bytes(content)

    played = await web.get(await resolved(socket, entry, "film.mp4"))

    assert await played.read() == content


async def test_who_goes_away_lets_go_of_the_file_and_of_the_place(
    nas: Nas,
    entry: MockConfigEntry,
    socket: MockHAClientWebSocket,
    web: Web,
    monkeypatch: pytest.MonkeyPatch,
    proxy: Proxy,
) -> None:
    monkeypatch.setattr(media_view, "PLAYERS", 1)
    film = sparse(nas.folder / "film.mp4")
    link = await resolved(socket, entry, film.name)
    played = await web.get(link)
    await played.content.readexactly(media_view.PIECE)
    assert open_on_server(film)

    before = proxy.traffic()
    played.close()
    await until(lambda: not open_on_server(film))
    next_one = await web.get(link, headers={"Range": "bytes=-4"})

    assert await next_one.read() == b"last"
    # What was under way when it went, and no more of the four gigabytes.
    assert (proxy.traffic() - before).bytes_to_client < 64 << 20


async def test_who_takes_nothing_for_long_lets_go_of_the_file(
    nas: Nas,
    entry: MockConfigEntry,
    socket: MockHAClientWebSocket,
    web: Web,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(media_view, "STALLED", 0.05)
    film = sparse(nas.folder / "film.mp4")

    played = await web.get(await resolved(socket, entry, film.name))
    await until(lambda: not open_on_server(film))

    assert played.status == HTTPStatus.OK
    played.close()


async def test_who_comes_when_all_places_are_taken_is_told_to_come_again(
    nas: Nas,
    entry: MockConfigEntry,
    socket: MockHAClientWebSocket,
    web: Web,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(media_view, "PLAYERS", 1)
    link = await resolved(socket, entry, sparse(nas.folder / "film.mp4").name)
    first = await web.get(link)
    monkeypatch.setattr(media_view, "PATIENCE", 0.05)

    second = await web.get(link)

    assert first.status == HTTPStatus.OK
    assert second.status == HTTPStatus.SERVICE_UNAVAILABLE
    assert int(second.headers["Retry-After"]) > 0
    first.close()


async def test_a_file_that_shrinks_while_it_is_played_breaks_off(
    nas: Nas, entry: MockConfigEntry, socket: MockHAClientWebSocket, web: Web
) -> None:
    film = sparse(nas.folder / "film.mp4")
    played = await web.get(await resolved(socket, entry, film.name))

    film.write_bytes(b"another")

    with pytest.raises(ClientError):
        await played.content.read()


async def test_nothing_but_media_of_the_share_is_served(
    nas: Nas, entry: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    (nas.folder / ".smb_ddns_sync").mkdir()
    (nas.folder / ".smb_ddns_sync" / "one.jpg").write_bytes(b"ours")
    (nas.folder / "folder.jpg").mkdir()
    for name in ("page.html", "picture.svg", "notes.txt"):
        (nas.folder / name).write_bytes(b"<script>alert(1)</script>")
    (nas.folder.parent / "outside.jpg").write_bytes(b"outside")
    web = await hass_client()
    prefix = f"/api/smb_ddns_sync/media/{entry.entry_id}"

    statuses = {
        path: (await web.get(URL(f"{prefix}/{path}", encoded=True))).status
        for path in (
            "page.html",
            "picture.svg",
            "notes.txt",
            "folder.jpg",
            "missing.jpg",
            ".smb_ddns_sync/one.jpg",
            ".SMB_DDNS_SYNC%2fone.jpg",
            "a%5c..%5c.smb_ddns_sync%5cone.jpg",
            "%2e%2e/outside.jpg",
            "..%2foutside.jpg",
            "%2fetc%2fpasswd.jpg",
            "one.jpg%3a%3a$DATA.jpg",
            "one%00.jpg",
        )
    }
    elsewhere = await web.get("/api/smb_ddns_sync/media/unknown/one.jpg")

    assert set(statuses.values()) <= {HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST}, statuses
    assert statuses["page.html"] == statuses["folder.jpg"] == HTTPStatus.NOT_FOUND
    assert elsewhere.status == HTTPStatus.NOT_FOUND


async def test_what_cannot_be_played_says_why(
    nas: Nas, entry: MockConfigEntry, socket: MockHAClientWebSocket
) -> None:
    (nas.folder / "folder.jpg").mkdir()
    reasons = {
        f"{entry.entry_id}/../x.jpg": "no path on a share",
        f"{entry.entry_id}/.smb_ddns_sync/x.jpg": "no path on a share",
        f"{entry.entry_id}/notes.txt": "can be played",
        f"{entry.entry_id}/missing.jpg": "no file missing.jpg on NAS",
        f"{entry.entry_id}/folder.jpg": "no file folder.jpg on NAS",
        "unknown/x.jpg": "not set up",
    }

    for what, reason in reasons.items():
        answer = await ask(socket, "resolve", f"{ROOT}/{what}")
        assert reason in answer["error"]["message"], what


async def test_what_cannot_be_looked_into_says_why(
    entry: MockConfigEntry, socket: MockHAClientWebSocket
) -> None:
    reasons = {
        f"{entry.entry_id}/../x": "no path on a share",
        f"{entry.entry_id}/missing": "not found",
        f"{entry.entry_id}/x//y": "no path on a share",
        "unknown": "not set up",
    }

    for what, reason in reasons.items():
        for kind in ("browse", "search"):
            query = {"search_query": "x"} if kind == "search" else {}
            answer = await ask(socket, kind, f"{ROOT}/{what}", **query)
            assert reason in answer["error"]["message"], (kind, what)


async def played_again(web: Web, link: str) -> ClientResponse:
    """Ask again until the share is tried again, which rests a little after each failure."""
    async with asyncio.timeout(60):
        while True:
            answer = await web.get(link)
            if answer.status != HTTPStatus.SERVICE_UNAVAILABLE:
                return answer
            await asyncio.sleep(0.1)


async def test_a_share_that_is_down_says_why_and_plays_again_when_it_is_back(
    nas: Nas, entry: MockConfigEntry, socket: MockHAClientWebSocket, web: Web
) -> None:
    (nas.folder / "one.jpg").write_bytes(b"one")
    link = await resolved(socket, entry, "one.jpg")
    nas.server.stop()

    listed = await ask(socket, "browse", f"{ROOT}/{entry.entry_id}")
    told = await ask(socket, "resolve", f"{ROOT}/{entry.entry_id}/one.jpg")
    played = await web.get(link)
    nas.server.start()
    again = await played_again(web, link)

    assert "NAS cannot be looked into" in listed["error"]["message"]
    assert "NAS cannot be looked into" in told["error"]["message"]
    assert played.status == HTTPStatus.SERVICE_UNAVAILABLE
    assert await again.read() == b"one"


async def test_a_player_is_told_by_status_what_is_wrong(
    entry: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    web = await hass_client()
    statuses: dict[SmbError, HTTPStatus] = {
        AccessDenied("one.jpg"): HTTPStatus.FORBIDDEN,
        NotFound("one.jpg"): HTTPStatus.NOT_FOUND,
        InUse("one.jpg"): HTTPStatus.SERVICE_UNAVAILABLE,
        BadAnswer("one.jpg"): HTTPStatus.BAD_GATEWAY,
        WrongPassword("server"): HTTPStatus.BAD_GATEWAY,
    }

    for error, status in statuses.items():
        with patch.object(ShareClient, "open_reader", side_effect=error):
            answer = await web.get(media_url(entry.entry_id, "one.jpg"))
        assert answer.status == status
        assert str(error) in await answer.text()
