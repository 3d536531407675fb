"""The form of a job: folders chosen or typed, and nothing taken that could do harm."""

import asyncio
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock, patch

from homeassistant.config_entries import SOURCE_USER, ConfigSubentryData, SubentryFlowResult
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.smb_ddns_sync.coordinator import ShareRuntime
from custom_components.smb_ddns_sync.share import share_target
from custom_components.smb_ddns_sync.smb.aio import AsyncShareClient
from custom_components.smb_ddns_sync.smb.errors import TimedOut
from custom_components.smb_ddns_sync.smb.files import FileInfo, FileKind

from .forms import fields, only, options, reconfigure, submit_subentry, suggested
from .share_forms import stored
from .site import Nas
from .site import share as share_of

if TYPE_CHECKING:
    from pathlib import Path

    from homeassistant.core import HomeAssistant

pytestmark = pytest.mark.usefixtures("entry_setup", "texts_of_flows")


@pytest.fixture(name="media")
def media_fixture(hass: HomeAssistant, tmp_path: Path) -> Path:
    """Return a media folder with two folders and a file in it; nothing else is allowed."""
    media = tmp_path / "media"
    for name in ("photos", "clips"):
        (media / name).mkdir(parents=True)
    (media / "note.txt").write_text("x")
    hass.config.media_dirs = {"local": str(media)}
    hass.config.allowlist_external_dirs = set()
    return media


def form(folder: Path, **changes: Any) -> dict[str, Any]:
    """Return a filled-in form; what belongs to the folded section is put there."""
    advanced = {
        key: changes.pop(key)
        for key in (
            "interval",
            "trash_days",
            "trash_versions",
            "trash_size",
            "verify",
            "max_delete_percent",
        )
        if key in changes
    }
    return {
        "name": "Photos",
        "mode": "mirror",
        "local_folder": str(folder),
        "remote_folder": "backup/photos",
        "direction": "to_share",
        "watch": True,
        "advanced": advanced,
        "filters": {},
        "limits": {},
    } | changes


def data(folder: Path, **changes: Any) -> dict[str, Any]:
    """Return the data of a job as it is stored."""
    return {
        "name": "Photos",
        "mode": "mirror",
        "local_folder": str(folder),
        "remote_folder": "backup/photos",
        "direction": "to_share",
        "watch": True,
        "interval": 15,
        "trash_days": 30,
        "max_delete_percent": 50,
    } | changes


def job(folder: Path, **changes: Any) -> ConfigSubentryData:
    """Return a job as it was saved."""
    stored_data = data(folder, **changes)
    return ConfigSubentryData(
        data=stored_data,
        subentry_type="job",
        title=stored_data["name"],
        unique_id=f"job:{stored_data['remote_folder'].upper()}",
    )


def share(*jobs: ConfigSubentryData, **changes: Any) -> MockConfigEntry:
    """Return the entry of a share with these jobs."""
    entry = stored(**changes)
    return MockConfigEntry(
        domain=entry.domain,
        title=entry.title,
        unique_id=entry.unique_id,
        data=entry.data,
        subentries_data=jobs,
    )


async def open_form(hass: HomeAssistant, entry: MockConfigEntry) -> SubentryFlowResult:
    return await hass.config_entries.subentries.async_init(
        (entry.entry_id, "job"), context={"source": SOURCE_USER}
    )


async def submit(
    hass: HomeAssistant, shown: SubentryFlowResult, entered: dict[str, Any]
) -> SubentryFlowResult:
    """Fill in one step after the other, until there is none or one is shown again."""
    while True:
        part = {key: value for key, value in entered.items() if key in fields(shown)}
        result = await submit_subentry(hass, shown, part)
        if (
            result["type"] is not FlowResultType.FORM
            or result["errors"]
            or result["step_id"] == shown["step_id"]
        ):
            return result
        shown = result


async def open_folders(hass: HomeAssistant, entry: MockConfigEntry) -> SubentryFlowResult:
    """Return the step that asks for folders here and on the share."""
    shown = await open_form(hass, entry)
    entered = {"name": "Photos", "mode": "mirror"}
    if "other_side" in fields(shown):
        entered["other_side"] = "local"
    return await submit_subentry(hass, shown, entered)


