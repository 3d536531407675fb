"""Digests of blocks tell exactly where two versions differ, in whatever pieces they were read."""

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from custom_components.smb_ddns_sync.sync.blocks import BlockHasher, Blocks, block_size, joined

if TYPE_CHECKING:
    from custom_components.smb_ddns_sync.sync.endpoint import Span

SIZE = 8

content = st.binary(min_size=1, max_size=100)


def blocks_of(data: bytes) -> Blocks:
    hasher = BlockHasher(len(data), SIZE)
    hasher.feed(0, data)
    found = hasher.blocks()
    assert found is not None
    return found


@given(content, st.lists(st.integers(1, 40)))
def test_digests_are_the_same_in_whatever_pieces_a_file_is_read(
    data: bytes, lengths: list[int]
) -> None:
    hasher = BlockHasher(len(data), SIZE)
    at = 0
    for length in (*lengths, len(data)):
        hasher.feed(at, data[at : at + length])
        at = min(at + length, len(data))

    assert hasher.blocks() == blocks_of(data)


@given(content, content)
@settings(max_examples=300)
def test_what_differs_and_the_old_version_make_the_new_one(old: bytes, new: bytes) -> None:
    known = blocks_of(old)
    hasher = BlockHasher(len(new), SIZE)
    changed: list[Span] = []
    for at in range(0, len(new), 2 * SIZE):
        piece = new[at : at + 2 * SIZE]
        hasher.feed(at, piece)
        changed += hasher.differing(known, at, at + len(piece))

    made = bytearray(old[: len(new)].ljust(len(new), b"\xff"))
    for span in joined(changed):
        made[span.offset : span.end] = new[span.offset : span.end]
    assert made == new


@given(content, st.integers(0, 100))
def test_a_file_that_is_gone_on_with_needs_only_the_digests_before(data: bytes, done: int) -> None:
    done = min(done, len(data)) // SIZE * SIZE
    first = BlockHasher(len(data), SIZE)
    first.feed(0, data[: done + 3])
    second = BlockHasher(len(data), SIZE, first.before(done))

    second.feed(done, data[done:])

    assert second.blocks() == blocks_of(data)


def test_a_block_of_which_the_beginning_was_not_read_is_not_known() -> None:
    hasher = BlockHasher(3 * SIZE, SIZE)
    hasher.feed(SIZE + 1, bytes(2 * SIZE - 1))
    assert hasher.blocks() is None
    assert hasher.before(2 * SIZE) == b""


def test_a_block_that_is_read_again_counts_as_it_was_read_last() -> None:
    hasher = BlockHasher(2 * SIZE, SIZE)
    hasher.feed(0, b"a" * 2 * SIZE)
    hasher.feed(0, b"b" * SIZE)
    assert hasher.blocks() == blocks_of(b"b" * SIZE + b"a" * SIZE)


@pytest.mark.parametrize(
    ("file_size", "block"),
    [(1, 1 << 18), (1 << 30, 1 << 18), ((1 << 30) + 1, 1 << 19), (1 << 40, 1 << 28)],
)
def test_the_digests_of_a_file_stay_small(file_size: int, block: int) -> None:
    assert block_size(file_size) == block


def test_blocks_of_quite_another_size_tell_too_little() -> None:
    assert Blocks(1 << 18, b"").fits(2 << 30)
    assert not Blocks(1 << 18, b"").fits(4 << 30)
    assert not Blocks(1 << 28, b"").fits(1 << 30)


def test_they_come_back_as_they_were_stored_and_nothing_else_does() -> None:
    found = blocks_of(b"some words")
    assert Blocks.unpack(found.pack()) == found
    assert Blocks.unpack(b"") is None
    assert Blocks.unpack(found.pack()[:-1]) is None
