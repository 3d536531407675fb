"""Signatures as the receiving side verifies them: from the request as it came over the wire."""

from hashlib import sha256
import hmac
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from .api import SECRET

if TYPE_CHECKING:
    from collections.abc import Callable

    from .api import Call

KEY_ID: Final = "AKID0123456789"


def is_signed(
    call: Call,
    algorithm: str,
    *,
    must: set[str],
    text: Callable[[str], str],
    credential: str,
    key: bytes,
    path: str | None = None,
) -> bool:
    """Verify an Authorization of the form that four families share.

    `text` makes the string to sign of the canonical request's hash; `must` has to be signed.
    """
    scheme, _, rest = call.headers.get("authorization", "").partition(" ")
    parts = dict(part.strip().split("=", 1) for part in rest.split(",") if "=" in part)
    names = parts.get("SignedHeaders", "").split(";")
    if scheme != algorithm or not must <= set(names) or names != sorted(names):
        return False
    canonical = "\n".join(
        [
            call.method,
            call.raw_path if path is None else path,
            "&".join(sorted(call.raw_query.split("&"))),
            *(f"{name}:{call.headers[name]}" for name in names),
            "",
            ";".join(names),
            sha256(call.body).hexdigest(),
        ]
    )
    signature = mac(key, text(sha256(canonical.encode()).hexdigest())).hex()
    named = parts.get("Credential", parts.get("Access"))
    return (named, parts["Signature"]) == (credential, signature)


def mac(key: bytes, text: str) -> bytes:
    """Return the HMAC-SHA256 of a text."""
    return hmac.new(key, text.encode(), sha256).digest()


def chain(start: str, *steps: str) -> bytes:
    """Return a derived key."""
    key = start.encode()
    for step in steps:
        key = mac(key, step)
    return key


def bce_is_right(call: Call) -> bool:
    """Verify Baidu's: the headers that are signed are encoded, the body is not signed."""
    prefix, _, rest = call.headers.get("authorization", "").rpartition("/1800/")
    names, _, signature = rest.partition("/")
    if not prefix.startswith(f"bce-auth-v1/{KEY_ID}/") or "host" not in names.split(";"):
        return False
    lines = [f"{name}:{quote(call.headers[name], safe='')}" for name in sorted(names.split(";"))]
    query = "&".join(sorted(call.raw_query.split("&")))
    canonical = f"{call.method}\n{call.raw_path}\n{query}\n" + "\n".join(lines)
    key = mac(SECRET.encode(), f"{prefix}/1800").hex()
    return mac(key.encode(), canonical).hex() == signature
