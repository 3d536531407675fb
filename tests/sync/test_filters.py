"""What the filters leave alone, and that changing them never deletes anything.

Scenarios are played on sides in memory, and on a folder and a real share. Each ends with a run that
changes nothing on either side.
"""

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.sync.endpoint import Entry, Kind, RelPath, Unavailable
from custom_components.smb_ddns_sync.sync.filters import (
    BadPattern,
    Filters,
    PatternFault,
    View,
)
from custom_components.smb_ddns_sync.sync.hints import Scope
from custom_components.smb_ddns_sync.sync.settings import ConflictPolicy, JobSettings, Mode
from custom_components.smb_ddns_sync.sync.state import State

from .trees import AN_HOUR_AGO, node_at, remove, tree, write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .pair import Pair
    from .stage import Stage
    from .trees import Tree

two_kinds = pytest.mark.parametrize("stage", ["memory x memory", "local x smbd"], indirect=True)
every_mode = pytest.mark.parametrize("mode", Mode)

NO_TMP = Filters(("*.tmp",))
ALL = Filters()


@pytest.fixture
def idle(stage: Stage) -> Iterator[Stage]:
    """Return a stage, and see to it that the scenario ends with a run that changes nothing."""
    yield stage
    assert stage.changes_of_another_run() == []


def hides(filters: Filters, path: str, kind: Kind = Kind.FILE) -> bool:
    return View(filters, 0).hides(Entry(RelPath(path), kind))


@pytest.mark.parametrize(
    ("patterns", "hidden", "seen"),
    [
        (["*.tmp"], ["a.tmp", "d/e/b.tmp"], ["a.txt", "tmp"]),
        (["/top.txt"], ["top.txt"], ["d/top.txt"]),
        (["d/x"], ["d/x"], ["e/d/x", "x"]),
        (["**/cache/*.bin"], ["cache/a.bin", "d/cache/a.bin"], ["cache/d/a.bin"]),
        (["logs/**"], ["logs/a", "logs/d/a"], ["a/logs/b"]),
        (["*.log", "!keep.log"], ["a.log"], ["keep.log", "d/keep.log"]),
        (["# a comment", "", "b"], ["b"], ["# a comment"]),
        ([r"\#b", r"\!c"], ["#b", "!c"], ["b", "c"]),
        (["file[0-9]"], ["file1"], ["filex"]),
        (["*.JPG"], ["IMG.jpg", "img.Jpg"], ["img.jpeg"]),
        (["caf\u00e9"], ["cafe\u0301", "CAF\u00c9"], ["cafe"]),
    ],
)
def test_patterns_are_those_of_gitignore_without_regard_to_case_and_normalisation(
    patterns: list[str], hidden: list[str], seen: list[str]
) -> None:
    filters = Filters(tuple(patterns), litter=False)
    assert [path for path in (*hidden, *seen) if hides(filters, path)] == hidden


def test_a_slash_at_the_end_means_folders_only() -> None:
    filters = Filters(("build/",))
    assert hides(filters, "d/build", Kind.FOLDER)
    assert not hides(filters, "d/build")


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        ("!", PatternFault.UNREADABLE),
        ("a\\", PatternFault.UNREADABLE),
        ("[z-a]", PatternFault.UNREADABLE),
        ("[[:alpha:]]", PatternFault.UNREADABLE),
        ("a[", PatternFault.MATCHES_NOTHING),
        ("/", PatternFault.MATCHES_NOTHING),
        ("a" * 1001, PatternFault.TOO_LONG),
    ],
)
def test_a_pattern_that_cannot_be_used_is_told_with_its_line(
    pattern: str, fault: PatternFault
) -> None:
    with pytest.raises(BadPattern) as caught:
        Filters(Filters.lines(f"# mine\n\n*.bak\n{pattern}\n*.tmp"))
    assert (caught.value.line, caught.value.pattern, caught.value.fault) == (4, pattern, fault)


def test_limits_that_would_let_nothing_through_are_refused() -> None:
    for limits in (
        {"min_size": 2, "max_size": 1},
        {"min_age": timedelta(2), "max_age": timedelta(1)},
        {"max_size": -1},
        {"min_age": timedelta(-1)},
    ):
        with pytest.raises(ValueError, match=r"negative|more than the most"):
            Filters(**limits)