async def loaded(hass: HomeAssistant, entry: MockConfigEntry, client: Any) -> None:
    """Bring the entry up with this client of the share."""
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    entry.runtime_data = ShareRuntime(Mock(), Mock(connection=client), Mock())


async def test_a_job_is_added_also_while_the_share_is_not_loaded(
    hass: HomeAssistant, media: Path
) -> None:
    entry = share()
    entry.add_to_hass(hass)

    shown = await open_folders(hass, entry)
    assert shown["step_id"] == "local_folders"
    assert options(shown, "remote_folder") == []
    result = await submit(hass, shown, form(media / "photos"))

    assert result["type"] is FlowResultType.CREATE_ENTRY
    subentry = entry.subentries[only(entry)]
    assert subentry.subentry_type == "job"
    assert subentry.title == "Photos"
    assert subentry.unique_id == "job:BACKUP/PHOTOS"
    assert subentry.data == data(media / "photos")


async def test_allowed_folders_are_offered(hass: HomeAssistant, media: Path) -> None:
    entry = share()
    entry.add_to_hass(hass)

    shown = await open_folders(hass, entry)

    assert options(shown, "local_folder") == [
        str(media),
        f"{media}/…",
        str(media / "clips"),
        f"{media}/clips/…",
        str(media / "photos"),
        f"{media}/photos/…",
    ]


@pytest.mark.usefixtures("media")
async def test_folders_of_the_share_are_offered(hass: HomeAssistant, nas: Nas) -> None:
    for name in ("photos", "Music", ".trash"):
        (nas.folder / name).mkdir()
    (nas.folder / "file.txt").write_text("x")
    entry = share_of(nas.server)
    async with AsyncShareClient(share_target(entry.data)) as client:
        await loaded(hass, entry, client)
        shown = await open_folders(hass, entry)

    assert options(shown, "remote_folder") == ["Music", "Music/…", "photos", "photos/…"]


async def test_folders_of_the_share_can_be_looked_into_at_every_depth(
    hass: HomeAssistant, media: Path, nas: Nas
) -> None:
    (nas.folder / "photos" / "2026" / "summer").mkdir(parents=True)
    entry = share_of(nas.server)
    async with AsyncShareClient(share_target(entry.data)) as client:
        await loaded(hass, entry, client)
        shown = await open_form(hass, entry)
        shown = await submit(hass, shown, form(media / "photos", remote_folder="photos/…"))
        assert not shown["errors"]
        assert suggested(shown)["remote_folder"] == "photos", "it is chosen already"
        assert suggested(shown)["local_folder"] == str(media / "photos"), "the rest stays"
        assert options(shown, "remote_folder") == [
            "photos", "…", "photos/2026", "photos/2026/…",
        ]  # fmt: skip
        shown = await submit(hass, shown, form(media / "photos", remote_folder="photos/2026/…"))
        assert options(shown, "remote_folder") == [
            "photos/2026", "photos/…", "photos/2026/summer", "photos/2026/summer/…",
        ]  # fmt: skip
        shown = await submit(hass, shown, form(media / "photos", remote_folder="…"))
        assert options(shown, "remote_folder") == ["photos", "photos/…"]
        result = await submit(
            hass, shown, form(media / "photos", remote_folder="photos/2026/summer")
        )

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.subentries[only(entry)].data["remote_folder"] == "photos/2026/summer"


