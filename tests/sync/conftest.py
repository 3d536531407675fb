"""What the tests of the sync core share."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.sync.endpoints.local import LocalEndpoint
from custom_components.smb_ddns_sync.sync.endpoints.memory import MemoryEndpoint

from .pair import Pair
from .samba import Samba, running_samba

if TYPE_CHECKING:
    from collections.abc import Iterator

    from custom_components.smb_ddns_sync.sync.endpoint import Endpoint


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Return two empty sides in memory that never met.

    Their state is in memory, too, where it can be.
    """
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Pair(Path(folder) / "state.sqlite")


@pytest.fixture(scope="session")
def samba(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Samba]:
    """Run one server for all tests that do not harm it; each uses a folder of its own."""
    folder = tmp_path_factory.mktemp("samba")
    with running_samba(folder / "state", folder / "share") as server:
        yield server


@pytest.fixture
def own_samba(tmp_path: Path) -> Iterator[Samba]:
    """Run a server for one test, which may kill it."""
    with running_samba(tmp_path / "samba", tmp_path / "share") as server:
        yield server


@pytest.fixture(params=["memory", "local", "share"])
def kind(request: pytest.FixtureRequest) -> str:
    """Name each kind of side in turn."""
    return str(request.param)


@pytest.fixture
def root(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return the folder behind a side that has one."""
    if kind == "share":
        samba: Samba = request.getfixturevalue("samba")
        root = samba.folder / tmp_path.name
    else:
        root = tmp_path / "root"
    root.mkdir()
    return root


@pytest.fixture
def side(kind: str, root: Path, request: pytest.FixtureRequest) -> Iterator[Endpoint]:
    """Return an empty side."""
    if kind == "memory":
        yield MemoryEndpoint()
    elif kind == "local":
        yield LocalEndpoint(root)
    else:
        samba: Samba = request.getfixturevalue("samba")
        with samba.endpoint(root.name) as endpoint:
            yield endpoint
