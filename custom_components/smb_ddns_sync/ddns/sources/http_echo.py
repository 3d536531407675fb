"""Asking web servers from which address they were asked."""

import asyncio
from dataclasses import replace
from datetime import timedelta
import logging
from typing import TYPE_CHECKING, Final, override

from aiohttp import (
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientSSLError,
    ClientTimeout,
)

from ..agent import USER_AGENT
from ..source import NoAnswer, SourceId, SourceKind
from .asked import AskedSource
from .custom import custom_echo
from .datagram import why_not
from .well_known import DEFAULT_SOURCES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from ..address import Address, Family
    from .echo import HttpEcho

_LOGGER: Final = logging.getLogger(__name__)

ASK_TIMEOUT: Final = timedelta(seconds=10)
# The longest honest answer is a trace of about 300 bytes.
MOST_BYTES: Final = 4096

# `Connection: close`: the next question comes minutes later and must not meet a connection that was
# opened before the address changed. No compression: a small body must not be able to grow.
_HEADERS: Final = {
    "User-Agent": USER_AGENT,
    "Accept": "text/plain, */*;q=0.1",
    "Accept-Encoding": "identity",
    "Cache-Control": "no-cache",
    "Connection": "close",
}


class HttpSource(AskedSource):
    """One HTTP echo, asked over the session of the family that is meant.

    Each session's connector must be bound to its family; this class can't see which one was used.
    """

    def __init__(
        self,
        echo: HttpEcho,
        sessions: Mapping[Family, ClientSession],
        *,
        time_out: timedelta = ASK_TIMEOUT,
    ) -> None:
        families = echo.families & sessions.keys()
        super().__init__(echo.id, echo.operator, SourceKind.HTTP, families)
        self._echo = echo
        self._sessions = sessions
        self._time_out = time_out.total_seconds()

    @override
    async def _find(self, family: Family) -> Address | NoAnswer:
        try:
            async with (
                asyncio.timeout(self._time_out),
                self._sessions[family].get(
                    self._echo.urls[family],
                    headers=_HEADERS,
                    allow_redirects=False,
                    auto_decompress=False,
                    timeout=ClientTimeout(total=None),
                ) as response,
            ):
                return await self._read(response, family)
        except TimeoutError:
            return NoAnswer.TIMED_OUT
        except ClientSSLError:
            return NoAnswer.TLS
        except ClientConnectorDNSError:
            return NoAnswer.UNREACHABLE
        except ClientConnectorError as error:
            return why_not(error.os_error)
        except ClientError, OSError, ValueError:
            # ValueError: what a server sent can't be read as HTTP.
            return NoAnswer.CUT_OFF

    async def _read(self, response: ClientResponse, family: Family) -> Address | NoAnswer:
        if response.status in range(300, 400):
            return NoAnswer.REDIRECTED
        if response.status != 200:  # noqa: PLR2004 - OK, RFC 9110 section 15.3.1
            return NoAnswer.BAD_STATUS
        body = bytearray()
        while chunk := await response.content.read(MOST_BYTES + 1 - len(body)):
            body += chunk
            if len(body) > MOST_BYTES:
                return NoAnswer.TOO_LARGE
        return self._echo.read(bytes(body), family)


def http_sources(
    sessions: Mapping[Family, ClientSession],
    ids: Collection[str],
    custom_urls: Sequence[str] = (),
) -> tuple[HttpSource, ...]:
    """Return the built-in sources with these ids, then those at the user's URLs; each only once.

    Ids that are not known (a service that a later version dropped) are left out; the quorum stands,
    so the verdict tells where too few are left. Raises `UnusableUrlError` for a URL that
    `custom_echo` refuses.
    """
    echoes = [echo for source, echo in DEFAULT_SOURCES.items() if source in ids]
    for number, echo in enumerate(map(custom_echo, custom_urls), start=1):
        if any(echo.urls == known.urls for known in echoes):
            continue
        if any(echo.id == known.id for known in echoes):
            # They differ in the query alone, which an id doesn't show.
            echo = replace(echo, id=SourceId(f"{echo.id} ({number})"))  # noqa: PLW2901 - the same echo
        echoes.append(echo)
    return tuple(HttpSource(echo, sessions) for echo in echoes)
