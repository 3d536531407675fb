"""The form of a job by mode and direction, and with a share on the other side."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.smb_ddns_sync.job_settings import job_settings
from custom_components.smb_ddns_sync.share import share_target
from custom_components.smb_ddns_sync.smb.aio import AsyncShareClient
from custom_components.smb_ddns_sync.sync.filters import Filters
from custom_components.smb_ddns_sync.sync.trash_limits import TrashLimits

from .forms import fields, only, options, reconfigure, submit_subentry, suggested
from .site import Nas
from .site import share as share_of
from .test_flow_job import data, form, job, loaded, media_fixture, open_form, share, submit

if TYPE_CHECKING:
    from pathlib import Path

    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

pytestmark = pytest.mark.usefixtures("entry_setup", "texts_of_flows")

__all__ = ["media_fixture"]


def between(**changes: Any) -> dict[str, Any]:
    """Return a filled-in form of a job between two shares."""
    return {
        "name": "Photos",
        "mode": "mirror",
        "other_side": "share",
        "other_folder": "originals",
        "remote_folder": "copies",
        "direction": "to_share",
        "watch": True,
        "advanced": {},
        "filters": {},
        "limits": {},
    } | changes


async def only_job(hass: HomeAssistant, entry: MockConfigEntry, entered: dict[str, Any]) -> Any:
    """Fill in the form for a new job; return its data."""
    result = await submit(hass, await open_form(hass, entry), entered)
    assert result["type"] is FlowResultType.CREATE_ENTRY, result["errors"]
    return entry.subentries[only(entry)].data


async def test_a_two_way_job_has_a_conflict_policy_and_no_direction(
    hass: HomeAssistant, media: Path
) -> None:
    entry = share()
    entry.add_to_hass(hass)
    entered = form(media / "photos", mode="two_way", conflicts="ask")
    expected = data(media / "photos", mode="two_way", conflicts="ask")
    del expected["direction"]

    assert await only_job(hass, entry, entered) == expected


@pytest.mark.parametrize(
    ("choice", "kept"),
    [
        ({"clear_source": "never"}, {}),
        ({"clear_source": "once_verified"}, {"clear_source_days": 0}),
        ({"clear_source": "after_days", "clear_source_days": 9}, {"clear_source_days": 9}),
    ],
)
async def test_a_copy_may_delete_its_originals_later(
    hass: HomeAssistant, media: Path, choice: dict[str, Any], kept: dict[str, Any]
) -> None:
    entry = share()
    entry.add_to_hass(hass)
    expected = data(media / "photos", mode="copy", **kept)
    del expected["max_delete_percent"]

    stored = await only_job(hass, entry, form(media / "photos", mode="copy", **choice))

    assert stored == expected
    shown = await reconfigure(hass, entry, only(entry))
    for step in ("reconfigure", "local_folders"):
        assert shown["step_id"] == step
        shown = await submit_subentry(
            hass, shown, {key: value for key, value in stored.items() if key in fields(shown)}
        )
    assert suggested(shown).get("clear_source", "never") == choice["clear_source"]


@pytest.mark.parametrize(
    ("days", "error"), [(0, "clear_source_too_soon"), (3651, "clear_source_too_late")]
)
async def test_days_until_originals_go_have_limits(
    hass: HomeAssistant, media: Path, days: int, error: str
) -> None:
    entry = share()
    entry.add_to_hass(hass)
    entered = form(media / "photos", mode="copy", clear_source="after_days")

    shown = await submit(hass, await open_form(hass, entry), {**entered, "clear_source_days": days})
    assert shown["errors"] == {"clear_source_days": error}

    result = await submit(hass, shown, {**entered, "clear_source_days": 1})
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_a_job_may_go_from_the_share_to_here(hass: HomeAssistant, media: Path) -> None:
    entry = share()
    entry.add_to_hass(hass)

    stored = await only_job(hass, entry, form(media / "photos", direction="from_share"))

    assert stored == data(media / "photos", direction="from_share")


async def test_without_another_share_there_is_only_this_system(hass: HomeAssistant) -> None:
    entry = share()
    entry.add_to_hass(hass)

    assert "other_side" not in fields(await open_form(hass, entry))


async def test_the_only_other_share_is_not_asked_for(hass: HomeAssistant) -> None:
    entry, other = share(), share(share="other")
    for each in (entry, other):
        each.add_to_hass(hass)

    stored = await only_job(hass, entry, between())

    assert stored["other_share"] == other.entry_id
    assert stored["other_folder"] == "originals"
    assert "local_folder" not in stored


async def test_one_of_several_shares_is_chosen(hass: HomeAssistant) -> None:
    entry, second, third = share(), share(share="second"), share(share="third")
    for each in (entry, second, third):
        each.add_to_hass(hass)
    what = {"name": "Photos", "mode": "mirror", "other_side": "share"}
    shown = await submit_subentry(hass, await open_form(hass, entry), what)

    assert shown["step_id"] == "which_share"
    assert options(shown, "other_share") == [second.entry_id, third.entry_id]
    result = await submit(hass, shown, between(other_share=third.entry_id))

    assert result["type"] is FlowResultType.CREATE_ENTRY
    stored = entry.subentries[only(entry)].data
    assert stored["other_share"] == third.entry_id
    shown = await reconfigure(hass, entry, only(entry))
    assert suggested(shown)["other_side"] == "share"
    shown = await submit_subentry(hass, shown, what)
    assert suggested(shown)["other_share"] == third.entry_id
    shown = await submit_subentry(hass, shown, {"other_share": second.entry_id})
    assert suggested(shown)["other_folder"] == "", "a folder of another share means nothing there"


async def test_folders_of_the_other_share_are_offered_at_every_depth(
    hass: HomeAssistant, nas: Nas
) -> None:
    (nas.folder / "originals" / "2026").mkdir(parents=True)
    entry, other = share(), share_of(nas.server)
    entry.add_to_hass(hass)
    async with AsyncShareClient(share_target(other.data)) as client:
        await loaded(hass, other, client)
        shown = await submit(hass, await open_form(hass, entry), between(other_folder="…"))
        assert options(shown, "other_folder") == ["originals", "originals/…"]
        assert options(shown, "remote_folder") == [], "it does not answer"
        shown = await submit(hass, shown, between(other_folder="originals/…"))
        assert options(shown, "other_folder")[2:] == ["originals/2026", "originals/2026/…"]
        assert suggested(shown)["remote_folder"] == "copies", "the rest stays"


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"other_folder": "../x"}, {"other_folder": "remote_folder_outside"}),
        ({"other_folder": ".smb_ddns_sync"}, {"other_folder": "remote_folder_own"}),
        ({"other_folder": "//nas/x/y"}, {"other_folder": "other_share"}),
        ({"other_folder": "gone/…"}, {"other_folder": "remote_folder_untold"}),
    ],
)
async def test_a_folder_of_the_other_share_that_cannot_be_used_is_told_at_its_field(
    hass: HomeAssistant, changes: dict[str, str], errors: dict[str, str]
) -> None:
    entry, other = share(), share(share="other")
    for each in (entry, other):
        each.add_to_hass(hass)

    shown = await submit(hass, await open_form(hass, entry), between(**changes))

    assert shown["errors"] == errors
    result = await submit(hass, shown, between())
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_two_folders_of_one_share_under_two_names_may_not_overlap(
    hass: HomeAssistant,
) -> None:
    entry, other = share(), share(host="nas.example.com", addresses=["nas.local"])
    for each in (entry, other):
        each.add_to_hass(hass)

    shown = await submit(
        hass, await open_form(hass, entry), between(other_folder="a", remote_folder="A/b")
    )

    assert shown["errors"] == {"other_folder": "sides_overlap"}
    result = await submit(hass, shown, between())
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_another_entry_of_the_same_share_does_not_hide_a_job(
    hass: HomeAssistant, media: Path
) -> None:
    first = share(job(media / "clips", name="Clips"))
    entry = share(host="nas.example.com", addresses=["nas.local"])
    for each in (first, entry):
        each.add_to_hass(hass)

    shown = await submit(hass, await open_form(hass, entry), form(media / "photos"))

    assert shown["errors"] == {"remote_folder": "remote_folders_overlap"}
    placeholders = shown["description_placeholders"]
    assert placeholders is not None
    assert placeholders["job"] == "Clips"


async def test_settings_that_no_form_stores_are_in_no_other_jobs_way(
    hass: HomeAssistant, media: Path
) -> None:
    entry = share(job(media / "photos", name="Broken", remote_folder="broken", mode="old"))
    entry.add_to_hass(hass)

    result = await submit(hass, await open_form(hass, entry), form(media / "photos"))

    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_the_same_root_is_the_same_share_whatever_its_address(
    hass: HomeAssistant, media: Path, nas: Nas
) -> None:
    """A server is reached here by two addresses that have nothing in common."""
    first = share_of(nas.server, job(media / "clips", name="Clips"))
    entry = share(**{**first.data, "host": "localhost"})
    async with (
        AsyncShareClient(share_target(first.data)) as one,
        AsyncShareClient(share_target(entry.data)) as other,
    ):
        await loaded(hass, first, one)
        await loaded(hass, entry, other)
        shown = await submit(hass, await open_form(hass, entry), form(media / "photos"))

    assert shown["errors"] == {"remote_folder": "remote_folders_overlap"}


async def test_clearing_the_source_counts_as_writing_there(
    hass: HomeAssistant, media: Path
) -> None:
    """Another job brings files to that folder; one that deletes them there would be its rival."""
    first = share(job(media / "photos", name="Bring", direction="from_share"))
    entry = share(share="other")
    for each in (first, entry):
        each.add_to_hass(hass)
    entered = form(media / "photos", mode="copy", clear_source="once_verified")

    shown = await submit(hass, await open_form(hass, entry), entered)

    assert shown["errors"] == {"base": "local_folders_overlap"}
    result = await submit(hass, shown, {**entered, "clear_source": "never"})
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_filters_and_trash_are_stored_where_they_differ_from_the_default(
    hass: HomeAssistant, media: Path
) -> None:
    entry = share()
    entry.add_to_hass(hass)
    chosen: dict[str, Any] = {"patterns": "*.tmp\n# a comment\n!keep.tmp", "litter": False}
    limits = {"max_size": 500, "max_age": 90}
    trash = {"trash_versions": 5, "trash_size": 20, "verify": True}

    stored = await only_job(hass, entry, form(media / "photos", filters=chosen | limits, **trash))

    assert stored == data(media / "photos", **chosen, **limits, **trash)
    settings = job_settings(entry.subentries[only(entry)])
    assert settings.filters == Filters(
        ("*.tmp", "# a comment", "!keep.tmp"),
        max_size=500_000_000,
        max_age=timedelta(days=90),
        litter=False,
    )
    assert settings.verify
    assert settings.trash == TrashLimits(timedelta(days=30), 5, 20_000_000_000)
    shown = await reconfigure(hass, entry, only(entry))
    for _ in range(2):
        shown = await submit_subentry(
            hass, shown, {key: value for key, value in stored.items() if key in fields(shown)}
        )
    assert suggested(shown).items() >= (chosen | limits | trash).items()


@pytest.mark.parametrize(
    ("filters", "advanced", "error", "told"),
    [
        ({"patterns": "*.tmp\n[z-a]"}, {}, "pattern_unreadable", ("[z-a]", "2")),
        ({"patterns": "/"}, {}, "pattern_matches_nothing", ("/", "1")),
        ({"patterns": "x" * 1001}, {}, "pattern_too_long", ("x" * 100, "1")),
        ({"max_size": 0}, {}, "max_size_too_small", None),
        ({"max_size": 10_000_001}, {}, "max_size_too_large", None),
        ({"max_age": 0}, {}, "max_age_too_small", None),
        ({"max_age": 36_501}, {}, "max_age_too_large", None),
        ({}, {"trash_versions": 0}, "trash_versions_too_few", None),
        ({}, {"trash_versions": 10_001}, "trash_versions_too_many", None),
        ({}, {"trash_size": 0}, "trash_size_too_small", None),
        ({}, {"trash_size": 1_000_001}, "trash_size_too_large", None),
    ],
)
async def test_a_filter_that_cannot_be_used_is_told_with_its_line(
    hass: HomeAssistant,
    media: Path,
    filters: dict[str, Any],
    advanced: dict[str, Any],
    error: str,
    told: tuple[str, str] | None,
) -> None:
    entry = share()
    entry.add_to_hass(hass)

    shown = await submit(
        hass, await open_form(hass, entry), form(media / "photos", filters=filters, **advanced)
    )

    assert shown["errors"] == {"base": error}
    placeholders = shown["description_placeholders"]
    assert placeholders is not None
    assert told is None or (placeholders["subject"], placeholders["line"]) == told
    result = await submit(hass, shown, form(media / "photos"))
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_limits_are_stored_as_they_are_written_best(hass: HomeAssistant, media: Path) -> None:
    entry = share()
    entry.add_to_hass(hass)
    limits = {"bandwidth": "8:00,512K  23:00,off", "cpu_percent": 40}
    kept = {"bandwidth": "08:00,512k 23:00,off", "cpu_percent": 40}

    stored = await only_job(hass, entry, form(media / "photos", limits=limits))

    assert stored == data(media / "photos", **kept)
    settings = job_settings(entry.subentries[only(entry)])
    assert settings.pace.cpu_percent == 40
    assert str(settings.pace.bandwidth) == kept["bandwidth"]
    shown = await reconfigure(hass, entry, only(entry))
    for _ in range(2):
        shown = await submit_subentry(
            hass, shown, {key: value for key, value in stored.items() if key in fields(shown)}
        )
    assert suggested(shown).items() >= kept.items()


@pytest.mark.parametrize(
    ("limits", "error", "subject"),
    [
        ({"bandwidth": "25:00,1M 8:00,off"}, "bandwidth_bad_moment", "25:00"),
        ({"bandwidth": "fast"}, "bandwidth_bad_rate", "fast"),
        ({"bandwidth": "10b"}, "bandwidth_rate_too_slow", "10b"),
        ({"bandwidth": "8:00,1M 08:00,2M"}, "bandwidth_moment_twice", "08:00,2M"),
        ({"bandwidth": "8:00,1M 2M"}, "bandwidth_several_without_moment", "2M"),
        ({"cpu_percent": 0}, "cpu_out_of_range", "0"),
        ({"cpu_percent": 101}, "cpu_out_of_range", "101"),
    ],
)
async def test_a_limit_that_cannot_be_used_is_told(
    hass: HomeAssistant, media: Path, limits: dict[str, Any], error: str, subject: str
) -> None:
    entry = share()
    entry.add_to_hass(hass)

    shown = await submit(hass, await open_form(hass, entry), form(media / "photos", limits=limits))

    assert shown["errors"] == {"base": error}
    placeholders = shown["description_placeholders"]
    assert placeholders is not None
    assert placeholders["subject"].removesuffix(".0") == subject
    result = await submit(hass, shown, form(media / "photos"))
    assert result["type"] is FlowResultType.CREATE_ENTRY
