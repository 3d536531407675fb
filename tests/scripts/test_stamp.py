"""A part of the set-up is complete when it was finished, from these inputs, at this place."""

from typing import TYPE_CHECKING

import pytest

from scripts.setup_environment.stamp import Part

if TYPE_CHECKING:
    from pathlib import Path


def _make(part: Part) -> None:
    with part.made():
        part.folder.mkdir()
        (part.folder / "content").touch()


def _interrupted(part: Part) -> None:
    with part.made():
        part.folder.mkdir()
        raise KeyboardInterrupt


def test_a_part_that_was_made_is_complete(tmp_path: Path) -> None:
    _make(Part(tmp_path / "part", ["one==1"]))

    assert Part(tmp_path / "part", ["one==1"]).is_complete()


def test_a_part_with_other_inputs_is_not_complete(tmp_path: Path) -> None:
    _make(Part(tmp_path / "part", ["one==1"]))

    assert not Part(tmp_path / "part", ["one==2"]).is_complete()


def test_a_part_that_was_moved_is_not_complete(tmp_path: Path) -> None:
    _make(Part(tmp_path / "part", ["one==1"]))
    (tmp_path / "part").rename(tmp_path / "elsewhere")

    assert not Part(tmp_path / "elsewhere", ["one==1"]).is_complete()


def test_a_failure_leaves_nothing_behind(tmp_path: Path) -> None:
    part = Part(tmp_path / "part", [])

    with pytest.raises(KeyboardInterrupt):
        _interrupted(part)

    assert not part.folder.exists()


def test_what_a_killed_set_up_left_is_made_anew(tmp_path: Path) -> None:
    part = Part(tmp_path / "part", [])
    part.folder.mkdir()
    (part.folder / "half").touch()

    assert not part.is_complete()
    _make(part)

    assert part.is_complete()
    assert not (part.folder / "half").exists()
