"""A person at Home Assistant's interface, in Debian's Chromium."""

from contextlib import asynccontextmanager
import json
import shutil
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error, Locator, Page, ViewportSize, async_playwright

from .home_assistant import INTEGRATION

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .home_assistant_client import User

# Milliseconds. A page of Home Assistant is a few megabytes of script, and the machine may be slow.
_PATIENCE = 60_000
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

# Finds the field of a form by the label that a person reads. The label is a property of the
# element, not an attribute, and forms lie several shadow roots deep.
_FIELD_ENGINE = """
{
  queryAll(root, label) {
    const found = [];
    const visit = (node) => {
      if (node.localName === "ha-selector" && node.label === label) found.push(node);
      if (node.shadowRoot) node.shadowRoot.childNodes.forEach(visit);
      node.childNodes.forEach(visit);
    };
    visit(root);
    return found;
  },
  query(root, label) { return this.queryAll(root, label)[0] ?? null; },
}
"""


class BrowserMissingError(Exception):
    """There is no Chromium; the message says how to get it."""


@asynccontextmanager
async def open_page(
    url: str, *, viewport: ViewportSize | None = None, scale: float = 1
) -> AsyncIterator[Page]:
    """Yield an empty page of a browser that knows nothing; relative addresses are below `url`."""
    chromium = shutil.which("chromium")
    if chromium is None:
        raise BrowserMissingError("Chromium is missing. On Debian: apt-get install chromium")
    async with async_playwright() as playwright:
        await playwright.selectors.register("field", _FIELD_ENGINE)
        browser = await playwright.chromium.launch(executable_path=chromium, args=list(_ARGUMENTS))
        try:
            page = await browser.new_page(
                base_url=url,
                viewport=viewport or {"width": 1280, "height": 900},
                device_scale_factor=scale,
                locale="en-GB",
                timezone_id="Europe/Berlin",
                color_scheme="light",
                reduced_motion="reduce",
            )
            page.set_default_timeout(_PATIENCE)
            yield page
        except (Error, AssertionError) as error:
            # Whoever reads of it on another machine has no other way to see what was shown.
            shown = await page.locator("body").aria_snapshot()
            error.add_note(f"The page was {page.url}, and showed:\n{shown}")
            raise
        finally:
            await browser.close()


def words(*path: str, language: str = "en") -> str:
    """Return a text as the interface shows it, by its place in the translations."""
    found: Any = json.loads((INTEGRATION / "translations" / f"{language}.json").read_text())
    for step in path:
        found = found[step]
    return str(found)


def flow(page: Page) -> Locator:
    """Return the dialog in which forms are shown."""
    return page.locator("dialog-data-entry-flow")


def field(page: Page, label: str) -> Locator:
    """Return the form's field with this label."""
    return page.locator(f"field={label}").last


async def fill(page: Page, label: str, text: str) -> None:
    """Type into the form's field with this label."""
    await field(page, label).locator("input, textarea").first.fill(text)


async def type_choice(page: Page, label: str, text: str) -> None:
    """Type what is not among the choices of a field."""
    picker = field(page, label)
    await picker.locator("ha-picker-field").click()
    await picker.locator("ha-picker-combo-box input").fill(text)
    await picker.locator("ha-picker-combo-box").get_by_text(text).last.click()


async def log_in(page: Page, user: User) -> None:
    """Fill in the log-in form and wait for the interface behind it."""
    await page.goto("/config/integrations/dashboard")
    await page.get_by_label("Username").fill(user.username)
    await page.locator("input[name=password]").fill(user.password)
    await page.get_by_role("button", name="Log in").click()
    await page.get_by_role("button", name="Add integration").first.wait_for()


async def choose_our_integration(page: Page) -> None:
    """Press *Add integration* and find ours by its name; ends at the menu of what to set up."""
    await page.goto("/config/integrations/dashboard")
    await page.get_by_role("button", name="Add integration").first.click()
    await page.get_by_placeholder("Search for a brand name").fill("SMB DDNS")
    choice = page.locator("dialog-add-integration")
    await choice.get_by_text("SMB DDNS Sync", exact=True).first.click()
    await flow(page).get_by_text(words("config", "step", "user", "title")).wait_for()


async def choose_kind(page: Page, kind: str) -> None:
    """Choose in the menu what to set up."""
    option = words("config", "step", "user", "menu_options", kind)
    await flow(page).get_by_text(option, exact=True).click()


async def finish(page: Page) -> None:
    """Close the dialog that says what was made.

    A dialog takes itself out of the browser's history while it closes: whoever goes to another
    page before is taken back to this one.
    """
    button = page.get_by_role("button", name="Finish", exact=True)
    await button.or_(page.get_by_role("button", name="Skip and finish")).last.click()
    await page.wait_for_function("() => !window.history.state?.dialog")


async def submit(page: Page) -> None:
    """Submit the form that is open."""
    await page.get_by_role("button", name="Submit").last.click()
