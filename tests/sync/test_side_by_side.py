"""Both trees are looked at in turns, so that one side works while the other is waited for."""

from dataclasses import replace
from typing import TYPE_CHECKING, override

import pytest

from custom_components.smb_ddns_sync.sync.endpoint import ROOT, RelPath, everywhere
from custom_components.smb_ddns_sync.sync.endpoints.wrapper import Wrapper
from custom_components.smb_ddns_sync.sync.settings import Mode

from .pair import Pair, run
from .trees import remove, tree, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from custom_components.smb_ddns_sync.sync.endpoint import Endpoint, Listing

    from .trees import Tree

FOLDERS = 20
WIDE: Tree = {f"d{number:02}": {"a": "1", "e": {"b": "2"}} for number in range(FOLDERS)}

every_mode = pytest.mark.parametrize("mode", Mode)


class Walked(Wrapper):
    """A side that notes when each of its folders is looked at, in an order of its own."""

    def __init__(
        self, name: str, side: Endpoint, seen: list[tuple[str, RelPath]], *, backwards: bool
    ) -> None:
        super().__init__(side)
        self._name = name
        self._seen = seen
        self._backwards = backwards

    @override
    def walk(
        self, under: RelPath = ROOT, enter: Callable[[RelPath], bool] = everywhere
    ) -> Iterator[Listing]:
        listings = list(self._side.walk(under, enter))
        if self._backwards:
            listings.sort(key=lambda listing: listing.folder, reverse=True)
            listings.sort(key=lambda listing: listing.folder.count("/") + bool(listing.folder))
        for listing in listings:
            self._seen.append((self._name, listing.folder))
            yield listing


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(tmp_path / "state.sqlite")


def looked_at(pair: Pair, *, backwards: bool = False) -> list[tuple[str, RelPath]]:
    seen: list[tuple[str, RelPath]] = []
    run(
        pair.state_file,
        Walked("source", pair.source, seen, backwards=False),
        Walked("target", pair.target, seen, backwards=backwards),
        pair.settings,
    )
    return seen


@every_mode
def test_neither_side_waits_for_the_other_to_come_to_its_end(pair: Pair, mode: Mode) -> None:
    pair.settings = replace(pair.settings, mode=mode)
    pair.having(WIDE, WIDE).run()
    sides = [side for side, _ in looked_at(pair)]
    assert sides == ["target", "source"] * (len(sides) // 2)


@every_mode
@pytest.mark.parametrize("backwards", [False, True])
def test_the_order_in_which_a_side_lists_its_folders_makes_no_difference(
    pair: Pair, mode: Mode, backwards: bool
) -> None:
    pair.settings = replace(pair.settings, mode=mode)
    pair.having(WIDE, {}).run()
    write(pair.source, "d03/e/new", "n", pair.clock.tick())
    write(pair.source, "only here/deep/x", "x", pair.clock.tick())
    write(pair.source, "d04/e/b", "edited", pair.clock.tick())
    remove(pair.source, "d05/e")
    looked_at(pair, backwards=backwards)
    wanted = tree(pair.source)
    if mode is Mode.COPY:
        wanted["d05"] = {"a": "1", "e": {"b": "2"}}
    assert tree(pair.target) == wanted
    assert pair.writes_of_another_run() == []


def test_what_is_left_alone_on_the_source_is_left_alone_on_the_target_in_any_order(
    pair: Pair,
) -> None:
    pair.having({**WIDE, "d07": {"Thumbs.db": "s", "a": "1"}}, {"d07": {"thumbs.DB": "t"}})
    looked_at(pair, backwards=True)
    assert tree(pair.target) == {**WIDE, "d07": {"thumbs.DB": "t", "a": "1"}}
    assert pair.writes_of_another_run() == []


def test_folders_of_the_targets_own_are_entered_only_once_the_source_is_known(pair: Pair) -> None:
    pair.having({"a": "1"}, {"theirs": {"t": "t"}}).run()
    write(pair.source, "theirs/new", "n", pair.clock.tick())
    seen = looked_at(pair)
    assert [side for side, _ in seen].index("target") == 2
    assert tree(pair.target) == {"a": "1", "theirs": {"t": "t", "new": "n"}}
    assert pair.writes_of_another_run() == []
