"""A stand-in for a provider that speaks dyndns2 (help.dyn.com/remote-access-api)."""

from base64 import b64encode
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING, override

from aiohttp import web

from .web_server import WebServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


@dataclass(frozen=True, slots=True)
class Update:
    """One call with the right credentials, and the word that it was answered with."""

    name: str
    addresses: tuple[str, ...]
    answer: str
    agent: str


class Dyndns2Server(WebServer):
    """Holds records for one account, and answers as the protocol says.

    `records` has what each name holds, IPv4 and IPv6 apart. `updates` is the journal, `refused` the
    number of calls with wrong credentials. `force` sets the answers of the next calls: a forced
    answer changes no record. `listener` is told of every update.
    """

    def __init__(
        self,
        username: str,
        password: str,
        names: Iterable[str],
        *,
        listener: Callable[[Update], None] | None = None,
        hosts: Sequence[str] = ("127.0.0.1",),
        port: int = 0,
    ) -> None:
        super().__init__(hosts=hosts, port=port)
        pair = b64encode(f"{username}:{password}".encode()).decode()
        self._authorization = f"Basic {pair}"
        self._listener = listener
        self._forced: list[str] = []
        self.records: dict[str, dict[int, str]] = {name: {} for name in names}
        self.updates: list[Update] = []
        self.refused = 0

    def force(self, *answers: str) -> None:
        """Answer the next calls with these bodies."""
        self._forced.extend(answers)

    @override
    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path != "/nic/update":
            return web.Response(status=404, text="nothing here\n")
        if request.headers.get("Authorization") != self._authorization:
            self.refused += 1
            headers = {"WWW-Authenticate": 'Basic realm="update"'}
            return web.Response(status=401, text="badauth\n", headers=headers)
        name = request.query.get("hostname", "")
        sent = tuple(part for part in request.query.get("myip", "").split(",") if part)
        answer = self._forced.pop(0) if self._forced else self._update(name, sent)
        update = Update(name, sent, answer, request.headers.get("User-Agent", ""))
        self.updates.append(update)
        if self._listener is not None:
            self._listener(update)
        return web.Response(text=f"{answer}\n")

    def _update(self, name: str, sent: Sequence[str]) -> str:
        try:
            addresses = [ip_address(part) for part in sent]
        except ValueError:
            return "dnserr"
        if "." not in name:
            return "notfqdn"
        if name not in self.records:
            return "nohost"
        record = self.records[name]
        changed = _set(record, addresses)
        return f"{'good' if changed else 'nochg'} {','.join(sent)}".strip()


def _set(record: dict[int, str], addresses: Iterable[IPv4Address | IPv6Address]) -> bool:
    before = dict(record)
    record.update({address.version: str(address) for address in addresses})
    return record != before
