"""Take the pictures of docs/images from a demo of its own: `scripts/screenshots`."""

import asyncio
from contextlib import asynccontextmanager
import io
from pathlib import Path
import sys
import tempfile
from typing import TYPE_CHECKING

from PIL import Image

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
from .console import Console
from .entries import DOMAIN
from .home_assistant import HomeAssistantEndedError
from .home_assistant_client import RefusedError
from .home_assistant_events import connect
from .once import until_right
from .samba import SambaError
from .site import JOB_NAME, RECORD_NAME, USER, Site
from .story import Story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import FloatRect, Page, ViewportSize

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
_COLOURS = 128  # of a palette: enough for an interface, and a third of the bytes
_DIALOG = "dialog[open]"
_MARGIN = 8  # pixels around a dialog
_INTEGRATION_PAGE = f"/config/integrations/integration/{DOMAIN}"


class _Camera:
    """Takes pictures of one page."""

    def __init__(self, page: Page, console: Console) -> None:
        self._page = page
        self._console = console

    async def window(self, name: str) -> None:
        """Take the whole window."""
        await self._settle()
        self._keep(name, await self._page.screenshot())

    async def dialog(self, name: str) -> None:
        """Take the open dialog with a little of what is around it."""
        await self._settle()
        box = await self._page.locator(_DIALOG).last.bounding_box()
        assert box is not None
        clip: FloatRect = {
            "x": max(0, box["x"] - _MARGIN),
            "y": max(0, box["y"] - _MARGIN),
            "width": box["width"] + 2 * _MARGIN,
            "height": box["height"] + 2 * _MARGIN,
        }
        self._keep(name, await self._page.screenshot(clip=clip))

    async def _settle(self) -> None:
        await self._page.mouse.move(0, 0)  # what the pointer is on looks different
        # Nothing tells when the last picture or transition of a page is through.
        await self._page.wait_for_load_state("networkidle")
        await self._page.wait_for_timeout(1_000)

    def _keep(self, name: str, pixels: bytes) -> None:
        image = Image.open(io.BytesIO(pixels)).convert("RGB")
        path = IMAGES / f"{name}.png"
        image.quantize(_COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
        self._console.line(f"  {path.name}: {path.stat().st_size // 1000} KB")


async def _take_forms(page: Page, camera: _Camera) -> None:
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
    await camera.dialog("form-share")

    await _begin_subentry(page, "record")
    provider = words("config_subentries", "record", "step", "user", "data", "provider")
    await field(page, provider).locator("ha-picker-field").click()
    await page.get_by_text("Dynu", exact=True).first.wait_for()
    await camera.dialog("form-record-provider")
    await page.keyboard.press("Escape")

    for label, shown, image in (
        ("dyndns2", "server", "form-record-dyndns2"),
        ("Cloudflare", "api_token", "form-record-cloudflare"),
    ):
        await _begin_subentry(page, "record")
        await type_choice(page, provider, label)
        await page.get_by_role("button", name="Submit").click()
        key = words("config_subentries", "record", "step", "credentials", "data", shown)
        await field(page, key).wait_for()
        await camera.dialog(image)

    await _begin_subentry(page, "job")
    job = words("config_subentries", "job", "step", "user", "data", "name")
    await fill(page, job, "Recordings")
    await camera.dialog("form-job")
    await page.get_by_role("button", name="Submit").click()
    for key, folder in (("local_folder", "/media/recordings"), ("remote_folder", "Recordings")):
        label = words("config_subentries", "job", "step", "local_folders", "data", key)
        await type_choice(page, label, folder)
    await camera.dialog("form-job-folders")


async def _take_public_address_form(page: Page, camera: _Camera) -> None:
    """Take the form of which there is only one, before it is filled in."""
    await choose_our_integration(page)
    await choose_kind(page, "public_address")
    await field(page, words("config", "step", "public_address", "data", "quorum")).wait_for()
    await camera.dialog("form-public-address")
    # An abandoned form would stand in the way of the next one.
    await page.get_by_role("button", name="Close").first.click()
    await page.locator(_DIALOG).last.wait_for(state="detached")


async def _begin_subentry(page: Page, kind: str) -> None:
    await page.goto(_INTEGRATION_PAGE)
    name = words("config_subentries", kind, "initiate_flow", "user")
    await page.get_by_role("button", name=name).first.click()
    await page.locator(_DIALOG).last.wait_for()


async def _take_devices(page: Page, camera: _Camera) -> None:
    await page.goto(_INTEGRATION_PAGE)
    await page.get_by_text(JOB_NAME, exact=True).first.wait_for()
    await camera.window("integration")
    for picture, device in (
        ("device-public-address", "Public address"),
        ("device-record", RECORD_NAME),
        ("device-share", "demo (127.0.0.1)"),
        ("device-job", JOB_NAME),
    ):
        await page.goto(_INTEGRATION_PAGE)
        await page.get_by_text(device, exact=True).last.click()
        await page.get_by_text("Sensors").first.wait_for()
        await camera.window(picture)


@asynccontextmanager
async def _logged_in(site: Site, width: int, height: int) -> AsyncIterator[Page]:
    viewport: ViewportSize = {"width": width, "height": height}
    async with open_page(site.program.url, viewport=viewport, scale=1.5) as page:
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


async def _take_all(console: Console) -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="screenshots-") as folder:
        async with Site(Path(folder), Path(sys.executable), console) as site:
            async with _logged_in(site, 1000, 1500) as page:
                await _take_public_address_form(page, _Camera(page, console))
            await site.make_entries()
            await _until_right(site, console)
            site.set_address(site.address + 1)  # so that something has happened
            async with _logged_in(site, 1000, 1500) as page:
                await _take_forms(page, _Camera(page, console))
            await _until_right(site, console)
            async with _logged_in(site, 1200, 1260) as page:
                await _take_devices(page, _Camera(page, console))


def main() -> int:
    """Take all pictures anew and return the exit status."""
    try:
        asyncio.run(_take_all(Console()))
    except (BrowserMissingError, HomeAssistantEndedError, RefusedError, SambaError) as error:
        print(f"\n{error}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
