"""A watch through thick and thin: no change goes untold, and nothing is left over."""

from contextlib import closing
from dataclasses import replace
import gc
import threading
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.smb import notify
from custom_components.smb_ddns_sync.smb.client import ShareClient
from custom_components.smb_ddns_sync.smb.errors import (
    ConnectionFailed,
    ConnectionLost,
    NotFound,
    Refused,
    TimedOut,
    WrongPassword,
)
from custom_components.smb_ddns_sync.smb.notice import (
    Change,
    Ended,
    Interrupted,
    Rescan,
    Touched,
    Why,
)
from custom_components.smb_ddns_sync.smb.target import Credentials
from demo.line import Cut, Door

from .content import now_at
from .ear import Ear
from .servers import SETTINGS, Setting
from .test_leaks import descriptors, open_in
from .waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from demo.proxy import Proxy

    from .conftest import Connect
    from .servers import Place, Servers

RESUMED = Rescan(Why.RESUMED)


@pytest.fixture(name="ear")
def ear_fixture() -> Ear:
    return Ear()


@pytest.fixture(name="mortal")
def mortal_fixture(servers: Servers) -> Iterator[Place]:
    """Return a share of a server that the test may kill."""
    place = servers.place(replace(SETTINGS["3.1.1 signed"], case_sensitive=False))
    yield place
    servers.start(Setting(case_sensitive=False))


def errors(ear: Ear, kind: type[Interrupted | Ended]) -> list[type[Exception]]:
    return [type(notice.error) for notice in ear.notices if isinstance(notice, kind)]


def watchers() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name.startswith("watch ")]


def test_a_change_made_as_soon_as_the_watch_stands_is_told(client: ShareClient, ear: Ear) -> None:
    with closing(client.watch("", ear)):
        client.make_folder("at once")
        ear.hears(Touched("at once", Change.ADDED))


def test_what_happens_while_a_notice_is_being_heard_is_kept_by_the_server(
    client: ShareClient, ear: Ear
) -> None:
    with ear.watching(client):
        with ear.busy():
            for number in range(20):
                client.make_folder(f"{number}")
        ear.hears(*(Touched(f"{number}", Change.ADDED) for number in range(20)))

    assert not [notice for notice in ear.notices if isinstance(notice, Rescan)]


def test_over_a_thousand_changes_at_once_are_told_as_lost_and_the_watch_goes_on(
    place: Place, client: ShareClient, ear: Ear
) -> None:
    client.make_folders("deep/down")
    with ear.watching(client):
        with ear.busy():
            place.smbclient("; ".join(f"mkdir deep/down/{number}" for number in range(1_300)))
        ear.hears(Rescan(Why.OVERFLOW))
        ear.hears_again(client)


def test_a_silent_watch_delays_nothing_and_is_kept_alive(
    place: Place, proxy: Proxy, connect: Connect, ear: Ear
) -> None:
    client, observer = connect(place.via(proxy), deadline=3.0), connect(place.target)
    with closing(client.watch("", ear)):
        before = proxy.traffic().frames_to_server
        # Asked four times whether it is there, a third of a deadline apart: it outlived one.
        wait_until(lambda: proxy.traffic().frames_to_server >= before + 4)
        client.echo()
        observer.make_folder("late")
        ear.hears(Touched("late", Change.ADDED))

    assert not errors(ear, Interrupted)


@pytest.mark.parametrize("how", [Cut.CLOSE, Cut.RESET])
def test_after_a_cut_line_everything_is_to_be_looked_at_and_the_watch_goes_on(
    place: Place, proxy: Proxy, connect: Connect, ear: Ear, how: Cut
) -> None:
    client, observer = connect(place.via(proxy)), connect(place.target)
    with ear.watching(client):
        proxy.drop(how)
        ear.hears(RESUMED)
        assert errors(ear, Interrupted) == [ConnectionLost]
        observer.make_folder("after")
        ear.hears(Touched("after", Change.ADDED))


def test_a_peer_that_fell_silent_is_noticed_within_the_deadline(
    place: Place, proxy: Proxy, connect: Connect, ear: Ear
) -> None:
    client, observer = connect(place.via(proxy), deadline=1.0), connect(place.target)
    with ear.watching(client):
        proxy.drop(Cut.SILENCE)
        ear.hears(RESUMED)
        observer.make_folder("after")
        ear.hears(Touched("after", Change.ADDED))

    assert errors(ear, Interrupted) == [TimedOut]


def test_a_server_that_was_killed_and_came_back_is_watched_again(
    mortal: Place, connect: Connect, ear: Ear
) -> None:
    client = connect(mortal.target)
    with ear.watching(client):
        mortal.server.kill()
        mortal.write("made meanwhile")
        wait_until(lambda: bool(errors(ear, Interrupted)))
        assert RESUMED not in ear.notices
        mortal.server.start()
        ear.hears(RESUMED)
        client.make_folder("after")
        ear.hears(Touched("after", Change.ADDED))

    assert ear.notices.index(RESUMED) > [type(each) for each in ear.notices].index(Interrupted)


