"""Folders to choose from in a form, at every depth.

A form cannot open a tree. So a list of folders holds each twice: the folder itself, and `folder/…`,
which shows the form again with what is in it. Whatever is listed, a path can be typed instead.
"""

from typing import TYPE_CHECKING, Final

from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_FOLDERS: Final = 200
"""Of one list; the rest can be typed."""
_INSIDE: Final = "…"


def inside(folder: str) -> str:
    """Return the choice that shows what is in a folder."""
    return f"{folder}/{_INSIDE}" if folder else _INSIDE


def folder_to_show(choice: str) -> str | None:
    """Return the folder whose content was asked for, or None where a folder itself was chosen."""
    choice = choice.strip()
    if not choice.endswith(_INSIDE):
        return None
    folder = choice.removesuffix(_INSIDE)
    if folder and folder[-1] not in "/\\":
        return None  # a name that ends so
    return folder.rstrip("/\\")


def folder_choice(
    folders: Sequence[str], *, shown: str = "", above: str | None = None
) -> SelectSelector:
    """Return a field to choose a folder in, or to type one into.

    `shown` is the folder whose content the list is, and is offered, too, unless it is empty;
    `above` is the folder that leads up, None where there is none.
    """
    options: list[SelectOptionDict] = []
    if shown:
        options.append(SelectOptionDict(value=shown, label=shown))
    if above is not None:
        options.append(SelectOptionDict(value=inside(above), label=f"↑ {above or '/'}"))
    for folder in folders[:MOST_FOLDERS]:
        options.append(SelectOptionDict(value=folder, label=folder))
        options.append(SelectOptionDict(value=inside(folder), label=f"{folder}/ →"))
    return SelectSelector(
        SelectSelectorConfig(options=options, custom_value=True, mode=SelectSelectorMode.DROPDOWN)
    )
