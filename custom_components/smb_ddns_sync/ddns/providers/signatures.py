"""Signatures of requests: one canonical request, and what each family of clouds makes of it.

Five families sign the same text (method, path, query, headers, hash of the body) and differ in how
they name it, from what they derive the key, and how they write it down. Baidu's is older and has a
text of its own. All are pure functions of a request and a moment.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
import hmac
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from datetime import datetime

    from ..secret import Secret

type Pairs = Iterable[tuple[str, str]]


def percent(text: str) -> str:
    """Encode all but the unreserved characters of RFC 3986 section 2.3, as all families do."""
    return quote(text, safe="-_.~")


def encoded_query(pairs: Pairs) -> str:
    """Return a query in the order in which it is signed; it has to be sent in just this form."""
    encoded = sorted((percent(key), percent(value)) for key, value in pairs)
    return "&".join(f"{key}={value}" for key, value in encoded)


@dataclass(frozen=True, slots=True)
class Signed:
    """What is signed of a request; `query` and `path` as they are sent, `headers` in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def header_names(self) -> str:
        """The names of the signed headers, in order."""
        return ";".join(sorted(self.headers))

    @property
    def body_hash(self) -> str:
        """The hash of the body."""
        return sha256(self.body).hexdigest()

    @property
    def digest(self) -> str:
        """The hash of the canonical request."""
        lines = [f"{name}:{self.headers[name].strip()}\n" for name in sorted(self.headers)]
        parts = (
            self.method,
            self.path,
            self.query,
            "".join(lines),
            self.header_names,
            self.body_hash,
        )
        return sha256("\n".join(parts).encode()).hexdigest()


def acs3(signed: Signed, key_id: str, secret: Secret) -> str:
    """Return the Authorization of Alibaba Cloud.

    alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature
    """
    signature = _mac(secret.reveal().encode(), f"ACS3-HMAC-SHA256\n{signed.digest}").hex()
    return (
        f"ACS3-HMAC-SHA256 Credential={key_id},SignedHeaders={signed.header_names},"
        f"Signature={signature}"
    )


def sdk_hmac(signed: Signed, moment: datetime, key_id: str, secret: Secret) -> str:
    """Return the Authorization of Huawei Cloud; the path that is signed ends with a slash.

    support.huaweicloud.com/intl/en-us/devg-apisign/api-sign-algorithm.html
    """
    text = f"SDK-HMAC-SHA256\n{basic_time(moment)}\n{signed.digest}"
    return _written("SDK-HMAC-SHA256", f"Access={key_id}", signed, secret.reveal().encode(), text)


def tc3(signed: Signed, moment: datetime, service: str, key_id: str, secret: Secret) -> str:
    """Return the Authorization of Tencent Cloud.

    www.tencentcloud.com/document/product/1021/33224
    """
    scope = (f"{moment:%Y-%m-%d}", service, "tc3_request")
    key = _derived(f"TC3{secret.reveal()}", *scope)
    stamp = str(int(moment.timestamp()))
    return _scoped("TC3-HMAC-SHA256", stamp, scope, signed, key_id, key)


def sigv4(
    signed: Signed, moment: datetime, region: str, service: str, key_id: str, secret: Secret
) -> str:
    """Return the Authorization of AWS.

    docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
    """
    scope = (f"{moment:%Y%m%d}", region, service, "aws4_request")
    key = _derived(f"AWS4{secret.reveal()}", *scope)
    return _scoped("AWS4-HMAC-SHA256", basic_time(moment), scope, signed, key_id, key)


def volc(
    signed: Signed, moment: datetime, region: str, service: str, key_id: str, secret: Secret
) -> str:
    """Return the Authorization of Volcengine (volcengine.com/docs/6369/67269)."""
    scope = (f"{moment:%Y%m%d}", region, service, "request")
    key = _derived(secret.reveal(), *scope)
    return _scoped("HMAC-SHA256", basic_time(moment), scope, signed, key_id, key)


def bce(
    signed: Signed, moment: datetime, key_id: str, secret: Secret, *, named: bool = True
) -> str:
    """Return the Authorization of Baidu Cloud (cloud.baidu.com/doc/Reference/s/njwvz1yfu).

    Unless `named`, the list of signed headers is left empty: then they are the ones that Baidu
    takes for granted.
    """
    prefix = f"bce-auth-v1/{key_id}/{moment:%Y-%m-%dT%H:%M:%SZ}/1800"
    lines = sorted(f"{percent(k)}:{percent(v.strip())}" for k, v in signed.headers.items())
    text = "\n".join((signed.method, signed.path, signed.query, "\n".join(lines)))
    key = _mac(secret.reveal().encode(), prefix).hex().encode()
    return f"{prefix}/{signed.header_names if named else ''}/{_mac(key, text).hex()}"


def basic_time(moment: datetime) -> str:
    """Return a moment in UTC as ISO 8601's basic format, as headers of three families have it."""
    return f"{moment:%Y%m%dT%H%M%SZ}"


def _mac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")


def _derived(secret: str, *steps: str) -> bytes:
    key = secret.encode()
    for step in steps:
        key = _mac(key, step)
    return key


def _scoped(
    algorithm: str, stamp: str, scope: tuple[str, ...], signed: Signed, key_id: str, key: bytes
) -> str:
    place = "/".join(scope)
    text = f"{algorithm}\n{stamp}\n{place}\n{signed.digest}"
    return _written(algorithm, f"Credential={key_id}/{place}", signed, key, text)


def _written(algorithm: str, credential: str, signed: Signed, key: bytes, text: str) -> str:
    return (
        f"{algorithm} {credential}, SignedHeaders={signed.header_names}, "
        f"Signature={_mac(key, text).hex()}"
    )
