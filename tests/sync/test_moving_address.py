"""The address of a share begins to lead elsewhere in the middle of a run.

Two real servers behind a line that is led from one to the other. They take the same account and
have the same share, so nothing but the root itself tells them apart.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.smb.client import ShareClient
from custom_components.smb_ddns_sync.smb.files import FolderIdentity, RootFound
from custom_components.smb_ddns_sync.smb.proof import Stranger
from custom_components.smb_ddns_sync.smb.target import Address
from custom_components.smb_ddns_sync.sync.endpoint import RelPath, RootIdentity, Unavailable
from custom_components.smb_ddns_sync.sync.endpoints.local import LocalEndpoint
from custom_components.smb_ddns_sync.sync.endpoints.share import ShareEndpoint
from custom_components.smb_ddns_sync.sync.endpoints.share_pin import Pin
from custom_components.smb_ddns_sync.sync.run import Ears
from custom_components.smb_ddns_sync.sync.status import HoldReason, Progress
from demo.proxy import Proxy

from .pair import run
from .samba import Samba, running_samba
from .trees import fill_folder, folder_tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from custom_components.smb_ddns_sync.sync.run import Outcome

    from .trees import Tree

LONG_AGO = 1_600_000_000_000_000_000
COUNT, SIZE = 40, 300_000  # more than a client has under way at once, so some are always to come
PHOTOS: Tree = {f"{number:02}.jpg": f"{number:02}" * (SIZE // 2) for number in range(COUNT)}
SOME = 5


@dataclass
class House:
    """A folder here, a share behind a line, and what is remembered."""

    ours: Path
    theirs: Path
    state: Path
    line: Proxy
    share: ShareEndpoint

    def run(self, ears: Ears | None = None) -> Outcome:
        """Carry out a run."""
        return run(self.state, LocalEndpoint(self.ours), self.share, ears=ears)

    def led_elsewhere_in_the_middle(self, to: Samba) -> Ears:
        """Let the address lead to another server when some of the files are in place."""
        moved: list[bool] = []

        def move(progress: Progress) -> None:
            if progress.files_done >= SOME and not moved:
                moved.append(True)
                self.lead_to(to)

        return Ears(progress=move)

    def lead_to(self, server: Samba) -> None:
        """Let the address lead to a server, and break what stands."""
        self.line.retarget(server.server.host, server.server.port)
        self.line.drop()


@pytest.fixture
def house(samba: Samba, tmp_path: Path) -> Iterator[House]:
    inside = tmp_path.name
    ours, theirs = tmp_path / "ours", samba.folder / inside
    fill_folder(ours, {"first.txt": "1"}, LONG_AGO)
    theirs.mkdir()
    with Proxy(samba.server.host, samba.server.port) as line:
        target = samba.target()
        address = Address(line.host, line.port)
        client = ShareClient(type(target)((address,), target.share, target.credentials))
        try:
            house = House(ours, theirs, tmp_path / "state", line, ShareEndpoint(client, inside))
            house.run()
            fill_folder(ours, PHOTOS, LONG_AGO)
            yield house
        finally:
            client.close()


@pytest.fixture
def stranger(house: House, own_samba: Samba) -> Samba:
    """Return a server that has everything but the root: also a folder of its name, and photos."""
    fill_folder(
        own_samba.folder / house.theirs.name, {"01.jpg": "hers", "mine.txt": "hers"}, LONG_AGO
    )
    return own_samba


def everything(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Return all that is in a folder, also what is ours, with its times."""
    return {
        str(path.relative_to(folder)): (
            path.stat().st_mtime_ns,
            b"" if path.is_dir() else path.read_bytes(),
        )
        for path in (folder, *sorted(folder.rglob("*")))
    }


def test_the_same_root_at_another_address_is_gone_on_with(
    house: House, samba: Samba, tmp_path: Path
) -> None:
    with running_samba(tmp_path / "second", samba.folder) as moved:
        house.line.drop()
        outcome = house.run(house.led_elsewhere_in_the_middle(moved))

        assert (outcome.done.files_copied, outcome.done.problem_count) == (COUNT, 0)
        assert folder_tree(house.theirs) == {"first.txt": "1", **PHOTOS}
        # What was in place stays so: at most what was under way is sent once more.
        assert house.line.traffic().bytes_to_server < 1.9 * COUNT * SIZE
        assert house.run().done.files_copied == 0


