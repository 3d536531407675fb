"""The table of cases in docs/architecture.md, row by row, on the pure planner."""

from dataclasses import dataclass

import pytest

from custom_components.smb_ddns_sync.sync.base import BaseEntry, Version
from custom_components.smb_ddns_sync.sync.delta import VANISHED, Obstacle, Row
from custom_components.smb_ddns_sync.sync.endpoint import Entry, Kind, NameRule, RelPath
from custom_components.smb_ddns_sync.sync.moments import is_rounding, rounded
from custom_components.smb_ddns_sync.sync.operation import Operation, Place, Record, Trash
from custom_components.smb_ddns_sync.sync.plan import Policy, plan

X = RelPath("x")
OLD, NEW, THEIRS = (10, 1_000), (20, 2_000), (30, 3_000)  # size, modified


@dataclass(frozen=True)
class Case:
    """What each side holds at `x`, in letters, and the operations that must come of it.

    `f` an old file, `F` a new one, `T` the target's own edit, `d` a folder, `o` another thing,
    `-` nothing.
    """

    source: str
    target: str
    base: str
    known: bool
    operations: tuple[str, ...]


FILES = {"f": OLD, "F": NEW, "T": THEIRS}

# base: `-` none, `s` synced file, `S` synced folder, `k` kept file, `K` kept folder
CASES = [
    Case("F", "-", "-", True, ("place",)),
    Case("F", "-", "-", False, ("place",)),
    Case("f", "-", "s", True, ("place",)),
    Case("F", "-", "s", True, ("place",)),
    Case("F", "F", "-", True, ("record",)),
    Case("F", "F", "-", False, ("record",)),
    Case("F", "F", "s", True, ("record",)),
    Case("f", "f", "s", True, ("record",)),
    Case("F", "f", "s", True, ("replace",)),
    Case("f", "T", "s", True, ("replace",)),
    Case("F", "T", "s", True, ("replace",)),
    Case("F", "T", "-", True, ("replace",)),
    Case("F", "T", "-", False, ("keep", "replace")),
    Case("F", "T", "k", True, ("replace",)),
    Case("F", "d", "-", False, ("keep", "report in_the_way")),
    Case("F", "d", "K", True, ("report in_the_way",)),
    Case("F", "d", "S", True, ("remove folder", "place")),
    Case("F", "d", "s", True, ("remove folder", "place")),
    Case("F", "d", "-", True, ("remove folder", "place")),
    Case("F", "o", "-", True, ("report in_the_way",)),
    Case("d", "-", "-", True, ("make folder",)),
    Case("d", "-", "S", True, ("make folder",)),
    Case("d", "-", "-", False, ("make folder",)),
    Case("d", "d", "-", True, ("record",)),
    Case("d", "d", "-", False, ("record",)),
    Case("d", "d", "K", True, ("record",)),
    Case("d", "f", "s", True, ("trash", "make folder")),
    Case("d", "T", "-", False, ("keep", "trash", "make folder")),
    Case("d", "o", "-", True, ("report in_the_way",)),
    Case("-", "f", "s", True, ("trash",)),
    Case("-", "T", "s", True, ("trash",)),
    Case("-", "T", "-", True, ("trash",)),
    Case("-", "T", "-", False, ("keep",)),
    Case("-", "T", "k", True, ("keep",)),
    Case("-", "T", "k", False, ("keep",)),
    Case("-", "d", "S", True, ("remove folder",)),
    Case("-", "d", "-", True, ("remove folder",)),
    Case("-", "d", "-", False, ("keep",)),
    Case("-", "d", "K", True, ("keep",)),
    Case("-", "d", "s", True, ("remove folder",)),
    Case("-", "o", "s", True, ()),
    Case("-", "o", "-", True, ()),
    Case("-", "-", "s", True, ("forget",)),
    Case("-", "-", "S", True, ("forget",)),
    Case("-", "-", "k", True, ("forget",)),
    Case("o", "-", "-", True, ()),
    Case("o", "f", "s", True, ("report not_a_file",)),
    Case("o", "-", "s", True, ()),
    Case("o", "T", "-", False, ("keep",)),
]


