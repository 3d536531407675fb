"""Where everything is measured: a server, its shares and a line to it, and files, all in memory."""

import argparse
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
import shutil
import tempfile

from demo.line import Line as Wire
from demo.line import Traffic
from demo.proxy import Proxy
from demo.samba import Account, Encryption, SambaServer, Share

from .clients import Client, Rclone, Where
from .measure import Measured, middle
from .report import Line, machine, table, write_json

WAN = Wire(delay=0.025)
MB = 1_000_000
PLAIN, ENCRYPTED = "plain", "encrypted"

type Work = Callable[[Client, Where, str], Measured]


class Bench:
    """A server with its shares, a line to it, and a place for files, all in memory."""

    def __init__(self, stack: ExitStack, *, quick: bool, runs: int, only: str) -> None:
        self.quick = quick
        self.lines: list[Line] = []
        self._runs = runs
        self._only = only
        memory = Path("/dev/shm")
        self.here = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=memory)))
        self.shared = self.here / "shared"
        self.shared.mkdir()
        shares = (
            Share(PLAIN, self.shared),
            Share(ENCRYPTED, self.shared, encryption=Encryption.REQUIRED),
        )
        state = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        self.server = stack.enter_context(SambaServer(state, shares, (Account("bench", "marks"),)))
        self.proxy = stack.enter_context(Proxy(self.server.host, self.server.port, WAN))
        self._count = 0

    def lan(self, share: str = PLAIN) -> Where:
        """Return a share as it is reached directly."""
        return Where(self.server, share, self.server.port)

    def wan(self, share: str = PLAIN) -> Where:
        """Return a share as it is reached over the long line."""
        return Where(self.server, share, self.proxy.port)

    @contextmanager
    def job_place(self) -> Iterator[tuple[Path, Path]]:
        """Give a place for a source and for memories, and one on the share, both empty."""
        here, there = self.here / "job", self.shared / "job"
        for folder in (here / "source", there):
            folder.mkdir(parents=True)
        try:
            yield here, there
        finally:
            shutil.rmtree(here)
            shutil.rmtree(there)

    @contextmanager
    def counted(self) -> Iterator[tuple[Where, Callable[[], Traffic]]]:
        """Give a way to the share on which everything is counted, with no delay."""
        with Proxy(self.server.host, self.server.port) as proxy:
            yield replace(self.lan(), port=proxy.port), proxy.traffic

    def wanted(self, name: str) -> bool:
        """Tell whether a line is to be measured."""
        return self._only in name

    def measure(self, line: Line, where: Where, job: Work, clients: Sequence[Client]) -> Line:
        """Let the clients do a job in turns; `job` gets a name on the share that is free."""
        print(f"{line.name} …", flush=True)
        runs: dict[str, list[Measured]] = {client.name: [] for client in clients}
        for _ in range(self._runs):
            for client in clients:
                self._count += 1
                target = f"target{self._count}"
                runs[client.name].append(job(client, where, target))
                self._remove(target)
        line.runs.update({name: middle(measured) for name, measured in runs.items()})
        self.add(line)
        return line

    def add(self, line: Line) -> None:
        """Keep a line, and show it."""
        self.lines.append(line)
        print(
            "   " + "   ".join(f"{name} {line.figure(name):.4g} {line.unit}" for name in line.runs),
            flush=True,
        )

    def _remove(self, target: str) -> None:
        path = self.shared / target
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def measure(
    name: str, about: str | None, parts: Sequence[Callable[[Bench], None]], arguments: Sequence[str]
) -> None:
    """Measure what `scripts/bench NAME` is asked for, and show it."""
    parser = argparse.ArgumentParser(prog=f"scripts/bench {name}", description=about)
    parser.add_argument("--quick", action="store_true", help="small amounts, one run each")
    parser.add_argument("--runs", type=int, help="runs of each client (3, quick: 1)")
    parser.add_argument("--only", default="", metavar="TEXT", help="only lines that hold this text")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    options = parser.parse_args(arguments)
    options.runs = options.runs or (1 if options.quick else 3)
    Rclone.program()
    print(machine(), flush=True)
    with ExitStack() as stack:
        bench = Bench(stack, quick=options.quick, runs=options.runs, only=options.only)
        for part in parts:
            part(bench)
    print()
    print(table(bench.lines))
    if options.json is not None:
        write_json(bench.lines, options.json)
        print(f"\nWritten to {options.json}")
