"""What an operation costs on the line: round trips, connections, and what is never asked for."""

from struct import unpack_from
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.smb.wire import Command
from demo.line import Line, Traffic

from .content import SOME_DAY, Streamed, a_put, noise, now_at, read_all

if TYPE_CHECKING:
    from collections.abc import Callable

    from custom_components.smb_ddns_sync.smb.client import ShareClient
    from custom_components.smb_ddns_sync.smb.files import FileInfo
    from demo.proxy import Proxy

    from .conftest import Connect
    from .servers import Place


@pytest.fixture(name="client")
def client_fixture(place: Place, proxy: Proxy, connect: Connect) -> ShareClient:
    """Return a client with a session, on a line long enough to tell questions from answers."""
    client = connect(place.via(proxy))
    client.connect()
    client.look("")
    proxy.line = Line(delay=0.01)
    return client


def cost(proxy: Proxy, action: Callable[[], object]) -> Traffic:
    before = proxy.traffic()
    action()
    return proxy.traffic() - before


def read_and_look(client: ShareClient) -> None:
    reader = client.open_reader("folder/file", ahead=4096)
    assert reader.read(0, 100) == b"content"
    found = reader.close_and_look()
    assert found is not None
    assert found.same_version(reader.info)


@pytest.fixture(name="old")
def old_fixture(place: Place, client: ShareClient) -> FileInfo:
    """Return a file that is there already."""
    place.write("folder/file", b"content")
    return now_at(client, "folder/file")


def test_a_connection_stands_after_six_round_trips(
    place: Place, proxy: Proxy, connect: Connect
) -> None:
    proxy.line = Line(delay=0.01)

    traffic = cost(proxy, connect(place.via(proxy)).connect)

    assert traffic.connections == 1
    assert traffic.round_trips <= 6


@pytest.mark.parametrize(
    ("round_trips", "action"),
    [
        pytest.param(1, lambda client: client.look("folder/file"), id="look"),
        pytest.param(1, lambda client: client.look("nothing"), id="look at nothing"),
        pytest.param(1, lambda client: client.list_folder("folder"), id="list"),
        pytest.param(1, lambda client: client.space(), id="space"),
        pytest.param(1, lambda client: client.identity("folder"), id="identity"),
        pytest.param(1, lambda client: client.echo(), id="echo"),
        pytest.param(1, lambda client: client.make_folder("new"), id="make a folder"),
        pytest.param(1, lambda client: client.make_folders("folder"), id="folders are there"),
        pytest.param(1, lambda client: client.set_times("folder/file", modified=1), id="times"),
        pytest.param(1, lambda client: client.link("folder/file", "second"), id="link"),
        pytest.param(
            2, lambda client: client.rename("folder/file", "there", expected=None), id="move"
        ),
        pytest.param(
            2, lambda client: client.delete_file("folder/file", expected=None), id="delete"
        ),
        pytest.param(
            2,
            lambda client: client.rename(
                "folder/file", "a/b/c/there", expected=None, make_parents=True
            ),
            id="move with its folders",
        ),
        pytest.param(1, lambda client: client.make_folders("a/b/c"), id="folders are missing"),
        pytest.param(
            1, lambda client: client.find_root("folder", "folder/file", 4096), id="a root and more"
        ),
        pytest.param(1, lambda client: client.read_beginning("folder/file", 100), id="beginning"),
        pytest.param(1, lambda client: client.make_file("new", b"1", SOME_DAY), id="make a file"),
        pytest.param(2, lambda client: client.put(a_put("new", b"content")), id="put"),
        pytest.param(
            2,
            lambda client: client.put(a_put("a/b/c/new", b"content", make_parents=True)),
            id="put with its folders",
        ),
        pytest.param(3, lambda client: read_all(client, "folder/file"), id="read"),
        pytest.param(2, read_and_look, id="read a small file and see that it is the same"),
    ],
)
def test_an_operation_takes_so_many_round_trips(
    proxy: Proxy,
    client: ShareClient,
    old: FileInfo,
    round_trips: int,
    action: Callable[[ShareClient], object],
) -> None:
    assert old.size

    traffic = cost(proxy, lambda: action(client))

    assert traffic.round_trips == round_trips
    assert traffic.connections == 0


