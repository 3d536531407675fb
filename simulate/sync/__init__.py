"""Years of a job in minutes: `scripts/simulate sync`.

The sync engine runs on a virtual clock between two sides in memory that have a file server's
manners. Users, faults, crashes and another Home Assistant act by a seed; after every step the
promises are checked.
"""