async def test_folders_here_can_be_looked_into_at_every_depth(
    hass: HomeAssistant, media: Path
) -> None:
    deep = media / "photos" / "2026" / "summer"
    deep.mkdir(parents=True)
    entry = share()
    entry.add_to_hass(hass)

    shown = await submit(hass, await open_form(hass, entry), form(media / "photos" / "…"))
    assert suggested(shown)["local_folder"] == str(media / "photos")
    assert options(shown, "local_folder") == [
        f"{media}/photos", f"{media}/…", f"{media}/photos/2026", f"{media}/photos/2026/…",
    ]  # fmt: skip
    shown = await submit(hass, shown, form(media / "photos" / "2026" / "…"))
    assert options(shown, "local_folder")[2:] == [str(deep), f"{deep}/…"]
    shown = await submit(hass, shown, form(media / "…"))
    assert options(shown, "local_folder")[1] == "…", "above is what is allowed at all"
    shown = await submit(hass, shown, form(media, local_folder="…"))
    assert str(media / "clips") in options(shown, "local_folder")
    result = await submit(hass, shown, form(deep))

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.subentries[only(entry)].data["local_folder"] == str(deep)


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"local_folder": "/etc/…"}, {"local_folder": "folder_not_allowed"}),
        ({"local_folder": "{media}/gone/…"}, {"local_folder": "folder_missing"}),
        ({"remote_folder": "../…"}, {"remote_folder": "remote_folder_outside"}),
        ({"remote_folder": ".smb_ddns_sync/…"}, {"remote_folder": "remote_folder_own"}),
        ({"remote_folder": "photos/…"}, {"remote_folder": "remote_folder_untold"}),
    ],
)
async def test_a_folder_that_cannot_be_looked_into_is_told(
    hass: HomeAssistant, media: Path, changes: dict[str, str], errors: dict[str, str]
) -> None:
    entry = share()
    entry.add_to_hass(hass)
    entered = {key: value.format(media=media) for key, value in changes.items()}

    shown = await submit(hass, await open_form(hass, entry), form(media / "photos", **entered))

    assert shown["errors"] == errors
    result = await submit(hass, shown, form(media / "photos"))
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_a_folder_that_goes_while_it_is_shown_leaves_the_way_up(
    hass: HomeAssistant, media: Path
) -> None:
    entry = share()
    entry.add_to_hass(hass)
    shown = await submit(hass, await open_form(hass, entry), form(media / "clips" / "…"))
    (media / "clips").rmdir()

    shown = await submit(hass, shown, form(media / "clips"))

    assert shown["errors"] == {"local_folder": "folder_missing"}
    assert options(shown, "local_folder") == ["…"]
    result = await submit(hass, shown, form(media / "photos"))
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_a_name_that_ends_in_three_dots_is_a_name(hass: HomeAssistant, media: Path) -> None:
    entry = share()
    entry.add_to_hass(hass)

    await submit(
        hass, await open_form(hass, entry), form(media / "photos", remote_folder="and so on…")
    )

    assert entry.subentries[only(entry)].data["remote_folder"] == "and so on…"


@pytest.mark.usefixtures("media")
async def test_a_share_that_does_not_answer_offers_nothing(hass: HomeAssistant) -> None:
    entry = share()

    async def listing(_: str) -> tuple[FileInfo, ...]:
        raise TimedOut("nas.local")

    await loaded(hass, entry, Mock(list_folder=listing))

    shown = await open_folders(hass, entry)

    assert shown["type"] is FlowResultType.FORM
    assert options(shown, "remote_folder") == []


@pytest.mark.usefixtures("media")
async def test_the_form_does_not_wait_for_a_slow_share(hass: HomeAssistant) -> None:
    entry = share()

    async def listing(_: str) -> tuple[FileInfo, ...]:
        await asyncio.Event().wait()
        return (FileInfo("late", FileKind.FOLDER),)

    await loaded(hass, entry, Mock(list_folder=listing))

    with patch("custom_components.smb_ddns_sync.flow_job._LISTING_PATIENCE", 0.01):
        shown = await open_folders(hass, entry)

    assert options(shown, "remote_folder") == []


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", ""),
        ("/", ""),
        (" /backup\\photos/ ", "backup/photos"),
        ("\\\\nas.local\\photos\\backup", "backup"),
    ],
)
async def test_a_folder_on_the_share_is_understood_however_it_is_written(
    hass: HomeAssistant, media: Path, typed: str, expected: str
) -> None:
    entry = share()
    entry.add_to_hass(hass)

    await submit(hass, await open_form(hass, entry), form(media / "photos", remote_folder=typed))

    assert entry.subentries[only(entry)].data["remote_folder"] == expected


