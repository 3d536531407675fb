"""The proxy passes on every byte, or does with them what it was asked to do."""

import select
import socket
import threading
from typing import TYPE_CHECKING

import pytest

from demo.line import Cut, Direction, Door, Line
from demo.proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import Iterator

DEADLINE = 20.0


class Server:
    """Accepts connections and leaves them to the test."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(DEADLINE)
        self.port: int = self._listener.getsockname()[1]

    def accept(self) -> socket.socket:
        """Return the next connection."""
        connection, _ = self._listener.accept()
        connection.settimeout(DEADLINE)
        return connection

    def close(self) -> None:
        """Listen no longer."""
        self._listener.close()


def receive(connection: socket.socket, count: int | None = None) -> bytes:
    """Read `count` bytes, or all until the end."""
    data = bytearray()
    while count is None or len(data) < count:
        chunk = connection.recv(65_536 if count is None else count - len(data))
        if not chunk:
            break
        data += chunk
    return bytes(data)


def send_all(connection: socket.socket, data: bytes) -> None:
    connection.sendall(data)
    connection.shutdown(socket.SHUT_WR)


def dial(proxy: Proxy) -> socket.socket:
    return socket.create_connection((proxy.host, proxy.port), timeout=DEADLINE)


@pytest.fixture(name="server")
def server_fixture() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture(name="proxy")
def proxy_fixture(server: Server) -> Iterator[Proxy]:
    with Proxy("127.0.0.1", server.port) as proxy:
        yield proxy


@pytest.mark.parametrize(
    "line", [Line(), Line(delay=0.005), Line(bandwidth=100e6), Line(delay=0.002, bandwidth=100e6)]
)
def test_every_byte_arrives_in_order(server: Server, proxy: Proxy, line: Line) -> None:
    proxy.line = line
    content = bytes(range(251)) * 40_000
    with dial(proxy) as client, server.accept() as far:
        for source, sink in ((client, far), (far, client)):
            sender = threading.Thread(target=send_all, args=(source, content))
            sender.start()
            assert receive(sink) == content
            sender.join()


def test_a_reader_that_waits_holds_the_writer_up(server: Server, proxy: Proxy) -> None:
    proxy.line = Line(bandwidth=1e9)
    with dial(proxy) as client, server.accept():
        client.setblocking(False)
        taken = 0
        # Buffers take some megabytes; a proxy that held nobody up would take all.
        while taken < 1 << 30 and select.select([], [client], [], 1.0)[1]:
            taken += client.send(bytes(1 << 20))
        assert 0 < proxy.traffic().bytes_to_server < taken < 1 << 30


def test_a_cut_lets_exactly_so_many_bytes_pass(server: Server, proxy: Proxy) -> None:
    done = proxy.cut_after(1000)
    with dial(proxy) as client, server.accept() as far:
        far.sendall(b"an answer that nobody has read yet")
        client.sendall(bytes(5000))

        assert receive(far) == bytes(1000)
        assert done.wait(DEADLINE)
        assert receive(client) in (b"", b"an answer that nobody has read yet")
    assert proxy.traffic().bytes_to_server == 1000


def test_a_cut_can_count_the_answers(server: Server, proxy: Proxy) -> None:
    proxy.cut_after(3, Direction.TO_CLIENT)
    with dial(proxy) as client, server.accept() as far:
        client.sendall(b"a question")
        assert receive(far, 10) == b"a question"
        far.sendall(b"an answer")

        assert receive(client) == b"an "


def test_a_reset_reaches_both_sides(server: Server, proxy: Proxy) -> None:
    with dial(proxy) as client, server.accept() as far:
        client.sendall(b"x")
        receive(far, 1)
        proxy.drop(Cut.RESET)

        with pytest.raises(ConnectionResetError):
            client.recv(1)
        with pytest.raises(ConnectionResetError):
            far.recv(1)


def test_a_reset_from_one_side_is_passed_on(server: Server, proxy: Proxy) -> None:
    with dial(proxy) as client, server.accept() as far:
        far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        far.close()

        with pytest.raises(ConnectionResetError):
            client.recv(1)


def test_after_silence_nobody_hears_anything(server: Server, proxy: Proxy) -> None:
    with dial(proxy) as client, server.accept() as far:
        proxy.drop(Cut.SILENCE)
        client.sendall(b"is anybody there")
        far.settimeout(0.05)

        with pytest.raises(TimeoutError):
            far.recv(1)
        assert proxy.open_connections == 1


def test_a_closed_door_refuses_and_opens_again_at_the_same_port(
    server: Server, proxy: Proxy
) -> None:
    proxy.door = Door.REFUSE
    with pytest.raises(ConnectionRefusedError):
        dial(proxy)

    proxy.door = Door.OPEN
    with dial(proxy) as client, server.accept() as far:
        client.sendall(b"x")
        assert receive(far, 1) == b"x"


def test_a_silent_door_accepts_and_says_nothing(proxy: Proxy) -> None:
    proxy.door = Door.SILENT
    with dial(proxy) as client:
        client.sendall(b"hello")
        client.settimeout(0.05)
        with pytest.raises(TimeoutError):
            client.recv(1)


def test_a_resetting_door_cuts_at_once(proxy: Proxy) -> None:
    proxy.door = Door.RESET
    with pytest.raises(ConnectionResetError), dial(proxy) as client:
        client.recv(1)


def test_the_end_of_one_direction_leaves_the_other_open(server: Server, proxy: Proxy) -> None:
    with dial(proxy) as client, server.accept() as far:
        proxy.half_close(Direction.TO_SERVER)
        assert receive(far) == b""

        far.sendall(b"still here")
        assert receive(client, 10) == b"still here"


def test_new_connections_go_to_the_new_target(proxy: Proxy) -> None:
    other = Server()
    proxy.retarget("127.0.0.1", other.port)
    with dial(proxy) as client, other.accept() as far:
        client.sendall(b"x")
        assert receive(far, 1) == b"x"
    other.close()


def test_a_target_that_is_down_resets_the_client(server: Server, proxy: Proxy) -> None:
    server.close()
    with pytest.raises(ConnectionResetError), dial(proxy) as client:
        client.recv(1)


def test_a_round_trip_is_a_question_and_its_answer_however_many_messages(
    server: Server, proxy: Proxy
) -> None:
    message = b"\0\0\0\2hi"
    with dial(proxy) as client, server.accept() as far:
        for questions in (3, 1):
            client.sendall(message * questions)
            receive(far, len(message) * questions)
            far.sendall(message)
            receive(client, len(message))
        traffic = proxy.traffic()

    assert traffic.connections == 1
    assert traffic.frames_to_server == 4
    assert traffic.frames_to_client == 2
    assert traffic.round_trips == 2


def test_what_clients_send_is_kept_when_asked(server: Server, proxy: Proxy) -> None:
    proxy.record()
    with dial(proxy) as client, server.accept() as far:
        client.sendall(b"question")
        receive(far, 8)

    assert proxy.recorded() == [b"question"]


def test_nothing_is_left_after_the_end(server: Server) -> None:
    proxy = Proxy("127.0.0.1", server.port)
    with dial(proxy) as client, server.accept() as far:
        client.sendall(b"x")
        receive(far, 1)
        proxy.stop()

        assert receive(far) == b""
        with pytest.raises(ConnectionRefusedError):
            dial(proxy)
