"""A week of trouble in an hour, on this machine only: `scripts/soak`.

`world.py` is what runs: a Home Assistant, two sites with a server each, the names that lead to
them. `users.py` writes, renames and deletes on both sides all the time, and remembers. `trouble.py`
has what goes wrong, and which alarm has to tell it. `gauges.py` watches memory, threads, handles
and the log. `week.py` is the order of events, and `verdict.py` says in the end what was broken.
"""