def an_entry(letter: str) -> Entry | None:
    match letter:
        case "-":
            return None
        case "d":
            return Entry(X, Kind.FOLDER)
        case "o":
            return Entry(X, Kind.OTHER)
        case _:
            return Entry(X, Kind.FILE, *FILES[letter])


def a_base(letter: str) -> BaseEntry | None:
    version = Version(*OLD, 0)
    match letter:
        case "-":
            return None
        case "s" | "k":
            return BaseEntry(X, Kind.FILE, version if letter == "s" else None, version)
        case _:
            none = Version(0, 0, 0)
            return BaseEntry(X, Kind.FOLDER, none if letter == "S" else None, none)


def policy(*, at_rest: bool = True) -> Policy:
    return Policy(1, NameRule.WINDOWS, lambda _entry: at_rest)


def planned(*rows: Row, known: bool = True, at_rest: bool = True) -> list[Operation]:
    """Plan rows below a root that the base knows or not."""
    folder = Entry(RelPath(""), Kind.FOLDER)
    none = Version(0, 0, 0)
    base = BaseEntry(RelPath(""), Kind.FOLDER, none, none) if known else None
    root = Row(RelPath(""), folder, folder, base)
    return list(plan((root, *rows), policy(at_rest=at_rest)))[1:]


def told(operation: Operation) -> str:
    match operation:
        case Place(expected=None):
            return "place"
        case Place():
            return "replace"
        case Record(entry):
            return "keep" if entry.kept else "record"
        case _:
            words = {
                "MakeFolder": "make folder",
                "RemoveFolder": "remove folder",
                "Trash": "trash",
                "Forget": "forget",
                "Defer": "defer",
                "Report": f"report {getattr(operation, 'cause', '')}",
            }
            return words[type(operation).__name__]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_table_of_cases(case: Case) -> None:
    row = Row(X, an_entry(case.source), an_entry(case.target), a_base(case.base))
    assert tuple(told(op) for op in planned(row, known=case.known)) == case.operations


@pytest.mark.parametrize("source", ["f", "F", "d", "o", "-"])
@pytest.mark.parametrize("target", ["f", "T", "d", "o", "-"])
@pytest.mark.parametrize("base", ["-", "s", "S", "k", "K"])
@pytest.mark.parametrize("known", [True, False])
def test_in_every_case_nothing_of_the_targets_is_taken_away_without_a_name(
    source: str, target: str, base: str, known: bool
) -> None:
    operations = planned(Row(X, an_entry(source), an_entry(target), a_base(base)), known=known)
    words = [told(operation) for operation in operations]
    if (kept := a_base(base)) is not None and kept.kept and source == "-":
        assert not {"trash", "remove folder", "replace"} & set(words)
    if base == "-" and not known and source == "-":
        assert not {"trash", "remove folder", "replace"} & set(words)
    for operation in operations:
        if isinstance(operation, Place) and operation.expected is None and target in {"f", "T"}:
            pytest.fail("a file is placed over one that it does not expect")


@pytest.mark.parametrize("side", ["source", "target"])
@pytest.mark.parametrize("known", [True, False])
def test_below_a_folder_that_could_not_be_listed_nothing_happens(side: str, known: bool) -> None:
    folder = Entry(X, Kind.FOLDER)
    obstacle = Obstacle("access_denied", "no")
    row = Row(
        X,
        folder,
        folder,
        a_base("S"),
        source_unlisted=obstacle if side == "source" else None,
        target_unlisted=obstacle if side == "target" else None,
    )
    inside = Row(RelPath("x/y"), None, Entry(RelPath("x/y"), Kind.FILE, *OLD), None)
    deeper = Row(RelPath("x/y/z"), Entry(RelPath("x/y/z"), Kind.FILE, *OLD), None, None)
    words = [told(op) for op in planned(row, inside, deeper, known=known)]
    assert words == ["report access_denied"]


def test_a_folder_that_vanished_while_it_was_looked_at_is_deferred() -> None:
    row = Row(X, Entry(X, Kind.FOLDER), None, None, source_unlisted=Obstacle(VANISHED, ""))
    assert [told(op) for op in planned(row)] == ["defer"]


def test_a_file_that_is_being_written_is_deferred() -> None:
    for target, base in (("-", "-"), ("f", "s"), ("T", "-")):
        row = Row(X, an_entry("F"), an_entry(target), a_base(base))
        assert [told(op) for op in planned(row, at_rest=False)] == ["defer"]


