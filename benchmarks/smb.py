"""`scripts/bench smb`: our client beside smbclient and rclone, against the same Samba.

Server, sources and targets lie on a tmpfs, so that no disk is measured. The server is as Samba
comes: our sessions are signed, the others choose; or it demands encryption from everybody. The
line is loopback, or the project's own proxy that holds every byte back by 25 ms each way. Each run
is a process of its own; of several runs the middle one counts, and the clients take turns.
"""

import shutil
from typing import TYPE_CHECKING

from . import trees
from .bench import ENCRYPTED, MB, PLAIN, Bench, measure
from .clients import Client, Ours, Raw, Rclone, Smbclient, Where
from .report import Goal, Line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from .bench import Work
    from .measure import Measured

PROTECTIONS = {PLAIN: "", ENCRYPTED: ", encrypted"}

ours, raw, smbclient, rclone, rclone16 = Ours(), Raw(), Smbclient(), Rclone(), Rclone(16)


def uploading(bench: Bench, source: Path) -> Work:
    """Return the job of putting a tree; what has arrived is compared."""

    def job(client: Client, where: Where, target: str) -> Measured:
        measured = client.upload(where, source, target)
        if not trees.same(source, bench.shared / target):
            raise RuntimeError(f"{client.name} has not put what it should")
        return measured

    return job


def small_files(bench: Bench) -> None:
    """Many small files, near and far."""
    count = 600 if bench.quick else 3000
    many = bench.here / "many"
    trees.small_files(many, count, 50)
    for share, suffix in PROTECTIONS.items():
        name = f"{count:,} files of 1 to 20 KB in 50 folders, LAN{suffix}"
        if bench.wanted(name):
            against = (Goal(2, "smbclient"), Goal(4, "rclone"), Goal(0.9, "raw"))
            line = Line(name, "files/s", count, goals=against)
            line = bench.measure(
                line, bench.lan(share), uploading(bench, many), [ours, raw, smbclient, rclone]
            )
            cost = f"client CPU per small file{suffix}"
            bench.add(Line(cost, "ms", count, line.runs, True, goals=(Goal(0.5),)))
    few = bench.here / "few"
    trees.small_files(few, 300, 10)
    for share, suffix in PROTECTIONS.items():
        name = f"300 files of 1 to 20 KB, 50 ms, connecting included{suffix}"
        if bench.wanted(name):
            peers = [rclone16] if bench.quick else [raw, smbclient, rclone, rclone16]
            goals = (Goal(1.5), *(Goal(45, "rclone") for peer in peers if peer is rclone))
            line = Line(name, "s", 300, goals=goals)
            bench.measure(line, bench.wan(share), uploading(bench, few), [ours, *peers])
    name = f"{count:,} files of 1 to 20 KB in 50 folders, 50 ms"
    if bench.wanted(name):
        line = Line(name, "s", count, goals=(Goal(6),))
        bench.measure(line, bench.wan(), uploading(bench, many), [ours, raw])


def putting(bench: Bench, source: Path) -> Work:
    """Return the job of putting one file; what has arrived is compared."""

    def job(client: Client, where: Where, target: str) -> Measured:
        measured = client.put(where, source, target)
        _check_same(client, source, bench.shared / target)
        return measured

    return job


def getting(bench: Bench, source: Path) -> Work:
    """Return the job of getting the same file from the share."""
    local = bench.here / "local"

    def job(client: Client, where: Where, _: str) -> Measured:
        measured = client.get(where, f"to-get/{source.name}", local)
        _check_same(client, source, local)
        local.unlink()
        return measured

    return job


def large_file(bench: Bench) -> None:
    """One large file each way, near and far."""
    for size, where, place, goals in (
        (64 if bench.quick else 512, bench.lan, "LAN", (Goal(1, "smbclient"),)),
        (64, bench.wan, "50 ms", (Goal(100),)),
    ):
        name = f"{size} MB"
        source = bench.here / name.replace(" ", "")
        if not source.exists():
            trees.large_file(source, size << 20)
        work = source.stat().st_size / MB

        (bench.shared / "to-get").mkdir(exist_ok=True)
        shutil.copyfile(source, bench.shared / "to-get" / source.name)
        for share, suffix in PROTECTIONS.items():
            for way, job in (("up", putting(bench, source)), ("down", getting(bench, source))):
                full = f"one file of {name} {way}, {place}{suffix}"
                if bench.wanted(full):
                    line = Line(full, "MB/s", work, goals=goals)
                    bench.measure(line, where(share), job, [ours, smbclient, rclone])
        shutil.rmtree(bench.shared / "to-get")


def _check_same(client: Client, one: Path, other: Path) -> None:
    if one.read_bytes() != other.read_bytes():
        raise RuntimeError(f"{client.name} has moved something else than it should")


def tree_walk(bench: Bench) -> None:
    """All of a tree, as an idle job sees it."""
    folders, each = (1000, 10) if bench.quick else (10_000, 10)
    part = 0.05 if not bench.quick else 0.2
    trees.wide_tree(bench.shared / "tree", folders, each)
    trees.wide_tree(bench.shared / "part", int(folders * part), each)

    def walk(client: Client, where: Where, _: str) -> Measured:
        if isinstance(client, Ours) or where.port == bench.server.port:
            return client.walk(where, "tree", folders * each)
        # Folder after folder, four round trips each: all of it would take most of an hour.
        return client.walk(where, "part", int(folders * part) * each).scaled(part)

    for where, place, seconds in ((bench.lan(), "LAN", 6.0), (bench.wan(), "50 ms", 8.0)):
        name = f"tree of {folders * each:,} files in {folders:,} folders, {place}"
        if bench.wanted(name):
            limit = seconds * folders / 10_000 if place == "LAN" else seconds
            line = Line(name, "s", folders, goals=(Goal(limit),))
            bench.measure(line, where, walk, [ours, smbclient, rclone])
    for name in ("tree", "part"):
        shutil.rmtree(bench.shared / name)


def main(arguments: Sequence[str]) -> None:
    """Measure, and show."""
    measure("smb", __doc__, (small_files, large_file, tree_walk), arguments)
