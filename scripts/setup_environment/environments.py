"""The virtual environments: one Home Assistant, the integration's requirements, and tools."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Sequence

from .failure import SetupError
from .stamp import Part

if TYPE_CHECKING:
    from .interpreter import Interpreter
    from .run import Runner

_REMEDY = (
    "See that PyPI, or the index that uv is configured for, can be reached; then run the same"
    " again. What is done is kept."
)
_INSTALL_LIMIT = 1800.0


class Recipe(NamedTuple):
    """What one environment holds."""

    home_assistant: Sequence[str]
    """The pins of Home Assistant itself and of what is released with it."""
    others: Sequence[str]
    manifest: dict[str, Any]


def make(
    folder: Path,
    recipe: Recipe,
    interpreter: Interpreter,
    programs: Path,
    root: Path,
    runner: Runner,
) -> None:
    """Make `folder` an environment after `recipe`.

    Home Assistant says in its package which versions of everything else it works with, and which
    packages its integrations bring at the first start. Both are asked of the package, so that
    neither is written down here.
    """
    lister = root / "scripts" / "home_assistant_requirements.py"
    inputs = [recipe, str(interpreter.executable), _hash(Path(__file__)), _hash(lister)]
    part = Part(folder, inputs)
    if part.is_complete():
        return
    with part.made():
        _Making(folder, recipe, interpreter, programs, root, runner).all()


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


class _Making:
    def __init__(
        self,
        folder: Path,
        recipe: Recipe,
        interpreter: Interpreter,
        programs: Path,
        root: Path,
        runner: Runner,
    ) -> None:
        self._folder = folder
        self._recipe = recipe
        self._interpreter = interpreter
        self._uv = str(programs / "uv")
        self._root = root
        self._runner = runner
        self._name = recipe.home_assistant[0].replace("homeassistant==", "Home Assistant ")
        self._env = interpreter.environment()

    def all(self) -> None:
        venv = [
            "venv",
            "--no-project",
            "--no-python-downloads",
            "--python",
            str(self._interpreter.executable),
        ]
        self._run("environment", [self._uv, *venv, str(self._folder)])
        self._install("package", ["--no-deps", *self._recipe.home_assistant])
        constraints = self._constraints()
        overrides = self._exact(constraints)
        held = ["--constraint", str(constraints), "--override", str(overrides)]
        wanted = [
            *self._recipe.home_assistant,
            *self._recipe.others,
            *self._recipe.manifest["requirements"],
        ]
        self._install("packages", [*held, *wanted])
        # Compiling is asked for once, for it goes through all that is installed.
        first_start = ["--compile-bytecode", "--requirement", str(self._first_start())]
        self._install("first start", [*held, *first_start])

    def _constraints(self) -> Path:
        """Return Home Assistant's own list of what may be installed beside it."""
        found = list(
            self._folder.glob("lib/python*/site-packages/homeassistant/package_constraints.txt")
        )
        if len(found) != 1:
            raise SetupError(self._name, "the package holds no package_constraints.txt", _REMEDY)
        return found[0]

    def _exact(self, constraints: Path) -> Path:
        """Return the list of the versions that Home Assistant names exactly.

        The test plugin pins one Home Assistant and some of its packages. Laid over these, the exact
        versions put it on another Home Assistant; on its own they change nothing.
        """
        exact = [
            line for line in constraints.read_text(encoding="utf-8").splitlines() if "==" in line
        ]
        overrides = self._folder / "overrides.txt"
        overrides.write_text(
            "\n".join([*exact, *self._recipe.home_assistant, ""]), encoding="utf-8"
        )
        return overrides

    def _first_start(self) -> Path:
        """Return the list of what Home Assistant would install when it first starts."""
        lister = str(self._root / "scripts" / "home_assistant_requirements.py")
        manifest = str(self._root / "custom_components" / "smb_ddns_sync" / "manifest.json")
        printed = self._run(
            "needs at start", [str(self._folder / "bin" / "python"), "-B", lister, manifest]
        )
        requirements = self._folder / "first-start.txt"
        requirements.write_text(printed, encoding="utf-8")
        return requirements

    def _install(self, what: str, arguments: list[str]) -> None:
        python = str(self._folder / "bin" / "python")
        pip = ["pip", "install", "--quiet", "--no-python-downloads", "--python", python]
        self._run(what, [self._uv, *pip, *arguments])

    def _run(self, what: str, command: list[str]) -> str:
        step = f"{self._name}, {what}"
        return self._runner.run(step, command, remedy=_REMEDY, limit=_INSTALL_LIMIT, env=self._env)
