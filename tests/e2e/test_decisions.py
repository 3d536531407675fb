"""What only a person can decide is asked of them in the browser, and what they say is done."""

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from demo.browser import fill, log_in, open_page, submit, words
from demo.site import JOB_NAME, SHARE_ACCOUNT, USER

from .reading import SHARE_DEVICE, Reader
from .waiting import until

if TYPE_CHECKING:
    from demo.site import Site

# The servers on loopback live in the loop of the session, and answer only while it runs.
pytestmark = pytest.mark.asyncio(loop_scope="session")

MANY = [f"Receipt {number}.txt" for number in range(20)]
OTHER_PASSWORD = "the-word-that-was-set-by-somebody"


def copied(site: Site) -> list[str]:
    return [name for name in MANY if (site.copy / name).exists()]


async def test_deletions_that_are_held_are_carried_out_when_a_person_says_so(
    site: Site, secrets: list[str]
) -> None:
    assert secrets

    async def all_copied() -> bool:
        return copied(site) == MANY

    for name in MANY:
        (site.sample / name).write_text(f"{name}\n")
    await until(all_copied, "the receipts are on the share")
    for name in MANY:
        (site.sample / name).unlink()
    reader = await Reader.of(site)
    await reader.until(JOB_NAME, "job_status", "held")
    assert copied(site) == MANY

    async with open_page(site.program.url) as page:
        await log_in(page, USER)
        await page.goto("/config/repairs")
        await page.get_by_text(f"Files that {JOB_NAME} would delete").first.click()
        await page.get_by_text(MANY[0], exact=True).wait_for()
        await submit(page)

        await reader.until(JOB_NAME, "job_status", "watching")
    assert copied(site) == []


async def set_password(site: Site, password: str) -> None:
    await asyncio.to_thread(site.samba.stop)
    site.samba.accounts = (replace(SHARE_ACCOUNT, password=password),)
    await asyncio.to_thread(site.samba.start)


async def test_a_person_is_asked_for_a_new_password_and_all_goes_on(
    site: Site, secrets: list[str]
) -> None:
    secrets.append(OTHER_PASSWORD)
    reader = await Reader.of(site)
    await set_password(site, OTHER_PASSWORD)
    await site.client.act(
        "homeassistant.update_entity",
        {"entity_id": reader.entity_id(SHARE_DEVICE, "share_status")},
    )
    await reader.until(SHARE_DEVICE, "share_status", "wrong_password")

    async with open_page(site.program.url) as page:
        await log_in(page, USER)
        await page.get_by_text("Reconfigure", exact=True).first.click()
        await fill(
            page, words("config", "step", "reauth_share", "data", "password"), OTHER_PASSWORD
        )
        await submit(page)

        await reader.until(SHARE_DEVICE, "share_status", "ok")
        await reader.until(JOB_NAME, "job_status", "watching")
