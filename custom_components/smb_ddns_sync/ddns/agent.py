"""How this program names itself to the servers it asks."""

import json
from pathlib import Path
import platform
from typing import Final

_HOME: Final = "https://github.com/smb-ddns-sync/smb-ddns-sync"

# Dyn and No-IP block clients without a name of their own, and want to find who wrote them
# (help.dyn.com "Update User Agent", noip.com/integrate/request).
USER_AGENT: Final = f"SMB-DDNS-Sync (+{_HOME})"


def named_agent() -> str:
    """Return the name in the form that No-IP asks for (noip.com/integrate/request).

    "Company NameOfProgram/OSVersion-ReleaseVersion maintainer-contact"; the contact is where
    maintainers read.
    """
    manifest = Path(__file__).parents[1] / "manifest.json"
    version = json.loads(manifest.read_text(encoding="utf-8"))["version"]
    system = platform.system() or "unknown"
    return f"smb-ddns-sync SMB-DDNS-Sync/{system}-{version} {_HOME}/issues"
