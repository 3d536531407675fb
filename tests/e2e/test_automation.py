"""A person builds an automation in the browser, and it runs when the address changes."""

from typing import TYPE_CHECKING

import pytest

from demo.browser import log_in, open_page, words
from demo.site import USER

from .waiting import until

if TYPE_CHECKING:
    from playwright.async_api import Page

    from demo.site import Site

# The servers on loopback live in the loop of the session, and answer only while it runs.
pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("secrets")]

NAME = "News of the address"


async def add(page: Page, what: str, sought: str, found: str) -> None:
    """Add a trigger or an action: search for it, and take what is found."""
    await page.get_by_role("button", name=f"Add {what}").click()
    await page.get_by_placeholder("Search").last.fill(sought)
    await page.get_by_role("button", name=found).last.click()


async def test_an_automation_that_was_built_in_the_interface_runs_when_the_address_changes(
    site: Site,
) -> None:
    async with open_page(site.program.url) as page:
        await log_in(page, USER)
        await page.goto("/config/automation/edit/new")
        trigger = words("triggers", "public_address_changed", "name")
        await add(page, "trigger", trigger, trigger)
        await add(page, "action", "persistent notification", "Create persistent notification")
        message = page.locator("ha-service-control").get_by_role("textbox").first
        await message.fill("We are at {{ trigger.new }} now")
        await page.get_by_role("button", name="Save", exact=True).last.click()
        await page.get_by_role("textbox", name="Name").fill(NAME)
        await page.get_by_role("button", name="Save", exact=True).last.click()

        async def stands() -> bool:
            states = await site.client.states()
            return any(it["attributes"].get("friendly_name") == NAME for it in states.values())

        await until(stands, "the automation is there")
        site.set_address(site.address + 1)
        await page.goto("/")
        await page.get_by_text("Notifications").first.click()
        # The address is looked for once a minute.
        await page.get_by_text(f"We are at {site.address} now").wait_for(timeout=120_000)
