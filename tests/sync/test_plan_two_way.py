"""The table of cases between equals in docs/architecture.md, row by row, on the pure planner."""

from dataclasses import dataclass, replace

import pytest

from custom_components.smb_ddns_sync.sync.base import BaseEntry, Version
from custom_components.smb_ddns_sync.sync.delta import VANISHED, Obstacle, Row
from custom_components.smb_ddns_sync.sync.endpoint import Entry, Kind, NameRule, RelPath
from custom_components.smb_ddns_sync.sync.operation import (
    Compare,
    MakeFolder,
    Move,
    MoveBase,
    Operation,
    Place,
    Record,
    RemoveFolder,
    Report,
    SetAside,
    Trash,
)
from custom_components.smb_ddns_sync.sync.plan import Policy
from custom_components.smb_ddns_sync.sync.settings import ConflictPolicy
from custom_components.smb_ddns_sync.sync.side import Side
from custom_components.smb_ddns_sync.sync.two_way import plan_two_way

X = RelPath("x")
# size, modified in ns
FILES = {
    "f": (10, 1_000),  # what the base knows
    "n": (10, 1_000),  # the same under another id
    "E": (20, 5_000_000_000),  # an edit
    "N": (30, 9_000_000_000),  # a newer and larger edit
    "S": (20, 9_000_000_000),  # an edit as large as E
}


@dataclass(frozen=True)
class Case:
    """What each side holds at `x`, in the letters above, and what must come of it.

    `d` is a folder, `o` another thing, `-` nothing; in the base `f` is a file, `d` a folder.
    """

    source: str
    target: str
    base: str
    words: tuple[str, ...]
    policy: ConflictPolicy = ConflictPolicy.KEEP_BOTH
    same_content: bool | None = None


ASIDE_SOURCE = ("aside on source", "place on source", "place on target")
ASIDE_TARGET = ("aside on target", "place on target", "place on source")

