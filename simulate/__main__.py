"""`scripts/simulate WHAT …`: what to play; without a word it is the sync engine."""

import sys

from . import ddns
from .sync import command

PLAYS = {"ddns": ddns.main, "sync": command.main}


def _main(arguments: list[str]) -> None:
    if arguments and arguments[0] in PLAYS:
        PLAYS[arguments[0]](arguments[1:])
    elif arguments and arguments[0] in {"--seeds", "--first-seed"}:
        command.main(arguments)
    else:
        print(f"usage: scripts/simulate {{{','.join(PLAYS)}}} [--help]", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    _main(sys.argv[1:])
