"""Where each job keeps its state.

One SQLite file, named after the subentry, beside Home Assistant's own storage.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from .const import DOMAIN

if TYPE_CHECKING:
    from collections.abc import Collection

    from homeassistant.core import HomeAssistant

_SUFFIX = ".db"


def _folder(hass: HomeAssistant) -> Path:
    return Path(hass.config.path(".storage", DOMAIN))


def state_file(hass: HomeAssistant, subentry_id: str) -> Path:
    """Return the path of a job's state; its folder may be missing."""
    return _folder(hass) / f"{subentry_id}{_SUFFIX}"


def make_folder(hass: HomeAssistant) -> None:
    """Make the folder of the states. Blocks."""
    _folder(hass).mkdir(mode=0o700, parents=True, exist_ok=True)


def remove_state(hass: HomeAssistant, subentry_id: str) -> None:
    """Remove a job's state, with the files that SQLite keeps beside it. Blocks."""
    for path in _folder(hass).glob(f"{subentry_id}{_SUFFIX}*"):
        path.unlink(missing_ok=True)


def remove_orphans(hass: HomeAssistant, living: Collection[str]) -> None:
    """Remove the states of jobs that went while nothing of ours ran to see it. Blocks."""
    for path in _folder(hass).glob(f"*{_SUFFIX}"):
        if path.stem not in living:
            remove_state(hass, path.stem)
