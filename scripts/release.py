"""Check that a state of the repository can be released, and build the archive of it.

HACS and the Marketplace install from the repository's content at a tag, so what they look at is
checked here where it is made. The archive is for an installation by hand: it holds the folder of
the integration, to be unpacked into `custom_components`, and nothing that is not committed. Two
builds of one commit are the same, byte for byte.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Final
import zipfile

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).resolve().parent.parent
INTEGRATION: Final = Path("custom_components/smb_ddns_sync")
# What a zip calls the beginning of time; a commit has one content, whenever it is packed.
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_VERSION: Final = re.compile(r"\d+\.\d+\.\d+(?:-(?:alpha|beta|rc)\.\d+)?")
# Of what HACS and the Marketplace let through; both drop a file with any other key.
_HACS_KEYS: Final = frozenset(
    {
        "content_in_root",
        "country",
        "filename",
        "hacs",
        "hide_default_branch",
        "homeassistant",
        "name",
        "persistent_directory",
        "render_readme",
        "zip_release",
    }
)
_MANIFEST_KEYS: Final = (
    "codeowners",
    "config_flow",
    "documentation",
    "domain",
    "integration_type",
    "iot_class",
    "issue_tracker",
    "name",
    "requirements",
    "version",
)
_LARGEST: Final = 100 * 1024 * 1024
_MOST_MEMBERS: Final = 50_000


def tracked_files(root: Path) -> list[Path]:
    """Return the files of the integration that belong to the repository, relative to `root`."""
    command = ["git", "ls-files", "-z", "--", str(INTEGRATION)]
    listed = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout
    return sorted(Path(name) for name in listed.split("\0") if name)


def notes_of(changelog: str, version: str) -> str:
    """Return what the change log says of a version; empty where it says nothing."""
    heading = re.compile(
        rf"^## {re.escape(version)}(?= |$)[^\n]*\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL
    )
    found = heading.search(changelog)
    return found.group(1).strip() if found else ""


def _json(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def faults(root: Path, tag: str | None) -> Iterator[str]:
    """Yield what keeps this state from being released, each in a sentence."""
    manifest = _json(root / INTEGRATION / "manifest.json")
    version = str(manifest.get("version", ""))
    yield from (f"manifest.json lacks {key}." for key in _MANIFEST_KEYS if not manifest.get(key))
    if manifest.get("domain") != INTEGRATION.name:
        yield f"manifest.json is of {manifest.get('domain')}, in the folder {INTEGRATION.name}."
    if not _VERSION.fullmatch(version):
        yield f"The version {version!r} in manifest.json is not one such as 1.2.3 or 1.2.3-beta.1."
    if tag is not None and tag != f"v{version}":
        yield f"The tag is {tag}, and manifest.json says that this is {version}."
    yield from (
        f"{pin} is not pinned with ==." for pin in manifest["requirements"] if "==" not in pin
    )
    store = _json(root / "hacs.json")
    if not store.get("name") or not store.get("homeassistant"):
        yield "hacs.json lacks a name, or the oldest Home Assistant."
    yield from (f"hacs.json has {key}, which is refused." for key in store.keys() - _HACS_KEYS)
    changelog = root / "CHANGELOG.md"
    if not changelog.exists() or not notes_of(changelog.read_text(encoding="utf-8"), version):
        yield f"CHANGELOG.md says nothing of {version}."
    for needed in ("README.md", "LICENSE", str(INTEGRATION / "brand" / "icon.png")):
        if not (root / needed).exists():
            yield f"{needed} is missing."
    files = [file for file in tracked_files(root) if (root / file).exists()]
    if len(files) > _MOST_MEMBERS or sum((root / file).stat().st_size for file in files) > _LARGEST:
        yield "The integration is larger than what the Marketplace takes."
    yield from (
        f"{file} is a link; an archive cannot hold it."
        for file in files
        if (root / file).is_symlink()
    )


def build(root: Path, folder: Path) -> Path:
    """Build the archive in `folder`, which is made, and return where it is."""
    version = _json(root / INTEGRATION / "manifest.json")["version"]
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{INTEGRATION.name}-{version}.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for file in tracked_files(root):
            member = zipfile.ZipInfo(str(file.relative_to(INTEGRATION.parent)), _EPOCH)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o644 << 16
            archive.writestr(member, (root / file).read_bytes())
    return target


def main(arguments: list[str]) -> int:
    """Do what the command line asks for, and return the exit status."""
    parser = argparse.ArgumentParser(prog="scripts/release")
    parser.add_argument("--tag", help="the tag that is to be released")
    parser.add_argument("--to", type=Path, default=ROOT / ".dev" / "release", metavar="FOLDER")
    parser.add_argument("--notes", action="store_true", help="print the notes of this version")
    wanted = parser.parse_args(arguments)
    found = list(faults(ROOT, wanted.tag))
    if found:
        print("\n".join(found), file=sys.stderr)
        return 1
    if wanted.notes:
        version = _json(ROOT / INTEGRATION / "manifest.json")["version"]
        print(notes_of((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), version))
    else:
        print(build(ROOT, wanted.to))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
