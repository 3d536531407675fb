"""Whether a service answers: what is life, what is death, and what proves nothing."""

import asyncio
from contextlib import asynccontextmanager
import errno
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest

from custom_components.smb_ddns_sync.ddns.service import Service, ServiceKind, look_for
from custom_components.smb_ddns_sync.ddns.standby import Evidence
from demo.samba import Account, SambaServer, Share

from .builders import HOME
from .tls import untrusted_context

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path
    import ssl


@asynccontextmanager
async def server(answer: bytes, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Serve one answer to whatever is asked; yield the port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(answer)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls) as listening:
        yield listening.sockets[0].getsockname()[1]


async def seen(kind: ServiceKind, port: int, host: str = "127.0.0.1") -> Evidence:
    return await look_for(Service(kind, port), host, HOME)


@pytest.mark.parametrize("kind", list(ServiceKind))
async def test_where_nobody_listens_it_is_dead(kind: ServiceKind) -> None:
    async with server(b"") as port:
        pass
    assert await seen(kind, port) is Evidence.DEAD


async def test_a_connection_is_life() -> None:
    async with server(b"") as port:
        assert await seen(ServiceKind.TCP, port) is Evidence.ALIVE


async def test_a_certificate_is_life_whoever_gave_it() -> None:
    async with server(b"", untrusted_context()) as port:
        assert await seen(ServiceKind.TLS, port) is Evidence.ALIVE


@pytest.mark.parametrize("kind", [ServiceKind.TLS, ServiceKind.SMB, ServiceKind.HTTP])
@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-another\r\n" + bytes(100)])
async def test_another_service_at_the_port_is_no_life(kind: ServiceKind, answer: bytes) -> None:
    async with server(answer) as port:
        assert await seen(kind, port) is Evidence.DEAD


@pytest.mark.parametrize(
    ("status", "evidence"),
    [
        (b"HTTP/1.1 200 OK", Evidence.ALIVE),
        (b"HTTP/1.1 401 Unauthorized", Evidence.ALIVE),
        (b"HTTP/1.0 302", Evidence.ALIVE),
        (b"HTTP/1.1 502 Bad Gateway", Evidence.DEAD),
        (b"HTTP/1.1 good", Evidence.DEAD),
        (b"x" * 10_000, Evidence.DEAD),
    ],
)
async def test_a_web_server_lives_if_the_fault_is_not_its_own(
    status: bytes, evidence: Evidence
) -> None:
    async with server(status + b"\r\n\r\n") as port:
        assert await seen(ServiceKind.HTTP, port) is evidence


async def test_a_real_file_server_answers_without_an_account(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    share = Share("data", folder)
    with SambaServer(tmp_path / "samba", (share,), (Account("anna", "secret"),)) as samba:
        assert await seen(ServiceKind.SMB, samba.port) is Evidence.ALIVE


@pytest.mark.parametrize(
    ("number", "evidence"),
    [(errno.ENETUNREACH, Evidence.UNKNOWN), (errno.EHOSTUNREACH, Evidence.DEAD)],
)
async def test_an_address_that_this_machine_has_no_way_to_proves_nothing(
    number: int, evidence: Evidence
) -> None:
    with patch("asyncio.open_connection", side_effect=OSError(number, "no way")):
        assert await seen(ServiceKind.TCP, 445, "2a02:d300::1") is evidence


@pytest.mark.parametrize("port", [0, 65536])
def test_a_port_that_there_is_not_is_refused(port: int) -> None:
    with pytest.raises(ValueError, match="port"):
        Service(ServiceKind.TCP, port)
