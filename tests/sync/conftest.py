"""What the tests of the sync core share."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from .pair import Pair
from .samba import Samba, running_samba

if TYPE_CHECKING:
    from collections.abc import Iterator


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
