"""Run every check of the project, one after the other, and say at the end what came of each.

A check that fails does not keep the later ones from running, so that one run shows everything.
Arguments are pytest's and go to each of its runs; where there are paths among them, each run takes
those that are its own. The last line has the form `N passed, N failed`, summed over these runs.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
import subprocess
import sys
import time
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
FLOOR = ROOT / ".dev" / "venv-floor" / "bin"
TARGET = ROOT / ".dev" / "venv-target" / "bin"
REPORTS = ROOT / ".dev" / "reports"
SOURCES = ("custom_components", "demo", "tests", "benchmarks", "scripts", "simulate", "soak")
NO_TEST_SELECTED = 5
INTERRUPTED = 130
# Options of pytest after which a run may rightly have no test.
NARROWING = ("-k", "-m", "--deselect", "--ignore")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one check."""

    name: str
    seconds: float
    trouble: str = ""
    """What was not well; empty when all was."""
    passed: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended."""

    status: int
    seconds: float


@dataclass(frozen=True, slots=True)
class PytestRun:
    """One run of pytest: with what, and on which folder."""

    name: str
    report: str
    """The name of the file that its counts are read from."""
    pytest: tuple[str, ...]
    folder: Path
    without: tuple[Path, ...] = ()
    """Folders inside that belong to other runs."""
    beside: bool = False
    """Whether it runs while others do, on a core of its own; such come one after the other."""

    def selection(self, asked: list[Path]) -> list[str]:
        """Return what to collect when `asked` was named; nothing if none of it is here."""
        ours = [path for path in (self._narrowed(path) for path in asked or [ROOT]) if path]
        return [*ours, *(f"--ignore={folder}" for folder in self.without)] if ours else []

    def _narrowed(self, path: Path) -> str | None:
        file = Path(str(path).partition("::")[0])
        if any(map(file.is_relative_to, self.without)):
            return None
        if file.is_relative_to(self.folder):
            return str(path)
        return str(self.folder) if self.folder.is_relative_to(file) else None


# Two at a time, for two cores: those in Home Assistant's own process, and beside them the others.
RUNS = (
    PytestRun(
        "Tests on the oldest Home Assistant",
        "floor.xml",
        (str(FLOOR / "python"), "-m", "pytest"),
        ROOT / "tests",
        without=(ROOT / "tests" / "e2e", ROOT / "tests" / "sync"),
    ),
    PytestRun(
        "Tests on the newest Home Assistant",
        "target.xml",
        (str(TARGET / "python"), "-m", "tests.on_target"),
        ROOT / "tests" / "face",
    ),
    PytestRun(
        "Tests in a browser",
        "e2e.xml",
        (str(TARGET / "python"), "-m", "tests.on_target"),
        ROOT / "tests" / "e2e",
        beside=True,
    ),
    PytestRun(
        "Tests of the sync engine",
        "sync.xml",
        (str(FLOOR / "python"), "-m", "pytest"),
        ROOT / "tests" / "sync",
        beside=True,
    ),
)


def static_checks() -> Iterator[tuple[str, list[str]]]:
    """Yield the checks that run nothing of ours, with their commands."""
    # Commands carry no suffix, so the tools would pass them by.
    commands = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "scripts").iterdir())
        if path.is_file() and not path.suffix and b"python" in path.read_bytes().split(b"\n")[0]
    ]
    yield "Formatting", [str(FLOOR / "ruff"), "format", "--check", ".", *commands]
    yield "Lint", [str(FLOOR / "ruff"), "check", ".", *commands]
    yield "Types", [str(FLOOR / "mypy"), *(s for s in SOURCES if any((ROOT / s).rglob("*.py")))]
    for command in commands:
        yield f"Types of {command}", [str(FLOOR / "mypy"), command]
    cache = ["--cache-dir", str(ROOT / ".dev" / "import-linter")]
    yield "Import contracts", [str(FLOOR / "lint-imports"), "--no-logo", *cache]


def check(name: str, command: list[str]) -> Outcome:
    """Run one static check."""
    heading(name)
    ended = run(command)
    return Outcome(name, ended.seconds, f"exit status {ended.status}" if ended.status else "")


def outcome_of(tests: PytestRun, ended: Ended, *, narrowed: bool) -> Outcome:
    """Read what came of a run of pytest from its own report.

    `narrowed` says that the person asked for some tests only, of which a run may have none.
    """
    report = REPORTS / tests.report
    if not report.exists():
        return Outcome(tests.name, ended.seconds, f"no report (exit status {ended.status})")
    suites = list(ET.parse(report).getroot().iter("testsuite"))
    count = {
        key: sum(int(suite.get(key, "0")) for suite in suites)
        for key in ("tests", "failures", "errors", "skipped")
    }
    failed = count["failures"] + count["errors"]
    passed = count["tests"] - failed - count["skipped"]
    trouble = ""
    if failed:
        trouble = f"{failed} failed"
    elif count["skipped"]:
        trouble = f"{count['skipped']} skipped: what is not run is not known to be right"
    elif ended.status and not (ended.status == NO_TEST_SELECTED and narrowed):
        trouble = f"exit status {ended.status}"
    return Outcome(tests.name, ended.seconds, trouble, passed, failed)


def run_tests(arguments: list[str]) -> Iterator[Outcome]:
    """Run pytest on what each run has of the tests that are asked for."""
    paths = [a for a in arguments if (ROOT / a.partition("::")[0]).is_relative_to(ROOT / "tests")]
    options = [argument for argument in arguments if argument not in paths]
    narrowed = bool(paths) or any(option.startswith(NARROWING) for option in options)
    commands: dict[PytestRun, list[str]] = {}
    for tests in RUNS:
        if selection := tests.selection([ROOT / path for path in paths]):
            report = REPORTS / tests.report
            report.unlink(missing_ok=True)
            commands[tests] = [*tests.pytest, f"--junitxml={report}", *options, *selection]
    with ThreadPoolExecutor(max_workers=1) as pool:
        begun = {
            tests: pool.submit(run, command, (REPORTS / tests.report).with_suffix(".log"))
            for tests, command in commands.items()
            if tests.beside
        }
        for tests, command in commands.items():
            heading(tests.name)
            if tests in begun:
                ended = begun[tests].result()
                print((REPORTS / tests.report).with_suffix(".log").read_text(encoding="utf-8"))
            else:
                ended = run(command)
            yield outcome_of(tests, ended, narrowed=narrowed)


def heading(name: str) -> None:
    """Say what begins."""
    print(f"\n== {name}", flush=True)


def run(command: list[str], output: Path | None = None) -> Ended:
    """Run `command`; what it prints goes to `output`, or where what we print goes."""
    began = time.monotonic()
    with output.open("wb") if output else nullcontext() as file:
        ended = subprocess.run(
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT if file else None,
            check=False,
        )
    return Ended(ended.returncode, time.monotonic() - began)


def outcomes(arguments: list[str]) -> Iterator[Outcome]:
    """Run all checks and yield what comes of each."""
    for name, command in static_checks():
        yield check(name, command)
    yield from run_tests(arguments)


def main(arguments: list[str]) -> int:
    """Run everything, print the summary and return the exit status."""
    REPORTS.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    try:
        done = []
        for outcome in outcomes(arguments):
            print(f"-- {outcome.name}: {outcome.trouble or 'passed'} ({outcome.seconds:.1f} s)")
            done.append(outcome)
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        return INTERRUPTED
    print("\n== Summary")
    for outcome in done:
        print(f"  {outcome.seconds:6.1f} s  {outcome.name}: {outcome.trouble or 'passed'}")
    print(f"  {time.monotonic() - began:6.1f} s  in all")
    passed, failed = sum(o.passed for o in done), sum(o.failed for o in done)
    if not passed + failed:
        print("No test ran.")
    print(f"{passed} passed, {failed} failed", flush=True)
    return 0 if passed and not any(outcome.trouble for outcome in done) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