async def test_an_untouched_folder_on_the_share_is_the_whole_share(
    hass: HomeAssistant, media: Path
) -> None:
    entry = share()
    entry.add_to_hass(hass)
    entered = form(media / "photos")
    del entered["remote_folder"]

    await submit(hass, await open_form(hass, entry), entered)

    assert entry.subentries[only(entry)].data["remote_folder"] == ""


@pytest.mark.parametrize(
    ("changes", "errors", "subject"),
    [
        ({"name": "  "}, {"name": "name_missing"}, ""),
        ({"local_folder": "media"}, {"local_folder": "folder_relative"}, "media"),
        ({"local_folder": "{media}/gone"}, {"local_folder": "folder_missing"}, "{media}/gone"),
        (
            {"local_folder": "{media}/note.txt"},
            {"local_folder": "not_a_folder"},
            "{media}/note.txt",
        ),
        ({"local_folder": "/etc"}, {"local_folder": "folder_not_allowed"}, "/etc"),
        ({"remote_folder": "../x"}, {"remote_folder": "remote_folder_outside"}, "../x"),
        ({"remote_folder": "a/b?"}, {"remote_folder": "remote_folder_invalid"}, "b?"),
        (
            {"remote_folder": ".smb_ddns_sync"},
            {"remote_folder": "remote_folder_own"},
            ".smb_ddns_sync",
        ),
        ({"remote_folder": "//nas/x/y"}, {"remote_folder": "other_share"}, "//nas/x/y"),
        ({"interval": 0}, {"base": "interval_too_short"}, "0"),
        ({"interval": -1}, {"base": "interval_too_short"}, "-1"),
        ({"interval": 10081}, {"base": "interval_longer_than_week"}, "10081"),
        ({"trash_days": 0}, {"base": "trash_too_short"}, "0"),
        ({"trash_days": 3651}, {"base": "trash_too_long"}, "3651"),
        ({"max_delete_percent": 0}, {"base": "percent_out_of_range"}, "0"),
        ({"max_delete_percent": 101}, {"base": "percent_out_of_range"}, "101"),
    ],
)
async def test_what_cannot_be_used_is_told_and_can_be_put_right(
    hass: HomeAssistant, media: Path, changes: dict[str, Any], errors: dict[str, str], subject: str
) -> None:
    entry = share()
    entry.add_to_hass(hass)
    if "local_folder" in changes:
        changes = {"local_folder": changes["local_folder"].format(media=media)}

    shown = await submit(
        hass, await open_form(hass, entry), form(media / "photos", **dict(changes))
    )

    assert shown["type"] is FlowResultType.FORM
    assert shown["errors"] == errors
    placeholders = shown["description_placeholders"]
    assert placeholders is not None
    told = placeholders["subject"]
    assert told == subject.format(media=media) or float(told) == float(subject)
    assert suggested(shown).items() >= changes.items()
    result = await submit(hass, shown, form(media / "photos"))
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_home_assistants_own_settings_are_no_jobs(hass: HomeAssistant, media: Path) -> None:
    hass.config.config_dir = str(media)
    (media / ".storage").mkdir()
    entry = share()
    entry.add_to_hass(hass)

    shown = await submit(hass, await open_form(hass, entry), form(media))

    assert shown["errors"] == {"local_folder": "folder_own"}
    result = await submit(hass, shown, form(media / "photos"))
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize("remote", ["backup/photos", "BACKUP/Photos/2026", "backup", ""])
async def test_two_jobs_never_share_a_folder_on_the_share(
    hass: HomeAssistant, media: Path, remote: str
) -> None:
    entry = share(job(media / "clips", name="Clips"))
    entry.add_to_hass(hass)

    shown = await submit(
        hass, await open_form(hass, entry), form(media / "photos", remote_folder=remote)
    )

    assert shown["errors"] == {"remote_folder": "remote_folders_overlap"}
    placeholders = shown["description_placeholders"]
    assert placeholders is not None
    assert placeholders["job"] == "Clips"
    assert placeholders["subject"] == "backup/photos"
    result = await submit(hass, shown, form(media / "photos", remote_folder="backup/other"))
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize("folder", ["photos", "photos/2026", ""])
async def test_a_local_folder_goes_to_a_share_once(
    hass: HomeAssistant, media: Path, folder: str
) -> None:
    (media / "photos" / "2026").mkdir()
    entry = share(job(media / "photos", remote_folder="backup"))
    entry.add_to_hass(hass)

    shown = await submit(
        hass, await open_form(hass, entry), form(media / folder, remote_folder="other")
    )

    assert shown["errors"] == {"local_folder": "local_folders_overlap"}
    placeholders = shown["description_placeholders"]
    assert placeholders is not None
    assert placeholders["subject"] == str(media / "photos")
    result = await submit(hass, shown, form(media / "clips", remote_folder="other"))
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_the_whole_share_is_named_as_a_slash(hass: HomeAssistant, media: Path) -> None:
    entry = share(job(media / "clips", remote_folder=""))
    entry.add_to_hass(hass)

    shown = await submit(hass, await open_form(hass, entry), form(media / "photos"))

    placeholders = shown["description_placeholders"]
    assert placeholders is not None
    assert placeholders["subject"] == "/"


