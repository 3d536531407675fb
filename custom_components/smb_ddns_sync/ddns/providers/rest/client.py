"""What all clients of REST APIs share: one call, what its status means, zones and pages.

A client is a subclass that knows one provider's paths, bodies and words. Its methods return what
was asked for or raise `NotDoneError` or `MalformedError`; `RestProvider` makes outcomes of them,
and decides what is written.
"""

from abc import ABC, abstractmethod
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
import json as jsons
from typing import TYPE_CHECKING, Any, ClassVar, Final
from urllib.parse import quote

from yarl import URL

from ...outcome import BadAnswer, RetryAfter, Unconfirmed
from ...provider import Field, FieldKind, ProviderId, TtlBounds
from ...secret import Scrubber, Secret
from ..call import FAULT_WAIT, LIMITED_WAIT, Patience, Reply, Request, call
from ..signatures import Pairs, encoded_query
from .cause import Cause, Denied, Forbidden, Missing, NotDoneError, Refused
from .read import at, said
from .zone import Record, Spot, Texts, Zone, longest, plain_text, suffixes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from aiohttp import ClientSession

    from ...names import DnsName

_MOST_BYTES: Final = 1024 * 1024
# No account that people have at home is larger; it bounds what a broken API can make us ask.
_MOST_PAGES: Final = 100

type Access = Mapping[str, Secret | str]
"""What the user entered, by the keys of the fields; an optional field left out is empty."""

TOKEN: Final = Field("token", FieldKind.SECRET)
API_KEY: Final = Field("api_key", FieldKind.SECRET)
API_SECRET: Final = Field("api_secret", FieldKind.SECRET)
ACCESS_KEY_ID: Final = Field("access_key_id", FieldKind.TEXT)
ACCESS_KEY_SECRET: Final = Field("access_key_secret", FieldKind.SECRET)
USERNAME: Final = Field("username", FieldKind.TEXT)
PASSWORD: Final = Field("password", FieldKind.SECRET)