@pytest.mark.parametrize(
    "name",
    [
        "Thumbs.db",
        "desktop.ini",
        ".DS_Store",
        "._IMG_1.jpg",
        "~$letter.docx",
        ".~lock.table.ods#",
        "film.mkv.part",
        "setup.exe.crdownload",
        ".letter.txt.swp",
        ".nfs00000000017a1b2c",
    ],
)
def test_litter_is_left_alone_and_a_pattern_brings_it_back(name: str) -> None:
    assert hides(Filters(), f"d/{name}")
    assert not hides(Filters(litter=False), f"d/{name}")
    assert not hides(Filters((f"!{name}",)), f"d/{name}")


@pytest.mark.parametrize(
    "name", ["@eaDir", "#recycle", "$RECYCLE.BIN", "System Volume Information", ".Trash-1000"]
)
def test_folders_of_litter_are_folders_only(name: str) -> None:
    assert hides(Filters(), name, Kind.FOLDER)
    assert not hides(Filters(), name)


@pytest.mark.parametrize(
    "name",
    [
        "thesis.tmp",
        "thesis.bak",
        "thesis.txt~",
        "Thumbs.db.txt",
        "part",
        ".part",
        "~notes.txt",
        "~$ideas.txt",
        ".hidden",
        "a.snapshot",
        "#hash",
        "._",
        ".swp",
        "desktop.ini.old",
        ".env",
    ],
)
def test_no_document_is_taken_for_litter(name: str) -> None:
    assert not hides(Filters(), name)
    assert not hides(Filters(), name, Kind.FOLDER)


@pytest.mark.parametrize("kind", [Kind.FILE, Kind.FOLDER])
@pytest.mark.parametrize(
    "name",
    [
        "Thumbs.db",
        "@eaDir",
        "._IMG_1.jpg",
        "~$letter.docx",
        "film.mkv.PART",
        ".Trash-1000",
        ".nfs00000000017a1b2c",
        "a.!ut",
        "photo.jpg",
    ],
)
def test_a_folder_that_is_told_at_once_to_have_nothing_left_alone_has_nothing(
    name: str, kind: Kind
) -> None:
    entries = [Entry(RelPath(f"d/{each}"), kind) for each in ("a.txt", name, "b")]
    view = View(Filters(), 0)
    nothing = view.hides_nothing(["a.txt", name, "b"], entries)
    assert nothing <= (not any(map(view.hides, entries)))
    assert nothing == (name == "photo.jpg")


def test_patterns_and_limits_are_looked_at_for_each_entry() -> None:
    entries = [Entry(RelPath("a.txt"), Kind.FILE, 3)]
    assert not View(Filters(("*.tmp",)), 0).hides_nothing(["a.txt"], entries)
    assert not View(Filters(max_size=2), 0).hides_nothing(["a.txt"], entries)
    assert View(Filters(max_size=3), 0).hides_nothing(["a.txt"], entries)


def test_sizes_and_ages_are_of_files_only_and_their_limits_are_let_through() -> None:
    now, second = 100 * 10**9, 10**9
    view = View(
        Filters(
            min_size=2, max_size=4, min_age=timedelta(seconds=10), max_age=timedelta(seconds=20)
        ),
        now,
    )

    def seen(size: int, age: int) -> bool:
        return not view.hides(Entry(RelPath("a"), Kind.FILE, size, now - age * second))

    assert [size for size in range(7) if seen(size, 15)] == [2, 3, 4]
    assert [age for age in (9, 10, 20, 21) if seen(3, age)] == [10, 20]
    assert not view.hides(Entry(RelPath("d"), Kind.FOLDER))


def test_whatever_may_change_the_view_changes_the_digest() -> None:
    digests = {
        filters.digest
        for filters in (
            Filters(),
            Filters(("a",)),
            Filters(("b",)),
            Filters(min_size=1),
            Filters(max_size=1),
            Filters(min_age=timedelta(1)),
            Filters(max_age=timedelta(1)),
            Filters(litter=False),
        )
    }
    assert len(digests) == 8
    assert Filters(("a",)).digest == Filters(("a",)).digest


@two_kinds
@every_mode
def test_what_is_left_alone_is_never_placed_replaced_or_deleted(idle: Stage, mode: Mode) -> None:
    idle.wishing(mode=mode, filters=Filters(("*.tmp", "/cache/")))
    ours: Tree = {"a": "1", "x.tmp": "ours", "Thumbs.db": "t", "cache": {"c": "c"}}
    theirs: Tree = {"a": "1", "x.tmp": "theirs", "y.tmp": "y", "cache": {"d": "d"}}

    outcome = idle.having(ours, theirs).run()

    assert idle.trees == (ours, theirs)
    assert outcome.tally.filtered == 4


