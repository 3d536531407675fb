"""What holds for a folder of this machine beyond the contract of all sides."""

import os
import time
from typing import TYPE_CHECKING, Self

import pytest

from custom_components.smb_ddns_sync.sync.endpoint import (
    ROOT,
    Changed,
    EndpointError,
    FileError,
    Kind,
    Missing,
    NameRule,
    NeedsPerson,
    RelPath,
)
from custom_components.smb_ddns_sync.sync.endpoints import descent, filesystem
from custom_components.smb_ddns_sync.sync.endpoints.local import LocalEndpoint
from custom_components.smb_ddns_sync.sync.endpoints.memory import MemoryEndpoint

from .pair import run
from .trees import contents, fill_folder, tree

if TYPE_CHECKING:
    from pathlib import Path

LONG_AGO = 1_600_000_000_000_000_000


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    fill_folder(root, {"a": "1", "d": {"b": "2"}}, LONG_AGO)
    return root


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """Return a folder outside the root that must never be read."""
    fill_folder(tmp_path / "outside", {"secret": "s3cret"}, LONG_AGO)
    return tmp_path / "outside"


def kinds(root: Path) -> dict[str, Kind]:
    return {
        entry.path: entry.kind
        for listing in LocalEndpoint(root).walk()
        for entry in listing.entries
    }


def test_links_are_told_and_never_followed(root: Path, secret: Path) -> None:
    (root / "to a folder").symlink_to(secret)
    (root / "to a file").symlink_to(secret / "secret")
    (root / "dangling").symlink_to("nowhere")
    (root / "to the root").symlink_to(root)

    found = kinds(root)

    assert {path for path, kind in found.items() if kind is Kind.OTHER} == {
        "to a folder",
        "to a file",
        "dangling",
        "to the root",
    }
    assert set(found) >= {"a", "d", "d/b"}


def test_pipes_and_sockets_are_told_and_never_opened(root: Path) -> None:
    os.mkfifo(root / "pipe")
    assert kinds(root)["pipe"] is Kind.OTHER
    with pytest.raises(Changed), LocalEndpoint(root).open(RelPath("pipe")):
        pass


@pytest.mark.parametrize("path", ["link", "link/secret", "d/link/secret"])
def test_nothing_is_read_through_a_link(root: Path, secret: Path, path: str) -> None:
    (root / "link").symlink_to(secret / "secret" if path == "link" else secret)
    (root / "d" / "link").symlink_to(secret)
    with pytest.raises(EndpointError), LocalEndpoint(root).open(RelPath(path)):
        pass


def test_a_folder_that_is_swapped_for_a_link_after_the_scan_leads_nowhere(
    root: Path, secret: Path, tmp_path: Path
) -> None:
    side = LocalEndpoint(root)
    (secret / "b").write_text("2")
    target = MemoryEndpoint()

    def swap(step: str, _path: RelPath) -> None:
        if step == "create" and not (root / "d").is_symlink():
            (root / "d" / "b").unlink()
            (root / "d").rmdir()
            (root / "d").symlink_to(secret)

    target.before = swap
    run(tmp_path / "state.sqlite", side, target)

    assert "s3cret" not in contents(tree(target))
    assert tree(target) == {"a": "1", "d": {}}
    assert side.list(RelPath("d")).error is not None
    with pytest.raises(EndpointError):
        side.make_folder(RelPath("d/new"))
    assert sorted(path.name for path in secret.iterdir()) == ["b", "secret"]


def test_a_folder_without_rights_is_an_error_and_not_an_empty_one(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Root may read everything, so the refusal is made here.
    def refuse(_handle: int) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)
    assert isinstance(LocalEndpoint(root).list(RelPath("d")).error, FileError)
    assert isinstance(LocalEndpoint(root).list(ROOT).error, NeedsPerson)


