"""One HTTP call to a provider, with every way it can fail told as an outcome."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
import logging
from typing import TYPE_CHECKING, Final

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientHandlerType,
    ClientOSError,
    ClientRequest,
    ClientResponse,
    ClientSession,
    ClientSSLError,
    ClientTimeout,
    ConnectionTimeoutError,
    ServerDisconnectedError,
)

from ..agent import USER_AGENT
from ..outcome import BadAnswer, PinMismatch, RetryAfter, Trouble, Unconfirmed
from ..tls import SECURE, PinMismatchError, context

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yarl import URL

_LOGGER: Final = logging.getLogger(__name__)

# What a provider may ask us to wait. More is a mistake that would look like an abandoned record.
_LONGEST_WAIT: Final = timedelta(days=1)
# When it says that it is overloaded, but not for how long.
LIMITED_WAIT: Final = timedelta(minutes=5)
# After a fault that may be over soon; the record keeper stretches it from failure to failure.
FAULT_WAIT: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a call may take: to connect, and from the first step to the last byte."""

    connect: timedelta = timedelta(seconds=10)
    whole: timedelta = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Request:
    """A call to make. URL, headers and body may hold secrets, so the repr leaves them out.

    A body goes either as `json` or, with a `Content-Type` among the headers, as `text`.

    `writes` says whether the call can change a record. Of a call that can't, every fault is
    `RetryAfter`; of one that can, a fault after the request left is `Unconfirmed`.
    """

    method: str
    url: URL
    writes: bool
    headers: Mapping[str, str]
    json: object = None
    text: str | None = None

    def __repr__(self) -> str:
        return f"Request({self.method} {self.url.host})"


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer of any status. Its body may echo secrets, so it is never shown as is."""

    status: int
    headers: Mapping[str, str]
    body: str

    def __repr__(self) -> str:
        return f"Reply({self.status}, {len(self.body)} characters)"

    def wait(self, otherwise: timedelta) -> timedelta:
        """Return how long the server asks us to stay away (RFC 9110 section 10.2.3)."""
        return _retry_after(self.headers) or otherwise


async def call(
    session: ClientSession, request: Request, patience: Patience, most: int
) -> Reply | Trouble:
    """Make one call, following no redirect, and read at most `most` bytes of the answer.

    Redirects are not followed because the credentials would go along. Nothing but cancellation is
    raised. Statuses are the caller's to read.
    """
    answer = await _try_call(session, request, patience, most)
    _LOGGER.debug("%s: %s", request, answer)
    return answer


async def _try_call(
    session: ClientSession, request: Request, patience: Patience, most: int
) -> Reply | Trouble:
    host = request.url.host
    tls = context()
    if tls is not SECURE and request.url.scheme != "https":
        return PinMismatch(f"A certificate is pinned, and {host} is asked without TLS.")
    try:
        async with (
            asyncio.timeout(patience.whole.total_seconds()),
            session.request(
                request.method,
                request.url,
                headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"}
                | dict(request.headers),
                json=request.json,
                data=None if request.text is None else request.text.encode(),
                ssl=tls,
                allow_redirects=False,
                auto_decompress=False,
                middlewares=(_only_once,) if request.writes else None,
                timeout=ClientTimeout(
                    total=None,
                    connect=patience.connect.total_seconds(),
                    sock_connect=patience.connect.total_seconds(),
                ),
            ) as response,
        ):
            return await _read(response, most)
    except ConnectionTimeoutError:
        return RetryAfter(f"{host} could not be reached in time.", FAULT_WAIT, everywhere=True)
    except ClientSSLError as error:
        if isinstance(getattr(error, "certificate_error", None), PinMismatchError):
            return PinMismatch(
                f"{host} shows another certificate than the one that is pinned. Nothing was sent "
                "to it. If the provider has a new one, change or remove the pin."
            )
        return RetryAfter(
            f"{host} could not prove who it is: its certificate is not valid here. "
            "Nothing was sent to it.",
            FAULT_WAIT,
            everywhere=True,
        )
    except ClientConnectorError as error:
        return RetryAfter(
            f"{host} could not be reached: {_why(error)}.", FAULT_WAIT, everywhere=True
        )
    except TimeoutError:
        return _unheard(request, f"{host} did not answer in time.")
    except ClientError, OSError, ValueError:
        # ValueError: what came can't be read as HTTP.
        return _unheard(request, f"The connection to {host} broke before its answer was complete.")


class _AnswerLostError(ClientError):
    """The connection broke after the request was sent."""


async def _only_once(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    """Send a request that writes no more than once.

    aiohttp repeats a GET by itself when no answer comes, and to dyndns2 that is a second update:
    whether there is one is for the record keeper to decide.
    """
    try:
        return await handler(request)
    except ClientConnectorError, ConnectionTimeoutError:
        raise
    except (ClientOSError, ServerDisconnectedError) as error:
        raise _AnswerLostError from error


def _unheard(request: Request, message: str) -> Trouble:
    if request.writes:
        return Unconfirmed(f"{message} It may have made the change.")
    return RetryAfter(message, FAULT_WAIT)


def _why(error: ClientConnectorError) -> str:
    # Only the system's words: the exception's own text is made of the request.
    return error.os_error.strerror or "the connection failed"


async def _read(response: ClientResponse, most: int) -> Reply | BadAnswer:
    body = bytearray()
    while chunk := await response.content.read(most + 1 - len(body)):
        body += chunk
        if len(body) > most:
            return BadAnswer(f"{response.url.host} answered with more than {most} bytes.")
    return Reply(
        response.status,
        {name.lower(): value for name, value in response.headers.items()},
        body.decode(errors="replace"),
    )


def _retry_after(headers: Mapping[str, str]) -> timedelta | None:
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        # The length bounds the number before it is made.
        wait = timedelta(seconds=int(text)) if len(text) < 9 else _LONGEST_WAIT  # noqa: PLR2004
    else:
        then, now = _date(text), _date(headers.get("date", "")) or datetime.now(UTC)
        if then is None:
            return None
        wait = then - now
    return min(max(wait, timedelta(seconds=1)), _LONGEST_WAIT)


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
