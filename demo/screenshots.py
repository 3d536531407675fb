"""Take the pictures of docs/images from a demo of its own: `scripts/screenshots`."""

import argparse
import asyncio
from contextlib import asynccontextmanager
from pathlib import Path
import sys
import tempfile
from typing import TYPE_CHECKING

from .browser import (
    BrowserMissingError,
    choose_kind,
    choose_our_integration,
    field,
    fill,
    log_in,
    open_page,
    type_choice,
    words,
)
from .camera import DIALOG, Camera
from .console import Console
from .home_assistant import HomeAssistantEndedError
from .home_assistant_client import RefusedError
from .home_assistant_events import connect
from .once import until_right
from .samba import SambaError
from .site import JOB_NAME, RECORD_NAME, REMOTE_FOLDER, USER, Site
from .small_screens import (
    INTEGRATION_PAGE,
    LANGUAGES,
    begin_subentry,
    open_device,
    take_held,
    take_language,
    take_phone,
)
from .story import Story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Page, ViewportSize

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
_PHONE = (390, 844)
_SHARE_TITLE = "demo (127.0.0.1)"


async def _take_forms(page: Page, camera: Camera) -> None:
    await choose_our_integration(page)
    await camera.dialog("menu")
    await choose_kind(page, "share")
    share = {
        "host": "nas.local",
        "share": "backup",
        "username": "home-assistant",
        "password": "not-a-password",
    }
    for key, value in share.items():
        await fill(page, words("config", "step", "share", "data", key), value)
    await camera.dialog("form-share", dark=True)

    await begin_subentry(page, "record")
    provider = words("config_subentries", "record", "step", "user", "data", "provider")
    await field(page, provider).locator("ha-picker-field").click()
    await page.get_by_text("Dynu", exact=True).first.wait_for()
    await camera.dialog("form-record-provider")
    await page.keyboard.press("Escape")

    for label, shown, image in (
        ("dyndns2", "server", "form-record-dyndns2"),
        ("Cloudflare", "api_token", "form-record-cloudflare"),
    ):
        await begin_subentry(page, "record")
        await type_choice(page, provider, label)
        await page.get_by_role("button", name="Submit").click()
        key = words("config_subentries", "record", "step", "credentials", "data", shown)
        await field(page, key).wait_for()
        await camera.dialog(image)

    await begin_subentry(page, "job")
    job = words("config_subentries", "job", "step", "user", "data", "name")
    await fill(page, job, "Recordings")
    await camera.dialog("form-job")
    await page.get_by_role("button", name="Submit").click()
    for key, folder in (("local_folder", "/media/recordings"), ("remote_folder", "Recordings")):
        label = words("config_subentries", "job", "step", "local_folders", "data", key)
        await type_choice(page, label, folder)
    await camera.dialog("form-job-folders")


async def _take_public_address_form(page: Page, camera: Camera) -> None:
    """Take the form of which there is only one, before it is filled in."""
    await choose_our_integration(page)
    await choose_kind(page, "public_address")
    await field(page, words("config", "step", "public_address", "data", "quorum")).wait_for()
    await camera.dialog("form-public-address")
    # An abandoned form would stand in the way of the next one.
    await page.get_by_role("button", name="Close").first.click()
    await page.locator(DIALOG).last.wait_for(state="detached")


async def _take_devices(page: Page, camera: Camera) -> None:
    await page.goto(INTEGRATION_PAGE)
    await page.get_by_text(JOB_NAME, exact=True).first.wait_for()
    await camera.window("integration", dark=True)
    for picture, device in (
        ("device-public-address", "Public address"),
        ("device-record", RECORD_NAME),
        ("device-share", _SHARE_TITLE),
        ("device-job", JOB_NAME),
    ):
        await open_device(page, device)
        await camera.window(picture, dark=device == JOB_NAME)


async def _take_elsewhere(page: Page, camera: Camera) -> None:
    """Take what is shown on the pages of others: the media browser and the backup locations."""
    await page.goto("/config/backup/settings")
    await page.get_by_text("SMB DDNS Sync", exact=True).last.wait_for()
    await camera.window("backup-locations")
    await page.set_viewport_size({"width": 1200, "height": 560})
    await page.goto("/media-browser/browser")
    for title in ("SMB DDNS Sync", REMOTE_FOLDER):
        shown = page.locator(".child, ha-list-item").filter(has_text=title)
        await shown.first.click()
    await page.locator(".child").filter(has_text="Photos").first.wait_for()
    await camera.window("media")


@asynccontextmanager
async def _logged_in(
    site: Site, width: int, height: int, *, scale: float = 1.5
) -> AsyncIterator[Page]:
    viewport: ViewportSize = {"width": width, "height": height}
    async with open_page(site.program.url, viewport=viewport, scale=scale) as page:
        await log_in(page, USER)
        yield page


async def _until_right(site: Site, console: Console) -> None:
    async with (
        console.step("Waiting for the record and the sync"),
        connect(site.session, site.client) as events,
    ):
        wrong = await until_right(site, Story(events))
    if wrong:
        raise RefusedError("; ".join(wrong))


async def _take_all(console: Console, aside: Path | None) -> None:
    for each in (IMAGES, aside):
        if each is not None:
            each.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="screenshots-") as folder:
        async with Site(Path(folder), Path(sys.executable), console) as site:
            async with _logged_in(site, 1000, 1500) as page:
                await _take_public_address_form(page, Camera(page, console, IMAGES, aside))
            await site.make_entries()
            await _until_right(site, console)
            site.set_address(site.address + 1)  # so that something has happened
            async with _logged_in(site, 1000, 1500) as page:
                await _take_forms(page, Camera(page, console, IMAGES, aside))
            await _until_right(site, console)
            await take_site(site, console, IMAGES, aside)


async def take_site(site: Site, console: Console, images: Path, aside: Path | None) -> None:
    """Take what a site shows that has run for a while."""
    async with _logged_in(site, 1200, 1260) as page:
        camera = Camera(page, console, images, aside)
        await _take_devices(page, camera)
        await _take_elsewhere(page, camera)
    async with _logged_in(site, *_PHONE, scale=1) as page:
        camera = Camera(page, console, images, aside)
        await take_phone(page, camera)
        await take_held(page, camera, site)
        if aside is not None:
            for language in LANGUAGES:
                await take_language(page, camera, language)


def main() -> int:
    """Take all pictures anew and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "aside",
        nargs="?",
        type=Path,
        help="a folder for more pictures to look at, which no page shows: of a telephone, of the"
        " pages of others, and in other languages",
    )
    try:
        asyncio.run(_take_all(Console(), parser.parse_args().aside))
    except (BrowserMissingError, HomeAssistantEndedError, RefusedError, SambaError) as error:
        print(f"\n{error}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
