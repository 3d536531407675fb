"""What happens in Home Assistant, told in plain words as it happens."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .home_assistant_client import Json, RefusedError

if TYPE_CHECKING:
    from .home_assistant_events import EventConnection

DOMAIN = "smb_ddns_sync"
UNKNOWN = frozenset({"unknown", "unavailable"})


@dataclass(frozen=True, slots=True)
class OurEntity:
    """An entity of the integration: its key is the same in code, translations and here."""

    entity_id: str
    key: str
    device: str


@dataclass(frozen=True, slots=True)
class Change:
    """One entity's new state. `text` is the state in the words of the interface."""

    entity: OurEntity
    old: str | None
    new: str
    text: str
    attributes: Mapping[str, Any]


type Sentence = Callable[[Change], str | None]


def _run(change: Change) -> str | None:
    told = change.attributes
    kind = told.get("event_type")
    job = change.entity.device
    if kind == "completed":
        copied, trashed = told.get("files_copied", 0), told.get("files_trashed", 0)
        if not copied and not trashed:
            return None  # nothing had to be done, which is no news
        done = [
            text
            for count, text in (
                (copied, f"{_files(copied)} copied ({_size(told.get('bytes_copied', 0))})"),
                (trashed, f"{_files(trashed)} moved to trash"),
            )
            if count
        ]
        return f"Job “{job}”: {', '.join(done)}"
    cause = told.get("cause")
    return f"Job “{job}”: run {kind}" + (f" ({cause})" if cause else "")


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"


def _size(count: float) -> str:
    for unit in ("bytes", "KB", "MB"):
        if count < 1000:  # noqa: PLR2004 - SI
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"


def _job_status(change: Change) -> str | None:
    # Scanning and syncing come and go with every run; the run itself is told when it ends.
    if change.new in {"scanning", "syncing"} or change.old in {"scanning", "syncing", None}:
        if change.new not in {"held", "waiting", "error"}:
            return None
    elif change.new == change.old:
        return None
    detail = change.attributes.get("detail")
    return f"Job “{change.entity.device}”: {change.text}" + (f": {detail}" if detail else "")


_SENTENCES: Mapping[str, Sentence] = {
    "public_ipv4": lambda it: f"Public IPv4 address: {it.text}",
    "public_ipv6": lambda it: f"Public IPv6 address: {it.text}",
    "published_ipv4": lambda it: f"Record {it.entity.device} holds {it.text} at the provider",
    "published_ipv6": lambda it: f"Record {it.entity.device} holds {it.text} at the provider",
    "record_status": lambda it: f"Record {it.entity.device}: {it.text}",
    "share_status": lambda it: f"Share {it.entity.device}: {it.text}",
    "job_status": _job_status,
    "run": _run,
}


class Story:
    """Reads along, over one connection."""

    def __init__(self, events: EventConnection) -> None:
        self._events = events
        self._entities: dict[str, OurEntity | None] = {}
        self._devices: dict[str, str] = {}
        self._words: Mapping[str, str] = {}

    async def entities(self) -> list[OurEntity]:
        """Return all entities of the integration that are switched on."""
        await self._load()
        return [entity for entity in self._entities.values() if entity is not None]

    async def lines(self) -> AsyncIterator[str]:
        """Yield a sentence for every change worth one, until the connection ends."""
        await self._load()
        async for event in self._events.events("subscribe_events", event_type="state_changed"):
            change = await self._change(event["data"])
            if change is not None and (sentence := _SENTENCES.get(change.entity.key)) is not None:
                line = sentence(change)
                if line is not None:
                    yield line

    def state_text(self, entity: OurEntity, state: str) -> str:
        """Return a state in the words of the interface."""
        platform = entity.entity_id.partition(".")[0]
        key = f"component.{DOMAIN}.entity.{platform}.{entity.key}.state.{state}"
        return self._words.get(key, state)

    def name(self, entity: OurEntity) -> str:
        """Return the entity's name as the interface shows it below its device."""
        platform = entity.entity_id.partition(".")[0]
        return self._words.get(
            f"component.{DOMAIN}.entity.{platform}.{entity.key}.name", entity.key
        )

    async def _load(self) -> None:
        translations = await self._events.command(
            "frontend/get_translations", language="en", category="entity", integration=[DOMAIN]
        )
        self._words = translations["resources"]
        await self._load_devices()
        for registered in await self._events.command("config/entity_registry/list"):
            self._take(registered)

    async def _load_devices(self) -> None:
        devices = await self._events.command("config/device_registry/list")
        self._devices = {device["id"]: device["name"] for device in devices}

    def _take(self, registered: Json) -> OurEntity | None:
        entity = None
        if registered["platform"] == DOMAIN and registered["disabled_by"] is None:
            entity = OurEntity(
                entity_id=registered["entity_id"],
                key=registered["translation_key"],
                device=self._devices.get(registered["device_id"], ""),
            )
        self._entities[registered["entity_id"]] = entity
        return entity

    async def _find(self, entity_id: str) -> OurEntity | None:
        if entity_id not in self._entities:
            try:
                registered = await self._events.command(
                    "config/entity_registry/get", entity_id=entity_id
                )
            except RefusedError:
                self._entities[entity_id] = None
                return None
            if registered["device_id"] not in self._devices:
                await self._load_devices()
            return self._take(registered)
        return self._entities[entity_id]

    async def _change(self, data: Json) -> Change | None:
        entity = await self._find(data["entity_id"])
        new, old = data["new_state"], data["old_state"]
        if entity is None or new is None or new["state"] in UNKNOWN:
            return None
        before = None if old is None else old["state"]
        if before == new["state"]:
            return None  # an attribute changed
        return Change(
            entity=entity,
            old=before,
            new=new["state"],
            text=self.state_text(entity, new["state"]),
            attributes=new["attributes"],
        )
