"""Notes of backups lie where others can write: one that is none hides no other."""

import json

import pytest

from custom_components.smb_ddns_sync.backup_store import _understood
from simulate.fuzz.here import TARGETS

(NOTE,) = next(target.samples for target in TARGETS if target.name == "backup_note")


def test_a_note_is_understood() -> None:
    backup = _understood("note", NOTE)
    assert backup is not None
    assert backup.backup_id == "abc"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("backup_id", []),
        ("backup_id", 7),
        ("size", "400"),
        ("name", None),
        ("date", {}),
        ("protected", "no"),
        ("extra_metadata", []),
        ("folders", ["/etc"]),
        ("addons", [7]),
        ("addons", "x"),
    ],
)
def test_a_note_with_something_of_another_kind_is_none(field: str, value: object) -> None:
    note = json.loads(NOTE)
    note["backup"][field] = value
    assert _understood("note", json.dumps(note).encode()) is None


@pytest.mark.parametrize("text", [b"[]", b"null", b"", b"\xff", b"[" * 1_000_000])
def test_what_is_no_note_is_none(text: bytes) -> None:
    assert _understood("note", text) is None
