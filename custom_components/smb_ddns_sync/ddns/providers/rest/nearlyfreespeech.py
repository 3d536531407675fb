"""NearlyFreeSpeech.NET's API of DNS (members.nearlyfreespeech.net/wiki/API)."""

from hashlib import sha1
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Final, override

from yarl import URL

from ...outcome import RetryAfter, Unconfirmed
from ...provider import ProviderId, TtlBounds
from ..call import FAULT_WAIT
from .cause import Cause, Denied, Forbidden, Missing, NotDoneError, Refused
from .client import API_KEY, USERNAME, RestClient
from .read import MalformedError, rows, text
from .zone import Record, Spot, Zone, plain_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...names import DnsName

_LATE: Final = "timestamp is out of range"
_UNKNOWN: Final = "could not be authenticated"
_FIXED: Final = "system"


class NearlyFreeSpeechClient(RestClient):
    """NearlyFreeSpeech.NET with the login of a member and an API key.

    Whether its one call that replaces leaves the other records of a name is not told, so a change
    is made in two steps: the new record is added and looked for, and only then the old one is
    removed, by its exact name, type and data (see `in_two_steps`).
    """

    id = ProviderId("nearlyfreespeech")
    title = "NearlyFreeSpeech.NET"
    api = URL("https://api.nearlyfreespeech.net/")
    fields = (USERNAME, API_KEY)
    credentials_url = "https://members.nearlyfreespeech.net/"
    ttl_bounds = TtlBounds(least=180, most=2678400, automatic=False)
    quiet = True
    in_two_steps = True
    # How often it may be asked is not told; a lease would be looked at every minute.
    texts = None

    @override
    async def find_zone(self, name: DnsName) -> Zone | None:
        async def look(candidate: str) -> Zone | None:
            try:
                await self._rows(candidate)
            except NotDoneError as error:
                # Whether a domain is another member's or nobody's makes no difference here.
                if isinstance(error.cause, Forbidden):
                    return None
                raise
            return Zone(candidate)

        return await self.first_zone(name, look)

    @override
    async def list_records(self, spot: Spot) -> list[Record]:
        # Without a filter: an empty name, which is that of the zone itself, could mean either.
        return [
            Record(
                "",
                spot.zone.absolute(text(row, "name")),
                text(row, "type"),
                text(row, "data"),
                more=row,
            )
            for row in await self._rows(spot.zone.name)
        ]

    @override
    async def create(self, spot: Spot, content: str) -> None:
        await self._write("addRR", spot, content, ttl=str(self.ttl))

    @override
    async def change(self, spot: Spot, record: Record, content: str) -> None:
        if record.more.get("scope") == _FIXED:
            raise NotDoneError(Refused("the record is the provider's own and cannot be changed"))
        ttl = text(record.more, "ttl") if record.more.get("ttl") else str(self.ttl)
        await self._write("addRR", spot, content, ttl=ttl)
        found = [r for r in await self.list_records(spot) if (r.name, r.type) == _place(spot)]
        if all(plain_text(r.content) != content for r in found):
            raise NotDoneError(Unconfirmed(f"{self.title} does not show the new record yet."))
        await self.clear(spot, record)

    @override
    async def clear(self, spot: Spot, record: Record) -> None:
        try:
            await self._write("removeRR", spot, record.content)
        except NotDoneError as error:
            if not isinstance(error.cause, Missing):
                raise

    async def _write(self, call: str, spot: Spot, content: str, **more: str) -> None:
        form = {"name": spot.relative(apex=""), "type": spot.type, "data": content} | more
        await self.ask("POST", f"dns/{spot.zone.name}/{call}", form=form.items(), writes=True)

    async def _rows(self, zone: str) -> list[dict[str, Any]]:
        value = await self.ask("POST", f"dns/{zone}/listRRs", writes=False)
        if not isinstance(value, list):
            raise MalformedError("records")
        return rows({"records": value}, "records")

    @override
    def signed(self, method: str, url: URL, body: bytes) -> Mapping[str, str]:
        """Sign as the API's introduction tells: SHA-1 is the protocol's choice."""
        stamp, salt = str(int(self.now().timestamp())), token_hex(8)
        return {
            "X-NFSN-Authentication": authentication(
                self.entered("username"), self.entered("api_key"), stamp, salt, url.raw_path, body
            )
        }

    @override
    def refusal(self, status: int, value: Any) -> Cause | None:
        match value:
            case {"error": str(error)}:
                debug = value.get("debug")
                told = f"{error} {debug}" if isinstance(debug, str) else error
            case _:
                return None
        shown = self.shown([error, debug])
        if _LATE in told:
            return RetryAfter(
                f"{self.title} says that the clock of this machine is wrong ({shown}); it has to "
                "be right to five seconds.",
                FAULT_WAIT,
                everywhere=True,
            )
        return Denied(shown) if _UNKNOWN in told else None


def authentication(login: str, api_key: str, stamp: str, salt: str, path: str, body: bytes) -> str:
    """Return the header that signs a call: the key is only in the hash."""
    hashed = ";".join((login, stamp, salt, api_key, path, _hash(body)))
    return ";".join((login, stamp, salt, _hash(hashed.encode())))


def _hash(data: bytes) -> str:
    return sha1(data, usedforsecurity=False).hexdigest()


def _place(spot: Spot) -> tuple[str, str]:
    return spot.name, spot.type
