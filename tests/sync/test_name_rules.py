"""Which names a share holds is found out once for a root, and what was synced stays what it was.

A case-sensitive share, or one that takes every name, is played in memory and by a real Samba.
"""

from dataclasses import replace
import json
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.sync.endpoint import NameRule, RelPath
from custom_components.smb_ddns_sync.sync.endpoints.local import LocalEndpoint
from custom_components.smb_ddns_sync.sync.endpoints.memory import MemoryEndpoint
from custom_components.smb_ddns_sync.sync.names import OWN_FOLDER, refusal
from custom_components.smb_ddns_sync.sync.settings import Mode
from custom_components.smb_ddns_sync.sync.state import State
from custom_components.smb_ddns_sync.sync.status import HoldReason
from demo.samba import Account, SambaServer, Share

from .pair import JOB, SETTINGS, Pair, run
from .running import PATIENCE, running
from .samba import Samba
from .stage import Counted
from .trees import fill_folder, folder_tree, remove, trash, tree, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .trees import Tree

# What a Samba with `case sensitive = yes` and `mangled names = no` holds.
HOLDS_MORE = NameRule(frozenset('"*:<>?|\\'), counts_bytes=True)
TWO_CASES: Tree = {"Readme": "1", "README": "2", "ends.": {"con": "3"}, "a:b": "4"}
HELD: Tree = {"Readme": "1", "README": "2", "ends.": {"con": "3"}, "a\uf022b": "4"}


def trials(side: MemoryEndpoint) -> list[str]:
    """Return from now on whenever names are tried on a side."""
    tried: list[str] = []

    def before(step: str, _path: RelPath) -> None:
        if step == "try_names":
            tried.append(step)

    side.before = before
    return tried


@pytest.fixture
def holding_more(pair: Pair) -> Pair:
    """Return a pair whose target is a share that tells names apart by their case."""
    pair.target = MemoryEndpoint(volume=22, holds=HOLDS_MORE)
    return pair


@pytest.mark.parametrize("mode", Mode)
def test_a_share_that_tells_cases_apart_holds_both_files(holding_more: Pair, mode: Mode) -> None:
    holding_more.settings = replace(SETTINGS, mode=mode)
    holding_more.having(TWO_CASES)

    outcome = holding_more.run()

    assert outcome.done.problems == []
    assert tree(holding_more.target) == HELD
    assert holding_more.writes_of_another_run() == []


def test_names_are_tried_once_for_a_root(holding_more: Pair) -> None:
    holding_more.having({"a": "1"})
    tried = trials(holding_more.target)
    for content in "123":
        write(holding_more.source, "a", content, holding_more.clock.tick())
        holding_more.run()
    assert len(tried) == 1


def test_a_preview_tries_nothing_and_goes_by_what_every_share_holds(holding_more: Pair) -> None:
    holding_more.having({"Readme": "1", "README": "2"})
    tried = trials(holding_more.target)
    assert holding_more.preview().files_placed == 1
    assert tried == []


def test_nothing_is_tried_on_a_source_that_is_only_read(holding_more: Pair) -> None:
    holding_more.source, holding_more.target = holding_more.target, holding_more.source
    tried = trials(holding_more.source)
    holding_more.having(HELD).run()
    assert tried == []
    assert tree(holding_more.target) == TWO_CASES


def test_nothing_is_tried_on_a_root_that_may_be_somebody_elses(holding_more: Pair) -> None:
    holding_more.having({"a": "1", "b": "2"}).run()
    holding_more.target = MemoryEndpoint(volume=33, holds=HOLDS_MORE)
    write(holding_more.target, "theirs", "3", holding_more.clock.tick())
    tried = trials(holding_more.target)

    outcome = holding_more.run()

    assert outcome.hold is not None
    assert outcome.hold.reason is HoldReason.FOREIGN_TARGET
    assert tried == []
    assert holding_more.target.writes == []


def test_another_root_is_tried_anew(holding_more: Pair) -> None:
    holding_more.having(TWO_CASES).run()
    holding_more.target = MemoryEndpoint(volume=33, holds=NameRule.WINDOWS)

    outcome = holding_more.run(released=HoldReason.FOREIGN_TARGET)

    assert [problem.cause for problem in outcome.done.problems] == ["name_collision"]
    assert sorted(tree(holding_more.target)) == ["README", "a\uf022b", "ends\uf029"]


def test_a_share_where_nothing_can_be_tried_is_served_as_every_other(pair: Pair) -> None:
    pair.target.holds = None
    pair.having({"Readme": "1", "README": "2"})
    outcome = pair.run()
    assert [problem.cause for problem in outcome.done.problems] == ["name_collision"]


def test_a_base_of_spelled_names_goes_on_where_the_share_turns_out_to_hold_more(
    pair: Pair,
) -> None:
    names: Tree = {"ends.": "1", "a:b": "2"}
    pair.settings = replace(SETTINGS, mode=Mode.TWO_WAY)
    pair.having(names).run()
    spelled = tree(pair.target)
    now_holds(pair.target, HOLDS_MORE)

    outcome = pair.run()

    assert (outcome.done.files_copied, outcome.done.files_trashed) == (0, 0)
    assert (tree(pair.source), tree(pair.target)) == (names, spelled)
    assert pair.writes_of_another_run() == []


