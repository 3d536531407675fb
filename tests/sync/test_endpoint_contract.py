"""What every side promises to the engine: in memory, on this machine, on a real Samba server."""

from contextlib import contextmanager
import os
from typing import TYPE_CHECKING, override

import pytest

from custom_components.smb_ddns_sync.sync.endpoint import (
    ROOT,
    Cancelled,
    Changed,
    Content,
    Endpoint,
    EndpointError,
    Entry,
    FileError,
    Kind,
    Missing,
    NotEmpty,
    Placement,
    RelPath,
)
from custom_components.smb_ddns_sync.sync.endpoints.memory import MemoryEndpoint
from custom_components.smb_ddns_sync.sync.names import (
    OWN_FOLDER,
    RunToken,
    is_temporary,
    name_of,
    temporary_beside,
)

from .trees import write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


RUN = RunToken.new()
A_TIME = 1_700_000_000_123_456_700  # what SMB can hold exactly


def edit(side: Endpoint, root: Path, path: str, text: str) -> None:
    """Write into a file in place, as another program does."""
    if isinstance(side, MemoryEndpoint):
        write(side, path, text, A_TIME + 1_000_000)
    else:
        (root / path).write_text(text)


class Words(Content):
    """Text as content; `spoilt` is raised when it is asked whether it is still the same."""

    def __init__(self, text: bytes, spoilt: EndpointError | None = None) -> None:
        self.entry = Entry(RelPath("source"), Kind.FILE, len(text), A_TIME)
        self._text = text
        self._spoilt = spoilt

    @override
    def read(self, offset: int, length: int) -> bytes:
        return self._text[offset : offset + length]

    @override
    def verify_unchanged(self) -> None:
        if self._spoilt is not None:
            raise self._spoilt


def a_placement(
    path: str,
    text: bytes = b"words",
    *,
    expected: Entry | None = None,
    keep_old_at: str | None = None,
    spoilt: EndpointError | None = None,
    size: int | None = None,
) -> Placement:
    @contextmanager
    def opened() -> Iterator[Content]:
        yield Words(text, spoilt)

    return Placement(
        RelPath(path),
        temporary_beside(RelPath(path), RUN, 0),
        opened,
        len(text) if size is None else size,
        A_TIME,
        expected,
        None if keep_old_at is None else RelPath(keep_old_at),
    )


def place(side: Endpoint, placement: Placement) -> Entry | EndpointError:
    ((_, result),) = side.place((placement,))
    return result


def put(side: Endpoint, path: str, text: bytes = b"words") -> Entry:
    result = place(side, a_placement(path, text))
    assert isinstance(result, Entry)
    return result


def read(side: Endpoint, path: str) -> bytes:
    with side.open(RelPath(path)) as content:
        return content.read(0, 1 << 24)


def names(side: Endpoint, folder: str = "") -> set[str]:
    listing = side.list(RelPath(folder))
    assert listing.error is None
    return {name_of(entry.path) for entry in (*listing.entries, *listing.temporaries)}


def test_a_root_keeps_its_identity(side: Endpoint) -> None:
    before = side.identify()
    put(side, "a")
    assert side.identify() == before


def test_a_placed_file_has_its_content_its_time_and_an_entry_that_a_listing_repeats(
    side: Endpoint,
) -> None:
    placed = put(side, "a", b"words")

    assert read(side, "a") == b"words"
    assert (placed.size, placed.modified) == (5, A_TIME)
    assert side.look(RelPath("a")) == placed
    assert side.list(ROOT).entries == (placed,)


def test_an_empty_file_can_be_placed(side: Endpoint) -> None:
    assert put(side, "empty", b"").size == 0
    assert read(side, "empty") == b""


def test_a_file_larger_than_any_buffer_arrives_whole(side: Endpoint) -> None:
    text = os.urandom(5 * 1024 * 1024 + 17)
    put(side, "large", text)
    assert read(side, "large") == text


def test_many_files_are_each_answered_once(side: Endpoint) -> None:
    placements = [a_placement(f"file {n}", str(n).encode()) for n in range(60)]

    results = dict(side.place(placements))

    assert set(results) == set(placements)
    assert all(isinstance(result, Entry) for result in results.values())
    assert read(side, "file 59") == b"59"


def test_a_file_appears_only_where_there_is_nothing(side: Endpoint) -> None:
    put(side, "a", b"old")

    result = place(side, a_placement("a", b"new"))

    assert isinstance(result, Changed)
    assert read(side, "a") == b"old"


