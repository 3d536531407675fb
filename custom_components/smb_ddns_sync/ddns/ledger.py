"""What is known of the records we keep, so that a restart changes nothing.

The ledger is plain data that the face stores; it holds addresses, times and messages, no secret.
What can't be read back is "unknown", never a claim: an unknown record costs one call to the
provider, which finds it unchanged, and an unreadable stop costs one call that is refused again.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final, Self

from .address import Address, Family, family_of
from .names import DnsName
from .outcome import OutcomeKind

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_VERSION: Final = 1
_REFUSALS: Final = frozenset(
    {
        OutcomeKind.AUTH_REJECTED,
        OutcomeKind.NAME_REJECTED,
        OutcomeKind.BANNED,
        OutcomeKind.PIN_MISMATCH,
    }
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of the record of one name and family. All times are aware.

    Invariants: `published` is an address that the provider said the record holds, and `None` is
    "not known". `intent` is an address that was sent, or was about to be, without a clear answer:
    while it is set, `published` may not be what the record holds.
    """

    published: Address | None = None
    updated: datetime | None = None  # when the provider last took an address
    outcome: OutcomeKind | None = None  # of the last call
    message: str | None = None  # what the last call failed with
    intent: Address | None = None
    confirmed: datetime | None = None  # when the provider last said that it holds `published`
    doubted: datetime | None = None  # when name servers last told another address


@dataclass(frozen=True, slots=True)
class Stop:
    """Why there are no calls until a person acts, or until a time.

    Raises `ValueError` for an outcome that is no refusal.
    """

    outcome: OutcomeKind
    message: str
    until: datetime | None = None

    def __post_init__(self) -> None:
        if self.outcome not in _REFUSALS:
            raise ValueError("only a refusal stops")


@dataclass(frozen=True, slots=True)
class Pace:
    """When calls may be made: for one name, or for the whole record."""

    called: datetime | None = None  # when the last call began
    not_before: datetime | None = None
    why: str | None = None  # there is a `not_before`
    failures: int = 0  # in a row
    stop: Stop | None = None
    calls: tuple[datetime, ...] = ()  # the last ones, of the whole record only


class Ledger:
    """What was published, what stops, and when the next call is allowed."""

    def __init__(self) -> None:
        self.identity: str | None = None  # whose answers these are; see `Provider.identity`
        self.pace: Pace = Pace()  # of the whole record
        self.renewed: datetime | None = (
            None  # when a person last confirmed the names, or added them
        )
        self._entries: Final[dict[tuple[DnsName, Family], Entry]] = {}
        self._paces: Final[dict[DnsName, Pace]] = {}

    def entry(self, name: DnsName, family: Family) -> Entry:
        """Return what is known of one record."""
        return self._entries.get((name, family), Entry())

    def set_entry(self, name: DnsName, family: Family, entry: Entry) -> None:
        """Replace what is known of one record."""
        self._entries[name, family] = entry

    def pace_of(self, name: DnsName) -> Pace:
        """Return when calls for one name may be made."""
        return self._paces.get(name, Pace())

    def set_pace(self, name: DnsName, pace: Pace) -> None:
        """Replace when calls for one name may be made."""
        self._paces[name] = pace

    def belongs_to(self, identity: str, names: Collection[DnsName]) -> None:
        """Forget what is not about these names at this provider.

        What another provider or account said proves nothing here, and what a name held when it was
        last kept may be gone by the time it comes back.
        """
        if self.identity != identity:
            self.pace, self.renewed = Pace(), None
            self._entries.clear()
            self._paces.clear()
            self.identity = identity
        for key in [key for key in self._entries if key[0] not in names]:
            del self._entries[key]
        for name in [name for name in self._paces if name not in names]:
            del self._paces[name]

    def lift_stops(self) -> None:
        """Let calls be made again that were stopped for a person to act."""
        self.pace = replace(self.pace, stop=None)
        for name, pace in self._paces.items():
            self._paces[name] = replace(pace, stop=None)

    def as_dict(self) -> dict[str, Any]:
        """Return the ledger as JSON-ready data."""
        return {
            "version": _VERSION,
            "identity": self.identity,
            "pace": _pace_data(self.pace),
            "renewed": _moment_text(self.renewed),
            "names": {name: _pace_data(pace) for name, pace in self._paces.items()},
            "records": [
                {"name": name, "family": family.value} | _entry_data(entry)
                for (name, family), entry in self._entries.items()
            ],
        }

    @classmethod
    def from_dict(cls, data: object) -> Self:
        """Read a ledger back; what is damaged, or of a later version, is unknown. Never raises."""
        ledger = cls()
        if not isinstance(data, dict) or data.get("version") != _VERSION:
            return ledger
        identity = data.get("identity")
        ledger.identity = identity if isinstance(identity, str) else None
        ledger.pace = _read_pace(data.get("pace"))
        ledger.renewed = _read_renewed(data.get("renewed"))
        names, records = data.get("names"), data.get("records")
        for name, pace in names.items() if isinstance(names, dict) else ():
            ledger.set_pace(DnsName(str(name)), _read_pace(pace))
        for record in records if isinstance(records, list) else ():
            match record:
                case {"name": str(name), "family": 4 | 6 as version}:
                    family = Family(version)
                    ledger.set_entry(DnsName(name), family, _read_entry(record, family))
        return ledger