@pytest.mark.parametrize("mode", [Mode.MIRROR, Mode.TWO_WAY])
def test_a_share_that_holds_less_than_it_did_is_met_anew_and_nothing_is_deleted(
    holding_more: Pair, mode: Mode
) -> None:
    holding_more.settings = replace(SETTINGS, mode=mode)
    holding_more.having({"Readme": "1", "ends.": "2", "plain": "3"}).run()
    now_holds(holding_more.target, NameRule.WINDOWS)
    a_day_later(holding_more)

    outcome = holding_more.run()

    assert outcome.hold is None
    assert outcome.done.files_trashed == 0
    assert (trash(holding_more.source), trash(holding_more.target)) == ({}, {})
    assert {"Readme", "ends.", "plain"} <= tree(holding_more.source).keys()
    assert {"Readme", "ends\uf029", "plain"} <= tree(holding_more.target).keys()
    assert holding_more.writes_of_another_run() == []


def test_a_share_that_holds_more_than_others_is_asked_daily_whether_it_still_does(
    holding_more: Pair,
) -> None:
    holding_more.having({"a": "1"})
    tried = trials(holding_more.target)
    for _ in range(2):
        holding_more.run()
    a_day_later(holding_more)
    for _ in range(2):
        holding_more.run()
    assert len(tried) == 2


def now_holds(side: MemoryEndpoint, rule: NameRule) -> None:
    """Set a server up anew: what it cannot hold any more is listed under a name of its own."""
    side.holds = rule
    assert side.root is not None
    waiting = [side.root]
    while waiting:
        folder = waiting.pop()
        for number, node in enumerate(folder.children.values()):
            if refusal(node.name, rule) is not None:
                node.name = f"MANGLED~{number}"
        folder.children = {side._key(node.name): node for node in folder.children.values()}
        waiting.extend(folder.children.values())


def a_day_later(pair: Pair) -> None:
    state = State.open(pair.state_file, JOB)
    rules = json.loads(state.name_rules)
    for rule in rules.values():
        rule["tried_at"] -= 24 * 3600
    state.name_rules = json.dumps(rules)
    state.close()


def test_a_job_finds_versions_under_the_names_of_its_runs(holding_more: Pair) -> None:
    holding_more.having({"con.": "1"}).run()
    remove(holding_more.source, "con.")
    holding_more.run(released=HoldReason.SOURCE_EMPTIED)
    with running(holding_more.source, holding_more.target, holding_more.state_file) as one:
        (version,) = one.job.list_versions(RelPath("con.")).result(PATIENCE).versions
    assert version.path == "con."


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Samba]:
    """Run a server that tells names apart by their case, and gives none another name."""
    folder = tmp_path_factory.mktemp("apart")
    (folder / "share").mkdir()
    share = Share("data", folder / "share", case_sensitive=True, extra={"mangled names": "no"})
    with SambaServer(folder / "state", (share,), (Account("sync", "correct horse"),)) as server:
        yield Samba(server, folder / "share")


@pytest.mark.parametrize("mode", [Mode.MIRROR, Mode.TWO_WAY])
def test_a_real_share_holds_what_it_can_as_it_is_and_nothing_is_left_of_the_trial(
    apart: Samba, tmp_path: Path, mode: Mode
) -> None:
    settings = replace(SETTINGS, mode=mode)
    ours, there = tmp_path / "ours", apart.folder / tmp_path.name
    there.mkdir()
    fill_folder(ours, TWO_CASES, 1_700_000_000_000_000_000)
    sides = LocalEndpoint(ours), apart.endpoint(tmp_path.name)

    with sides[1] as share:
        outcome = run(tmp_path / "state.sqlite", sides[0], share, settings)
        assert outcome.done.problems == []
        assert folder_tree(there) == HELD
        assert not (there / OWN_FOLDER / "names").exists()
        counted = Counted(sides[0]), Counted(share)
        run(tmp_path / "state.sqlite", *counted, settings)
        assert counted[0].changes == counted[1].changes == []


def test_two_real_shares_of_which_one_folds_case_tell_the_collision(
    apart: Samba, samba: Samba, tmp_path: Path
) -> None:
    there, folding = apart.folder / tmp_path.name, samba.folder / tmp_path.name
    folding.mkdir()
    fill_folder(there, {"Readme": "1", "README": "2", "a": "3"}, 1_700_000_000_000_000_000)
    with apart.endpoint(tmp_path.name) as source, samba.endpoint(tmp_path.name) as target:
        outcome = run(
            tmp_path / "state.sqlite", source, target, replace(SETTINGS, mode=Mode.TWO_WAY)
        )
    assert [problem.cause for problem in outcome.done.problems] == ["name_collision"]
    assert len(folder_tree(folding)) == 2
    assert len(folder_tree(there)) == 3