@two_kinds
@every_mode
def test_a_folder_that_is_left_alone_is_not_even_listed(idle: Stage, mode: Mode) -> None:
    idle.wishing(mode=mode, filters=Filters(("cache",)))
    idle.having({"cache": {"c": {"d": "1"}}, "a": "1"}, {"cache": {"e": {"f": "2"}}})
    idle.source.listed.clear()
    idle.target.listed.clear()

    idle.run()

    assert (idle.source.listed, idle.target.listed) == ([""], [""])


@two_kinds
@pytest.mark.parametrize("mode", [Mode.MIRROR, Mode.TWO_WAY])
def test_a_folder_that_holds_what_is_left_alone_stays_round_it(idle: Stage, mode: Mode) -> None:
    idle.wishing(mode=mode, filters=NO_TMP)
    idle.having({"a": "1", "d": {"x": "2", "e": {"y": "3"}, "f": {"z": "4"}}})
    idle.write(idle.theirs, "d/e/own.tmp", "own")
    idle.ours.remove("d")

    idle.run()

    assert idle.ours.tree() == {"a": "1"}
    assert idle.theirs.tree() == {"a": "1", "d": {"e": {"own.tmp": "own"}}}
    assert idle.theirs.trash() == {"d": {"x": "2", "e": {"y": "3"}, "f": {"z": "4"}}}


@two_kinds
@pytest.mark.parametrize("mode", [Mode.MIRROR, Mode.TWO_WAY])
def test_a_folder_that_is_renamed_takes_what_is_left_alone_along(idle: Stage, mode: Mode) -> None:
    idle.wishing(mode=mode, filters=NO_TMP)
    idle.having({"a": "1", "d": {"x": "2", "y": "3"}})
    idle.write(idle.theirs, "d/own.tmp", "own")
    idle.ours.rename("d", "e")

    idle.run()

    assert idle.theirs.tree() == {"a": "1", "e": {"x": "2", "y": "3", "own.tmp": "own"}}


@two_kinds
@every_mode
def test_files_that_leave_the_view_are_forgotten_and_never_deleted(idle: Stage, mode: Mode) -> None:
    idle.wishing(mode=mode, filters=ALL)
    both: Tree = {"a": "1", "b.tmp": "2", "d": {"c.tmp": "3"}}
    idle.having(both)

    idle.wishing(filters=NO_TMP).run()
    assert idle.trees == (both, both)

    idle.ours.remove("b.tmp")
    idle.theirs.remove("d")
    idle.run()

    assert idle.ours.tree()["d"] == {"c.tmp": "3"}
    assert idle.theirs.tree()["b.tmp"] == "2"
    assert (idle.ours.trash(), idle.theirs.trash()) == ({}, {})


@two_kinds
@every_mode
def test_files_that_enter_the_view_are_united_and_never_deleted(idle: Stage, mode: Mode) -> None:
    idle.wishing(mode=mode, filters=NO_TMP)
    idle.having({"a": "1", "d": {"x": "1"}})
    idle.write(idle.ours, "d/ours.tmp", "o")
    idle.write(idle.theirs, "d/theirs.tmp", "t")
    idle.run()

    idle.wishing(filters=ALL).run()
    idle.run()

    both: Tree = {"a": "1", "d": {"x": "1", "ours.tmp": "o", "theirs.tmp": "t"}}
    ours: Tree = both if mode is Mode.TWO_WAY else {"a": "1", "d": {"x": "1", "ours.tmp": "o"}}
    assert idle.trees == (ours, both)
    assert (idle.ours.trash(), idle.theirs.trash()) == ({}, {})


@two_kinds
@every_mode
def test_a_file_that_was_synced_left_the_view_and_went_on_one_side_comes_back_as_it_is(
    idle: Stage, mode: Mode
) -> None:
    idle.wishing(mode=mode, filters=ALL)
    idle.having({"a": "1", "b.tmp": "2", "d.tmp": {"c": "3"}})
    idle.wishing(filters=NO_TMP).run()
    idle.ours.remove("b.tmp")
    idle.ours.remove("d.tmp")
    idle.run()

    idle.wishing(filters=ALL).run()
    idle.run()

    assert idle.theirs.tree() == {"a": "1", "b.tmp": "2", "d.tmp": {"c": "3"}}
    assert (idle.ours.trash(), idle.theirs.trash()) == ({}, {})


