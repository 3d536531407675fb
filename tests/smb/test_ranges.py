"""Ranges of bytes, and what cannot be asked for with them."""

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.smb_ddns_sync.smb.files import (
    Checkpoint,
    Checkpoints,
    FileInfo,
    FileKind,
    Put,
    Revision,
)
from custom_components.smb_ddns_sync.smb.ranges import Range, apart, pieces, within, without

SIZE = 60
BASE = FileInfo("base", FileKind.FILE, size=SIZE)


@st.composite
def ranges(draw: st.DrawFn) -> tuple[Range, ...]:
    """Return ranges in order and apart, some of them side by side."""
    edges = sorted(draw(st.sets(st.integers(0, SIZE), max_size=12)))
    chosen = draw(st.lists(st.booleans(), min_size=len(edges), max_size=len(edges)))
    return tuple(
        Range(start, end - start)
        for start, end, taken in zip(edges, edges[1:], chosen, strict=False)
        if taken
    )


def covered(some: tuple[Range, ...]) -> set[int]:
    return {offset for each in some for offset in range(each.offset, each.end)}


BOUND = st.integers(0, SIZE)


@given(ranges(), BOUND, BOUND)
def test_what_is_within_and_what_is_not_make_the_whole(
    some: tuple[Range, ...], start: int, end: int
) -> None:
    inside, outside = within(some, start, end), without(some, start, end)

    assert covered(inside) == covered(some) & set(range(start, end))
    assert covered(outside) == set(range(start, end)) - covered(some)
    assert apart(inside)
    assert apart(outside)


@given(ranges(), st.integers(1, 20))
def test_pieces_are_the_ranges_and_fit(some: tuple[Range, ...], room: int) -> None:
    parts = tuple(pieces(some, room))

    assert covered(parts) == covered(some)
    assert apart(parts)
    assert all(part.length <= room for part in parts)


@pytest.mark.parametrize(("offset", "length"), [(0, 0), (5, -1), (-1, 5)])
def test_no_byte_is_no_range(offset: int, length: int) -> None:
    with pytest.raises(ValueError, match="no range"):
        Range(offset, length)


def test_a_revision_has_its_changes_in_order_and_builds_on_a_file() -> None:
    with pytest.raises(ValueError, match="order"):
        Revision("base", BASE, (Range(10, 10), Range(15, 1)))
    with pytest.raises(ValueError, match="order"):
        Revision("base", BASE, (Range(10, 10), Range(0, 1)))
    with pytest.raises(ValueError, match="no file"):
        Revision("base", FileInfo("base", FileKind.FOLDER), ())


def test_what_the_base_does_not_hold_cannot_be_copied() -> None:
    growing = Revision("base", BASE, (Range(SIZE, 9),))

    assert Put("path", "temporary", bytes(SIZE + 9), 1, revision=growing).size == SIZE + 9
    with pytest.raises(ValueError, match="not told as changed"):
        Put("path", "temporary", bytes(SIZE + 10), 1, revision=growing)


def test_no_more_can_be_there_than_the_content_holds() -> None:
    with pytest.raises(ValueError, match="More"):
        Put("path", "temporary", bytes(10), 1, resume=Checkpoint(7, 11))


def test_a_checkpoint_names_a_file_and_bytes_of_it() -> None:
    with pytest.raises(ValueError, match="no checkpoint"):
        Checkpoint(0, 10)
    with pytest.raises(ValueError, match="no checkpoint"):
        Checkpoint(7, -1)
    with pytest.raises(ValueError, match="between checkpoints"):
        Checkpoints(lambda _: None, 0)
