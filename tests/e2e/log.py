"""What must and must not stand in Home Assistant's log."""

from base64 import b64encode
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_OURS = "custom_components.smb_ddns_sync"


def our_warnings(log: Path) -> list[str]:
    """Return the lines in which the integration tells of trouble."""
    return [
        line
        for line in log.read_text().splitlines()
        if f"[{_OURS}" in line and (" WARNING " in line or " ERROR " in line)
    ]


def blocking_calls(log: Path) -> list[str]:
    """Return the lines in which Home Assistant complains of somebody who stops its event loop."""
    return [line for line in log.read_text().splitlines() if "Detected blocking call" in line]


def leaks(log: Path, secrets: Iterable[str]) -> list[str]:
    """Return the lines that hold a secret, plain or as HTTP sends it."""
    forms = {form for secret in secrets for form in (secret, b64encode(secret.encode()).decode())}
    return [line for line in log.read_text().splitlines() if any(form in line for form in forms)]
