"""What is read back from where others can write: marker, lock, proof, note of a backup, state."""

from contextlib import nullcontext
import json
import sqlite3
from typing import TYPE_CHECKING, Final, cast

from custom_components.smb_ddns_sync import backup_store
from custom_components.smb_ddns_sync.sync import pace
from custom_components.smb_ddns_sync.sync.endpoint import NeedsPerson
from custom_components.smb_ddns_sync.sync.endpoints import share_pin
from custom_components.smb_ddns_sync.sync.lock import Lock
from custom_components.smb_ddns_sync.sync.marker import read_marker
from custom_components.smb_ddns_sync.sync.name_rules import _stored
from custom_components.smb_ddns_sync.sync.names import RunToken
from custom_components.smb_ddns_sync.sync.own_file import LONGEST
from custom_components.smb_ddns_sync.sync.report_json import report_from_json
from custom_components.smb_ddns_sync.sync.state import State

from .target import Target

if TYPE_CHECKING:
    from custom_components.smb_ddns_sync.sync.endpoint import Endpoint, RelPath


class _Side:
    """A side whose files all hold the same."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read_small(self, _path: RelPath, longest: int) -> bytes:
        """Return how a file begins."""
        return self._data[:longest]

    def open(self, _path: RelPath) -> nullcontext[_Side]:
        """Open a file."""
        return nullcontext(self)

    def read(self, offset: int, size: int) -> bytes:
        """Read a part of the file that is open."""
        return self._data[offset : offset + size]


def _marker(data: bytes) -> object:
    return read_marker(cast("Endpoint", _Side(data)))


def _lock(data: bytes) -> object:
    lock = Lock(cast("Endpoint", _Side(data)), "job", "who", RunToken("0123456789ab"))
    return lock._is_ours(), lock._holder()  # noqa: SLF001 - what it reads


def _proof(data: bytes) -> object:
    return share_pin._told(data[:LONGEST])  # noqa: SLF001 - what it reads


def _note(data: bytes) -> object:
    backup = backup_store._understood("note", data)  # noqa: SLF001 - what it reads
    # What is done with it next: a list by the id, compared by the size.
    return None if backup is None else {backup.backup_id: backup.size == len(data)}


def _state(data: bytes) -> object:
    """Read a state in which every text is this."""
    state = State(_memory(data))
    reports = list(state.history())
    rules = _stored(state)
    return reports, rules, state.roots


def _memory(data: bytes) -> sqlite3.Connection:
    text = data.decode("utf-8", "surrogateescape").encode("utf-8", "replace").decode()
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT)")
    connection.execute("CREATE TABLE run (number INTEGER, token TEXT, report TEXT)")
    for key in ("roots", "names"):
        connection.execute("INSERT INTO meta VALUES (?, ?)", (key, text))
    connection.execute("INSERT INTO run VALUES (1, 'token', ?)", (text,))
    return connection


_MARKER: Final = b'{"id": "0123456789abcdef", "made_by": "smb_ddns_sync"}'
_LOCK: Final = b'{"owner": "x-job", "who": "Home Assistant", "signs": 3}'
_REPORT: Final = json.dumps(
    {
        "reason": "start",
        "result": "completed",
        "started": "2026-01-01T00:00:00+00:00",
        "ended": "2026-01-01T00:00:01+00:00",
        "files_copied": 3,
        "problems": [["a", "in_use", "somebody has it open"]],
        "hold": ["too_many_deletions", 7, ["a", "b"]],
        "trouble": ["timed_out", "nas", False],
    }
).encode()
_RULES: Final = json.dumps(
    {
        "s": {
            "root": [1, 2],
            "tried_at": 1.5,
            "refused": ":?",
            "refused_ends": " .",
            "devices": True,
            "undecodable": False,
            "counts_bytes": False,
            "longest": 255,
            "folds": True,
        }
    }
).encode()
_NOTE: Final = json.dumps(
    {
        "format": 1,
        "backup": {
            "addons": [{"name": "a", "slug": "a", "version": "1"}],
            "backup_id": "abc",
            "date": "2026-01-01T00:00:00+00:00",
            "database_included": True,
            "extra_metadata": {"instance_id": "x"},
            "folders": ["media"],
            "homeassistant_included": True,
            "homeassistant_version": "2026.10.0",
            "name": "A backup",
            "protected": False,
            "size": 400,
        },
    }
).encode()

TARGETS: Final = (
    Target("marker", _marker, (_MARKER,), text=True),
    Target("lock", _lock, (_LOCK,), raises=(NeedsPerson,), text=True),
    Target("proof", _proof, (_MARKER,), text=True),
    Target("backup_note", _note, (_NOTE,), text=True),
    Target(
        "report",
        lambda data: report_from_json(data.decode("utf-8", "replace")),
        (_REPORT,),
        (ValueError,),
        text=True,
    ),
    Target(
        "state",
        _state,
        (_REPORT, b"[[1, 2], [3, 4]]", _RULES),
        (sqlite3.Error,),
        text=True,
        costly=True,
    ),
    Target(
        "timetable",
        lambda data: pace.parse(data.decode("utf-8", "replace")),
        (b"2M", b"08:00,512k 23:00,off", b"Mon-08:00,1M Sat-00:00,off", b"1M:4M"),
        (ValueError,),
        text=True,
    ),
)
