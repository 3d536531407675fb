"""Where Home Assistant looks for integrations not its own; a package, so that tests import ours."""
