"""`scripts/bench face`: how quick Home Assistant stays while all that we do is done at once.

A real Home Assistant with a job's first sync, a backup on its way to the share and a film played
from it. How late its event loop is called is measured inside, every two milliseconds, beside the
same Home Assistant with nothing to do. All of it, the server and the player are on this machine.
"""

import argparse
import asyncio
import io
import json
from pathlib import Path
import sys
import tarfile
import tempfile
import time
from typing import TYPE_CHECKING, Any, Final

from aiohttp import ClientTimeout, FormData

from demo.console import Console
from demo.entries import DOMAIN, JobForm, add_job, find_entry, loaded_entry
from demo.site import Site

from . import trees
from .measure import Measured
from .report import Goal, Line, machine, table, write_json

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

_PROBE: Final = Path(__file__).parent / "loop_delay"
_FOLDER: Final = "bench"
_FILM: Final = "film.mp4"
_MIB: Final = 1 << 20
_PATIENCE: Final = 3600.0
_FOREVER: Final = ClientTimeout(total=_PATIENCE)


class Work:
    """What is done in one Home Assistant, all at the same time."""

    def __init__(self, site: Site, entry_id: str, files: int) -> None:
        self._site = site
        self._entry_id = entry_id
        self._files = files
        self._synced = asyncio.Event()
        self.backups = 0
        self.streamed = 0

    async def all_at_once(self) -> None:
        """Sync all files; back up and play again and again until that is done, once at least."""
        job = JobForm("Bench", self._site.notes, _FOLDER)
        await add_job(self._site.client, self._entry_id, job)
        async with asyncio.timeout(_PATIENCE), asyncio.TaskGroup() as group:
            group.create_task(self._sync())
            group.create_task(self._until_synced(self._back_up))
            group.create_task(self._until_synced(self._play))

    async def _until_synced(self, work: Callable[[], Awaitable[None]]) -> None:
        await work()
        while not self._synced.is_set():
            await work()

    async def _sync(self) -> None:
        """Wait until as many files are there as were to be copied."""
        there = self._site.share_folder / _FOLDER
        while await asyncio.to_thread(_count, there) < self._files:  # noqa: ASYNC110 - nobody could set an event
            await asyncio.sleep(1)
        self._synced.set()

    async def _back_up(self) -> None:
        """Upload a backup, as the interface does, to the share alone."""
        self.backups += 1
        archive = self._site.root / "backup.tar"
        await asyncio.to_thread(_make_backup, archive, self.backups)
        agent = f"{DOMAIN}.{self._entry_id}"
        with archive.open("rb") as content:
            form = FormData()
            form.add_field("file", content, filename="backup.tar")
            async with self._site.session.post(
                f"{self._site.client.url}/api/backup/upload?agent_id={agent}",
                data=form,
                headers=await self._headers(),
                timeout=_FOREVER,
            ) as response:
                if response.status != 201:  # noqa: PLR2004 - HTTP's
                    text = await response.text()
                    raise RuntimeError(f"The backup was refused: {response.status} {text}")

    async def _play(self) -> None:
        """Take in a film as fast as it comes."""
        async with self._site.session.get(
            f"{self._site.client.url}/api/{DOMAIN}/media/{self._entry_id}/{_FILM}",
            headers=await self._headers(),
            timeout=_FOREVER,
        ) as response:
            response.raise_for_status()
            async for piece in response.content.iter_chunked(_MIB):
                self.streamed += len(piece)

    async def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {await self._site.client.token()}"}


def _count(folder: Path) -> int:
    return sum(1 for _ in folder.glob("folder*/file*.bin"))


def _make_backup(archive: Path, number: int) -> None:
    """Make what Home Assistant takes for a backup: it reads no more of it than `backup.json`."""
    about = {
        "slug": f"{number:08x}",
        "name": f"bench {number}",
        "date": "2026-11-01T00:00:00+00:00",
        "type": "partial",
        "version": 2,
        "folders": [],
        "homeassistant": {"exclude_database": True, "version": "2026.11.0"},
        "addons": [],
        "compressed": True,
        "extra": {},
        "protected": False,
    }
    content = archive.with_suffix(".bin")
    with tarfile.open(archive, "w") as out:
        text = json.dumps(about).encode()
        member = tarfile.TarInfo("./backup.json")
        member.size = len(text)
        out.addfile(member, io.BytesIO(text))
        out.add(content, "homeassistant.tar.gz")


async def _late(site: Site) -> list[float]:
    """Return the milliseconds that the loop was late since this was asked before, in order."""
    answer: dict[str, Any] = await site.client.get("/api/loop_delay")
    return sorted(late * 1000 for late in answer["late"])


async def _measure(root: Path, *, quick: bool) -> list[Line]:
    files, size = (1000, 32) if quick else (10_000, 1024)
    site = Site(root, Path(sys.executable), Console(), debug=False, components=(_PROBE,))
    async with site:
        await site.make_entries()
        await asyncio.to_thread(trees.small_files, site.notes, files, 50)
        await asyncio.to_thread(trees.large_file, site.share_folder / _FILM, size * _MIB)
        await asyncio.to_thread(trees.large_file, site.root / "backup.bin", size * _MIB)
        await site.restart_home_assistant()
        entry = await loaded_entry(site.client, "job")
        if await find_entry(site.client, "record") is None:
            raise RuntimeError("the public address is gone")
        setup = (await site.client.get("/api/loop_delay"))["setup"][DOMAIN]
        await asyncio.sleep(5 if quick else 60)  # what a start begins is over
        await _late(site)
        await asyncio.sleep(5 if quick else 30)
        idle = await _late(site)
        work = Work(site, entry["entry_id"], files)
        began = time.monotonic()
        await work.all_at_once()
        busy = await _late(site)
        seconds = time.monotonic() - began
        print(
            f"   {files:,} files, {work.backups} backups of {size} MiB and {work.streamed >> 20} "
            f"MiB of film in {seconds:.0f} s"
        )
    lines = [_line(title, part, busy, idle) for title, part in _PARTS.items()]
    start = Line("set-up at a start, both kinds of entry", "s", 1, counted=True, goals=(Goal(0.5),))
    start.runs["ours"] = Measured(setup, 0, count=setup)
    return [*lines, start]


_PARTS: Final = {"half of the time": 0.5, "at its 99th percentile": 0.99, "at its worst": 1.0}


def _line(title: str, part: float, busy: Sequence[float], idle: Sequence[float]) -> Line:
    goals = (Goal(10),) if part == 0.99 else ()  # noqa: PLR2004 - what is promised
    name = f"event loop late {title}, with a sync, a backup and a film"
    line = Line(name, "ms", 1, counted=True, goals=goals)
    for client, late in (("ours", busy), ("idle", idle)):
        figure = late[min(int(len(late) * part), len(late) - 1)]
        line.runs[client] = Measured(0, 0, count=figure)
    return line


def main(arguments: Sequence[str]) -> None:
    """Measure, and show."""
    parser = argparse.ArgumentParser(prog="scripts/bench face", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small amounts")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    options = parser.parse_args(arguments)
    print(machine(), flush=True)
    with tempfile.TemporaryDirectory(dir="/dev/shm") as root:
        lines = asyncio.run(_measure(Path(root), quick=options.quick))
    print()
    print(table(lines))
    if options.json is not None:
        write_json(lines, options.json)
        print(f"\nWritten to {options.json}")
