"""Debian's Python 3.14 on a Debian that has an older one, with nothing on the system changed.

The development suite has it. Its packages are resolved by apt against an empty system, so that even
the C library comes along, checked by apt against Debian's signatures, unpacked without being
installed, and made to load its libraries from where they lie.
"""

from __future__ import annotations

import os
from pathlib import Path
import shutil
import subprocess
from typing import TYPE_CHECKING

from .failure import SetupError

if TYPE_CHECKING:
    from .run import Runner

_STEP = "Python 3.14 from Debian"
_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_SUITE = "sid"
# libstdc++ is for compiled packages, which load it at run time; it must fit the C library above it.
_PACKAGES = ("python3.14", "libstdc++6")
# Taken without what it depends on: the headers of C itself stay the system's, as does the compiler.
_HEADERS = "libpython3.14-dev"


def unpack(folder: Path, patchelf: Path, runner: Runner) -> tuple[Path, list[str]]:
    """Make Debian's Python in `folder`; return its program and the folders of its headers.

    Raises SetupError on a machine that is no Debian or whose mirrors cannot be reached.
    """
    for program in ("apt-get", "dpkg-deb"):
        if shutil.which(program) is None:
            raise SetupError(_STEP, f"this is no Debian: there is no {program}", "")
    if not _KEYRING.exists():
        raise SetupError(_STEP, f"this is no Debian: there is no {_KEYRING}", "")
    scratch = folder / "apt"
    archives = _fetch(scratch, runner)
    prefix = folder / "debian"
    for archive in archives:
        _dpkg_deb(archive, prefix)
    shutil.rmtree(str(scratch))
    return _bind(prefix / "usr", patchelf, runner)


def _fetch(scratch: Path, runner: Runner) -> list[Path]:
    """Download the packages into `scratch` and return them."""
    options = _scratch_apt(scratch)
    failure = SetupError(_STEP, "apt knows no mirror of Debian", "")
    for mirror in _mirrors():
        source = f"deb [signed-by={_KEYRING}] {mirror} {_SUITE} main\n"
        (scratch / "etc" / "sources.list").write_text(source, encoding="utf-8")
        try:
            _apt(runner, "package lists", options, "update")
            _apt(runner, "packages", options, "install", "--download-only", "--yes", *_PACKAGES)
            break
        except SetupError as error:
            failure = error
    else:
        raise failure
    _apt(runner, "headers", options, "download", _HEADERS, cwd=scratch / "cache" / "archives")
    return sorted((scratch / "cache" / "archives").glob("*.deb"))


def _apt(
    runner: Runner, what: str, options: list[str], *arguments: str, cwd: Path | None = None
) -> None:
    env = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    command = ["apt-get", *options, *arguments]
    runner.run(f"{_STEP}, {what}", command, remedy="", limit=300, env=env, cwd=cwd)


def _scratch_apt(scratch: Path) -> list[str]:
    """Make an apt that knows no installed package, and return the options that lead to it."""
    for name in (
        "state/lists/partial",
        "cache/archives/partial",
        "etc/preferences.d",
        "etc/trusted.gpg.d",
    ):
        (scratch / name).mkdir(parents=True)
    (scratch / "etc" / "apt.conf.d").mkdir()
    status = scratch / "state" / "status"
    status.touch()
    options = {
        "Dir::State": scratch / "state",
        "Dir::State::status": status,
        "Dir::Cache": scratch / "cache",
        "Dir::Etc": scratch / "etc",
        "Dir::Etc::sourcelist": scratch / "etc" / "sources.list",
        # As root, apt would drop to a user who may not enter this folder.
        "APT::Sandbox::User": "root",
        "APT::Install-Recommends": "false",
        "APT::Update::Error-Mode": "any",
        "Acquire::Languages": "none",
        "Acquire::Retries": "2",
        "Acquire::http::Timeout": "20",
    }
    return [part for name, value in options.items() for part in ("-o", f"{name}={value}")]


def _mirrors() -> list[str]:
    """Return where this machine's apt takes packages from, the security archive aside."""
    answer = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE)", "Created-By: Packages"],
        check=False,
        capture_output=True,
        encoding="utf-8",
    )
    mirrors = []
    for line in answer.stdout.splitlines():
        address, _, release = line.partition(" ")
        if "security" not in release and address not in mirrors:
            mirrors.append(address)
    return mirrors


def _dpkg_deb(archive: Path, prefix: Path) -> None:
    """Unpack `archive` under `prefix`."""
    try:
        subprocess.run(
            ["dpkg-deb", "--extract", str(archive), str(prefix)],
            check=True,
            capture_output=True,
            encoding="utf-8",
        )
    except subprocess.CalledProcessError as error:
        raise SetupError(
            _STEP, f"{archive.name} does not unpack: {error.stderr.strip()}", ""
        ) from error


def _bind(usr: Path, patchelf: Path, runner: Runner) -> tuple[Path, list[str]]:
    """Make the program under `usr` start with the loader and the libraries that lie beside it."""
    executable = usr / "bin" / "python3.14"
    env = dict(os.environ)
    asked = [str(patchelf), "--print-interpreter", str(executable)]
    loader_name = Path(
        runner.run(f"{_STEP}, its loader", asked, remedy="", limit=30, env=env).strip()
    ).name
    loaders = [loader.resolve() for loader in usr.glob(f"lib*/**/{loader_name}")]
    if not loaders:
        raise SetupError(_STEP, f"no {loader_name} came with it", "")
    libraries = loaders[0].parent
    # RPATH, not RUNPATH: it holds for the libraries' own libraries and for compiled packages too.
    bind = ["--set-interpreter", str(loaders[0]), "--force-rpath", "--set-rpath", str(libraries)]
    runner.run(
        f"{_STEP}, binding it",
        [str(patchelf), *bind, str(executable)],
        remedy="",
        limit=30,
        env=env,
    )
    include = usr / "include"
    return executable, [str(include), str(include / "python3.14")]
