"""Google Cloud DNS and the token service beside it: the signature of the JWT is verified."""

from base64 import urlsafe_b64decode
from functools import cache
import json
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, override

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from custom_components.smb_ddns_sync.ddns.providers.rest.google import GoogleClient

from .api import Quotes, answered, not_documented
from .record_sets import SetApi

if TYPE_CHECKING:
    from aiohttp import web

    from .api import Call

_ACCESS = "ya29.access"


@cache
def key(_which: str) -> rsa.RSAPrivateKey:
    """Return a key; the same one for the same word."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def service_account(which: str = "right") -> str:
    """Return the JSON that Google gives for a service account."""
    pem = key(which).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return json.dumps(
        {
            "type": "service_account",
            "project_id": "my-project",
            "private_key_id": "kid-1",
            "private_key": pem,
            "client_email": "dns@my-project.iam.gserviceaccount.com",
        },
        indent=2,
    )


class GoogleApi(SetApi):
    """Cloud DNS: what is empty is left out."""

    client = GoogleClient
    quotes = Quotes.WANTED
    settings = MappingProxyType({"service_account": service_account()})

    @classmethod
    @override
    def spoiled(cls, secret: str) -> str:
        return service_account(secret)

    @override
    def authorized(self, call: Call) -> bool:
        if call.path == "/token":
            return self._is_granted(call.form["assertion"])
        return call.headers.get("authorization") == f"Bearer {_ACCESS}"

    @staticmethod
    def _is_granted(assertion: str) -> bool:
        header, claims, signature = assertion.split(".")
        try:
            key("right").public_key().verify(
                _decoded(signature), f"{header}.{claims}".encode(), padding.PKCS1v15(), SHA256()
            )
        except InvalidSignature:
            return False
        told = json.loads(_decoded(claims))
        return bool(
            json.loads(_decoded(header))["alg"] == "RS256"
            and told["aud"] == "https://oauth2.googleapis.com/token"
            and told["iss"].endswith(".iam.gserviceaccount.com")
            and told["scope"].endswith("/auth/ndev.clouddns.readwrite")
            and 0 < told["exp"] - told["iat"] <= 3600
        )

    @override
    def denied(self) -> web.Response:
        told = {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}
        return answered(told, 400)

    @override
    def writes(self, call: Call) -> bool:
        return call.method in {"POST", "PATCH"} and call.path != "/token"

    @override
    def route(self, call: Call, *path: str) -> web.Response:
        match call.method, path:
            case "POST", ("token",):
                return answered({"access_token": _ACCESS, "expires_in": 3599})
            case "GET", ("dns", "v1", "projects", "my-project", "managedZones"):
                zone = call.query["dnsName"].removesuffix(".")
                if zone not in self.zones:
                    return answered({"kind": "dns#managedZonesListResponse"})
                shown = {"name": f"z-{zone}", "dnsName": f"{zone}.", "visibility": "public"}
                private = shown | {"name": "hidden", "visibility": "private"}
                return answered({"managedZones": [private, shown]})
            case method, ("dns", "v1", "projects", "my-project", "managedZones", _, "rrsets", *key):
                return self._sets(method, call, key)
        return not_documented(call)

    def _sets(self, method: str, call: Call, key: list[str]) -> web.Response:
        match method, key:
            case "GET", []:
                name, kind = call.query["name"].removesuffix("."), call.query["type"]
                found = self.set_of(name, kind)
                return answered({"rrsets": [self._shown(name, kind)]} if found else {})
            case "POST", []:
                asked = call.json
                name, kind = asked["name"].removesuffix("."), asked["type"]
                if self.set_of(name, kind):
                    return _refused(409, "alreadyExists")
            case "PATCH", [whole, kind]:
                asked = call.json
                name = whole.removesuffix(".")
                if not self.set_of(name, kind):
                    return _refused(404, "notFound")
            case _:
                return not_documented(call)
        self.overwrite(name, kind, asked["rrdatas"], asked["ttl"])
        return answered(self._shown(name, kind))

    def _shown(self, name: str, kind: str) -> dict[str, Any]:
        found = self.set_of(name, kind)
        values = [record.content for record in found]
        return {"name": f"{name}.", "type": kind, "ttl": found[0].ttl, "rrdatas": values}


def _refused(status: int, reason: str) -> web.Response:
    error = {"code": status, "message": reason, "errors": [{"reason": reason}]}
    return answered({"error": error}, status)


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
