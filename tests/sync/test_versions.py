"""What was replaced or deleted can be found and brought back, and nothing is lost by it.

Scenarios are played on sides in memory, and on a folder and a real share. Each ends with a run that
changes nothing on either side.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.sync.endpoint import (
    Cancelled,
    Changed,
    FileError,
    Kind,
    Missing,
    RelPath,
    Unavailable,
)
from custom_components.smb_ddns_sync.sync.endpoints.memory import MemoryEndpoint
from custom_components.smb_ddns_sync.sync.job import JobStopped
from custom_components.smb_ddns_sync.sync.lock import LOCK, SIGN_EVERY, Lock, Locked
from custom_components.smb_ddns_sync.sync.names import TRASH, RunToken
from custom_components.smb_ddns_sync.sync.pace import Pace, parse
from custom_components.smb_ddns_sync.sync.restore import Restore, Restored
from custom_components.smb_ddns_sync.sync.run import Ears
from custom_components.smb_ddns_sync.sync.settings import Mode
from custom_components.smb_ddns_sync.sync.side import Side
from custom_components.smb_ddns_sync.sync.state import State
from custom_components.smb_ddns_sync.sync.versions import Versions, VersionSearch, read_id

from .hours import Hours
from .running import PATIENCE, running
from .stage import Counted, InMemory, Stage
from .trees import remove, trash, tree, write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .pair import Pair
    from .trees import Tree

two_kinds = pytest.mark.parametrize("stage", ["memory x memory", "local x smbd"], indirect=True)


@pytest.fixture
def idle(stage: Stage) -> Iterator[Stage]:
    """Return a stage, and see to it that the scenario ends with a run that changes nothing."""
    yield stage
    stage.run()
    assert stage.changes_of_another_run() == []


def found(stage: Stage, path: str, *, inside: bool = False, most: int = 200) -> Versions:
    sides = {Side.SOURCE: stage.source, Side.TARGET: stage.target}
    return VersionSearch(RelPath(path), inside, most).on(sides)


def restore(
    stage: Stage, version: str, to: str | None = None, ears: Ears | None = None
) -> Restored:
    state = State.open(stage.state_file, stage.settings.id)
    ears = ears or Ears(clock=Hours().clock)
    sides = {Side.SOURCE: stage.source, Side.TARGET: stage.target}
    try:
        one = Restore(stage.settings, state, sides, ears)
        return one.carry_out(version, None if to is None else RelPath(to))
    finally:
        state.close()


def staged(pair: Pair) -> Stage:
    """Return the pair as a stage."""
    return Stage(
        InMemory(pair.source),
        InMemory(pair.target),
        Counted(pair.source),
        Counted(pair.target),
        pair.state_file,
        pair.settings,
        pair.clock,
    )


@two_kinds
def test_every_version_of_a_file_is_found_the_newest_first(idle: Stage) -> None:
    idle.wishing(mode=Mode.MIRROR).having({"d": {"a.txt": "1"}, "a.txt": "other"})
    for text in ("22", "333"):
        idle.write(idle.ours, "d/a.txt", text)
        idle.run()

    versions = found(idle, "d/a.txt").versions

    assert sorted(version.size for version in versions) == [1, 2]
    assert {(version.path, version.side, version.kind) for version in versions} == {
        ("d/a.txt", Side.TARGET, Kind.FILE)
    }
    since = [version.since for version in versions if version.since is not None]
    assert since == sorted(since, reverse=True)
    assert len(since) == 2


@two_kinds
def test_a_deleted_folder_is_found_as_a_whole_and_all_that_was_in_a_folder_one_by_one(
    idle: Stage,
) -> None:
    idle.wishing(mode=Mode.MIRROR).having({"keep": "k", "p": {"d": {"a": "1", "e": {"b": "2"}}}})
    idle.ours.remove("p/d")
    idle.run()

    (folder,) = found(idle, "p/d").versions
    assert folder.kind is Kind.FOLDER
    for path in ("p", ""):
        inside = found(idle, path, inside=True)
        assert {version.path for version in inside.versions} == {"p/d/a", "p/d/e/b"}
        assert inside.complete


@two_kinds
@pytest.mark.parametrize("mode", Mode)
def test_a_version_comes_back_on_both_sides_and_what_was_there_goes_to_trash(
    idle: Stage, mode: Mode
) -> None:
    idle.wishing(mode=mode).having({"d": {"a": "old"}})
    modified = idle.ours.modified("d/a")
    idle.write(idle.ours, "d/a", "newer")
    idle.run()
    (version,) = found(idle, "d/a").versions

    restored = restore(idle, version.id)
    idle.run()

    assert (restored.files, restored.replaced, restored.problem_count) == (1, 1, 0)
    assert idle.trees == ({"d": {"a": "old"}}, {"d": {"a": "old"}})
    assert idle.ours.modified("d/a") // 100 == modified // 100
    kept = {**idle.ours.trash(), **idle.theirs.trash()}
    assert "newer" in str(kept)


@two_kinds
def test_a_restore_is_undone_by_a_restore(idle: Stage) -> None:
    idle.wishing(mode=Mode.MIRROR).having({"a": "old"})
    idle.write(idle.ours, "a", "newer")
    idle.run()
    restore(idle, found(idle, "a").versions[0].id)
    idle.run()
    newer = next(version for version in found(idle, "a").versions if version.size == 5)

    restore(idle, newer.id)
    idle.run()

    assert idle.trees == ({"a": "newer"}, {"a": "newer"})


@two_kinds
@pytest.mark.parametrize("mode", [Mode.MIRROR, Mode.TWO_WAY])
def test_a_deleted_folder_comes_back_with_all_in_it_beside_what_is_new_there(
    idle: Stage, mode: Mode
) -> None:
    gone: Tree = {"a": "1", "e": {"b": "2"}, "bare": {}}
    idle.wishing(mode=mode).having({"keep": "k", "d": gone})
    idle.ours.remove("d")
    idle.run()
    idle.write(idle.ours, "d/new", "n")
    idle.run()
    (version,) = found(idle, "d").versions[-1:]

    restored = restore(idle, version.id)
    idle.run()

    expected: Tree = {"keep": "k", "d": {**gone, "new": "n"}}
    assert idle.trees == (expected, expected)
    assert restored.files == 2


@two_kinds
def test_a_version_comes_back_under_another_path(idle: Stage) -> None:
    idle.wishing(mode=Mode.MIRROR).having({"a": "old"})
    idle.write(idle.ours, "a", "newer")
    idle.run()

    restore(idle, found(idle, "a").versions[0].id, "back/a")
    idle.run()

    both: Tree = {"a": "newer", "back": {"a": "old"}}
    assert idle.trees == (both, both)


@two_kinds
def test_the_version_that_lost_its_name_in_a_conflict_is_found_and_takes_it(idle: Stage) -> None:
    idle.having({"a.txt": "1"})
    idle.write(idle.ours, "a.txt", "ours")
    idle.write(idle.theirs, "a.txt", "theirs")
    idle.run()

    (version,) = found(idle, "a.txt").versions
    assert version.since is None
    restore(idle, version.id)
    idle.run()

    assert idle.ours.tree()["a.txt"] == idle.theirs.tree()["a.txt"] == "ours"
    assert "theirs" in str([idle.ours.trash(), idle.theirs.trash()])


def test_what_stands_in_the_way_is_kept_whatever_it_is(pair: Pair) -> None:
    pair.having({"f": "file", "d": {"a": "1"}, "keep": "k"}).run()
    remove(pair.source, "f")
    remove(pair.source, "d")
    pair.run()
    write(pair.source, "f/now/a", "folder", pair.clock.tick())
    write(pair.source, "d", "file now", pair.clock.tick())
    stage = staged(pair)

    for path in ("f", "d"):
        version = found(stage, path).versions[0]
        assert restore(stage, version.id).replaced == 1

    assert tree(pair.source) == {"f": "file", "d": {"a": "1"}, "keep": "k"}
    assert trash(pair.source) == {"f": {"now": {"a": "folder"}}, "d": "file now"}


def test_an_answer_is_bounded_and_says_so(pair: Pair) -> None:
    pair.having({"d": {str(number): "x" for number in range(5)}, "keep": "k"}).run()
    remove(pair.source, "d")
    pair.run()

    some = found(staged(pair), "", inside=True, most=3)

    assert len(some.versions) == 3
    assert not some.complete


@pytest.mark.parametrize(
    "version",
    [
        "",
        "target",
        "target/trash/a",
        "target/trash/20261122T120000Z-0123456789ab",
        "target/trash/20261122T120000Z-0123456789ab/../../a",
        "target/trash/20261122T120000Z-0123456789ab//a",
        "target/trash/keep me/a",
        "target/conflict/a",
        "target/conflict/../a.conflict-20260101-000000-this",
        "elsewhere/trash/20261122T120000Z-0123456789ab/a",
        "target/root/20261122T120000Z-0123456789ab/a",
    ],
)
def test_what_is_no_id_of_a_version_leads_nowhere(version: str) -> None:
    with pytest.raises(FileError):
        read_id(version)


@pytest.mark.parametrize("name", ["a b.txt", "100%.txt", "\u00e4", "\udcff.bin", "a.conflict-1"])
def test_an_id_leads_back_to_its_version_whatever_the_name(pair: Pair, name: str) -> None:
    write(pair.target, f"{TRASH}/20261122T120000Z-0123456789ab/d/{name}", "x", 10**18)

    (version,) = found(staged(pair), f"d/{name}").versions

    assert read_id(version.id) == (Side.TARGET, version.at, f"d/{name}")
    version.id.encode("ascii")


@pytest.mark.parametrize("to", ["", ".smb_ddns_sync/root.json", ".SMB_DDNS_SYNC", "../a", "a//b"])
def test_nothing_is_restored_into_what_is_the_engines_own_or_outside(pair: Pair, to: str) -> None:
    stage, version = _replaced(pair)
    with pytest.raises(FileError):
        restore(stage, version, to)
    assert pair.source.writes == []


def test_a_version_that_is_gone_is_told(pair: Pair) -> None:
    stage, version = _replaced(pair)
    remove(pair.target, TRASH)
    with pytest.raises(Missing):
        restore(stage, version)


def test_nothing_is_restored_into_a_folder_that_is_not_the_jobs(pair: Pair) -> None:
    stage, version = _replaced(pair)
    pair.source.volume += 1
    with pytest.raises(Changed):
        restore(stage, version)
    assert pair.source.writes == []


def test_a_restore_that_is_cut_off_anywhere_leaves_the_old_or_the_new_and_loses_nothing(
    pair: Pair,
) -> None:
    _replaced(pair)
    for steps in range(40):
        copy = pair.copied(f"state-{steps}.sqlite")
        stage = staged(copy)
        (version,) = found(stage, "a").versions
        left = steps

        def cut(_step: str, _path: RelPath) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise Unavailable("source", "gone")

        copy.source.before = copy.target.before = cut
        done = True
        try:
            restore(stage, version.id)
        except Unavailable:
            done = False
        copy.source.before = copy.target.before = lambda _step, _path: None

        content = tree(copy.source)["a"]
        assert content == "old" if done else content in {"old", "newer"}
        assert trash(copy.target) == {"a": "old"}
        assert content == "newer" or trash(copy.source) == {"a": "newer"}
        copy.run()
        assert tree(copy.source) == tree(copy.target) == {"a": content}
    assert done


def test_a_restore_can_be_cancelled(pair: Pair) -> None:
    stage, version = _replaced(pair)
    with pytest.raises(Cancelled):
        restore(stage, version, ears=Ears(lambda: True))
    assert tree(pair.source) == {"a": "newer"}


@pytest.mark.parametrize("mode", Mode)
def test_a_restore_holds_the_locks_of_both_sides_while_it_writes(pair: Pair, mode: Mode) -> None:
    pair.settings = replace(pair.settings, mode=mode)
    stage, version = _replaced(pair)
    locked: list[tuple[bool, bool]] = []

    def look(step: str, path: RelPath) -> None:
        if (step, path) == ("rename", RelPath("a")):
            locked.append((pair.source.find(LOCK) is not None, pair.target.find(LOCK) is not None))

    pair.source.before = pair.target.before = look
    restore(stage, version)

    assert locked == [(True, True)]
    assert (pair.source.find(LOCK), pair.target.find(LOCK)) == (None, None)


@pytest.mark.parametrize("side", Side)
def test_nothing_is_restored_while_somebody_else_writes_on_a_side(pair: Pair, side: Side) -> None:
    stage, version = _replaced(pair)
    hours = Hours()
    found_on = pair.source if side is Side.SOURCE else pair.target
    holder = Lock(found_on, "another", "another house", RunToken.new(), hours.clock)
    holder.take()
    hours.meanwhile = holder.show_life

    with pytest.raises(Locked, match="another house"):
        restore(stage, version, ears=Ears(clock=hours.clock))

    assert tree(pair.source) == tree(pair.target) == {"a": "newer"}
    holder.prove()


def test_a_restore_keeps_to_the_pace_of_the_job_and_shows_life_meanwhile(pair: Pair) -> None:
    pair.target = MemoryEndpoint(volume=22, traits=replace(MemoryEndpoint().traits, remote=True))
    stage, version = _replaced(pair, "x" * (1 << 20))
    stage.settings = replace(stage.settings, pace=Pace(parse("off:16k")))
    hours = Hours()

    restore(stage, version, ears=Ears(clock=hours.clock))

    assert hours.passed == pytest.approx(64, rel=0.05)
    signs = [path for step, path in pair.source.writes if (step, path) == ("rename", LOCK)]
    assert len(signs) > 64 / SIGN_EVERY / 2


def test_a_job_finds_restores_and_syncs_at_once(pair: Pair) -> None:
    _replaced(pair)
    with running(pair.source, pair.target, pair.state_file) as one:
        one.rest()
        (version,) = one.job.list_versions(RelPath("a")).result(PATIENCE).versions
        assert one.job.restore(version.id).result(PATIENCE).files == 1
        one.job.run(one.told[-1].last_run.reason).result(PATIENCE)  # type: ignore[union-attr]
        with pytest.raises(FileError):
            one.job.restore("nonsense").result(PATIENCE)
        assert tree(pair.target) == {"a": "old"}

    with pytest.raises(JobStopped):
        one.job.list_versions(RelPath("a")).result(PATIENCE)


def _replaced(pair: Pair, old: str = "old") -> tuple[Stage, str]:
    """Replace a file of both sides, and return its old version."""
    pair.having({"a": old}).run()
    write(pair.source, "a", "newer", pair.clock.tick())
    pair.run()
    pair.source.writes.clear()
    stage = staged(pair)
    return stage, found(stage, "a").versions[0].id
