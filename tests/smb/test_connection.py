"""One session over one socket, against a peer that plays by its own rules."""

from concurrent.futures import Future, ThreadPoolExecutor
import math
from pathlib import Path
import socket
import threading
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.smb.errors import (
    BadAnswer,
    Busy,
    ConnectionLost,
    Tampered,
    TimedOut,
)
from custom_components.smb_ddns_sync.smb.inbox import Exchange, Inbox
from custom_components.smb_ddns_sync.smb.status import PENDING, USER_SESSION_DELETED
from custom_components.smb_ddns_sync.smb.wire import UNSOLICITED, Answer, Command, Request
from custom_components.smb_ddns_sync.smb.wire_control import ECHO
from custom_components.smb_ddns_sync.smb.wire_create import Access, close, create
from custom_components.smb_ddns_sync.smb.wire_data import write

from .peer import Asked, Peer
from .waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CHAIN = (create("x", Access.READ), close())
BIG = Request(Command.READ, bytes(49), b"", 16, 20 * 65536)


@pytest.fixture(name="threads")
def threads_fixture() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


@pytest.fixture(name="peer", params=[False, True], ids=["signed", "encrypted"])
def peer_fixture(request: pytest.FixtureRequest) -> Iterator[Peer]:
    with Peer(encrypted=request.param) as peer:
        yield peer


def ask(peer: Peer, threads: ThreadPoolExecutor) -> Future[tuple[Answer, ...]]:
    return threads.submit(peer.connection.ask, (ECHO,))


def test_an_answer_comes_to_who_asked(peer: Peer, threads: ThreadPoolExecutor) -> None:
    asked = ask(peer, threads)
    peer.answer(*peer.take())

    (answer,) = asked.result(30)
    assert answer.ok


def test_answers_may_come_in_any_order(peer: Peer) -> None:
    inbox = Inbox()
    for name in ("first", "second", "third"):
        peer.connection.submit((ECHO,), inbox, name)
    frames = [peer.take() for _ in range(3)]
    for frame in reversed(frames):
        peer.answer(*frame)

    order = [peer.connection.collect(inbox).owner for _ in range(3)]
    assert order == ["third", "second", "first"]


def test_a_chain_is_answered_when_all_its_requests_are_however_they_come(peer: Peer) -> None:
    inbox = Inbox()
    peer.connection.submit(CHAIN, inbox)
    peer.connection.submit((ECHO,), inbox, "echo")
    opened, closed = peer.take()
    (echo,) = peer.take()
    peer.answer(closed, status=7)
    peer.answer(echo)
    assert peer.connection.collect(inbox).owner == "echo"

    peer.answer(opened)

    answers = peer.connection.collect(inbox).result()
    assert [answer.status for answer in answers] == [0, 7]


def test_the_requests_of_a_chain_are_related_and_padded(peer: Peer) -> None:
    peer.connection.submit(CHAIN, Inbox())

    first, second = peer.take()

    assert not first.flags & 4
    assert second.flags & 4
    assert second.message_id == first.message_id + 1


def test_a_later_answer_is_waited_for_after_an_interim_one(
    peer: Peer, threads: ThreadPoolExecutor
) -> None:
    asked = ask(peer, threads)
    (request,) = peer.take()
    peer.answer(request, status=PENDING, pending=True, signed=False, granted=3)
    peer.answer(request, granted=0)

    (answer,) = asked.result(30)
    assert answer.status == 0


def test_what_the_server_says_unasked_is_let_pass(peer: Peer, threads: ThreadPoolExecutor) -> None:
    asked = ask(peer, threads)
    (request,) = peer.take()
    oplock_break = Asked(18, UNSOLICITED, 0, 0, 0, b"")
    peer.answer(oplock_break, signed=False, granted=0, body=bytes(24))
    peer.answer(request)

    (answer,) = asked.result(30)
    assert answer.ok


def test_many_threads_each_get_their_own_answers(peer: Peer, threads: ThreadPoolExecutor) -> None:
    def talk(number: int) -> list[object]:
        inbox = Inbox()
        heard: list[object] = []
        for turn in range(20):
            peer.connection.submit((ECHO,), inbox, (number, turn))
            heard.append(peer.connection.collect(inbox).owner)
        return heard

    talks = [threads.submit(talk, number) for number in range(6)]
    for _ in range(6 * 20):
        peer.answer(*peer.take())

    for number, one in enumerate(talks):
        assert one.result(30) == [(number, turn) for turn in range(20)]


def test_a_thread_that_has_its_answer_hands_the_reading_on(
    peer: Peer, threads: ThreadPoolExecutor
) -> None:
    first, second = ask(peer, threads), ask(peer, threads)
    requests = [peer.take(), peer.take()]
    peer.answer(*requests[0])
    wait_until(lambda: first.done() or second.done())
    peer.answer(*requests[1])

    assert first.result(30)[0].ok
    assert second.result(30)[0].ok


