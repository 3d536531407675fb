"""What the tests of the sync core share."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.sync.endpoints.local import LocalEndpoint
from custom_components.smb_ddns_sync.sync.endpoints.memory import MemoryEndpoint
from custom_components.smb_ddns_sync.sync.endpoints.share import ShareEndpoint

from .pair import LIKE_A_DISK, Pair
from .samba import Samba, running_samba
from .stage import Counted, InMemory, OnDisk, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from custom_components.smb_ddns_sync.smb.client import ShareClient
    from custom_components.smb_ddns_sync.sync.endpoint import Endpoint

    from .stage import Actor


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


@pytest.fixture(scope="session")
def share_client(samba: Samba) -> Iterator[ShareClient]:
    """Keep one session open for all scenarios."""
    with samba.client() as client:
        yield client


@pytest.fixture(params=["memory x memory", "local x smbd", "smbd x smbd", "smbd x local"])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """Return two empty sides of every kind that never met."""
    state = tmp_path / "state.sqlite"
    if request.param == "memory x memory":
        source, target = MemoryEndpoint(volume=11, traits=LIKE_A_DISK), MemoryEndpoint(volume=22)
        yield Stage(InMemory(source), InMemory(target), Counted(source), Counted(target), state)
        return
    samba: Samba = request.getfixturevalue("samba")
    client: ShareClient = request.getfixturevalue("share_client")
    actors, sides = [], []
    for kind, name in zip(request.param.split(" x "), ("ours", "theirs"), strict=True):
        inside = f"{tmp_path.name}-{name}"
        folder = tmp_path / name if kind == "local" else samba.folder / inside
        actors.append(OnDisk(folder))
        sides.append(
            Counted(LocalEndpoint(folder) if kind == "local" else ShareEndpoint(client, inside))
        )
    yield Stage(actors[0], actors[1], sides[0], sides[1], state)


@pytest.fixture(params=["ours", "theirs"])
def sides(request: pytest.FixtureRequest, stage: Stage) -> tuple[Actor, Actor]:
    """Return the side where something happens, and the other one."""
    one, other = stage.ours, stage.theirs
    return (one, other) if request.param == "ours" else (other, one)


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
