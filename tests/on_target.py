"""Run pytest on a Home Assistant that is newer than the one its test plugin was made for.

The plugin is released for one version of Home Assistant and follows a new one within days or weeks.
Until then two things keep it from loading on 2026.11. Arguments are pytest's.
"""

import sys

# 2026.11 puts its own client in place of httpx, and must do so before anything imports httpx. One
# of pytest's plugins does, and those are loaded before any code of ours; so Home Assistant is
# imported before pytest starts.
import homeassistant  # noqa: F401 - imported for what it does when imported
import pytest

# isort: split
# The plugin replaces these parts of Home Assistant before anything else of it is imported.
from pytest_homeassistant_custom_component import (  # noqa: F401 - imported for what they do
    patch_json,
    patch_recorder,
    patch_time,
)

# isort: split
# 2026.11 moved this function into `helpers`; the plugin imports it from where it was.
from homeassistant.components import logger
from homeassistant.components.logger import helpers

vars(logger).setdefault("_clear_logger_overwrites", helpers._clear_logger_overwrites)

# It is true and without harm: these modules hold no assertion of ours.
QUIET = "ignore:Module already imported so cannot be rewritten:pytest.PytestAssertRewriteWarning"

sys.exit(pytest.main(["-W", QUIET, *sys.argv[1:]]))
