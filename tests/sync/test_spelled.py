"""Every name is carried over, also to a side that cannot hold it, and comes back as it was.

Played on a folder and a real share in both directions, on two shares and in memory. Each scenario
ends with a run that changes nothing on either side.
"""

from dataclasses import replace
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.sync.endpoint import (
    Hint,
    NameRule,
    RelPath,
    Touch,
    Traits,
)
from custom_components.smb_ddns_sync.sync.endpoints.local import LocalEndpoint
from custom_components.smb_ddns_sync.sync.endpoints.memory import MemoryEndpoint
from custom_components.smb_ddns_sync.sync.endpoints.share import ShareEndpoint
from custom_components.smb_ddns_sync.sync.endpoints.spelled import with_true_names
from custom_components.smb_ddns_sync.sync.hints import Scope
from custom_components.smb_ddns_sync.sync.names import OWN_FOLDER
from custom_components.smb_ddns_sync.sync.run import Orders
from custom_components.smb_ddns_sync.sync.settings import Mode
from custom_components.smb_ddns_sync.sync.spelling import spelled

from .pair import LIKE_A_DISK, SETTINGS, Pair, run
from .running import running
from .trees import fill_folder, folder_tree, remove, rename, trash, tree, write

if TYPE_CHECKING:
    from custom_components.smb_ddns_sync.smb.client import ShareClient
    from custom_components.smb_ddns_sync.sync.endpoint import Endpoint

    from .samba import Samba
    from .stage import Actor, Stage
    from .trees import Tree

PECULIAR: Tree = {
    "12:30.txt": "1",
    'what? "this"': {"a<b>c|d*e.txt": "2", "back\\slash": "3", "tab\there\n": "4"},
    "ends.": "5",
    "ends ": {"CON": "6", "nul.txt": "7", "COM¹": "8"},
    "caf\udce9": "9",
    "looks \uf022 spelled": "10",
    "looks \uf07f\uf022 spelled twice": "11",
}
SPELLED: Tree = {
    "12\uf02230.txt": "1",
    "what\uf025 \uf020this\uf020": {
        "a\uf023b\uf024c\uf027d\uf021e.txt": "2",
        "back\uf026slash": "3",
        "tab\uf009here\uf00a": "4",
    },
    "ends\uf029": "5",
    "ends\uf028": {"\uf07fCON": "6", "\uf07fnul.txt": "7", "\uf07fCOM¹": "8"},
    "caf\uece9": "9",
    "looks \uf07f\uf022 spelled": "10",
    "looks \uf07f\uf07f\uf07f\uf022 spelled twice": "11",
}


def test_what_the_target_cannot_hold_is_spelled_there(pair: Pair) -> None:
    pair.having(PECULIAR)

    outcome = pair.run()

    assert outcome.done.problems == []
    assert tree(pair.target) == SPELLED
    assert pair.writes_of_another_run() == []


def test_what_is_spelled_on_a_side_has_its_true_name_on_the_other(pair: Pair) -> None:
    pair.source = MemoryEndpoint(volume=11)
    pair.target = MemoryEndpoint(volume=22, traits=LIKE_A_DISK)
    pair.having(SPELLED).run()
    assert tree(pair.target) == PECULIAR
    assert pair.writes_of_another_run() == []


def test_a_disk_of_windows_gets_what_a_share_holds_under_other_names(pair: Pair) -> None:
    pair.source = MemoryEndpoint(
        volume=11, traits=Traits(100, case_sensitive=True, names=NameRule.POSIX)
    )
    pair.having({"a:b": "1"}).run()
    assert tree(pair.target) == {"a\uf022b": "1"}


def test_peculiar_names_are_carried_in_both_directions(
    stage: Stage, sides: tuple[Actor, Actor]
) -> None:
    ours, theirs = (side.traits.names for side in (stage.source, stage.target))
    here = ours if sides[0] is stage.ours else theirs
    names: Tree = {"12:30.txt": "1", "ends.": {"nul": "2", "it\uf022s": "3"}, "plain": "4"}
    stage.fill(sides[0], held(names, here))
    stage.run()
    assert stage.trees == (held(names, ours), held(names, theirs))
    assert stage.changes_of_another_run() == []

    stage.write(sides[0], spelled("12:30.txt", here), "edited")
    sides[0].remove(spelled("ends.", here))
    sides[0].rename("plain", spelled("what?", here))
    stage.run()

    names = {"12:30.txt": "edited", "what?": "4"}
    assert stage.trees == (held(names, ours), held(names, theirs))
    assert stage.changes_of_another_run() == []