def test_replacing_with_all_checks_takes_no_more_than_putting(
    proxy: Proxy, client: ShareClient, old: FileInfo
) -> None:
    put = a_put("folder/file", b"new", expected=old, keep_old_at="folder/old")

    assert cost(proxy, lambda: client.put(put)).round_trips == 2


def test_many_puts_share_their_round_trips(proxy: Proxy, client: ShareClient) -> None:
    puts = [a_put(f"file{number}", noise(3000)) for number in range(64)]

    traffic = cost(proxy, lambda: list(client.put_many(puts)))

    assert traffic.connections == 0
    assert traffic.round_trips <= 64
    assert traffic.frames_to_server == 2 * 64


def test_a_walk_asks_once_for_each_folder(place: Place, proxy: Proxy, client: ShareClient) -> None:
    for number in range(100):
        place.write(f"f{number % 10}/g{number}/file")

    traffic = cost(proxy, lambda: list(client.walk("", lambda _folder: True)))

    assert traffic.frames_to_server == 1 + 10 + 100


def test_a_moved_folder_costs_as_much_as_a_file_and_no_content(
    place: Place, proxy: Proxy, client: ShareClient
) -> None:
    place.write("here/large", bytes(5_000_000))

    traffic = cost(proxy, lambda: client.rename("here", "there", expected=None))

    assert traffic.round_trips <= 3
    assert traffic.bytes_to_server < 2_000


def test_the_content_of_a_copy_does_not_pass(
    place: Place, proxy: Proxy, client: ShareClient
) -> None:
    place.write("here", bytes(5_000_000))

    traffic = cost(proxy, lambda: client.copy("here", "there"))

    assert traffic.bytes_to_server + traffic.bytes_to_client < 10_000


def test_large_content_is_pipelined_on_a_connection_of_its_own(
    proxy: Proxy, client: ShareClient
) -> None:
    content = Streamed(noise(30_000_000))
    client.put(a_put("first", content))

    traffic = cost(proxy, lambda: client.put(a_put("second", content)))

    assert proxy.traffic().connections == 2
    assert traffic.frames_to_server <= 40


def test_neither_oplock_nor_lease_is_ever_asked_for(
    place: Place, proxy: Proxy, connect: Connect
) -> None:
    proxy.record()
    client = connect(place.via(proxy))
    client.put(a_put("folder/file", b"old", make_parents=True))
    client.put(
        a_put("folder/file", b"new", expected=now_at(client, "folder/file"), keep_old_at="old")
    )
    client.put(a_put("large", Streamed(noise(2_000_000))))
    read_all(client, "large")
    client.copy("large", "copy")
    list(client.walk("", lambda _folder: True))
    client.rename("copy", "moved", expected=None)
    client.delete_file("moved", expected=None)

    creates = [body for stream in proxy.recorded() for body in bodies(stream, Command.CREATE)]
    assert len(creates) > 10
    for body in creates:
        assert body[3] == 0, "an oplock level"
        assert unpack_from("<I", body, 52)[0] == 0, "the length of contexts, such as a lease"


def bodies(stream: bytes, command: Command) -> list[bytes]:
    """Return the bodies of all requests of one kind in what a client has sent, signed only."""
    found = []
    at = 0
    while at < len(stream):
        size = int.from_bytes(stream[at : at + 4])
        frame = stream[at + 4 : at + 4 + size]
        at += 4 + size
        while frame:
            if frame.startswith(b"\xfeSMB") and unpack_from("<H", frame, 12)[0] == command:
                found.append(frame[64:])
            following = unpack_from("<I", frame, 20)[0] if frame.startswith(b"\xfeSMB") else 0
            frame = frame[following:] if following else b""
    return found
