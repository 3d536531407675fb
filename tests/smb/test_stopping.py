"""A thread that is to stop waits no more for a silent server, and disturbs nobody who still waits.

Deadlines are far longer than any test waits, so that what ends does so because it was told to.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from threading import Event
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.smb import stopping
from custom_components.smb_ddns_sync.smb.errors import ConnectionLost
from custom_components.smb_ddns_sync.smb.inbox import Inbox
from custom_components.smb_ddns_sync.smb.status import PENDING
from custom_components.smb_ddns_sync.smb.stopping import BrokenOff, heed
from custom_components.smb_ddns_sync.smb.wire_control import ECHO
from custom_components.smb_ddns_sync.smb.wire_data import write
from demo.line import Cut, Door

from .peer import Peer
from .waiting import BOUND, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from custom_components.smb_ddns_sync.smb.client import ShareClient
    from custom_components.smb_ddns_sync.smb.connection import Connection
    from demo.proxy import Proxy

    from .conftest import Connect
    from .servers import Place

NEVER = 3600.0


@pytest.fixture(name="stop")
def stop_fixture() -> Event:
    return Event()


@pytest.fixture(name="stoppable")
def stoppable_fixture(stop: Event) -> Iterator[ThreadPoolExecutor]:
    """Return a pool of threads that end what they wait for once the event is set."""
    with ThreadPoolExecutor(4, initializer=heed, initargs=(stop.is_set,)) as pool:
        yield pool
        stop.set()


@pytest.fixture(name="others")
def others_fixture() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


def test_a_wait_for_a_silent_server_ends_with_the_thread_and_hangs_up(
    stoppable: ThreadPoolExecutor, stop: Event
) -> None:
    with Peer(deadline=NEVER) as peer:
        waiting = stoppable.submit(peer.connection.ask, (ECHO,))
        peer.take()
        stop.set()

        with pytest.raises(BrokenOff):
            waiting.result(BOUND)
        assert peer.connection.failed
        with pytest.raises(EOFError):
            peer.take()


def test_a_server_that_answers_finishes_what_a_thread_that_is_to_stop_has_asked(
    stoppable: ThreadPoolExecutor, stop: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stopping, "_SILENCE", NEVER)
    monkeypatch.setattr(stopping, "_AT_MOST", NEVER)
    stop.set()
    with Peer(deadline=NEVER) as peer:
        waiting = stoppable.submit(peer.connection.ask, (ECHO,))
        peer.answer(*peer.take())

        assert waiting.result(BOUND)[0].ok


def test_a_server_that_only_plays_at_answering_is_given_up_too(
    stoppable: ThreadPoolExecutor, stop: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stopping, "_SILENCE", NEVER)
    monkeypatch.setattr(stopping, "_AT_MOST", 0.2)
    with Peer(deadline=NEVER) as peer:
        waiting = stoppable.submit(peer.connection.ask, (ECHO,))
        (asked,) = peer.take()
        stop.set()
        with suppress(OSError):  # it has hung up
            while not waiting.done():
                peer.answer(asked, status=PENDING, pending=True, signed=False)

        with pytest.raises(BrokenOff):
            waiting.result(BOUND)


def test_others_wait_on_and_get_their_answers(
    stoppable: ThreadPoolExecutor, others: ThreadPoolExecutor, stop: Event
) -> None:
    with Peer(deadline=NEVER) as peer:
        stopped = stoppable.submit(peer.connection.ask, (ECHO,))
        first = peer.take()
        waiting = others.submit(peer.connection.ask, (ECHO,))
        second = peer.take()
        stop.set()
        with pytest.raises(BrokenOff):
            stopped.result(BOUND)

        assert not waiting.done()
        assert peer.connection.left
        assert not peer.connection.failed
        peer.answer(*first)
        peer.answer(*second)
        assert waiting.result(BOUND)[0].ok
        assert peer.connection.idle


def test_what_a_thread_has_left_is_of_no_more_use_to_it(
    stoppable: ThreadPoolExecutor, others: ThreadPoolExecutor, stop: Event
) -> None:
    with Peer(deadline=NEVER) as peer:

        def ask_twice() -> None:
            with pytest.raises(BrokenOff):
                peer.connection.ask((ECHO,))
            peer.connection.ask((ECHO,))

        stopped = stoppable.submit(ask_twice)
        peer.take()
        waiting = others.submit(peer.connection.ask, (ECHO,))
        second = peer.take()
        stop.set()
        with pytest.raises(BrokenOff):
            stopped.result(BOUND)
        peer.answer(*second)
        waiting.result(BOUND)


def test_a_thread_that_cannot_send_stops_too(stoppable: ThreadPoolExecutor, stop: Event) -> None:
    with Peer(credits_=4000, deadline=NEVER) as peer:
        sending = Event()

        def flood() -> None:
            for _ in range(100):
                peer.connection.submit((write(0, bytes(1 << 20)),), Inbox())
                sending.set()

        waiting = stoppable.submit(flood)
        assert sending.wait(BOUND)
        stop.set()
        with pytest.raises(BrokenOff):
            waiting.result(BOUND)
        assert peer.connection.failed


def test_nobody_else_is_told_of_a_dial_that_was_given_up(
    place: Place,
    proxy: Proxy,
    connect: Connect,
    stoppable: ThreadPoolExecutor,
    others: ThreadPoolExecutor,
    stop: Event,
) -> None:
    proxy.door = Door.SILENT
    client = connect(place.via(proxy), deadline=NEVER)
    stopped = stoppable.submit(client.connect)
    wait_until(lambda: proxy.open_connections == 1)
    waiting = others.submit(client.connect)
    proxy.door = Door.OPEN
    stop.set()

    with pytest.raises(BrokenOff):
        stopped.result(BOUND)
    assert waiting.result(BOUND) == client.facts


def test_who_waits_for_the_dial_of_another_thread_stops_without_it(
    place: Place,
    proxy: Proxy,
    connect: Connect,
    stoppable: ThreadPoolExecutor,
    others: ThreadPoolExecutor,
    stop: Event,
) -> None:
    proxy.door = Door.SILENT
    client = connect(place.via(proxy), deadline=NEVER)
    dialling = others.submit(client.connect)
    wait_until(lambda: proxy.open_connections == 1)
    stopped = stoppable.submit(client.look, "file")
    stop.set()

    with pytest.raises(BrokenOff):
        stopped.result(BOUND)
    assert not dialling.done()
    client.close()
    with pytest.raises(ConnectionLost):
        dialling.result(BOUND)


def test_a_connection_that_was_left_is_replaced_and_those_who_wait_on_it_keep_their_session(
    place: Place,
    proxy: Proxy,
    connect: Connect,
    stoppable: ThreadPoolExecutor,
    others: ThreadPoolExecutor,
    stop: Event,
) -> None:
    client = connect(place.via(proxy), deadline=NEVER)
    client.connect()
    first = standing(client)
    proxy.drop(Cut.SILENCE)
    waiting: list[Future[object]] = [others.submit(client.look, "file")]
    wait_until(lambda: not first.idle)
    stopped = stoppable.submit(client.look, "file")
    stop.set()
    with pytest.raises(BrokenOff):
        stopped.result(BOUND)

    assert client.look("file") is None
    assert standing(client) is not first
    assert not first.failed
    assert not waiting[0].done()
    first.close()
    assert waiting[0].result(BOUND) is None


def standing(client: ShareClient) -> Connection:
    connection = client._main.standing
    assert connection is not None
    return connection
