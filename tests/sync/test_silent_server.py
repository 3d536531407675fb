"""A run whose server has fallen silent ends when a person says so, and not when a deadline does.

The deadline is far longer than any test waits, and the line stays as it is: what ends, ends by
itself. What it leaves behind is made good by the next run.
"""

from contextlib import closing, contextmanager
import socket
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from custom_components.smb_ddns_sync.smb import commit, listing, put_small, transfer, upload
from custom_components.smb_ddns_sync.smb.client import ShareClient
from custom_components.smb_ddns_sync.smb.target import Address
from custom_components.smb_ddns_sync.sync.endpoints.local import LocalEndpoint
from custom_components.smb_ddns_sync.sync.endpoints.share import ShareEndpoint
from custom_components.smb_ddns_sync.sync.lock import LOCK
from custom_components.smb_ddns_sync.sync.names import is_temporary
from custom_components.smb_ddns_sync.sync.status import Phase, Reason, Result
from demo.line import Cut, Direction, Door
from demo.proxy import Proxy

from .running import PATIENCE, Running, eventually, running
from .samba import share_at
from .trees import folder_tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from custom_components.smb_ddns_sync.sync.endpoint import Endpoint

    from .samba import Samba

NEVER = 3600.0
"""The deadline of the client in seconds."""
SMALL = b"x" * 1000
LARGE = b"y" * 5_000_000


class Site:
    """A local folder, a folder of a share behind a line, and a client with endless patience."""

    def __init__(self, samba: Samba, proxy: Proxy, base: Path) -> None:
        self.proxy = proxy
        self.local, self.shared = base / "local", samba.folder / base.name
        for folder in (self.local, self.shared):
            folder.mkdir()
        self.state = base / "state.sqlite"
        self.client = ShareClient(share_at(Address(proxy.host, proxy.port)), deadline=NEVER)

    @contextmanager
    def job(self, *, upwards: bool = True) -> Iterator[Running]:
        """Run the job between the two."""
        here: Endpoint = LocalEndpoint(self.local)
        there: Endpoint = ShareEndpoint(self.client, self.shared.name)
        source, target = (here, there) if upwards else (there, here)
        with running(source, target, self.state) as one:
            yield one

    def leftovers(self) -> list[str]:
        """Return the temporaries in the share."""
        return [path.name for path in self.shared.rglob("*") if is_temporary(path.name)]


@pytest.fixture(name="site")
def site_fixture(samba: Samba, tmp_path: Path) -> Iterator[Site]:
    with Proxy(samba.server.host, samba.server.port) as proxy:
        site = Site(samba, proxy, tmp_path)
        with closing(site.client):
            yield site


def stalls(
    site: Site, monkeypatch: pytest.MonkeyPatch, module: Any, request: str, *, answered: bool
) -> Event:
    """Have the line stall with the first request of a kind; the event is set when it is made.

    Where it is `answered` the request arrives, and one byte of the answer.
    """
    stalled = Event()
    make = getattr(module, request)

    def stalling(*args: Any, **kwargs: Any) -> Any:
        if not stalled.is_set():
            if answered:
                site.proxy.cut_after(1, Direction.TO_CLIENT, Cut.SILENCE)
            else:
                site.proxy.drop(Cut.SILENCE)
            stalled.set()
        return make(*args, **kwargs)

    monkeypatch.setattr(module, request, stalling)
    return stalled


PHASES = {
    "listing": (listing, "query_directory", True),
    "a small put": (put_small, "write", True),
    "a large put": (upload, "write", True),
    "the commit": (commit, "set_name", True),
    "a get": (transfer, "read", False),
}


@pytest.mark.parametrize("answered", [False, True], ids=["nothing passes", "the answer is cut off"])
@pytest.mark.parametrize("phase", PHASES)
def test_a_cancelled_run_ends_on_a_line_that_stays_silent_and_the_next_one_makes_it_good(
    site: Site, monkeypatch: pytest.MonkeyPatch, phase: str, *, answered: bool
) -> None:
    module, request, upwards = PHASES[phase]
    origin, copy = (site.local, site.shared) if upwards else (site.shared, site.local)
    (origin / "large" if phase in {"a large put", "a get"} else origin / "small").write_bytes(
        LARGE if phase in {"a large put", "a get"} else SMALL
    )
    stalled = stalls(site, monkeypatch, module, request, answered=answered)
    with site.job(upwards=upwards) as one:
        assert stalled.wait(PATIENCE)
        one.job.cancel()
        status = one.rest()
        assert status.trouble is None
        assert status.last_run
        assert status.last_run.result is Result.CANCELLED

        # The server has the temporary open for as long as it does not know that the line is gone,
        # and learns that from the session that carries the next one.
        for _ in range(2):
            again = one.job.run(Reason.REQUEST).result(PATIENCE)
            assert again.result is Result.COMPLETED
    assert folder_tree(copy) == folder_tree(origin)
    assert not (copy / LOCK).exists()
    assert site.leftovers() == []


def test_a_run_is_cancelled_whose_server_never_says_hello(site: Site) -> None:
    site.proxy.door = Door.SILENT
    with site.job() as one:
        eventually(lambda: site.proxy.open_connections, "the dial")
        one.job.cancel()
        status = one.rest()
        assert status.trouble is None
        assert status.last_run
        assert status.last_run.result is Result.CANCELLED


def test_a_run_is_cancelled_whose_dial_hangs(tmp_path: Path) -> None:
    (tmp_path / "local").mkdir()
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        # The kernel takes one connection more than the queue has room for, and drops all others.
        held = [socket.socket() for _ in range(4)]
        for each in held:
            each.setblocking(False)
            each.connect_ex(full.getsockname())
        client = ShareClient(share_at(Address(*full.getsockname())), deadline=NEVER)
        sides = LocalEndpoint(tmp_path / "local"), ShareEndpoint(client, "")
        with closing(client), running(*sides, tmp_path / "state.sqlite") as one:
            eventually(lambda: client._main._dialling is not None, "the dial")  # type: ignore[attr-defined]
            one.job.cancel()
            status = one.rest()
        for each in held:
            each.close()
    assert status.last_run
    assert status.last_run.result is Result.CANCELLED


def test_a_job_is_paused_and_later_goes_on_though_the_old_line_stays_silent(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    (site.local / "large").write_bytes(LARGE)
    stalled = stalls(site, monkeypatch, upload, "write", answered=False)
    with site.job() as one:
        assert stalled.wait(PATIENCE)
        one.job.pause()
        status = one.wait_for(lambda status: status.phase is Phase.PAUSED, "the pause")
        assert status.last_run
        assert status.last_run.result is Result.PAUSED
    with site.job() as one:
        one.rest()
        one.job.run(Reason.REQUEST).result(PATIENCE)
    assert folder_tree(site.shared) == folder_tree(site.local)


def test_a_job_is_stopped_while_its_server_is_silent(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    (site.local / "small").write_bytes(SMALL)
    stalled = stalls(site, monkeypatch, commit, "set_name", answered=False)
    with site.job() as one:
        assert stalled.wait(PATIENCE)
        one.job.stop(PATIENCE)
    assert one.told[-1].phase is Phase.STOPPED
    assert not site.shared.joinpath("small").exists()
