"""What goes wrong, for how long, and which alarm has to tell a person of it.

Each kind is begun, stands for a while, and is over; then its alarm has to be cleared by itself, or
by what a person is asked to do.
"""

import asyncio
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Final

from demo.home_assistant_client import RefusedError
from demo.line import Cut, Door

from .users import users_files
from .world import ACCOUNT, OTHER_PASSWORD, RECORD, World

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_HOUR: Final = 3600
_RAISED: Final = 240.0  # seconds until an alarm has to stand
_FILLER: Final = "filler"


class AlarmError(Exception):
    """An alarm did not come, or did not go; the message says which."""


@dataclass(frozen=True)
class Trouble:
    """One kind of it."""

    name: str
    begin: Callable[[World], Awaitable[None]]
    end: Callable[[World], Awaitable[None]]
    raised: Callable[[World], Awaitable[bool]] | None = None
    """Whether the alarm stands; None where nobody has to be told."""


async def until(condition: Callable[[], Awaitable[bool]], what: str, limit: float) -> None:
    """Return once the condition holds; raise `AlarmError` where it does not in time."""
    try:
        async with asyncio.timeout(limit):
            while True:
                if await condition():
                    return
                await asyncio.sleep(0.5)
    except TimeoutError:
        raise AlarmError(f"Not within {limit:.0f} s: {what}") from None


async def _nothing(_world: World) -> None:
    """Leave it as it is."""


async def _all_well(world: World) -> bool:
    """Tell whether no share and no job says that something is wrong."""
    reachable = await world.status("reachable")
    problems = await world.status("problem")
    return all(state["state"] == "on" for state in reachable.values()) and not any(
        state["state"] == "on" for state in problems.values()
    )


async def _not_all_reachable(world: World) -> bool:
    return any(state["state"] == "off" for state in (await world.status("reachable")).values())


async def _a_job_does_not_go_on(world: World) -> bool:
    return any(
        state["state"] in {"waiting", "error", "held"}
        for state in (await world.status("job_status")).values()
    )


async def _a_job_has_a_problem(world: World) -> bool:
    return any(state["state"] == "on" for state in (await world.status("problem")).values())


async def _kill_server(world: World) -> None:
    await asyncio.to_thread(world.home.kill)


async def _start_server(world: World) -> None:
    await asyncio.to_thread(world.home.start)


async def _cut_line(world: World) -> None:
    world.line.drop(world.dice.choice((Cut.RESET, Cut.SILENCE)))
    world.line.door = world.dice.choice((Door.REFUSE, Door.SILENT))


async def _mend_line(world: World) -> None:
    world.line.door = Door.OPEN


async def _move_office(world: World) -> None:
    for users in world.pairs[1].users:
        users.write_large()
    await asyncio.sleep(1)  # so that it happens in the middle of them
    world.move_office()


async def _lead_to_stranger(world: World) -> None:
    world.lead_to_stranger()


async def _lead_home(world: World) -> None:
    folder = world.stranger.shares[0].path
    if found := [str(path.relative_to(folder)) for path in users_files(folder)]:
        raise AlarmError(f"A stranger was written to: {found[:3]}")
    world.lead_home()


async def _change_address(world: World) -> None:
    address = IPv4Address(world.echo.ipv4 or "") + 1
    world.echo.ipv4 = str(address)

    async def published() -> bool:
        return world.provider.records[RECORD].get(4) == str(address)

    # Looked for once a minute; and the provider takes an update a minute.
    await until(published, f"the record holds {address}", 200)


async def _fill_disk(world: World) -> None:
    folder = world.clips.seen_by_server(world.clips.shares[0].path)
    with (folder / _FILLER).open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(1 << 20))
        except OSError:
            pass  # which is what it was for
    for users in world.pairs[3].users:
        users.write_large()


async def _empty_disk(world: World) -> None:
    (world.clips.seen_by_server(world.clips.shares[0].path) / _FILLER).unlink()
    await world.press("sync_now")


async def _asked_for_password(world: World) -> bool:
    return bool(await world.reauthentications())


async def _change_password(world: World) -> None:
    await _with_account(world, OTHER_PASSWORD.password)


async def _change_password_back(world: World) -> None:
    await _with_account(world, ACCOUNT.password)
    for flow in await world.reauthentications():
        answer = {"username": ACCOUNT.name, "password": ACCOUNT.password}
        result = await world.answer(flow["flow_id"], answer)
        if result["type"] != "abort" or result["reason"] != "reauth_successful":
            raise RefusedError(f"The right password is refused: {result}")


async def _with_account(world: World, password: str) -> None:
    server = world.home
    await asyncio.to_thread(server.stop)
    server.accounts = (type(ACCOUNT)(ACCOUNT.name, password),)
    await asyncio.to_thread(server.start)


async def _kill_home_assistant(world: World) -> None:
    for pair in world.pairs[:2]:
        pair.users[0].write_large()
    await asyncio.sleep(world.dice.uniform(0.3, 2))
    await world.program.kill()
    await world.restart()


async def _set_clock_back(world: World) -> None:
    world.clock.set_by(-_HOUR // 2)


async def _set_clock_forward(world: World) -> None:
    world.clock.set_by(_HOUR)


ADDRESS_CHANGES: Final = Trouble("the address of this site changes", _change_address, _nothing)
SERVER_KILLED: Final = Trouble(
    "smbd is killed", _kill_server, _start_server, raised=_not_all_reachable
)
LINE_CUT: Final = Trouble("the line is cut", _cut_line, _mend_line, raised=_not_all_reachable)
OFFICE_MOVES: Final = Trouble(
    "the other site moves in the middle of a transfer", _move_office, _nothing
)
STRANGER: Final = Trouble(
    "the name leads to a stranger", _lead_to_stranger, _lead_home, raised=_a_job_does_not_go_on
)
DISK_FULL: Final = Trouble("a disk is full", _fill_disk, _empty_disk, raised=_a_job_has_a_problem)
PASSWORD: Final = Trouble(
    "the password is changed, and changed back",
    _change_password,
    _change_password_back,
    raised=_asked_for_password,
)
KILLED: Final = Trouble("Home Assistant is killed", _kill_home_assistant, _nothing)
CLOCK: Final = Trouble("the clock is set back and forward", _set_clock_back, _set_clock_forward)

ALL: Final = (
    ADDRESS_CHANGES,
    SERVER_KILLED,
    LINE_CUT,
    OFFICE_MOVES,
    STRANGER,
    DISK_FULL,
    PASSWORD,
    KILLED,
    CLOCK,
)


async def go_through(world: World, trouble: Trouble, stands: float) -> None:
    """Let one trouble come and go; raise `AlarmError` where its alarm does not."""
    await trouble.begin(world)
    try:
        if (raised := trouble.raised) is not None:
            await until(lambda: raised(world), f"an alarm while {trouble.name}", _RAISED)
        await asyncio.sleep(stands)
    finally:
        await trouble.end(world)


async def until_all_is_well(world: World, limit: float) -> None:
    """Return once no alarm stands any more; raise `AlarmError` where one stays."""
    try:
        await until(lambda: _all_well(world), "no share and no job tells of trouble", limit)
    except AlarmError as error:
        told = [
            f"{name}: {state['state']} {state['attributes'].get('detail', '')}".strip()
            for key in ("job_status", "share_status")
            for name, state in (await world.status(key)).items()
        ]
        raise AlarmError(f"{error} ({'; '.join(told)})") from None
    if asked := await world.reauthentications():
        raise AlarmError(f"A person is still asked for a password: {asked}")
