"""A person chooses a share as a location for backups in the browser, and makes one."""

import asyncio
from typing import TYPE_CHECKING

import pytest

from demo.browser import log_in, open_page
from demo.entries import DOMAIN
from demo.home_assistant_events import connect
from demo.site import USER

from .waiting import until

if TYPE_CHECKING:
    from demo.site import Site

# The servers on loopback live in the loop of the session, and answer only while it runs.
pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("secrets")]

LOCATION = "SMB DDNS Sync"


async def test_a_share_is_chosen_as_a_location_and_a_backup_is_made_there(site: Site) -> None:
    folder = site.share_folder / "homeassistant-backups"

    async def made() -> bool:
        found = await asyncio.to_thread(lambda: [path.suffix for path in folder.glob("*")])
        return sorted(found) == [".json", ".tar"]

    async def chosen() -> bool:
        async with connect(site.session, site.client) as events:
            told = await events.command("backup/config/info")
        locations = told["config"]["create_backup"]["agent_ids"]
        return any(location.startswith(DOMAIN) for location in locations)

    async with open_page(site.program.url) as page:
        await log_in(page, USER)
        await page.goto("/config/backup/overview")
        await page.get_by_role("button", name="Backup now").click()
        for button in ("Next", "Next", "Custom", "Next", "Next", "Save and create backup"):
            await page.get_by_role("button", name=button).last.click()
        await page.get_by_text("stored in 1 location").wait_for()

        await page.goto("/config/backup/settings")
        row = page.locator("ha-backup-config-agents ha-list-item-base").filter(has_text=LOCATION)
        await row.locator("ha-switch").click()
        # The page saves a moment later, and does not tell.
        await until(chosen, "the share is a location")
        await page.goto("/config/backup/overview")
        await page.get_by_role("button", name="Backup now").click()
        await page.get_by_role("button", name="Automatic backup").last.click()

        await until(made, "the backup is on the share, whole")
