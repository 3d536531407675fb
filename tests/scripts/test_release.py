"""What keeps a state from being released, and what its archive holds."""

import json
import subprocess
from typing import TYPE_CHECKING, Any
import zipfile

import pytest

from scripts.release import INTEGRATION, ROOT, build, faults, notes_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MANIFEST = INTEGRATION / "manifest.json"


@pytest.fixture(name="copy")
def copy_fixture(tmp_path: Path) -> Path:
    """Return a repository of its own, with the files of this one that a release rests on."""
    for name in ("README.md", "LICENSE", "CHANGELOG.md", "hacs.json", str(MANIFEST)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    icon = tmp_path / INTEGRATION / "brand" / "icon.png"
    icon.parent.mkdir()
    icon.write_bytes(b"an icon")
    (tmp_path / INTEGRATION / "__init__.py").write_text('"""Nothing yet."""\n')
    for command in (["init", "--quiet"], ["add", "."]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    return tmp_path


def change(file: Path, alter: Callable[[dict[str, Any]], None]) -> None:
    content = json.loads(file.read_text())
    alter(content)
    file.write_text(json.dumps(content))


def test_this_state_can_be_released() -> None:
    version = json.loads((ROOT / MANIFEST).read_text())["version"]

    assert list(faults(ROOT, f"v{version}")) == []


def test_a_tag_of_another_version_is_refused(copy: Path) -> None:
    (fault,) = faults(copy, "v99.0.0")

    assert fault.startswith("The tag is v99.0.0, and manifest.json says that this is ")


@pytest.mark.parametrize("version", ["", "1", "1.2", "1.2.3.4", "v1.2.3", "1.2.3-next"])
def test_a_version_that_is_none_is_refused(copy: Path, version: str) -> None:
    change(copy / MANIFEST, lambda manifest: manifest.update(version=version))

    assert any("is not one such as 1.2.3" in fault for fault in faults(copy, None))


def test_a_version_that_the_change_log_does_not_know_is_refused(copy: Path) -> None:
    change(copy / MANIFEST, lambda manifest: manifest.update(version="99.0.0"))

    assert list(faults(copy, None)) == ["CHANGELOG.md says nothing of 99.0.0."]


def test_a_requirement_that_is_not_pinned_is_refused(copy: Path) -> None:
    change(copy / MANIFEST, lambda manifest: manifest["requirements"].append("anything>=1"))

    assert list(faults(copy, None)) == ["anything>=1 is not pinned with ==."]


def test_what_the_marketplace_would_refuse_is_refused(copy: Path) -> None:
    change(copy / "hacs.json", lambda store: store.update(colour="blue"))
    (copy / INTEGRATION / "brand" / "icon.png").unlink()

    assert list(faults(copy, None)) == [
        "hacs.json has colour, which is refused.",
        f"{INTEGRATION / 'brand' / 'icon.png'} is missing.",
    ]


def test_the_archive_holds_what_is_tracked_and_nothing_else(copy: Path, tmp_path: Path) -> None:
    (copy / INTEGRATION / "left behind.txt").write_text("not of the repository\n")

    with zipfile.ZipFile(build(copy, tmp_path / "built")) as archive:
        assert sorted(archive.namelist()) == [
            "smb_ddns_sync/__init__.py",
            "smb_ddns_sync/brand/icon.png",
            "smb_ddns_sync/manifest.json",
        ]


def test_two_builds_are_the_same(copy: Path, tmp_path: Path) -> None:
    first = build(copy, tmp_path / "first").read_bytes()
    (copy / INTEGRATION / "__init__.py").touch()

    assert build(copy, tmp_path / "second").read_bytes() == first


def test_the_notes_are_those_of_the_version_alone() -> None:
    changelog = (
        "# Changes\n\n## 0.10.0\n\nNew.\n\n## 0.1.0 (last year)\n\nThe first.\n\n## 0.0.1\nOld.\n"
    )

    assert notes_of(changelog, "0.1.0") == "The first."
    assert notes_of(changelog, "0.10.0") == "New."
    assert notes_of(changelog, "0.1") == ""