def held(names: Tree, rule: NameRule) -> Tree:
    """Return a tree as a side with this rule holds it."""
    return {
        spelled(name, rule): content if isinstance(content, str) else held(content, rule)
        for name, content in names.items()
    }


def test_a_real_server_takes_every_spelling_that_windows_needs(
    samba: Samba, share_client: ShareClient, tmp_path: Path
) -> None:
    ours, inside = tmp_path / "ours", f"{tmp_path.name}-peculiar"
    fill_folder(ours, PECULIAR, 1_700_000_000_000_000_000)
    there = samba.folder / inside
    there.mkdir()

    run(tmp_path / "a.sqlite", LocalEndpoint(ours), ShareEndpoint(share_client, inside))
    run(
        tmp_path / "b.sqlite", ShareEndpoint(share_client, inside), LocalEndpoint(tmp_path / "back")
    )

    assert folder_tree(there) == SPELLED
    assert folder_tree(tmp_path / "back") == PECULIAR


def test_what_is_replaced_or_deleted_under_a_peculiar_name_is_in_trash(pair: Pair) -> None:
    pair.having({"a:b": "old", "d.": {"c?": "gone"}}).run()
    pair.having({"a:b": "new"})
    remove(pair.source, "d.")
    pair.run()
    assert tree(pair.target) == {"a\uf022b": "new"}
    assert trash(pair.target) == {"a\uf022b": "old", "d\uf029": {"c\uf025": "gone"}}


def test_a_rename_to_a_peculiar_name_is_a_rename(pair: Pair) -> None:
    pair.having({"plain": "1"}).run()
    rename(pair.source, "plain", "with: colon")
    outcome = pair.run()
    assert (outcome.done.moved, outcome.done.files_copied) == (1, 0)
    assert tree(pair.target) == {"with\uf022 colon": "1"}


def test_names_that_only_their_spelling_makes_one_do_not_exist(pair: Pair) -> None:
    pair.having({"a:b": "1", "a\uf022b": "2", "a\uf07f\uf022b": "3"}).run()
    assert sorted(tree(pair.target)) == ["a\uf022b", "a\uf07f\uf022b", "a\uf07f\uf07f\uf07f\uf022b"]
    assert pair.writes_of_another_run() == []


def test_peculiar_names_that_the_target_takes_for_one_are_a_collision(pair: Pair) -> None:
    pair.having({"A:b": "1", "a:B": "2"})
    outcome = pair.run()
    assert [problem.cause for problem in outcome.done.problems] == ["name_collision"]
    assert len(tree(pair.target)) == 1


def test_what_somebody_put_there_under_a_name_that_cannot_be_is_used_as_it_is(pair: Pair) -> None:
    pair.source = MemoryEndpoint(volume=11)
    pair.target = MemoryEndpoint(volume=22, traits=LIKE_A_DISK)
    pair.having({"CON": {"a:b": "1"}})
    source = with_true_names(pair.source)  # as a job keeps it from run to run
    run(pair.state_file, source, pair.target)
    assert tree(pair.target) == {"CON": {"a:b": "1"}}

    write(pair.source, "CON/a:b", "2", pair.clock.tick())
    touched = Scope(everything=False, folders=frozenset({RelPath("CON")}))
    run(pair.state_file, source, pair.target, orders=Orders(touched))
    assert tree(pair.target) == {"CON": {"a:b": "2"}}
    assert pair.writes_of_another_run() == []


@pytest.mark.parametrize("code", [0xD800, 0xDC7F, 0xDCE9])
@pytest.mark.parametrize("mode", [Mode.MIRROR, Mode.TWO_WAY])
def test_half_a_surrogate_pair_on_a_share_is_carried_to_a_disk_and_back(
    pair: Pair, mode: Mode, code: int
) -> None:
    """S-78. A program on Windows has made it; a disk holds it as a byte, or spelled."""
    pair.source = MemoryEndpoint(volume=11)
    pair.target = MemoryEndpoint(volume=22, traits=LIKE_A_DISK)
    pair.settings = replace(pair.settings, mode=mode)
    half = chr(code)
    on_disk = spelled(half, NameRule.POSIX)
    pair.having({"b": "0", half: {f"a{half}": "1"}}).run()
    assert tree(pair.target) == {"b": "0", on_disk: {f"a{on_disk}": "1"}}
    assert pair.writes_of_another_run() == []

    editing = pair.target if mode is Mode.TWO_WAY else pair.source
    name = on_disk if mode is Mode.TWO_WAY else half
    write(editing, f"{name}/a{name}", "2", pair.clock.tick())
    pair.run()

    assert tree(pair.source) == {"b": "0", half: {f"a{half}": "2"}}
    assert tree(pair.target) == {"b": "0", on_disk: {f"a{on_disk}": "2"}}
    assert pair.writes_of_another_run() == []

    remove(editing, name)
    pair.run()
    assert tree(pair.source) == tree(pair.target) == {"b": "0"}


