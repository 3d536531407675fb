"""Whether two files, one on each side, have the same content."""

from typing import TYPE_CHECKING, Final

from .carrying import carried
from .endpoint import Changed
from .names import display

if TYPE_CHECKING:
    from .brake import Brake
    from .endpoint import Endpoint, Entry

_BLOCK: Final = 1 << 20


def same_content(
    one: tuple[Endpoint, Entry],
    other: tuple[Endpoint, Entry],
    brake: Brake,
) -> bool:
    """Tell whether two files are equal, byte by byte; both are as they are expected to be.

    Raises `Changed` where one is another version by now, and `Cancelled` between two blocks.
    """
    (one_side, first), (other_side, second) = one, other
    if first.size != second.size:
        return False
    with (
        carried(one_side, first.path, brake) as left,
        carried(other_side, second.path, brake) as right,
    ):
        for content, entry in ((left, first), (right, second)):
            if not content.entry.same_version(entry):
                raise Changed(display(entry.path), "changed", "since it was scanned")
        for offset in range(0, first.size, _BLOCK):
            length = min(_BLOCK, first.size - offset)
            if left.read(offset, length) != right.read(offset, length):
                return False
        left.verify_unchanged()
        right.verify_unchanged()
    return True
