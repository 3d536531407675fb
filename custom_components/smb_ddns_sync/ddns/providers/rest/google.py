"""Google Cloud DNS, API 1 (docs.cloud.google.com/dns/docs/reference/rest/v1), by service account.

A JSON Web Token that the account's key signs is changed into an access token, as RFC 7523 tells.
"""

from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from functools import cached_property
import json
from typing import TYPE_CHECKING, Any, Final, override

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from yarl import URL

from ...provider import Field, FieldKind, ProviderId, TtlBounds
from .cause import Cause, Denied, Forbidden, NotDoneError, Refused
from .read import MalformedError, at, number, rows_if_any, text
from .record_sets import RecordSet, RecordSetClient
from .zone import Spot, Texts, Zone, plain_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...names import DnsName

_TOKEN_URL: Final = URL("https://oauth2.googleapis.com/token")
_SCOPE: Final = "https://www.googleapis.com/auth/ndev.clouddns.readwrite"
_LIFE: Final = timedelta(hours=1)
_MARGIN: Final = timedelta(minutes=5)


class GoogleClient(RecordSetClient):
    """Google Cloud DNS: public zones. Record sets with a routing policy are never touched."""

    id = ProviderId("google_cloud")
    title = "Google Cloud DNS"
    api = URL("https://dns.googleapis.com/dns/v1")
    fields = (
        Field("service_account", FieldKind.SECRET),
        Field("project", FieldKind.TEXT, required=False),
    )
    credentials_url = "https://console.cloud.google.com/iam-admin/serviceaccounts"
    ttl_bounds = TtlBounds(least=0, most=86400, automatic=False)
    texts = Texts.QUOTED

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._token = ""
        self._until: datetime | None = None

    @cached_property
    def _account(self) -> Mapping[str, Any]:
        try:
            account = json.loads(self.entered("service_account"))
        except ValueError, RecursionError:
            raise NotDoneError(Denied("the service account is not JSON")) from None
        if not isinstance(account, dict) or account.get("type") != "service_account":
            raise NotDoneError(Denied("the JSON is not the key of a service account"))
        return account

    @property
    def _project(self) -> str:
        project = self.entered("project") or self._account.get("project_id")
        if not isinstance(project, str):
            raise NotDoneError(Denied("the service account names no project"))
        return project

    @override
    async def find_zone(self, name: DnsName) -> Zone | None:
        await self._log_in()

        async def look(candidate: str) -> Zone | None:
            path = f"projects/{self._project}/managedZones"
            value = await self.ask("GET", path, query=[("dnsName", f"{candidate}.")])
            for row in rows_if_any(value, "managedZones"):
                if row.get("visibility", "public") == "public":
                    return Zone(plain_name(text(row, "dnsName")), text(row, "name"))
            return None

        return await self.first_zone(name, look)

    async def _log_in(self) -> None:
        if self._until is not None and self.now() < self._until - _MARGIN:
            return
        url = self.token_url
        form = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
            ("assertion", self._assertion(str(_TOKEN_URL))),
        ]
        self._token = ""
        value = await self.ask("POST", form=form, writes=False, at_url=url)
        self._token = text(value, "access_token")
        self._until = self.now() + timedelta(seconds=number(value, "expires_in"))

    @property
    def token_url(self) -> URL:
        """Where tokens are given: at Google, or, if the API is elsewhere, beside it."""
        return _TOKEN_URL if self.root == self.api else self.root.with_path("/token")

    def _assertion(self, audience: str) -> str:
        account, now = self._account, int(self.now().timestamp())
        email, key_id, pem = (
            account.get(key) for key in ("client_email", "private_key_id", "private_key")
        )
        try:
            key = load_pem_private_key(str(pem).encode(), None)
        except ValueError, TypeError, UnsupportedAlgorithm:
            key = None
        if not isinstance(key, RSAPrivateKey):
            raise NotDoneError(Denied("the service account holds no RSA key"))
        header = {"alg": "RS256", "typ": "JWT", "kid": key_id}
        claims = {
            "iss": email,
            "scope": _SCOPE,
            "aud": audience,
            "iat": now,
            "exp": now + int(_LIFE.total_seconds()),
        }
        text = f"{_encoded(header)}.{_encoded(claims)}"
        signature = key.sign(text.encode(), PKCS1v15(), SHA256())
        return f"{text}.{_base64(signature)}"

    @override
    def headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self._token}"} if self._token else {}

    @override
    async def read_set(self, spot: Spot) -> RecordSet | None:
        query = [("name", f"{spot.name}."), ("type", spot.type)]
        value = await self.ask("GET", self._sets(spot), query=query)
        for row in rows_if_any(value, "rrsets"):
            if (plain_name(text(row, "name")), text(row, "type")) != (spot.name, spot.type):
                continue
            if "routingPolicy" in row:
                raise NotDoneError(Refused("a record with a routing policy stands there"))
            values = at(row, "rrdatas")
            if not isinstance(values, list):
                raise MalformedError("rrdatas")
            return RecordSet(tuple(map(str, values)), number(row, "ttl"))
        return None

    @override
    async def write_set(self, spot: Spot, new: RecordSet, old: RecordSet | None) -> None:
        body = {
            "name": f"{spot.name}.",
            "type": spot.type,
            "ttl": new.ttl,
            "rrdatas": list(new.values),
        }
        if old is None:
            value = await self.ask("POST", self._sets(spot), json=body)
        else:
            path = f"{self._sets(spot)}/{spot.name}./{spot.type}"
            value = await self.ask("PATCH", path, json=body)
        if at(value, "rrdatas") != list(new.values):
            raise MalformedError("rrdatas")

    def _sets(self, spot: Spot) -> str:
        return f"projects/{self._project}/managedZones/{spot.zone.id}/rrsets"

    @override
    def refusal(self, status: int, value: Any) -> Cause | None:
        match value:
            case {"error": "invalid_grant" | "invalid_client" | "unauthorized_client"}:
                return Denied(self.shown(value))
            case {"error": {"errors": [{"reason": "rateLimitExceeded"}, *_]}}:
                return self.limited()
            case {"error": {"errors": [{"reason": "accessNotConfigured"}, *_]}}:
                return Forbidden(f"{self.shown(value)}; switch on the Cloud DNS API of the project")
        return None


def _encoded(value: Any) -> str:
    return _base64(json.dumps(value).encode())


def _base64(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()
