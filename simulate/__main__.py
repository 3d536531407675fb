"""`scripts/simulate WHAT …`: what to play."""

import sys

from . import ddns

PLAYS = {"ddns": ddns.main}

if len(sys.argv) < 2 or sys.argv[1] not in PLAYS:  # noqa: PLR2004 - a program and its first argument
    print(f"usage: scripts/simulate {{{','.join(PLAYS)}}} [--help]", file=sys.stderr)
    sys.exit(2)
PLAYS[sys.argv[1]](sys.argv[2:])