def test_a_stranger_is_never_written_to_and_the_run_goes_on_when_the_root_is_back(
    house: House, samba: Samba, stranger: Samba
) -> None:
    hers = everything(stranger.folder)

    with pytest.raises(Unavailable) as caught:
        house.run(house.led_elsewhere_in_the_middle(stranger))

    assert caught.value.cause == "foreign_root"
    assert everything(stranger.folder) == hers

    # She still answers at the address: a person is asked, and she is left alone.
    held = house.run()
    assert held.hold is not None
    assert held.hold.reason is HoldReason.FOREIGN_TARGET
    assert everything(stranger.folder) == hers

    # The name leads back, while the connection to her still stands.
    house.line.retarget(samba.server.host, samba.server.port)
    outcome = house.run()
    assert outcome.hold is None
    assert 0 < outcome.done.files_copied <= COUNT - SOME + 1
    assert folder_tree(house.theirs) == {"first.txt": "1", **PHOTOS}
    assert everything(stranger.folder) == hers


def test_nothing_is_deleted_at_a_stranger(house: House, stranger: Samba) -> None:
    house.run()
    for name in list(PHOTOS)[:5]:
        (house.ours / name).unlink()
    hers = everything(stranger.folder)
    house.line.retarget(stranger.server.host, stranger.server.port)

    def move(_plan: object) -> None:
        house.line.drop()

    with pytest.raises(Unavailable):
        house.run(Ears(planned=move))

    assert everything(stranger.folder) == hers
    assert set(PHOTOS) <= set(folder_tree(house.theirs))


class Answers:
    """What is found on a new connection."""

    def __init__(self, identity: FolderIdentity, marker: bytes) -> None:
        self._identity = identity
        self._marker = marker

    def find_root(self, folder: str, file: str, longest: int) -> RootFound:
        """Tell which folder is at a path, and how a file begins."""
        assert (folder, file) == ("photos", "photos/.smb_ddns_sync/root.json")
        return RootFound(self._identity, None, self._marker[:longest])


@pytest.mark.parametrize(
    ("identity", "marker", "proved"),
    [
        (FolderIdentity(1, 2), b'{"id": "ours"}', True),
        (FolderIdentity(1, 3), b'{"id": "ours"}', False),
        (FolderIdentity(4, 2), b'{"id": "ours"}', False),
        # The root of every new disk may have the same number, and its volume the same serial.
        (FolderIdentity(1, 2), b'{"id": "hers"}', False),
        (FolderIdentity(1, 2), b"no marker", False),
        (FolderIdentity(1, 2), b"[]", False),
    ],
)
def test_a_root_is_proved_by_its_volume_its_id_and_its_marker(
    identity: FolderIdentity, marker: bytes, *, proved: bool
) -> None:
    asked: list[bool] = []

    class Client:
        def proving(self, proof: object, proved: object) -> object:
            del proved
            assert callable(proof)
            try:
                proof(Answers(identity, marker))
            except Stranger:
                asked.append(False)
            else:
                asked.append(True)
            return self

    Pin(Client(), RelPath("photos")).to(RootIdentity(1, 2), "ours")  # type: ignore[arg-type]
    assert asked == [proved]


def test_a_disk_that_goes_in_the_middle_of_a_run_leaves_a_folder_that_is_not_ours(
    tmp_path: Path,
) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "disk"
    fill_folder(ours, {"a": "1"}, LONG_AGO)
    theirs.mkdir()
    run(tmp_path / "state", LocalEndpoint(ours), LocalEndpoint(theirs))
    fill_folder(ours, {"b": "2", "c": "3"}, LONG_AGO)

    def unmount(_progress: Progress) -> None:
        if not (tmp_path / "unmounted").exists():
            theirs.rename(tmp_path / "unmounted")
            theirs.mkdir()

    with pytest.raises(Unavailable) as caught:
        run(
            tmp_path / "state",
            LocalEndpoint(ours),
            LocalEndpoint(theirs),
            ears=Ears(progress=unmount),
        )

    assert caught.value.cause == "foreign_root"
    assert list(theirs.iterdir()) == []
