"""What a user has called like something of ours is told and stays; only our own is deleted."""

from dataclasses import replace
import time
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.sync.endpoint import Kind, NeedsPerson, RelPath
from custom_components.smb_ddns_sync.sync.lock import LOCK
from custom_components.smb_ddns_sync.sync.names import MARKER, OWN_FOLDER, TRASH
from custom_components.smb_ddns_sync.sync.settings import Mode
from custom_components.smb_ddns_sync.sync.side import Side
from custom_components.smb_ddns_sync.sync.state import State
from custom_components.smb_ddns_sync.sync.versions import VersionSearch

from .pair import JOB, SETTINGS, Pair
from .trees import make, node_at, remove, tree, write

if TYPE_CHECKING:
    from custom_components.smb_ddns_sync.sync.endpoints.memory import MemoryEndpoint

    from .stage import Actor, Stage
    from .trees import Tree

OLD, YOUNG = int(time.time()) - 48 * 3600, int(time.time())


def unfinished(made: int) -> str:
    """Return a name like that of a file that a run of nobody here is writing."""
    return f"{OWN_FOLDER}-0123456789ab-{made:08x}-cdef0123.tmp"


def own_names(outcome: object) -> list[str]:
    done = outcome.done  # type: ignore[attr-defined]
    return sorted(problem.path for problem in done.problems if problem.cause == "own_name")


def test_what_an_unknown_run_left_goes_to_trash_after_a_day(stage: Stage) -> None:
    stage.fill(stage.theirs, {"d": {unfinished(OLD): "old", unfinished(YOUNG): "young"}})
    stage.fill(stage.ours, {unfinished(OLD): "ours"})

    outcome = stage.run()

    assert outcome.done.problems == []
    assert outcome.done.files_trashed == 2
    assert stage.trees == ({"d": {}}, {"d": {unfinished(YOUNG): "young"}})
    assert stage.theirs.trash() == {"d": {unfinished(OLD): "old"}}
    assert stage.ours.trash() == {unfinished(OLD): "ours"}
    assert stage.changes_of_another_run() == []


def test_what_went_to_trash_so_is_found_as_a_version(pair: Pair) -> None:
    pair.having({"a": "1"}, {unfinished(OLD): "mine"}).run()
    sides = {Side.SOURCE: pair.source, Side.TARGET: pair.target}
    (version,) = VersionSearch(RelPath(unfinished(OLD))).on(sides).versions
    assert (version.side, version.size) == (Side.TARGET, 4)


@pytest.mark.parametrize("made", [OLD, YOUNG])
def test_a_file_called_like_an_unfinished_one_stays_on_a_source_that_is_only_read(
    pair: Pair, made: int
) -> None:
    pair.having({unfinished(made): "mine", "a": "1"})

    outcome = pair.run()

    assert tree(pair.source) == {unfinished(made): "mine", "a": "1"}
    assert tree(pair.target) == {"a": "1"}
    # What is young may be another Home Assistant's, which restores there.
    assert own_names(outcome) == ([unfinished(made)] if made == OLD else [])
    assert pair.writes_of_another_run() == []


def test_a_folder_called_like_an_unfinished_file_is_told_and_left_alone(
    stage: Stage, sides: tuple[Actor, Actor]
) -> None:
    mine: Tree = {unfinished(OLD): {"a": "1"}}
    stage.fill(sides[0], mine)
    stage.fill(sides[1], {"b": "2"})

    for _ in range(2):
        outcome = stage.run()
        assert own_names(outcome) == [unfinished(OLD)]

    assert sides[0].tree() == mine | {"b": "2"}
    assert sides[1].tree() == {"b": "2"}
    assert stage.changes_of_another_run() == []


def test_a_file_in_the_place_of_our_folder_is_told_on_a_source_that_is_only_read(
    pair: Pair,
) -> None:
    write(pair.source, OWN_FOLDER, "mine", pair.clock.tick())
    pair.having({"a": "1"})

    outcome = pair.run()

    assert own_names(outcome) == [OWN_FOLDER]
    assert node_at(pair.source, OWN_FOLDER).content == b"mine"
    assert tree(pair.target) == {"a": "1"}


