"""What hassfest checks of a custom integration, and what reviewers ask beyond it, offline."""

import ast
from importlib import import_module
import json
from pathlib import Path
import re
from typing import TYPE_CHECKING, Any

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import Platform
from homeassistant.util.yaml import load_yaml_dict
import pytest

from custom_components.smb_ddns_sync import PLATFORMS
from custom_components.smb_ddns_sync.condition import CONDITIONS
from custom_components.smb_ddns_sync.ddns.nat import Nat
from custom_components.smb_ddns_sync.file_actions import (
    SERVICE_DELETE_FILES,
    SERVICE_DOWNLOAD,
    SERVICE_LIST_FILES,
    SERVICE_UPLOAD,
)
from custom_components.smb_ddns_sync.news import NewsKind
from custom_components.smb_ddns_sync.other_share import GONE, NOT_LOADED
from custom_components.smb_ddns_sync.pause_actions import SERVICE_PAUSE, SERVICE_RESUME
from custom_components.smb_ddns_sync.services import (
    SERVICE_CANCEL,
    SERVICE_LIST_CONFLICTS,
    SERVICE_RESOLVE_CONFLICT,
    SERVICE_SYNC,
    SERVICE_UPDATE_RECORDS,
)
from custom_components.smb_ddns_sync.smb.errors import FloorNotMet
from custom_components.smb_ddns_sync.sync.status import HoldReason
from custom_components.smb_ddns_sync.trigger import TRIGGERS
from custom_components.smb_ddns_sync.version_actions import SERVICE_LIST_VERSIONS, SERVICE_RESTORE

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2] / "custom_components" / "smb_ddns_sync"


