"""What every side promises of large files: gone on with, revised, and read back."""

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
import random
from typing import TYPE_CHECKING, override

import pytest

from custom_components.smb_ddns_sync.sync.endpoint import (
    Cancelled,
    Changed,
    Checkpoint,
    Checkpoints,
    Content,
    Endpoint,
    EndpointError,
    Entry,
    FileError,
    Kind,
    Placement,
    RelPath,
    Span,
    Unavailable,
)
from custom_components.smb_ddns_sync.sync.endpoints.memory import MemoryEndpoint
from custom_components.smb_ddns_sync.sync.names import OWN_FOLDER, RunToken, temporary_beside

from .test_endpoint_contract import A_TIME, names, place, put, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MIB = 1 << 20
TEXT = random.Random(1).randbytes(5 * MIB + 17)
EDITED = TEXT[: 2 * MIB] + random.Random(2).randbytes(MIB) + TEXT[3 * MIB :]


@dataclass
class Source(Content):
    """A large file on the other side, with all that is read of it, and what happens before."""

    text: bytes = TEXT
    before: Callable[[int], None] = lambda _offset: None
    reads: list[int] = field(default_factory=list)
    unchanged: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self.entry = Entry(RelPath("source"), Kind.FILE, len(self.text), A_TIME)

    @override
    def read(self, offset: int, length: int) -> bytes:
        self.before(offset)
        self.reads.append(offset)
        return self.text[offset : offset + length]

    @override
    def verify_unchanged(self) -> None:
        self.unchanged()

    def placement(self, kept: list[Checkpoint] | None = None) -> Placement:
        """Return what puts it at "a"; its checkpoints go to the list."""

        @contextmanager
        def opened() -> Iterator[Content]:
            yield self

        return Placement(
            RelPath("a"),
            temporary_beside(RelPath("a"), RunToken("0" * 12), 0),
            opened,
            len(self.text),
            A_TIME,
            None,
            checkpoints=None if kept is None else Checkpoints(kept.append, MIB),
        )


def ending(error: EndpointError, at: int) -> Callable[[int], None]:
    """Raise the error when what stands at an offset, or behind it, is asked for."""

    def before(offset: int) -> None:
        if offset >= at:
            raise error

    return before


def broken_off(side: Endpoint, error: EndpointError | None = None) -> Placement:
    """Begin to place a file until 3 MiB were read; return the placement that goes on with it."""
    kept: list[Checkpoint] = []
    error = error or Cancelled("run", "cancelled")
    begun = Source(before=ending(error, 3 * MIB)).placement(kept)
    with pytest.raises(type(error)):
        list(side.place((begun,)))
    assert names(side) == {begun.temporary}
    assert kept[-1].done == 3 * MIB
    return replace(begun, resume=kept[-1])


def with_content(placement: Placement, source: Source) -> Placement:
    """Return the placement with another content."""
    return replace(source.placement([]), temporary=placement.temporary, resume=placement.resume)


