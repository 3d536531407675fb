"""A person sets the integration up in a browser."""

from typing import TYPE_CHECKING

from playwright.async_api import expect
import pytest
import pytest_asyncio

from demo.browser import choose_kind, choose_our_integration, fill, log_in, open_page, words
from demo.entries import DOMAIN
from demo.samba import Account, SambaServer, Share
from demo.site import USER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from playwright.async_api import Page

    from demo.site import Site

# The servers on loopback live in the loop of the session, and answer only while it runs.
pytestmark = pytest.mark.asyncio(loop_scope="session")

ACCOUNT = Account("photographer", "the-word-of-the-photographer")
WRONG_PASSWORD = "the-word-of-somebody-else"


@pytest.fixture(name="server")
def server_fixture(tmp_path: Path) -> Iterator[SambaServer]:
    folder = tmp_path / "photos"
    folder.mkdir()
    with SambaServer(tmp_path / "samba", (Share("photos", folder),), (ACCOUNT,)) as server:
        yield server


@pytest_asyncio.fixture(loop_scope="session", name="tidied_site")
async def tidied_site_fixture(bare_site: Site) -> AsyncIterator[Site]:
    """Leave no entry behind: the other tests have theirs."""
    before = {entry["entry_id"] for entry in await bare_site.client.entries(DOMAIN)}
    yield bare_site
    for entry in await bare_site.client.entries(DOMAIN):
        if entry["entry_id"] not in before:
            await bare_site.client.delete(f"/api/config/config_entries/entry/{entry['entry_id']}")


async def fill_in_share(page: Page, server: SambaServer, password: str) -> None:
    values = {
        "host": server.host,
        "port": str(server.port),
        "share": "photos",
        "username": ACCOUNT.name,
        "password": password,
    }
    for key, value in values.items():
        await fill(page, words("config", "step", "share", "data", key), value)
    await page.get_by_role("button", name="Submit").click()


async def expect_value(page: Page, key: str, value: str, *, platform: str = "sensor") -> None:
    name = words("entity", platform, key, "name")
    row = page.locator("hui-generic-entity-row").filter(has_text=name)
    await expect(row.first).to_contain_text(value)


async def test_a_person_logs_in_adds_a_share_and_sees_its_live_values(
    tidied_site: Site, server: SambaServer, secrets: list[str]
) -> None:
    secrets += [ACCOUNT.password, WRONG_PASSWORD]
    async with open_page(tidied_site.program.url) as page:
        await log_in(page, USER)
        await choose_our_integration(page)
        await choose_kind(page, "share")

        await fill_in_share(page, server, WRONG_PASSWORD)
        await page.get_by_text(words("config", "error", "wrong_password")).wait_for()
        await fill_in_share(page, server, ACCOUNT.password)

        await page.get_by_role("button", name="Skip and finish").click()
        await expect_value(page, "share_status", "OK")
        await expect_value(page, "reachable", "Connected", platform="binary_sensor")
        await expect_value(page, "active_address", f"127.0.0.1:{server.port}")
        await expect_value(page, "dialect", "3.1.1")
        await expect_value(page, "free_space", "GB")
