"""One run of a job in a process of its own, made to be killed: see `kill.py`."""

from dataclasses import replace
from datetime import timedelta
import os
from pathlib import Path
import sys

from custom_components.smb_ddns_sync.smb.client import ShareClient
from custom_components.smb_ddns_sync.smb.target import Address, Credentials, ShareTarget
from custom_components.smb_ddns_sync.sync.endpoint import EndpointError
from custom_components.smb_ddns_sync.sync.endpoints.local import LocalEndpoint
from custom_components.smb_ddns_sync.sync.endpoints.share import ShareEndpoint
from custom_components.smb_ddns_sync.sync.run import Ears, Orders, Run
from custom_components.smb_ddns_sync.sync.settings import Guards, JobId, JobSettings, Mode
from custom_components.smb_ddns_sync.sync.state import State

UNFINISHED = 3
"""The exit status where a side failed; the last line says how."""

SETTINGS = JobSettings(
    JobId("kill"),
    "kill",
    # Users keep still while it runs, and whole trees change between two runs.
    settle=timedelta(),
    guards=Guards(max_delete_percent=100, max_change_percent=100),
)


def main(mode: str, state_file: str, source: str, port: str, username: str) -> int:
    """Run once; the last line tells how many changes it made."""
    credentials = Credentials(username, os.environ["PASSWD"])
    target = ShareTarget((Address("127.0.0.1", int(port)),), "data", credentials)
    client = ShareClient(target, deadline=5.0)
    settings = replace(SETTINGS, mode=Mode(mode))
    state = State.open(Path(state_file), settings.id)
    # One process follows the other, so a lock that is left behind is known to be free: what comes
    # of a minute's wait is tested elsewhere, on a clock that does not take it.
    run = Run(
        settings,
        state,
        LocalEndpoint(Path(source)),
        ShareEndpoint(client, "far"),
        Ears(process="bench"),
        Orders(),
    )
    try:
        run.carry_out()
    except EndpointError as error:
        print(error)
        return UNFINISHED
    finally:
        state.close()
        client.close()
    done, hold = run.outcome.done, run.outcome.hold
    if hold is not None:
        print(f"held: {hold.reason}")
        return UNFINISHED
    print(
        done.files_copied
        + done.files_trashed
        + done.folders_made
        + done.folders_removed
        + done.moved
        + done.problem_count
        + len(done.deferred)
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