async def test_no_folder_is_chosen_unasked(hass: HomeAssistant, media: Path) -> None:
    """Browsers choose the first of a list by themselves where a form suggests nothing."""
    entry = share()
    entry.add_to_hass(hass)

    shown = await open_folders(hass, entry)

    assert suggested(shown)["local_folder"] == ""
    assert str(media) in options(shown, "local_folder")


async def test_a_local_folder_may_go_to_two_shares(hass: HomeAssistant, media: Path) -> None:
    first, second = share(job(media / "photos")), share(share="other")
    first.add_to_hass(hass)
    second.add_to_hass(hass)

    result = await submit(hass, await open_form(hass, second), form(media / "photos"))

    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_reconfiguring_shows_what_is_stored_and_saves_what_is_changed(
    hass: HomeAssistant, media: Path
) -> None:
    entry = share(job(media / "photos", interval=60, watch=False))
    entry.add_to_hass(hass)

    shown = await reconfigure(hass, entry, only(entry))
    assert shown["step_id"] == "reconfigure"
    stored_data = data(media / "photos", interval=60, watch=False)
    seen = suggested(shown)
    for step in (
        {"name": "Photos", "mode": "mirror"},
        {key: stored_data[key] for key in ("local_folder", "remote_folder", "direction")},
    ):
        shown = await submit_subentry(hass, shown, step)
        seen |= suggested(shown)
    assert seen == {**stored_data, "verify": False}
    shown = await submit(hass, shown, form(media / "photos", interval=0))
    assert shown["errors"] == {"base": "interval_too_short"}
    result = await submit(
        hass,
        await reconfigure(hass, entry, only(entry)),
        form(media / "photos", name="Pictures", remote_folder="pictures", interval=5),
    )

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reconfigure_successful"
    subentry = entry.subentries[only(entry)]
    assert subentry.title == "Pictures"
    assert subentry.unique_id == "job:PICTURES"
    assert subentry.data == data(
        media / "photos", name="Pictures", remote_folder="pictures", interval=5
    )


async def test_reconfiguring_minds_the_other_jobs_and_not_itself(
    hass: HomeAssistant, media: Path
) -> None:
    entry = share(job(media / "photos"), job(media / "clips", name="Clips", remote_folder="clips"))
    entry.add_to_hass(hass)
    first = next(iter(entry.subentries))

    shown = await reconfigure(hass, entry, first)
    shown = await submit(hass, shown, form(media / "photos", remote_folder="clips/x"))
    assert shown["errors"] == {"remote_folder": "remote_folders_overlap"}
    result = await submit(hass, shown, form(media / "photos", remote_folder="backup"))

    assert result["reason"] == "reconfigure_successful"
