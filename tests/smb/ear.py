"""A listener of watches, for tests."""

from contextlib import closing, contextmanager
from threading import Event
import time
from typing import TYPE_CHECKING
from uuid import uuid4

from custom_components.smb_ddns_sync.smb.names import join
from custom_components.smb_ddns_sync.smb.notice import Change, Renamed, Touched

from .waiting import BOUND, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from custom_components.smb_ddns_sync.smb.client import ShareClient
    from custom_components.smb_ddns_sync.smb.notice import Notice
    from custom_components.smb_ddns_sync.smb.notify import Watch

PROOF = "proof"

type Expected = tuple[Notice, ...]


class Ear:
    """Keeps what it is told, in order."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []
        self._free = Event()
        self._free.set()
        self._entered = Event()

    def __call__(self, notice: Notice) -> None:
        """Take a notice, when it is not busy."""
        self.notices.append(notice)
        self._entered.set()
        assert self._free.wait(BOUND), "the test keeps the listener for too long"

    def hears(self, *notices: Notice) -> None:
        """Wait until all of these have come, in any order."""
        self.hears_one_of(notices)

    def hears_one_of(self, *choices: Expected) -> None:
        """Wait until all of one choice have come, as often as they stand in it."""

        def heard(choice: Expected) -> bool:
            return all(self.notices.count(notice) >= choice.count(notice) for notice in choice)

        wait_until(lambda: any(heard(choice) for choice in choices), lambda: self.notices)

    def hears_of_move(self, source: str, target: str) -> None:
        """Wait for a move; Samba tells its halves one by one now and then."""
        self.hears_one_of(
            (Renamed(source, target),),
            (Touched(source, Change.REMOVED), Touched(target, Change.ADDED)),
        )

    @contextmanager
    def watching(self, client: ShareClient, path: str = "") -> Iterator[Watch]:
        """Watch a folder; what changes in the block is told for sure, on servers that tell.

        Samba says that it watches before it does. So folders are made until one has been heard of.
        """
        with closing(client.watch(path, self)) as watch:
            self.hears_again(client, path)
            yield watch

    def told(self) -> list[Notice]:
        """Return all notices but those of the proof that the watch stands."""
        return [
            notice
            for notice in self.notices
            if not (isinstance(notice, Touched) and notice.path.startswith(PROOF))
        ]

    def hears_again(self, client: ShareClient, path: str = "") -> None:
        """Make folders in the watched one until one of them has been heard of."""
        made: set[str] = set()

        def heard() -> bool:
            return any(isinstance(each, Touched) and each.path in made for each in self.notices)

        end = time.monotonic() + BOUND
        while not heard():
            assert time.monotonic() < end, f"no new folder has been heard of {self.notices}"
            made.add(name := f"{PROOF} {uuid4()}")
            client.make_folder(join(path, name))
            pause = time.monotonic() + 0.5
            while not heard() and time.monotonic() < pause:
                time.sleep(0.005)

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Return from the next notice only at the end of the block."""
        self._free.clear()
        try:
            yield
        finally:
            self._free.set()
