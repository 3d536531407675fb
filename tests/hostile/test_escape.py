"""Whatever a hostile share tells of, a job writes in its own folder and nowhere else."""

from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.smb.status import (
    FILE_IS_A_DIRECTORY,
    NO_MORE_FILES,
    NOT_A_DIRECTORY,
    OBJECT_NAME_NOT_FOUND,
)
from custom_components.smb_ddns_sync.smb.wire import HEADER_SIZE, Command
from custom_components.smb_ddns_sync.smb.wire_create import Options
from custom_components.smb_ddns_sync.sync.endpoint import EndpointError
from custom_components.smb_ddns_sync.sync.endpoints.local import LocalEndpoint
from custom_components.smb_ddns_sync.sync.endpoints.share import ShareEndpoint
from custom_components.smb_ddns_sync.sync.names import OWN_FOLDER
from tests.sync.pair import run

from .liar import CONTENT, Liar, Said, Script, attributes, entry, error, opened, output

if TYPE_CHECKING:
    from pathlib import Path

    from custom_components.smb_ddns_sync.sync.run import Outcome
    from tests.smb.peer import Asked

FILE, FOLDER = 0x20, 0x10
LINK = 0x410
SYMBOLIC = 0xA000_000C


class Tree:
    """A share whose folder `f` holds what a test says, as a script for a liar."""

    def __init__(self, *entries: tuple[str, int]) -> None:
        self._entries = entries
        self._kinds = {"f": FOLDER, **{f"f\\{name}": kind for name, kind in entries}}
        self._path = ""
        self._told = True

    def script(self) -> Script:
        """Return the answers; only one thing is open at a time."""
        return {
            Command.CREATE: self._create,
            Command.QUERY_DIRECTORY: self._list,
            Command.QUERY_INFO: self._query,
        }

    def _create(self, asked: Asked) -> Said:
        at = int.from_bytes(asked.body[44:46], "little") - HEADER_SIZE
        size = int.from_bytes(asked.body[46:48], "little")
        self._path = asked.body[at : at + size].decode("utf-16-le", "surrogatepass")
        self._told = False
        options = int.from_bytes(asked.body[40:44], "little")
        kind = self._kinds.get(self._path)
        if kind is None:
            return error(OBJECT_NAME_NOT_FOUND)
        if options & Options.FOLDER and not kind & FOLDER:
            return error(NOT_A_DIRECTORY)
        return error(FILE_IS_A_DIRECTORY) if options & Options.FILE and kind & FOLDER else opened()

    def _list(self, _asked: Asked) -> Said:
        if self._told or self._path != "f":
            return error(NO_MORE_FILES)
        self._told = True
        *others, (last, kind) = self._entries
        data = b"".join(
            entry(name, kind=of, tag=SYMBOLIC if of & 0x400 else 0, following=None)
            for name, of in others
        )
        return output(data + entry(last, kind=kind, tag=SYMBOLIC if kind & 0x400 else 0))

    def _query(self, asked: Asked) -> Said:
        volume, of = asked.body[2:4]
        if volume == 2:
            return output(bytes(8) + (1234).to_bytes(4, "little") + bytes(8))
        if of == 6:
            return output((99).to_bytes(8, "little"))
        return attributes(kind=self._kinds.get(self._path, FILE))


def mirrored(tree: Tree, base: Path) -> Outcome:
    """Mirror a hostile folder to `base/root`."""
    (base / "root").mkdir()
    with Liar(tree.script()) as liar:
        source = ShareEndpoint(liar.client, "f")
        return run(base / "state.sqlite", source, LocalEndpoint(base / "root"))


def outside(base: Path) -> list[str]:
    """Return what is beside the root and the state."""
    return sorted(
        path.name
        for path in base.iterdir()
        if path.name != "root" and not path.name.startswith("state.sqlite")
    )


@pytest.mark.parametrize(
    "name", ["../out", "..\\out", "/tmp/out", "\\out", "a/../../out", "out\0", ""]
)
def test_a_listing_with_a_name_that_leads_away_ends_the_run_and_nothing_is_written(
    tmp_path: Path, name: str
) -> None:
    with pytest.raises(EndpointError):
        mirrored(Tree(("good", FILE), (name, FILE)), tmp_path)

    assert outside(tmp_path) == []
    assert list((tmp_path / "root").iterdir()) == []


@pytest.mark.parametrize(
    "name", ["file:stream", "C:", "...", "~root", "-rf", "%2e%2e%2fout", "\u2025", "..\uff0fout"]
)
def test_a_strange_name_is_that_of_a_file_in_the_root(tmp_path: Path, name: str) -> None:
    mirrored(Tree((name, FILE)), tmp_path)

    assert outside(tmp_path) == []
    (file,) = (path for path in (tmp_path / "root").iterdir() if path.name != OWN_FOLDER)
    assert file.read_bytes() == CONTENT


def test_a_name_longer_than_any_disk_takes_is_told_and_the_others_arrive(tmp_path: Path) -> None:
    outcome = mirrored(Tree(("x" * 5000, FILE), ("good", FILE)), tmp_path)

    assert (tmp_path / "root" / "good").read_bytes() == CONTENT
    assert [problem.path for problem in outcome.done.problems] == ["x" * 5000]


def test_a_link_is_neither_followed_nor_made(tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    mirrored(Tree(("link", LINK), ("good", FILE)), tmp_path)

    assert not (tmp_path / "root" / "link").exists(follow_symlinks=False)
    assert (tmp_path / "root" / "good").read_bytes() == CONTENT


def test_a_file_does_not_go_through_a_link_that_stands_here(tmp_path: Path) -> None:
    """A folder that the share tells of may be a link to elsewhere on this machine by now."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "folder").symlink_to(elsewhere)
    tree = Tree(("folder", FOLDER), ("good", FILE))
    with Liar(tree.script()) as liar:
        run(
            tmp_path / "state.sqlite",
            ShareEndpoint(liar.client, "f"),
            LocalEndpoint(tmp_path / "root"),
        )

    assert list(elsewhere.iterdir()) == []
    assert (tmp_path / "root" / "good").read_bytes() == CONTENT