@two_kinds
@every_mode
def test_a_deletion_at_the_moment_of_a_change_of_filters_is_not_carried_over(
    idle: Stage, mode: Mode
) -> None:
    both: Tree = {"a": "1", "b": "2", "d": {"c": "3"}}
    idle.wishing(mode=mode, filters=ALL)
    idle.having(both)
    idle.ours.remove("b")
    idle.ours.remove("d")

    idle.wishing(filters=NO_TMP).run()

    assert idle.theirs.tree() == both


@two_kinds
@pytest.mark.parametrize("mode", [Mode.MIRROR, Mode.TWO_WAY])
def test_after_a_change_of_filters_edits_and_deletions_are_carried_over_as_before(
    idle: Stage, mode: Mode
) -> None:
    idle.wishing(mode=mode, filters=ALL)
    idle.having({"a": "1", "b": "2", "d": {"c": "3", "e": "4"}})
    idle.write(idle.ours, "a", "edited")
    idle.wishing(filters=NO_TMP).run()
    idle.ours.remove("d/c")

    idle.run()

    expected: Tree = {"a": "edited", "b": "2", "d": {"e": "4"}}
    assert idle.trees == (expected, expected)


@two_kinds
@every_mode
def test_a_file_that_grows_over_the_limit_is_left_alone_with_its_old_version(
    idle: Stage, mode: Mode
) -> None:
    idle.wishing(mode=mode, filters=Filters(max_size=3))
    idle.having({"a": "1", "d": {"f": "old"}})
    idle.write(idle.ours, "d/f", "grown")
    idle.run()

    assert idle.theirs.tree() == {"a": "1", "d": {"f": "old"}}

    idle.ours.remove("d/f")
    idle.run()
    assert idle.theirs.tree() == {"a": "1", "d": {"f": "old"}}


@two_kinds
@every_mode
def test_a_file_that_shrinks_again_is_an_edit_and_no_conflict(idle: Stage, mode: Mode) -> None:
    idle.wishing(mode=mode, filters=Filters(max_size=3), conflicts=ConflictPolicy.KEEP_BOTH)
    idle.having({"a": "1", "f": "old"})
    idle.write(idle.ours, "f", "grown")
    idle.run()
    idle.write(idle.ours, "f", "new")

    idle.run()

    assert idle.trees == ({"a": "1", "f": "new"}, {"a": "1", "f": "new"})
    assert idle.theirs.trash() == {"f": "old"}


@two_kinds
@every_mode
def test_one_side_that_is_too_large_is_enough(idle: Stage, mode: Mode) -> None:
    idle.wishing(mode=mode, filters=Filters(max_size=3))
    idle.having({"a": "1", "f": "old"})
    idle.write(idle.theirs, "f", "grown")
    idle.write(idle.ours, "f", "new")

    idle.run()

    assert idle.trees == ({"a": "1", "f": "new"}, {"a": "1", "f": "grown"})


def test_what_the_target_had_out_of_view_stays_when_it_comes_into_view_by_itself(
    pair: Pair,
) -> None:
    pair.settings = _with(pair, Filters(max_size=3))
    pair.having({"d": {"a": "1"}}, {"d": {"own": "large"}}).run()
    write(pair.target, "d/own", "sml", pair.clock.tick())

    pair.run()

    assert pair.target.find(RelPath("d/own")) is not None
    assert pair.writes_of_another_run() == []


