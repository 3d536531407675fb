"""Jobs read only where Home Assistant allows it, and never its own settings."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.local_folders import (
    FolderError,
    Refusal,
    accept_local_folder,
    suggest_local_folders,
)

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant


@pytest.fixture
def media(hass: HomeAssistant, tmp_path: Path) -> Path:
    """Return a media folder with folders and a file in it, beside the configuration folder."""
    media = tmp_path / "media"
    for name in ("photos", "clips", ".hidden"):
        (media / name).mkdir(parents=True)
    (media / "note.txt").write_text("x")
    (tmp_path / "config" / ".storage").mkdir(parents=True)
    hass.config.config_dir = str(tmp_path / "config")
    hass.config.media_dirs = {"local": str(media)}
    hass.config.allowlist_external_dirs = set()
    return media


def refusal(hass: HomeAssistant, folder: Path | str) -> Refusal:
    with pytest.raises(FolderError) as refused:
        accept_local_folder(hass, str(folder))
    return refused.value.refusal


async def test_media_folders_and_folders_in_them_are_allowed(
    hass: HomeAssistant, media: Path
) -> None:
    assert accept_local_folder(hass, str(media)) == media
    assert accept_local_folder(hass, f"  {media}/photos/  ") == media / "photos"


@pytest.mark.usefixtures("media")
async def test_folders_of_the_allowlist_are_allowed(hass: HomeAssistant, tmp_path: Path) -> None:
    (tmp_path / "scans").mkdir()
    assert refusal(hass, tmp_path / "scans") is Refusal.NOT_ALLOWED

    hass.config.allowlist_external_dirs = {str(tmp_path / "scans")}

    assert accept_local_folder(hass, str(tmp_path / "scans")) == tmp_path / "scans"


async def test_a_link_counts_as_what_it_leads_to(
    hass: HomeAssistant, media: Path, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (media / "out").symlink_to(tmp_path / "elsewhere")
    (media / "in").symlink_to(media / "photos")

    assert refusal(hass, media / "out") is Refusal.NOT_ALLOWED
    assert accept_local_folder(hass, str(media / "in")) == media / "photos"


@pytest.mark.usefixtures("media")
async def test_an_allowed_folder_may_be_a_link_itself(hass: HomeAssistant, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "nas").symlink_to(tmp_path / "disk")
    hass.config.allowlist_external_dirs = {str(tmp_path / "nas")}

    assert accept_local_folder(hass, str(tmp_path / "nas")) == tmp_path / "disk"


async def test_two_dots_lead_nowhere_else(hass: HomeAssistant, media: Path) -> None:
    assert refusal(hass, f"{media}/../config") is Refusal.NOT_ALLOWED


@pytest.mark.usefixtures("media")
@pytest.mark.parametrize("folder", ["", ".storage", "media/photos"])
async def test_a_path_must_be_complete(hass: HomeAssistant, folder: str) -> None:
    assert refusal(hass, folder) is Refusal.RELATIVE


async def test_a_folder_must_be_there_and_be_a_folder(hass: HomeAssistant, media: Path) -> None:
    assert refusal(hass, media / "gone") is Refusal.MISSING
    assert refusal(hass, media / "note.txt") is Refusal.NOT_A_FOLDER


async def test_what_no_path_can_be_cannot_be_read(hass: HomeAssistant, media: Path) -> None:
    (media / "loop").symlink_to(media / "loop")

    assert refusal(hass, media / "loop") is Refusal.UNREADABLE
    assert refusal(hass, f"{media}/\0") is Refusal.UNREADABLE


async def test_a_folder_that_cannot_be_listed_is_refused(
    hass: HomeAssistant, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> None:
        raise PermissionError

    monkeypatch.setattr("os.scandir", refuse)

    assert refusal(hass, media / "photos") is Refusal.UNREADABLE


@pytest.mark.usefixtures("media")
@pytest.mark.parametrize("folder", ["", ".storage", ".storage/smb_ddns_sync"])
async def test_the_settings_of_home_assistant_are_never_a_jobs(
    hass: HomeAssistant, folder: str
) -> None:
    config = Path(hass.config.config_dir)
    hass.config.allowlist_external_dirs = {str(config)}

    assert refusal(hass, config / folder) is Refusal.OWN


@pytest.mark.usefixtures("media")
async def test_other_folders_of_the_configuration_are_a_jobs_where_allowed(
    hass: HomeAssistant,
) -> None:
    config = Path(hass.config.config_dir)
    (config / "www").mkdir()
    hass.config.allowlist_external_dirs = {str(config / "www")}

    assert accept_local_folder(hass, str(config / "www")) == config / "www"


async def test_allowed_folders_and_those_in_them_are_suggested(
    hass: HomeAssistant, media: Path, tmp_path: Path
) -> None:
    config = Path(hass.config.config_dir)
    (config / "www").mkdir()
    hass.config.allowlist_external_dirs = {str(tmp_path / "gone"), str(media), str(config)}

    assert suggest_local_folders(hass) == [
        str(config / "www"),
        str(media),
        str(media / "clips"),
        str(media / "photos"),
    ]
