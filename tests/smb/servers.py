"""Real Samba servers for tests: each configuration is started once, when first asked for."""

from contextlib import ExitStack
from dataclasses import dataclass, replace
import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

from custom_components.smb_ddns_sync.smb.target import (
    Address,
    Credentials,
    ShareTarget,
)
from demo.samba import Account, Encryption, Options, Protocol, SambaServer, Share

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from demo.proxy import Proxy

ALICE = Account("alice", "wonderland")
BOB = Account("bob", "builder")
DISABLED = Account("disabled", "gone", flags="D")
ACCOUNTS = (ALICE, BOB, DISABLED)

DATA = "data"
READ_ONLY = "readonly"
FOR_BOB = "bobs"

TINY = 65_536  # the smallest that servers offer


@dataclass(frozen=True, slots=True)
class Setting:
    """How a server is set up, beyond what it is named after."""

    options: Options = Options()  # noqa: RUF009 - frozen
    case_sensitive: bool | None = None


SETTINGS: Mapping[str, Setting] = {
    "3.1.1 signed": Setting(),
    "3.1.1 encrypted": Setting(Options(encryption=Encryption.REQUIRED)),
    "3.0 encrypted": Setting(
        Options(max_protocol=Protocol.SMB3_00, encryption=Encryption.REQUIRED)
    ),
    "2.1": Setting(Options(min_protocol=Protocol.SMB2_10, max_protocol=Protocol.SMB2_10)),
    "2.0.2": Setting(Options(min_protocol=Protocol.SMB2_02, max_protocol=Protocol.SMB2_02)),
    "few credits, small messages": Setting(
        Options(max_credits=4, max_read=TINY, max_write=TINY, max_trans=TINY)
    ),
    "one credit": Setting(Options(max_credits=1)),
    "case-sensitive": Setting(case_sensitive=True),
}
DEFAULT = "3.1.1 signed"
ALONE = Setting(Options(extra={"server string": "for those who count what is left open"}))


@dataclass(frozen=True, slots=True)
class Place:
    """A share of a running server, and its folder on our own disk, which is empty at first."""

    server: SambaServer
    folder: Path
    share: str = DATA

    @property
    def target(self) -> ShareTarget:
        """The share as a client is told of it."""
        return ShareTarget(
            (Address(self.server.host, self.server.port),),
            self.share,
            Credentials(ALICE.name, ALICE.password),
        )

    def via(self, proxy: Proxy) -> ShareTarget:
        """Return the same, reached through a proxy."""
        return replace(self.target, addresses=(Address(proxy.host, proxy.port),))

    def but(self, **changes: Any) -> ShareTarget:
        """Return the same with other fields."""
        return replace(self.target, **changes)

    def write(self, path: str, content: bytes = b"") -> Path:
        """Put a file into the share behind the server's back."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return file

    def smbclient(self, command: str) -> None:
        """Do something as another client of the share does."""
        subprocess.run(
            [
                *("smbclient", "-s", self.server.config, "-p", str(self.server.port)),
                *("-U", ALICE.name, f"//{self.server.host}/{self.share}", "-c", command),
            ],
            env={**os.environ, "PASSWD": ALICE.password},
            capture_output=True,
            timeout=60,
            check=True,
        )

    def files(self) -> dict[str, bytes]:
        """Return all files of the share with their content, by their paths."""
        return {
            str(file.relative_to(self.folder)): file.read_bytes()
            for file in self.folder.rglob("*")
            if file.is_file()
        }


class Servers:
    """All servers of a test run."""

    def __init__(self, base: Path) -> None:
        self._base = base
        self._running = ExitStack()
        self._by_setting: dict[str, SambaServer] = {}

    def start(self, setting: Setting) -> SambaServer:
        """Return the server of a setting; a test that stops it starts it again."""
        key = repr(setting)
        server = self._by_setting.get(key)
        if server is None:
            state = self._base / f"server{len(self._by_setting)}"
            folder = state / "share"
            folder.mkdir(parents=True)
            shares = (
                Share(DATA, folder, comment="Ours", case_sensitive=setting.case_sensitive),
                Share(READ_ONLY, folder, read_only=True),
                Share(FOR_BOB, folder, valid_users=(BOB.name,)),
            )
            server = SambaServer(state, shares, ACCOUNTS, setting.options)
            self._by_setting[key] = self._running.enter_context(server)
        server.start()
        return server

    def place(self, setting: Setting) -> Place:
        """Return the share of a setting's server, emptied."""
        server = self.start(setting)
        folder = server.shares[0].path
        for entry in folder.iterdir():
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()
        return Place(server, folder)

    def stop(self) -> None:
        """Stop all."""
        self._running.close()
