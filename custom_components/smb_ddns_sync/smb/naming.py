"""How a share treats names: what it takes for one name, what it keeps, and what it refuses.

A server's own word (FileFsAttributeInformation, MS-FSCC § 2.5.1) is about its file system, not
about the share: Samba tells the same whether it compares letters with or without their case, no
server tells anything of Unicode's forms, and the longest name is told in characters where the disk
counts bytes. So names are tried: empty files in a folder of our own, which goes again. What counts
is the listing, because a server may take a name and make another one of it.

Invariants: nothing outside the probe folder is made, looked at or deleted, but for the folders
above it that were missing; in it only empty files are deleted. A server deletes each with its last
handle, so that a connection that is cut leaves at most these folders; where it does not, the next
probe cleans up. Two probes never see each other's names: each holds a file that the server lets
nobody else open.
"""

from dataclasses import dataclass
from enum import StrEnum
from itertools import batched
from typing import TYPE_CHECKING, Final
import unicodedata

from .errors import (
    AccessDenied,
    BadAnswer,
    FileFailed,
    Full,
    InUse,
    NotEmpty,
    ReadOnly,
    SmbError,
    Unexpected,
    Unsupported,
)
from .listing import list_folder
from .names import join
from .operations import delete_folder, with_parents
from .status import OBJECT_NAME_COLLISION, error_for
from .steps import Steps, require, run_chain
from .wire_create import Access, Disposition, Options, Share, close, create, handle_of
from .wire_info import NameRules, VolumeClass, decode_name_rules, query_volume, set_disposition

if TYPE_CHECKING:
    from .connection import Connection
    from .files import FileInfo
    from .wire import Request

_LOCK: Final = "probe"
_CASES: Final = ("Case", "cASE")
_FORMS: Final = tuple(unicodedata.normalize(form, "form \u00e4") for form in ("NFC", "NFD"))
_KEPT: Final = tuple(unicodedata.normalize(form, f"kept {form} \u00e4") for form in ("NFC", "NFD"))
_DOUBTED: Final = "".join(map(chr, range(1, 32))) + '"*:<>?|'
"""Characters that Windows refuses (MS-FSCC § 2.1.5); `/`, `\\` and NUL cannot even be sent."""
_ENDS: Final = ". "
_DEVICES: Final = ("con", "nul.txt", "com1")
_TWO_BYTES: Final = "\u00e4"  # one UTF-16 unit, two bytes of UTF-8
_SIDE_BY_SIDE: Final = 16
_USUAL_LENGTH: Final = 255


class LengthUnit(StrEnum):
    """What a server counts in a name."""

    UTF16 = "utf-16"  # units of UTF-16, as Windows does
    UTF8 = "utf-8"  # bytes of UTF-8, as most Unix file systems do


@dataclass(frozen=True, slots=True)
class NameFacts:
    """How a folder treats names. None is what could not be found out without writing."""

    case_sensitive: bool
    """Whether names that differ only in the case of letters are two."""
    case_preserving: bool
    """Whether a name is listed in the case that it was made with."""
    longest: int
    """Of one name, in `length_unit`."""
    length_unit: LengthUnit | None = None
    form_sensitive: bool | None = None
    """Whether the composed and the decomposed form of a name (NFC, NFD) are two names."""
    form_preserving: bool | None = None
    """Whether a name is listed in the form that it was made with."""
    refused: frozenset[str] | None = None
    """Characters that no name can hold, of those that the protocol can carry; a name with one is
    refused, or becomes another one."""
    refused_ends: frozenset[str] | None = None
    """Of dot and blank, what a name cannot end in: it is refused, or dropped."""
    refuses_devices: bool | None = None
    """Whether a name of a device on Windows (CON, NUL.txt) is refused, or becomes another one."""

    @property
    def probed(self) -> bool:
        """Whether names were tried; else this is only what the server says of itself."""
        return self.refused is not None


def told_facts(rules: NameRules) -> NameFacts:
    """Return what a server says of itself, which is all there is where nothing can be written."""
    return NameFacts(rules.case_sensitive, rules.case_preserving, rules.longest)


def name_facts(connection: Connection, again: bool, probe: str) -> Steps[NameFacts]:
    """Return how the folder that holds the probe folder treats names.

    Where the account cannot write there, it is only what the server tells. Raises `InUse` while
    somebody else probes in the same folder, and `NotEmpty` where the probe folder holds what is not
    ours.
    """
    del again  # a probe begins with cleaning up
    rules = yield from _told(probe)
    try:
        made = yield from _make_folder(probe)
        lock = yield from _lock(probe)
        try:
            yield from _clean(connection, probe)
            listed = yield from _try_names(connection, probe, rules.longest)
            yield from _clean(connection, probe)
        except SmbError:
            yield from _give_up(connection, probe, lock, made)
            raise
    except AccessDenied, ReadOnly, Full:
        return told_facts(rules)
    yield from _remove(connection, lock, made)
    return _judge(listed, rules)


def _told(probe: str) -> Steps[NameRules]:
    """Ask the nearest folder above the probe that is there."""
    above = ["", *with_parents(probe)[:-1]]
    while True:
        folder = above.pop()
        reply = yield from run_chain(
            (
                create(folder, Access.READ_ATTRIBUTES, options=Options.FOLDER),
                query_volume(VolumeClass.ATTRIBUTE),
                close(),
            )
        )
        if reply[0].ok or not above:
            break
    require(reply[0], folder, "opening")
    try:
        return decode_name_rules(require(reply[1], folder, "asking for its rules"))
    except Unsupported, BadAnswer:
        return NameRules(case_sensitive=False, case_preserving=True, longest=_USUAL_LENGTH)


