"""A Samba server of our own: real smbd, its own configuration, accounts and state, loopback only.

Nothing on the system is touched or needed but the programs of Debian's package `samba`. It runs
as root and as any other user (Samba works without root as long as it serves one Unix account):
every SMB account is mapped to some Unix account that exists, which only lends its name, and files
belong to the owner of the shared folder.
"""

import contextlib
from dataclasses import dataclass, field
from enum import StrEnum
import os
from pathlib import Path
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

_TETHER = Path(__file__).with_name("tether.py")
_SMALL_DISK = Path(__file__).with_name("small_disk.py")
_START = 20.0  # seconds for smbd to answer; it needs half a second on an idle machine

# MS-CIFS 2.2.4.52.1 with the dialects of MS-SMB2 3.2.4.2.2.1: every server answers this NEGOTIATE.
_NEGOTIATE = bytes.fromhex(
    "ff534d4272000000001801c80000000000000000000000000000feff00000000"
    "00220002534d4220322e3030320002534d4220322e3f3f3f00"
    "024e54204c4d20302e313200"
)


class SambaError(Exception):
    """The server could not be set up; the message says what is missing or what smbd said."""


class Encryption(StrEnum):
    """Samba's `smb encrypt`, for the server or one share."""

    OFF = "off"
    IF_ASKED = "if_required"
    DESIRED = "desired"
    REQUIRED = "required"


class Protocol(StrEnum):
    """The dialects smbd knows, oldest first."""

    NT1 = "NT1"
    SMB2_02 = "SMB2_02"
    SMB2_10 = "SMB2_10"
    SMB3_00 = "SMB3_00"
    SMB3_02 = "SMB3_02"
    SMB3_11 = "SMB3_11"


@dataclass(frozen=True, slots=True)
class Account:
    """A user of the server. `flags` are pdbedit's account flags: `D` disabled, `L` locked out."""

    name: str
    password: str = field(repr=False)
    flags: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """One shared folder, which must exist. `extra` holds further lines of its section."""

    name: str
    path: Path
    comment: str = ""
    read_only: bool = False
    listed: bool = True
    guests: bool = False
    valid_users: tuple[str, ...] = ()
    encryption: Encryption | None = None
    case_sensitive: bool | None = None
    disk: int | None = None  # bytes of a disk of its own, empty at each start; only smbd sees it
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Options:
    """What the whole server offers; what is None stays as Samba has it."""

    min_protocol: Protocol = Protocol.SMB2_02
    max_protocol: Protocol = Protocol.SMB3_11
    signing: str | None = None  # `auto`, `mandatory`, `disabled`
    encryption: Encryption | None = None
    max_credits: int | None = None
    max_read: int | None = None
    max_write: int | None = None
    max_trans: int | None = None
    guests: bool = False  # an unknown user becomes a guest
    lockout_after: int | None = None  # wrong passwords until an account is locked
    log_level: int = 1
    extra: Mapping[str, str] = field(default_factory=dict)


