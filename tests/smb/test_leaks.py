"""Nothing is left over: no thread, no socket, no open file on the server, after many reconnects."""

from concurrent.futures import ThreadPoolExecutor
import gc
import logging
import os
from pathlib import Path
import socket
import threading
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.smb.client import ShareClient
from custom_components.smb_ddns_sync.smb.errors import ConnectionFailed, FileFailed, ServerFailed
from demo.line import Cut, Door

from .content import Streamed, a_put, noise, now_at, read_all
from .servers import ALONE, Place, Servers
from .waiting import wait_until

if TYPE_CHECKING:
    from demo.proxy import Proxy

    from .conftest import Connect

RECONNECTS = 1000
CLIENTS = 4  # side by side, so that the server's part of a reconnect is waited for less


@pytest.fixture(name="place")
def place_fixture(servers: Servers) -> Place:
    """Return a share of a server that no other test's client has files open on."""
    return servers.place(ALONE)


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - counted, not read


def test_a_thousand_reconnects_leave_no_thread_no_socket_and_no_handle(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)  # a thousand handshakes have much to say
    place.write("file", b"content")
    clients = [ShareClient(place.target) for _ in range(CLIENTS)]
    before = threading.active_count(), descriptors()

    def reconnect(client: ShareClient) -> None:
        client.connect()
        for _ in range(RECONNECTS // CLIENTS):
            connection = client._main.standing
            assert connection is not None
            connection._sock.shutdown(socket.SHUT_RDWR)
            assert now_at(client, "file").size == 7
            assert client._main.standing is not connection

    with ThreadPoolExecutor(CLIENTS) as threads:
        list(threads.map(reconnect, clients))
    gc.collect()
    while_open = threading.active_count(), descriptors()
    for client in clients:
        client.close()
    gc.collect()

    assert while_open == (before[0], before[1] + CLIENTS)
    assert (threading.active_count(), descriptors()) == before
    wait_until(lambda: not open_in(place.folder))


def test_lines_that_break_in_every_way_leave_nothing(place: Place, proxy: Proxy) -> None:
    client = ShareClient(place.via(proxy))
    client.put(a_put("file", b"content"))
    threads, files = threading.active_count(), descriptors()

    for number in range(30):
        proxy.drop((Cut.RESET, Cut.CLOSE)[number % 2])
        assert now_at(client, "file").size == 7
    wait_until(lambda: proxy.open_connections == 1)

    gc.collect()
    assert threading.active_count() == threads
    assert descriptors() <= files + 4
    client.close()


def test_clients_that_are_closed_leave_nothing(place: Place, proxy: Proxy) -> None:
    threads, files = threading.active_count(), descriptors()

    for _ in range(30):
        client = ShareClient(place.via(proxy))
        client.put(a_put("file", Streamed(noise(1_500_000))))
        client.delete_file("file", expected=None)
        client.close()
    wait_until(lambda: proxy.open_connections == 0)

    gc.collect()
    assert threading.active_count() == threads
    assert descriptors() <= files


def test_dials_that_fail_leave_nothing(place: Place, proxy: Proxy, connect: Connect) -> None:
    client = connect(place.via(proxy), deadline=0.3)
    threads, files = threading.active_count(), descriptors()

    for number in range(30):
        proxy.door = (Door.REFUSE, Door.RESET)[number % 2]
        try:
            client.connect()
        except ConnectionFailed:
            continue
        raise AssertionError("there is nothing to connect to")

    gc.collect()
    assert threading.active_count() == threads
    assert descriptors() <= files


def test_the_server_keeps_no_file_open(place: Place, client: ShareClient) -> None:
    place.write("folder/file", b"content")
    client.put(a_put("new", b"content"))
    client.put(a_put("large", Streamed(noise(2_500_000))))
    read_all(client, "large")
    client.copy("large", "copy")
    list(client.walk("", lambda _folder: True))
    client.rename("copy", "moved", expected=None)
    for path in ("nowhere", "folder", "folder/file/below"):
        client.look(path)
    for attempt in (
        lambda: client.put(a_put("no/such/folder")),
        lambda: client.put(a_put("new", b"unexpected")),
        lambda: client.rename("new", "no/where", expected=None),
        lambda: client.copy("new", "large"),
        lambda: client.open_reader("folder"),
        lambda: client.list_folder("new"),
        lambda: client.delete_folder("folder"),
        lambda: client.link("new", "large"),
    ):
        with pytest.raises((FileFailed, ServerFailed)):
            attempt()

    wait_until(lambda: not open_in(place.folder))


def open_in(folder: Path) -> list[str]:
    """Return what any process has open below a folder."""
    found = []
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            path = os.readlink(link)  # noqa: PTH115 - as it is, not made absolute
        except FileNotFoundError, ProcessLookupError, PermissionError:
            continue
        if path.startswith(f"{folder}/"):
            found.append(path)
    return found
