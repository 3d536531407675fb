"""Large files: another run goes on where one broke off, and only what has changed is sent."""

from contextlib import closing
from dataclasses import replace
import random
import sqlite3
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.sync.endpoint import (
    Cancelled,
    EndpointError,
    NoSpace,
    RelPath,
    Unavailable,
)
from custom_components.smb_ddns_sync.sync.names import OWN_FOLDER, is_temporary, name_of
from custom_components.smb_ddns_sync.sync.partial import LONGEST
from custom_components.smb_ddns_sync.sync.settings import Mode, Sizes

from .pair import SETTINGS, Pair
from .promises import Before, temporaries
from .test_faults import Crash, failing_at, healthy
from .trees import remove, rename, trash, tree, write

if TYPE_CHECKING:
    from collections.abc import Callable

BLOCK = 1 << 18  # the smallest that digests are made of
PIECE = 1 << 16  # what a side in memory reads at a time
EVERY = 2 * BLOCK
COMPARING = 2 * PIECE  # what counts for reading a file to compare it: 1 MiB at a time
LARGE = "".join(random.Random(1).choices("abcdefgh", k=6 * BLOCK + 100))


def edited(text: str, at: int, length: int = 10) -> str:
    """Return the text with other characters at an offset."""
    return text[:at] + "X" * length + text[at + length :]


@pytest.fixture(name="pair")
def pair_fixture(pair: Pair) -> Pair:
    """Return a pair for which half a MiB is large."""
    return replace(pair, settings=replace(SETTINGS, sizes=Sizes(EVERY, EVERY)))


class Reads:
    """How much of the source's files is read, and what happens after so much."""

    def __init__(
        self, pair: Pair, *, end: Callable[[], BaseException] | None = None, at: int = 0
    ) -> None:
        self.count = 0
        self._end, self._at = end, at
        pair.source.before = self._before

    def _before(self, step: str, _path: RelPath) -> None:
        if step == "read":
            if self._end is not None and self.count * PIECE >= self._at:
                raise self._end()
            self.count += 1

    @property
    def bytes(self) -> int:
        """Bytes that were read, to the piece."""
        return self.count * PIECE


ENDS: dict[str, Callable[[], BaseException]] = {
    "cancelled": lambda: Cancelled("run", "cancelled"),
    "cut off from the source": lambda: Unavailable("source", "connection_lost"),
    "killed": Crash,
}


def break_off(pair: Pair, end: str = "cancelled", at: int = 5 * BLOCK) -> None:
    """Let a run end when so much of the source was read."""
    Reads(pair, end=ENDS[end], at=at)
    with pytest.raises((EndpointError, Crash)):
        pair.run()
    pair.source.before = healthy


@pytest.mark.parametrize("end", ENDS)
def test_another_run_goes_on_where_one_broke_off(pair: Pair, end: str) -> None:
    pair.having({"film": LARGE})
    break_off(pair, end)
    reads = Reads(pair)

    pair.run()

    assert tree(pair.target) == {"film": LARGE}
    rest = len(LARGE) - (4 if end == "killed" else 5) * BLOCK  # the last checkpoint, if it crashed
    assert rest <= reads.bytes < rest + PIECE
    assert pair.writes_of_another_run() == []


@pytest.mark.parametrize("side", ["source", "target"])
@pytest.mark.parametrize("end", ENDS)
def test_a_large_file_that_is_broken_off_anywhere_is_old_or_new_and_arrives_in_the_end(
    pair: Pair, end: str, side: str
) -> None:
    pair.having({"film": LARGE[: 5 * BLOCK], "small": "1"}).run()
    write(pair.source, "film", edited(LARGE, BLOCK), pair.clock.tick())
    before = Before.of(pair)
    for number in range(1, 60):
        one = pair.copied(f"{number}")
        getattr(one, side).before = failing_at(number, ENDS[end])
        try:
            one.run()
        except EndpointError, Crash:
            getattr(one, side).before = healthy
            before.check(one)
            one.run()
        getattr(one, side).before = healthy
        before.check(one)
        assert tree(one.target) == tree(one.source), f"after an end at step {number}"
        assert temporaries(one) == []
        assert one.writes_of_another_run() == []


def test_a_line_that_breaks_again_and_again_carries_a_large_file_all_the_same(pair: Pair) -> None:
    pair.having({"film": LARGE})
    for _ in range(5):
        break_off(pair, at=BLOCK)

    pair.run()

    assert tree(pair.target) == {"film": LARGE}


def test_a_temporary_of_a_version_that_is_no_more_is_swept(pair: Pair) -> None:
    pair.having({"film": LARGE, "clip": LARGE[::-1]})
    break_off(pair, at=len(LARGE) + 5 * BLOCK)
    assert len(temporaries(pair)) == 1
    write(pair.source, "film", edited(LARGE, 5), pair.clock.tick())
    write(pair.source, "clip", edited(LARGE, 6), pair.clock.tick())

    pair.run()

    assert tree(pair.target) == {"film": edited(LARGE, 5), "clip": edited(LARGE, 6)}
    assert temporaries(pair) == []