class SambaServer:
    """One smbd with everything that belongs to it, under one state folder; a context manager.

    The state survives `stop` and a new start. The server ends with the process that started it,
    however that ends.
    """

    def __init__(
        self,
        state: Path,
        shares: tuple[Share, ...],
        accounts: tuple[Account, ...],
        options: Options | None = None,
        *,
        port: int | None = None,
    ) -> None:
        self.state = state.absolute()
        self.shares = shares
        self.accounts = accounts
        self.options = Options() if options is None else options
        self.host = "127.0.0.1"
        self.port = _free_port() if port is None else port
        self.log = self.state / "log" / "smbd"
        self._tether: subprocess.Popen[str] | None = None
        self._smbd = 0
        self._unix = _unix_accounts(accounts)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def config(self) -> Path:
        """The server's smb.conf; tools such as smbclient take it with `-s`."""
        return self.state / "smb.conf"

    @property
    def running(self) -> bool:
        """Whether smbd lives."""
        return self._tether is not None and self._tether.poll() is None

    def start(self) -> None:
        """Start smbd, if it is not running, and return when it answers; or raise `SambaError`."""
        if self.running:
            return
        smbd = _program("smbd")
        for folder in ("private", "state", "cache", "log"):
            (self.state / folder).mkdir(parents=True, exist_ok=True)
        (self.state / "private").chmod(0o700)
        if not _can_bind(self.host, self.port):
            raise SambaError(f"Port {self.port} on {self.host} is taken; choose another one")
        # It holds sockets, whose paths end at 107 characters, and nothing that outlives smbd.
        lock = Path(tempfile.mkdtemp(prefix="smbd-"))
        try:
            self._write_config(lock)
            self._write_accounts()
            self._run(smbd, lock)
        except BaseException:
            self.stop()
            shutil.rmtree(lock, ignore_errors=True)
            raise

    def stop(self) -> None:
        """End smbd and all its children; returns when they are gone."""
        tether, self._tether = self._tether, None
        if tether is None:
            return
        assert tether.stdin is not None
        assert tether.stdout is not None
        tether.stdin.close()
        tether.stdout.close()
        tether.wait()

    def kill(self) -> None:
        """Kill smbd and its children at once, as a crash does: nothing is said or flushed."""
        if self.running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._smbd, signal.SIGKILL)
        self.stop()

    def restart(self) -> None:
        """Stop if needed, then start again on the same port with the same state."""
        self.stop()
        self.start()

    def seen_by_server(self, path: Path) -> Path:
        """Return where a path of a share can be found from here, also if it is on a small disk."""
        return Path(f"/proc/{self._smbd}/root{path.absolute()}")

    def bad_passwords(self, account: str) -> int:
        """How many wrong passwords the server counted; it counts only with `lockout_after` set."""
        listing = self._tool("pdbedit", "-L", "-v", "-u", self._unix[account])
        for line in listing.splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "Bad password count":
                return int(value)
        raise SambaError(f"pdbedit names no count of bad passwords for {account}")

    def _run(self, smbd: str, lock: Path) -> None:
        command = [
            smbd,
            "-F",
            "--no-process-group",
            "-s",
            str(self.config),
            "-l",
            str(self.log.parent),
        ]
        for share in self.shares:
            if share.disk is not None:
                disk = [str(_SMALL_DISK), str(share.path.absolute()), str(share.disk)]
                command = [sys.executable, "-I", "-S", *disk, *command]
        with (self.log.parent / "start").open("w") as output:
            self._tether = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_TETHER), "--remove", str(lock), *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                text=True,
                start_new_session=True,  # Ctrl-C is for whoever started us; they end us in order
            )
        assert self._tether.stdout is not None
        self._smbd = int(self._tether.stdout.readline() or 0)
        deadline = time.monotonic() + _START
        while not _answers(self.host, self.port):
            if not self.running:
                raise SambaError(f"smbd ended at once. {self._last_words()}")
            if time.monotonic() > deadline:
                raise SambaError(f"smbd gave no answer within {_START:.0f} s. {self._last_words()}")
            time.sleep(0.02)

    def _last_words(self) -> str:
        texts = [
            file.read_text(errors="replace").strip()
            for file in (self.log.parent / "start", self.log.parent / "log.smbd", self.log)
            if file.exists()
        ]
        lines = "\n".join(text for text in texts if text).splitlines()[-12:]
        return "It said:\n" + "\n".join(lines) if lines else "It said nothing."

    def _write_config(self, lock: Path) -> None:
        options = self.options
        names: dict[str, object] = {
            "server role": "standalone server",
            "workgroup": "WORKGROUP",
            "netbios name": "DEMO",
            "server string": "SMB DDNS Sync demo",
            "disable netbios": "yes",
            "smb ports": self.port,
            "interfaces": "127.0.0.1/8",
            "bind interfaces only": "yes",
            "private dir": self.state / "private",
            "state directory": self.state / "state",
            "cache directory": self.state / "cache",
            "lock directory": lock,
            "pid directory": lock,
            "ncalrpc dir": lock / "rpc",
            "logging": "file",
            "log file": self.log,
            "log level": options.log_level,
            "max log size": 0,
            "passdb backend": f"tdbsam:{self.state / 'private' / 'passdb.tdb'}",
            "username map": self.state / "users.map",
            "map to guest": "Bad User" if options.guests else "Never",
            "guest account": _owner_name(self.state),
            "load printers": "no",
            "printing": "bsd",
            "printcap name": "/dev/null",
            "disable spoolss": "yes",
            "usershare max shares": 0,
            "server min protocol": options.min_protocol,
            "server max protocol": options.max_protocol,
            "server signing": options.signing,
            "smb encrypt": options.encryption,
            "smb2 max credits": options.max_credits,
            "smb2 max read": options.max_read,
            "smb2 max write": options.max_write,
            "smb2 max trans": options.max_trans,
            **options.extra,
        }
        sections = [
            _section("global", names),
            *(self._share_section(share) for share in self.shares),
        ]
        self.config.write_text("\n".join(sections))

    def _share_section(self, share: Share) -> str:
        if not share.path.is_dir():
            raise SambaError(f"The folder {share.path} of share {share.name} does not exist")
        users = ", ".join(self._unix[name] for name in share.valid_users)
        names: dict[str, object] = {
            "path": share.path.absolute(),
            "comment": share.comment or None,
            "read only": _yes(share.read_only),
            "browseable": _yes(share.listed),
            "guest ok": _yes(share.guests),
            # smbd checks `valid users` against the account, before `force user` replaces it.
            "valid users": users or None,
            "force user": _owner_name(share.path),
            "smb encrypt": share.encryption,
            "case sensitive": None if share.case_sensitive is None else _yes(share.case_sensitive),
            **share.extra,
        }
        return _section(share.name, names)

    def _write_accounts(self) -> None:
        lines = [f'!{self._unix[account.name]} = "{account.name}"' for account in self.accounts]
        (self.state / "users.map").write_text("".join(f"{line}\n" for line in lines))
        for file in (self.state / "private").glob("passdb.tdb"):
            file.unlink()  # accounts are what this start says, not what an earlier one said
        if self.options.lockout_after is not None:
            limit = str(self.options.lockout_after)
            self._tool("pdbedit", "-P", "bad lockout attempt", "-C", limit)
        for account in self.accounts:
            unix = self._unix[account.name]
            entry = f"{account.password}\n{account.password}\n"
            self._tool("pdbedit", "-a", "-t", "-u", unix, stdin=entry)
            if account.flags:
                self._tool("pdbedit", "-r", "-u", unix, "-c", f"[{account.flags}]")

    def _tool(self, name: str, *arguments: str, stdin: str = "") -> str:
        command = [_program(name), "-s", str(self.config), "-d", "0", *arguments]
        done = subprocess.run(
            command, input=stdin, capture_output=True, text=True, timeout=30, check=False
        )
        if done.returncode != 0:
            raise SambaError(
                f"{name} {' '.join(arguments)} failed: {(done.stderr or done.stdout).strip()}"
            )
        return done.stdout


