"""The texts of the flows: none is left of what is gone, and all that can be told is told.

That whatever a flow shows has its text is checked by `texts_of_flows` in every test of a flow.
"""

import ast
from pathlib import Path
from typing import Any

import pytest

from custom_components.smb_ddns_sync.config_flow import SmbDdnsSyncConfigFlow
from custom_components.smb_ddns_sync.ddns.fields import VOCABULARY
from custom_components.smb_ddns_sync.ddns.names import NameFault
from custom_components.smb_ddns_sync.ddns.outcome import OutcomeKind
from custom_components.smb_ddns_sync.ddns.provider import FieldKind, SettingFault
from custom_components.smb_ddns_sync.ddns.providers import PROVIDERS
from custom_components.smb_ddns_sync.ddns.sources import UrlFault
from custom_components.smb_ddns_sync.flow_job import JobFlow
from custom_components.smb_ddns_sync.flow_public_address import PublicAddressOptionsFlow
from custom_components.smb_ddns_sync.flow_record import RecordFlow
from custom_components.smb_ddns_sync.local_folders import Refusal
from custom_components.smb_ddns_sync.smb.errors import Cause
from custom_components.smb_ddns_sync.sync.filters import PatternFault
from custom_components.smb_ddns_sync.sync.pace import PaceFault

from .shown_texts import TEXTS

FACE = Path(__file__).parents[2] / "custom_components" / "smb_ddns_sync"

NAMES = {f"name_{fault}" for fault in NameFault}
SETTINGS = {f"setting_{fault}" for fault in SettingFault}
SOURCES = {f"source_{fault}" for fault in UrlFault}
OUTCOMES = {
    f"provider_{kind}"
    for kind in OutcomeKind
    if kind not in {OutcomeKind.APPLIED, OutcomeKind.UNCHANGED}
}
TROUBLES = {Cause.READ_ONLY, Cause.FULL}  # told by a menu
CAUSES = set(Cause) - TROUBLES
PATTERNS = {f"pattern_{fault.value}" for fault in PatternFault}
PACES = {f"bandwidth_{fault.value}" for fault in PaceFault}

FLOWS = {
    "config": (SmbDdnsSyncConfigFlow, TEXTS["config"]),
    "options": (PublicAddressOptionsFlow, TEXTS["options"]),
    "record": (RecordFlow, TEXTS["config_subentries"]["record"]),
    "job": (JobFlow, TEXTS["config_subentries"]["job"]),
}


def literals() -> set[str]:
    """Return every text that stands in the modules of the flows."""
    checks = (
        FACE / name
        for name in (
            "share_input.py",
            "job_overlap.py",
            "job_filters.py",
            "job_pace.py",
            "record_sections.py",
        )
    )
    modules = [*FACE.glob("flow_*.py"), *FACE.glob("*_form.py"), *checks]
    return {
        node.value
        for module in modules
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


@pytest.mark.parametrize("name", FLOWS)
def test_every_text_of_a_step_belongs_to_a_step(name: str) -> None:
    flow, texts = FLOWS[name]

    assert all(hasattr(flow, f"async_step_{step}") for step in texts["step"])


@pytest.mark.parametrize("name", FLOWS)
def test_every_text_of_an_error_or_a_progress_can_be_shown(name: str) -> None:
    _, texts = FLOWS[name]
    known = (
        literals()
        | NAMES
        | SETTINGS
        | SOURCES
        | OUTCOMES
        | CAUSES
        | PATTERNS
        | PACES
        | set(Refusal)
    )

    assert set(texts["error"]) <= known
    assert set(texts.get("progress", {})) <= known


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("config", CAUSES | OUTCOMES | SETTINGS | SOURCES),
        ("options", SOURCES),
        ("record", NAMES | OUTCOMES | SETTINGS),
        ("job", set(Refusal) | PATTERNS | PACES),
    ],
)
def test_every_cause_that_a_core_knows_has_a_sentence(name: str, expected: set[str]) -> None:
    _, texts = FLOWS[name]

    assert set(texts["error"]) >= expected


def test_errors_say_what_to_do_in_whole_sentences() -> None:
    for _, texts in FLOWS.values():
        for key, text in texts["error"].items():
            assert text[0].isupper() or text.startswith("{"), key
            assert text.endswith("."), key


def test_every_field_that_a_provider_may_ask_for_has_a_text() -> None:
    step: dict[str, Any] = TEXTS["config_subentries"]["record"]["step"]["credentials"]

    assert set(step["data"]) == {"names", "ipv4", "ipv6", *VOCABULARY}
    assert set(step["data_description"]) == set(step["data"])


def test_every_secret_has_a_text_where_it_is_asked_for_again() -> None:
    step: dict[str, Any] = TEXTS["config"]["step"]["reauth_record"]

    secrets = {key for key, kind in VOCABULARY.items() if kind is FieldKind.SECRET}
    assert set(step["data"]) == secrets
    assert set(step["data_description"]) == secrets


def test_every_note_of_a_provider_has_a_text_and_no_other() -> None:
    notes = {description.note for description in PROVIDERS.values()}

    assert set(TEXTS["selector"]["provider_note"]["options"]) == notes
