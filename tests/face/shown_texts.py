"""Whether all that a flow shows has a text: no raw key, and no placeholder left empty."""

import json
from pathlib import Path
import re
from typing import TYPE_CHECKING, Any

from homeassistant.data_entry_flow import FlowHandler, FlowManager, FlowResultType, section
from homeassistant.helpers.selector import SelectSelector

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from homeassistant.config_entries import ConfigEntries

TEXTS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "custom_components/smb_ddns_sync/translations/en.json").read_text()
)


def section_of(entries: ConfigEntries, manager: FlowManager[Any, Any, Any], handler: Any) -> Any:
    """Return the texts for the flows of a manager."""
    if manager is entries.options:
        return TEXTS["options"]
    if manager is entries.subentries:
        return TEXTS["config_subentries"][handler[1]]
    return TEXTS["config"]


def missing_texts(
    texts: Mapping[str, Any], flow: FlowHandler[Any, Any, Any], shown: Mapping[str, Any]
) -> list[str]:
    """Return what is shown without a text, or with a text that cannot be filled in."""
    placeholders = set(shown.get("description_placeholders") or {})
    problems = []
    for path in _paths(flow, shown):
        text: Any = texts
        for part in path:
            text = text.get(part, {}) if isinstance(text, dict) else {}
        if not isinstance(text, str) or not text:
            problems.append("/".join(path))
        elif unfilled := set(re.findall(r"\{(\w+)\}", text)) - placeholders:
            problems.append(f"{'/'.join(path)} wants {sorted(unfilled)}")
    return problems


def _paths(flow: FlowHandler[Any, Any, Any], shown: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    match shown["type"]:
        case FlowResultType.FORM:
            step = ("step", shown["step_id"])
            yield (*step, "title")
            yield (*step, "description")
            yield from _field_paths(step, shown["data_schema"].schema)
            for error in (shown["errors"] or {}).values():
                yield ("error", error)
        case FlowResultType.MENU:
            step = ("step", shown["step_id"])
            yield (*step, "title")
            yield (*step, "description")
            for option in shown["menu_options"]:
                yield (*step, "menu_options", option)
        case FlowResultType.SHOW_PROGRESS:
            yield ("progress", shown["progress_action"])
        case FlowResultType.ABORT:
            yield ("abort", shown["reason"])
        case FlowResultType.CREATE_ENTRY | FlowResultType.SHOW_PROGRESS_DONE:
            pass
        case other:
            raise AssertionError(f"{flow.handler} shows {other}, which nobody looks at here")


def _field_paths(step: tuple[str, ...], schema: Mapping[Any, Any]) -> Iterator[tuple[str, ...]]:
    for marker, field in schema.items():
        key = str(marker)
        if isinstance(field, section):
            inner = (*step, "sections", key)
            yield (*inner, "name")
            yield (*inner, "description")
            yield from _field_paths(inner, field.schema.schema)
            continue
        yield (*step, "data", key)
        yield (*step, "data_description", key)
        if isinstance(field, SelectSelector) and (name := field.config.get("translation_key")):
            texts = TEXTS["selector"][name]["options"]
            assert set(texts) == set(field.config["options"])
