"""Every REST provider before its stand-in, as the contract suite wants it."""

from functools import partial
from typing import TYPE_CHECKING, Final, override

from yarl import URL

from custom_components.smb_ddns_sync.ddns.address import Address, Family
from custom_components.smb_ddns_sync.ddns.provider import FieldKind
from custom_components.smb_ddns_sync.ddns.providers.rest.description import open_provider

from ...bench_base import ProviderBench
from ...one_get_rows import TOKEN
from .all import REST_APIS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aiohttp import ClientSession

    from custom_components.smb_ddns_sync.ddns.names import DnsName
    from custom_components.smb_ddns_sync.ddns.provider import Provider, Setting
    from custom_components.smb_ddns_sync.ddns.providers.call import Patience
    from demo.web_server import Fault

    from .api import RestApi


SHAPES: Final = ("aliyun", "route53", "hetzner", "linode", "netcup", "ovh_api", "google_cloud")
"""APIs of each shape: signed, XML, an action, ids, a session, owed calls, a token of its own."""


class RestBench(ProviderBench):
    """A REST provider and its stand-in."""

    canary = TOKEN

    def __init__(self, session: ClientSession, api: type[RestApi]) -> None:
        super().__init__(session)
        self.kind = api
        self.wrong_shape = api.wrong_shape
        self.speaks_for_its_engine = api.client.id in SHAPES
        self.in_two_steps = api.client.in_two_steps
        self.keeps_texts = api.client.texts is not None
        self._server = api()

    @override
    def another(self) -> RestBench:
        return RestBench(self.session, self.kind)

    @property
    @override
    def server(self) -> RestApi:
        return self._server

    @property
    def api(self) -> RestApi:
        """The service, by what it is."""
        return self._server

    @override
    def provider(
        self,
        *,
        secret: str | None = None,
        patience: Patience | None = None,
        root: str | None = None,
        settings: Mapping[str, Setting] | None = None,
    ) -> Provider:
        client = self.kind.client
        entered = dict(self.kind.settings) | dict(settings or {})
        if secret is not None:
            key = next(f.key for f in reversed(client.fields) if f.kind is FieldKind.SECRET)
            entered[key] = self.kind.spoiled(secret)
        origin = URL(root or self._server.url)
        return open_provider(
            client,
            entered,
            self.session,
            root=origin.with_path(client.api.path),
            patience=patience,
        )

    @override
    def put(self, name: DnsName, address: Address) -> None:
        self._server.add(name, Family(address.version).record_type, str(address))

    @override
    def held(self, name: DnsName, family: Family) -> list[str]:
        return self._server.contents(name, family.record_type)

    @override
    def put_text(self, name: DnsName, text: str) -> None:
        self._server.add_text(name, text)

    @override
    def texts(self, name: DnsName) -> list[str]:
        return [content.strip('"') for content in self._server.contents(name, "TXT")]

    @override
    def lose_writes(self, fault: Fault, *, landed: bool = False) -> None:
        self._server.lose_writes(fault, landed=landed)


REST_BENCHES: Final[Mapping[str, Callable[[ClientSession], RestBench]]] = {
    api.client.id: partial(RestBench, api=api) for api in REST_APIS
}
