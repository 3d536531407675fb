"""The demo's ports stay the same, because entries and bookmarks name them."""

import socket
from typing import TYPE_CHECKING

import pytest

from demo.ports import Ports, PortTakenError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(name="file")
def file_fixture(tmp_path: Path) -> Path:
    return tmp_path / "state" / "ports.json"


def test_a_wish_that_is_free_is_granted_and_remembered(file: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        wish = probe.getsockname()[1]

    assert Ports(file).get("share", wish) == wish
    assert Ports(file).get("share", 1) == wish


def test_a_wish_that_is_taken_gives_another_port(file: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]

        assert Ports(file).get("share", taken) != taken


def test_a_remembered_port_that_is_taken_is_an_error_that_says_what_to_do(file: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        taken = other.getsockname()[1]
    assert Ports(file).get("share", taken) == taken

    with socket.socket() as other:
        other.bind(("127.0.0.1", taken))
        other.listen()
        with pytest.raises(PortTakenError, match=rf"Port {taken} .*its share.*--fresh"):
            Ports(file).get("share", taken)
