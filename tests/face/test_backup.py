"""Shares as locations for backups, through Home Assistant's own backup API."""

import asyncio
from http import HTTPStatus
import io
import json
import tarfile
from typing import TYPE_CHECKING, Any

from homeassistant.components.backup import AgentBackup, BackupAgentError, BackupNotFound
from homeassistant.components.backup.agent import BackupAgentUnreachableError
from homeassistant.setup import async_setup_component
import pytest

from custom_components.smb_ddns_sync import backup as backup_platform
from custom_components.smb_ddns_sync.backup import async_get_backup_agents
from custom_components.smb_ddns_sync.backups_apart import leave_backups_alone
from custom_components.smb_ddns_sync.sync.settings import JobId, JobSettings

from .site import Nas, job, load, settle, share, subentry, unload

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from aiohttp.test_utils import TestClient
    from homeassistant.components.backup import BackupAgent
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry
    from pytest_homeassistant_custom_component.typing import (
        ClientSessionGenerator,
        MockHAClientWebSocket,
        WebSocketGenerator,
    )

FOLDER = "homeassistant-backups"


@pytest.fixture(name="entry")
async def entry_fixture(hass: HomeAssistant, nas: Nas, tmp_path: Path) -> AsyncIterator[Any]:
    """Load a share beside Home Assistant's backups."""
    hass.config.config_dir = str(tmp_path / "config")
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "configuration.yaml").write_text("# all that there is\n")
    assert await async_setup_component(hass, "backup", {})
    entry = share(nas.server)
    await load(hass, entry)
    yield entry
    await unload(hass, entry)


@pytest.fixture(name="socket")
async def socket_fixture(
    hass: HomeAssistant,
    entry: MockConfigEntry,  # noqa: ARG001 - the API is there once it is loaded
    hass_ws_client: WebSocketGenerator,
) -> MockHAClientWebSocket:
    """Connect as the user interface does."""
    return await hass_ws_client(hass)


@pytest.fixture(name="web")
async def web_fixture(
    entry: MockConfigEntry,  # noqa: ARG001 - as above
    hass_client: ClientSessionGenerator,
) -> TestClient[Any, Any]:
    """Call as the user interface does."""
    return await hass_client()


async def ask(socket: MockHAClientWebSocket, kind: str, **what: Any) -> dict[str, Any]:
    await socket.send_json_auto_id({"type": kind, **what})
    answer: dict[str, Any] = await socket.receive_json()
    assert answer["success"], answer
    result: dict[str, Any] = answer["result"]
    return result


def location(entry: MockConfigEntry) -> str:
    return f"smb_ddns_sync.{entry.entry_id}"


async def agent_of(hass: HomeAssistant) -> BackupAgent:
    (agent,) = await async_get_backup_agents(hass)
    return agent


async def made(socket: MockHAClientWebSocket, entry: MockConfigEntry, name: str) -> dict[str, Any]:
    """Make a real backup of this Home Assistant on the share, and return what is told of it."""
    await ask(
        socket,
        "backup/generate",
        agent_ids=[location(entry)],
        include_homeassistant=True,
        include_database=False,
        name=name,
    )
    while True:
        info = await ask(socket, "backup/info")
        if info["state"] == "idle" and (found := [b for b in info["backups"] if b["name"] == name]):
            assert not info["agent_errors"]
            return dict(found[0])
        await asyncio.sleep(0.05)


def described(content: bytes, backup_id: str = "abcd1234", **changes: Any) -> AgentBackup:
    """Return what Home Assistant would tell of a backup."""
    return AgentBackup.from_dict(
        {
            "addons": [],
            "backup_id": backup_id,
            "date": "2026-11-25T04:45:00+00:00",
            "database_included": True,
            "extra_metadata": {"instance_id": "another"},
            "folders": [],
            "homeassistant_included": True,
            "homeassistant_version": "2026.11.0",
            "name": "Nightly / “all”",
            "protected": False,
            "size": len(content),
            **changes,
        }
    )


async def put(agent: BackupAgent, backup: AgentBackup, content: bytes, piece: int = 7) -> list[int]:
    """Put a backup in place, and return what was told of its progress."""
    told: list[int] = []

    def tell(*, bytes_uploaded: int, **_: Any) -> None:
        told.append(bytes_uploaded)

    async def stream() -> AsyncIterator[bytes]:
        for at in range(0, len(content), piece):
            yield content[at : at + piece]

    async def open_stream() -> AsyncIterator[bytes]:
        return stream()

    await agent.async_upload_backup(open_stream=open_stream, backup=backup, on_progress=tell)
    return told


