"""How set-up runs the programs that do its steps."""

from contextlib import suppress
import fcntl
import os
from pathlib import Path
import signal
import time
from typing import TYPE_CHECKING

import pytest

from scripts.setup_environment.failure import SetupError
from scripts.setup_environment.run import Runner

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(name="lock")
def lock_fixture(tmp_path: Path) -> Iterator[int]:
    """Return a lock that is held; a test may close it."""
    descriptor = os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    yield descriptor
    with suppress(OSError):
        os.close(descriptor)


@pytest.fixture(name="runner")
def runner_fixture(tmp_path: Path, lock: int) -> Runner:
    """Return a runner that holds the lock."""
    return Runner(tmp_path / "logs", lock)


def _run(runner: Runner, script: str, limit: float = 60) -> str:
    command = ["sh", "-c", script]
    return runner.run("The step", command, remedy="Do this.", limit=limit, env=dict(os.environ))


def _is_alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


def test_a_step_returns_what_its_program_printed(runner: Runner) -> None:
    assert _run(runner, "echo one; echo two >&2") == "one\ntwo\n"


def test_a_failure_tells_the_step_the_last_words_and_the_remedy(runner: Runner) -> None:
    with pytest.raises(SetupError) as failure:
        _run(runner, "echo no such package; exit 3")

    assert failure.value.step == "The step"
    assert "no such package" in failure.value.cause
    assert failure.value.remedy == "Do this."


def test_a_program_that_is_missing_is_a_failure_of_its_step(runner: Runner) -> None:
    with pytest.raises(SetupError, match="no-such-program does not start"):
        runner.run("The step", ["no-such-program"], remedy="", limit=60, env={})


def test_a_step_past_its_limit_is_ended_with_all_that_it_started(
    runner: Runner, tmp_path: Path
) -> None:
    with pytest.raises(SetupError, match="no end within"):
        _run(runner, f"sleep 300 & echo $! > {tmp_path}/child; wait", limit=1)

    child = int((tmp_path / "child").read_text())
    deadline = time.monotonic() + 60
    while _is_alive(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _is_alive(child)


def test_a_program_that_a_killed_set_up_left_keeps_the_lock_to_its_end(
    runner: Runner, lock: int, tmp_path: Path
) -> None:
    _run(runner, f"sleep 300 >/dev/null 2>&1 & echo $! > {tmp_path}/child")
    child = int((tmp_path / "child").read_text())
    os.close(lock)

    stranger = os.open(tmp_path / "lock", os.O_RDWR)
    with pytest.raises(BlockingIOError):
        fcntl.flock(stranger, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.kill(child, signal.SIGKILL)
    fcntl.flock(stranger, fcntl.LOCK_EX)  # or the time limit of the test passes

    os.close(stranger)
