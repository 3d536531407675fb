"""Large files between this machine and a real server: killed, cut, revised, sparse, read-only."""

from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
import os
from pathlib import Path
import random
import sqlite3
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.smb.client import ShareClient
from custom_components.smb_ddns_sync.smb.files import SETTABLE, Attributes
from custom_components.smb_ddns_sync.smb.target import Address
from custom_components.smb_ddns_sync.sync.endpoint import EndpointError
from custom_components.smb_ddns_sync.sync.endpoints.local import LocalEndpoint
from custom_components.smb_ddns_sync.sync.endpoints.share import ShareEndpoint
from custom_components.smb_ddns_sync.sync.names import OWN_FOLDER, is_temporary
from custom_components.smb_ddns_sync.sync.settings import Sizes
from demo.line import Cut, Direction, Line
from demo.proxy import Proxy

from .pair import SETTINGS, run
from .running import PATIENCE, eventually
from .samba import share_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from custom_components.smb_ddns_sync.smb.target import ShareTarget
    from custom_components.smb_ddns_sync.sync.endpoint import Endpoint
    from custom_components.smb_ddns_sync.sync.run import Outcome

    from .samba import Samba

MIB = 1 << 20
FILM = random.Random(5).randbytes(24 * MIB + 1234)
BLOCK = 1 << 18  # what is read anew at most, so that digests are of whole blocks
UNDER_WAY = 16 * MIB  # what a client asks for ahead, at most
OVERHEAD = 200_000  # dialling, listing, marker, lock, headers and signatures of some runs
SIZES = Sizes(large=MIB, between_checkpoints=2 * MIB)
REPOSITORY = Path(__file__).parents[2]


@dataclass
class Place:
    """A folder here, a folder on the share behind a bad line, and runs from one to the other."""

    state: Path
    local: Path
    remote: Path
    proxy: Proxy
    up: bool

    @property
    def source(self) -> Path:
        """Where content comes from."""
        return self.local if self.up else self.remote

    @property
    def target(self) -> Path:
        """Where it goes."""
        return self.remote if self.up else self.local

    @property
    def way(self) -> Direction:
        """Which way content goes over the line."""
        return Direction.TO_SERVER if self.up else Direction.TO_CLIENT

    @property
    def target_address(self) -> ShareTarget:
        """Return where the share is."""
        return share_at(Address(self.proxy.host, self.proxy.port))

    @contextmanager
    def share(self) -> Iterator[ShareEndpoint]:
        """Return the folder on the share, with a session of its own."""
        client = ShareClient(self.target_address, deadline=10.0)
        try:
            yield ShareEndpoint(client, self.remote.name)
        finally:
            client.close()

    def run(self, **wishes: object) -> Outcome:
        """Carry out one run."""
        with self.share() as share:
            local = LocalEndpoint(self.local)
            sides: tuple[Endpoint, Endpoint] = (local, share) if self.up else (share, local)
            settings = replace(SETTINGS, sizes=SIZES, **wishes)  # type: ignore[arg-type]
            return run(self.state, *sides, settings)

    def run_on_its_own(self) -> subprocess.Popen[bytes]:
        """Begin a run in a process of its own."""
        far = f"//{self.proxy.host}:{self.proxy.port}/{self.remote.name}"
        sides = (str(self.local), far) if self.up else (far, str(self.local))
        return subprocess.Popen(
            (
                *(sys.executable, "-m", "tests.sync.one_run", str(self.state), *sides),
                *(str(SIZES.large), str(SIZES.between_checkpoints)),
            ),
            cwd=REPOSITORY,
            stderr=subprocess.DEVNULL,
        )

    def write(self, content: bytes) -> None:
        """Write the film on the source, at rest for a while already."""
        (self.source / "film").write_bytes(content)
        moment = time.time_ns() - 60_000_000_000
        os.utime(self.source / "film", ns=(moment, moment))

    def found(self) -> bytes | None:
        """Return the film as the target has it."""
        film = self.target / "film"
        return film.read_bytes() if film.exists() else None

    def passed(self) -> int:
        """Return the bytes that have gone the way of the content."""
        traffic = self.proxy.traffic()
        return traffic.bytes_to_server if self.up else traffic.bytes_to_client

    def done(self) -> int:
        """Return how much of the film the state knows to be safe."""
        if not self.state.exists():
            return 0
        with closing(sqlite3.connect(self.state)) as state:
            return max((done for (done,) in state.execute("SELECT done FROM partial")), default=0)

    def temporaries(self) -> list[str]:
        """Return what was begun on the target."""
        return [path.name for path in self.target.iterdir() if is_temporary(path.name)]

    def is_let_go(self) -> bool:
        """Tell whether the server has noticed that whoever wrote is gone."""
        with self.share() as share:
            try:
                for name in self.temporaries() if self.up else ():
                    with share.open(name):  # type: ignore[arg-type]
                        pass
            except EndpointError:
                return False
        return True


@contextmanager
def a_place(samba: Samba, tmp_path: Path, *, up: bool) -> Iterator[Place]:
    """Make a place for content that goes up to the share, or down from it."""
    local, remote = tmp_path / "local", samba.folder / tmp_path.name
    local.mkdir()
    remote.mkdir()
    with Proxy(samba.server.host, samba.server.port) as proxy:
        yield Place(tmp_path / "state.sqlite", local, remote, proxy, up)