def test_a_replaced_file_lives_on_where_it_was_asked_to(side: Endpoint) -> None:
    old = put(side, "a", b"old")
    kept = f"{OWN_FOLDER}/trash/run/deep/a"

    result = place(side, a_placement("a", b"newer", expected=old, keep_old_at=kept))

    assert isinstance(result, Entry)
    assert read(side, "a") == b"newer"
    assert read(side, kept) == b"old"


def test_another_version_than_expected_is_not_replaced(side: Endpoint) -> None:
    old = put(side, "a", b"old")
    place(side, a_placement("a", b"theirs", expected=old))

    result = place(side, a_placement("a", b"ours", expected=old))

    assert isinstance(result, Changed)
    assert read(side, "a") == b"theirs"


def test_nothing_is_placed_where_a_replaced_file_is_gone(side: Endpoint) -> None:
    old = put(side, "a", b"old")
    side.delete_file(RelPath("a"), old)

    result = place(side, a_placement("a", b"new", expected=old))

    assert isinstance(result, (Changed, Missing))
    assert side.look(RelPath("a")) is None


def test_a_failed_placement_leaves_no_temporary_and_stops_no_other(side: Endpoint) -> None:
    spoilt = a_placement("spoilt", spoilt=Changed("source", "changed"))

    results = dict(side.place((spoilt, a_placement("good"))))

    assert {placement.path: type(result) for placement, result in results.items()} == {
        RelPath("spoilt"): Changed,
        RelPath("good"): Entry,
    }
    assert names(side) == {"good"}


def test_a_large_file_that_changes_while_it_is_read_does_not_appear(side: Endpoint) -> None:
    text = os.urandom(3 * 1024 * 1024)
    result = place(side, a_placement("a", text, spoilt=Changed("source", "changed")))

    assert isinstance(result, Changed)
    assert names(side) == set()


@pytest.mark.parametrize("length", [3, 3 * 1024 * 1024])
def test_a_source_that_is_shorter_than_told_does_not_appear(side: Endpoint, length: int) -> None:
    result = place(side, a_placement("a", b"x" * length, size=length + 1))

    assert isinstance(result, Changed)
    assert names(side) == set()


def test_a_cancelled_placement_is_raised_and_leaves_nothing(side: Endpoint) -> None:
    placements = (
        a_placement("first"),
        a_placement("second", spoilt=Cancelled("run", "cancelled")),
        a_placement("third"),
    )

    results: list[tuple[Placement, Entry | EndpointError]] = []
    with pytest.raises(Cancelled):
        results.extend(side.place(placements))

    assert [placement.path for placement, _ in results] == ["first"]
    assert names(side) == {"first"}


def test_a_file_cannot_be_placed_in_a_folder_that_is_missing(side: Endpoint) -> None:
    assert isinstance(place(side, a_placement("nowhere/a")), EndpointError)
    assert names(side) == set()


def test_a_folder_is_made_with_its_parents_and_making_it_again_does_nothing(
    side: Endpoint,
) -> None:
    side.make_folder(RelPath("a/b/c"))
    side.make_folder(RelPath("a/b/c"))

    assert side.look(RelPath("a/b/c")) is not None
    assert names(side, "a/b") == {"c"}


def test_a_listing_tells_files_from_folders_and_leaves_out_what_is_the_engines(
    side: Endpoint,
) -> None:
    side.make_folder(RelPath("folder"))
    side.make_folder(RelPath(f"{OWN_FOLDER}/trash"))
    put(side, "file")
    temporary = temporary_beside(RelPath("x"), RUN, 0)
    put(side, temporary)

    listing = side.list(ROOT)

    assert {entry.path: entry.kind for entry in listing.entries} == {
        RelPath("folder"): Kind.FOLDER,
        RelPath("file"): Kind.FILE,
    }
    assert [entry.path for entry in listing.temporaries] == [temporary]


def test_a_folder_has_neither_size_nor_time_so_that_it_never_looks_changed(
    side: Endpoint,
) -> None:
    side.make_folder(RelPath("folder"))
    (entry,) = side.list(ROOT).entries
    assert (entry.size, entry.modified) == (0, 0)
    assert side.look(RelPath("folder")) == entry


def test_a_missing_folder_is_an_error_and_not_an_empty_one(side: Endpoint) -> None:
    listing = side.list(RelPath("nowhere"))
    assert isinstance(listing.error, Missing)
    assert listing.entries == ()


