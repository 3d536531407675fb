"""The client for an event loop: it never blocks it, can be given up, and leaves nothing behind."""

import asyncio
from threading import Event, get_ident
from threading import enumerate as threads_alive
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.smb import aio, stream
from custom_components.smb_ddns_sync.smb.aio import AsyncShareClient
from custom_components.smb_ddns_sync.smb.client import ShareClient
from custom_components.smb_ddns_sync.smb.errors import (
    ConnectionFailed,
    ConnectionLost,
    ContentFailed,
    NotFound,
    TimedOut,
)
from custom_components.smb_ddns_sync.smb.health import probe
from demo.line import Cut, Door

from .content import SOME_DAY, a_put, noise
from .servers import ALONE, Place, Servers
from .test_leaks import descriptors, open_in
from .waiting import BOUND

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from demo.proxy import Proxy

MEGABYTE = 1_000_000


@pytest.fixture(name="place")
def place_fixture(servers: Servers) -> Place:
    """Return a share of a server that no other test's client has files open on."""
    return servers.place(ALONE)


@pytest.fixture(name="client")
async def client_fixture(place: Place) -> AsyncIterator[AsyncShareClient]:
    """Return a client of the share; it is closed after the test, and leaves no thread."""
    async with AsyncShareClient(place.target) as client:
        yield client
    assert not threads_of_clients()


def threads_of_clients() -> list[str]:
    return [thread.name for thread in threads_alive() if thread.name.startswith("share ")]


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(BOUND):
        while not condition():  # noqa: ASYNC110 - nobody could set an event
            await asyncio.sleep(0.005)


async def in_pieces(content: bytes, size: int = 300_000) -> AsyncIterator[bytes]:
    for at in range(0, len(content), size):
        await asyncio.sleep(0)
        yield content[at : at + size]


async def put_stream(
    client: AsyncShareClient, chunks: AsyncIterator[bytes], size: int, *, patience: float = BOUND
) -> None:
    await client.put_stream(
        "file", ".part", chunks, size=size, modified=SOME_DAY, patience=patience
    )


# Calls


async def test_every_operation_can_be_awaited(place: Place, client: AsyncShareClient) -> None:
    await client.put(a_put("folder/file", b"content", make_parents=True))
    await client.run(ShareClient.rename, "folder/file", "folder/moved", expected=None)

    assert place.files() == {"folder/moved": b"content"}
    assert [each.name for each in await client.list_folder("folder")] == ["moved"]
    assert await client.look("folder/file") is None
    assert (await client.run(probe)).status == "ok"
    assert client.facts is not None


async def test_an_error_of_the_share_is_raised(client: AsyncShareClient) -> None:
    with pytest.raises(NotFound):
        await client.list_folder("nowhere")


async def test_no_call_runs_on_the_thread_of_the_loop(client: AsyncShareClient) -> None:
    ran_on = await client.run(lambda _: get_ident())

    assert ran_on != get_ident()


async def test_the_loop_goes_on_while_a_server_is_silent(place: Place, proxy: Proxy) -> None:
    proxy.door = Door.SILENT
    async with AsyncShareClient(place.via(proxy), deadline=0.5) as client:
        waiting = asyncio.create_task(client.look("x"))
        turns = 0
        while not waiting.done():
            await asyncio.sleep(0)
            turns += 1
        with pytest.raises(ConnectionFailed):
            await waiting

    assert turns > 100


async def test_no_more_threads_than_asked_for_work_at_a_time(place: Place) -> None:
    async with AsyncShareClient(place.target, threads=2) as client:
        await asyncio.gather(*(client.look("x") for _ in range(50)))

        assert len(threads_of_clients()) == 2
    assert not threads_of_clients()


# Giving up


async def test_a_caller_that_is_cancelled_is_free_at_once(client: AsyncShareClient) -> None:
    go_on, begun = Event(), Event()

    def hang(_: ShareClient) -> None:
        begun.set()
        go_on.wait(BOUND)

    waiting = asyncio.create_task(client.run(hang))
    await until(begun.is_set)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    assert not go_on.is_set()
    assert await client.look("x") is None, "the others go on"
    go_on.set()


async def test_a_call_that_takes_too_long_is_given_up(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aio, "_PATIENCE", 0.001)
    go_on = Event()
    async with AsyncShareClient(place.target) as client:
        with pytest.raises(TimedOut):
            await client.run(lambda _: go_on.wait(BOUND))
        go_on.set()


