"""Each rule of Home Assistant's quality scale is answered, and what is said to be done is shown.

The rules: https://developers.home-assistant.io/docs/core/integration-quality-scale/rules
"""

from pathlib import Path
import re

from homeassistant.util.yaml import load_yaml_dict
import pytest

# ruff: noqa: E501 - names of tests are sentences
PROJECT = Path(__file__).parents[2]
ANSWERS = dict(
    load_yaml_dict(
        str(PROJECT / "custom_components" / "smb_ddns_sync" / "quality_scale.yaml"),
    )
)["rules"]

SHOWN_BY = {
    # Bronze
    "action-setup": "test_actions.py::test_actions_are_there_without_an_entry_and_say_what_is_missing",
    "appropriate-polling": "test_public_address.py::test_two_of_the_sources_are_asked_again_after_the_interval",
    "brands": "test_hassfest_rules.py::test_the_brand_has_an_icon_and_a_logo_for_light_and_dark",
    "common-modules": "custom_components/smb_ddns_sync/coordinator.py",
    "config-flow": "test_flow_share.py::test_a_share_that_can_be_used_is_set_up",
    "config-flow-test-coverage": "test_flow_job_modes.py::test_settings_that_no_form_stores_are_in_no_other_jobs_way",
    "dependency-transparency": "test_hassfest_rules.py::test_the_manifest_pins_every_requirement",
    "docs-actions": "docs/automations.md#Actions",
    "docs-conditions": "docs/automations.md#Conditions",
    "docs-high-level-description": "README.md#SMB DDNS Sync for Home Assistant",
    "docs-installation-instructions": "docs/setup.md#Install",
    "docs-removal-instructions": "docs/setup.md#Changing and removing",
    "docs-triggers": "docs/automations.md#Triggers",
    "entity-event-setup": "test_reload.py::test_a_hundred_reloads_leave_nothing_behind",
    "entity-unique-id": "test_share.py::test_a_share_tells_how_it_is",
    "has-entity-name": "test_hassfest_rules.py::test_every_entity_has_a_name",
    "runtime-data": "custom_components/smb_ddns_sync/coordinator.py",
    "test-before-configure": "test_flow_share.py::test_a_port_where_nothing_listens_is_told",
    "test-before-setup": "test_share.py::test_an_entry_loads_while_its_server_is_down",
    "unique-config-entry": "test_flow_share.py::test_a_share_is_set_up_once",
    # Silver
    "action-exceptions": "test_actions.py::test_what_is_wrong_is_told_in_words",
    "config-entry-unloading": "test_reload.py::test_a_hundred_reloads_leave_nothing_behind",
    "docs-configuration-parameters": "docs/setup.md#Public address",
    "docs-installation-parameters": "docs/setup.md#SMB share",
    "entity-unavailable": "test_share.py::test_a_dead_server_is_told_with_the_reason_and_its_return_is_noticed",
    "integration-owner": "test_hassfest_rules.py::test_the_manifest_has_all_keys_of_a_custom_integration_in_hassfests_order",
    "log-when-unavailable": "test_share.py::test_a_dead_server_is_logged_once_and_so_is_its_return",
    "parallel-updates": "test_hassfest_rules.py::test_every_platform_says_how_many_updates_run_at_once",
    "reauthentication-flow": "test_flow_share_changes.py::test_after_a_refusal_the_new_password_is_stored_once_it_works",
    "test-coverage": "docs/contributing.md#What a change needs",
    # Gold
    "devices": "test_job.py::test_a_job_hangs_on_its_share",
    "diagnostics": "test_secrets.py::test_diagnostics_tell_how_things_are_and_hide_who_and_where",
    "discovery": "test_discovery.py::test_a_server_that_is_not_known_is_offered_and_set_up",
    "discovery-update-info": "test_discovery.py::test_a_known_server_at_another_address_is_followed_and_names_stay_in_their_order",
    "docs-data-update": "docs/jobs.md#What starts it",
    "docs-examples": "docs/automations.md#Examples",
    "docs-known-limitations": "README.md#Limits",
    "docs-supported-devices": "docs/windows.md#A NAS",
    "docs-supported-functions": "docs/automations.md#Entities",
    "docs-troubleshooting": "docs/troubleshooting.md#Troubleshooting",
    "docs-use-cases": "README.md#What people use it for",
    "dynamic-devices": "test_job.py::test_a_job_comes_and_goes_without_a_reload",
    "entity-category": "custom_components/smb_ddns_sync/sensor_values.py",
    "entity-device-class": "test_hassfest_rules.py::test_every_entity_without_a_device_class_has_an_icon",
    "entity-disabled-by-default": "custom_components/smb_ddns_sync/sensor_values.py",
    "entity-translations": "test_hassfest_rules.py::test_every_entity_has_a_name",
    "exception-translations": "test_hassfest_rules.py::test_every_exception_that_is_raised_has_a_text_and_no_other",
    "icon-translations": "test_hassfest_rules.py::test_icons_are_of_entities_and_states_that_exist",
    "reconfiguration-flow": "test_flow_share_changes.py::test_reconfiguring_shows_what_is_stored_but_the_password",
    "repair-issues": "test_hassfest_rules.py::test_every_repair_has_a_text_and_no_other",
    "stale-devices": "test_record.py::test_a_record_comes_and_goes_without_a_reload",
    # Platinum
    "async-dependency": "test_event_loop.py::test_nothing_of_ours_blocks_the_event_loop",
    "inject-websession": "custom_components/smb_ddns_sync/address_sources.py",
    "strict-typing": "pyproject.toml",
}
"""What shows it: a test of this folder, a page with its heading, or the file where it is done."""


def test_every_rule_is_done_or_exempt_for_a_reason() -> None:
    assert set(ANSWERS) == set(SHOWN_BY)
    for rule, answer in ANSWERS.items():
        status = answer if isinstance(answer, str) else answer["status"]
        assert status in {"done", "exempt"}, rule
        if status == "exempt":
            assert answer["comment"], rule


@pytest.mark.parametrize("shown_by", sorted(set(SHOWN_BY.values())))
def test_what_shows_that_a_rule_is_kept_is_there(shown_by: str) -> None:
    if "::" in shown_by:
        file, _, test = shown_by.partition("::")
        assert f"def {test}(" in (Path(__file__).parent / file).read_text()
    else:
        page, _, heading = shown_by.partition("#")
        text = (PROJECT / page).read_text()
        assert not heading or re.search(rf"^#+ {re.escape(heading)}$", text, re.MULTILINE)