def test_everything_is_to_be_looked_at_only_once_the_folder_is_watched_again(
    place: Place, proxy: Proxy, connect: Connect
) -> None:
    """The invariant of a gap: what changes after the word to look is told by itself."""
    observer = connect(place.target)

    class Prompt(Ear):
        """Changes something as soon as it is told to look."""

        def __call__(self, notice: object) -> None:
            super().__call__(notice)  # type: ignore[arg-type] # a notice
            if notice == RESUMED:
                observer.make_folder("at once")

    ear = Prompt()
    with ear.watching(connect(place.via(proxy))):
        proxy.drop()
        ear.hears(RESUMED, Touched("at once", Change.ADDED))


def test_a_password_that_is_refused_is_not_tried_again(
    place: Place, proxy: Proxy, connect: Connect, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notify, "_FIRST_PAUSE", 0.001)
    client = connect(place.via(proxy))
    with ear.watching(client):
        wrong = Credentials("alice", "changed meanwhile")
        for lane in client._watches._lanes:
            lane._target = replace(lane._target, credentials=wrong)
        proxy.drop()
        wait_until(lambda: errors(ear, Ended) == [WrongPassword])
        dialled = proxy.traffic().connections
        wait_until(lambda: not watchers())

        with pytest.raises(WrongPassword):
            client.watch("", ear)
        assert proxy.traffic().connections == dialled


def test_a_watched_folder_that_is_gone_ends_the_watch(
    client: ShareClient, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notify, "_LOOK_EVERY", 0.1)
    client.make_folders("going/below")
    with closing(client.watch("going", ear)):
        client.delete_folder("going/below")
        client.delete_folder("going")
        wait_until(lambda: errors(ear, Ended) == [NotFound])


def test_another_folder_in_the_watched_ones_place_is_watched_instead(
    client: ShareClient, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notify, "_LOOK_EVERY", 0.1)
    client.make_folder("photos")
    client.make_folders("new/2026")
    with closing(client.watch("photos", ear)):
        client.rename("photos", "old photos", expected=None)
        client.rename("new", "photos", expected=None)
        ear.hears(RESUMED)
        client.make_folder("photos/2026/below")
        ear.hears(Touched("2026/below", Change.ADDED))


def test_a_watch_goes_back_to_a_better_address_when_the_client_has(
    place: Place, proxy: Proxy, connect: Connect, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notify, "_LOOK_EVERY", 0.1)
    both = replace(place.target, addresses=place.via(proxy).addresses + place.target.addresses)
    proxy.door = Door.REFUSE
    client = connect(both)
    with closing(client.watch("", ear)):
        proxy.door = Door.OPEN
        client.connect()
        ear.hears(RESUMED)
        assert proxy.open_connections == 2


def test_a_watch_that_cannot_begin_says_why(
    place: Place, proxy: Proxy, connect: Connect, ear: Ear
) -> None:
    proxy.door = Door.REFUSE
    with pytest.raises(Refused):
        connect(place.via(proxy)).watch("", ear)
    client = connect(place.target)
    client.close()
    with pytest.raises(ConnectionFailed):
        client.watch("", ear)

    assert not ear.notices
    assert not watchers()


def test_a_client_that_is_closed_ends_its_watches(client: ShareClient, ear: Ear) -> None:
    client.watch("", ear)

    client.close()

    wait_until(lambda: not watchers())
    assert [type(notice) for notice in ear.notices] == [Ended]


def test_a_listener_may_close_its_watch(client: ShareClient) -> None:
    class Once(Ear):
        def __call__(self, notice: object) -> None:
            super().__call__(notice)  # type: ignore[arg-type] # a notice
            watch.close()

    ear = Once()
    watch = client.watch("", ear)
    client.make_folder("one")
    client.make_folder("two")

    wait_until(lambda: not watchers())
    assert len(ear.notices) == 1


@pytest.mark.parametrize("door", [Door.SILENT, Door.REFUSE])
def test_closing_does_not_wait_for_a_dial(
    place: Place, proxy: Proxy, connect: Connect, ear: Ear, door: Door
) -> None:
    """The client's deadline is so long that a test that waited for it would fail by its time."""
    client = connect(place.via(proxy), deadline=3_600.0)
    watch = client.watch("", ear)
    proxy.door = door
    proxy.drop()
    wait_until(lambda: proxy.open_connections == (door is Door.SILENT))
    wait_until(lambda: bool(errors(ear, Interrupted)))

    watch.close()

    assert not watchers()
    assert RESUMED not in ear.notices


def test_watches_leave_neither_threads_nor_sockets_nor_open_folders(
    place: Place, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notify, "_SETTLE", 0.0)
    monkeypatch.setattr(notify, "_FIRST_PAUSE", 0.001)
    client = ShareClient(place.via(proxy))
    client.make_folder("watched")
    threads, files = threading.active_count(), descriptors()

    for number in range(20):
        ear = Ear()
        watch = client.watch("watched", ear)
        if number % 2:
            proxy.drop((Cut.RESET, Cut.CLOSE)[number % 4 == 1])
            ear.hears(RESUMED)
        watch.close()
        assert threading.active_count() == threads
    assert now_at(client, "watched").is_folder
    wait_until(lambda: proxy.open_connections == 1)

    gc.collect()
    assert not client._watches._lanes
    assert descriptors() <= files
    wait_until(lambda: not open_in(place.folder))
    client.close()
