"""`scripts/bench WHAT …`: which measurement to run."""

import sys

from . import face, kill, smb, sync

MEASUREMENTS = {"face": face.main, "kill": kill.main, "smb": smb.main, "sync": sync.main}

if len(sys.argv) < 2 or sys.argv[1] not in MEASUREMENTS:  # noqa: PLR2004 - a program and its first argument
    print(f"usage: scripts/bench {{{','.join(MEASUREMENTS)}}} [--help]", file=sys.stderr)
    sys.exit(2)
MEASUREMENTS[sys.argv[1]](sys.argv[2:])
