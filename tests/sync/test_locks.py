"""A run locks each side that it may write on: all of them or none, in one order for everybody."""

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.sync.endpoint import NeedsPerson, RelPath
from custom_components.smb_ddns_sync.sync.endpoints.memory import MemoryEndpoint
from custom_components.smb_ddns_sync.sync.lock import GONE_AFTER, LOCK, Lock, Locked
from custom_components.smb_ddns_sync.sync.locks import Locks
from custom_components.smb_ddns_sync.sync.names import OWN_FOLDER, RunToken
from custom_components.smb_ddns_sync.sync.run import Ears
from custom_components.smb_ddns_sync.sync.settings import Mode

from .hours import Hours
from .pair import SETTINGS, Pair
from .trees import remove, tree

if TYPE_CHECKING:
    from custom_components.smb_ddns_sync.sync.endpoint import Endpoint


def a_lock(side: Endpoint, hours: Hours, who: str = "here") -> Lock:
    return Lock(side, RunToken.new().value, who, RunToken.new(), hours.clock)


def both(one: Endpoint, other: Endpoint, hours: Hours) -> Locks:
    return Locks((side.identify(), a_lock(side, hours)) for side in (one, other))


def is_locked(side: MemoryEndpoint) -> bool:
    return side.find(LOCK) is not None


@pytest.mark.parametrize(
    ("settings", "source_is_locked"),
    [
        (SETTINGS, False),
        (replace(SETTINGS, mode=Mode.COPY), False),
        (replace(SETTINGS, mode=Mode.COPY, clear_source_after=timedelta(days=1)), True),
        (replace(SETTINGS, mode=Mode.TWO_WAY), True),
    ],
)
def test_the_source_is_locked_where_a_run_may_write_there(
    pair: Pair, settings: object, *, source_is_locked: bool
) -> None:
    pair.settings = settings  # type: ignore[assignment]
    pair.having({"a": "1"})
    seen: list[tuple[bool, bool]] = []

    def look(_progress: object) -> None:
        seen.append((is_locked(pair.source), is_locked(pair.target)))

    pair.run(ears=Ears(progress=look))

    assert (source_is_locked, True) in seen
    assert (not source_is_locked, True) not in seen
    assert (is_locked(pair.source), is_locked(pair.target)) == (False, False)


def test_a_source_that_takes_no_writes_can_be_mirrored(pair: Pair) -> None:
    pair.having({"a": "1"})

    def refuse(step: str, path: RelPath) -> None:
        if step not in {"identify", "list", "look", "open", "read", "free_space"}:
            raise NeedsPerson(path, "read_only")

    pair.source.before = refuse
    assert pair.run().done.files_copied == 1


def test_two_jobs_with_crossed_sides_take_the_same_lock_first() -> None:
    order: list[int] = []
    one, other = (
        MemoryEndpoint(
            volume=volume,
            before=lambda step, path, volume=volume: (  # type: ignore[misc]
                order.append(volume) if (step, path) == ("rename", LOCK) else None
            ),
        )
        for volume in (1, 2)
    )
    for sides in ((one, other), (other, one)):
        locks = both(*sides, Hours())
        locks.take()
        locks.release()

    assert order == [1, 2, 1, 2]


def test_who_does_not_get_all_locks_holds_none() -> None:
    one, other, hours = MemoryEndpoint(volume=1), MemoryEndpoint(volume=2), Hours()
    holder = a_lock(other, hours, "there")
    holder.take()
    hours.meanwhile = holder.show_life

    with pytest.raises(Locked, match="there"):
        both(one, other, hours).take()

    assert not is_locked(one)
    holder.prove()


def test_who_waits_for_one_lock_shows_life_on_the_other() -> None:
    one, other, hours = MemoryEndpoint(volume=1), MemoryEndpoint(volume=2), Hours()
    a_lock(other, hours, "crashed").take()
    locks = both(one, other, hours)

    locks.take()

    assert hours.passed >= GONE_AFTER
    signs = [path for step, path in one.writes if (step, path) == ("rename", LOCK)]
    assert len(signs) > GONE_AFTER / 10
    locks.prove()


def test_a_full_side_can_be_locked_to_delete_there(pair: Pair) -> None:
    pair.having({f"{number}": "x" * 100 for number in range(4)}).run()
    pair.target.capacity = 0
    remove(pair.source, "0")

    outcome = pair.run()

    assert outcome.done.files_trashed == 1
    assert sorted(tree(pair.target)) == ["1", "2", "3"]
    assert not is_locked(pair.target)


def test_a_lock_on_a_full_side_keeps_others_out_like_any_other() -> None:
    side, hours = MemoryEndpoint(), Hours()
    side.make_folder(RelPath(OWN_FOLDER))
    side.capacity = 0
    holder = a_lock(side, hours)
    holder.take()
    hours.meanwhile = holder.show_life

    with pytest.raises(Locked):
        a_lock(side, hours).take()

    hours.meanwhile = lambda: None
    a_lock(side, hours).take()
    with pytest.raises(Locked):
        holder.prove()
