"""Paths of a tree, names of our own, and names that a side cannot hold.

A `RelPath` never leaves its root: whatever comes from outside passes `checked`, and an endpoint
that is handed anything else refuses it.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
import re
import secrets
from typing import TYPE_CHECKING, Final
import unicodedata

from .endpoint import ROOT, FileError, NameRule, RelPath

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

OWN_FOLDER: Final = ".smb_ddns_sync"
"""In the root of a side: trash and marker. Never listed, never synced."""

MARKER: Final = RelPath(f"{OWN_FOLDER}/root.json")
TRASH: Final = RelPath(f"{OWN_FOLDER}/trash")
NAME_TRIAL: Final = RelPath(f"{OWN_FOLDER}/names")
"""Where names are tried for a moment."""

TEMPORARY: Final = re.compile(
    r"\.smb_ddns_sync-(?P<run>[0-9a-f]{12})-(?P<made>[0-9a-f]{8})-[0-9a-f]{8}\.tmp", re.ASCII
)
"""Names of files that are being written.

Short and independent of the target's name, so that they fit beside any.
"""

_MAX_NAME: Final = 255
_DEVICES: Final = re.compile(
    r"(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(COM|LPT)[0-9¹²³])(\..*)?", re.IGNORECASE
)
_CONFLICT: Final = re.compile(r"\.conflict-\d{8}-\d{6}-(this|that)(-\d+)?(?=\.|$)", re.ASCII)
_LAST_SECOND: Final = 253_402_300_800  # the year 10000, which no date can tell
_SURROGATES: Final = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class RunToken:
    """Which run made a temporary or a trash folder: 48 random bits."""

    value: str
    random: Callable[[int], str] = field(default=secrets.token_hex, compare=False, repr=False)
    """Returns so many random bytes as hex digits."""

    @classmethod
    def new(cls, random: Callable[[int], str] = secrets.token_hex) -> RunToken:
        """Return a token that no other run has."""
        return cls(random(6), random)


def checked(text: str) -> RelPath:
    """Return the text as a path; `FileError` where it could leave the root or names nothing."""
    if text and ("\0" in text or any(part in ("", ".", "..") for part in text.split("/"))):
        raise FileError(text.replace("\0", "␀"), "bad_path")
    return RelPath(text)


def join(folder: RelPath, name: str) -> RelPath:
    """Return the path of a name in a folder."""
    return RelPath(f"{folder}/{name}" if folder else name)


def parent(path: RelPath) -> RelPath:
    """Return the folder that holds the path; the root holds itself."""
    return RelPath(path.rpartition("/")[0])


def name_of(path: RelPath) -> str:
    """Return the last part of the path."""
    return path.rpartition("/")[2]


def names_in(folder: RelPath, paths: Iterable[RelPath]) -> list[str]:
    """Return the last parts of paths that are all directly in one folder."""
    start = len(folder) + 1 if folder else 0
    return [path[start:] for path in paths]


def below(path: RelPath, folder: RelPath) -> bool:
    """Tell whether the path is somewhere in the folder."""
    return path != folder and (folder == ROOT or path.startswith(f"{folder}/"))


def is_set_apart(folder: RelPath, name: str, *, folds: bool) -> bool:
    """Tell whether what a folder lists is called like something of ours, so that it is not synced.

    In the root also what the side takes for our own folder, because it differs in case only
    (`folds`).
    """
    if not name.startswith(".") or len(name) < len(OWN_FOLDER):
        return False
    if is_temporary(name):
        return True
    return folder == ROOT and (name == OWN_FOLDER or (folds and fold(name) == fold(OWN_FOLDER)))


def is_temporary(name: str) -> bool:
    """Tell whether the name is one of those that files are written under."""
    return TEMPORARY.fullmatch(name) is not None


def temporary_beside(path: RelPath, run: RunToken, now: float) -> RelPath:
    """Return an unused name in the path's folder; `now` in seconds since 1970."""
    stamp = f"{int(now) & 0xFFFFFFFF:08x}"
    return join(parent(path), f".smb_ddns_sync-{run.value}-{stamp}-{run.random(4)}.tmp")