class RestClient(ABC):
    """A client for one set of credentials."""

    id: ClassVar[ProviderId]
    title: ClassVar[str]
    api: ClassVar[URL]
    fields: ClassVar[tuple[Field, ...]] = (TOKEN,)
    credentials_url: ClassVar[str | None] = None
    ttl_bounds: ClassVar[TtlBounds | None] = None
    default_ttl: ClassVar[int] = 300
    """Seconds that a new record gets; one that exists keeps its own."""
    least_interval: ClassVar[timedelta] = timedelta(seconds=10)
    """The least time between two calls for one name."""
    quiet: ClassVar[bool] = False
    """Whether a write that succeeds may be answered with nothing at all."""
    in_two_steps: ClassVar[bool] = False
    """Whether a change adds the new record before it takes the old one away, in calls of their own.

    What fails between leaves both; the old one is the one that holds what was published last.
    """
    texts: ClassVar[Texts | None] = Texts.PLAIN
    """How it takes TXT records; None where it can't keep those that two sites share."""

    def __init__(
        self,
        session: ClientSession,
        access: Access,
        *,
        ttl: int | None = None,
        root: URL | None = None,
        patience: Patience | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self._session: Final = session
        self._access: Final = access
        self._patience: Final = patience or Patience()
        self.root: Final = root or self.api
        self.ttl: Final = ttl or self.default_ttl
        self.now: Final = clock or (lambda: datetime.now(UTC))
        secrets = [value for value in access.values() if isinstance(value, Secret)]
        self.scrubber: Final = Scrubber(*secrets)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.root.host})"

    @abstractmethod
    async def find_zone(self, name: DnsName) -> Zone | None:
        """Find the zone of the account that holds a name: the longest suffix that is one."""

    @abstractmethod
    async def list_records(self, spot: Spot) -> list[Record]:
        """List the records at a spot, of addresses or texts; others among them do no harm."""

    @abstractmethod
    async def create(self, spot: Spot, content: str) -> None:
        """Make the first record at a spot."""

    @abstractmethod
    async def change(self, spot: Spot, record: Record, content: str) -> None:
        """Let a record hold another content, and keep all else of it."""

    async def add(self, spot: Spot, beside: list[Record], content: str) -> None:  # noqa: ARG002
        """Make a record beside those that stand there, and leave them as they are."""
        await self.create(spot, content)

    async def clear(self, spot: Spot, record: Record) -> None:
        """Take away what a change in two steps has left behind."""
        raise NotImplementedError

    # What a provider adds to the calls.

    def headers(self) -> Mapping[str, str]:
        """Return the headers of every call, credentials among them."""
        return {}

    def signed(self, method: str, url: URL, body: bytes) -> Mapping[str, str]:  # noqa: ARG002
        """Return the headers of this call."""
        return self.headers()

    def refusal(self, status: int, value: Any) -> Cause | None:  # noqa: ARG002
        """Return what the provider's own words mean, where they say more than the status."""
        return None

    # What providers use.

    def entered(self, key: str) -> str:
        """Return what the user entered; the one place that reveals it."""
        value = self._access.get(key, "")
        return value.reveal() if isinstance(value, Secret) else value

    def secret(self, key: str) -> Secret:
        """Return a secret that the user entered."""
        value = self._access[key]
        assert isinstance(value, Secret)  # noqa: S101 - fields say which are
        return value

    def basic(self, user: str, password: str) -> Mapping[str, str]:
        """Return basic authentication (RFC 7617)."""
        pair = f"{self.entered(user)}:{self.entered(password)}".encode()
        return {"Authorization": f"Basic {b64encode(pair).decode()}"}

    def bearer(self) -> Mapping[str, str]:
        """Return the API token as RFC 6750 sends it."""
        return {"Authorization": f"Bearer {self.entered('token')}"}

    async def ask(
        self,
        method: str,
        path: str = "",
        *,
        query: Pairs = (),
        json: Any = None,
        form: Pairs | None = None,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        writes: bool | None = None,
        at_url: URL | None = None,
    ) -> Any:
        """Make a call and return what it answers. Raises `NotDoneError`.

        `writes` says whether it can change a record, where the method does not; `at_url` is where
        it goes if not to the API itself.
        """
        mime = "text/xml" if body else "application/json"
        if json is not None:
            body = jsons.dumps(json, ensure_ascii=False, separators=(",", ":")).encode()
        elif form is not None:
            body = encoded_query(form).encode()
            mime = "application/x-www-form-urlencoded"
        url = at_url or self.url(path, query)
        more = {"Content-Type": mime} if body else {}
        writes = method != "GET" if writes is None else writes
        request = Request(
            method,
            url,
            writes=writes,
            headers={"Accept": "application/json"}
            | more
            | dict(self.signed(method, url, body))
            | dict(headers or {}),
            text=body.decode() if body else None,
        )
        reply = await call(self._session, request, self._patience, _MOST_BYTES)
        if not isinstance(reply, Reply):
            raise NotDoneError(reply)
        return self.read(reply, writes=writes)

    async def ask_if_there(self, method: str, path: str, **more: Any) -> Any:
        """Make a call and return what it answers; None where what it is about is not there."""
        try:
            return await self.ask(method, path, **more)
        except NotDoneError as error:
            if isinstance(error.cause, Missing):
                return None
            raise

    def url(self, path: str, query: Pairs = ()) -> URL:
        """Return the URL of a call, encoded as signatures want it."""
        root = str(self.root).rstrip("/")
        # What RFC 3986 section 3.3 lets stand in a path.
        whole = f"{root}/{quote(path, safe='/-_.~@*:,=')}" if path else str(self.root)
        pairs = encoded_query(query)
        return URL(f"{whole}?{pairs}" if pairs else whole, encoded=True)

    def read(self, reply: Reply, *, writes: bool) -> Any:
        """Return what an answer tells. Raises `NotDoneError`."""
        if cause := self._out_of_service(reply, writes=writes):
            raise NotDoneError(cause)
        fine = HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES
        if fine and writes and self.quiet and not reply.body.strip():
            return None
        try:
            value = self.decode(reply.body)
        except ValueError, RecursionError:
            raise NotDoneError(self._no_answer(reply)) from None
        if cause := self.refusal(reply.status, value) or self._by_status(reply.status, value):
            raise NotDoneError(cause)
        return value

    def decode(self, body: str) -> Any:
        """Return what a body holds. Raises `ValueError` where it can't be read."""
        return jsons.loads(body)

    def limited(self, reply: Reply | None = None) -> RetryAfter:
        """Tell that the provider takes no more calls for now."""
        return RetryAfter(
            f"{self.title} takes no more calls for now.",
            reply.wait(LIMITED_WAIT) if reply else LIMITED_WAIT,
            everywhere=True,
        )

    def shown(self, value: Any) -> str:
        """Return what an answer tells, fit to be shown."""
        return self.scrubber.clean(said(value)) or "it gives no reason"

    def _out_of_service(self, reply: Reply, *, writes: bool) -> Cause | None:
        if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
            return self.limited(reply)
        if reply.status == HTTPStatus.SERVICE_UNAVAILABLE:
            return RetryAfter(
                f"{self.title} is out of service for now (HTTP 503).",
                reply.wait(FAULT_WAIT),
                everywhere=True,
            )
        if reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            message = f"{self.title} failed while it worked on the call (HTTP {reply.status})."
            if writes:
                return Unconfirmed(f"{message} It may have made the change.")
            return RetryAfter(message, reply.wait(FAULT_WAIT))
        return None

    def _no_answer(self, reply: Reply) -> Cause:
        by_status: dict[int, Cause] = {
            HTTPStatus.UNAUTHORIZED: Denied("HTTP 401"),
            HTTPStatus.FORBIDDEN: Forbidden("HTTP 403"),
            HTTPStatus.NOT_FOUND: Missing("HTTP 404"),
        }
        return by_status.get(reply.status) or BadAnswer(
            f"What answered for {self.title} (HTTP {reply.status}) did not speak its API. Look "
            "whether a proxy or a login page stands in between."
        )

    def _by_status(self, status: int, value: Any) -> Cause | None:
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return None
        shown = f"HTTP {status}: {self.shown(value)}"
        if (cause := self.commonly(status, shown)) is not None:
            return cause
        if status in {
            HTTPStatus.BAD_REQUEST,
            HTTPStatus.CONFLICT,
            HTTPStatus.UNPROCESSABLE_ENTITY,
        }:
            return Refused(shown)
        return BadAnswer(f"{self.title} answered what its API does not tell ({shown}).")

    def commonly(self, code: int, shown: str) -> Cause | None:
        """Return what a status means wherever it stands, in HTTP or in the body; None for others.

        RFC 9110 § 15.5, RFC 6585 § 4.
        """
        match code:
            case HTTPStatus.UNAUTHORIZED:
                return Denied(shown)
            case HTTPStatus.FORBIDDEN:
                return Forbidden(shown)
            case HTTPStatus.NOT_FOUND:
                return Missing(shown)
            case HTTPStatus.TOO_MANY_REQUESTS:
                return self.limited()
        return None

    async def first_zone(
        self, name: DnsName, look: Callable[[str], Awaitable[Zone | None]]
    ) -> Zone | None:
        """Ask for one suffix of a name after the other; what is missing or refused is no zone."""
        for candidate in suffixes(name):
            try:
                zone = await look(candidate)
            except NotDoneError as error:
                if isinstance(error.cause, (Missing, Refused)):
                    continue
                raise
            if zone is not None and zone.name == candidate:
                return zone
        return None

    async def listed_zone(
        self, name: DnsName, page: Callable[[int], Awaitable[list[Zone]]], size: int
    ) -> Zone | None:
        """List all zones, and return the one that holds a name."""
        return longest(await self.pages(page, size), name)

    async def pages[T](self, page: Callable[[int], Awaitable[list[T]]], size: int) -> list[T]:
        """Return the items of all pages, counted from 1; one that is not full is the last."""
        items: list[T] = []
        for number in range(1, _MOST_PAGES + 1):
            some = await page(number)
            items += some
            if len(some) < size:
                break
        return items

    def confirm(self, value: Any, content: str, *path: str) -> None:
        """Make sure that an answer to a write shows the content. Raises `NotDoneError`."""
        shown = at(value, *path)
        if not isinstance(shown, str) or plain_text(shown) != plain_text(content):
            raise NotDoneError(
                BadAnswer(f"{self.title} did not confirm that the record holds {content} now.")
            )
