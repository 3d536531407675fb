"""Off-site failover of a name: which of two sites may point it to itself. Pure; nothing is called.

A lease in a TXT record beside the name says who may. The primary site renews it as long as it
lives. The standby site takes it only when it has run out *and* the primary's service was found dead
for some checks in a row: so neither a cut between the sites alone, nor a provider that is down
alone, moves the name. A primary that comes back does not fight: it leaves a wish beside the lease,
and the standby gives the lease back once the primary's service answers. A primary that finds its
own service dead lets the lease run out, and takes none.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from .names import DnsName

if TYPE_CHECKING:
    from collections.abc import Collection

_LEASE: Final = "smb-ddns-lease"
_WISH: Final = "smb-ddns-wish"
# Not a blank: some APIs take a text as a zone file has it, where a blank ends an unquoted one.
_SEPARATOR: Final = ","


def lease_name(name: DnsName) -> DnsName:
    """Return where the lease of a name stands."""
    return DnsName(f"_smb-ddns.{name.removeprefix('*.')}")


class Role(Enum):
    """Which of the two sites this is."""

    PRIMARY = auto()
    STANDBY = auto()


class Evidence(Enum):
    """What one check of the primary's service showed from here."""

    ALIVE = auto()
    DEAD = auto()  # it did not answer, and this site's own line was proved to work
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Lease:
    """Who may point the name to itself; `until` of None: nobody any more, it was given back.

    The epoch grows with every writing, so that an old text is never taken for a new one.
    """

    owner: str
    epoch: int
    until: datetime | None

    @property
    def text(self) -> str:
        """The lease as it stands in the TXT record."""
        until = "free" if self.until is None else self.until.isoformat(timespec="seconds")
        return _SEPARATOR.join(
            (_LEASE, f"owner={self.owner}", f"epoch={self.epoch}", f"until={until}")
        )


@dataclass(frozen=True, slots=True)
class Wish:
    """A primary site asks for the lease back, and tells where its service answers."""

    owner: str
    address: str
    until: datetime

    @property
    def text(self) -> str:
        """The wish as it stands in the TXT record."""
        until = self.until.isoformat(timespec="seconds")
        return _SEPARATOR.join(
            (_WISH, f"owner={self.owner}", f"address={self.address}", f"until={until}")
        )


def read_text(text: str) -> Lease | Wish | None:
    """Return what a text says, if it is one of ours."""
    kind, *pairs = text.split(_SEPARATOR)
    said = dict(pair.partition("=")[::2] for pair in pairs)
    try:
        match kind, said:
            case "smb-ddns-lease", {"owner": owner, "epoch": epoch, "until": "free"}:
                return Lease(owner, int(epoch), None)
            case "smb-ddns-lease", {"owner": owner, "epoch": epoch, "until": until}:
                return Lease(owner, int(epoch), _moment(until))
            case "smb-ddns-wish", {"owner": owner, "address": address, "until": until}:
                return Wish(owner, address, _moment(until))
    except ValueError:
        pass
    return None


def latest_lease(texts: Collection[str]) -> Lease | None:
    """Return the lease that counts among the texts: the one that was written last."""
    leases = (read for text in sorted(texts) if isinstance(read := read_text(text), Lease))
    return max(leases, key=lambda lease: lease.epoch, default=None)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without zone")
    return moment.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Terms:
    """The times that both sites keep to; they have to be the same on both.

    Raises `ValueError` for times with which two sites could hold the lease at once.
    """

    term: timedelta = timedelta(minutes=10)  # of a lease, from its writing
    skew: timedelta = timedelta(minutes=1)  # the most that the two clocks may differ
    call: timedelta = timedelta(seconds=45)  # from a look until a write after it has landed
    settle: timedelta = timedelta(seconds=90)  # a new lease counts after it has stood so long
    checks: int = 5  # in a row that find the primary dead

    def __post_init__(self) -> None:
        if self.settle < 2 * self.call or self.term < 4 * (self.settle + self.call):
            raise ValueError("a lease has to outlast what it guards")
        if self.checks < 1:
            raise ValueError("death is proved by one check at least")


@dataclass(frozen=True, slots=True)
class Site:
    """One of the two sites. `id` is unlike the other's, and has no space in it."""

    id: str
    role: Role
    terms: Terms


@dataclass(frozen=True, slots=True)
class Memory:
    """What a site keeps from check to check. To lose it costs time, never safety."""

    dead: int = 0  # checks in a row
    since: datetime | None = None  # when our lease was first seen to stand, without a break


@dataclass(frozen=True, slots=True)
class View:
    """What a site sees at one check.

    `texts` are those of the lease's name, None where they could not be read. `primary` is told of
    the address that the name holds, or of the one in the wish where this site holds the lease; the
    primary itself tells it of its own service, or that it does not know.
    `address` is this site's own, None where it is not known: then it takes nothing.
    """

    now: datetime
    texts: frozenset[str] | None
    primary: Evidence
    address: str | None


