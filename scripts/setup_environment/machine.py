"""What set-up needs of the machine itself, and getting it with apt where that is possible."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
import shutil
import subprocess
from typing import TYPE_CHECKING

from .failure import SetupError

if TYPE_CHECKING:
    from .run import Runner

# Servers live in sbin, which is not on everybody's PATH.
_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"])

# program → (Debian package, what for)
_PROGRAMS: dict[str, tuple[str, str]] = {
    "smbd": ("samba", "the Samba server of the demo and the tests"),
    "smbclient": ("smbclient", "the second opinion on what a share holds"),
    "c++": ("g++", "two packages that Home Assistant's frontend waits for exist as source only"),
    "knotd": ("knot", "the name server of the tests"),
    "chromium": ("chromium", "the end-to-end test"),
}
# library → (Debian package, what for)
_LIBRARIES: dict[str, tuple[str, str]] = {
    "libnss_wrapper.so": ("libnss-wrapper", "names that lead where scripts/soak wants"),
}
# Debian package → the services that it would start with the machine
_SERVICES: dict[str, tuple[str, ...]] = {
    "samba": ("smbd", "nmbd", "samba-ad-dc"),
    "knot": ("knot",),
}
_DEVELOP = ("smbd", "smbclient", "c++")
_INSTALL_LIMIT = 1200.0


def require(runner: Runner, *, for_tests: bool) -> None:
    """Install the Debian packages that are missing, or raise SetupError with all of them."""
    programs = list(_PROGRAMS) if for_tests else list(_DEVELOP)
    missing = {
        package: f"{program} ({purpose})"
        for program, (package, purpose) in ((name, _PROGRAMS[name]) for name in programs)
        if shutil.which(program, path=_PATH) is None
    }
    if for_tests:
        missing.update(
            (package, f"{library} ({purpose})")
            for library, (package, purpose) in _LIBRARIES.items()
            if not list(Path("/usr/lib").glob(f"*/{library}"))
        )
    if not (_has("ensurepip") or _has("pip")):
        missing["python3-venv"] = "pip (fetches the first tool, uv)"
    if missing:
        _install(runner, missing)


def _has(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _install(runner: Runner, missing: dict[str, str]) -> None:
    packages = sorted(missing)
    step = "Debian packages " + " ".join(packages)
    wanted = "missing: " + ", ".join(missing[package] for package in packages)
    by_hand = f"apt-get install --no-install-recommends {' '.join(packages)}"
    if shutil.which("apt-get") is None:
        raise SetupError(
            step,
            f"{wanted}; and there is no apt here to get it with",
            f"Install it with this machine's own packages (on Debian: {by_hand}), then run the same"
            " again.",
        )
    prefix = _as_root()
    if prefix is None:
        raise SetupError(
            step,
            f"{wanted}; installing it takes root, and this is neither root nor a user whose sudo"
            " asks for no password",
            f"Have it installed (as root: apt-get update && {by_hand}), then run the same again.",
        )
    remedy = f"Do it by hand (as root: apt-get update && {by_hand}) to see what stands in the way."
    # systemctl takes no order while this is set: a server for the tests must not begin to serve
    # the whole network.
    quiet = ["env", "DEBIAN_FRONTEND=noninteractive", "SYSTEMD_OFFLINE=1"]
    apt = [*prefix, *quiet, "apt-get", "-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3"]
    env = dict(os.environ)
    # An installation that was cut off, ours or another, has to be ended before the next one.
    mend = [*prefix, *quiet, "dpkg", "--configure", "-a"]
    runner.run("Debian packages begun before", mend, remedy=remedy, limit=300, env=env)
    runner.run("Debian package lists", [*apt, "update"], remedy=remedy, limit=300, env=env)
    install = [*apt, "install", "--yes", "--no-install-recommends", *packages]
    runner.run(step, install, remedy=remedy, limit=_INSTALL_LIMIT, env=env)
    for package, services in _SERVICES.items():
        if package in missing and shutil.which("systemctl") is not None:
            disable = [*prefix, *quiet, "systemctl", "disable", *services]
            runner.run(
                f"Keeping {package} off the network", disable, remedy=remedy, limit=60, env=env
            )


def _as_root() -> list[str] | None:
    """Return what makes a command run as root, or None when nothing does without asking."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        return None
    asked = subprocess.run(["sudo", "-n", "true"], check=False, capture_output=True)
    return ["sudo", "-n"] if asked.returncode == 0 else None
