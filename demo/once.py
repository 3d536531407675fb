"""The demo without staying: wait for the first update and the first sync, and say what is."""

import asyncio
import time
from typing import TYPE_CHECKING

from .home_assistant_events import connect
from .site import RECORD_NAME
from .story import OurEntity, Story

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .comparison import Comparison
    from .console import Console
    from .home_assistant_client import Json
    from .site import Site

_LIMIT = 180.0  # seconds for the address, the record and the first sync


async def once(site: Site, console: Console) -> int:
    """Return 0 if everything is right within the limit, else 1."""
    await site.make_entries()
    async with connect(site.session, site.client) as events:
        story = Story(events)
        async with console.step("Waiting for the record and the first sync"):
            wrong = await until_right(site, story)
        states = await site.client.states()
        console.line("\nEntities")
        for line in _table(story, await story.entities(), states):
            console.line(f"  {line}")
        comparison = await asyncio.to_thread(site.compare)
        console.line(f"\n{site.sample} and {site.copy}")
        for line in comparison.lines():
            console.line(f"  {line}")
    await site.client.leave()
    if wrong:
        console.line("\nNot right: " + "; ".join(wrong))
        return 1
    console.line("\nAll is right: the record is updated and both folders hold the same.")
    return 0


async def until_right(site: Site, story: Story) -> list[str]:
    """Wait for everything to be right, and return what is not when the limit has passed."""
    deadline = time.monotonic() + _LIMIT
    while True:
        entities = await story.entities()
        states = await site.client.states()
        comparison = await asyncio.to_thread(site.compare)
        wrong = _wrong(site, entities, states, comparison)
        if not wrong or time.monotonic() > deadline:
            return wrong
        await asyncio.sleep(0.5)


def _wrong(
    site: Site, entities: list[OurEntity], states: Mapping[str, Json], comparison: Comparison
) -> list[str]:
    """Return what is not as it should be, in words."""
    found = {entity.key: states.get(entity.entity_id, {}).get("state") for entity in entities}
    address = str(site.address)
    wanted = {
        "public_ipv4": address,
        "published_ipv4": address,
        "record_status": "in_sync",
        "share_status": "ok",
        "last_result": "completed",
        "job_status": "watching",
    }
    wrong = [
        f"{key} is {found.get(key)} instead of {value}"
        for key, value in wanted.items()
        if found.get(key) != value
    ]
    held = site.provider.records[RECORD_NAME].get(4)
    if held != address:
        wrong.append(f"the provider holds {held} instead of {address}")
    if not comparison.equal:
        wrong.append("the folders differ")
    return wrong


def _table(story: Story, entities: list[OurEntity], states: Mapping[str, Json]) -> list[str]:
    rows = [
        (
            entity.device,
            story.name(entity),
            entity.entity_id,
            _value(story, entity, states.get(entity.entity_id)),
        )
        for entity in entities
    ]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    return [
        "  ".join(
            [*(cell.ljust(width) for cell, width in zip(row[:3], widths, strict=True)), row[3]]
        )
        for row in sorted(rows)
    ]


def _value(story: Story, entity: OurEntity, state: Json | None) -> str:
    if state is None:
        return "no state"
    unit = state["attributes"].get("unit_of_measurement")
    text = story.state_text(entity, state["state"])
    return f"{text} {unit}" if unit else text