@dataclass(frozen=True, slots=True)
class TextChange:
    """A text to write, if the texts are still as they were seen; `replaces` is the old one."""

    text: str
    replaces: str | None


@dataclass(frozen=True, slots=True)
class Decision:
    """What a site does after a check. `may_publish`: the name may be pointed here, now."""

    memory: Memory
    change: TextChange | None = None
    may_publish: bool = False


def decide(site: Site, memory: Memory, view: View) -> Decision:
    """Decide what one check means.

    Invariants, as long as the clocks differ by no more than `skew`, and a write lands within `call`
    of the look before it or never:
    - Never may both sites publish at the same moment. A lease is only taken when it was given back,
      or `skew` after its end; it counts only once it has stood for `settle`; and no longer than
      `call` before its end.
    - The standby takes the lease only after `checks` checks in a row that found the primary dead.
      After as many that found its own service dead, the primary neither takes nor renews it.
    - What can't be read is not known: without the texts nothing is published and nothing written.
    """
    memory = replace(memory, dead=_dead(memory.dead, view.primary))
    if view.texts is None:
        return Decision(memory)
    said = [(text, read) for text in sorted(view.texts) if (read := read_text(text)) is not None]
    lease = latest_lease(view.texts)
    text = next((text for text, read in said if read is not None and read == lease), None)
    wishes = {text: read for text, read in said if isinstance(read, Wish)}
    if lease is not None and lease.owner == site.id and _lives(lease, view.now, site.terms):
        return _hold(site, memory, view, lease, wishes.values())
    memory = replace(memory, since=None)
    if not _may_be_taken(lease, view.now, site.terms):
        foreign = lease is not None and lease.owner != site.id
        wished = foreign and not _is_dead(site, memory)
        return Decision(memory, _wish(site, view, wishes) if wished else None)
    # What is proved dead to the standby is the primary; to the primary, it is its own service.
    if view.address is None or _is_dead(site, memory) is (site.role is Role.PRIMARY):
        return Decision(memory)
    epoch = 1 if lease is None else lease.epoch + 1
    taken = Lease(site.id, epoch, view.now + site.terms.term)
    return Decision(memory, TextChange(taken.text, text))


def _dead(before: int, primary: Evidence) -> int:
    match primary:
        case Evidence.ALIVE:
            return 0
        case Evidence.DEAD:
            return before + 1
        case Evidence.UNKNOWN:
            return before


def _is_dead(site: Site, memory: Memory) -> bool:
    return memory.dead >= site.terms.checks


def _lives(lease: Lease, now: datetime, terms: Terms) -> bool:
    """Tell whether a lease of ours may still be acted on and renewed."""
    return lease.until is not None and now + terms.call < lease.until


def _may_be_taken(lease: Lease | None, now: datetime, terms: Terms) -> bool:
    return lease is None or lease.until is None or now > lease.until + terms.skew


def _hold(
    site: Site, memory: Memory, view: View, lease: Lease, wishes: Collection[Wish]
) -> Decision:
    """Go on with a lease of our own: give it back, renew it, or just use it."""
    assert lease.until is not None  # noqa: S101 - it lives
    memory = replace(memory, since=memory.since or view.now)
    assert memory.since is not None  # noqa: S101 - it was just set
    # A time to come was noted by a clock that was wrong.
    if memory.since > view.now:
        memory = replace(memory, since=view.now)
    settled = view.now - (memory.since or view.now) >= site.terms.settle
    wished = any(wish.owner != site.id and view.now < wish.until for wish in wishes)
    if site.role is Role.STANDBY and wished and view.primary is Evidence.ALIVE:
        back = Lease(site.id, lease.epoch + 1, None)
        # From the next check on it is not ours; what it leaves behind is not published again.
        return Decision(replace(memory, since=None), TextChange(back.text, lease.text))
    change = None
    given_up = site.role is Role.PRIMARY and _is_dead(site, memory)
    if lease.until - view.now < site.terms.term / 2 and not given_up:
        longer = Lease(site.id, lease.epoch + 1, view.now + site.terms.term)
        change = TextChange(longer.text, lease.text)
    return Decision(memory, change, may_publish=settled)


def _wish(site: Site, view: View, wishes: dict[str, Wish]) -> TextChange | None:
    """Return the wish of a primary whose lease another site has, if it does not stand yet."""
    if site.role is not Role.PRIMARY or view.address is None:
        return None
    mine = [(text, wish) for text, wish in wishes.items() if wish.owner == site.id]
    for _, wish in mine:
        fresh = wish.until - view.now > site.terms.term / 2
        if fresh and wish.address == view.address:
            return None
    new = Wish(site.id, view.address, view.now + site.terms.term)
    return TextChange(new.text, mine[0][0] if mine else None)