def refusal(name: str, rule: NameRule) -> str | None:
    """Return why a side with this rule cannot hold the name as it is, as a sentence, or None.

    What can be held all the same, written in another way, is in `spelling.py`.
    """
    return peculiarity(name, rule) or overlength(name, rule)


def peculiarity(name: str, rule: NameRule) -> str | None:
    """Return what in a name a side with this rule cannot hold, apart from its length."""
    for surrogate in _SURROGATES.findall(name):
        if not (rule.undecodable and _is_byte(surrogate)):
            return "The name is not valid Unicode"
    if (found := next((each for each in name if each in rule.refused), None)) is not None:
        return f"The name holds {found!r}, which the side refuses"
    if name[-1:] in rule.refused_ends:
        return "The name ends in a dot or a space, which the side drops"
    if rule.devices and _DEVICES.fullmatch(name):
        return "The name is that of a device on Windows file servers"
    return None


def overlength(name: str, rule: NameRule) -> str | None:
    """Return by how much a name is too long for a side, as a sentence; None where it is not."""
    if len(name) * 4 <= rule.longest:
        return None  # no character has more than four bytes
    if rule.counts_bytes:
        # Undecodable local names come as lone low surrogates and go back as the same bytes.
        size, unit = _bytes(name) - 2 * sum(map(_is_byte, name)), "bytes"
    else:
        size, unit = len(name.encode("utf-16-le", "surrogatepass")) // 2, "UTF-16 units"
    return f"The name has {size} {unit}, more than {rule.longest}" if size > rule.longest else None


def fold(name: str) -> str:
    """Return what two names share when a case-insensitive side takes them for one.

    Upper case, one character for one, as file servers do it: "ß" and "ss" stay two names.
    """
    if name.isascii():
        return name.upper()
    return "".join(
        upper if len(upper := character.upper()) == 1 else character for character in name
    )


def alike(name: str, *, folds: bool) -> str:
    """Return what names share that are taken for one although they are not written alike.

    They differ in Unicode normalisation only (macOS writes "é" as two characters), or, where a side
    cannot tell them apart (`folds`), in case.
    """
    composed = unicodedata.normalize("NFC", name)
    return fold(composed) if folds else composed


def conflict_copy(path: RelPath, modified: int, side: str, number: int = 1) -> RelPath:
    """Return the path of the version that loses its name in a conflict; `modified` in ns.

    `name.conflict-YYYYMMDD-HHMMSS-side.ext`: the same version always gets the same name. What is a
    conflict copy already keeps one such part, and a long name is cut, so names do not grow.
    `number` counts copies of one second.
    """
    stem, dot, extension = _CONFLICT.sub("", name_of(path)).rpartition(".")
    if not stem:
        stem, extension = dot + extension, ""
    moment = datetime.fromtimestamp(max(0, modified) // 1_000_000_000 % _LAST_SECOND, UTC)
    count = "" if number == 1 else f"-{number}"
    tail = f".conflict-{moment:%Y%m%d-%H%M%S}-{side}{count}"
    if extension:
        tail += f".{extension}"
    if _bytes(tail) > _MAX_NAME // 2:
        # The last dot of such a name begins no extension.
        stem, tail = f"{stem}.{extension}", tail.removesuffix(f".{extension}")
    while _bytes(stem + tail) > _MAX_NAME:
        stem = stem[:-1]
    return join(parent(path), stem + tail)


def original_of(path: RelPath) -> RelPath:
    """Return the path that a conflict copy was given its name for."""
    return join(parent(path), _CONFLICT.sub("", name_of(path)))


def conflicted(name: str) -> str | None:
    """Return whose version a conflict copy is, by its name; None where it is no conflict copy."""
    original = _CONFLICT.sub("", name)
    return None if original == name or not original else original


def display(path: RelPath) -> str:
    """Return the path as text that can be shown and logged: undecodable bytes are replaced."""
    return path.encode("utf-8", "replace").decode("utf-8")


def _bytes(name: str) -> int:
    return len(name.encode("utf-8", "surrogatepass"))


def _is_byte(character: str) -> bool:
    """Tell whether it stands for a byte that is no UTF-8 (PEP 383)."""
    return "\udc80" <= character <= "\udcff"
