"""A full share costs nobody a file: what was there stays, and nothing half-written is left.

The trap: on a full disk WRITE fails, and a rename in the same chain is carried out all the same.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
import os
from pathlib import Path
import shutil
import tempfile
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.smb.client import ShareClient
from custom_components.smb_ddns_sync.smb.errors import Full, SmbError
from custom_components.smb_ddns_sync.smb.files import Revision
from custom_components.smb_ddns_sync.smb.health import probe
from custom_components.smb_ddns_sync.smb.ranges import Range
from demo.samba import Options, SambaError, SambaServer, Share

from .content import Keeper, Streamed, Watched, a_put, noise, now_at, read_all
from .servers import ALICE, DATA, TINY, Place

if TYPE_CHECKING:
    from .conftest import Connect

DISK = 4 << 20
SHARED_MEMORY = Path("/dev/shm")
SMALL_ENOUGH_TO_FILL = 256 << 20

GOOD = noise(100_000, seed=7)


def start(folder: Path, shared: Path, options: Options, disk: int | None) -> SambaServer:
    server = SambaServer(folder / "server", (Share(DATA, shared, disk=disk),), (ALICE,), options)
    server.start()
    return server


@pytest.fixture(
    name="small",
    scope="module",
    params=[Options(), Options(max_write=TINY, max_credits=8)],
    ids=["usual", "small messages"],
)
def small_fixture(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    """Share a disk of 4 MiB: one of its own or, where none can be made, the rest of a small one."""
    folder = tmp_path_factory.mktemp("small")
    shared = folder / "share"
    shared.mkdir()
    try:
        server = start(folder, shared, request.param, DISK)
    except SambaError as error:
        disk = os.statvfs(SHARED_MEMORY)
        if (
            "No small disk" not in str(error)
            or disk.f_blocks * disk.f_frsize > SMALL_ENOUGH_TO_FILL
        ):
            raise
        with tempfile.TemporaryDirectory(dir=SHARED_MEMORY) as inside:
            with Path(inside, "ballast").open("wb") as ballast:
                os.posix_fallocate(ballast.fileno(), 0, disk.f_bavail * disk.f_frsize - DISK)
            Path(inside, "share").mkdir()
            server = start(folder, Path(inside, "share"), request.param, None)
            with server:
                yield Place(server, Path(inside, "share"))
    else:
        with server:
            yield Place(server, server.seen_by_server(shared))


@pytest.fixture(name="place")
def place_fixture(small: Place) -> Place:
    """Return the small share, emptied."""
    for entry in small.folder.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    return small


def fill(client: ShareClient) -> None:
    """Leave less than 64 KiB."""
    free = client.space().free
    client.put(a_put("ballast", Streamed(noise(max(0, free - 50_000)))))


type Attempt = Callable[[ShareClient], object]


@pytest.mark.parametrize("size", [400_000, 1 << 20, 5_000_000], ids=["small", "one piece", "large"])
def test_a_good_file_survives_a_put_onto_a_full_share(
    place: Place, client: ShareClient, size: int
) -> None:
    good = client.put(a_put("good", GOOD))
    fill(client)
    before = place.files()

    with pytest.raises(Full):
        client.put(a_put("good", noise(size), expected=good))

    assert place.files() == before
    assert now_at(client, "good").same_version(good)


def test_nothing_is_left_of_a_new_file_that_does_not_fit(place: Place, client: ShareClient) -> None:
    fill(client)
    before = place.files()

    with pytest.raises(Full):
        client.put(a_put("new", noise(300_000)))

    assert place.files() == before


def test_the_version_to_be_replaced_keeps_only_its_own_name(
    place: Place, client: ShareClient
) -> None:
    good = client.put(a_put("good", GOOD))
    place.write("trash/other")
    fill(client)

    with pytest.raises(Full):
        client.put(a_put("good", noise(300_000), expected=good, keep_old_at="trash/good"))

    assert place.files().keys() == {"good", "trash/other", "ballast"}
    assert read_all(client, "good") == GOOD


def test_of_many_puts_those_that_fit_arrive_whole_and_the_rest_not_at_all(
    place: Place, client: ShareClient
) -> None:
    puts = [a_put(f"file{number}", noise(300_000, number)) for number in range(30)]

    results = dict(client.put_many(puts))

    arrived = {put.path for put, result in results.items() if not isinstance(result, SmbError)}
    assert 0 < len(arrived) < 30
    assert all(isinstance(r, Full) for r in results.values() if isinstance(r, SmbError))
    assert place.files() == {put.path: put.content for put in puts if put.path in arrived}


def test_a_copy_that_does_not_fit_is_not_there(place: Place, client: ShareClient) -> None:
    client.put(a_put("good", noise(2_500_000)))

    with pytest.raises(Full):
        client.copy("good", "copy")

    assert place.files() == {"good": noise(2_500_000)}


def test_it_goes_on_as_soon_as_there_is_room(place: Place, client: ShareClient) -> None:
    fill(client)
    with pytest.raises(Full):
        client.put(a_put("new", noise(300_000)))

    client.delete_file("ballast", expected=now_at(client, "ballast"))
    client.put(a_put("new", noise(300_000)))

    assert place.files() == {"new": noise(300_000)}


def test_a_full_share_is_told_by_its_health(place: Place, connect: Connect) -> None:
    client = connect(place.target)
    place.write("ballast", bytes(client.space().free))

    assert probe(client).status == "full"


@pytest.fixture(name="temporary_stays")
def temporary_stays_fixture() -> Keeper:
    """Keep the checkpoints of a put, so that it leaves its temporary."""
    return Keeper(500_000)


def test_a_put_that_did_not_fit_goes_on_as_soon_as_there_is_room(
    place: Place, client: ShareClient, temporary_stays: Keeper
) -> None:
    good = client.put(a_put("good", GOOD))
    client.put(a_put("ballast", noise(2_000_000)))
    put = a_put("good", noise(3_000_000), expected=good)
    with pytest.raises(Full):
        client.put(replace(put, checkpoints=temporary_stays.checkpoints))
    assert read_all(client, "good") == GOOD
    left = temporary_stays.kept[-1]
    client.delete_file("ballast", expected=None)
    content = Watched(noise(3_000_000))

    client.put(replace(put, content=content, resume=left))

    assert content.first == left.done > 0
    assert place.files() == {"good": noise(3_000_000)}


def test_a_revision_that_does_not_fit_leaves_the_old_version(
    place: Place, client: ShareClient
) -> None:
    old = noise(2_500_000)
    good = client.put(a_put("good", old))
    revision = Revision("good", good, (Range(0, 10),))

    with pytest.raises(Full):
        client.put(a_put("good", noise(10) + old[10:], expected=good, revision=revision))

    assert place.files() == {"good": old}


def test_changes_that_do_not_fit_leave_the_old_version(place: Place, client: ShareClient) -> None:
    old = noise(1_500_000)
    good = client.put(a_put("good", old))
    revision = Revision("good", good, (Range(1_500_000, 2_000_000),))

    with pytest.raises(Full):
        client.put(a_put("good", old + noise(2_000_000), expected=good, revision=revision))

    assert place.files() == {"good": old}
