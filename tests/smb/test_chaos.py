"""Whatever breaks on the way: old or new, never a part; an end within the deadline; it mends."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
import socket
import threading
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.smb.errors import (
    ConnectionFailed,
    ConnectionLost,
    NotFound,
    NotSmb,
    SmbError,
    TimedOut,
)
from custom_components.smb_ddns_sync.smb.target import Address
from demo.line import Cut, Direction, Door, Line

from .content import Streamed, a_put, noise, now_at, read_all
from .waiting import BOUND, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from custom_components.smb_ddns_sync.smb.client import ShareClient
    from custom_components.smb_ddns_sync.smb.files import FileInfo
    from demo.proxy import Proxy

    from .conftest import Connect
    from .servers import Place

OLD = noise(150_000, seed=1)
SMALL = noise(120_000, seed=2)
LARGE = noise(3_000_000, seed=3)
LONGER_THAN_IS_READ_AHEAD = noise(12 << 20, seed=4)


def put_old(place: Place, client: ShareClient) -> FileInfo:
    place.write("file", OLD)
    return now_at(client, "file")


def traffic_of(proxy: Proxy, action: Callable[[], object], direction: Direction) -> int:
    """Return how many bytes an action sends in a direction when nothing is in its way."""
    before = proxy.traffic()
    action()
    passed = proxy.traffic() - before
    to_server = direction is Direction.TO_SERVER
    return passed.bytes_to_server if to_server else passed.bytes_to_client


def points(total: int, count: int) -> list[int]:
    """Return places to cut at: dense at both ends, where the phases change, and some between."""
    edge = [1, 3, 64, 65, 150, 300, 600]
    between = [total * step // count for step in range(1, count)]
    return sorted(
        {point for point in (*edge, *between, *(total - e for e in edge)) if 0 < point < total}
    )


@pytest.mark.parametrize("how", [Cut.CLOSE, Cut.RESET])
@pytest.mark.parametrize("direction", list(Direction))
@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
def test_a_put_that_is_cut_anywhere_leaves_old_or_new(
    place: Place,
    proxy: Proxy,
    connect: Connect,
    content: bytes,
    direction: Direction,
    how: Cut,
) -> None:
    observer = connect(place.target)
    old = put_old(place, observer)
    total = traffic_of(
        proxy,
        lambda: connect(place.via(proxy)).put(a_put("file", content, expected=old)),
        direction,
    )
    for point in points(total, 12):
        place.write("file", OLD)
        old = now_at(observer, "file")
        client = connect(place.via(proxy))
        proxy.cut_after(point, direction, how)
        put = a_put("file", content, expected=old)
        try:
            told = client.put(put)
        except ConnectionFailed:
            told = None
        client.close()
        found = place.files()

        assert found["file"] in (OLD, content), f"a part of the file after a cut at {point}"
        if told is not None:
            assert found["file"] == content
        assert found.keys() <= {"file", put.temporary}
        (place.folder / put.temporary).unlink(missing_ok=True)


@pytest.mark.parametrize("direction", list(Direction))
def test_a_connection_that_breaks_once_costs_nothing_but_time(
    place: Place, proxy: Proxy, connect: Connect, direction: Direction
) -> None:
    observer = connect(place.target)
    client = connect(place.via(proxy))
    client.connect()
    for point in (1, 100, 400, 60_000, 120_300):
        proxy.cut_after(point, direction)
        put = a_put(f"file{point}", SMALL)
        client.put(put)

        assert place.files().keys() == {f"file{point}"}
        assert place.files()[f"file{point}"] == SMALL
        observer.delete_file(f"file{point}", expected=None)


def test_many_puts_survive_a_break_in_their_midst(
    place: Place, proxy: Proxy, connect: Connect
) -> None:
    client = connect(place.via(proxy))
    client.connect()
    puts = [
        a_put(f"d{number % 7}/f{number}", noise(5_000, number), make_parents=True)
        for number in range(200)
    ]
    cut = proxy.cut_after(400_000, how=Cut.RESET)

    results = dict(client.put_many(puts))

    assert cut.wait(BOUND)  # the line is cut first, and told after
    assert not [result for result in results.values() if isinstance(result, SmbError)]
    assert place.files() == {put.path: put.content for put in puts}


def test_a_deletion_that_broke_is_not_told_as_missing(
    place: Place, proxy: Proxy, connect: Connect
) -> None:
    client = connect(place.via(proxy))
    client.connect()
    for point in (1, 150, 250, 350, 500):
        place.write("file", b"content")
        proxy.cut_after(point, Direction.TO_CLIENT)

        client.delete_file("file", expected=None)

        assert place.files() == {}


def test_a_move_that_broke_comes_to_the_same_end(
    place: Place, proxy: Proxy, connect: Connect
) -> None:
    client = connect(place.via(proxy))
    client.connect()
    for point in (1, 150, 250, 350, 500):
        (place.folder / "there").unlink(missing_ok=True)
        place.write("here", b"content")
        proxy.cut_after(point, Direction.TO_CLIENT)

        client.rename("here", "there", expected=None)

        assert place.files() == {"there": b"content"}


def test_a_listing_that_is_cut_is_whole_or_an_error(
    place: Place, proxy: Proxy, connect: Connect
) -> None:
    names = {f"file{number}" for number in range(2000)}
    for name in names:
        place.write(f"folder/{name}")
    total = traffic_of(
        proxy, lambda: connect(place.via(proxy)).list_folder("folder"), Direction.TO_CLIENT
    )
    for point in points(total, 15):
        client = connect(place.via(proxy))
        proxy.cut_after(point, Direction.TO_CLIENT)
        try:
            entries = client.list_folder("folder")
        except ConnectionFailed:
            continue
        finally:
            client.close()
        assert {entry.name for entry in entries} == names


def test_a_walk_that_is_cut_lists_every_folder_whole_or_not(
    place: Place, proxy: Proxy, connect: Connect
) -> None:
    for number in range(400):
        place.write(f"f{number % 20}/g{number}/file")
    client = connect(place.via(proxy))
    client.connect()
    proxy.cut_after(20_000, Direction.TO_CLIENT, Cut.RESET)

    listings = {listing.folder: listing for listing in client.walk("", lambda _folder: True)}

    assert len(listings) == 1 + 20 + 400
    for folder, listing in listings.items():
        assert listing.error is None
        names = {entry.name for entry in (place.folder / folder).iterdir()}
        assert {entry.name for entry in listing.entries} == names


def test_a_read_goes_on_after_a_break(place: Place, proxy: Proxy, connect: Connect) -> None:
    place.write("file", LONGER_THAN_IS_READ_AHEAD)
    client = connect(place.via(proxy))

    with client.open_reader("file") as reader:
        first = reader.read(0, 100_000)
        proxy.drop()
        rest = reader.read(100_000, len(LONGER_THAN_IS_READ_AHEAD))

    assert first + rest == LONGER_THAN_IS_READ_AHEAD


def test_a_read_is_never_of_two_versions(place: Place, proxy: Proxy, connect: Connect) -> None:
    place.write("file", LONGER_THAN_IS_READ_AHEAD)
    client = connect(place.via(proxy))

    with client.open_reader("file") as reader:
        reader.read(0, 100_000)
        proxy.drop()
        place.write("file", LONGER_THAN_IS_READ_AHEAD[::-1])
        with pytest.raises(SmbError, match="changed"):
            reader.read(100_000, len(LONGER_THAN_IS_READ_AHEAD))


def test_silence_ends_within_the_deadline(place: Place, proxy: Proxy, connect: Connect) -> None:
    place.write("file", b"content")
    client = connect(place.via(proxy), deadline=0.6)
    client.connect()
    proxy.drop(Cut.SILENCE)
    proxy.door = Door.SILENT

    for call in (
        lambda: client.look("file"),
        lambda: client.list_folder(""),
        client.echo,
        lambda: client.put(a_put("new", b"x")),
    ):
        with pytest.raises(TimedOut):
            call()


def test_a_silent_line_does_not_hold_up_others(
    place: Place, proxy: Proxy, connect: Connect
) -> None:
    stuck = connect(place.via(proxy), deadline=2.0)
    stuck.connect()
    proxy.drop(Cut.SILENCE)
    proxy.door = Door.SILENT
    started = threading.Event()

    def hang() -> None:
        started.set()
        stuck.look("file")

    with ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(hang)
        started.wait()
        well = connect(place.target)
        for number in range(20):
            well.put(a_put(f"file{number}", SMALL))
        assert len(place.files()) == 20
        with pytest.raises(TimedOut):
            hanging.result()


def test_closing_frees_whoever_waits(place: Place, proxy: Proxy, connect: Connect) -> None:
    client = connect(place.via(proxy), deadline=60.0)
    client.connect()
    proxy.drop(Cut.SILENCE)
    before = proxy.traffic()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(client.look, "file")
        wait_until(lambda: not waiting.running() or proxy.traffic() == before)
        client.close()
        with pytest.raises(ConnectionLost):
            waiting.result(timeout=30)


@pytest.mark.parametrize(
    "line", [Line(bandwidth=300_000), Line(delay=0.2), Line(delay=0.05, bandwidth=1_000_000)]
)
def test_a_slow_line_is_not_a_dead_one(
    place: Place, proxy: Proxy, connect: Connect, line: Line
) -> None:
    client = connect(place.via(proxy), deadline=1.0)
    client.connect()
    proxy.line = line

    client.put(a_put("file", Streamed(noise(900_000))))

    assert read_all(client, "file") == noise(900_000)


def test_a_server_that_crashes_and_comes_back_is_used_again(place: Place, connect: Connect) -> None:
    client = connect(place.target)
    client.put(a_put("before", SMALL))
    place.server.kill()
    with pytest.raises(ConnectionFailed):
        client.put(a_put("meanwhile", SMALL))
    place.server.start()

    client.connect()
    client.put(a_put("after", SMALL))

    assert place.files().keys() - {"meanwhile"} == {"before", "after"}


def test_a_server_that_crashes_during_a_put_leaves_old_or_new(
    place: Place, proxy: Proxy, connect: Connect
) -> None:
    observer = connect(place.target)
    old = put_old(place, observer)
    observer.close()
    proxy.line = Line(bandwidth=20_000_000)
    client = connect(place.via(proxy), deadline=2.0)
    client.connect()
    sent = proxy.traffic().bytes_to_server
    with ThreadPoolExecutor(1) as pool:
        putting = pool.submit(client.put, a_put("file", LARGE, expected=old))
        wait_until(lambda: proxy.traffic().bytes_to_server > sent + 500_000)
        place.server.kill()
        with pytest.raises(ConnectionFailed):
            putting.result()
    place.server.start()

    assert place.files()["file"] == OLD


@contextmanager
def saying(hello: bytes, answer: bytes = b"", *, hangs_up: bool = False) -> Iterator[int]:
    """Serve something else than SMB: a greeting, an answer to whatever comes, maybe the end."""
    listener = socket.create_server(("127.0.0.1", 0))
    connections: list[socket.socket] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connections.append(connection)
            with suppress(ConnectionError):  # some clients have heard enough after the greeting
                connection.sendall(hello)
                connection.recv(1024)
                connection.sendall(answer)
                if hangs_up:
                    connection.shutdown(socket.SHUT_RDWR)

    thread = threading.Thread(target=serve)
    thread.start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()
    for connection in connections:
        connection.close()


@pytest.mark.parametrize(
    ("hello", "answer", "hangs_up"),
    [
        pytest.param(b"SSH-2.0-OpenSSH_9.9\r\n", b"", False, id="ssh"),
        pytest.param(b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", False, id="http"),
        pytest.param(b"", b"\x15\x03\x01\x00\x02\x02\x46", True, id="tls"),
        pytest.param(b"\0\0\0\x40NOPE" + bytes(60), b"", False, id="framed rubbish"),
        pytest.param(b"", b"\x83\0\0\x01\x82", True, id="netbios refusal"),
        pytest.param(b"", b"", True, id="hangs up"),
    ],
)
def test_something_else_than_smb_is_told(
    place: Place, connect: Connect, hello: bytes, answer: bytes, *, hangs_up: bool
) -> None:
    with saying(hello, answer, hangs_up=hangs_up) as port:
        client = connect(place.but(addresses=(Address("127.0.0.1", port),)), deadline=5.0)
        with pytest.raises(NotSmb):
            client.connect()
        client.close()


def test_a_port_that_accepts_and_says_nothing_times_out(
    place: Place, proxy: Proxy, connect: Connect
) -> None:
    proxy.door = Door.SILENT

    with pytest.raises(TimedOut):
        connect(place.via(proxy), deadline=0.5).connect()


def test_the_next_address_is_used_when_the_first_is_no_server(
    place: Place, connect: Connect
) -> None:
    with saying(b"SSH-2.0-OpenSSH_9.9\r\n") as port:
        addresses = (Address("127.0.0.1", port), *place.target.addresses)
        client = connect(place.but(addresses=addresses))

        assert client.connect().address == place.target.addresses[0]
        with pytest.raises(NotFound):
            client.list_folder("nowhere")
        client.close()