def _entry_data(entry: Entry) -> dict[str, Any]:
    return {
        "published": _text(entry.published),
        "updated": _moment_text(entry.updated),
        "outcome": entry.outcome,
        "message": entry.message,
        "intent": _text(entry.intent),
        "confirmed": _moment_text(entry.confirmed),
        "doubted": _moment_text(entry.doubted),
    }


def _pace_data(pace: Pace) -> dict[str, Any]:
    stop = pace.stop
    return {
        "called": _moment_text(pace.called),
        "not_before": _moment_text(pace.not_before),
        "why": pace.why,
        "failures": pace.failures,
        "calls": [call.isoformat() for call in pace.calls],
        "stop": stop
        and {
            "outcome": stop.outcome,
            "message": stop.message,
            "until": _moment_text(stop.until),
        },
    }


def _read_entry(data: Mapping[str, Any], family: Family) -> Entry:
    """Return the entry; if any part is damaged it is unknown: no half of it can be trusted."""
    try:
        return Entry(
            published=_read_address(data["published"], family),
            updated=_read_moment(data["updated"]),
            outcome=None if data["outcome"] is None else OutcomeKind(data["outcome"]),
            message=_read_text(data["message"]),
            intent=_read_address(data["intent"], family),
            # Ledgers of the first version that was given out have neither.
            confirmed=_read_moment(data.get("confirmed")),
            doubted=_read_moment(data.get("doubted")),
        )
    except KeyError, TypeError, ValueError:
        return Entry()


def _read_pace(data: object) -> Pace:
    try:
        match data:
            case {"called": called, "not_before": not_before, "failures": int(failures), **rest}:
                return Pace(
                    called=_read_moment(called),
                    not_before=_read_moment(not_before),
                    why=_read_text(rest.get("why")),
                    failures=max(0, failures),
                    stop=_read_stop(rest.get("stop")),
                    calls=_read_moments(rest.get("calls", [])),
                )
    except TypeError, ValueError:
        pass
    return Pace()


def _read_renewed(value: object) -> datetime | None:
    try:
        return _read_moment(value)
    except TypeError, ValueError:
        return None


def _read_stop(data: object) -> Stop | None:
    match data:
        case {"outcome": str(outcome), "message": str(message), "until": until}:
            return Stop(OutcomeKind(outcome), message, _read_moment(until))
        case _:
            return None


def _text(address: Address | None) -> str | None:
    return None if address is None else str(address)


def _moment_text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _read_text(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise TypeError("a text was expected")
    return value


def _read_address(value: object, family: Family) -> Address | None:
    text = _read_text(value)
    if text is None:
        return None
    address = ip_address(text)
    if family_of(address) is not family:
        raise ValueError("an address of the other family")
    return address


def _read_moments(value: object) -> tuple[datetime, ...]:
    if not isinstance(value, list):
        raise TypeError("a list was expected")
    return tuple(moment for each in value if (moment := _read_moment(each)) is not None)


def _read_moment(value: object) -> datetime | None:
    text = _read_text(value)
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without zone")
    return moment
