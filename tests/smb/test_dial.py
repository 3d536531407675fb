"""Dialling: the best address that answers, each failure by its cause."""

from contextlib import closing
from pathlib import Path
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from custom_components.smb_ddns_sync.smb.dial import Dialled, dial, most_telling
from custom_components.smb_ddns_sync.smb.errors import (
    ConnectionFailed,
    NotSmb,
    Refused,
    TimedOut,
    TooOld,
    Unreachable,
    Unresolved,
)
from custom_components.smb_ddns_sync.smb.target import Address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BOUND = 30.0


class Names:
    """What names lead to, instead of the system's resolver; all others have no address."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.known: dict[str, list[str]] = {}
        self.silent: set[str] = set()
        self.asked: list[str] = []
        self.released = threading.Event()
        real = socket.getaddrinfo

        def look_up(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
            self.asked.append(host)
            if host in self.silent:
                self.released.wait(BOUND)
            if host not in self.known and host.startswith("127."):
                return real(host, port, *args, **kwargs)
            if not self.known.get(host):
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
            return [found for ip in self.known[host] for found in real(ip, port, *args, **kwargs)]

        monkeypatch.setattr(socket, "getaddrinfo", look_up)


@pytest.fixture(name="names")
def names_fixture(monkeypatch: pytest.MonkeyPatch) -> Iterator[Names]:
    names = Names(monkeypatch)
    yield names
    names.released.set()
    for thread in threading.enumerate():
        if thread.name.startswith("look up"):
            thread.join(BOUND)


@pytest.fixture(name="listen")
def listen_fixture() -> Iterator[Callable[..., int]]:
    listeners: list[socket.socket] = []

    def listen(host: str = "127.0.0.1", port: int = 0) -> int:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family)
        listeners.append(listener)
        bound: int = listener.getsockname()[1]
        return bound

    yield listen
    for listener in listeners:
        listener.close()


@pytest.fixture(name="black_hole")
def black_hole_fixture() -> Iterator[Address]:
    """Return an address that takes no further connection: its queue is full and nobody accepts."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        fillers = [socket.socket() for _ in range(3)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield Address("127.0.0.1", listener.getsockname()[1])
        for filler in fillers:
            filler.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def connect(*addresses: Address, within: float = BOUND) -> Dialled:
    return dial(addresses, time.monotonic() + within, 5.0)


def test_the_first_address_is_taken_where_it_answers(listen: Callable[..., int]) -> None:
    first, second = Address("127.0.0.1", listen()), Address("127.0.0.1", listen())

    with closing((dialled := connect(first, second)).sock):
        assert dialled.address == first
        assert dialled.peer == "127.0.0.1"


@pytest.mark.parametrize("what", ["refused", "unresolved", "black hole"])
def test_the_next_address_is_taken_where_the_first_does_not_answer(
    listen: Callable[..., int], names: Names, black_hole: Address, what: str
) -> None:
    first = {
        "refused": Address("127.0.0.1", free_port()),
        "unresolved": Address("nas.lan"),
        "black hole": black_hole,
    }[what]
    second = Address("127.0.0.1", listen())

    with closing((dialled := connect(first, second)).sock):
        assert dialled.address == second
    assert names.asked


def test_a_name_whose_lookup_hangs_does_not_hold_up_the_next_address(
    listen: Callable[..., int], names: Names
) -> None:
    names.silent.add("slow.example")
    second = Address("127.0.0.1", listen())

    with closing((dialled := connect(Address("slow.example"), second)).sock):
        assert dialled.address == second


def test_names_are_looked_up_anew_each_time(listen: Callable[..., int], names: Names) -> None:
    port = listen()
    names.known["home.example"] = ["127.0.0.1"]
    with closing(connect(Address("home.example", port)).sock):
        pass
    names.known["home.example"] = ["127.0.0.2"]
    listen("127.0.0.2", port)

    with closing((dialled := connect(Address("home.example", port))).sock):
        assert dialled.peer == "127.0.0.2"


def test_each_ip_address_of_a_name_is_tried(listen: Callable[..., int], names: Names) -> None:
    port = listen()
    names.known["home.example"] = ["127.0.0.3", "127.0.0.2", "127.0.0.1"]

    with closing((dialled := connect(Address("home.example", port))).sock):
        assert dialled.peer == "127.0.0.1"


def test_ipv4_is_taken_where_ipv6_does_not_answer(listen: Callable[..., int], names: Names) -> None:
    port = listen()
    names.known["home.example"] = ["::1", "127.0.0.1"]

    with closing((dialled := connect(Address("home.example", port))).sock):
        assert dialled.peer == "127.0.0.1"


def test_ipv6_is_taken_where_the_system_prefers_it(
    listen: Callable[..., int], names: Names
) -> None:
    port = listen("::1")
    listen("127.0.0.1", port)
    names.known["home.example"] = ["::1", "127.0.0.1"]

    with closing((dialled := connect(Address("home.example", port))).sock):
        assert dialled.peer == "::1"


def test_a_port_where_nobody_listens_is_refused() -> None:
    with pytest.raises(Refused):
        connect(Address("127.0.0.1", free_port()))


def test_a_name_without_address_is_unresolved(names: Names) -> None:
    with pytest.raises(Unresolved, match=r"nas\.lan"):
        connect(Address("nas.lan"))
    assert names.asked == ["nas.lan"]


@pytest.mark.parametrize("error", [UnicodeError("label too long"), RuntimeError("no resolver")])
def test_a_name_that_the_resolver_chokes_on_is_unresolved(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def choke(*_: object, **__: object) -> object:
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", choke)

    with pytest.raises(Unresolved):
        connect(Address("a" * 100 + ".example"))


def test_a_resolver_that_says_nothing_is_unresolved(names: Names) -> None:
    names.silent.add("slow.example")

    with pytest.raises(Unresolved, match="do not answer"):
        connect(Address("slow.example"), within=0.5)


def test_an_address_that_says_nothing_is_timed_out(black_hole: Address) -> None:
    with pytest.raises(TimedOut):
        connect(black_hole, within=0.5)


def test_of_all_failures_the_one_that_tells_most_about_the_server_is_told(
    names: Names, black_hole: Address
) -> None:
    refused = Address("127.0.0.1", free_port())

    with pytest.raises(Refused):
        connect(Address("nas.lan"), black_hole, refused, within=2)
    assert names.asked


def test_what_a_session_failed_for_tells_more_than_what_a_dial_failed_for() -> None:
    errors = [Unresolved("a"), Refused("b"), TooOld("c"), NotSmb("d"), TimedOut("e")]

    assert isinstance(most_telling(errors), TooOld)
    assert isinstance(most_telling([Unresolved("a"), Unreachable("b")]), Unreachable)


def test_of_equal_failures_the_better_addresss_is_told() -> None:
    assert most_telling([Refused("first"), Refused("second")]).subject == "first"


def test_a_dial_leaves_no_socket_behind(listen: Callable[..., int], black_hole: Address) -> None:
    good = Address("127.0.0.1", listen())
    before = open_sockets()

    for _ in range(5):
        connect(black_hole, good).sock.close()
        with pytest.raises(ConnectionFailed):
            connect(black_hole, within=0.1)

    assert open_sockets() == before


def open_sockets() -> int:
    return sum(file.is_socket() for file in Path("/proc/self/fd").iterdir())


def test_a_dead_peer_is_noticed_by_the_kernel_within_the_deadline(
    listen: Callable[..., int],
) -> None:
    with closing(connect(Address("127.0.0.1", listen())).sock) as sock:
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 5000
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