def test_a_walk_lists_every_folder_before_what_is_in_it(side: Endpoint) -> None:
    for path in ("a/b/c", "a/d", "e"):
        side.make_folder(RelPath(path))
    put(side, "a/b/file")

    folders = [listing.folder for listing in side.walk()]

    assert sorted(folders) == ["", "a", "a/b", "a/b/c", "a/d", "e"]
    assert all(
        folders.index(RelPath(path.rpartition("/")[0])) < folders.index(path)
        for path in folders
        if path
    )


def test_a_walk_stays_below_its_folder_and_enters_only_what_it_is_told_to(
    side: Endpoint,
) -> None:
    for path in ("a/b/c", "a/d/e", "f"):
        side.make_folder(RelPath(path))

    listings = list(side.walk(RelPath("a"), lambda path: path != "a/d"))

    assert sorted(listing.folder for listing in listings) == ["a", "a/b", "a/b/c"]


def test_a_walk_leaves_out_what_is_the_engines_but_can_be_sent_there(side: Endpoint) -> None:
    side.make_folder(RelPath(f"{OWN_FOLDER}/trash/run"))

    assert [listing.folder for listing in side.walk()] == [ROOT]
    assert len(list(side.walk(RelPath(f"{OWN_FOLDER}/trash")))) == 2


def test_a_moved_folder_takes_along_all_that_is_in_it(side: Endpoint) -> None:
    side.make_folder(RelPath("from/deep"))
    put(side, "from/deep/file")
    folder = side.look(RelPath("from"))
    assert folder is not None

    side.move(RelPath("from"), RelPath("to/some/where"), folder)

    assert side.look(RelPath("from")) is None
    assert read(side, "to/some/where/deep/file") == b"words"


def test_only_the_expected_file_is_moved(side: Endpoint) -> None:
    old = put(side, "a", b"old")
    place(side, a_placement("a", b"theirs", expected=old))

    with pytest.raises(Changed):
        side.move(RelPath("a"), RelPath("b"), old)

    assert read(side, "a") == b"theirs"


def test_nothing_is_moved_over_something(side: Endpoint) -> None:
    a, _ = put(side, "a"), put(side, "b", b"theirs")

    with pytest.raises(Changed):
        side.move(RelPath("a"), RelPath("b"), a)

    assert read(side, "b") == b"theirs"


def test_only_an_empty_folder_can_be_removed(side: Endpoint) -> None:
    side.make_folder(RelPath("a"))
    entry = put(side, "a/file")
    with pytest.raises(NotEmpty):
        side.remove_folder(RelPath("a"))

    side.delete_file(RelPath("a/file"), entry)
    side.remove_folder(RelPath("a"))

    assert names(side) == set()


def test_only_the_expected_file_is_deleted(side: Endpoint) -> None:
    old = put(side, "a", b"old")
    place(side, a_placement("a", b"theirs", expected=old))

    with pytest.raises(Changed):
        side.delete_file(RelPath("a"), old)

    assert read(side, "a") == b"theirs"


def test_opening_what_is_missing_or_a_folder_is_an_error(side: Endpoint) -> None:
    side.make_folder(RelPath("folder"))
    with pytest.raises(Missing), side.open(RelPath("nowhere")):
        pass
    with pytest.raises(EndpointError), side.open(RelPath("folder")):
        pass


def test_an_opened_file_tells_when_it_has_changed(side: Endpoint, root: Path) -> None:
    put(side, "a", b"old")
    with side.open(RelPath("a")) as content:
        content.verify_unchanged()
        edit(side, root, "a", "new")
        with pytest.raises(Changed):
            content.verify_unchanged()


def test_reading_gives_what_is_asked_for_and_less_only_at_the_end(side: Endpoint) -> None:
    put(side, "a", b"0123456789")
    with side.open(RelPath("a")) as content:
        assert content.read(2, 4) == b"2345"
        assert content.read(8, 4) == b"89"
        assert content.read(10, 4) == b""


@pytest.mark.parametrize("path", ["../out", "a/../../out", "/etc/x", "a//b", "a\0b", "."])
def test_no_path_leaves_the_root(side: Endpoint, path: str) -> None:
    with pytest.raises(FileError, match="bad path"):
        side.look(RelPath(path))
    with pytest.raises(FileError, match="bad path"):
        side.make_folder(RelPath(path))


def test_names_that_need_care_come_back_as_they_went(side: Endpoint) -> None:
    wanted = {"ümläut.txt", "日本語", "emoji 🎉", "#hash %41 &", "a" * 200, ".hidden", "'quote'"}
    for name in wanted:
        put(side, name)
    assert names(side) == wanted
    assert not any(is_temporary(name) for name in wanted)


def test_there_is_free_space(side: Endpoint) -> None:
    assert side.free_space() > 1 << 20