@pytest.mark.parametrize("change", ["deleted", "renamed"])
def test_a_temporary_of_a_file_that_is_no_more_is_swept(pair: Pair, change: str) -> None:
    pair.having({"film": LARGE, "other": "1"})
    break_off(pair)
    if change == "deleted":
        remove(pair.source, "film")
    else:
        rename(pair.source, "film", "movie")

    pair.run()

    assert tree(pair.target) == tree(pair.source)
    assert temporaries(pair) == []


def test_a_file_of_the_same_size_and_time_but_another_id_is_begun_anew(pair: Pair) -> None:
    pair.having({"film": LARGE})
    break_off(pair)
    modified = pair.clock.tick()
    write(pair.source, "film", LARGE, modified)
    remove(pair.source, "film")
    write(pair.source, "film", LARGE[::-1], modified)

    pair.run()

    assert tree(pair.target) == {"film": LARGE[::-1]}
    assert temporaries(pair) == []


def test_a_temporary_that_lost_what_it_had_is_begun_anew(pair: Pair) -> None:
    pair.having({"film": LARGE})
    break_off(pair)
    (name,) = temporaries(pair)
    left = pair.target.find(RelPath(name))
    assert left is not None
    left.content = left.content[:BLOCK]

    pair.run()

    assert tree(pair.target) == {"film": LARGE}
    assert temporaries(pair) == []


def test_a_temporary_that_came_no_further_for_a_week_is_swept(pair: Pair) -> None:
    pair.having({"film": LARGE})
    break_off(pair)
    with closing(sqlite3.connect(pair.state_file, autocommit=True)) as state:
        state.execute("UPDATE partial SET kept_at = kept_at - ?", (LONGEST.total_seconds() + 60,))
    reads = Reads(pair)

    pair.run()

    assert tree(pair.target) == {"film": LARGE}
    assert reads.bytes >= len(LARGE)
    assert temporaries(pair) == []


def test_a_state_that_is_lost_begins_anew_and_sweeps_what_is_left_after_a_day(pair: Pair) -> None:
    pair.having({"film": LARGE})
    break_off(pair)
    pair.state_file.unlink()

    pair.run()

    film = {path: text for path, text in tree(pair.target).items() if not is_temporary(path)}
    assert film == {"film": LARGE}
    assert len(temporaries(pair)) == 1  # it may be another Home Assistant's


def test_what_was_begun_needs_room_for_its_rest_only(pair: Pair) -> None:
    pair.having({"film": LARGE})
    break_off(pair)
    reserve = 1 << 20
    pair.target.capacity = len(LARGE) + reserve + 1000

    outcome = pair.run()

    assert outcome.done.problems == []
    assert tree(pair.target) == {"film": LARGE}


def test_what_was_begun_and_is_gone_needs_room_for_all_of_it(pair: Pair) -> None:
    pair.having({"film": LARGE})
    break_off(pair)
    (name,) = temporaries(pair)
    remove(pair.target, name)
    pair.target.capacity = len(LARGE) + 1000

    outcome = pair.run()

    assert [problem.cause for problem in outcome.done.problems] == ["full"]


def test_a_temporary_that_did_not_fit_makes_room_for_others(pair: Pair) -> None:
    pair.having({"film": LARGE, "small": "1"})

    def full(step: str, path: RelPath) -> None:
        if (
            step == "write"
            and is_temporary(name_of(path))
            and not path.startswith(f"{OWN_FOLDER}/")
        ):
            found = pair.target.find(path)
            if found is not None and len(found.content) >= 5 * BLOCK:
                raise NoSpace("share", "full")

    pair.target.before = full

    outcome = pair.run()

    assert tree(pair.target) == {"small": "1"}
    assert [problem.cause for problem in outcome.done.problems] == ["full"]


def sent_by_a_run(pair: Pair) -> int:
    """Return how many bytes of a large file one run sends, beside reading it once to compare."""
    reads = Reads(pair)
    pair.run()
    assert tree(pair.target) == tree(pair.source)
    sent = reads.bytes - COMPARING
    assert pair.writes_of_another_run() == []
    return sent


def test_only_the_blocks_that_have_changed_are_sent(pair: Pair) -> None:
    pair.having({"film": LARGE}).run()
    write(pair.source, "film", edited(LARGE, 3 * BLOCK + 7), pair.clock.tick())

    assert 0 < sent_by_a_run(pair) <= BLOCK + PIECE
    assert trash(pair.target) == {"film": LARGE}


