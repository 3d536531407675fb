"""Whether a server still offers SMB 1 is found out without a session, and never by accident."""

import socket
import threading
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.smb_ddns_sync.smb.legacy import Smb1, _judge, ask_for_smb1
from demo.line import Door
from demo.samba import Options, Protocol

from .servers import Place, Servers, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from demo.proxy import Proxy


class Canned:
    """A server that says the same to everybody, then hangs up."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(self._answer)

    def close(self) -> None:
        """End with the test."""
        self._thread.join()
        self._listener.close()


def smb1_answer(
    *, command: int = 0x72, status: int = 0, words: int = 17, dialect: int = 0
) -> bytes:
    message = (
        b"\xffSMB"
        + bytes([command])
        + status.to_bytes(4, "little")
        + bytes(23)
        + bytes([words])
        + dialect.to_bytes(2, "little")
        + bytes(2 * words)
    )
    return len(message).to_bytes(4) + message


@pytest.fixture(name="canned")
def canned_fixture(request: pytest.FixtureRequest) -> Iterator[Canned]:
    server = Canned(request.param)
    yield server
    server.close()


def test_a_server_that_has_smb1_switched_on_is_found_out(servers: Servers) -> None:
    server = servers.start(Setting(Options(min_protocol=Protocol.NT1)))

    assert ask_for_smb1(server.host, server.port) is Smb1.OFFERED


def test_a_server_without_smb1_refuses_it(place: Place) -> None:
    assert ask_for_smb1(place.server.host, place.server.port) is Smb1.REFUSED


@pytest.mark.parametrize(
    ("canned", "said"),
    [
        pytest.param(smb1_answer(), Smb1.OFFERED, id="it takes the dialect"),
        pytest.param(smb1_answer(words=1, dialect=0xFFFF), Smb1.REFUSED, id="it takes no dialect"),
        pytest.param(smb1_answer(status=0xC00000BB), Smb1.REFUSED, id="it answers with an error"),
        pytest.param(b"\0\0\0\x40\xfeSMB" + bytes(60), Smb1.REFUSED, id="it answers in SMB 2"),
        pytest.param(b"", Smb1.REFUSED, id="it hangs up"),
        pytest.param(smb1_answer(command=0x73), Smb1.UNKNOWN, id="it answers something else"),
        pytest.param(b"\0\0\0\x08\xffSMB\x72\0\0\0", Smb1.UNKNOWN, id="its answer is cut short"),
        pytest.param(b"HTTP/1.1 400 Bad Request\r\n\r\n", Smb1.UNKNOWN, id="it is a web server"),
    ],
    indirect=["canned"],
)
def test_an_answer_is_taken_for_what_it_says(canned: Canned, said: Smb1) -> None:
    assert ask_for_smb1("127.0.0.1", canned.port) is said


@pytest.mark.parametrize("door", [Door.SILENT, Door.REFUSE])
def test_a_server_that_does_not_answer_stays_unknown(proxy: Proxy, door: Door) -> None:
    proxy.door = door

    assert ask_for_smb1(proxy.host, proxy.port, deadline=0.2) is Smb1.UNKNOWN


@given(st.binary(max_size=200) | st.binary(max_size=100).map(lambda rest: b"\xffSMBr" + rest))
def test_no_answer_is_too_strange_to_judge(message: bytes) -> None:
    assert _judge(message) in Smb1
