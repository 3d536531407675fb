"""What a run costs on the line, counted: who is far away waits for no more than is needed."""

from contextlib import contextmanager
from dataclasses import dataclass, replace
import os
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.smb.client import ShareClient
from custom_components.smb_ddns_sync.smb.target import Address
from custom_components.smb_ddns_sync.sync.endpoint import RelPath
from custom_components.smb_ddns_sync.sync.endpoints.local import LocalEndpoint
from custom_components.smb_ddns_sync.sync.endpoints.share import ShareEndpoint
from custom_components.smb_ddns_sync.sync.hints import Scope
from custom_components.smb_ddns_sync.sync.run import EVERYTHING, Orders
from custom_components.smb_ddns_sync.sync.settings import Mode
from demo.proxy import Proxy

from .pair import SETTINGS, run
from .samba import share_at
from .trees import fill_folder, folder_tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .samba import Samba

TO_LOOK = 2  # the root with its marker, and the folder
"""Round trips of a run that looks at one folder and finds nothing."""
PROOF = 1
LOCK = 3  # taken in one, let go in two: what is there is compared before it goes
LONG_AGO = 1_600_000_000_000_000_000
DAY = Scope(everything=False, folders=frozenset({RelPath("day")}))


@dataclass
class Line:
    """A folder here, a folder on the share, and the runs between them, counted."""

    here: Path
    there: Path
    state: Path
    proxy: Proxy
    share: ShareEndpoint

    def round_trips(self, mode: Mode, scope: Scope = DAY) -> int:
        """Return how many a run takes."""
        before = self.proxy.traffic()
        settings = replace(SETTINGS, mode=mode)
        outcome = run(self.state, LocalEndpoint(self.here), self.share, settings, Orders(scope))
        assert outcome.hold is None
        assert outcome.done.problem_count == 0
        assert folder_tree(self.here) == folder_tree(self.there)
        return (self.proxy.traffic() - before).round_trips


@contextmanager
def lined(samba: Samba, place: Path) -> Iterator[Line]:
    here, there = place / "here", samba.folder / place.name
    for folder in (here, there):
        (folder / "day").mkdir(parents=True)
    with Proxy(samba.server.host, samba.server.port) as proxy:
        client = ShareClient(share_at(Address(proxy.host, proxy.port)))
        try:
            yield Line(here, there, place / "state", proxy, ShareEndpoint(client, place.name))
        finally:
            client.close()


@pytest.fixture
def line(samba: Samba, tmp_path: Path) -> Iterator[Line]:
    with lined(samba, tmp_path) as line:
        fill_folder(line.here / "day", {"known.txt": "1", "other.txt": "2"}, LONG_AGO)
        yield line


@pytest.fixture(params=[Mode.MIRROR, Mode.TWO_WAY])
def mode(request: pytest.FixtureRequest, line: Line) -> Mode:
    """Return a mode in which both sides were made the same."""
    mode: Mode = request.param
    line.round_trips(mode, EVERYTHING)
    return mode


def test_looking_takes_one_for_the_root_and_one_for_each_folder(line: Line, mode: Mode) -> None:
    assert line.round_trips(mode) == TO_LOOK
    assert line.round_trips(mode, EVERYTHING) == 1 + 2


def test_a_new_file_takes_two_besides_the_proof_and_the_lock(line: Line, mode: Mode) -> None:
    fill_folder(line.here / "day", {"new.txt": "new"}, LONG_AGO)
    assert line.round_trips(mode) == TO_LOOK + PROOF + LOCK + 2


def test_a_file_that_comes_from_the_share_takes_no_more(line: Line) -> None:
    line.round_trips(Mode.TWO_WAY, EVERYTHING)
    fill_folder(line.there / "day", {"new.txt": "new"}, LONG_AGO)
    assert line.round_trips(Mode.TWO_WAY) == TO_LOOK + PROOF + LOCK + 2


def test_a_replaced_file_takes_two_more_for_the_place_of_the_old_one(
    line: Line, mode: Mode
) -> None:
    known = line.here / "day" / "known.txt"
    known.write_text("edited")
    os.utime(known, ns=(LONG_AGO, LONG_AGO + 1_000_000_000))
    assert line.round_trips(mode) == TO_LOOK + PROOF + LOCK + 2 + 2


def test_a_deleted_file_takes_two_besides_a_second_proof(line: Line, mode: Mode) -> None:
    (line.here / "day" / "known.txt").unlink()
    assert line.round_trips(mode) <= TO_LOOK + 2 * PROOF + LOCK + 1 + 2


def test_a_renamed_folder_takes_six_more_than_a_look(line: Line, mode: Mode) -> None:
    look = line.round_trips(mode, EVERYTHING)
    (line.here / "day").rename(line.here / "night")
    assert line.round_trips(mode, EVERYTHING) == look + PROOF + LOCK + 2
