"""`scripts/develop`, past its set-up: the program that a person starts."""

import os
from pathlib import Path
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent.parent
DEMO = [sys.executable, "-m", "demo"]
LIMIT = 300.0


def run_once(state: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*DEMO, "--once", "--state", str(state)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )


def processes_of(state: Path) -> list[str]:
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = file.read_text().replace("\0", " ")
        except OSError:
            continue  # it ended meanwhile
        if str(state) in command:
            found.append(command)
    return found


def wait_for_line(process: subprocess.Popen[str], text: str) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if text in line:
            return
    pytest.fail(f"It ended without saying: {text}")


@pytest.fixture(scope="module", name="state")
def state_fixture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the state that a first start left."""
    state = tmp_path_factory.mktemp("develop") / "demo"
    done = run_once(state)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Adding the job: done" in done.stdout
    assert not processes_of(state)
    return state


@pytest.fixture(name="running")
def running_fixture(state: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [*DEMO, "--state", str(state)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            wait_for_line(process, "Ctrl-C ends everything")
            yield process
        finally:
            process.kill()


def test_a_second_start_adds_nothing_and_finds_all_right(state: Path) -> None:
    done = run_once(state)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Adding" not in done.stdout
    assert "All is right" in done.stdout


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_whatever_ends_it_ends_every_process_it_started(
    state: Path, running: subprocess.Popen[str], how: signal.Signals
) -> None:
    assert len(processes_of(state)) > 2

    os.kill(running.pid, how)

    deadline = time.monotonic() + LIMIT
    while left := processes_of(state):
        assert time.monotonic() < deadline, left
        time.sleep(0.1)


def test_a_taken_port_is_named_and_nothing_is_started(state: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        ports = state / "ports.json"
        before = ports.read_text()
        ports.write_text(f'{{"Samba server": {port}}}')
        try:
            done = run_once(state)
        finally:
            ports.write_text(before)

    assert done.returncode == 1
    assert f"Port {port}" in done.stderr
    assert "--fresh" in done.stderr
    assert not processes_of(state)


def test_a_folder_that_is_not_the_demos_is_never_removed(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_text("the only copy")

    done = subprocess.run(
        [*DEMO, "--once", "--fresh", "--state", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )

    assert done.returncode == 1
    assert (tmp_path / "photo.jpg").read_text() == "the only copy"