CASES = [
    # Only one side has it.
    Case("f", "-", "-", ("place on target",)),
    Case("-", "f", "-", ("place on source",)),
    Case("d", "-", "-", ("make folder on target",)),
    Case("-", "d", "-", ("make folder on source",)),
    Case("f", "-", "f", ("trash on source",)),
    Case("-", "f", "f", ("trash on target",)),
    Case("E", "-", "f", ("place on target",)),
    Case("-", "E", "f", ("place on source",)),
    Case("n", "-", "f", ("place on target",)),
    Case("-", "n", "f", ("place on source",)),
    Case("d", "-", "d", ("remove folder on source",)),
    Case("-", "d", "d", ("remove folder on target",)),
    Case("d", "-", "f", ("make folder on target",)),
    Case("-", "f", "d", ("place on source",)),
    # Neither has it.
    Case("-", "-", "f", ("forget",)),
    Case("-", "-", "d", ("forget",)),
    # Both have a file.
    Case("f", "f", "f", ("record",)),
    Case("E", "f", "f", ("replace on target",)),
    Case("f", "E", "f", ("replace on source",)),
    Case("E", "n", "f", ("replace on target",)),
    Case("n", "f", "f", ("compare",)),
    Case("f", "n", "f", ("compare",)),
    Case("n", "f", "f", ("record",), same_content=True),
    Case("n", "f", "f", ("replace on target",), same_content=False),
    Case("f", "n", "f", ("replace on source",), same_content=False),
    Case("E", "E", "f", ("record",)),
    Case("E", "E", "-", ("record",)),
    Case("E", "S", "f", ("compare",)),
    Case("E", "S", "-", ("compare",)),
    Case("E", "S", "f", ("record",), same_content=True),
    Case("E", "S", "f", ASIDE_SOURCE, same_content=False),
    Case("S", "E", "f", ASIDE_TARGET, same_content=False),
    Case("E", "N", "f", ASIDE_SOURCE),
    Case("N", "E", "f", ASIDE_TARGET),
    Case("E", "N", "-", ASIDE_SOURCE),
    Case("E", "N", "f", ("replace on source",), ConflictPolicy.NEWER),
    Case("E", "N", "f", ("replace on target",), ConflictPolicy.OLDER),
    Case("E", "N", "f", ("replace on source",), ConflictPolicy.LARGER),
    Case("E", "N", "f", ("replace on target",), ConflictPolicy.SMALLER),
    Case("E", "N", "f", ("replace on target",), ConflictPolicy.SOURCE),
    Case("E", "N", "f", ("replace on source",), ConflictPolicy.TARGET),
    Case("E", "N", "f", ("ask",), ConflictPolicy.ASK),
    Case("E", "S", "f", ASIDE_SOURCE, ConflictPolicy.LARGER, same_content=False),
    Case("E", "S", "f", ASIDE_SOURCE, ConflictPolicy.SMALLER, same_content=False),
    Case("N", "S", "f", ASIDE_TARGET, ConflictPolicy.NEWER),
    Case("N", "S", "f", ASIDE_TARGET, ConflictPolicy.OLDER),
    # Both have a folder.
    Case("d", "d", "-", ("record",)),
    Case("d", "d", "d", ("record",)),
    Case("d", "d", "f", ("record",)),
    # A file against a folder.
    Case("d", "f", "f", ("trash on target", "make folder on target")),
    Case("f", "d", "f", ("trash on source", "make folder on source")),
    Case("d", "E", "f", ("aside on target", "make folder on target", "place on source")),
    Case("E", "d", "f", ("aside on source", "make folder on source", "place on target")),
    Case("f", "d", "-", ("aside on source", "make folder on source", "place on target")),
    Case("f", "d", "d", ("remove folder on target", "place on target")),
    Case("d", "f", "d", ("remove folder on source", "place on source")),
    Case("f", "d", "-", ("ask",), ConflictPolicy.ASK),
    # Links and special files.
    Case("o", "-", "-", ()),
    Case("o", "-", "f", ("forget",)),
    Case("o", "f", "f", ("report not_a_file",)),
    Case("f", "o", "f", ("report not_a_file",)),
    Case("o", "d", "-", ("report in_the_way",)),
    Case("o", "o", "-", ()),
]


def entry(letter: str, path: RelPath = X) -> Entry | None:
    match letter:
        case "-":
            return None
        case "d":
            return Entry(path, Kind.FOLDER, file_id=5)
        case "o":
            return Entry(path, Kind.OTHER)
        case _:
            return Entry(path, Kind.FILE, *FILES[letter], 2 if letter == "n" else 1)


def known(letter: str, path: RelPath = X) -> BaseEntry | None:
    if letter == "-":
        return None
    if letter == "d":
        return BaseEntry(path, Kind.FOLDER, Version(0, 0, 5), Version(0, 0, 5))
    return BaseEntry(path, Kind.FILE, Version(*FILES["f"], 1), Version(*FILES["f"], 1))


NO_ID = Version(0, 0, 0)
POLICY = Policy(1, NameRule.WINDOWS, lambda _entry: True, NameRule.POSIX)


def planned(*rows: Row, policy: Policy = POLICY) -> list[Operation]:
    """Plan rows below a root that both sides have."""
    folder = Entry(RelPath(""), Kind.FOLDER)
    root = Row(RelPath(""), folder, folder, BaseEntry(RelPath(""), Kind.FOLDER, NO_ID, NO_ID))
    return list(plan_two_way((root, *rows), policy))[1:]


def told(operation: Operation) -> str:
    on = getattr(operation, "on", None)
    where = f" on {on.name.lower()}" if isinstance(on, Side) else ""
    match operation:
        case Place(expected=None):
            return f"place{where}"
        case Place():
            return f"replace{where}"
        case SetAside():
            return f"aside{where}"
        case MakeFolder():
            return f"make folder{where}"
        case RemoveFolder():
            return f"remove folder{where}"
        case Report(_, cause, _):
            return f"report {cause}"
        case _:
            return f"{type(operation).__name__.lower()}{where}"


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_table_of_cases(case: Case) -> None:
    row = Row(
        X,
        entry(case.source),
        entry(case.target),
        known(case.base),
        same_content=case.same_content,
    )
    policy = replace(POLICY, conflicts=case.policy)
    assert tuple(told(op) for op in planned(row, policy=policy)) == case.words