def test_what_agrees_already_need_not_be_at_rest() -> None:
    row = Row(X, an_entry("F"), an_entry("F"), a_base("s"))
    assert [told(op) for op in planned(row, at_rest=False)] == ["record"]


def gone(path: str, kind: Kind, *, base: bool = True, kept: bool = False) -> Row:
    """Return a row of something that the source has no more."""
    entry = Entry(RelPath(path), kind, *(OLD if kind is Kind.FILE else (0, 0)))
    version = Version.of(entry)
    known = BaseEntry(entry.path, kind, None if kept else version, version) if base else None
    return Row(entry.path, None, entry, known)


def test_a_folder_that_is_gone_goes_as_a_whole_with_all_that_came_later() -> None:
    operations = planned(
        gone("d", Kind.FOLDER),
        gone("d/a", Kind.FILE),
        gone("d/e", Kind.FOLDER),
        gone("d/e/b", Kind.FILE),
        gone("d/e/later", Kind.FILE, base=False),
    )
    assert [(told(op), op.path, op.files) for op in operations if isinstance(op, Trash)] == [
        ("trash", "d", 3)
    ]
    assert len(operations) == 1


def test_a_folder_in_which_something_is_kept_stays_and_the_rest_goes_alone() -> None:
    operations = planned(
        gone("d", Kind.FOLDER),
        gone("d/a", Kind.FILE),
        gone("d/e", Kind.FOLDER),
        gone("d/e/b", Kind.FILE),
        gone("d/e/theirs", Kind.FILE, kept=True),
        gone("d/f", Kind.FOLDER),
        gone("d/f/c", Kind.FILE),
    )
    assert [op.path for op in operations if isinstance(op, Trash)] == ["d/a", "d/e/b", "d/f"]


def test_a_file_does_not_come_in_the_place_of_a_folder_that_cannot_go() -> None:
    file = Entry(RelPath("d"), Kind.FILE, *NEW)
    folder = gone("d", Kind.FOLDER)
    operations = planned(
        Row(RelPath("d"), file, folder.target, folder.base),
        gone("d/a", Kind.FILE),
        gone("d/theirs", Kind.FILE, kept=True),
    )
    assert [told(op) for op in operations] == ["trash", "keep", "report in_the_way"]


def test_another_file_id_alone_is_a_change_on_the_source_and_none_on_the_target() -> None:
    file = Entry(X, Kind.FILE, *OLD, file_id=1)
    other = Entry(X, Kind.FILE, *OLD, file_id=2)
    base = BaseEntry(X, Kind.FILE, Version.of(file), Version.of(file))
    assert [told(op) for op in planned(Row(X, other, file, base))] == ["replace"]
    assert [told(op) for op in planned(Row(X, file, other, base))] == ["record"]


def test_a_crash_before_the_base_was_written_is_no_second_transfer() -> None:
    placed = Entry(X, Kind.FILE, *NEW, file_id=7)
    base = BaseEntry(X, Kind.FILE, Version(*OLD, 1), Version(*OLD, 2))
    assert [told(op) for op in planned(Row(X, an_entry("F"), placed, base))] == ["record"]


@pytest.mark.parametrize(
    ("seen", "exact", "same"),
    [
        (1_234_567_891_234_567_800, 1_234_567_891_234_567_891, True),
        (1_234_567_891_000_000_000, 1_234_567_891_234_567_891, True),
        (1_234_567_892_000_000_000, 1_234_567_891_234_567_891, True),
        (1_234_567_890_000_000_000, 1_234_567_891_234_567_891, True),
        (1_234_567_891_234_567_892, 1_234_567_891_234_567_891, False),
        (1_234_567_895_000_000_000, 1_234_567_891_234_567_891, False),
        (-1_500_000_000, -1_000_000_001, False),
    ],
)
def test_a_time_that_a_side_made_less_precise_is_recognised(
    seen: int, exact: int, same: bool
) -> None:
    assert is_rounding(seen, exact) is same


def test_times_are_kept_within_what_a_database_can_hold() -> None:
    assert rounded(1 << 70, 100) == (1 << 63) - 1
    assert rounded(-(1 << 70), 100) == -(1 << 63) + 1
    assert rounded(199, 100) == 100
