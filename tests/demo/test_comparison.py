"""Two folders are the same only if names, contents and times are."""

import os
from typing import TYPE_CHECKING

import pytest

from demo.comparison import compare

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(name="folders")
def folders_fixture(tmp_path: Path) -> tuple[Path, Path]:
    pair = tmp_path / "here", tmp_path / "there"
    for folder in pair:
        (folder / "Photos").mkdir(parents=True)
        write(folder / "Photos" / "été.txt", "Il faisait beau.")
        write(folder / "empty", "")
    return pair


def write(path: Path, text: str, *, modified: int = 1_700_000_000) -> None:
    path.write_text(text)
    os.utime(path, (modified, modified))


def test_equal_folders_are_equal(folders: tuple[Path, Path]) -> None:
    comparison = compare(*folders)

    assert comparison.equal
    assert comparison.same == ("Photos/", "Photos/été.txt", "empty")


def test_two_empty_folders_prove_nothing(tmp_path: Path) -> None:
    assert not compare(tmp_path, tmp_path).equal


def test_a_missing_folder_is_like_an_empty_one(folders: tuple[Path, Path], tmp_path: Path) -> None:
    comparison = compare(folders[0], tmp_path / "nowhere")

    assert not comparison.equal
    assert comparison.only_here == ("Photos/", "Photos/été.txt", "empty")


def test_another_content_of_the_same_size_is_different(folders: tuple[Path, Path]) -> None:
    write(folders[1] / "Photos" / "été.txt", "Il faisait FROI.")

    assert compare(*folders).different == ("Photos/été.txt",)


def test_another_time_of_change_is_different(folders: tuple[Path, Path]) -> None:
    write(folders[1] / "empty", "", modified=1_700_000_100)

    assert compare(*folders).different == ("empty",)


def test_a_folder_in_the_place_of_a_file_is_different(folders: tuple[Path, Path]) -> None:
    (folders[1] / "empty").unlink()
    (folders[1] / "empty").mkdir()

    comparison = compare(*folders)
    assert comparison.only_here == ("empty",)
    assert comparison.only_there == ("empty/",)


def test_what_is_ours_in_the_root_is_no_file_of_the_user(folders: tuple[Path, Path]) -> None:
    (folders[1] / ".smb_ddns_sync").mkdir()
    write(folders[1] / ".smb_ddns_sync" / "root.json", "{}")

    assert compare(*folders).equal


def test_every_difference_is_told(folders: tuple[Path, Path]) -> None:
    write(folders[0] / "new", "here")
    write(folders[1] / "old", "there")
    write(folders[1] / "empty", "no more")

    assert list(compare(*folders).lines()) == [
        "= Photos/",
        "= Photos/été.txt",
        "only here  new",
        "only there old",
        "different  empty",
    ]
