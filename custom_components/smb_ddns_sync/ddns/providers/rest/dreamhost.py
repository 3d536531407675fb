"""DreamHost's API (help.dreamhost.com, API overview and DNS API overview)."""

from typing import TYPE_CHECKING, Any, Final, override
from uuid import uuid4

from yarl import URL

from ...provider import ProviderId
from .cause import Cause, Denied, Missing, NotDoneError, Refused
from .client import API_KEY, RestClient
from .read import MalformedError, at, rows, text
from .zone import Record, Spot, Zone, longest, plain_name

if TYPE_CHECKING:
    from ...names import DnsName

_KEY_WORDS: Final = ("no_key", "invalid_api_key", "this_key_cannot_access_this_cmd")
_FIXED: Final = "0"


class DreamhostClient(RestClient):
    """DreamHost with an API key for all DNS functions; HTTP 200 for everything.

    It has no change of a record and no TTL. The new record is added first, and is looked for; only
    then is the old one removed, by its exact name, type and value (see `in_two_steps`). The key
    goes in the body of a POST, which the API takes as it takes a GET.
    """

    id = ProviderId("dreamhost")
    title = "DreamHost"
    api = URL("https://api.dreamhost.com/")
    fields = (API_KEY,)
    credentials_url = "https://panel.dreamhost.com/?tree=home.api"
    in_two_steps = True
    # How often it may be asked is not told; a lease would be looked at every minute.
    texts = None

    @override
    async def find_zone(self, name: DnsName) -> Zone | None:
        return longest((Zone(plain_name(text(row, "zone"))) for row in await self._rows()), name)

    @override
    async def list_records(self, spot: Spot) -> list[Record]:
        return [
            Record(
                "",
                plain_name(text(row, "record")),
                text(row, "type"),
                text(row, "value"),
                more=row,
            )
            for row in await self._rows()
        ]

    @override
    async def create(self, spot: Spot, content: str) -> None:
        await self._write("dns-add_record", spot, content)

    @override
    async def change(self, spot: Spot, record: Record, content: str) -> None:
        if record.more.get("editable") == _FIXED:
            raise NotDoneError(Refused("the record is DreamHost's own and cannot be changed"))
        await self.create(spot, content)
        found = [(r.name, r.type, r.content) for r in await self.list_records(spot)]
        if (spot.name, spot.type, content) not in found:
            raise MalformedError("records")
        await self.clear(spot, record)

    @override
    async def clear(self, spot: Spot, record: Record) -> None:
        try:
            await self._write("dns-remove_record", spot, record.content)
        except NotDoneError as error:
            if not isinstance(error.cause, Missing):
                raise

    async def _write(self, command: str, spot: Spot, content: str) -> None:
        await self._act(command, writes=True, record=spot.name, type=spot.type, value=content)

    async def _rows(self) -> list[dict[str, Any]]:
        return rows(await self._act("dns-list_records"), "data")

    async def _act(self, command: str, *, writes: bool = False, **more: str) -> Any:
        form = {
            "key": self.entered("api_key"),
            "cmd": command,
            "unique_id": str(uuid4()),
            "format": "json",
        }
        value = await self.ask("POST", form=(form | more).items(), writes=writes)
        if at(value, "result") != "success":
            raise MalformedError("result")
        return value

    @override
    def refusal(self, status: int, value: Any) -> Cause | None:
        match value:
            case {"result": "error", "data": str(word)}:
                shown = self.shown(value)
            case _:
                return None
        if word.startswith("slow_down"):
            return self.limited()
        if word.startswith(_KEY_WORDS):
            return Denied(shown)
        return Missing(shown) if word in {"no_such_record", "no_such_value"} else Refused(shown)
