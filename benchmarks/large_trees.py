"""Jobs on large trees: what a look at all of it takes, in time, requests and memory."""

from dataclasses import replace
import shutil
from typing import TYPE_CHECKING

from custom_components.smb_ddns_sync.sync.settings import Mode
from demo.proxy import Proxy

from . import trees
from .bench import MB, WAN, Bench
from .clients import Rclone
from .jobs import Engine, Unison
from .report import Goal, Line

if TYPE_CHECKING:
    from pathlib import Path

rclone = Rclone()


def nothing_changed(bench: Bench) -> None:
    """All of two trees that are the same, as an idle job looks at them at night."""
    folders, each = (1000, 10) if bench.quick else (10_000, 10)
    names = {
        place: f"nothing changed, {folders * each:,} files in {folders:,} folders, {place}"
        for place in ("LAN", "50 ms")
    }
    if not any(map(bench.wanted, names.values())):
        return
    with bench.job_place() as (here, there):
        for root in (here / "source", there / "ours"):
            trees.wide_tree(root, folders, each)
        part = 0.2 if bench.quick else 0.05
        for root in (here / "part", there / "part"):
            trees.wide_tree(root, int(folders * part), each)
        for place, limit in (("LAN", 6.0), ("50 ms", 8.0)):
            if bench.wanted(names[place]):
                _nothing_changed(bench, names[place], folders, place, limit, here, part)


def _nothing_changed(
    bench: Bench, name: str, folders: int, place: str, limit: float, here: Path, part: float
) -> None:
    line = Line(name, "s", 1, goals=(Goal(limit),))
    asked = Line(f"{name}: requests for each folder", "", 1, counted=True, goals=(Goal(1.05),))
    print(f"{name} …", flush=True)
    wire = WAN if place == "50 ms" else None
    with Proxy(bench.server.host, bench.server.port, wire) as proxy:
        where = replace(bench.lan(), port=proxy.port)
        with Engine(
            Mode.MIRROR, here / "state", here / "source", (where, "job/ours"), watch=False
        ) as job:
            before = proxy.traffic()
            look = job.look()
            requests = (proxy.traffic() - before).frames_to_server
        (here / "state").unlink()
        line.runs["ours"] = look.measured
        asked.runs["ours"] = replace(look.measured, count=requests / folders)
        before = proxy.traffic()
        took = rclone.sync(where, here / "part", "job/part").scaled(part)
        requests = (proxy.traffic() - before).frames_to_server
        line.runs["rclone"] = took
        asked.runs["rclone"] = replace(took, count=requests / folders / part)
    bench.add(line)
    bench.add(asked)


def memory(bench: Bench) -> None:
    """How much more memory a job needs for large trees: their first sync, and a look after it."""
    sizes = ((1_000, 40),) if bench.quick else ((10_000, 40), (100_000, 120))
    for folders, limit in sizes:
        name = f"memory of a first sync of {folders * 10:,} files that are there already"
        if not bench.wanted(name):
            continue
        line = Line(name, "MB", 1, counted=True, goals=(Goal(limit),))
        print(f"{name} …", flush=True)
        with bench.job_place() as (here, there):
            for root in (here / "source", there / "ours"):
                trees.wide_tree(root, folders, 10)
            with Engine(
                Mode.MIRROR, here / "state", here / "source", (bench.lan(), "job/ours"), watch=False
            ) as job:
                grown = max(job.first.grown, job.look().peak - job.first.memory_before)
            line.runs["ours"] = replace(job.first.measured, count=grown / MB)
            empty = here / "empty"
            empty.mkdir()
            nothing = rclone.sync(bench.lan(), empty, "job/empty")
            took = rclone.sync(bench.lan(), here / "source", "job/ours")
            line.runs["rclone"] = replace(took, count=(took.memory - nothing.memory) / MB)
        bench.add(line)


def beside_unison(bench: Bench) -> None:
    """Two folders of this machine, with nothing in between: the planner and the memory of it."""
    folders = 1000 if bench.quick else 10_000
    first = Line(f"first sync of two folders, {folders * 10:,} files on each side", "s", 1)
    idle = Line(f"nothing changed in two folders, {folders * 10:,} files", "s", 1)
    if not bench.wanted(first.name) and not bench.wanted(idle.name):
        return
    print(f"{first.name} …", flush=True)
    with bench.job_place() as (here, _):
        one, other = here / "source", here / "other"
        for root in (one, other):
            trees.wide_tree(root, folders, 10)
        with Engine(Mode.TWO_WAY, here / "state", one, other, watch=False) as job:
            first.runs["ours"] = job.first.measured
            idle.runs["ours"] = job.look().measured
        shutil.rmtree(other)
        shutil.rmtree(one)
        for root in (one, other):
            trees.wide_tree(root, folders, 10)
        archives = here / "archives"
        archives.mkdir()
        first.runs[Unison.name] = Unison.look(one, other, archives)
        idle.runs[Unison.name] = Unison.look(one, other, archives)
    bench.add(first)
    bench.add(idle)