def test_a_listing_that_breaks_off_is_an_error_and_not_a_shorter_list(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.scandir

    class Breaking:
        def __init__(self, handle: int) -> None:
            self._real = real(handle)

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            self._real.close()

        def __iter__(self) -> Breaking:
            return self

        def __next__(self) -> os.DirEntry[str]:
            for entry in self._real:
                if entry.name == "a":
                    raise OSError(5, "Input/output error")
                return entry
            raise StopIteration

    monkeypatch.setattr(os, "scandir", Breaking)
    listing = LocalEndpoint(root).list(RelPath(""))
    assert listing.error is not None
    assert listing.entries == ()


def test_a_root_that_is_missing_or_a_file_has_no_identity(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("1")
    for path in ("nowhere", "file"):
        with pytest.raises(Missing):
            LocalEndpoint(tmp_path / path).identify()


def test_another_folder_at_the_same_path_has_another_identity(root: Path) -> None:
    side = LocalEndpoint(root)
    before = side.identify()
    root.rename(root.with_name("away"))
    root.mkdir()
    assert not side.identify().same_root(before)


def test_a_name_that_is_no_text_can_be_carried_to_a_side_that_can_hold_it(
    root: Path, tmp_path: Path
) -> None:
    name = os.fsdecode(b"caf\xe9.txt")
    (root / name).write_text("latin")
    os.utime(root / name, ns=(LONG_AGO, LONG_AGO))

    run(tmp_path / "state.sqlite", LocalEndpoint(root), LocalEndpoint(tmp_path / "copy"))

    assert (tmp_path / "copy" / name).read_text() == "latin"


def test_times_before_1970_and_far_ahead_are_carried_over(root: Path, tmp_path: Path) -> None:
    os.utime(root / "a", ns=(0, -86_400_000_000_001))
    os.utime(root / "d" / "b", ns=(0, 7_000_000_000_000_000_000))
    copy = tmp_path / "copy"

    run(tmp_path / "state.sqlite", LocalEndpoint(root), LocalEndpoint(copy))

    assert (copy / "a").stat().st_mtime_ns == -86_400_000_000_001
    assert (copy / "d" / "b").stat().st_mtime_ns == 7_000_000_000_000_000_000
    assert run(
        tmp_path / "state.sqlite", LocalEndpoint(root), LocalEndpoint(copy)
    ).plan.only_remembers


def test_a_mirror_of_two_folders_keeps_old_versions_and_writes_nothing_when_idle(
    root: Path, tmp_path: Path
) -> None:
    copy, state = tmp_path / "copy", tmp_path / "state.sqlite"
    run(state, LocalEndpoint(root), LocalEndpoint(copy))
    (root / "a").write_text("edited")
    os.utime(root / "a", ns=(LONG_AGO, LONG_AGO + 5))
    run(state, LocalEndpoint(root), LocalEndpoint(copy))
    stamps = {path: path.stat().st_ctime_ns for path in copy.rglob("*")}

    run(state, LocalEndpoint(root), LocalEndpoint(copy))

    assert (copy / "a").read_text() == "edited"
    assert [path.read_text() for path in copy.glob(".smb_ddns_sync/trash/*/a")] == ["1"]
    assert {path: path.stat().st_ctime_ns for path in copy.rglob("*")} == stamps


def test_a_file_that_is_edited_with_its_time_set_back_is_noticed_while_it_is_read(
    root: Path,
) -> None:
    with LocalEndpoint(root).open(RelPath("a")) as content:
        (root / "a").write_text("2")
        os.utime(root / "a", ns=(LONG_AGO, LONG_AGO))
        with pytest.raises(Changed):
            content.verify_unchanged()


def test_ids_count_only_on_file_systems_that_keep_them(monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = {1: "ext4", 2: "vfat", 3: "fuse.mergerfs", 4: "exfat"}
    monkeypatch.setattr(filesystem, "_mounted_types", lambda: kinds)
    systems = filesystem.FileSystems(1)
    assert [systems.has_lasting_ids(n) for n in (1, 2, 3, 4, 5)] == [
        True,
        False,
        False,
        False,
        True,
    ]
    assert filesystem.FileSystems(2).modified_step == 2_000_000_000


@pytest.mark.parametrize("kind", ["vfat", "exfat", "ntfs3", "cifs"])
def test_a_disk_of_windows_holds_names_as_windows_does(
    kind: str, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filesystem, "_mounted_types", lambda: {root.stat().st_dev: kind})
    traits = LocalEndpoint(root).traits
    assert (traits.names, traits.case_sensitive) == (NameRule.WINDOWS, False)


def test_a_disk_that_takes_cases_for_one_is_found_out_without_a_write(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = root.stat().st_mtime_ns
    assert LocalEndpoint(root).traits.case_sensitive

    as_it_is = descent.status
    monkeypatch.setattr(descent, "status", lambda part, parent: as_it_is(part.lower(), parent))
    assert not LocalEndpoint(root).traits.case_sensitive
    assert root.stat().st_mtime_ns == before


def test_the_kernels_list_of_mounts_is_understood(root: Path) -> None:
    types = filesystem._mounted_types()
    assert types
    assert all(isinstance(kind, str) and kind for kind in types.values())
    assert time.time_ns() > LocalEndpoint(root).traits.modified_step
