"""A release, unpacked into an empty configuration, works with what its manifest names.

No part of the development environment is there: this Home Assistant has its own packages, and those
that the manifest of the release asks for.
"""

import asyncio
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest
import pytest_asyncio

from demo.console import Console
from demo.home_assistant import ROOT
from demo.site import RECORD_NAME, Site
from scripts.release import build

from .conftest import DEMO_SECRETS
from .log import blocking_calls, leaks, our_warnings
from .waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

# The servers on loopback live in the loop of the session, and answer only while it runs.
pytestmark = pytest.mark.asyncio(loop_scope="session")

PYTHON = ROOT / ".dev" / "venv-bare" / "bin" / "python"
OURS_ALONE = ("pytest", "hypothesis", "playwright", "impacket")


@pytest_asyncio.fixture(loop_scope="session", name="installed")
async def installed_fixture(tmp_path: Path) -> AsyncIterator[Site]:
    root = tmp_path / "site"
    site = Site(root, PYTHON, Console(), integration_linked=False, usual_ports=False)
    components = site.state / "custom_components"
    with ZipFile(await asyncio.to_thread(build, ROOT, tmp_path)) as release:
        release.extractall(components)
    async with site:
        yield site


async def test_the_environment_holds_nothing_of_the_developers() -> None:
    asked = (
        f"from importlib.util import find_spec; print([n for n in {OURS_ALONE} if find_spec(n)])"
    )
    program = await asyncio.create_subprocess_exec(
        PYTHON, "-I", "-c", asked, stdout=asyncio.subprocess.PIPE
    )
    told, _ = await program.communicate()

    assert told.decode().strip() == "[]"


async def test_a_release_reaches_a_synced_folder_and_an_updated_record(installed: Site) -> None:
    await installed.make_entries()

    async def done() -> bool:
        held = installed.provider.records[RECORD_NAME].get(4)
        compared = await asyncio.to_thread(installed.compare)
        return compared.equal and held == str(installed.address)

    await until(done, "the folder is synced and the record is updated")
    assert not our_warnings(installed.program.log)
    assert not blocking_calls(installed.program.log)
    assert not leaks(installed.program.log, list(DEMO_SECRETS))
    assert not (installed.state / "custom_components" / "smb_ddns_sync").is_symlink()