def test_a_file_in_the_place_of_our_folder_needs_a_person_where_a_run_writes(
    stage: Stage, sides: tuple[Actor, Actor]
) -> None:
    stage.having({"a": "1"})
    sides[0].remove(OWN_FOLDER)
    stage.write(sides[0], OWN_FOLDER, "mine")
    stage.write(sides[1], "a", "2")

    with pytest.raises(NeedsPerson, match="own name"):
        stage.run()

    sides[0].rename(OWN_FOLDER, "mine")
    stage.run()
    assert stage.trees == ({"a": "2", "mine": "mine"},) * 2


@pytest.mark.parametrize("name", [MARKER, LOCK])
@pytest.mark.parametrize("kind", [Kind.FILE, Kind.FOLDER])
def test_nothing_of_a_user_is_replaced_by_our_own_files(
    pair: Pair, name: RelPath, kind: Kind
) -> None:
    if kind is Kind.FILE:
        write(pair.target, name, "mine", pair.clock.tick())
    else:
        make(pair.target, f"{name}/mine")
    pair.having({"a": "1"})

    with pytest.raises(NeedsPerson, match="own name"):
        pair.run()

    assert tree(pair.target) == {}
    assert node_at(pair.target, name).kind is kind
    if kind is Kind.FILE:
        assert node_at(pair.target, name).content == b"mine"
    remove(pair.target, name)
    assert pair.run().done.files_copied == 1


@pytest.mark.parametrize("left", ["", "\0" * 100, '{"owner": "123', "{"])
def test_a_lock_of_which_a_loss_of_power_has_left_a_part_is_ours(pair: Pair, left: str) -> None:
    write(pair.target, LOCK, left, pair.clock.tick())
    pair.having({"a": "1"})
    assert pair.run().done.files_copied == 1


def test_what_a_user_puts_into_our_folder_is_told_until_it_is_gone(pair: Pair) -> None:
    pair.having({"a": "1"})
    for place in (f"{OWN_FOLDER}/notes", f"{TRASH}/old/b", f"{TRASH}/c"):
        write(pair.target, place, "mine", pair.clock.tick())
    put_there = [f"{OWN_FOLDER}/notes", f"{TRASH}/c", f"{TRASH}/old"]

    for _ in range(2):
        assert own_names(pair.run()) == put_there
    assert all(node_at(pair.target, place) for place in put_there)

    for place in put_there:
        remove(pair.target, place)
    assert own_names(pair.run()) == []
    assert pair.run().done.problems == []


def test_what_is_put_into_our_folder_later_is_told_when_trash_is_looked_through(
    pair: Pair,
) -> None:
    pair.having({"a": "1"}).run()
    write(pair.source, f"{OWN_FOLDER}/notes", "mine", pair.clock.tick())
    assert own_names(pair.run()) == []
    state = State.open(pair.state_file, JOB)
    state.pruned_at = 0.0
    state.close()
    assert own_names(pair.run()) == [f"{OWN_FOLDER}/notes"]


@pytest.mark.parametrize("mode", Mode)
def test_what_a_folding_side_takes_for_our_folder_is_told_and_not_synced(
    pair: Pair, mode: Mode
) -> None:
    pair.settings = replace(SETTINGS, mode=mode)
    pair.having({"a": "1"}, {OWN_FOLDER.upper(): {"mine": "2"}})

    outcome = pair.run()

    assert own_names(outcome) == [OWN_FOLDER.upper(), f"{OWN_FOLDER}/mine"]
    assert tree(pair.source) == {"a": "1"}
    assert kept(pair.target, "mine") == b"2"
    assert pair.writes_of_another_run() == []


def kept(side: MemoryEndpoint, name: str) -> bytes:
    return node_at(side, f"{OWN_FOLDER}/{name}").content
