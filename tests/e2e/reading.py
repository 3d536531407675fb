"""Reading the states of our entities, each by its device and its key."""

from typing import TYPE_CHECKING

from demo.home_assistant_events import connect
from demo.story import Story

from .waiting import until

if TYPE_CHECKING:
    from demo.home_assistant_client import Json
    from demo.site import Site

SHARE_DEVICE = "demo (127.0.0.1)"


class Reader:
    """Knows which entity tells what."""

    def __init__(self, site: Site, entity_ids: dict[tuple[str, str], str]) -> None:
        self._site = site
        self._entity_ids = entity_ids

    @classmethod
    async def of(cls, site: Site) -> Reader:
        """Learn of the entities that are there."""
        async with connect(site.session, site.client) as events:
            entities = await Story(events).entities()
        return cls(site, {(it.device, it.key): it.entity_id for it in entities})

    def entity_id(self, device: str, key: str) -> str:
        """Return the id of an entity."""
        return self._entity_ids[device, key]

    async def read(self, device: str, key: str) -> Json:
        """Return the state of an entity with its attributes."""
        found: Json = await self._site.client.get(f"/api/states/{self.entity_id(device, key)}")
        return found

    async def until(self, device: str, key: str, value: str, limit: float = 90) -> None:
        """Wait until an entity has this state."""

        async def is_so() -> bool:
            return bool((await self.read(device, key))["state"] == value)

        await until(is_so, f"{key} of {device} is {value}", limit)