def test_credits_are_waited_for_and_asked_for(threads: ThreadPoolExecutor) -> None:
    with Peer(credits_=1) as peer:
        first = ask(peer, threads)
        (request,) = peer.take()
        assert request.wanted > 1
        second = ask(peer, threads)
        peer.answer(request, granted=1)
        peer.answer(*peer.take())

        assert first.result(30)[0].ok
        assert second.result(30)[0].ok


def test_a_large_request_is_charged_by_its_size() -> None:
    with Peer(credits_=64) as peer:
        inbox = Inbox()
        peer.connection.submit((BIG,), inbox)
        peer.connection.submit((ECHO,), inbox)
        (big,) = peer.take()
        (echo,) = peer.take()

        assert big.charge == 20
        assert echo.message_id == big.message_id + 20


def test_on_the_oldest_dialect_no_charge_is_told_and_one_id_is_used() -> None:
    with Peer(credits_=8, multi=False) as peer:
        inbox = Inbox()
        peer.connection.submit((ECHO,), inbox)
        peer.connection.submit((ECHO,), inbox)
        (first,) = peer.take()
        (second,) = peer.take()

        assert first.charge == 0
        assert second.message_id == first.message_id + 1


def test_a_chain_that_can_never_be_paid_is_refused_at_once() -> None:
    with Peer(credits_=2) as peer, pytest.raises(Busy):
        peer.connection.submit((*CHAIN, close()), Inbox())


@pytest.mark.parametrize("count", [1, 5])
def test_a_hang_up_fails_everybody_who_waits(
    peer: Peer, threads: ThreadPoolExecutor, count: int
) -> None:
    waiting = [ask(peer, threads) for _ in range(count)]
    for _ in range(count):
        peer.take()
    peer.hang_up()

    for each in waiting:
        with pytest.raises(ConnectionLost):
            each.result(30)
    assert peer.connection.failed


def test_closing_wakes_everybody_who_waits(peer: Peer, threads: ThreadPoolExecutor) -> None:
    waiting = [ask(peer, threads) for _ in range(4)]
    for _ in range(4):
        peer.take()
    peer.connection.close()

    for each in waiting:
        with pytest.raises(ConnectionLost):
            each.result(30)


def test_a_peer_that_says_nothing_is_given_up_after_the_deadline_and_was_asked_before(
    threads: ThreadPoolExecutor,
) -> None:
    with Peer(deadline=0.6) as peer:
        waiting = threads.submit(peer.connection.ask, CHAIN)
        peer.take()
        (echo,) = peer.take()

        assert echo.command == Command.ECHO
        with pytest.raises(TimedOut):
            waiting.result(30)


def test_a_peer_that_answers_echoes_may_take_longer_than_the_deadline(
    threads: ThreadPoolExecutor,
) -> None:
    with Peer(deadline=0.6) as peer:
        waiting = threads.submit(peer.connection.ask, CHAIN)
        chain = peer.take()
        for _ in range(4):
            peer.answer(*peer.take())
        peer.answer(*chain)

        assert waiting.result(30)[0].ok


def test_a_peer_that_is_alive_but_never_answers_is_given_up_too(
    threads: ThreadPoolExecutor,
) -> None:
    with Peer(deadline=0.5) as peer:
        waiting = threads.submit(peer.connection.ask, CHAIN)
        peer.take()

        def keep_alive() -> None:
            try:
                while True:
                    peer.answer(*peer.take())
            except EOFError, OSError:
                return

        alive = threads.submit(keep_alive)
        with pytest.raises(TimedOut):
            waiting.result(30)
        alive.result(30)


def test_patience_without_end_outlasts_any_silence_of_a_peer_that_lives(
    threads: ThreadPoolExecutor,
) -> None:
    with Peer(deadline=0.3) as peer:
        inbox = Inbox()
        peer.connection.submit(CHAIN, inbox)
        chain = peer.take()
        waiting: Future[Exchange] = threads.submit(
            lambda: peer.connection.collect(inbox, patience=math.inf)
        )
        for _ in range(15):  # of a tenth of a second each, so longer than any other patience
            peer.answer(*peer.take())
        peer.answer(*chain)

        assert waiting.result(30).result()[0].ok


def test_what_cannot_be_sent_is_given_up(threads: ThreadPoolExecutor) -> None:
    with Peer(credits_=4000, deadline=0.5) as peer:
        data = bytes(1 << 20)

        def flood() -> None:
            for _ in range(100):
                peer.connection.submit((write(0, data),), Inbox())

        with pytest.raises(TimedOut):
            threads.submit(flood).result(60)


