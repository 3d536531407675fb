"""The Samba server of our own starts, serves, and leaves nothing behind."""

import os
from pathlib import Path
import shutil
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from demo import samba
from demo.samba import Account, Options, SambaError, SambaServer, Share

if TYPE_CHECKING:
    from collections.abc import Iterator

ALICE = Account("alice", "wonderland")
BOB = Account("bob smith", "b u i l d e r")


@pytest.fixture(name="folder")
def folder_fixture(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture(name="server")
def server_fixture(tmp_path: Path, folder: Path) -> Iterator[SambaServer]:
    shares = (Share("data", folder), Share("bob", folder, valid_users=(BOB.name,)))
    server = SambaServer(tmp_path / "samba", shares, (ALICE, BOB), Options(lockout_after=9))
    with server:
        yield server


def smbclient(server: SambaServer, account: Account, *arguments: str) -> str:
    """Return what smbclient says; the password is handed over in its environment."""
    done = subprocess.run(
        ["smbclient", "-s", server.config, "-p", str(server.port), "-U", account.name, *arguments],
        env={**os.environ, "PASSWD": account.password},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout + done.stderr


def processes_of(server: SambaServer) -> list[str]:
    """Return the command lines that name the server's state folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
        except FileNotFoundError, ProcessLookupError:
            continue
        if os.fsencode(server.state) in command:
            found.append(command.replace(b"\0", b" ").decode())
    return found


def wait_until_gone(server: SambaServer) -> None:
    deadline = time.monotonic() + 20
    while (left := processes_of(server)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not left


def test_an_account_reaches_a_share(server: SambaServer, folder: Path) -> None:
    (folder / "note").write_text("hello")

    assert "hello" in smbclient(server, ALICE, "//127.0.0.1/data", "-c", "get note -")


def test_accounts_have_passwords_of_their_own(server: SambaServer) -> None:
    impostor = Account(BOB.name, ALICE.password)

    assert "NT_STATUS" not in smbclient(server, BOB, "//127.0.0.1/data", "-c", "ls")
    assert "LOGON_FAILURE" in smbclient(server, impostor, "//127.0.0.1/data", "-c", "ls")


def test_a_share_can_be_for_some_accounts_only(server: SambaServer) -> None:
    assert "NT_STATUS" not in smbclient(server, BOB, "//127.0.0.1/bob", "-c", "ls")
    assert "ACCESS_DENIED" in smbclient(server, ALICE, "//127.0.0.1/bob", "-c", "ls")


def test_what_is_written_belongs_to_the_owner_of_the_folder(
    server: SambaServer, folder: Path
) -> None:
    smbclient(server, BOB, "//127.0.0.1/data", "-c", f"put {server.config} copy")

    assert (folder / "copy").stat().st_uid == folder.stat().st_uid


def test_wrong_passwords_are_counted(server: SambaServer) -> None:
    assert server.bad_passwords(ALICE.name) == 0
    smbclient(server, Account(ALICE.name, "guess"), "//127.0.0.1/data", "-c", "ls")

    assert server.bad_passwords(ALICE.name) == 1
    assert server.bad_passwords(BOB.name) == 0


def test_no_password_is_on_a_command_line_or_in_the_configuration(server: SambaServer) -> None:
    assert not [line for line in processes_of(server) if ALICE.password in line]
    assert ALICE.password not in server.config.read_text()
    assert ALICE.password not in repr(server.accounts)


def test_all_processes_end_with_the_server(server: SambaServer) -> None:
    smbclient(server, ALICE, "-L", "127.0.0.1")  # starts Samba's RPC helpers too
    assert any("dcerpcd" in line for line in processes_of(server))

    server.stop()

    assert not processes_of(server)
    assert not server.running


def test_it_starts_again_on_the_same_port_after_a_crash(server: SambaServer) -> None:
    port = server.port
    server.kill()
    assert not processes_of(server)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((server.host, port))

    server.start()

    assert server.port == port
    assert "NT_STATUS" not in smbclient(server, ALICE, "//127.0.0.1/data", "-c", "ls")


def test_it_ends_with_the_program_that_started_it_however_that_ends(
    tmp_path: Path, folder: Path
) -> None:
    server = SambaServer(tmp_path / "samba", (Share("data", folder),), (ALICE,))
    program = f"""
from pathlib import Path
from demo.samba import Account, SambaServer, Share
share = Share("data", Path({str(folder)!r}))
server = SambaServer(Path({str(server.state)!r}), (share,), (), port={server.port})
server.start()
print("started", flush=True)
input()
"""
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(samba.__file__).parents[1])},
    ) as starter:
        assert starter.stdout is not None
        assert starter.stdout.readline() == b"started\n"
        assert processes_of(server)
        starter.send_signal(signal.SIGKILL)
    wait_until_gone(server)


def test_a_missing_samba_is_named_with_the_package_that_brings_it(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name, path: None)  # noqa: ARG005 - its own signature
    server = SambaServer(tmp_path / "samba", (Share("data", folder),), (ALICE,))

    with pytest.raises(SambaError, match=r"smbd is missing: install the package samba"):
        server.start()


def test_a_taken_port_is_told(tmp_path: Path, folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = SambaServer(tmp_path / "samba", (Share("data", folder),), (ALICE,), port=port)
        with pytest.raises(SambaError, match=f"Port {port} .* is taken"):
            server.start()
    assert not processes_of(server)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    server = SambaServer(tmp_path / "samba", (Share("data", tmp_path / "no"),), (ALICE,))

    with pytest.raises(SambaError, match="does not exist"):
        server.start()


def test_what_smbd_does_not_understand_is_told_in_its_own_words(
    tmp_path: Path, folder: Path
) -> None:
    options = Options(extra={"interfaces": "203.0.113.9/32"})
    server = SambaServer(tmp_path / "samba", (Share("data", folder),), (ALICE,), options)

    with pytest.raises(SambaError, match=r"It said:\n.*"):
        server.start()
    assert not processes_of(server)