@pytest.mark.parametrize("as_source", [True, False])
def test_a_name_that_a_server_lists_and_cannot_open_is_told_and_never_lost(
    samba: Samba, share_client: ShareClient, tmp_path: Path, *, as_source: bool
) -> None:
    """S-78. Samba lists what is half a surrogate pair on its disk, and opens none."""
    ours, inside = tmp_path / "ours", f"{tmp_path.name}-half"
    there = samba.folder / inside
    there.mkdir()
    half = Path(os.fsdecode(os.fsencode(there) + b"/half\xed\xa0\x80x"))
    half.write_text("1")
    os.utime(half, (1_700_000_000, 1_700_000_000))
    fill_folder(ours, {"plain": "2"}, 1_700_000_000_000_000_000)
    here: Endpoint = LocalEndpoint(ours)
    share: Endpoint = ShareEndpoint(share_client, inside)
    source, target = (share, here) if as_source else (here, share)
    two_way = replace(SETTINGS, mode=Mode.TWO_WAY)

    for _ in range(2):
        outcome = run(tmp_path / "state.sqlite", source, target, two_way)
        assert [problem.cause for problem in outcome.done.problems] == ["bad_name"]

    assert half.read_text() == "1"
    assert folder_tree(ours) == {"plain": "2"}
    assert (there / "plain").read_text() == "2"


def test_two_spellings_of_one_name_are_two_files_on_the_other_side(pair: Pair) -> None:
    pair.source = MemoryEndpoint(volume=11)
    pair.target = MemoryEndpoint(volume=22, traits=LIKE_A_DISK)
    pair.having({"a:b": "raw", "a\uf022b": "spelled"}).run()
    assert tree(pair.target) == {"a:b": "raw", "a\uf022b": "spelled"}
    assert pair.writes_of_another_run() == []


def test_a_name_that_its_spelling_makes_too_long_is_told_and_stays(pair: Pair) -> None:
    rule = NameRule(frozenset(":"), counts_bytes=True)
    pair.target = MemoryEndpoint(volume=22, traits=Traits(100, case_sensitive=True, names=rule))
    pair.having({":" * 86: "1", "fits": "2"})
    outcome = pair.run()
    assert [problem.cause for problem in outcome.done.problems] == ["bad_name"]
    assert tree(pair.target) == {"fits": "2"}
    assert len(tree(pair.source)) == 2


def test_what_was_synced_before_names_were_spelled_stays_and_what_was_refused_follows(
    pair: Pair,
) -> None:
    # A file that a Mac had put on the share came here under its spelled name.
    pair.source = MemoryEndpoint(volume=11)
    pair.target = MemoryEndpoint(volume=22, traits=LIKE_A_DISK)
    as_it_was = NameRule(frozenset("?"))
    pair.source._traits = Traits(100, case_sensitive=False, names=as_it_was)
    pair.having({"a\uf022b": "1", "plain": "2"}).run()
    assert tree(pair.target) == {"a\uf022b": "1", "plain": "2"}

    pair.source._traits = Traits(100, case_sensitive=False)
    pair.run()

    assert tree(pair.target) == {"a:b": "1", "plain": "2"}
    assert pair.writes_of_another_run() == []


def test_hints_tell_true_names() -> None:
    side = MemoryEndpoint()
    side.watchable = True
    heard: list[Hint] = []
    with_true_names(side).watch(heard.append)
    for listener in side.listeners:
        listener(Hint(Touch.DONE, RelPath("d\uf029/a\uf022b")))
    assert [hint.path for hint in heard] == ["d./a:b"]


def test_a_job_spells_a_name_once(pair: Pair) -> None:
    pair.having(PECULIAR)
    with running(pair.source, pair.target, pair.state_file) as one:
        one.rest()
    assert tree(pair.target) == SPELLED


def test_a_folder_of_a_user_that_is_called_like_ours_is_not_ours(pair: Pair) -> None:
    pair.having({".SMB_DDNS_SYNC": {"root.json": "mine"}}).run()
    assert tree(pair.target) == {"\uf07f.SMB_DDNS_SYNC": {"root.json": "mine"}}
    found = pair.target.find(RelPath(f"{OWN_FOLDER}/root.json"))
    assert found is not None
    assert found.content != b"mine"