def spoil(side: Endpoint, root: Path, path: str, at: int) -> None:
    """Flip a bit of a file, unseen."""
    if isinstance(side, MemoryEndpoint):
        node = side.find(RelPath(path))
        assert node is not None
        node.content = node.content[:at] + bytes([node.content[at] ^ 1]) + node.content[at + 1 :]
        return
    with (root / path).open("r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1]))


@pytest.mark.parametrize(
    "error", [Cancelled("run", "cancelled"), Unavailable("source", "connection_lost")]
)
def test_a_placement_that_was_broken_off_is_gone_on_with(
    side: Endpoint, error: EndpointError
) -> None:
    left = broken_off(side, error)
    source = Source()

    result = place(side, with_content(left, source))

    assert isinstance(result, Entry)
    assert read(side, "a") == TEXT
    assert names(side) == {"a"}
    assert min(source.reads) == 3 * MIB


def test_the_first_checkpoint_names_the_temporary_before_anything_is_read(side: Endpoint) -> None:
    kept: list[Checkpoint] = []
    placement = Source(before=ending(Cancelled("run", "cancelled"), 0)).placement(kept)

    with pytest.raises(Cancelled):
        list(side.place((placement,)))

    assert [checkpoint.done for checkpoint in kept] == [0]
    found = side.list(RelPath("")).temporaries
    assert [(entry.path, entry.file_id) for entry in found] == [
        (placement.temporary, kept[0].file_id)
    ]


def test_a_large_file_whose_source_changed_leaves_nothing_to_go_on_with(side: Endpoint) -> None:
    source = Source(before=ending(Changed("source", "changed"), 3 * MIB))

    assert isinstance(place(side, source.placement([])), Changed)
    assert names(side) == set()


def test_a_resumed_file_whose_source_changed_does_not_appear(side: Endpoint) -> None:
    left = broken_off(side)

    def changed() -> None:
        raise Changed("source", "changed")

    result = place(side, with_content(left, Source(unchanged=changed)))

    assert isinstance(result, Changed)
    assert names(side) == set()


def test_a_temporary_that_is_gone_is_begun_anew(side: Endpoint) -> None:
    left = broken_off(side)
    found = side.look(left.temporary)
    assert found is not None
    side.delete_file(left.temporary, found)

    assert isinstance(place(side, with_content(left, Source())), Entry)
    assert read(side, "a") == TEXT


def test_another_file_of_the_temporarys_name_is_not_gone_on_with(side: Endpoint) -> None:
    left = broken_off(side)
    found = side.look(left.temporary)
    assert found is not None
    side.move(left.temporary, RelPath("aside"), found)
    put(side, left.temporary, b"theirs" * MIB)

    assert isinstance(place(side, with_content(left, Source())), Changed)
    assert names(side) >= {"aside"}
    assert side.look(RelPath("a")) is None


def test_what_was_written_after_the_checkpoint_is_written_again(side: Endpoint, root: Path) -> None:
    left = broken_off(side)
    assert left.resume is not None
    spoil(side, root, left.temporary, 2 * MIB)
    source = Source()

    place(side, with_content(replace(left, resume=replace(left.resume, done=2 * MIB)), source))

    assert read(side, "a") == TEXT
    assert min(source.reads) == 2 * MIB


def replaced(side: Endpoint, source: Source) -> Placement:
    """Put the old text in place, and return what replaces it by a file that changed in one MiB."""
    old = put(side, "a", TEXT)
    return replace(
        source.placement([]),
        expected=old,
        keep_old_at=RelPath(f"{OWN_FOLDER}/trash/run/a"),
        changed=lambda: (Span(2 * MIB, MIB),),
    )


def test_a_file_of_which_only_some_has_changed_arrives_whole_and_its_old_version_lives_on(
    side: Endpoint,
) -> None:
    source = Source(EDITED)

    result = place(side, replaced(side, source))

    assert isinstance(result, Entry)
    assert read(side, "a") == EDITED
    assert read(side, f"{OWN_FOLDER}/trash/run/a") == TEXT
    if not side.traits.case_sensitive:  # a folder of this machine reads all: nothing is saved
        assert {offset // MIB for offset in source.reads} == {2}


@pytest.mark.parametrize("length", [1, 2 * MIB, 2 * MIB + 1])
def test_a_file_that_was_only_cut_short_needs_no_content(side: Endpoint, length: int) -> None:
    put_whole = replaced(side, Source(TEXT[:length]))

    assert isinstance(place(side, replace(put_whole, changed=lambda: ())), Entry)
    assert read(side, "a") == TEXT[:length]


def test_a_file_of_which_nothing_is_known_to_be_unchanged_is_read_whole(side: Endpoint) -> None:
    placement = replace(replaced(side, Source(EDITED)), changed=lambda: None)

    assert isinstance(place(side, placement), Entry)
    assert read(side, "a") == EDITED


def test_a_revision_that_was_broken_off_is_gone_on_with(side: Endpoint) -> None:
    kept: list[Checkpoint] = []
    source = Source(EDITED, before=ending(Cancelled("run", "cancelled"), 2 * MIB + 1))
    begun = replace(replaced(side, source), checkpoints=Checkpoints(kept.append, MIB // 2))
    begun = replace(begun, changed=lambda: (Span(MIB, 3 * MIB),))
    with pytest.raises(Cancelled):
        list(side.place((begun,)))
    assert read(side, "a") == TEXT
    done = kept[-1].done
    again = Source(EDITED)

    result = place(side, replace(begun, open=again.placement().open, resume=kept[-1]))

    assert isinstance(result, Entry)
    assert read(side, "a") == EDITED
    assert min(again.reads) == done > MIB


@pytest.mark.parametrize("resumed", [False, True])
def test_what_was_spoilt_on_its_way_is_found_by_reading_back(
    side: Endpoint, root: Path, *, resumed: bool
) -> None:
    placement = broken_off(side) if resumed else Source().placement([])
    spoilt: list[int] = []

    def flip(offset: int) -> None:
        if offset >= 4 * MIB and not spoilt:
            spoilt.append(offset)
            spoil(side, root, placement.temporary, 100)

    source = Source(before=flip)

    result = place(side, replace(with_content(placement, source), verify=True))

    assert spoilt
    assert isinstance(result, FileError)
    assert side.look(RelPath("a")) is None


@pytest.mark.parametrize("length", [0, 5, 3 * MIB])
def test_what_is_read_back_as_it_was_sent_appears(side: Endpoint, length: int) -> None:
    placement = replace(Source(TEXT[:length]).placement(), verify=True)

    assert isinstance(place(side, placement), Entry)
    assert read(side, "a") == TEXT[:length]


@pytest.mark.parametrize("kind", ["local"])
def test_what_is_begun_in_the_place_of_a_file_that_few_may_read_is_read_by_no_more(
    side: Endpoint, root: Path
) -> None:
    """And we may write it, or nothing could go on with it."""
    old = put(side, "a", TEXT)
    (root / "a").chmod(0o400)
    source = Source(EDITED, before=ending(Cancelled("run", "cancelled"), MIB))
    begun = replace(source.placement([]), expected=old)
    with pytest.raises(Cancelled):
        list(side.place((begun,)))
    assert (root / begun.temporary).stat().st_mode & 0o777 == 0o600

    left = Checkpoint((root / begun.temporary).stat().st_ino, MIB)
    result = place(side, replace(begun, open=Source(EDITED).placement().open, resume=left))

    assert isinstance(result, Entry)
    assert (root / "a").stat().st_mode & 0o777 == 0o400