def _make_folder(probe: str) -> Steps[list[str]]:
    """Make the probe folder and those above it; return what has to go again, the deepest last."""
    made = []
    for folder in with_parents(probe):
        reply = yield from run_chain(
            (
                create(
                    folder,
                    Access.READ_ATTRIBUTES,
                    disposition=Disposition.CREATE,
                    options=Options.FOLDER,
                ),
                close(),
            )
        )
        if reply[0].ok or folder == probe:
            made.append(folder)
        if reply[0].status not in {0, OBJECT_NAME_COLLISION}:
            raise error_for(reply[0].status, folder, "making the folder")
    return made


def _lock(probe: str) -> Steps[bytes]:
    """Hold a file that nobody else can open."""
    path = join(probe, _LOCK)
    (answer,) = yield from run_chain((_file(path, Share.NOTHING),))
    return handle_of(require(answer, path, "holding it for the probe"))


def _file(path: str, share: int) -> Request:
    """Open a file that goes with its last handle, also where the connection breaks."""
    return create(
        path,
        Access.DELETE | Access.READ_ATTRIBUTES,
        share,
        Disposition.OPEN_OR_CREATE,
        Options.FILE | Options.DELETE_ON_CLOSE,
    )


def _clean(connection: Connection, probe: str) -> Steps[None]:
    """Delete what a server left of an earlier probe, or of this one: empty files."""
    entries = yield from list_folder(connection, False, probe)
    left = [entry for entry in entries if entry.name != _LOCK]
    if foreign := [entry.name for entry in left if entry.is_folder or entry.size]:
        raise NotEmpty(probe, f"{foreign[0]!r} is not of a probe")
    for some in batched(left, _SIDE_BY_SIDE, strict=False):
        # What cannot be deleted under the name that is listed does no harm to the next probe.
        yield tuple(
            (
                create(join(probe, entry.name), Access.DELETE, options=Options.FILE),
                set_disposition(),
                close(),
            )
            for entry in some
        )


def _try_names(connection: Connection, probe: str, longest: int) -> Steps[frozenset[str]]:
    """Make a file of each name, and let them go; return the names that the folder listed."""
    handles: list[bytes] = []
    try:
        for some in batched(_names(longest), _SIDE_BY_SIDE, strict=False):
            replies = yield tuple((_file(join(probe, name), Share.ALL),) for name in some)
            handles += [handle_of(answer) for (answer,) in replies if answer.ok]
            for name, (answer,) in zip(some, replies, strict=True):
                # The first one has no peculiarity: if it cannot be made, nothing can.
                if not answer.ok and (
                    name == _CASES[0] or not _is_refusal(error_for(answer.status, name))
                ):
                    raise error_for(answer.status, join(probe, name), "making it")
        entries: tuple[FileInfo, ...] = yield from list_folder(connection, False, probe)
    except SmbError:
        yield from _let_go(handles)
        raise
    yield from _let_go(handles)
    return frozenset(entry.name for entry in entries)


def _names(longest: int) -> list[str]:
    return [
        *_CASES,
        *_FORMS,
        *_KEPT,
        _TWO_BYTES * longest,
        *(_with(character) for character in _DOUBTED),
        *(f"end{end}" for end in _ENDS),
        *_DEVICES,
    ]


def _let_go(handles: list[bytes]) -> Steps[None]:
    for some in batched(handles, _SIDE_BY_SIDE, strict=False):
        yield tuple((close(handle),) for handle in some)


def _give_up(connection: Connection, probe: str, lock: bytes, made: list[str]) -> Steps[None]:
    """Leave as little as can be left; the error that led here is the one to tell."""
    try:
        yield from _clean(connection, probe)
    except SmbError:
        yield ((close(lock),),)
        return
    yield from _remove(connection, lock, made)


def _remove(connection: Connection, lock: bytes, made: list[str]) -> Steps[None]:
    """Let go, and remove the folders, unless somebody has put something there meanwhile."""
    yield ((close(lock),),)
    for folder in reversed(made):
        try:
            yield from delete_folder(connection, True, folder)
        except SmbError:
            return


def _judge(listed: frozenset[str], rules: NameRules) -> NameFacts:
    in_units = _TWO_BYTES * rules.longest in listed
    return NameFacts(
        case_sensitive=listed.issuperset(_CASES),
        case_preserving=not listed.isdisjoint(_CASES),
        longest=rules.longest,
        length_unit=LengthUnit.UTF16 if in_units else LengthUnit.UTF8,
        form_sensitive=listed.issuperset(_FORMS),
        form_preserving=listed.issuperset(_KEPT),
        refused=frozenset(each for each in _DOUBTED if _with(each) not in listed),
        refused_ends=frozenset(end for end in _ENDS if f"end{end}" not in listed),
        refuses_devices=not listed.issuperset(_DEVICES),
    )


def _is_refusal(error: SmbError) -> bool:
    """Tell a name that cannot be from a server that could not make anything now."""
    return isinstance(error, FileFailed | Unexpected | Unsupported) and not isinstance(error, InUse)


def _with(character: str) -> str:
    return f"with {ord(character):02x} {character} in it"