def test_too_young_and_too_old_files_wait_or_stay(pair: Pair) -> None:
    pair.settings = _with(
        pair, Filters(min_age=timedelta(minutes=30), max_age=timedelta(minutes=90))
    )
    pair.having({"right": "1", "young": "2", "old": "3"})
    now = pair.clock.tick() + AN_HOUR_AGO
    write(pair.source, "young", "2", now - AN_HOUR_AGO // 4)
    write(pair.source, "old", "3", now - 2 * AN_HOUR_AGO)

    outcome = pair.run()

    assert {entry.path for entry in pair.target.list(RelPath("")).entries} == {"right"}
    assert outcome.tally.filtered == 2


def test_a_preview_of_other_filters_commits_nothing(pair: Pair) -> None:
    pair.having({"a": "1", "b.tmp": "2"}).run()
    before = _digest(pair)
    settings = pair.settings
    pair.settings = _with(pair, NO_TMP)

    plan = pair.preview()
    assert (plan.files_trashed, plan.files_placed) == (0, 0)
    assert _digest(pair) == before

    pair.settings = settings
    remove(pair.source, "b.tmp")
    assert pair.preview().files_trashed == 1


def test_a_hint_in_a_folder_that_is_left_alone_lists_nothing(pair: Pair) -> None:
    pair.settings = _with(pair, Filters(("cache/",)))
    pair.having({"a": "1", "cache": {"d": {"x": "1"}}}).run()
    listed: list[str] = []
    pair.source.before = lambda step, path: listed.append(path) if step == "list" else None

    pair.run(scope=Scope(everything=False, folders=frozenset({RelPath("cache/d")})))

    assert listed == []


def test_a_change_of_filters_that_was_cut_off_deletes_nothing_later(pair: Pair) -> None:
    pair.settings = _with(pair, NO_TMP)
    pair.having({"d": {"a": "1", "e": {"b": "2"}}}, {"d": {"own.tmp": "t"}}).run()
    write(pair.target, "d/e/own.tmp", "t", pair.clock.tick())
    pair.settings = _with(pair, ALL)
    node_at(pair.target, "d/e").denied = True
    pair.run()
    node_at(pair.target, "d/e").denied = False

    pair.run(scope=Scope(everything=False, folders=frozenset({RelPath("d/e")})))

    assert tree(pair.target)["d"] == {
        "a": "1",
        "own.tmp": "t",
        "e": {"b": "2", "own.tmp": "t"},
    }
    assert pair.writes_of_another_run() == []


def test_a_look_at_a_part_after_filters_changed_becomes_a_look_at_everything(pair: Pair) -> None:
    pair.settings = _with(pair, NO_TMP)
    pair.having({"d": {"a": "1"}}, {"d": {"own.tmp": "t"}}).run()
    pair.settings = _with(pair, ALL)

    def cut(step: str, path: RelPath) -> None:
        if step == "list" and path == "d":
            raise Unavailable("target", "gone")

    pair.target.before = cut
    with pytest.raises(Unavailable):
        pair.run()
    pair.target.before = lambda _step, _path: None

    pair.run(scope=Scope(everything=False, folders=frozenset({RelPath("d")})))

    assert tree(pair.target) == {"d": {"a": "1", "own.tmp": "t"}}


def test_the_guard_counts_only_what_is_in_view(pair: Pair) -> None:
    many: Tree = {}
    many |= {f"{number}.tmp": "x" for number in range(100)}
    many |= {f"{number}.txt": "x" for number in range(20)}
    pair.having(many).run()
    pair.settings = _with(pair, NO_TMP)
    pair.run()
    for number in range(15):
        remove(pair.source, f"{number}.txt")

    outcome = pair.run()

    assert outcome.hold is not None
    assert outcome.hold.deletions == 15


def test_a_copy_never_clears_what_is_left_alone(pair: Pair) -> None:
    pair.settings = _with(pair, ALL, mode=Mode.COPY)
    pair.having({"a.mp4": "1", "b.tmp": "2"}).run()

    pair.settings = _with(pair, NO_TMP, mode=Mode.COPY, clear_source_after=timedelta())
    pair.run()
    pair.run()

    assert pair.source.find(RelPath("a.mp4")) is None
    assert pair.source.find(RelPath("b.tmp")) is not None


def test_a_kind_that_is_left_alone_protects_the_path_on_the_other_side(pair: Pair) -> None:
    pair.settings = _with(pair, Filters(("build/",)))
    pair.having({"a": "1", "d": {"x": "1"}}).run()
    write(pair.source, "d/build/x", "1", pair.clock.tick())
    write(pair.target, "d/build", "a file", pair.clock.tick())

    pair.run()

    assert node_at(pair.target, "d/build").content == b"a file"
    assert pair.writes_of_another_run() == []


def _with(pair: Pair, filters: Filters, **wishes: object) -> JobSettings:
    return replace(pair.settings, filters=filters, **wishes)  # type: ignore[arg-type]


def _digest(pair: Pair) -> str:
    state = State.open(pair.state_file, pair.settings.id)
    try:
        return state.filters
    finally:
        state.close()
