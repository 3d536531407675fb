"""Times of files: nanoseconds since 1970, with the precision that the coarser side can hold."""

from typing import Final

# Times that a server or a file system hands back later are rounded to one of these where they are
# rounded at all: 100 ns (NTFS, SMB), 1 µs, 1 ms, 10 ms (exFAT), 1 s (many NAS), 2 s (FAT).
_STEPS: Final = (100, 1_000, 1_000_000, 10_000_000, 1_000_000_000, 2_000_000_000)

_MOST: Final = (1 << 63) - 1


def rounded(modified: int, step: int) -> int:
    """Return the time rounded down to the step, kept within what a 64-bit integer holds."""
    whole = modified - modified % step
    return whole if -_MOST <= whole <= _MOST else max(-_MOST, min(_MOST, whole))


def is_rounding(seen: int, exact: int) -> bool:
    """Tell whether `seen` may be what became of `exact` on a side that holds less precise times.

    Sides round down (NTFS) or up (FAT), some only after a while; without this rule every file on
    such a side would look changed at every run. An edit would have to fall on such a rounded moment
    by chance.
    """
    if seen == exact:
        return True
    if abs(seen - exact) >= _STEPS[-1]:
        return False
    return any(seen in (exact // step * step, -(-exact // step) * step) for step in _STEPS)
