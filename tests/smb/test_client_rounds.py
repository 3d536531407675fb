"""How often a caller waits for the line: counted by a proxy, frame by frame."""

from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.smb.files import Attributes
from demo.line import Line

from .content import SOME_DAY, a_put, noise, now_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from custom_components.smb_ddns_sync.smb.client import ShareClient
    from demo.line import Traffic
    from demo.proxy import Proxy

    from .conftest import Connect
    from .servers import Place

# Far enough that what is sent together is on its way before the first answer can come.
DISTANT = Line(delay=0.05)


@pytest.fixture(name="client")
def client_fixture(place: Place, proxy: Proxy, connect: Connect) -> ShareClient:
    client = connect(place.via(proxy))
    client.connect()
    return client


def traffic(proxy: Proxy, action: Callable[[], object]) -> Traffic:
    before = proxy.traffic()
    action()
    return proxy.traffic() - before


def test_a_session_takes_five_round_trips(place: Place, proxy: Proxy, connect: Connect) -> None:
    """The line's own first, then negotiation, two for signing in, and the share."""
    client = connect(place.via(proxy))

    assert traffic(proxy, client.connect).round_trips <= 5


ONE_ROUND: dict[str, Callable[[ShareClient], object]] = {
    "echo": lambda client: client.echo(),
    "space": lambda client: client.space(),
    "identity": lambda client: client.identity(""),
    "look": lambda client: client.look("file"),
    "look at nothing": lambda client: client.look("nothing"),
    "list a folder": lambda client: client.list_folder(""),
    "walk a folder": lambda client: list(client.walk("", lambda _: False)),
    "make a folder": lambda client: client.make_folder("new"),
    "link": lambda client: client.link("file", "link"),
    "set a time": lambda client: client.set_times("file", modified=SOME_DAY),
    "set all times": lambda client: client.set_times("file", modified=1, created=2, accessed=3),
    "set attributes": lambda client: client.set_attributes("file", Attributes.HIDDEN),
    "delete a folder": lambda client: client.delete_folder("empty"),
}

TWO_ROUNDS: dict[str, Callable[[ShareClient], object]] = {
    "put": lambda client: client.put(a_put("new", noise(10_000))),
    "put into new folders": lambda client: client.put(
        a_put("a/b/c/new", noise(10_000), make_parents=True)
    ),
    "put durably": lambda client: client.put(a_put("new", noise(10_000), flush=True)),
    "put over": lambda client: client.put(a_put("file", expected=now_at(client, "file"))),
    "put over and keep": lambda client: client.put(
        a_put("file", expected=now_at(client, "file"), keep_old_at="kept")
    ),
    "rename": lambda client: client.rename("file", "moved", expected=None),
    "delete": lambda client: client.delete_file("file", expected=None),
}


@pytest.mark.parametrize("what", ONE_ROUND)
def test_one_round_trip(place: Place, proxy: Proxy, client: ShareClient, what: str) -> None:
    place.write("file", noise(100))
    (place.folder / "folder").mkdir()
    (place.folder / "empty").mkdir()

    passed = traffic(proxy, lambda: ONE_ROUND[what](client))

    assert (passed.round_trips, passed.frames_to_server) == (1, 1)


def test_folders_are_made_in_one_round_trip_however_many(
    place: Place, proxy: Proxy, client: ShareClient
) -> None:
    (place.folder / "folder").mkdir()

    passed = traffic(proxy, lambda: client.make_folders("folder/new/newer"))

    assert (passed.round_trips, passed.frames_to_server) == (1, 3)


@pytest.mark.parametrize("what", TWO_ROUNDS)
def test_two_round_trips(place: Place, proxy: Proxy, client: ShareClient, what: str) -> None:
    place.write("file", noise(100))
    looks = 1 if "over" in what else 0

    passed = traffic(proxy, lambda: TWO_ROUNDS[what](client))

    assert passed.round_trips == 2 + looks


def test_a_small_file_is_read_in_two_round_trips_and_let_go_in_one_more(
    place: Place, proxy: Proxy, client: ShareClient
) -> None:
    place.write("file", noise(10_000))

    def read() -> None:
        with client.open_reader("file") as reader:
            assert b"".join(reader.chunks()) == noise(10_000)

    assert traffic(proxy, read).round_trips <= 3


def test_verifying_a_small_file_takes_one_round_trip_more(
    proxy: Proxy, client: ShareClient
) -> None:
    put = a_put("new", noise(10_000), verify=True)

    assert traffic(proxy, lambda: client.put(put)).round_trips == 3


def test_many_puts_wait_together(proxy: Proxy, client: ShareClient) -> None:
    proxy.line = DISTANT
    puts = [
        a_put(f"f{number % 5}/{number}", noise(1000), make_parents=True) for number in range(60)
    ]

    passed = traffic(proxy, lambda: list(client.put_many(puts)))

    assert passed.frames_to_server <= 2 * 60 + 5
    assert passed.round_trips < 60


def test_a_tree_takes_one_request_a_folder(place: Place, proxy: Proxy, client: ShareClient) -> None:
    for outer in range(6):
        for inner in range(6):
            place.write(f"{outer}/{inner}/file")
    proxy.line = DISTANT

    passed = traffic(proxy, lambda: list(client.walk("", lambda _: True)))

    assert passed.frames_to_server == 1 + 6 + 36
    assert passed.round_trips < 1 + 6 + 36


def test_a_moved_folder_takes_no_content(place: Place, proxy: Proxy, client: ShareClient) -> None:
    place.write("folder/large", noise(3_000_000))

    passed = traffic(proxy, lambda: client.rename("folder", "moved", expected=None))

    assert passed.round_trips <= 3
    assert passed.bytes_to_server + passed.bytes_to_client < 2000


def test_a_copy_takes_no_content(place: Place, proxy: Proxy, client: ShareClient) -> None:
    place.write("large", noise(3_000_000))

    passed = traffic(proxy, lambda: client.copy("large", "copy"))

    assert passed.bytes_to_server + passed.bytes_to_client < 5000