async def test_a_reader_that_nobody_waits_for_any_more_is_closed(
    place: Place, client: AsyncShareClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.write("file", b"content")
    open_reader = client.blocking.open_reader
    go_on, opened = Event(), Event()

    def slowly(path: str) -> object:
        reader = open_reader(path)
        opened.set()
        go_on.wait(BOUND)
        return reader

    monkeypatch.setattr(client.blocking, "open_reader", slowly)

    async def read() -> None:
        async with client.open_reader("file"):
            raise AssertionError("it was cancelled before")

    waiting = asyncio.create_task(read())
    await until(opened.is_set)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert open_in(place.folder)
    go_on.set()

    await until(lambda: not open_in(place.folder))


async def test_closing_ends_what_is_under_way(place: Place, proxy: Proxy) -> None:
    client = AsyncShareClient(place.via(proxy))
    await client.look("x")
    proxy.drop(Cut.SILENCE)
    calls = [asyncio.create_task(client.look("x")) for _ in range(10)]
    await asyncio.sleep(0)

    await client.close()

    for call in calls:
        with pytest.raises(ConnectionLost):
            await call
    with pytest.raises(ConnectionLost):
        await client.look("x")
    assert not threads_of_clients()


async def test_closing_twice_at_once_is_closing(place: Place) -> None:
    client = AsyncShareClient(place.target)
    await client.look("x")

    await asyncio.gather(client.close(), client.close())

    assert not threads_of_clients()


async def test_many_clients_leave_neither_threads_nor_descriptors(place: Place) -> None:
    async with AsyncShareClient(place.target) as client:
        await client.look("x")
    before = descriptors()

    for _ in range(20):
        async with AsyncShareClient(place.target) as client:
            await asyncio.gather(client.look("x"), client.look("y"))

    assert not threads_of_clients()
    assert descriptors() <= before


# Reading


async def test_a_file_is_read_piece_by_piece(place: Place, client: AsyncShareClient) -> None:
    content = noise(5 * MEGABYTE)
    place.write("file", content)

    async with client.open_reader("file") as reader:
        pieces = [piece async for piece in reader.chunks()]

    assert b"".join(pieces) == content
    assert len(pieces) > 1
    await until(lambda: not open_in(place.folder))


@pytest.mark.parametrize(
    ("offset", "length"),
    [(0, 1), (1_234_567, 2_000_000), (2_999_999, 1), (2_999_000, 5_000), (3_000_000, 1), (0, None)],
)
async def test_any_range_of_a_file_can_be_read(
    place: Place, client: AsyncShareClient, offset: int, length: int | None
) -> None:
    content = noise(3 * MEGABYTE)
    place.write("file", content)

    async with client.open_reader("file") as reader:
        read = b"".join([piece async for piece in reader.chunks(offset, length)])

    assert read == content[offset : None if length is None else offset + length]


async def test_nothing_behind_what_a_reader_may_want_is_asked_for(
    place: Place, proxy: Proxy, client: AsyncShareClient
) -> None:
    del client
    content = noise(20 * MEGABYTE)
    place.write("file", content)
    async with AsyncShareClient(place.via(proxy)) as seeking, seeking.open_reader("file") as reader:
        first = await reader.read(0, 2, 2)
        middle = b"".join([piece async for piece in reader.chunks(9 * MEGABYTE, 100_000)])
        ahead = await reader.read(15 * MEGABYTE, 10, 15 * MEGABYTE + 50_000)
        for _ in range(50):
            await seeking.look("file")  # time enough for whatever is under way

        assert first == content[:2]
        assert middle == content[9 * MEGABYTE :][:100_000]
        assert ahead == content[15 * MEGABYTE :][:10]
        assert proxy.traffic().bytes_to_client < 250_000


async def test_what_a_reader_takes_next_is_on_its_way_before_it_asks(
    place: Place, proxy: Proxy, client: AsyncShareClient
) -> None:
    del client
    place.write("file", noise(20 * MEGABYTE))
    async with AsyncShareClient(place.via(proxy)) as playing, playing.open_reader("file") as reader:
        await reader.read(0, 100_000, 3 * MEGABYTE)
        for _ in range(50):
            await playing.look("file")  # time enough for whatever is under way

        assert 2.9 * MEGABYTE < proxy.traffic().bytes_to_client < 3.2 * MEGABYTE


async def test_a_slow_reader_makes_the_server_wait(
    place: Place, proxy: Proxy, client: AsyncShareClient
) -> None:
    del client
    place.write("file", noise(40 * MEGABYTE))
    async with AsyncShareClient(place.via(proxy)) as slow, slow.open_reader("file") as reader:
        async for _ in reader.chunks():
            break
        for _ in range(50):
            await slow.look("file")  # time enough for whatever is under way

        assert proxy.traffic().bytes_to_client < 25 * MEGABYTE


async def test_a_stream_that_is_left_holds_no_thread(
    place: Place, client: AsyncShareClient
) -> None:
    place.write("file", noise(3 * MEGABYTE))
    async with client.open_reader("file") as reader:
        chunks = reader.chunks()
        await anext(chunks)

        assert await asyncio.gather(*(client.look("x") for _ in range(20))) == [None] * 20
        await chunks.aclose()


# Walking


async def test_a_tree_is_walked(place: Place, client: AsyncShareClient) -> None:
    for number in range(300):
        place.write(f"{number}/file")

    folders = [listing.folder async for listing in client.walk("", lambda path: path != "7")]

    assert sorted(folders) == sorted(["", *(str(number) for number in range(300) if number != 7)])


async def test_a_walk_that_is_left_leaves_nothing(place: Place, client: AsyncShareClient) -> None:
    for number in range(100):
        place.write(f"{number}/file")

    walk = client.walk("")
    await anext(walk)
    await walk.aclose()

    assert await client.look("x") is None
    await until(lambda: not open_in(place.folder))


# Writing


@pytest.mark.parametrize("size", [0, 5, 300_000, 20 * MEGABYTE])
async def test_a_stream_is_put_in_place(place: Place, client: AsyncShareClient, size: int) -> None:
    content = noise(size)

    await put_stream(client, in_pieces(content), size)

    assert place.files() == {"file": content}


async def test_a_stream_takes_the_memory_of_a_few_pieces(
    client: AsyncShareClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "_AHEAD", MEGABYTE)
    monkeypatch.setattr(stream, "_BEHIND", 2 * MEGABYTE)
    most = 0

    async def watched() -> AsyncIterator[bytes]:
        nonlocal most
        for _ in range(200):
            (held,) = client._streams
            most = max(most, held.held)
            yield bytes(100_000)

    await put_stream(client, watched(), 20 * MEGABYTE)

    assert 2 * MEGABYTE < most <= 5 * MEGABYTE


@pytest.mark.parametrize("size", [4 * MEGABYTE - 1, 4 * MEGABYTE + 1])
async def test_a_stream_of_another_size_never_takes_its_place(
    place: Place, client: AsyncShareClient, size: int
) -> None:
    with pytest.raises(ContentFailed):
        await put_stream(client, in_pieces(noise(4 * MEGABYTE)), size)

    assert place.files() == {}


async def test_a_stream_that_breaks_is_told_with_its_cause(
    place: Place, client: AsyncShareClient
) -> None:
    async def breaking() -> AsyncIterator[bytes]:
        yield noise(2 * MEGABYTE)
        raise OSError("the disk is gone")

    with pytest.raises(ContentFailed) as told:
        await put_stream(client, breaking(), 3 * MEGABYTE)

    assert told.value.__cause__ is not None
    assert isinstance(told.value.__cause__.__cause__, OSError)
    assert place.files() == {}


async def test_a_stream_that_stalls_is_given_up(place: Place, client: AsyncShareClient) -> None:
    async def stalling() -> AsyncIterator[bytes]:
        yield noise(MEGABYTE)
        await asyncio.Event().wait()

    with pytest.raises(ContentFailed):
        await put_stream(client, stalling(), 3 * MEGABYTE, patience=0.05)

    assert place.files() == {}


async def test_a_put_that_is_cancelled_leaves_nothing(
    place: Place, client: AsyncShareClient
) -> None:
    sent = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        yield noise(2 * MEGABYTE)
        sent.set()
        await asyncio.Event().wait()

    putting = asyncio.create_task(put_stream(client, endless(), 3 * MEGABYTE))
    await sent.wait()
    putting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await putting

    await until(lambda: not open_in(place.folder) and place.files() == {})


async def test_closing_ends_a_stream(place: Place) -> None:
    sent = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        yield noise(2 * MEGABYTE)
        sent.set()
        await asyncio.Event().wait()

    client = AsyncShareClient(place.target)
    putting = asyncio.create_task(put_stream(client, endless(), 3 * MEGABYTE))
    await sent.wait()
    await client.close()

    with pytest.raises((ContentFailed, ConnectionLost)):
        await putting
    assert not threads_of_clients()


async def test_a_line_that_breaks_early_in_a_stream_is_mended(place: Place, proxy: Proxy) -> None:
    content = noise(8 * MEGABYTE)
    async with AsyncShareClient(place.via(proxy)) as client:
        await client.look("x")
        cut = proxy.cut_after(3 * MEGABYTE)

        await put_stream(client, in_pieces(content), len(content))

    assert cut.is_set()
    assert place.files() == {"file": content}
