"""The order of events: edits all the time, one trouble after the other, then rest."""

import asyncio
from dataclasses import dataclass, field
import time
from typing import TYPE_CHECKING, Final

from .gauges import Gauges
from .trouble import ALL, KILLED, AlarmError, Trouble, go_through, until_all_is_well
from .verdict import broken_promises, differences

if TYPE_CHECKING:
    from .world import World

_WEEK: Final = 7 * 24 * 3600  # seconds, by the clock on the wall
_EDITS: Final = 12  # of each user, one after the other
_BETWEEN: Final = (0.5, 3.0)  # seconds between such
_STANDS: Final = (3.0, 20.0)  # seconds that a trouble stands after its alarm
_WELL: Final = 240.0  # seconds until no alarm stands any more
_REST: Final = 300.0  # seconds until both sides are the same, once nobody writes
_READING: Final = 5.0  # seconds


@dataclass
class Week:
    """What happened, and what was not as promised."""

    troubles: dict[str, int] = field(default_factory=dict)
    edits: int = 0
    faults: list[str] = field(default_factory=list)
    gauges: Gauges = field(default_factory=Gauges)
    log_bytes: int = 0
    log_lines: int = 0


async def play(world: World, seconds: float) -> Week:
    """Let a week pass in so many seconds, and say what came of it."""
    week = Week()
    over = asyncio.Event()
    around = [
        asyncio.create_task(_edit(world, over)),
        asyncio.create_task(_read_gauges(world, week, over)),
        asyncio.create_task(_pass_time(world, seconds, over)),
    ]
    try:
        await _troubles(world, week, time.monotonic() + seconds)
    finally:
        over.set()
        await asyncio.gather(*around)
    week.edits = sum(users.edits for pair in world.pairs for users in pair.users)
    await _come_to_rest(world, week)
    log = world.program.log.read_bytes()
    week.log_bytes, week.log_lines = len(log), log.count(b"\n")
    week.faults += week.gauges.faults()
    return week


async def _troubles(world: World, week: Week, deadline: float) -> None:
    """Let one trouble after the other come, each kind before any comes again."""
    coming: list[Trouble] = []
    # The last life of Home Assistant is watched for growth, so that it is not killed any more.
    last_kill = time.monotonic() + (deadline - time.monotonic()) / 3
    while time.monotonic() < deadline:
        if not coming:
            coming = list(ALL)
            world.dice.shuffle(coming)
            coming.sort(key=lambda each: each is KILLED)  # it is taken from the end
        trouble = coming.pop()
        if trouble is KILLED and time.monotonic() > last_kill and KILLED.name in week.troubles:
            continue
        world.console.now(trouble.name)
        week.troubles[trouble.name] = week.troubles.get(trouble.name, 0) + 1
        try:
            await go_through(world, trouble, world.dice.uniform(*_STANDS))
            await until_all_is_well(world, _WELL)
        except AlarmError as error:
            week.faults.append(f"{trouble.name}: {error}")
            world.console.now(week.faults[-1])


async def _edit(world: World, over: asyncio.Event) -> None:
    everybody = [users for pair in world.pairs for users in pair.users]
    while not over.is_set():
        users = world.dice.choice(everybody)
        await asyncio.to_thread(users.act, _EDITS)
        await asyncio.sleep(world.dice.uniform(*_BETWEEN))


async def _read_gauges(world: World, week: Week, over: asyncio.Event) -> None:
    while not over.is_set():
        week.gauges.note(world.program.pid)
        await asyncio.sleep(_READING)


async def _pass_time(world: World, seconds: float, over: asyncio.Event) -> None:
    """Set the clock forward all the time, so that a week is over when the play is."""
    while not over.is_set():
        async with world.steady:
            world.clock.set_by(int(_WEEK / seconds * _READING))
        await asyncio.sleep(_READING)


async def _come_to_rest(world: World, week: Week) -> None:
    """Wait until both sides of every pair are the same, and look at what was promised."""
    async with world.console.step("Waiting for both sides of everything to be the same"):
        await world.press("sync_now")
        deadline = time.monotonic() + _REST
        while True:
            found = [
                line
                for pair in world.pairs
                for line in await asyncio.to_thread(differences, world, pair)
            ]
            if not found or time.monotonic() > deadline:
                break
            await asyncio.sleep(3)
    week.faults += [*found[:5], *([f"… and {len(found) - 5} more"] if len(found) > 5 else [])]
    for pair in world.pairs:
        week.faults += await asyncio.to_thread(broken_promises, world, pair)
    try:
        await until_all_is_well(world, _WELL)
    except AlarmError as error:
        week.faults.append(f"in the end: {error}")
    week.faults += [f"a repair is left: {it['translation_key']}" for it in await world.repairs()]
