"""The order of the steps, one set-up at a time, and what the person at the terminal reads of it."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
import signal
import sys
import time
from typing import TYPE_CHECKING

from . import environments, interpreter, machine, tools
from .failure import SetupError
from .pins import dependency_groups, manifest_inputs
from .run import Runner

if TYPE_CHECKING:
    from types import FrameType

_PARTS = ("develop", "test")


def _lock(path: Path) -> int:
    """Wait until no other set-up of this checkout runs; return what to keep open during ours."""
    path.parent.mkdir(exist_ok=True)
    descriptor = os.open(str(path), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(
            "  Another set-up of this checkout runs, or one cut off still ends; waiting for it …",
            flush=True,
        )
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor


def _set_up(root: Path, *, for_tests: bool) -> None:
    dev = root / ".dev"
    lock = _lock(dev / "set-up.lock")
    try:
        groups = dependency_groups(root)
        manifest = manifest_inputs(root)
        runner = Runner(dev / "logs", lock)
        machine.require(runner, for_tests=for_tests)
        programs = tools.make(dev / "tools", groups["setup"], runner)
        python = interpreter.make(dev / "python", programs, runner)
        recipes = {"venv-target": environments.Recipe(groups["target"], groups["test"], manifest)}
        if for_tests:
            others = [*groups["test"], *groups["tools"]]
            recipes["venv-floor"] = environments.Recipe(groups["floor"], others, manifest)
            # What a person has who installs a release: nothing but Home Assistant's and ours.
            recipes["venv-bare"] = environments.Recipe(groups["target"], [], manifest)
        for name, recipe in recipes.items():
            environments.make(dev / name, recipe, python, programs, root, runner)
    finally:
        os.close(lock)


def main(arguments: list[str]) -> int:
    """Do the set-up and return the exit status."""
    root, parts = Path(arguments[0]), arguments[1:] or ["test"]
    if len(parts) != 1 or parts[0] not in _PARTS:
        print(f"usage: scripts/setup [{'|'.join(_PARTS)}]", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, _interrupt)
    began = time.monotonic()
    print("Set-up", flush=True)
    try:
        _set_up(root, for_tests=parts[0] == "test")
    except SetupError as failure:
        cause = failure.cause.replace("\n", "\n    ")
        print(f"\nSet-up failed at: {failure.step}\n    {cause}\n{failure.remedy}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            "\nSet-up was interrupted. Run the same again; it goes on from the last complete part.",
            file=sys.stderr,
        )
        return 130
    print(f"Set-up is complete ({time.monotonic() - began:.1f} s).", flush=True)
    return 0


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    """Let an order to end do what Ctrl-C does."""
    raise KeyboardInterrupt


sys.exit(main(sys.argv[1:]))
