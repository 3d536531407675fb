"""What set-up reads of pyproject.toml and the manifest, without a reader of TOML."""

from pathlib import Path
import tomllib

import pytest

from scripts.setup_environment.failure import SetupError
from scripts.setup_environment.pins import dependency_groups, manifest_inputs

ROOT = Path(__file__).resolve().parents[2]


def _project(folder: Path, groups: str) -> Path:
    (folder / "pyproject.toml").write_text(f"[dependency-groups]\n{groups}\n[tool.other]\nx = 1\n")
    return folder


def test_the_pins_of_this_project_are_read_as_toml_reads_them() -> None:
    expected = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]

    assert dependency_groups(ROOT) == expected


def test_a_group_may_span_lines_and_hold_comments_and_extras(tmp_path: Path) -> None:
    project = _project(tmp_path, 'a = [\n  "one[x]==1", # why\n  "two==2",\n]\nb = ["three==3"]')

    assert dependency_groups(project) == {"a": ["one[x]==1", "two==2"], "b": ["three==3"]}


def test_a_package_without_its_version_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="'one>=1' in the group 'a' is not pinned"):
        dependency_groups(_project(tmp_path, 'a = ["one>=1"]'))


def test_a_project_without_groups_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\n")

    with pytest.raises(SetupError, match="no \\[dependency-groups\\]"):
        dependency_groups(tmp_path)


def test_the_version_of_the_integration_does_not_remake_anything() -> None:
    assert "version" not in manifest_inputs(ROOT)
