"""Yandex 360 (yandex.ru/dev/api360, DomainDNSService); it has taken the place of Yandex PDD."""

from typing import TYPE_CHECKING, Any, Final, override

from yarl import URL

from ...provider import Field, FieldKind, ProviderId, TtlBounds
from .client import TOKEN, RestClient
from .read import number, rows, text
from .zone import Record, Spot, Zone, plain_name

if TYPE_CHECKING:
    from ...names import DnsName

_PAGE: Final = 100
_TXT: Final = "TXT"


class YandexClient(RestClient):
    """Yandex 360 with an OAuth token and the id of an organization."""

    id = ProviderId("yandex_360")
    title = "Yandex 360"
    api = URL("https://api360.yandex.net/directory/v1")
    fields = (Field("account_id", FieldKind.TEXT), TOKEN)
    credentials_url = "https://oauth.yandex.ru/"
    ttl_bounds = TtlBounds(least=60, most=1209600, automatic=False)

    @override
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"OAuth {self.entered('token')}"}

    @override
    async def find_zone(self, name: DnsName) -> Zone | None:
        async def page(number: int) -> list[Zone]:
            value = await self.ask("GET", self._domains, query=_page(number))
            return [Zone(plain_name(text(row, "name"))) for row in rows(value, "domains")]

        return await self.listed_zone(name, page, _PAGE)

    @override
    async def list_records(self, spot: Spot) -> list[Record]:
        async def page(number: int) -> list[dict[str, Any]]:
            value = await self.ask("GET", self._records(spot), query=_page(number))
            return rows(value, "records")

        return [
            Record(
                text(row, "recordId"),
                spot.zone.absolute(text(row, "name")),
                text(row, "type"),
                str(row.get(_key(text(row, "type"))) or ""),
                more=row,
            )
            for row in await self.pages(page, _PAGE)
        ]

    @override
    async def create(self, spot: Spot, content: str) -> None:
        await self._write(self._records(spot), spot, content, self.ttl)

    @override
    async def change(self, spot: Spot, record: Record, content: str) -> None:
        path = f"{self._records(spot)}/{record.id}"
        await self._write(path, spot, content, number(record.more, "ttl"))

    async def _write(self, path: str, spot: Spot, content: str, ttl: int) -> None:
        key = _key(spot.type)
        record = {"name": spot.relative(), "type": spot.type, "ttl": ttl, key: content}
        self.confirm(await self.ask("POST", path, json=record), content, key)

    @property
    def _domains(self) -> str:
        return f"org/{self.entered('account_id')}/domains"

    def _records(self, spot: Spot) -> str:
        return f"{self._domains}/{spot.zone.name}/dns"


def _key(kind: str) -> str:
    return "text" if kind == _TXT else "address"


def _page(number: int) -> list[tuple[str, str]]:
    return [("page", str(number)), ("perPage", str(_PAGE))]
