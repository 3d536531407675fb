"""`scripts/bench sync`: jobs of ours beside rclone over SMB, and beside Unison between folders.

Everything lies on a tmpfs, and the line is the project's own proxy: it counts what passes, and
where 50 ms are told it holds every byte back by 25 ms each way. A job of ours lives in a process of
its own as in Home Assistant, with an event loop beside it; its first look includes connecting,
later ones don't. What is counted on the line is exact and the same in each run.
"""

from dataclasses import replace
import os
import statistics
import time
from typing import TYPE_CHECKING

from custom_components.smb_ddns_sync.smb.client import ShareClient
from custom_components.smb_ddns_sync.smb.files import Put, filetime_from_ns
from custom_components.smb_ddns_sync.smb.target import Address, Credentials, ShareTarget
from custom_components.smb_ddns_sync.sync.settings import Mode

from . import trees
from .bench import MB, Bench, measure
from .clients import Rclone
from .jobs import Engine
from .large_trees import beside_unison, memory, nothing_changed
from .measure import Measured
from .report import Goal, Line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from demo.line import Traffic

_AT_REST = 1.0  # seconds after which a job takes a file for finished
_FOR_PUSH = 10.0  # seconds in which a change has to be seen on the other side
_MIB = 1 << 20
rclone = Rclone()


def first_sync(bench: Bench) -> None:
    """Many small files that are only here, and how late the event loop is meanwhile."""
    count = 1000 if bench.quick else 10_000
    name = f"first sync of {count:,} files of 1 to 20 KB, LAN"
    if not bench.wanted(name):
        return
    line = Line(name, "files/s", count, goals=(Goal(4, "rclone"),))
    late = Line("event loop late at its 99th percentile meanwhile", "ms", 1, counted=True)
    late = replace(late, goals=(Goal(10),))
    print(f"{name} …", flush=True)
    with bench.job_place() as (here, there):
        trees.small_files(here / "source", count, 50)
        time.sleep(_AT_REST)
        with Engine(
            Mode.MIRROR, here / "state", here / "source", (bench.lan(), "job/ours"), watch=False
        ) as job:
            look = job.first
        if not trees.same(here / "source", there / "ours"):
            raise RuntimeError("the job has not put what it should")
        line.runs["ours"] = look.measured
        late.runs["ours"] = replace(look.measured, count=look.late_p99 * 1000)
        line.runs["rclone"] = rclone.sync(bench.lan(), here / "source", "job/rclone")
    bench.add(line)
    bench.add(late)