def test_what_was_sent_as_changes_is_known_for_the_next_change(pair: Pair) -> None:
    pair.having({"film": LARGE}).run()
    for at in (BLOCK, 3 * BLOCK, 6 * BLOCK):
        write(pair.source, "film", edited(LARGE, at), pair.clock.tick())
        assert sent_by_a_run(pair) <= 2 * BLOCK + PIECE  # what was new before is old again


def test_what_was_carried_over_by_two_runs_is_known_as_if_by_one(pair: Pair) -> None:
    pair.having({"film": LARGE})
    break_off(pair)
    pair.run()
    write(pair.source, "film", edited(LARGE, BLOCK), pair.clock.tick())

    assert sent_by_a_run(pair) <= BLOCK + PIECE


def test_a_file_that_was_renamed_is_sent_as_changes(pair: Pair) -> None:
    pair.having({"film": LARGE, "folder": {"x": "1"}}).run()
    rename(pair.source, "film", "folder/movie")
    pair.run()
    write(pair.source, "folder/movie", edited(LARGE, BLOCK), pair.clock.tick())

    assert sent_by_a_run(pair) <= BLOCK + PIECE


@pytest.mark.parametrize("size", [2 * BLOCK, 3 * BLOCK + 5, len(LARGE) + BLOCK])
def test_a_file_that_grew_or_was_cut_short_arrives(pair: Pair, size: int) -> None:
    pair.having({"film": LARGE}).run()
    write(pair.source, "film", (LARGE * 2)[:size], pair.clock.tick())

    pair.run()

    assert tree(pair.target) == tree(pair.source)
    assert trash(pair.target) == {"film": LARGE}


def test_a_file_that_is_new_all_over_is_sent_whole(pair: Pair) -> None:
    pair.having({"film": LARGE}).run()
    write(pair.source, "film", LARGE[::-1], pair.clock.tick())
    reads = Reads(pair)

    pair.run()

    assert tree(pair.target) == {"film": LARGE[::-1]}
    # Once more than half of it is known to be new, nothing more is compared.
    assert len(LARGE) < reads.bytes <= len(LARGE) + 2 * PIECE


def test_a_version_that_the_base_does_not_know_is_not_built_on(pair: Pair) -> None:
    pair.having({"film": LARGE}).run()
    write(pair.target, "film", edited(LARGE, 5 * BLOCK), pair.clock.tick())
    write(pair.source, "film", edited(LARGE, BLOCK), pair.clock.tick())

    pair.run()

    assert tree(pair.target) == {"film": edited(LARGE, BLOCK)}
    assert trash(pair.target) == {"film": edited(LARGE, 5 * BLOCK)}


def test_in_two_way_mode_each_side_is_sent_what_changed_on_the_other(pair: Pair) -> None:
    pair.settings = replace(pair.settings, mode=Mode.TWO_WAY)
    pair.having({"film": LARGE}).run()
    write(pair.target, "film", edited(LARGE, BLOCK), pair.clock.tick())
    pair.run()
    assert tree(pair.source) == {"film": edited(LARGE, BLOCK)}
    write(pair.source, "film", edited(LARGE, 9), pair.clock.tick())

    assert sent_by_a_run(pair) <= 2 * BLOCK + PIECE  # what was new before is old again


def test_a_source_that_changes_while_it_is_compared_is_not_committed(pair: Pair) -> None:
    pair.having({"film": LARGE}).run()
    write(pair.source, "film", edited(LARGE, BLOCK), pair.clock.tick())
    reads = Reads(pair)
    count = reads._before

    def grows(step: str, path: RelPath) -> None:
        count(step, path)
        if step == "read" and reads.count == 2:
            write(pair.source, "film", edited(LARGE, 2 * BLOCK), pair.clock.tick())

    pair.source.before = grows

    outcome = pair.run()

    assert tree(pair.target) == {"film": LARGE}
    assert outcome.done.deferred == {"film"}
    pair.source.before = healthy
    pair.run()
    assert tree(pair.target) == {"film": edited(LARGE, 2 * BLOCK)}


def test_what_was_spoilt_on_its_way_is_told_and_the_old_version_stays(pair: Pair) -> None:
    pair.settings = replace(pair.settings, verify=True)
    pair.having({"film": LARGE}).run()
    write(pair.source, "film", edited(LARGE, BLOCK), pair.clock.tick())

    def spoil(step: str, path: RelPath) -> None:
        if (
            step == "write"
            and is_temporary(name_of(path))
            and not path.startswith(f"{OWN_FOLDER}/")
        ):
            found = pair.target.find(path)
            if found is not None and found.content:
                found.content = b"?" + found.content[1:]

    pair.target.before = spoil

    outcome = pair.run()

    assert tree(pair.target) == {"film": LARGE}
    assert [problem.cause for problem in outcome.done.problems] == ["spoilt"]
    assert outcome.done.worth_a_retry
