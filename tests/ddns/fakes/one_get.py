"""A stand-in for any provider that takes an update in one call, as a row of the tests tells it."""

from base64 import b64decode
from typing import TYPE_CHECKING, Final, override
from urllib.parse import parse_qsl, quote

from aiohttp import web

from demo.web_server import WebServer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.ddns.one_get_rows import Answer, Row

_HOMELESS: Final = "127.0.0.1"


class OneGetServer(WebServer):
    """Holds the records of one account.

    `records` has what each name holds, IPv4 and IPv6 apart. `strange` has what was wrong with
    requests that the provider does not know. `force` sets the answers of the next calls: a forced
    answer changes no record.
    """

    def __init__(self, row: Row, names: Iterable[str]) -> None:
        super().__init__()
        self._row = row
        self._forced: list[Answer] = []
        self.records: dict[str, dict[int, str]] = {name: {} for name in names}
        self.strange: list[str] = []
        self.updates: list[dict[str, str]] = []

    def force(self, *answers: Answer) -> None:
        """Answer the next calls so."""
        self._forced.extend(answers)

    @override
    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        if self._forced:
            return _answer(self._forced.pop(0), {})
        text = (await request.read()).decode()
        path, _, query = request.raw_path.partition("?")
        params = dict(parse_qsl(f"{query}&{text}", keep_blank_values=True))
        if request.method != self._row.method:
            return self._refuse(f"method {request.method}")
        secret_path = "{}" in self._row.path
        head = self._row.path.partition("{}")[0]
        if not (path.startswith(head) if secret_path else path == head):
            return self._refuse(f"path {path}")
        name = self._name(params, request.headers.get("Authorization", ""))
        if not self._is_let_in(path, params, request.headers, name):
            return _answer(self._row.denied or "who are you?", {})
        self.updates.append(dict(params))
        for key in self._row.secrets:
            del params[key]
        return self._update(name, params)

    def _refuse(self, why: str) -> web.Response:
        self.strange.append(why)
        return web.Response(status=400, text="what is that?")

    def _is_let_in(
        self, path: str, params: Mapping[str, str], headers: Mapping[str, str], name: str
    ) -> bool:
        row = self._row
        given = headers.get("Authorization")
        if row.basic is not None:
            scheme, _, encoded = (given or "").partition(" ")
            pair = b64decode(encoded).decode() if scheme == "Basic" else None
            if pair != row.basic.replace("{name}", name):
                return False
        elif given != row.header:
            return False
        if "{}" in row.path:
            (secret,) = row.settings.values()
            if path != row.path.replace("{}", quote(secret, safe="")):
                return False
        return all(params.get(key) == value for key, value in row.secrets.items())

    def _name(self, params: Mapping[str, str], authorization: str) -> str:
        """Return the name that a call is about; where it names none, the account has just one."""
        row = self._row
        for name in self.records:
            if row.name and all(
                params.get(key) == _fill(text, name, row.zone) for key, text in row.name.items()
            ):
                return name
        if not row.name:
            return next(iter(self.records))
        if row.basic is not None and "{name}" in row.basic:
            return b64decode(authorization.partition(" ")[2]).decode().partition(":")[0]
        return params.get(next(iter(row.name)), "")

    def _update(self, name: str, params: dict[str, str]) -> web.Response:
        row, sent = self._row, dict[int, str]()
        if name not in self.records:
            return _answer(row.foreign or "whose is that?", {})
        for version, param in ((4, row.v4), (6, row.v6)):
            value = params.get(param or "", "")
            for part in value.split(","):
                if (":" in part) is (version == 6) and part and part != row.idle.get(param or ""):
                    sent[version] = part
        expected = {key: _fill(text, name, row.zone) for key, text in row.name.items()}
        expected |= {
            key: text.replace("{type}", "AAAA" if 6 in sent else "A")
            for key, text in row.fixed.items()
        }
        expected |= self._expected_addresses(sent)
        if params != expected or not sent:
            return self._refuse(f"parameters {params}, expected {expected}")
        if row.sends == "apart" and len(sent) > 1:
            return self._refuse("two families in one call")
        before = dict(self.records[name])
        if row.sends == "always both":
            self.records[name] = {4: _HOMELESS} if 4 not in sent else {}
        self.records[name] |= sent
        same = row.same if self.records[name] == before else None
        filled = {
            "ips": ",".join(sent.values()),
            "v4": sent.get(4, ""),
            "v6": sent.get(6, ""),
            "name": name,
        }
        return _answer(same or row.good, filled)

    def _expected_addresses(self, sent: Mapping[int, str]) -> dict[str, str]:
        row, found = self._row, dict[str, str]()
        for version, param in ((4, row.v4), (6, row.v6)):
            if param is not None and version in sent:
                found[param] = (
                    f"{found[param]},{sent[version]}" if param in found else sent[version]
                )
            elif param in row.idle:
                found[str(param)] = row.idle[str(param)]
        # What says that a family stays is sent only where it is not sent itself.
        for key, family in row.idle.items():
            if family.isdigit() and int(family) not in sent:
                found[key] = "1"
        return found


def _fill(text: str, name: str, zone: str) -> str:
    sub = name.removesuffix(f".{zone}")
    return text.replace("{name}", name).replace("{sub}", sub).replace("{zone}", zone)


def _answer(answer: Answer, filled: Mapping[str, str]) -> web.Response:
    status, body = (200, answer) if isinstance(answer, str) else answer
    for key, value in filled.items():
        body = body.replace(f"{{{key}}}", value)
    return web.Response(status=status, text=None if status == 204 else body)
