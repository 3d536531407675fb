"""What was measured, for people as a table and for programs as JSON."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
import json
import math
import os
from pathlib import Path
import platform
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .measure import Measured


@dataclass(frozen=True, slots=True)
class Line:
    """One line: the same work done by us and by others."""

    name: str
    unit: str
    work: float
    """How many units the work is; the figure is that by the seconds it took, unless `per_unit`."""
    runs: dict[str, Measured] = field(default_factory=dict)
    per_unit: bool = False
    """Whether the figure is milliseconds of processor time for each unit."""
    counted: bool = False
    """Whether the figure is what was counted, of which less is better; time does not matter."""
    goals: tuple[Goal, ...] = ()

    def figure(self, client: str) -> float:
        """Return what a client reached."""
        measured = self.runs[client]
        if self.counted:
            return measured.count
        if self.per_unit:
            return measured.cpu / self.work * 1000
        return measured.seconds if self.unit == "s" else self.work / measured.seconds

    def ratio(self, peer: str) -> float:
        """Return how many times better we are than a peer."""
        ours, theirs = self.figure("ours"), self.figure(peer)
        if self.smaller_is_better:
            return theirs / ours if ours else math.inf
        return ours / theirs

    @property
    def smaller_is_better(self) -> bool:
        """Whether a lower figure is the better one."""
        return self.counted or self.per_unit or self.unit == "s"

    @property
    def peers(self) -> list[str]:
        """The names of the others."""
        return [name for name in self.runs if name != "ours"]


@dataclass(frozen=True, slots=True)
class Goal:
    """What is to be reached: a figure of ours, or a ratio to a peer."""

    value: float
    peer: str | None = None

    def text(self, line: Line) -> str:
        """Return the goal in words."""
        if self.peer is not None:
            return f"≥ {self.value:g} times {self.peer}"
        if line.smaller_is_better:
            return f"≤ {self.value:g} {line.unit}"
        return f"≥ {self.value:g} {line.unit}"

    def reached(self, line: Line) -> bool:
        """Tell whether it is."""
        if self.peer is not None:
            return line.ratio(self.peer) >= self.value
        figure = line.figure("ours")
        return figure <= self.value if line.smaller_is_better else figure >= self.value


def machine() -> str:
    """Return what it was measured on."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    aes = " with AES" if " aes " in Path("/proc/cpuinfo").read_text() else ""
    python = platform.python_version()
    return f"{os.cpu_count()} cores of {model}{aes}, {memory:.0f} GiB, Python {python}"


def table(lines: Sequence[Line]) -> str:
    """Return all lines as a Markdown table."""
    rows = [("line", "ours", "others", "ratio", "goal", "")]
    for line in lines:
        others = "; ".join(
            f"{peer} {_number(line.figure(peer))}{_part(line, peer)}" for peer in line.peers
        )
        ratios = "; ".join(f"{line.ratio(peer):.1f}" for peer in line.peers)
        rows.append(
            (
                line.name,
                f"{_number(line.figure('ours'))} {line.unit}",
                others or "-",
                ratios or "-",
                "; ".join(goal.text(line) for goal in line.goals) or "-",
                "; ".join(
                    "reached" if goal.reached(line) else "NOT REACHED" for goal in line.goals
                ),
            )
        )
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    formatted = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([formatted[0], rule, *formatted[1:]])


def write_json(lines: Iterable[Line], file: Path) -> None:
    """Write the same for programs."""
    content = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "lines": [
            {
                "name": line.name,
                "unit": line.unit,
                "ours": line.figure("ours"),
                "peers": {peer: line.figure(peer) for peer in line.peers},
                "ratios": {
                    peer: ratio if math.isfinite(ratio := line.ratio(peer)) else None
                    for peer in line.peers
                },
                "extrapolated": {
                    name: measured.part for name, measured in line.runs.items() if measured.part < 1
                },
                "goals": [
                    {"goal": goal.text(line), "reached": goal.reached(line)} for goal in line.goals
                ],
            }
            for line in lines
        ],
    }
    file.write_text(json.dumps(content, indent=2) + "\n")


def _number(value: float) -> str:
    if value >= 100:  # noqa: PLR2004 - three digits are enough
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"  # noqa: PLR2004 - as above


def _part(line: Line, name: str) -> str:
    part = line.runs[name].part
    return f" (from 1/{1 / part:.0f})" if part < 1 else ""
