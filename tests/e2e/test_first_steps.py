"""From nothing to a synced folder, in the browser alone."""

import asyncio
from pathlib import Path
import sys
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from demo.browser import (
    choose_kind,
    choose_our_integration,
    field,
    fill,
    finish,
    log_in,
    open_page,
    submit,
    type_choice,
    words,
)
from demo.console import Console
from demo.entries import DOMAIN
from demo.site import SHARE, SHARE_ACCOUNT, USER, Site

from .log import blocking_calls, leaks, our_warnings
from .waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Page

# The servers on loopback live in the loop of the session, and answer only while it runs.
pytestmark = pytest.mark.asyncio(loop_scope="session")

REMOTE = "From nothing"


@pytest_asyncio.fixture(loop_scope="session", name="empty_site")
async def empty_site_fixture(tmp_path: Path) -> AsyncIterator[Site]:
    """Everything runs, and Home Assistant has nothing of ours."""
    async with Site(tmp_path, Path(sys.executable), Console(), usual_ports=False) as site:
        yield site


async def add_share(page: Page, site: Site) -> None:
    await choose_our_integration(page)
    await choose_kind(page, "share")
    values = {
        "host": site.samba.host,
        "port": str(site.samba.port),
        "username": SHARE_ACCOUNT.name,
        "password": SHARE_ACCOUNT.password,
    }
    for key, value in values.items():
        await fill(page, words("config", "step", "share", "data", key), value)
    await submit(page)
    # The share was left empty: what the server offers is chosen from.
    label = words("config", "step", "choose_share", "data", "share")
    await field(page, label).wait_for()
    await type_choice(page, label, SHARE)
    await submit(page)
    await finish(page)


async def add_job(page: Page, site: Site) -> None:
    job = ("config_subentries", "job")
    await page.goto(f"/config/integrations/integration/{DOMAIN}")
    await page.get_by_role("button", name=words(*job, "initiate_flow", "user")).first.click()
    await fill(page, words(*job, "step", "user", "data", "name"), "First")
    await submit(page)
    for key, folder in (("local_folder", str(site.notes)), ("remote_folder", REMOTE)):
        label = words(*job, "step", "local_folders", "data", key)
        await field(page, label).wait_for()
        await type_choice(page, label, folder)
    await submit(page)
    await field(page, words(*job, "step", "options", "data", "watch")).wait_for()
    await submit(page)
    await finish(page)


async def test_from_nothing_to_a_synced_folder(empty_site: Site) -> None:
    site = empty_site
    (site.notes / "first.txt").write_text("the first file\n")
    copy = site.share_folder / REMOTE / "first.txt"
    async with open_page(site.program.url) as page:
        await log_in(page, USER)
        await add_share(page, site)
        await add_job(page, site)

        async def synced() -> bool:
            return await asyncio.to_thread(copy.is_file)

        await until(synced, "the file is on the share")
    assert copy.read_text() == "the first file\n"
    assert not our_warnings(site.program.log)
    assert not blocking_calls(site.program.log)
    assert not leaks(site.program.log, [SHARE_ACCOUNT.password])