SIDES_LETTERS = ["f", "n", "E", "N", "S", "d", "o", "-"]


@pytest.mark.parametrize("policy", list(ConflictPolicy))
@pytest.mark.parametrize("base", ["-", "f", "d"])
@pytest.mark.parametrize("same", [None, True, False])
def test_in_every_case_nothing_is_replaced_or_taken_away_that_was_not_seen(
    policy: ConflictPolicy, base: str, same: bool | None
) -> None:
    for source in SIDES_LETTERS:
        for target in SIDES_LETTERS:
            row = Row(X, entry(source), entry(target), known(base), same_content=same)
            for op in planned(row, policy=replace(POLICY, conflicts=policy)):
                match op:
                    case Place(path, _, expected, on) if path == X and expected is not None:
                        assert expected == row.on(on)
                    case Trash(_, gone, _, _, on):
                        assert gone == row.on(on)
                        other = row.on(on.other)
                        # Proved gone there, or another kind took its place; and nobody edited it.
                        assert other is None or other.kind is not gone.kind
                        assert base != "-"
                        assert gone == entry("f")
                    case _:
                        pass


@pytest.mark.parametrize("policy", list(ConflictPolicy))
def test_the_plan_is_the_same_seen_from_the_other_side(policy: ConflictPolicy) -> None:
    mirrored = {
        ConflictPolicy.SOURCE: ConflictPolicy.TARGET,
        ConflictPolicy.TARGET: ConflictPolicy.SOURCE,
    }
    posix = replace(POLICY, names=NameRule.POSIX, conflicts=policy)
    swapped = replace(posix, conflicts=mirrored.get(policy, policy))
    swap = {"source": "target", "target": "source"}
    for source in SIDES_LETTERS:
        for target in SIDES_LETTERS:
            for base in ("-", "f", "d"):
                one = planned(Row(X, entry(source), entry(target), known(base)), policy=posix)
                other = planned(Row(X, entry(target), entry(source), known(base)), policy=swapped)
                words = [" ".join(swap.get(w, w) for w in told(op).split()) for op in other]
                assert [told(op) for op in one] == words


def test_what_is_being_written_on_either_side_is_deferred() -> None:
    busy = replace(POLICY, at_rest=lambda _entry: False)
    for source, target, base in (
        ("E", "f", "f"),
        ("f", "E", "f"),
        ("E", "N", "f"),
        ("E", "S", "f"),
    ):
        row = Row(X, entry(source), entry(target), known(base))
        assert [told(op) for op in planned(row, policy=busy)] == ["defer"]


NO = Obstacle("access_denied", "no")


@pytest.mark.parametrize(
    "changed",
    [
        Row(X, entry("d"), entry("d"), known("d"), source_unlisted=NO),
        Row(X, entry("d"), entry("d"), known("d"), target_unlisted=NO),
        Row(X, entry("d"), entry("d"), known("d"), refused=NO),
    ],
    ids=["on the source", "on the target", "refused"],
)
def test_below_what_is_unknown_nothing_happens(changed: Row) -> None:
    inside = RelPath("x/y")
    deeper = Row(inside, entry("E", inside), None, known("f", inside))
    assert [told(op) for op in planned(changed, deeper)] == ["report access_denied"]


def test_a_folder_that_vanished_while_it_was_looked_at_is_deferred() -> None:
    row = Row(X, entry("d"), None, known("d"), source_unlisted=Obstacle(VANISHED, ""))
    assert [told(op) for op in planned(row)] == ["defer"]