def changed_part(bench: Bench) -> None:
    """Change a part of a large file in place."""
    size = 64 if bench.quick else 1024
    name = f"1 MiB changed in a file of {size} MiB"
    if not bench.wanted(name):
        return
    line = Line(name, "MiB on the line", 1, counted=True, goals=(Goal(3),))
    print(f"{name} …", flush=True)
    with bench.job_place() as (here, there), bench.counted() as (where, traffic):
        file = here / "source" / "image.bin"
        trees.large_file(file, size * _MIB)
        time.sleep(_AT_REST)
        rclone.sync(where, here / "source", "job/rclone")
        with Engine(
            Mode.MIRROR, here / "state", here / "source", (where, "job/ours"), watch=False
        ) as job:
            with file.open("r+b") as out:
                out.seek(size * _MIB // 2)
                out.write(os.urandom(_MIB))
            time.sleep(_AT_REST)
            before = traffic()
            took = job.look().measured
            line.runs["ours"] = replace(took, count=_mib(traffic() - before))
        before = traffic()
        took = rclone.sync(where, here / "source", "job/rclone")
        line.runs["rclone"] = replace(took, count=_mib(traffic() - before))
        for peer in ("ours", "rclone"):
            if not trees.same(here / "source", there / peer):
                raise RuntimeError(f"{peer} has not put what it should")
    bench.add(line)


def _mib(traffic: Traffic) -> float:
    return (traffic.bytes_to_server + traffic.bytes_to_client) / _MIB


def renamed_folder(bench: Bench) -> None:
    """Give a folder of large files another name."""
    name = "folder of 10 GB renamed"
    if not bench.wanted(name):
        return
    trips = Line(f"{name}, more than to look", "round trips", 1, counted=True, goals=(Goal(3),))
    sent = Line(f"{name}, all of it", "MiB on the line", 1, counted=True)
    print(f"{name} …", flush=True)
    part = 1 / 40
    with bench.job_place() as (here, there), bench.counted() as (where, traffic):
        for root in (here / "source", there / "ours", there / "rclone"):
            _sparse_films(root / "films")
        with Engine(
            Mode.MIRROR, here / "state", here / "source", (where, "job/ours"), watch=False
        ) as job:
            before = traffic()
            job.look()
            idle = traffic() - before
            (here / "source" / "films").rename(here / "source" / "cinema")
            before = traffic()
            look = job.look()
            passed = traffic() - before
        if look.moved != 1 or look.copied:
            raise RuntimeError(f"{look.moved} were moved, {look.copied} copied")
        extra = passed.round_trips - idle.round_trips
        trips.runs["ours"] = replace(look.measured, count=extra)
        sent.runs["ours"] = replace(look.measured, count=_mib(passed))
        few = here / "part"
        _sparse_films(few / "films", files=1, size=int(10_000 * MB * part))
        rclone.sync(where, few, "job/part")
        (few / "films").rename(few / "cinema")
        before = traffic()
        took = rclone.sync(where, few, "job/part")
        sent.runs["rclone"] = replace(took, count=_mib(traffic() - before)).scaled(part)
    bench.add(trips)
    bench.add(sent)


def _sparse_films(folder: Path, files: int = 10, size: int = 1000 * MB) -> None:
    """Make files that take no room; what is sent of them counts all the same."""
    folder.mkdir(parents=True)
    for number in range(files):
        file = folder / f"film{number}.mkv"
        file.touch()
        os.truncate(file, size)
        os.utime(file, (1_750_000_000 + number, 1_750_000_000 + number))


def seen_there(bench: Bench) -> None:
    """How soon a change is on the other side, both ways, over the long line."""
    count = 10 if bench.quick else 100
    name = "change seen on the other side, 50 ms"
    if not bench.wanted(name):
        return
    print(f"{name} …", flush=True)
    where = bench.wan()
    target = ShareTarget(
        (Address("127.0.0.1", bench.server.port),),
        where.share,
        Credentials(where.account.name, where.account.password),
    )
    client = ShareClient(target)

    def put_there(path: str, text: bytes) -> None:
        client.put(Put(path, f"{path}.part", text, filetime_from_ns(time.time_ns())))

    with bench.job_place() as (here, there):
        for folder in (here / "source" / "day", there / "day"):
            folder.mkdir()
        with Engine(
            Mode.TWO_WAY, here / "state", here / "source", (where, "job"), watch=True
        ) as job:
            job.look()
            time.sleep(2)  # what a server reports late of what was there has passed
            waits = {"here to there": [], "there to here": []}  # type: dict[str, list[Measured]]
            for number in range(count):
                mine, theirs = f"day/mine{number}.txt", f"day/theirs{number}.txt"
                began = time.monotonic()
                (here / "source" / mine).write_text("mine")
                waits["here to there"].append(_wait(began, there / mine))
                began = time.monotonic()
                put_there(f"job/{theirs}", b"theirs")
                waits["there to here"].append(_wait(began, here / "source" / theirs))
    client.close()
    for way, found in waits.items():
        times = sorted(measured.count for measured in found)
        for title, figure, goal in (
            ("half of them", statistics.median(times), 0.6),
            ("99 of 100", times[min(len(times) - 1, int(len(times) * 0.99))], 2.0),
        ):
            line = Line(f"{name}, {way}, {title} after", "s", 1, counted=True, goals=(Goal(goal),))
            line.runs["ours"] = Measured(figure, 0, count=figure)
            bench.add(line)


def _wait(began: float, file: Path) -> Measured:
    while not file.exists():
        if time.monotonic() - began > _FOR_PUSH:
            raise RuntimeError(f"{file.name} has not come")
        time.sleep(0.002)
    seconds = time.monotonic() - began
    return Measured(seconds, 0, count=seconds)


PARTS = (
    first_sync,
    changed_part,
    renamed_folder,
    nothing_changed,
    seen_there,
    memory,
    beside_unison,
)


def main(arguments: Sequence[str]) -> None:
    """Measure, and show."""
    measure("sync", __doc__, PARTS, arguments)