async def got(agent: BackupAgent, backup_id: str) -> bytes:
    return b"".join([piece async for piece in await agent.async_download_backup(backup_id)])


def files(nas: Nas) -> list[str]:
    return sorted(path.name for path in (nas.folder / FOLDER).iterdir())


async def test_a_share_can_be_chosen_as_a_location_while_it_is_loaded(
    hass: HomeAssistant, entry: MockConfigEntry, socket: MockHAClientWebSocket
) -> None:
    before = await ask(socket, "backup/agents/info")
    await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done()
    after = await ask(socket, "backup/agents/info")
    await hass.config_entries.async_setup(entry.entry_id)

    assert {"agent_id": location(entry), "name": "NAS"} in before["agents"]
    assert location(entry) not in {agent["agent_id"] for agent in after["agents"]}


async def test_a_backup_of_home_assistant_comes_back_bit_by_bit(
    entry: MockConfigEntry, socket: MockHAClientWebSocket, web: TestClient[Any, Any], nas: Nas
) -> None:
    backup = await made(socket, entry, "before the update")

    answer = await web.get(f"/api/backup/download/{backup['backup_id']}?agent_id={location(entry)}")
    content = await answer.read()
    (archive,) = (nas.folder / FOLDER).glob("*.tar")
    assert answer.status == HTTPStatus.OK
    assert content == archive.read_bytes()
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        assert "./backup.json" in tar.getnames()


async def test_a_deleted_backup_is_gone_and_all_else_stays(
    entry: MockConfigEntry, socket: MockHAClientWebSocket, nas: Nas
) -> None:
    first = await made(socket, entry, "first")
    second = await made(socket, entry, "second")
    (nas.folder / FOLDER / "holiday.tar").write_bytes(b"somebody else's")

    answer = await ask(socket, "backup/delete", backup_id=first["backup_id"])
    info = await ask(socket, "backup/info")

    assert answer["agent_errors"] == {}
    assert [backup["backup_id"] for backup in info["backups"]] == [second["backup_id"]]
    assert len(files(nas)) == 3
    assert (nas.folder / FOLDER / "holiday.tar").read_bytes() == b"somebody else's"


@pytest.mark.usefixtures("entry")
async def test_the_progress_of_an_upload_is_told(hass: HomeAssistant) -> None:
    content = bytes(range(256)) * 8

    told = await put(await agent_of(hass), described(content), content, piece=512)

    assert told == [512, 1024, 1536, 2048]


@pytest.mark.usefixtures("entry")
async def test_backups_of_other_installations_are_listed_beside_ours(hass: HomeAssistant) -> None:
    agent = await agent_of(hass)
    await put(agent, described(b"one", "0001"), b"one")
    await put(agent, described(b"two!", "0002"), b"two!")

    listed = await agent.async_list_backups()

    assert sorted(backup.backup_id for backup in listed) == ["0001", "0002"]
    assert await got(agent, "0001") == b"one"
    assert await got(agent, "0002") == b"two!"
    assert listed[0].name == "Nightly / “all”"


@pytest.mark.usefixtures("entry")
@pytest.mark.parametrize(
    "note",
    [
        pytest.param(b"{", id="no JSON"),
        pytest.param(b"[]", id="of another shape"),
        pytest.param(b'{"format": 2, "backup": {}}', id="of a later format"),
        pytest.param(b'{"format": 1, "backup": {"name": "x"}}', id="with too little"),
    ],
)
async def test_a_note_that_is_not_understood_hides_no_backup(
    hass: HomeAssistant, nas: Nas, note: bytes
) -> None:
    agent = await agent_of(hass)
    await put(agent, described(b"one", "0001"), b"one")
    (nas.folder / FOLDER / "other.smb_ddns_sync.json").write_bytes(note)

    assert [backup.backup_id for backup in await agent.async_list_backups()] == ["0001"]
    assert (nas.folder / FOLDER / "other.smb_ddns_sync.json").read_bytes() == note


@pytest.mark.usefixtures("entry")
async def test_a_backup_that_was_cut_short_elsewhere_is_not_offered(
    hass: HomeAssistant, nas: Nas
) -> None:
    agent = await agent_of(hass)
    await put(agent, described(b"whole"), b"whole")
    (archive,) = (nas.folder / FOLDER).glob("*.tar")
    archive.write_bytes(b"who")

    assert await agent.async_list_backups() == []


@pytest.mark.usefixtures("entry")
@pytest.mark.parametrize("content", [b"too short", b"much too long for what was told"])
async def test_a_stream_of_another_length_leaves_nothing(
    hass: HomeAssistant, nas: Nas, content: bytes
) -> None:
    agent = await agent_of(hass)

    with pytest.raises(BackupAgentError):
        await put(agent, described(b"fourteen bytes"), content)

    assert files(nas) == []