def read_json(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((ROOT / name).read_text())
    return content


def read_yaml(name: str) -> dict[str, Any]:
    return dict(load_yaml_dict(str(ROOT / name)))


def own(described: dict[str, Any]) -> dict[str, Any]:
    """Leave out what only others refer to."""
    return {name: value for name, value in described.items() if not name.startswith(".")}


TEXTS = read_json("translations/en.json")
ICONS = read_json("icons.json")


def descriptions() -> Iterator[tuple[str, Any]]:
    """Yield every description of an entity that the platforms hold, with its platform."""
    for platform in PLATFORMS:
        for value in vars(import_module(f"custom_components.smb_ddns_sync.{platform}")).values():
            match value:
                case dict():
                    candidates = tuple(value.values())
                case tuple():
                    candidates = value
                case _:
                    candidates = (value,)
            # Home Assistant makes descriptions of other classes than those that were called.
            yield from (
                (str(platform), each)
                for each in candidates
                if not isinstance(each, type) and isinstance(getattr(each, "key", None), str)
            )


def options_of(description: Any) -> list[str]:
    """Return the states of an enum sensor, or the types of an event; empty for all else."""
    return list(
        getattr(description, "event_types", None) or getattr(description, "options", None) or ()
    )


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(ROOT.glob("*.py")):
        yield path.name, ast.parse(path.read_text())


def all_texts(tree: Any) -> Iterator[str]:
    if isinstance(tree, dict):
        for value in tree.values():
            yield from all_texts(value)
    else:
        yield tree


def exception_keys(call: ast.Call) -> Iterator[ast.expr]:
    """Yield what names the text of an exception, where the call makes one."""
    match call.func:
        case ast.Name(
            id="ConfigEntryError"
            | "HomeAssistantError"
            | "ServiceValidationError"
            | "BackupAgentError"
            | "BackupAgentUnreachableError"
            | "Unresolvable"
            | "failure"
        ):
            yield from (k.value for k in call.keywords if k.arg == "translation_key")
        case ast.Attribute(attr="_error"):
            yield call.args[0]


def test_the_manifest_has_all_keys_of_a_custom_integration_in_hassfests_order() -> None:
    manifest = read_json("manifest.json")
    keys = list(manifest)

    assert keys == ["domain", "name", *sorted(keys[2:])]
    assert manifest["domain"] == ROOT.name
    assert manifest.keys() >= {
        "codeowners",
        "config_flow",
        "documentation",
        "integration_type",
        "iot_class",
        "issue_tracker",
        "version",
    }


def test_the_manifest_pins_every_requirement() -> None:
    assert all("==" in requirement for requirement in read_json("manifest.json")["requirements"])


def test_the_brand_has_an_icon_and_a_logo_for_light_and_dark() -> None:
    names = {path.name for path in (ROOT / "brand").glob("*.png")}

    assert names >= {"icon.png", "logo.png", "dark_icon.png", "dark_logo.png"}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_platform_says_how_many_updates_run_at_once(platform: str) -> None:
    module = import_module(f"custom_components.smb_ddns_sync.{platform}")

    assert module.PARALLEL_UPDATES == 0


def test_every_entity_has_a_name() -> None:
    for platform, description in descriptions():
        assert TEXTS["entity"][platform][description.key]["name"], (platform, description.key)


def test_no_name_is_left_of_an_entity_that_is_gone() -> None:
    known = {(platform, description.key) for platform, description in descriptions()}
    named = {(platform, key) for platform, keys in TEXTS["entity"].items() for key in keys}

    assert named == known


def test_every_state_of_an_enum_sensor_has_a_text_and_no_other() -> None:
    for platform, description in descriptions():
        if getattr(description, "device_class", None) is SensorDeviceClass.ENUM:
            assert set(TEXTS["entity"][platform][description.key]["state"]) == set(
                options_of(description)
            )


def test_every_type_of_an_event_has_a_text_and_no_other() -> None:
    for platform, description in descriptions():
        if platform == Platform.EVENT:
            attribute = TEXTS["entity"][platform][description.key]["state_attributes"]["event_type"]
            assert set(attribute["state"]) == set(options_of(description))


def test_every_entity_without_a_device_class_has_an_icon() -> None:
    for platform, description in descriptions():
        if description.device_class is None:
            assert ICONS["entity"][platform][description.key]["default"].startswith("mdi:")


def test_icons_are_of_entities_and_states_that_exist() -> None:
    known = {(platform, description.key): description for platform, description in descriptions()}
    for platform, keys in ICONS["entity"].items():
        for key, icon in keys.items():
            description = known[platform, key]
            if options := options_of(description):
                assert set(icon.get("state", {})) <= set(options)


def test_actions_are_told_alike_in_yaml_texts_and_icons() -> None:
    described = read_yaml("services.yaml")

    assert set(described) == {
        SERVICE_CANCEL,
        SERVICE_DELETE_FILES,
        SERVICE_DOWNLOAD,
        SERVICE_LIST_CONFLICTS,
        SERVICE_LIST_FILES,
        SERVICE_LIST_VERSIONS,
        SERVICE_PAUSE,
        SERVICE_RESTORE,
        SERVICE_RESUME,
        SERVICE_RESOLVE_CONFLICT,
        SERVICE_SYNC,
        SERVICE_UPDATE_RECORDS,
        SERVICE_UPLOAD,
    }
    assert set(TEXTS["services"]) == set(described)
    assert set(ICONS["services"]) == set(described)
    for name, action in described.items():
        assert set(TEXTS["services"][name].get("fields", {})) == set(action.get("fields", {}))


def test_triggers_are_told_alike_in_yaml_texts_and_icons() -> None:
    described = own(read_yaml("triggers.yaml"))

    assert set(described) == set(TRIGGERS)
    assert set(TEXTS["triggers"]) == set(described)
    assert set(ICONS["triggers"]) == set(described)
    for name, trigger in described.items():
        assert set(TEXTS["triggers"][name].get("fields", {})) == set(trigger.get("fields", {}))


def test_conditions_are_told_alike_in_yaml_texts_and_icons() -> None:
    described = own(read_yaml("conditions.yaml"))

    assert set(described) == set(CONDITIONS)
    assert set(TEXTS["conditions"]) == set(described)
    assert set(ICONS["conditions"]) == set(described)
    for name, condition in described.items():
        assert set(TEXTS["conditions"][name].get("fields", {})) == set(condition["fields"])


def test_the_logbook_has_a_sentence_for_all_news_and_no_other() -> None:
    assert set(TEXTS["selector"]["news"]["options"]) == set(NewsKind)


def test_every_selector_that_is_translated_has_its_texts() -> None:
    for name in ("services.yaml", "triggers.yaml", "conditions.yaml"):
        for described in own(read_yaml(name)).values():
            for field in described.get("fields", {}).values():
                for selector in filter(None, field["selector"].values()):
                    if key := selector.get("translation_key"):
                        assert set(TEXTS["selector"][key]["options"]) == set(selector["options"])


def test_every_exception_that_is_raised_has_a_text_and_no_other() -> None:
    raised = {
        given.value
        for _, tree in modules()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        for given in exception_keys(call)
        if isinstance(given, ast.Constant)
    }

    assert raised == set(TEXTS["exceptions"])
    for key, texts in TEXTS["exceptions"].items():
        assert set(texts) == {"message"}, key


def test_every_repair_has_a_text_and_no_other() -> None:
    expected = {
        "conflicts_wait",
        "content_differs",
        "encryption_off",
        *(f"behind_nat_{nat}" for nat in Nat if nat.is_problem),
        "settings_unusable",
        "server_old",
        "share_unreachable",
        "smb1_offered",
        "smb_port_open",
        "unencrypted_public",
        "job_needs_person",
        "watch_limit",
        "record_ends",
        "record_refused",
        "record_refused_pin",
        "standby_active",
        *(f"deletions_held_{reason}" for reason in HoldReason),
        *(f"missing_share_{cause}" for cause in (GONE, NOT_LOADED)),
        *(f"share_below_floor_{error.cause}" for error in FloorNotMet.__subclasses__()),
    }

    assert set(TEXTS["issues"]) == expected


def test_a_repair_is_either_told_or_fixed() -> None:
    for key, texts in TEXTS["issues"].items():
        assert ("description" in texts) is not ("fix_flow" in texts), key
        if "fix_flow" in texts:
            (step,) = texts["fix_flow"]["step"]
            assert step == ("decide" if key == "conflicts_wait" else "confirm")


def test_all_texts_are_plain() -> None:
    for text in all_texts(TEXTS):
        assert text == text.strip()
        assert "[%key:" not in text
        assert not re.search(r"<\w", text)
