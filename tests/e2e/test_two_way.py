"""A person sets up a two-way job in a browser, and keeps both versions of a file in conflict."""

import asyncio
from typing import TYPE_CHECKING

import pytest

from demo.browser import field, fill, finish, log_in, open_page, submit, type_choice, words
from demo.entries import DOMAIN
from demo.site import USER

from .waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Page

    from demo.site import Site

# The servers on loopback live in the loop of the session, and answer only while it runs.
pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("secrets")]

JOB = ("config_subentries", "job")
REMOTE = "Notes of two"


async def choose(page: Page, *option: str) -> None:
    """Choose what stands in a list of a form."""
    await page.get_by_text(words("selector", *option), exact=True).last.click()


async def set_up(page: Page, local: Path) -> None:
    """Fill in the three steps of a two-way job that asks about conflicts."""
    await page.goto(f"/config/integrations/integration/{DOMAIN}")
    await page.get_by_role("button", name=words(*JOB, "initiate_flow", "user")).first.click()
    await fill(page, words(*JOB, "step", "user", "data", "name"), "Notes")
    await choose(page, "mode", "options", "two_way")
    await submit(page)
    for key, folder in (("local_folder", str(local)), ("remote_folder", REMOTE)):
        label = words(*JOB, "step", "local_folders", "data", key)
        await field(page, label).wait_for()
        await type_choice(page, label, folder)
    await submit(page)
    policy = field(page, words(*JOB, "step", "options", "data", "conflicts"))
    await policy.locator("ha-select, ha-picker-field").first.click()
    await choose(page, "conflicts", "options", "ask")
    await submit(page)
    await finish(page)


async def keep_both(page: Page) -> None:
    """Open the repair about the only conflict, and keep both versions."""
    await page.goto("/config/repairs")
    await page.get_by_text("Open conflicts of Notes: 1").first.click()
    await choose(page, "keep", "options", "both")
    await submit(page)


async def test_both_versions_of_a_file_are_kept_when_a_person_says_so(site: Site) -> None:
    ours, theirs = site.notes, site.share_folder / REMOTE
    theirs.mkdir()
    (ours / "plan.txt").write_text("a plan\n")
    (theirs / "plan.txt").write_text("quite another plan\n")
    async with open_page(site.program.url) as page:
        await log_in(page, USER)
        await set_up(page, ours)

        await keep_both(page)

        async def kept() -> bool:
            found = [sorted(each.read_text() for each in side.glob("*.txt")) for side in sides]
            return found[0] == found[1] == ["a plan\n", "quite another plan\n"]

        sides = (ours, theirs)
        await until(kept, "both versions are on both sides")
    assert (ours / "plan.txt").read_text() == await asyncio.to_thread(
        (theirs / "plan.txt").read_text
    )
