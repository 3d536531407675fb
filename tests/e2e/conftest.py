"""One Home Assistant for all tests here, run by the same code as the demo."""

import asyncio
from pathlib import Path
import sys
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from demo.console import Console
from demo.site import RECORD_PASSWORD, RECORD_USERNAME, SHARE_ACCOUNT, Site

from .log import blocking_calls, leaks
from .waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

# Basic authentication sends user name and password as one text.
DEMO_SECRETS = (
    SHARE_ACCOUNT.password,
    RECORD_PASSWORD,
    f"{RECORD_USERNAME}:{RECORD_PASSWORD}",
)


@pytest.fixture(autouse=True)
def verify_cleanup() -> None:
    """Stand in for the test plugin's check of a Home Assistant in this process; here is none."""


@pytest_asyncio.fixture(scope="session", loop_scope="session", name="bare_site")
async def bare_site_fixture(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """Everything runs; Home Assistant has no entry of ours yet, or those of other tests."""
    root = tmp_path_factory.mktemp("site")
    python = Path(sys.executable)
    site = Site(root, python, Console(), libraries_logged=True, usual_ports=False)
    async with site:
        yield site


@pytest_asyncio.fixture(scope="session", loop_scope="session", name="site")
async def site_fixture(bare_site: Site) -> Site:
    """Everything runs, and the first sync is complete."""
    await bare_site.make_entries()

    async def synced() -> bool:
        return (await asyncio.to_thread(bare_site.compare)).equal

    await until(synced, "both folders hold the same")
    return bare_site


@pytest.fixture(name="secrets")
def secrets_fixture(bare_site: Site) -> Iterator[list[str]]:
    """Collect what must not be logged; after the test, see that the log is clean."""
    secrets = list(DEMO_SECRETS)
    yield secrets
    assert not blocking_calls(bare_site.program.log)
    assert not leaks(bare_site.program.log, secrets)
