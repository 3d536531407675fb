"""The pictures of a telephone, and of what is set up in other languages."""

import asyncio
from typing import TYPE_CHECKING

from .browser import choose_kind, choose_our_integration, field, fill, flow, type_choice, words
from .entries import DOMAIN
from .site import JOB_NAME

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Page

    from .camera import Camera
    from .site import Site

INTEGRATION_PAGE = f"/config/integrations/integration/{DOMAIN}"
LANGUAGES = ("de", "zh-Hans")


async def begin_subentry(page: Page, kind: str, language: str = "en") -> None:
    """Press the button that adds a record or a job."""
    await page.goto(INTEGRATION_PAGE)
    name = words("config_subentries", kind, "initiate_flow", "user", language=language)
    await page.get_by_role("button", name=name).first.click()
    await page.locator("dialog[open]").last.wait_for()


async def submit(page: Page) -> None:
    """Send the form, whatever the language of its button."""
    await flow(page).locator("ha-button[slot=primaryAction], step-flow-form ha-button").last.click()


async def open_device(page: Page, name: str) -> None:
    """Open a device from the page of the integration."""
    await page.goto(INTEGRATION_PAGE)
    await page.get_by_text(name, exact=True).last.click()
    await page.get_by_text("Sensors").first.wait_for()


async def scroll(page: Page, distance: int) -> None:
    """Scroll what is in the middle of the window, by pixels."""
    await page.mouse.move(200, 500)
    await page.mouse.wheel(0, distance)


async def take_phone(page: Page, camera: Camera) -> None:
    """Take what a person with a telephone sees."""
    await page.goto(INTEGRATION_PAGE)
    await page.get_by_text(JOB_NAME, exact=True).first.wait_for()
    await camera.window("phone-integration")
    await open_device(page, JOB_NAME)
    await scroll(page, 500)
    await camera.window("phone-device-job")
    await scroll(page, 700)
    await camera.window("phone-device-job-2", aside=True)
    if camera.looks_aside:
        await _take_forms(page, camera)


async def _take_forms(page: Page, camera: Camera) -> None:
    await choose_our_integration(page)
    await choose_kind(page, "share")
    await field(page, words("config", "step", "share", "data", "password")).wait_for()
    await camera.window("phone-form-share", dark=True, aside=True)

    await begin_subentry(page, "record")
    provider = words("config_subentries", "record", "step", "user", "data", "provider")
    await type_choice(page, provider, "Cloudflare")
    await submit(page)
    token = words("config_subentries", "record", "step", "credentials", "data", "api_token")
    await field(page, token).wait_for()
    await camera.window("phone-form-record", aside=True)
    await take_job(page, camera, "en")


async def take_job(page: Page, camera: Camera, language: str) -> None:
    """Take the steps of a job, with its folded fields unfolded."""
    step = ("config_subentries", "job", "step")
    await begin_subentry(page, "job", language)
    name = words(*step, "user", "data", "name", language=language)
    await fill(page, name, "Recordings")
    await camera.window(f"phone-{language}-job-1", aside=True)
    await submit(page)
    folders = (*step, "local_folders", "data")
    await type_choice(page, words(*folders, "remote_folder", language=language), "Recordings")
    await camera.window(f"phone-{language}-job-2", aside=True)
    picker = field(page, words(*folders, "local_folder", language=language))
    await picker.locator("ha-picker-field").click()
    options = picker.locator("ha-combo-box-item")
    await options.first.wait_for()
    await camera.window(f"phone-{language}-job-folders", aside=True)
    await options.filter(has_text="Notes").first.click()
    await submit(page)
    watch = words(*step, "options", "data", "watch", language=language)
    await field(page, watch).wait_for()
    await camera.window(f"phone-{language}-job-3", aside=True)
    for section in ("advanced", "filters", "limits"):
        heading = words(*step, "options", "sections", section, "name", language=language)
        panel = flow(page).locator("ha-expansion-panel").filter(has_text=heading).last
        await panel.locator("#summary").click()
        await panel.scroll_into_view_if_needed()
        await camera.window(f"phone-{language}-job-{section}", aside=True)
        await panel.locator("#summary").click()


async def take_language(page: Page, camera: Camera, language: str) -> None:
    """Take forms and a device in another language, to see whether everything has its room."""
    await page.evaluate(
        "language => localStorage.setItem('selectedLanguage', language)", f'"{language}"'
    )
    await page.goto(INTEGRATION_PAGE)
    await page.get_by_text(JOB_NAME, exact=True).first.wait_for()
    await camera.window(f"phone-{language}-integration", aside=True)
    await page.get_by_text(JOB_NAME, exact=True).last.click()
    await page.wait_for_url("**/config/devices/device/*")
    await camera.window(f"phone-{language}-device-1", aside=True)
    await scroll(page, 700)
    await camera.window(f"phone-{language}-device-2", aside=True)
    await take_job(page, camera, language)


async def take_held(page: Page, camera: Camera, site: Site) -> None:
    """Empty the job's folder, take what asks about it, and put everything back."""
    aside = site.root / "set aside"
    await asyncio.to_thread(_move_all, site.sample, aside)
    try:
        await page.goto("/config/repairs")
        title = words("issues", "deletions_held_source_emptied", "title").format(job=JOB_NAME)
        await page.get_by_text(title).first.click()
        await page.get_by_text("Recordings").first.wait_for()
        await camera.window("phone-repair-held")
    finally:
        await asyncio.to_thread(_move_all, aside, site.sample)
    # A held job looks again by its interval only, and that is long.
    await site.client.act("button.press", {"entity_id": "button.sample_sync_now"})


def _move_all(source: Path, target: Path) -> None:
    target.mkdir(exist_ok=True)
    for each in source.iterdir():
        each.rename(target / each.name)