def _section(title: str, names: Mapping[str, object]) -> str:
    lines = [f"  {name} = {value}\n" for name, value in names.items() if value is not None]
    return f"[{title}]\n{''.join(lines)}"


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin")
    if found is None:
        raise SambaError(f"{name} is missing: install the package samba (apt-get install samba)")
    return found


def _owner_name(path: Path) -> str:
    owner = path.stat().st_uid
    if os.geteuid() not in (0, owner):
        raise SambaError(
            f"{path} belongs to somebody else; without root only own folders can be shared"
        )
    try:
        return pwd.getpwuid(owner).pw_name
    except KeyError:
        raise SambaError(
            f"The owner of {path}, number {owner}, has no name; Samba needs one"
        ) from None


def _unix_accounts(accounts: tuple[Account, ...]) -> dict[str, str]:
    """Lend each account the name of a Unix account; our own first, the rest by their numbers."""
    own = os.geteuid()
    entries = sorted(pwd.getpwall(), key=lambda entry: (entry.pw_uid != own, entry.pw_uid))
    names = list(dict.fromkeys(entry.pw_name for entry in entries))
    if len(names) < len(accounts):
        raise SambaError(
            f"{len(accounts)} accounts need as many Unix accounts; there are {len(names)}"
        )
    return {account.name: name for account, name in zip(accounts, names, strict=False)}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _can_bind(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def _answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=2) as connection:
            connection.sendall(len(_NEGOTIATE).to_bytes(4) + _NEGOTIATE)
            return connection.recv(8)[4:] in (b"\xfeSMB", b"\xffSMB")
    except OSError:
        return False
