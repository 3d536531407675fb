"""Whatever fails, and whenever: nothing is lost, nothing is half, and the next run completes it."""

import contextlib
import time
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.sync.endpoint import (
    Cancelled,
    EndpointError,
    FileError,
    NeedsPerson,
    NoSpace,
    RelPath,
    Unavailable,
)
from custom_components.smb_ddns_sync.sync.hints import Scope
from custom_components.smb_ddns_sync.sync.names import OWN_FOLDER
from custom_components.smb_ddns_sync.sync.run import Ears

from .promises import Before, temporaries
from .trees import fill, node_at, remove, rename, trash, tree, write

if TYPE_CHECKING:
    from collections.abc import Callable

    from .pair import Pair


class Crash(BaseException):
    """The process ends here; nothing in the engine may catch it."""


def failing_at(number: int, error: Callable[[], BaseException]) -> Callable[[str, RelPath], None]:
    """Fail at one step, and at every step after it as long as the side is gone."""
    count = 0

    def before(_step: str, _path: RelPath) -> None:
        nonlocal count
        count += 1
        made = error()
        if count == number or (count > number and isinstance(made, Unavailable)):
            raise made

    return before


def healthy(_step: str, _path: RelPath) -> None:
    """Let every step succeed."""


def prepared(pair: Pair) -> Pair:
    """Return a synced pair in which everything that can change has changed."""
    pair.having(
        {
            "same": "same",
            "edited": "old",
            "deleted": "deleted",
            "folder": {"x": "x", "y": "y"},
            "becomes a file": {"z": "z"},
            "becomes a folder": "w",
            "bare": {},
            "renamed": "r",
            "renamed folder": {"s": "s", "t": "t", "u": {"v": "v"}},
        }
    ).run()
    rename(pair.source, "renamed", "under another name")
    rename(pair.source, "renamed folder", "another folder")
    rename(pair.source, "another folder/u/v", "moved out")
    write(pair.source, "another folder/t", "edited after the rename", pair.clock.tick())
    write(pair.source, "edited", "new", pair.clock.tick())
    remove(pair.source, "deleted")
    remove(pair.source, "folder")
    remove(pair.source, "bare")
    remove(pair.source, "becomes a file")
    write(pair.source, "becomes a file", "file", pair.clock.tick())
    remove(pair.source, "becomes a folder")
    fill(pair.source, {"inside": "i", "deep": {"j": "j" * 70_000}}, pair.clock, "becomes a folder")
    fill(pair.source, {"new": "new file", "new folder": {"n": "n"}}, pair.clock)
    write(pair.target, "same", "edited there", pair.clock.tick())
    return pair


def count_steps(pair: Pair, side: str) -> int:
    steps = []
    getattr(pair, side).before = lambda step, _path: steps.append(step)
    pair.run()
    getattr(pair, side).before = healthy
    return len(steps)


