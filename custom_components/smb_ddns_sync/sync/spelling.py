"""Names that a side cannot hold, written so that it can, and read back: each to exactly one.

A side has two kinds of names: true ones, which the engine knows, and spelled ones, which the side
lists. What is refused is written in Unicode's private use area, where Services for Macintosh put
it (U+F001 to U+F029): macOS, Linux' cifs and Samba's vfs_fruit read and write the same, so that
"12:30.txt" is that on all of them. Bytes that are no UTF-8 and lone surrogates, which those do not
know, follow at U+E800, and the name of a device gets a mark before it.

Invariant: for each rule, `spelled` and `true` are the inverse of each other between all names and
those that the side can hold. A name of a user that looks spelled is spelled once more (each such
character after a mark), and one that nothing could have been spelled to is true as it stands. Which
name it is depends on the rule and the name alone: no table has to be kept, or can get lost.
"""

from functools import lru_cache
import re
from typing import TYPE_CHECKING, Final

from .names import OWN_FOLDER, fold, overlength, peculiarity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .endpoint import NameRule

_MARK: Final = "\uf07f"
_CHARACTERS: Final = {chr(code): chr(0xF000 + code) for code in range(1, 32)} | {
    character: chr(0xF020 + place) for place, character in enumerate('"*:<>?\\|')
}
_ENDS: Final = {" ": "\uf028", ".": "\uf029"}
_SURROGATES: Final = {chr(code): chr(code + 0x1000) for code in range(0xD800, 0xE000)}
_SPELLED: Final = {
    code: character
    for pairs in (_CHARACTERS, _ENDS, _SURROGATES)
    for character, code in pairs.items()
}
_PECULIAR: Final = re.compile(
    r'[\x01-\x1f"*:<>?\\|\ud800-\udfff\ue800-\uefff\uf001-\uf07f]'
    r"|[. ]$|^(con|prn|aux|nul|com.|lpt.|conin\$|conout\$)(\.|$)|^\.smb_ddns_sync$",
    re.IGNORECASE | re.DOTALL,
)
"""Finds every name that might be another one on some side; all others need no second look."""


_PECULIAR_CHARACTER: Final = re.compile(
    r'[\x01-\x1f"*:<>?\\|\ud800-\udfff\ue800-\uefff\uf001-\uf07f]'
)
_PECULIAR_PARTS: Final = (
    *("./", " /"),
    *("/CON", "/PRN", "/AUX", "/NUL", "/COM", "/LPT"),
    f"/{OWN_FOLDER.upper()}/",
)
"""What a path in upper case, with a slash at each end, holds if `_PECULIAR` finds such a name."""


def all_plain(names: Iterable[str]) -> bool:
    """Tell for many names at once that each is written the same on every side.

    False says nothing: a name that only begins like that of a device is looked at by itself.
    """
    path = f"/{'/'.join(names)}/"
    if _PECULIAR_CHARACTER.search(path) is not None:
        return False
    path = path.upper()
    return not any(map(path.__contains__, _PECULIAR_PARTS))


def spelled(name: str, rule: NameRule) -> str:
    """Return how a side with this rule holds a name."""
    return _spelled(name, rule) if _PECULIAR.search(name) else name


def true(name: str, rule: NameRule) -> str:
    """Return which name a side with this rule holds under a spelled one."""
    return _true(name, rule) if _PECULIAR.search(name) else name


def too_long(name: str, rule: NameRule) -> str | None:
    """Return why a side cannot hold a name in any spelling, as a sentence; None where it can."""
    return overlength(spelled(name, rule), rule)


@lru_cache(maxsize=4096)
def _spelled(name: str, rule: NameRule) -> str:
    return _rewritten(name, rule) if _needs(name, rule) else name


@lru_cache(maxsize=4096)
def _true(name: str, rule: NameRule) -> str:
    found = _read_back(name, rule)
    return name if found is None else found


def _needs(name: str, rule: NameRule) -> bool:
    """Tell whether a name has to be spelled: it cannot be held, or it looks spelled already."""
    return not _holds(name, rule) or _read_back(name, rule) is not None


def _holds(name: str, rule: NameRule) -> bool:
    # A folder named as our own but for the case would be our own where case is folded.
    like_ours = rule.folds and name != OWN_FOLDER and fold(name) == fold(OWN_FOLDER)
    return peculiarity(name, rule) is None and not like_ours


def _read_back(name: str, rule: NameRule) -> str | None:
    """Return what a name was spelled from; None where nothing could have been spelled so.

    It asks about ever shorter names, or about one that cannot be held: so it comes to an end.
    """
    inside = name
    if name.startswith(_MARK) and not _holds(name[1:], rule):
        inside = name[1:]
    found = ""
    marked = False
    for character in inside:
        if marked:
            if character not in _SPELLED and character != _MARK:
                return None
            found, marked = found + character, False
        elif character == _MARK:
            marked = True
        else:
            found += _SPELLED.get(character, character)
    if marked or found in {"", ".", ".."} or found == name or _rewritten(found, rule) != name:
        return None
    return found if _needs(found, rule) else None


def _rewritten(name: str, rule: NameRule) -> str:
    """Write a name anew, whether it needs it or not; no two names come out the same."""
    parts = [
        _MARK + character
        if character in _SPELLED or character == _MARK
        else _CHARACTERS[character]
        if character in rule.refused
        else _SURROGATES[character]
        if character in _SURROGATES and peculiarity(character, rule) is not None
        else character
        for character in name
    ]
    if name[-1] in rule.refused_ends:
        parts[-1] = _ENDS[name[-1]]
    written = "".join(parts)
    return written if _holds(written, rule) else _MARK + written
