"""Reading what is pinned where it is pinned: pyproject.toml and the integration's manifest."""

from __future__ import annotations

import ast
import json
import re
from typing import TYPE_CHECKING, Any

from .failure import SetupError

if TYPE_CHECKING:
    from pathlib import Path

_GROUP = re.compile(r"^([a-z]+)\s*=\s*(\[.*?\])[ \t]*$", re.MULTILINE | re.DOTALL)
_SECTION = re.compile(r"^\[dependency-groups\]$(.*?)(?=^\[)", re.MULTILINE | re.DOTALL)
# What decides which of Home Assistant's requirements come with ours.
_KEYS = ("requirements", "dependencies", "after_dependencies", "dhcp", "mqtt", "ssdp", "zeroconf")


def dependency_groups(root: Path) -> dict[str, list[str]]:
    """Return the pins of each group of pyproject.toml.

    The standard library reads TOML only from Python 3.11 on. A group here is a list of plain
    strings, which TOML and Python write alike, comments included.
    """
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    section = _SECTION.search(text)
    if section is None:
        raise _unreadable("it has no [dependency-groups]")
    groups = {name: ast.literal_eval(pins) for name, pins in _GROUP.findall(section.group(1))}
    for name, pins in groups.items():
        for pin in pins:
            if "==" not in pin:
                raise _unreadable(f"{pin!r} in the group {name!r} is not pinned with ==")
    return groups


def _unreadable(cause: str) -> SetupError:
    return SetupError("Reading the pins", cause, "Correct [dependency-groups] in pyproject.toml.")


def manifest_inputs(root: Path) -> dict[str, Any]:
    """Return what the integration's manifest says of packages and of other integrations."""
    path = root / "custom_components" / "smb_ddns_sync" / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    return {key: manifest[key] for key in _KEYS if key in manifest}
