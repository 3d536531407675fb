"""Large files over lines and servers that break: old or new, and nothing is sent twice for long."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.smb.errors import ConnectionFailed, ContentWithheld
from custom_components.smb_ddns_sync.smb.files import Checkpoint, Revision, Withheld
from custom_components.smb_ddns_sync.smb.ranges import Range
from demo.line import Cut, Direction, Line

from .content import Keeper, Watched, a_put, break_at, noise, now_at
from .test_chaos import points, traffic_of
from .waiting import BOUND

if TYPE_CHECKING:
    from collections.abc import Callable

    from custom_components.smb_ddns_sync.smb.client import ShareClient
    from custom_components.smb_ddns_sync.smb.files import Put
    from demo.proxy import Proxy

    from .conftest import Connect
    from .servers import Place

MIB = 1 << 20
LARGE = noise(24 * MIB, seed=1)
OVERHEAD = 100_000  # dialling, headers, signatures


def sent(proxy: Proxy, action: Callable[[], object]) -> int:
    return traffic_of(proxy, action, Direction.TO_SERVER)


def test_a_put_goes_on_after_its_connection_has_broken_in_its_midst(
    place: Place, proxy: Proxy, connect: Connect
) -> None:
    client = connect(place.via(proxy))
    client.connect()
    cut = proxy.cut_after(23 * MIB, how=Cut.RESET)
    content = Watched(LARGE)

    passed = sent(proxy, lambda: client.put(a_put("file", content)))

    assert cut.wait(BOUND)
    assert place.files() == {"file": LARGE}
    # What is under way is 16 MiB at most; to start over would take 23 MiB more.
    assert passed < len(LARGE) + 16 * MIB + OVERHEAD


def test_a_line_that_breaks_again_and_again_carries_it_all_the_same(
    place: Place, proxy: Proxy, connect: Connect
) -> None:
    breaks = [5 * MIB, 10 * MIB, 15 * MIB, 20 * MIB]

    def drop(offset: int) -> None:
        if breaks and offset >= breaks[0]:
            breaks.pop(0)
            proxy.drop()

    connect(place.via(proxy)).put(a_put("file", Watched(LARGE, before=drop)))

    assert not breaks
    assert place.files() == {"file": LARGE}


def test_what_a_crashed_server_has_lost_is_found_and_sent_again(
    place: Place, connect: Connect
) -> None:
    put = a_put("file", LARGE)
    crashed: list[int] = []

    def crash(offset: int) -> None:
        """Have the server lose what it has said to have, in the midst of the file."""
        if offset >= 8 * MIB and not crashed:
            place.server.kill()
            with (place.folder / put.temporary).open("r+b") as temporary:
                temporary.seek(2 * MIB)
                temporary.write(bytes(MIB))
            crashed.append(offset)
            place.server.start()

    content = Watched(LARGE, before=crash)

    connect(place.target).put(replace(put, content=content))

    assert crashed
    assert place.files() == {"file": LARGE}


def test_a_crashed_server_costs_what_came_after_the_checkpoint(
    place: Place, proxy: Proxy, connect: Connect
) -> None:
    observer = connect(place.target)
    place.write("file", b"old")
    put = a_put("file", LARGE, expected=now_at(observer, "file"))
    kept: list[Checkpoint] = []

    def crash(checkpoint: Checkpoint) -> None:
        kept.append(checkpoint)
        if checkpoint.done >= 10 * MIB:
            place.server.kill()

    keeper = Keeper(4 * MIB, after=crash)
    with pytest.raises(ConnectionFailed):
        connect(place.via(proxy)).put(replace(put, checkpoints=keeper.checkpoints))
    assert place.files()["file"] == b"old"
    done = kept[-1].done
    with (place.folder / put.temporary).open("r+b") as temporary:
        temporary.truncate(done)
        temporary.truncate(done + 3 * MIB)  # zeros, as after a crash
    place.server.start()
    client = connect(place.via(proxy))

    passed = sent(proxy, lambda: client.put(replace(put, resume=kept[-1])))

    assert place.files() == {"file": LARGE}
    assert done >= 10 * MIB
    assert passed < len(LARGE) - done + OVERHEAD


def test_content_that_is_withheld_leaves_all_that_has_arrived_to_go_on_with(
    place: Place, connect: Connect
) -> None:
    keeper = Keeper(8 * MIB)

    def withhold(offset: int) -> None:
        if offset >= 19 * MIB:
            raise Withheld("stopped")

    put = a_put("file", Watched(LARGE, before=withhold), checkpoints=keeper.checkpoints)
    client = connect(place.target)
    with pytest.raises(ContentWithheld) as told:
        client.put(put)
    again, left = Watched(LARGE), keeper.kept[-1]

    client.put(replace(put, content=again, resume=left))

    assert isinstance(told.value.__cause__, Withheld)
    assert again.first == left.done == 19 * MIB
    assert place.files() == {"file": LARGE}


def test_only_what_has_changed_goes_over_the_line(
    place: Place, proxy: Proxy, connect: Connect
) -> None:
    place.write("file", LARGE)
    client = connect(place.via(proxy))
    base = now_at(client, "file")
    content = bytearray(LARGE)
    content[7_654_321 : 7_654_321 + MIB] = noise(MIB, seed=2)
    revision = Revision("file", base, (Range(7_654_321, MIB),))
    put = a_put("file", bytes(content), expected=base, revision=revision)
    before = proxy.traffic()

    client.put(put)

    passed = proxy.traffic() - before
    assert place.files() == {"file": content}
    assert passed.bytes_to_server < MIB + OVERHEAD
    assert passed.bytes_to_client < OVERHEAD


def test_holes_do_not_go_over_the_line(place: Place, proxy: Proxy, connect: Connect) -> None:
    content = bytes(20 * MIB) + noise(MIB) + bytes(20 * MIB)
    client = connect(place.via(proxy))

    passed = sent(proxy, lambda: client.put(a_put("file", content)))

    assert place.files() == {"file": content}
    assert passed < MIB + OVERHEAD


def rounds(proxy: Proxy, client: ShareClient, put: Put) -> int:
    """Return what a put takes on a line long enough to tell questions from answers."""
    client.put(a_put("first", noise(2 * MIB)))  # which dials for large content
    proxy.line = Line(delay=0.02)
    before = proxy.traffic()
    client.put(put)
    passed = proxy.traffic() - before
    assert passed.connections == 0
    return passed.round_trips


def test_a_large_put_takes_four_round_trips(place: Place, proxy: Proxy, connect: Connect) -> None:
    """One opens, one writes, one finishes and checks, one renames."""
    client = connect(place.via(proxy))

    assert rounds(proxy, client, a_put("file", noise(MIB + 1000))) == 4


def test_a_revision_takes_eight_round_trips(place: Place, proxy: Proxy, connect: Connect) -> None:
    """Those of a large put, and four: the base opened, its key, the copy, and the base proved."""
    place.write("file", LARGE[: 3 * MIB])
    client = connect(place.via(proxy))
    base = now_at(client, "file")
    revision = Revision("file", base, (Range(0, 10),))
    put = a_put("file", noise(10) + LARGE[10 : 3 * MIB], expected=base, revision=revision)

    assert rounds(proxy, client, put) == 8


def test_going_on_with_all_that_is_there_takes_four_round_trips(
    place: Place, proxy: Proxy, connect: Connect
) -> None:
    """One looks whether it is in place, one opens, one finishes and checks, one renames."""
    put = a_put("file", LARGE[: 3 * MIB])
    checkpoint = break_at(connect(place.target), put, 3 * MIB, every=MIB)

    client = connect(place.via(proxy))

    assert rounds(proxy, client, replace(put, resume=checkpoint)) == 4


@pytest.mark.parametrize("direction", list(Direction))
def test_a_revision_that_is_cut_anywhere_leaves_old_or_new(
    place: Place, proxy: Proxy, connect: Connect, direction: Direction
) -> None:
    old, new = noise(1_600_000), bytearray(noise(1_600_000))
    new[1_000_000:1_300_000] = noise(300_000, seed=2)
    observer = connect(place.target)

    def a_revision() -> Put:
        place.write("file", old)
        base = now_at(observer, "file")
        revision = Revision("file", base, (Range(1_000_000, 300_000),))
        return a_put("file", bytes(new), expected=base, revision=revision)

    whole = a_revision()
    total = traffic_of(proxy, lambda: connect(place.via(proxy)).put(whole), direction)
    for point in points(total, 5):
        put = a_revision()
        client = connect(place.via(proxy))
        proxy.cut_after(point, direction)
        try:
            told = client.put(put)
        except ConnectionFailed:
            told = None
        client.close()
        found = place.files()

        assert found["file"] in (old, new), f"a part of the file after a cut at {point}"
        if told is not None:
            assert found["file"] == new
        assert found.keys() <= {"file", put.temporary}
        (place.folder / put.temporary).unlink(missing_ok=True)


@pytest.mark.parametrize("direction", list(Direction))
def test_going_on_that_is_cut_anywhere_leaves_old_or_new(
    place: Place, proxy: Proxy, connect: Connect, direction: Direction
) -> None:
    old, new = b"old", noise(1_500_000)
    observer = connect(place.target)

    def broken() -> tuple[Put, Checkpoint]:
        place.write("file", old)
        put = a_put("file", new, expected=now_at(observer, "file"))
        return put, break_at(connect(place.target), put, 1_000_000, every=1_000_000)

    put, checkpoint = broken()
    resumed = replace(put, resume=checkpoint)
    total = traffic_of(proxy, lambda: connect(place.via(proxy)).put(resumed), direction)
    for point in points(total, 4):
        put, checkpoint = broken()
        client = connect(place.via(proxy))
        proxy.cut_after(point, direction)
        try:
            told = client.put(replace(put, resume=checkpoint))
        except ConnectionFailed:
            told = None
        client.close()
        found = place.files()

        assert found["file"] in (old, new), f"a part of the file after a cut at {point}"
        if told is not None:
            assert found["file"] == new
        assert found.keys() <= {"file", put.temporary}
        (place.folder / put.temporary).unlink(missing_ok=True)


def test_a_put_of_a_client_that_is_closed_ends(
    place: Place, proxy: Proxy, connect: Connect
) -> None:
    client = connect(place.via(proxy))
    content = Watched(LARGE, before=lambda offset: client.close() if offset > 8 * MIB else None)

    with ThreadPoolExecutor(1) as pool:
        putting = pool.submit(client.put, a_put("file", content))
        with pytest.raises(ConnectionFailed):
            putting.result(timeout=BOUND)
