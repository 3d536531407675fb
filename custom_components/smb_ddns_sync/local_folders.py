"""Which folders of this machine a job may read: those Home Assistant allows, never its own."""

from enum import StrEnum
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from homeassistant.helpers.storage import STORAGE_DIR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from homeassistant.core import HomeAssistant

_MOST_SUGGESTIONS: Final = 200


class Refusal(StrEnum):
    """Why a folder cannot be a job's; the value is the key of the sentence that tells it."""

    RELATIVE = "folder_relative"
    MISSING = "folder_missing"
    NOT_A_FOLDER = "not_a_folder"
    NOT_ALLOWED = "folder_not_allowed"
    OWN = "folder_own"  # it is, holds or lies in the folder of Home Assistant's settings
    UNREADABLE = "folder_unreadable"


class FolderError(Exception):
    """The folder cannot be a job's."""

    def __init__(self, folder: str, refusal: Refusal) -> None:
        super().__init__(folder, refusal)
        self.folder = folder
        self.refusal = refusal


def allowed_roots(hass: HomeAssistant) -> tuple[Path, ...]:
    """Return the folders that Home Assistant allows, links resolved, in order. Blocks."""
    allowed = {*hass.config.allowlist_external_dirs, *hass.config.media_dirs.values()}
    return tuple(sorted({Path(folder).resolve() for folder in allowed}))


def accept_local_folder(hass: HomeAssistant, text: str) -> Path:
    """Return the folder that the text names, links resolved: what is checked is what is used.

    Blocks. Raises `FolderError`.
    """
    typed = Path(text.strip())
    if not typed.is_absolute():
        raise FolderError(text.strip(), Refusal.RELATIVE)
    try:
        folder = typed.resolve()
    except ValueError:  # a null character
        raise FolderError(str(typed), Refusal.UNREADABLE) from None
    # First of all, so that nobody learns what there is in folders that are not allowed.
    if not any(folder.is_relative_to(root) for root in allowed_roots(hass)):
        raise FolderError(str(folder), Refusal.NOT_ALLOWED)
    if _is_own(hass, folder):
        raise FolderError(str(folder), Refusal.OWN)
    try:
        with os.scandir(folder) as entries:
            next(entries, None)
    except FileNotFoundError:
        raise FolderError(str(folder), Refusal.MISSING) from None
    except NotADirectoryError:
        raise FolderError(str(folder), Refusal.NOT_A_FOLDER) from None
    except OSError:
        raise FolderError(str(folder), Refusal.UNREADABLE) from None
    return folder


def suggest_local_folders(hass: HomeAssistant) -> list[str]:
    """Return folders to choose from: the allowed ones that exist, and those in them. Blocks."""
    suggestions: list[str] = []
    for root in allowed_roots(hass):
        suggestions.extend(
            str(folder) for folder in _with_children(root) if not _is_own(hass, folder)
        )
    return list(dict.fromkeys(suggestions))[:_MOST_SUGGESTIONS]


def list_local_folder(hass: HomeAssistant, text: str) -> tuple[Path, list[Path]]:
    """Return an allowed folder, and the folders in it that may be a job's. Blocks.

    Raises `FolderError`.
    """
    folder = accept_local_folder(hass, text)
    try:
        children = _children(folder)
    except OSError:
        raise FolderError(str(folder), Refusal.UNREADABLE) from None
    return folder, [child for child in children if not _is_own(hass, child)]


def folder_above(hass: HomeAssistant, folder: Path) -> Path | None:
    """Return the folder above, or None where that one is not allowed. Blocks."""
    roots = allowed_roots(hass)
    above = folder.parent
    return above if any(above.is_relative_to(root) for root in roots) else None


def _with_children(root: Path) -> Iterator[Path]:
    try:
        children = _children(root)
    except OSError:
        return  # it is offered again once it can be read
    yield root
    yield from children


def _children(folder: Path) -> list[Path]:
    with os.scandir(folder) as entries:
        names = sorted(
            entry.name
            for entry in entries
            if not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False)
        )
    return [folder / name for name in names]


def _is_own(hass: HomeAssistant, folder: Path) -> bool:
    own = Path(hass.config.path(STORAGE_DIR)).resolve()
    return folder.is_relative_to(own) or own.is_relative_to(folder)
