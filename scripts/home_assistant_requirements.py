"""Print the packages that Home Assistant would install at its first start with our integration.

Run with the Python of an environment that holds Home Assistant and the packages that it names
itself. An installation asks for these one by one at run time; where tests and the demo start it
with `--skip-pip` they have to be there.
"""

import json
from pathlib import Path
import sys
from typing import TYPE_CHECKING, Any

import homeassistant
from homeassistant.bootstrap import CORE_INTEGRATIONS, DEFAULT_INTEGRATIONS
from homeassistant.requirements import DISCOVERY_INTEGRATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable

# What the demo's configuration names, and what the frontend or a test loads besides.
CONFIGURED = {
    "automation",
    "config",
    "diagnostics",
    "history",
    "logbook",
    "media_source",
    "onboarding",
    "repairs",
}
COMPONENTS = Path(homeassistant.__file__).parent / "components"


def neighbours(manifest: dict[str, Any]) -> set[str]:
    """Return the integrations whose packages come along with those of `manifest`."""
    found = {*manifest.get("dependencies", []), *manifest.get("after_dependencies", [])}
    for domain, keys in DISCOVERY_INTEGRATIONS.items():
        if any(key in manifest for key in keys):
            found.add(domain)
    return found


def requirements(ours: dict[str, Any]) -> Iterable[str]:
    """Yield the packages of all integrations that start, ours aside."""
    waiting = CORE_INTEGRATIONS | DEFAULT_INTEGRATIONS | CONFIGURED | neighbours(ours)
    seen: set[str] = set()
    while waiting:
        domain = waiting.pop()
        if domain in seen:
            continue
        seen.add(domain)
        path = COMPONENTS / domain / "manifest.json"
        # An after-dependency may be an integration that this Home Assistant does not have.
        if path.exists():
            manifest = json.loads(path.read_text(encoding="utf-8"))
            waiting |= neighbours(manifest)
            yield from manifest.get("requirements", [])


def main() -> None:
    """Print them, each once."""
    manifest = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    print("\n".join(sorted(set(requirements(manifest)))))


main()
