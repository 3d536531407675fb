"""`scripts/soak`: play a week, and say what came of it."""

import argparse
import asyncio
import json
from pathlib import Path
import shutil
import sys
import tempfile
import time

from demo.console import Console
from demo.home_assistant import ROOT

from .week import Week, play
from .world import World

_PYTHON = ROOT / ".dev" / "venv-bare" / "bin" / "python"


def _report(week: Week, seconds: float) -> dict[str, object]:
    grown, readings = week.gauges.growth(), week.gauges.longest
    return {
        "minutes": round(seconds / 60, 1),
        "edits": week.edits,
        "troubles": week.troubles,
        "longest life, readings": len(readings),
        "memory, MiB": [round(readings[0].memory), round(readings[-1].memory)],
        "memory grown, MiB": round(grown.memory, 1),
        "threads grown": grown.threads,
        "handles grown": grown.handles,
        "log, lines": week.log_lines,
        "log, bytes": week.log_bytes,
        "faults": week.faults,
    }


async def _soak(minutes: float, seed: int, root: Path) -> dict[str, object]:
    began = time.monotonic()
    async with World(root, _PYTHON, Console(), seed) as world:
        return _report(await play(world, minutes * 60), time.monotonic() - began)


def _main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts/soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the result there, too")
    wanted = parser.parse_args(arguments)
    root = Path(tempfile.mkdtemp(prefix="soak-"))
    report = asyncio.run(_soak(wanted.minutes, wanted.seed, root))
    text = json.dumps({"seed": wanted.seed, **report}, indent=2)
    print(text)
    if wanted.json:
        wanted.json.write_text(f"{text}\n")
    if report["faults"]:
        print(f"What it left is in {root}.", file=sys.stderr)
        return 1
    shutil.rmtree(root)
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