def test_a_name_that_the_other_side_cannot_hold_is_told_and_loses_nothing() -> None:
    bad = RelPath("ü" * 255)  # in bytes, twice as many
    row = Row(bad, None, entry("f", bad), None)
    assert [told(op) for op in planned(row)] == ["report bad_name"]
    assert [told(op) for op in planned(Row(bad, entry("f", bad), None, None))] == [
        "place on target"
    ]


def inside(name: str, source: str, target: str, base: str) -> Row:
    path = RelPath(f"x/{name}")
    return Row(path, entry(source, path), entry(target, path), known(base, path))


def test_a_deleted_folder_goes_as_a_whole_where_nothing_in_it_was_touched() -> None:
    row = Row(X, None, entry("d"), known("d"))
    (operation,) = planned(row, inside("a", "-", "f", "f"), inside("b", "-", "f", "f"))
    assert isinstance(operation, Trash)
    assert (operation.path, operation.files, operation.on) == (X, 2, Side.TARGET)


def test_a_deleted_folder_comes_back_around_what_was_edited_in_it() -> None:
    row = Row(X, None, entry("d"), known("d"))
    operations = planned(row, inside("a", "-", "f", "f"), inside("b", "-", "E", "f"))
    assert [(told(op), getattr(op, "path", None)) for op in operations] == [
        ("make folder on source", "x"),
        ("trash on target", "x/a"),
        ("place on source", "x/b"),
    ]


def test_a_deleted_folder_stays_on_its_side_where_a_part_of_it_is_unknown() -> None:
    row = Row(X, None, entry("d"), known("d"))
    unknown = replace(inside("b", "-", "d", "d"), target_unlisted=Obstacle("access_denied", "no"))
    operations = planned(row, inside("a", "-", "f", "f"), unknown)
    assert [told(op) for op in operations] == ["trash on target", "report access_denied"]


def moved(path: str, at: str, source: str, target: str, base: str) -> Row:
    """Return a row of something that the source has at another path than the target."""
    to, old = RelPath(path), RelPath(at)
    return Row(to, entry(source, to), entry(target, old), known(base, to), base_at=old)


def test_a_rename_is_followed_without_content() -> None:
    (operation,) = planned(moved("y", "x", "f", "f", "f"))
    assert isinstance(operation, Move)
    assert (operation.path, operation.entry.path, operation.base_at) == ("y", "x", "x")


def test_an_edit_of_what_was_renamed_follows_the_rename() -> None:
    assert [told(op) for op in planned(moved("y", "x", "E", "f", "f"))] == [
        "move on target",
        "replace on target",
    ]
    assert [told(op) for op in planned(moved("y", "x", "f", "E", "f"))] == [
        "move on target",
        "replace on source",
    ]


def test_what_is_in_a_renamed_folder_follows_it_and_needs_no_rename_of_its_own() -> None:
    operations = planned(
        moved("y", "x", "d", "d", "d"),
        moved("y/a", "x/a", "f", "f", "f"),
        moved("y/b", "x/b", "-", "f", "f"),
        moved("y/d", "x/c", "f", "f", "f"),
    )
    assert [told(op) for op in operations] == [
        "move on target",
        "trash on target",
        "move on target",
    ]
    assert isinstance(operations[1], Trash)
    assert operations[1].target.path == "y/b"
    assert isinstance(operations[2], Move)
    assert (operations[2].entry.path, operations[2].base_at) == ("y/c", "y/c")


def test_what_both_sides_renamed_alike_only_moves_in_the_base() -> None:
    to = RelPath("y")
    row = Row(to, entry("f", to), entry("f", to), known("f", to), base_at=X)
    operations = planned(row)
    assert operations[0] == MoveBase(to, X)
    assert [told(op) for op in operations[1:]] == ["record"]


def test_nothing_is_recorded_before_it_is_where_the_other_side_has_it() -> None:
    for operation in planned(moved("y", "x", "E", "E", "f")):
        assert not isinstance(operation, Record | Compare)
