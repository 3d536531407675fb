"""Text records that two sites share, at whatever API keeps zones and records."""

from typing import TYPE_CHECKING, override

from ...text_record import TextConflict, TextRecords, TextWritten
from .cause import Missing, NotDoneError, Same
from .provider import RestProvider
from .read import MalformedError
from .zone import Record, Spot, Zone, plain_text

if TYPE_CHECKING:
    from ...names import DnsName
    from ...outcome import Trouble

_TXT = "TXT"


class RestTextProvider(RestProvider, TextRecords):
    """A provider whose API keeps texts too.

    None of these APIs compares and writes in one step, so the texts are read just before. Of two
    sites that write in that moment one may overwrite the other, or both texts stand: a lease counts
    only after it has been looked at again (see `standby`). Nothing is ever deleted.
    """

    @override
    async def look_up_texts(self, name: DnsName) -> frozenset[str] | Trouble:
        found = await self._texts(name)
        return frozenset(found[1]) if isinstance(found, tuple) else found

    @override
    async def publish_text(
        self, name: DnsName, text: str, *, seen: frozenset[str], replaces: str | None
    ) -> TextWritten | TextConflict | Trouble:
        found = await self._texts(name)
        if not isinstance(found, tuple):
            return found
        spot, by_text = found
        if by_text.keys() != seen:
            return TextConflict()
        form = self._client.texts
        assert form is not None  # noqa: S101 - only then it is built
        try:
            if replaces is None:
                await self._client.add(spot, list(by_text.values()), form.written(text))
            else:
                await self._client.change(spot, by_text[replaces], form.written(text))
        except NotDoneError as error:
            match error.cause:
                case Same():
                    return TextWritten()
                case Missing():
                    return TextConflict()
            return self._told(error, name, spot.zone)
        except MalformedError:
            return self._malformed(f"the change of {name}")
        return TextWritten()

    async def _texts(self, name: DnsName) -> tuple[Spot, dict[str, Record]] | Trouble:
        """Return where the texts of a name stand, and the record of each."""
        zone = await self._zone(name)
        if not isinstance(zone, Zone):
            return zone
        spot = Spot(zone, name, _TXT)
        records = await self._records(spot)
        if not isinstance(records, list):
            return records
        return spot, {plain_text(record.content): record for record in records}
