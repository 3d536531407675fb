"""Home Assistant over its own interfaces: the first user, the log-in, flows, states, actions.

Everything goes the way a browser goes. Nothing is written into its files, so what works here works
for a person too.
"""

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum
import time
from typing import TYPE_CHECKING, Any

from aiohttp import ClientError, ClientSession, ClientTimeout

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

type Json = dict[str, Any]

_TIMEOUT = ClientTimeout(total=90)  # a form may wait for the deadline of what it checks
_PROGRESS_LIMIT = 90.0  # seconds for what a flow does between two forms
_RENEW_EARLY = 120.0  # seconds before an access token (30 minutes) ends


class RefusedError(Exception):
    """Home Assistant did not do what was asked; the message says what it answered."""


class FlowKind(StrEnum):
    """Which flow manager a form belongs to; the value is its path."""

    ENTRY = "flow"
    OPTIONS = "options/flow"
    SUBENTRY = "subentries/flow"


@dataclass(frozen=True, slots=True)
class User:
    """A person who logs in."""

    name: str
    username: str
    password: str = field(repr=False)


class HomeAssistantClient:
    """A logged-in visitor. Calls raise `RefusedError` for answers other than success."""

    def __init__(self, session: ClientSession, url: str) -> None:
        self.url = url
        self._session = session
        self._client_id = f"{url}/"
        self._access = ""
        self._refresh = ""
        self._expires = 0.0

    async def answers(self) -> bool:
        """Tell whether anything answers there, without waiting for long."""
        try:
            async with self._session.get(
                f"{self.url}/manifest.json", timeout=ClientTimeout(total=5)
            ) as response:
                return response.status == 200  # noqa: PLR2004 - HTTP's success
        except ClientError, TimeoutError:
            return False

    async def enter(self, user: User) -> None:
        """Log in; where Home Assistant knows nobody yet, as its first user."""
        if await self._is_new():
            answer = await self._open_post(
                "/api/onboarding/users",
                {
                    "client_id": self._client_id,
                    "name": user.name,
                    "username": user.username,
                    "password": user.password,
                    "language": "en",
                },
            )
            code = answer["auth_code"]
        else:
            code = await self._log_in(user)
        await self._fetch_token({"grant_type": "authorization_code", "code": code})

    async def leave(self) -> None:
        """Log out, so that no session of ours stays behind."""
        if self._refresh:
            async with self._session.post(
                f"{self.url}/auth/revoke", data={"token": self._refresh}, timeout=_TIMEOUT
            ):
                self._refresh = self._access = ""

    async def token(self) -> str:
        """Return an access token that is good for two minutes at least."""
        if not self._refresh:
            raise RefusedError("Nobody is logged in")
        if time.monotonic() > self._expires - _RENEW_EARLY:
            await self._fetch_token({"grant_type": "refresh_token", "refresh_token": self._refresh})
        return self._access

    async def renew(self) -> None:
        """Fetch a new access token, whatever the old one's age by the clock here."""
        self._expires = 0.0
        await self.token()

    def browser_tokens(self) -> Json:
        """Return what Home Assistant's own page keeps of a log-in in the browser."""
        return {
            "hassUrl": self.url,
            "clientId": self._client_id,
            "access_token": self._access,
            "refresh_token": self._refresh,
            "token_type": "Bearer",
            "expires_in": 1800,
            "expires": int((time.time() + self._expires - time.monotonic()) * 1000),
        }

    async def is_running(self) -> bool:
        """Tell whether start-up is over."""
        config = await self.get("/api/config")
        return bool(config["state"] == "RUNNING")

    async def get(self, path: str) -> Any:
        """Read something."""
        return await self._call("GET", path, None)

    async def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Send something."""
        return await self._call("POST", path, body)

    async def delete(self, path: str) -> Any:
        """Remove something."""
        return await self._call("DELETE", path, None)

    async def states(self) -> dict[str, Json]:
        """Return every state by its entity id."""
        return {state["entity_id"]: state for state in await self.get("/api/states")}

    async def act(self, action: str, data: Mapping[str, Any], *, answer: bool = False) -> Any:
        """Call an action such as `button.press`; return its response where one is asked for."""
        domain, name = action.split(".")
        query = "?return_response" if answer else ""
        return await self.post(f"/api/services/{domain}/{name}{query}", data)

    async def entries(self, domain: str) -> list[Json]:
        """Return the config entries of an integration."""
        found: list[Json] = await self.get(f"/api/config/config_entries/entry?domain={domain}")
        return found

    async def fill_in(
        self,
        kind: FlowKind,
        handler: str | Sequence[str],
        answers: Sequence[Mapping[str, Any]],
        *,
        entry_id: str | None = None,
        subentry_id: str | None = None,
    ) -> Json:
        """Go through a flow, one answer a form, and return its last result.

        Raises `RefusedError` where a form comes back with errors, or wants more answers.
        """
        start: Json = {"handler": handler}
        if entry_id is not None:
            start["entry_id"] = entry_id
        if subentry_id is not None:
            start["subentry_id"] = subentry_id
        path = f"/api/config/config_entries/{kind}"
        result = await self._past_progress(path, await self.post(path, start))
        for given in answers:
            if result["type"] not in {"form", "menu"}:
                break
            result = await self._past_progress(
                path, await self.post(f"{path}/{result['flow_id']}", given)
            )
            if result.get("errors"):
                await self.delete(f"{path}/{result['flow_id']}")
                raise RefusedError(
                    f"The form {result['step_id']} of {handler} says {result['errors']}"
                )
        if result["type"] in {"form", "menu"}:
            await self.delete(f"{path}/{result['flow_id']}")
            raise RefusedError(f"{handler} also asks for {result['step_id']}")
        if result["type"] == "abort" and not result["reason"].endswith("_successful"):
            raise RefusedError(f"{handler} stopped: {result['reason']}")
        return result

    async def _past_progress(self, path: str, result: Json) -> Json:
        async with asyncio.timeout(_PROGRESS_LIMIT):
            while result["type"] in {"progress", "progress_done"}:
                await asyncio.sleep(0.1)
                result = await self.get(f"{path}/{result['flow_id']}")
        return result

    async def _is_new(self) -> bool:
        async with self._session.get(f"{self.url}/api/onboarding", timeout=_TIMEOUT) as response:
            if response.status == 404:  # noqa: PLR2004 - gone once the tour is over
                return False
            steps = await response.json()
        return any(step["step"] == "user" and not step["done"] for step in steps)

    async def _log_in(self, user: User) -> str:
        flow = await self._open_post(
            "/auth/login_flow",
            {
                "client_id": self._client_id,
                "handler": ["homeassistant", None],
                "redirect_uri": self._client_id,
            },
        )
        result = await self._open_post(
            f"/auth/login_flow/{flow['flow_id']}",
            {
                "client_id": self._client_id,
                "username": user.username,
                "password": user.password,
            },
        )
        if result["type"] != "create_entry":
            raise RefusedError(f"Home Assistant refuses the log-in of {user.username}")
        code: str = result["result"]
        return code

    async def _fetch_token(self, grant: Mapping[str, str]) -> None:
        form = {**grant, "client_id": self._client_id}
        async with self._session.post(
            f"{self.url}/auth/token", data=form, timeout=_TIMEOUT
        ) as response:
            answer = await response.json()
            if response.status != 200:  # noqa: PLR2004 - HTTP's success
                raise RefusedError(f"No token: {answer.get('error_description', answer)}")
        self._access = answer["access_token"]
        self._refresh = answer.get("refresh_token", self._refresh)
        self._expires = time.monotonic() + answer["expires_in"]

    async def _open_post(self, path: str, body: Mapping[str, Any]) -> Json:
        async with self._session.post(f"{self.url}{path}", json=body, timeout=_TIMEOUT) as response:
            answer: Json = await response.json()
            if response.status != 200:  # noqa: PLR2004 - HTTP's success
                raise RefusedError(f"{path} answered {response.status}: {answer}")
            return answer

    async def _call(
        self, method: str, path: str, body: Mapping[str, Any] | None, *, again: bool = True
    ) -> Any:
        headers = {"Authorization": f"Bearer {await self.token()}"}
        async with self._session.request(
            method, f"{self.url}{path}", json=body, headers=headers, timeout=_TIMEOUT
        ) as response:
            if response.status == 401 and again:  # noqa: PLR2004 - HTTP's
                # The token has ended by Home Assistant's clock, which may have been set.
                await self.renew()
                return await self._call(method, path, body, again=False)
            if response.status not in {200, 201}:
                text = (await response.text()).strip()
                raise RefusedError(f"{method} {path} answered {response.status}: {text[:500]}")
            return await response.json()
