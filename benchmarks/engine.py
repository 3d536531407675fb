"""A job in a process of its own, as `jobs.py` starts it: looks when it is told, says what it took.

It lives as in Home Assistant: the job on its own thread, beside an event loop that has nothing to
do but notice how late it is called. Orders come as lines on the standard input, answers go as lines
of JSON to the standard output.
"""

import asyncio
from contextlib import ExitStack
import json
import os
from pathlib import Path
import resource
import sys
import time
from typing import TYPE_CHECKING

from custom_components.smb_ddns_sync.smb.client import ShareClient
from custom_components.smb_ddns_sync.smb.target import Address, Credentials, ShareTarget
from custom_components.smb_ddns_sync.sync.endpoints.local import LocalEndpoint
from custom_components.smb_ddns_sync.sync.endpoints.share import ShareEndpoint
from custom_components.smb_ddns_sync.sync.job import Job
from custom_components.smb_ddns_sync.sync.settings import JobId, JobSettings, Mode
from custom_components.smb_ddns_sync.sync.status import Reason

if TYPE_CHECKING:
    from concurrent.futures import Future

    from custom_components.smb_ddns_sync.sync.endpoint import Endpoint
    from custom_components.smb_ddns_sync.sync.status import RunReport

_SAMPLE = 0.002  # seconds that the loop sleeps between two looks at the clock


def processor_time() -> float:
    """Return what this process has used."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def memory() -> int:
    """Return the bytes of this process that are in memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def forget_peak() -> None:
    """Let the highest memory so far be the present one (proc(5), clear_refs)."""
    Path("/proc/self/clear_refs").write_text("5")


def peak() -> int:
    """Return the most bytes that were in memory since `forget_peak`."""
    status = Path("/proc/self/status").read_text().splitlines()
    line = next(line for line in status if line.startswith("VmHWM:"))
    return int(line.split()[1]) << 10


async def _lateness(until: Future[RunReport]) -> list[float]:
    """Return by how many seconds the loop was called late, again and again until a run ends."""
    found = []
    while not until.done():
        due = time.monotonic() + _SAMPLE
        await asyncio.sleep(_SAMPLE)
        found.append(max(0.0, time.monotonic() - due))
    return found


def _look(ask: Future[RunReport], began: float, used: float) -> dict[str, object]:
    late = sorted(asyncio.run(_lateness(ask)))
    seconds, cpu = time.monotonic() - began, processor_time() - used
    report = ask.result()
    return {
        "seconds": seconds,
        "cpu": cpu,
        "result": report.result.value,
        "copied": report.files_copied,
        "moved": report.moved,
        "trouble": report.trouble.detail if report.trouble else "",
        "memory": memory(),
        "peak": peak(),
        "late_p99": late[int(len(late) * 0.99)] if late else 0.0,
        "late_max": late[-1] if late else 0.0,
    }


def _serve(job: Job) -> None:
    """Do what is ordered until nothing more is."""
    before = memory()
    forget_peak()
    began, used = time.monotonic(), processor_time()
    job.start()
    answer = _look(job.run(Reason.START), began, used)
    print(json.dumps({**answer, "memory_before": before}), flush=True)
    for _ in sys.stdin:
        before = memory()
        forget_peak()
        began, used = time.monotonic(), processor_time()
        answer = _look(job.run(Reason.REQUEST), began, used)
        print(json.dumps({**answer, "memory_before": before}), flush=True)


def main(mode: str, watch: str, state: str, source: str, *target: str) -> None:
    """Live between a folder and another, or a folder on a share: port, share, account, folder."""
    with ExitStack() as stack:
        if len(target) == 1:
            there: Endpoint = LocalEndpoint(Path(target[0]))
        else:
            port, share, username, folder = target
            credentials = Credentials(username, os.environ["PASSWD"])
            at = ShareTarget((Address("127.0.0.1", int(port)),), share, credentials)
            client = ShareClient(at)
            stack.callback(client.close)
            there = ShareEndpoint(client, folder)
        settings = JobSettings(
            JobId("bench"), "bench", Mode(mode), interval=None, watch=watch == "watch"
        )
        here = LocalEndpoint(Path(source))
        job = Job(settings, lambda: here, lambda: there, Path(state), lambda _status: None)
        try:
            _serve(job)
        finally:
            job.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