FAULTS: dict[str, Callable[[], BaseException]] = {
    "cut": lambda: Unavailable("side", "connection_lost"),
    "refused": lambda: NeedsPerson("side", "wrong_password"),
    "full": lambda: NoSpace("side", "full"),
    "denied": lambda: FileError("file", "access_denied"),
    "cancelled": lambda: Cancelled("run", "cancelled"),
    "crash": Crash,
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("side", ["source", "target"])
def test_a_fault_at_any_step_loses_nothing_and_the_next_run_completes_it(
    pair: Pair, fault: str, side: str
) -> None:
    before = Before.of(prepared(pair))
    steps = count_steps(pair.copied("count"), side)
    assert steps > 10
    for number in range(1, steps + 1):
        one = pair.copied(f"{number}")
        getattr(one, side).before = failing_at(number, FAULTS[fault])
        with contextlib.suppress(EndpointError, Crash):
            one.run()
        getattr(one, side).before = healthy
        before.check(one)

        one.run()

        before.check(one)
        assert tree(one.target) == tree(one.source), f"after a fault at step {number}"
        assert temporaries(one) == []
        assert one.writes_of_another_run() == [], f"after a fault at step {number}"


def test_a_full_target_keeps_the_old_version_and_takes_what_still_fits(pair: Pair) -> None:
    pair.having({"photo": "old", "small": "1"}).run()
    write(pair.source, "photo", "x" * 5_000_000, pair.clock.tick())
    write(pair.source, "small", "2", pair.clock.tick())
    pair.target.capacity = 3_000_000

    outcome = pair.run()

    assert tree(pair.target) == {"photo": "old", "small": "2"}
    assert [(problem.path, problem.cause) for problem in outcome.done.problems] == [
        ("photo", "full")
    ]
    assert temporaries(pair) == []


def test_a_target_that_is_full_against_what_it_said_keeps_the_old_version(pair: Pair) -> None:
    pair.having({"photo": "old", "small": "1"}).run()
    write(pair.source, "photo", "x" * 500_000, pair.clock.tick())
    pair.target.before = failing_on("write", "tmp", NoSpace("share", "full"), but=f"{OWN_FOLDER}/")

    outcome = pair.run()

    assert tree(pair.target) == {"photo": "old", "small": "1"}
    assert [problem.cause for problem in outcome.done.problems] == ["full"]
    assert temporaries(pair) == []


def failing_on(
    step: str, text: str, error: EndpointError, *, but: str = "\0"
) -> Callable[[str, RelPath], None]:
    def before(found: str, path: RelPath) -> None:
        if found == step and text in path and not path.startswith(but):
            raise error

    return before


def test_a_folder_that_cannot_be_listed_is_unknown_and_the_rest_is_synced(pair: Pair) -> None:
    pair.having({"locked": {"a": "1", "deep": {"b": "2"}}, "c": "3"}).run()
    node_at(pair.source, "locked").denied = True
    write(pair.source, "c", "4", pair.clock.tick())

    outcome = pair.run()

    assert tree(pair.target) == {"locked": {"a": "1", "deep": {"b": "2"}}, "c": "4"}
    assert trash(pair.target) == {"c": "3"}
    assert [(problem.path, problem.cause) for problem in outcome.done.problems] == [
        ("locked", "access_denied")
    ]


def test_a_folder_of_the_target_that_cannot_be_listed_is_left_alone(pair: Pair) -> None:
    pair.having({"locked": {"a": "1", "b": "2"}, "c": "3"}).run()
    node_at(pair.target, "locked").denied = True
    write(pair.source, "locked/a", "edited", pair.clock.tick())
    remove(pair.source, "locked/b")

    outcome = pair.run()

    assert outcome.done.problem_count == 1
    node_at(pair.target, "locked").denied = False
    assert tree(pair.target) == {"locked": {"a": "1", "b": "2"}, "c": "3"}


def test_a_deleted_folder_stays_where_a_part_of_it_cannot_be_listed(pair: Pair) -> None:
    pair.having({"d": {"a": "1", "locked": {"b": "2"}}, "c": "3"}).run()
    node_at(pair.target, "d/locked").denied = True
    remove(pair.source, "d")

    pair.run()

    node_at(pair.target, "d/locked").denied = False
    assert tree(pair.target) == {"d": {"locked": {"b": "2"}}, "c": "3"}
    assert trash(pair.target) == {"d": {"a": "1"}}


def test_a_source_that_cannot_be_listed_at_all_changes_nothing(pair: Pair) -> None:
    pair.having({"a": "1"}).run()
    node_at(pair.source, "").denied = True
    pair.target.writes.clear()

    with pytest.raises(EndpointError):
        pair.run()

    assert pair.target.writes == []


@pytest.mark.parametrize("side", ["source", "target"])
def test_a_file_that_is_in_use_is_put_off_and_others_go_on(pair: Pair, side: str) -> None:
    pair.having({"open": "1", "free": "1"}).run()
    node_at(getattr(pair, side), "open").in_use = True
    write(pair.source, "open", "2", pair.clock.tick())
    write(pair.source, "free", "2", pair.clock.tick())

    outcome = pair.run()

    assert tree(pair.target) == {"open": "1", "free": "2"}
    assert outcome.done.in_use.keys() == {"open"}
    assert outcome.done.problems == []


def test_a_file_that_changes_while_it_is_copied_is_not_taken_for_that_version(
    pair: Pair,
) -> None:
    pair.having({"log": "first", "other": "1"})
    pair.source.before = growing(pair, "log", " and more")

    outcome = pair.run()

    assert tree(pair.target) == {"other": "1"}
    assert outcome.done.deferred == {RelPath("log")}
    assert temporaries(pair) == []
    pair.source.before = healthy
    pair.run()
    assert tree(pair.target) == {"log": "first and more", "other": "1"}


def growing(pair: Pair, path: str, text: str) -> Callable[[str, RelPath], None]:
    def before(step: str, found: RelPath) -> None:
        if step == "read" and found == path:
            node = node_at(pair.source, path)
            node.content += text.encode()
            node.modified = pair.clock.tick()

    return before


def test_a_file_that_was_deleted_before_it_was_copied_is_no_problem(pair: Pair) -> None:
    pair.having({"brief": "1", "other": "2"})
    gone = False

    def before(step: str, path: RelPath) -> None:
        nonlocal gone
        if step == "open" and path == "brief" and not gone:
            gone = True
            remove(pair.source, "brief")

    pair.source.before = before
    outcome = pair.run()

    assert outcome.done.problem_count == 0
    assert tree(pair.target) == {"other": "2"}


def test_a_target_that_changes_between_plan_and_act_is_not_overwritten_unseen(
    pair: Pair,
) -> None:
    pair.having({"a": "1"}).run()
    write(pair.source, "a", "2", pair.clock.tick())
    pair.source.before = editing_target(pair, "a", "theirs")

    pair.run()

    assert tree(pair.target) == {"a": "theirs"}
    pair.source.before = healthy
    pair.run()
    assert tree(pair.target) == {"a": "2"}
    assert trash(pair.target) == {"a": "theirs"}


def editing_target(pair: Pair, path: str, text: str) -> Callable[[str, RelPath], None]:
    def before(step: str, _found: RelPath) -> None:
        if step == "open":
            write(pair.target, path, text, pair.clock.tick())

    return before


def test_a_file_that_is_back_on_the_source_when_its_copy_is_to_go_stays(pair: Pair) -> None:
    pair.having({"a": "1", "b": "2"}).run()
    node = node_at(pair.source, "a")
    remove(pair.source, "a")

    def before(step: str, path: RelPath) -> None:
        if step == "look" and path == "a":
            node_at(pair.source, "").children["a"] = node

    pair.source.before = before
    outcome = pair.run()

    assert tree(pair.target) == {"a": "1", "b": "2"}
    assert outcome.done.deferred == {RelPath("a")}


def test_a_root_that_is_swapped_after_the_scan_is_never_written_to(pair: Pair) -> None:
    pair.having({"a": "1", "b": "2"}).run()
    remove(pair.source, "a")
    pair.target.writes.clear()
    identified = 0

    def before(step: str, _path: RelPath) -> None:
        nonlocal identified
        if step == "identify":
            identified += 1
            if identified == 2:
                pair.target.volume = 77

    pair.target.before = before
    with pytest.raises(EndpointError, match="foreign target"):
        pair.run()

    assert pair.target.writes == []


def test_a_cancelled_run_ends_between_two_blocks_and_leaves_nothing_half(pair: Pair) -> None:
    pair.having({"large": "x" * 1_000_000, "other": "1"})
    reads = 0

    def before(step: str, _path: RelPath) -> None:
        nonlocal reads
        reads += step == "read"

    pair.source.before = before
    with pytest.raises(Cancelled):
        pair.run(ears=Ears(cancelled=lambda: reads >= 3))

    assert reads == 3
    assert tree(pair.target) == {}
    pair.source.before = healthy
    pair.run()
    assert tree(pair.target) == tree(pair.source)


def test_a_file_that_was_written_just_now_waits_until_it_is_at_rest(pair: Pair) -> None:
    pair.having({"a": "1"}).run()
    fresh = node_at(pair.source, "a")
    fresh.content, fresh.modified = b"22", fresh.modified + 10**18

    outcome = pair.run()
    assert outcome.done.deferred == set()  # a time in the future says nothing about now

    fresh.content, fresh.modified = b"333", time.time_ns()
    outcome = pair.run()
    assert outcome.done.deferred == {RelPath("a")}
    assert tree(pair.target) == {"a": "22"}


def test_a_file_whose_writer_closed_it_needs_no_rest(pair: Pair) -> None:
    pair.having({"a": "1"}).run()
    fresh = node_at(pair.source, "a")
    fresh.content, fresh.modified = b"22", time.time_ns()

    pair.run(
        scope=Scope(
            everything=False,
            folders=frozenset({RelPath("")}),
            finished=frozenset({RelPath("a")}),
        )
    )

    assert tree(pair.target) == {"a": "22"}