@pytest.mark.usefixtures("entry")
async def test_an_upload_that_broke_off_can_be_repeated(hass: HomeAssistant, nas: Nas) -> None:
    agent = await agent_of(hass)
    await put(agent, described(b"whole"), b"whole")
    (archive,) = (nas.folder / FOLDER).glob("*.tar")
    archive.unlink()  # as if Home Assistant had been killed before it came

    await put(agent, described(b"whole"), b"whole")

    assert await got(agent, "abcd1234") == b"whole"


@pytest.mark.usefixtures("entry")
async def test_what_is_not_there_is_told_as_not_found(hass: HomeAssistant) -> None:
    agent = await agent_of(hass)

    for call in (agent.async_get_backup, agent.async_download_backup, agent.async_delete_backup):
        with pytest.raises(BackupNotFound):
            await call("ffff")


async def test_a_share_that_is_down_is_told_with_the_reason(
    hass: HomeAssistant, entry: MockConfigEntry, nas: Nas
) -> None:
    agent = await agent_of(hass)
    nas.server.stop()

    with pytest.raises(BackupAgentUnreachableError) as told:
        await agent.async_list_backups()

    placeholders = told.value.translation_placeholders
    assert placeholders is not None
    assert placeholders["share"] == entry.title
    assert placeholders["reason"]


@pytest.mark.usefixtures("entry")
async def test_an_upload_waits_for_a_share_that_wakes_up(
    hass: HomeAssistant, nas: Nas, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup_platform, "PAUSES", (0.5,) * 20)
    agent = await agent_of(hass)
    nas.server.stop()
    opened = 0

    async def stream() -> AsyncIterator[bytes]:
        yield b"whole"

    async def open_stream() -> AsyncIterator[bytes]:
        nonlocal opened
        opened += 1
        if opened == 2:
            await hass.async_add_executor_job(nas.server.start)
        return stream()

    await agent.async_upload_backup(
        open_stream=open_stream, backup=described(b"whole"), on_progress=lambda **_: None
    )

    assert await got(agent, "abcd1234") == b"whole"


@pytest.mark.usefixtures("entry")
async def test_a_backup_that_is_there_is_not_replaced(hass: HomeAssistant, nas: Nas) -> None:
    agent = await agent_of(hass)
    await put(agent, described(b"first"), b"first")

    with pytest.raises(BackupAgentError):
        await put(agent, described(b"other"), b"other")

    assert await got(agent, "abcd1234") == b"first"
    assert len(files(nas)) == 2


@pytest.mark.usefixtures("entry")
async def test_notes_are_read_once(hass: HomeAssistant, nas: Nas) -> None:
    agent = await agent_of(hass)
    await put(agent, described(b"whole"), b"whole")
    (note,) = (nas.folder / FOLDER).glob("*.json")
    assert json.loads(note.read_text())["backup"]["backup_id"] == "abcd1234"
    await agent.async_list_backups()

    note.chmod(0o000)  # what is read again now is read as another user
    try:
        assert [backup.backup_id for backup in await agent.async_list_backups()] == ["abcd1234"]
    finally:
        note.chmod(0o644)


async def test_a_mirror_of_the_whole_share_leaves_backups_alone(
    hass: HomeAssistant, nas: Nas, photos: Path, entry: MockConfigEntry
) -> None:
    mirror = subentry(job(photos, remote_folder="", watch=False))
    hass.config_entries.async_add_subentry(entry, mirror)
    await settle(hass)
    runs = entry.runtime_data.jobs.get(mirror.subentry_id)
    await runs.async_sync()
    await put(await agent_of(hass), described(b"whole"), b"whole")

    await runs.async_sync()

    assert len(files(nas)) == 2
    assert await got(await agent_of(hass), "abcd1234") == b"whole"


@pytest.mark.parametrize(
    ("folder", "backups", "left_alone"),
    [
        ("", "backups", ("/backups/",)),
        ("Media", "media/ha [old]", (r"/ha\ \[old\]/",)),
        ("backups", "backups", ()),
        ("backups/old", "backups", ()),
        ("back", "backups", ()),
    ],
)
def test_backups_are_left_alone_where_a_job_would_see_them(
    folder: str, backups: str, left_alone: tuple[str, ...]
) -> None:
    settings = leave_backups_alone(JobSettings(JobId("one"), "one"), folder, backups)

    assert settings.filters.patterns == left_alone
