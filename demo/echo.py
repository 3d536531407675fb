"""A stand-in for the services that tell from which address they were asked."""

from typing import TYPE_CHECKING, override

from aiohttp import web

from .web_server import WebServer

if TYPE_CHECKING:
    from collections.abc import Sequence


class AddressEcho(WebServer):
    """Answers with the address that it was told to, by the family over which it is asked.

    At `/` the body is the address; at `/cdn-cgi/trace` it is a trace as Cloudflare writes it. Where
    no address is set for the family, the answer is 404. `asked` counts the questions.

    A custom source's operator is its host: to have several on one machine, listen on 127.0.0.1,
    127.0.0.2 and so on.
    """

    def __init__(
        self,
        *,
        ipv4: str | None = None,
        ipv6: str | None = None,
        hosts: Sequence[str] = ("127.0.0.1",),
        port: int = 0,
    ) -> None:
        super().__init__(hosts=hosts, port=port)
        self.ipv4 = ipv4
        self.ipv6 = ipv6
        self.asked = 0

    @override
    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        self.asked += 1
        over_ipv6 = request.transport is not None and (
            ":" in request.transport.get_extra_info("sockname")[0]
        )
        address = self.ipv6 if over_ipv6 else self.ipv4
        if address is None:
            return web.Response(status=404, text="no address\n")
        if request.path == "/cdn-cgi/trace":
            lines = ("fl=1f1", f"h={request.url.host}", f"ip={address}", "visit_scheme=http")
            return web.Response(text="\n".join((*lines, "warp=off", "")))
        return web.Response(text=f"{address}\n")