@pytest.fixture(params=["up", "down"], name="place")
def place_fixture(request: pytest.FixtureRequest, samba: Samba, tmp_path: Path) -> Iterator[Place]:
    with a_place(samba, tmp_path, up=request.param == "up") as place:
        yield place


@pytest.fixture(name="up")
def up_fixture(samba: Samba, tmp_path: Path) -> Iterator[Place]:
    with a_place(samba, tmp_path, up=True) as place:
        yield place


@pytest.fixture(name="down")
def down_fixture(samba: Samba, tmp_path: Path) -> Iterator[Place]:
    with a_place(samba, tmp_path, up=False) as place:
        yield place


def has_passed(place: Place, wanted: float) -> bool:
    return place.passed() > wanted


def test_a_film_arrives_although_the_engine_is_killed_at_any_moment(place: Place) -> None:
    place.write(FILM)
    place.proxy.line = Line(bandwidth=30e6)
    for reached in (random.uniform(3, 9), random.uniform(12, 18)):
        begun, before = place.passed(), place.done()
        process = place.run_on_its_own()
        wanted = begun + reached * MIB - before
        eventually(partial(has_passed, place, wanted), "a part of the film")
        process.kill()
        process.wait(PATIENCE)
        assert place.found() is None
        assert place.done() >= before
        eventually(place.is_let_go, "the end of the session")
    place.proxy.line = Line()
    done, begun = place.done(), place.passed()

    place.run()

    assert place.found() == FILM
    assert place.temporaries() == []
    assert done > MIB
    assert place.passed() - begun < len(FILM) - done + BLOCK + OVERHEAD


def test_a_film_arrives_although_every_run_is_cut_off(place: Place) -> None:
    place.write(FILM)
    tries = 0
    while place.found() is None:
        tries += 1
        assert tries < 10, "it comes no further"
        # The first connection looks at the folders and takes the lock.
        place.proxy.cut_after(8 * MIB, place.way, Cut.RESET)
        begun, done = place.passed(), place.done()
        with suppress(EndpointError):
            place.run()
        assert place.passed() - begun < len(FILM) - done + BLOCK + UNDER_WAY + OVERHEAD
        eventually(place.is_let_go, "the end of the session")

    assert place.found() == FILM
    assert place.temporaries() == []


def test_only_what_has_changed_goes_over_the_line_to_a_share(up: Place) -> None:
    up.write(FILM)
    up.run()
    changed = FILM[: 9 * MIB + 7] + random.Random(6).randbytes(MIB) + FILM[10 * MIB + 7 :]
    up.write(changed)
    before = up.proxy.traffic()

    up.run()

    passed = up.proxy.traffic() - before
    assert up.found() == changed
    assert passed.bytes_to_server < MIB + BLOCK + OVERHEAD
    assert passed.bytes_to_client < OVERHEAD
    (kept,) = (up.remote / OWN_FOLDER / "trash").glob("*/film")
    assert kept.read_bytes() == FILM


def test_a_version_that_somebody_changed_on_the_share_is_not_built_on(up: Place) -> None:
    up.write(FILM)
    up.run()
    up.write(FILM[:-1] + b"?")
    moment = time.time_ns() - 30_000_000_000
    (up.remote / "film").write_bytes(b"!" + FILM[1:])
    os.utime(up.remote / "film", ns=(moment, moment))

    up.run()

    assert up.found() == FILM[:-1] + b"?"


def test_holes_do_not_go_over_the_line(up: Place) -> None:
    with (up.local / "image").open("wb") as image:
        image.truncate(200 * MIB)
        image.seek(100 * MIB)
        image.write(FILM[:MIB])
    os.utime(up.local / "image", ns=(1_700_000_000_000_000_000,) * 2)
    before = up.passed()

    up.run()

    assert up.passed() - before < MIB + OVERHEAD
    image_there = up.remote / "image"
    assert image_there.stat().st_size == 200 * MIB
    assert image_there.stat().st_blocks * 512 < 4 * MIB
    with image_there.open("rb") as image:
        assert not any(image.read(100 * MIB))
        assert image.read(MIB) == FILM[:MIB]


@pytest.mark.parametrize("size", [5, 2 * MIB])
@pytest.mark.parametrize(
    "attributes",
    [
        Attributes.READ_ONLY,
        Attributes.HIDDEN | Attributes.SYSTEM,
        Attributes.READ_ONLY | Attributes.HIDDEN,
    ],
)
def test_a_replaced_file_keeps_its_attributes(up: Place, attributes: int, size: int) -> None:
    up.write(FILM[:size])
    up.run()
    with closing(ShareClient(up.target_address)) as client:
        path = f"{up.remote.name}/film"
        client.set_attributes(path, attributes)
        up.write(FILM[1 : size + 1])

        outcome = up.run()

        told = client.look(path)
    assert outcome.done.problems == []
    assert up.found() == FILM[1 : size + 1]
    assert told is not None
    assert told.attributes & SETTABLE == attributes
    assert up.run().plan.only_remembers


@pytest.mark.parametrize("mode", [0o640, 0o400])
def test_a_replaced_file_of_this_machine_keeps_its_mode(down: Place, mode: int) -> None:
    down.write(FILM[:MIB])
    down.run()
    (down.local / "film").chmod(mode)
    down.write(FILM[1 : MIB + 1])

    down.run()

    assert down.found() == FILM[1 : MIB + 1]
    assert (down.local / "film").stat().st_mode & 0o777 == mode