def test_a_sender_reads_while_it_cannot_send(threads: ThreadPoolExecutor) -> None:
    """A peer that answers before it takes more would otherwise wait for us, and we for it."""
    with Peer(credits_=4000) as peer:
        data = bytes(1 << 20)
        count = 40
        inbox = Inbox()
        peer.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)

        def serve() -> None:
            for _ in range(count):
                (request,) = peer.take()
                peer.answer(request, body=bytes(200_000))

        serving = threads.submit(serve)
        for _ in range(count):
            peer.connection.submit((write(0, data),), inbox)
        for _ in range(count):
            peer.connection.collect(inbox)
        serving.result(30)


def test_an_answer_without_a_signature_ends_the_session(threads: ThreadPoolExecutor) -> None:
    with Peer() as peer:
        waiting = ask(peer, threads)
        peer.answer(*peer.take(), signed=False)

        with pytest.raises(Tampered):
            waiting.result(30)


def test_an_answer_with_a_wrong_signature_ends_the_session(threads: ThreadPoolExecutor) -> None:
    with Peer() as peer:
        waiting = ask(peer, threads)
        (request,) = peer.take()
        text = bytearray(peer.message(request))
        text[-1] ^= 1
        peer.send_frame([bytes(text)])

        with pytest.raises(Tampered):
            waiting.result(30)


def test_a_plain_answer_in_an_encrypted_session_ends_it(threads: ThreadPoolExecutor) -> None:
    with Peer(encrypted=True) as peer:
        waiting = ask(peer, threads)
        (request,) = peer.take()
        text = peer.message(request)
        peer.send_raw(len(text).to_bytes(4) + text)

        with pytest.raises(Tampered):
            waiting.result(30)


def test_a_server_that_has_lost_the_session_may_say_so_unprotected(
    threads: ThreadPoolExecutor,
) -> None:
    with Peer() as peer:
        waiting = ask(peer, threads)
        peer.answer(*peer.take(), status=USER_SESSION_DELETED, signed=False)

        with pytest.raises(ConnectionLost):
            waiting.result(30)


def pointing_to(peer: Peer, asked: Asked, following: int) -> bytes:
    """Return an answer that says where in its frame the next one starts."""
    text = bytearray(peer.message(asked))
    text[20:24] = following.to_bytes(4, "little")
    return len(text).to_bytes(4) + text


GARBAGE: dict[str, Callable[[Peer, Asked], bytes]] = {
    "a length of more than 24 bits": lambda _, __: b"\x01\xff\xff\xff" + bytes(10),
    "a message without a whole header": lambda _, __: (20).to_bytes(4) + bytes(20),
    "another protocol": lambda _, __: (100).to_bytes(4) + b"HTTP/1.1 400".ljust(100),
    "a chain that points outside": lambda peer, asked: pointing_to(peer, asked, 0xFFFF),
    "a chain that points into its header": lambda peer, asked: pointing_to(peer, asked, 8),
}


@pytest.mark.parametrize("garbage", GARBAGE)
def test_garbage_ends_the_session(garbage: str, threads: ThreadPoolExecutor) -> None:
    with Peer() as peer:
        waiting = ask(peer, threads)
        (request,) = peer.take()
        peer.send_raw(GARBAGE[garbage](peer, request))

        with pytest.raises(BadAnswer):
            waiting.result(30)


def test_an_answer_of_another_kind_ends_the_session(threads: ThreadPoolExecutor) -> None:
    with Peer() as peer:
        waiting = ask(peer, threads)
        (request,) = peer.take()
        other = Asked(Command.READ, request.message_id, 1, 1, 0, b"")
        peer.answer(other)

        with pytest.raises(BadAnswer):
            waiting.result(30)


def test_frames_may_come_in_any_pieces(peer: Peer, threads: ThreadPoolExecutor) -> None:
    asked = [threads.submit(peer.connection.ask, (BIG,)) for _ in range(3)]
    requests = [peer.take()[0] for _ in range(3)]
    if peer.connection.facts.encrypted:
        peer.answer(*requests[:1])
        peer.answer(*requests[1:])
    else:
        texts = [
            peer.message(request, body=bytes(size))
            for request, size in zip(requests, (0, 5, 300_000), strict=True)
        ]
        stream = b"".join(len(text).to_bytes(4) + text for text in texts)
        for at in range(400):
            peer.send_raw(stream[at : at + 1])
        peer.send_raw(stream[400:])

    assert all(each.result(30)[0].ok for each in asked)


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_connection_leaves_neither_thread_nor_file_behind() -> None:
    threads, files = threading.active_count(), open_files()

    for _ in range(50):
        with Peer() as peer:
            peer.connection.submit((ECHO,), Inbox())

    assert threading.active_count() == threads
    assert open_files() == files


def test_closing_twice_is_closing_once(peer: Peer) -> None:
    peer.connection.close()
    peer.connection.close()

    with pytest.raises(ConnectionLost):
        peer.connection.ask((ECHO,))
