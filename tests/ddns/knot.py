"""A real name server: Knot DNS from Debian, on loopback, with its own zones and keys."""

from dataclasses import dataclass, field
from ipaddress import IPv4Address
import os
from pathlib import Path
import shutil
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Final, Self

import dns.exception
import dns.message
import dns.query
import dns.rcode
import dns.tsig
import dns.update

from custom_components.smb_ddns_sync.ddns.name_server import Endpoint

if TYPE_CHECKING:
    from collections.abc import Mapping

_TETHER: Final = Path(__file__).parents[2] / "demo" / "tether.py"
_START: Final = 20.0  # seconds for knotd to answer
# Servers live in sbin, which is not on everybody's PATH.
_PATH: Final = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])


@dataclass(frozen=True, slots=True)
class TsigKey:
    """A key that the server knows; the secret is base64."""

    name: str
    secret: str = field(repr=False)
    algorithm: str = "hmac-sha256"

    def update(self, zone: str = "example.com") -> dns.update.UpdateMessage:
        """Return an update of a zone that is signed with this key, and empty as yet."""
        key = dns.tsig.Key(self.name, self.secret, self.algorithm)
        return dns.update.UpdateMessage(zone, keyring=key)


LOOPBACK: Final = IPv4Address("127.0.0.1")
UPDATER: Final = TsigKey("updater", "Y2FuYXJ5LXVwZGF0ZXItc2VjcmV0LTAxMjM0NTY3ODk=")
OLD_UPDATER: Final = TsigKey("old.updater", "Y2FuYXJ5LW9sZC11cGRhdGVyMQ==", "hmac-md5")
STRANGER: Final = TsigKey("stranger", "Y2FuYXJ5LXN0cmFuZ2VyLXNlY3JldC0wMTIzNDU2Nzg=")


def zone_text(zone: str, *lines: str) -> str:
    """Return a zone file with a SOA, a name server, and more lines."""
    return "\n".join(
        [
            f"$ORIGIN {zone.strip('.')}.",
            "@ 3600 SOA ns1 hostmaster 1 3600 600 86400 60",
            "@ 3600 NS ns1",
            "ns1 3600 A 127.0.0.1",
            *lines,
            "",
        ]
    )


@dataclass
class KnotServer:
    """A knotd with some zones, a context manager. Each zone is given as the text of a zone file.

    `updaters` may change every zone, `strangers` may ask only. `port` is free at
    every address that the test uses, because a delegation names no port.
    """

    state: Path
    address: IPv4Address
    port: int
    zones: Mapping[str, str]
    updaters: tuple[TsigKey, ...] = ()
    strangers: tuple[TsigKey, ...] = ()
    _tether: subprocess.Popen[str] | None = None

    @property
    def endpoint(self) -> Endpoint:
        """Where it is asked."""
        return Endpoint(self.address, self.port)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start with the zones as they were given, and return when all of them are served."""
        self.state.mkdir(parents=True, exist_ok=True)
        for zone, text in self.zones.items():
            (self.state / f"{_file_of(zone)}.zone").write_text(text)
        config = self.state / "knot.conf"
        config.write_text(self._config())
        program = shutil.which("knotd", path=_PATH)
        assert program is not None, "knotd is missing: scripts/setup installs Debian's package knot"
        with (self.state / "log").open("w") as log:
            self._tether = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_TETHER), program, "-c", str(config)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        deadline = time.monotonic() + _START
        while not all(self._serves(zone) for zone in self.zones):
            assert self._tether.poll() is None, (self.state / "log").read_text()
            assert time.monotonic() < deadline, (self.state / "log").read_text()
            time.sleep(0.02)

    def stop(self) -> None:
        """End it; returns when it is gone."""
        tether, self._tether = self._tether, None
        if tether is not None:
            assert tether.stdin is not None
            assert tether.stdout is not None
            tether.stdin.close()
            tether.stdout.close()
            tether.wait()

    def ask(self, name: str, kind: str) -> list[str]:
        """Return what the server says that a name holds."""
        query = dns.message.make_query(name, kind)
        reply = dns.query.tcp(query, str(self.address), 10, self.port)
        return sorted(str(rdata) for rrset in reply.answer for rdata in rrset)

    def tell(self, update: dns.update.UpdateMessage) -> None:
        """Have it carry out an update."""
        reply = dns.query.tcp(update, str(self.address), 10, self.port)
        assert reply.rcode() == dns.rcode.NOERROR

    def ttl(self, name: str, kind: str) -> int:
        """Return the time to live of a name's records."""
        query = dns.message.make_query(name, kind)
        return dns.query.tcp(query, str(self.address), 10, self.port).answer[0].ttl

    def _serves(self, zone: str) -> bool:
        try:
            query = dns.message.make_query(zone, "SOA")
            reply = dns.query.udp(query, str(self.address), 0.5, self.port)
        except OSError, dns.exception.DNSException:
            return False
        return bool(reply.answer)

    def _config(self) -> str:
        keys = [*self.updaters, *self.strangers]
        rights = {"update": self.updaters, "query": self.strangers}
        rights = {action: keys for action, keys in rights.items() if keys}
        lines = [
            "server:",
            f'    rundir: "{self.state}"',
            f"    listen: {self.address}@{self.port}",
            "    udp-workers: 1",
            "    tcp-workers: 1",
            "    background-workers: 1",
            "log:",
            "  - target: stderr",
            "    any: warning",
            "database:",
            f'    storage: "{self.state}"',
        ]
        if keys:
            lines.append("key:")
        for key in keys:
            lines += [
                f"  - id: {key.name}",
                f"    algorithm: {key.algorithm}",
                f'    secret: "{key.secret}"',
            ]
        if rights:
            lines.append("acl:")
        for action, holders in rights.items():
            names = ", ".join(key.name for key in holders)
            lines += [f"  - id: {action}", f"    key: [{names}]", f"    action: {action}"]
        lines.append("zone:")
        for zone in self.zones:
            lines += [
                f"  - domain: {zone}",
                f'    file: "{self.state}/{_file_of(zone)}.zone"',
                # What a test changes lives in memory only, so each start begins anew.
                "    zonefile-sync: -1",
                "    journal-content: none",
                *([f"    acl: [{', '.join(rights)}]"] if rights else []),
            ]
        return "\n".join(lines) + "\n"


def _file_of(zone: str) -> str:
    return zone.strip(".") or "root"


def free_port(*addresses: IPv4Address) -> int:
    """Return a port that nobody uses at any of the addresses, neither over UDP nor over TCP."""
    for _ in range(50):
        with socket.socket() as first:
            first.bind((str(addresses[0]), 0))
            port: int = first.getsockname()[1]
            if all(
                _can_bind(address, port, kind)
                for address in addresses
                for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM)
                if (address, kind) != (addresses[0], socket.SOCK_STREAM)
            ):
                return port
    raise AssertionError("no port is free")


def _can_bind(address: IPv4Address, port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        try:
            probe.bind((str(address), port))
        except OSError:
            return False
    return True
