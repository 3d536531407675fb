"""What holds for every test: our integration is loaded, and the network ends at this machine."""

import pytest_socket

# The test plugin carries a `custom_components` of its own, in the configuration folder of its Home
# Assistant. The one that is imported first is the one that stays.
import custom_components  # noqa: F401 - imported so that it is the first

LOOPBACK = ["127.0.0.0/8", "::1"]


def _keep_to_loopback(allow_unix_socket: bool = False) -> None:  # noqa: ARG001 - stands in for another function
    """Let tests reach servers on this machine, which are real here, and nothing else.

    The test plugin calls this before every test to forbid sockets altogether.
    """
    pytest_socket.socket_allow_hosts(LOOPBACK, allow_unix_socket=True)


pytest_socket.disable_socket = _keep_to_loopback
