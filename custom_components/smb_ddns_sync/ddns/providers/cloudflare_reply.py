"""What an answer of Cloudflare's API means."""

from dataclasses import dataclass
from http import HTTPStatus
import json
from typing import TYPE_CHECKING, Any, Final

from ..outcome import AuthRejected, BadAnswer, NameRejected, RetryAfter, Trouble, Unconfirmed
from .call import FAULT_WAIT, LIMITED_WAIT, Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..secret import Scrubber

# There is no published list of these codes; they are what the API was seen to answer, as told in
# the issues of favonia/cloudflare-ddns (897, 1053), ddns-go (392) and libdns/cloudflare (9, 12).
_TOKEN_CODES: Final = frozenset({1000, 6003, 6111, 9106, 9107, 9109, 10000, 10001})
_LIMIT_CODE: Final = 971
_RECORD_GONE_CODES: Final = frozenset({81044})
_SAME_EXISTS_CODES: Final = frozenset({81057, 81058})
_NAME_CODES: Final[Mapping[int, str]] = {
    1038: "Cloudflare's API takes no names of .cf, .ga, .gq, .ml and .tk",
    81053: "a CNAME record stands at this name; delete it, or choose another name",
    81054: "a CNAME record stands at this name; delete it, or choose another name",
}


@dataclass(frozen=True, slots=True)
class Result:
    """The `result` of a call that succeeded."""

    value: Any


@dataclass(frozen=True, slots=True)
class Denied:
    """The token is refused for this call: it is wrong, or lacks a permission."""

    message: str


@dataclass(frozen=True, slots=True)
class SameExists:
    """A record with this name, type and content is there already."""


@dataclass(frozen=True, slots=True)
class RecordGone:
    """The record that was to be changed is there no more."""


type Meaning = Result | Denied | SameExists | RecordGone | Trouble


def read_reply(reply: Reply, scrubber: Scrubber, *, writes: bool) -> Meaning:
    """Return what an answer means: `{"success", "errors": [{"code", "message"}], "result"}`."""
    if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
        return _limited(reply)
    if reply.status == HTTPStatus.SERVICE_UNAVAILABLE:
        return RetryAfter(
            "Cloudflare is out of service for now (HTTP 503).",
            reply.wait(FAULT_WAIT),
            everywhere=True,
        )
    if reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        message = f"Cloudflare failed while it worked on the call (HTTP {reply.status})."
        if writes:
            return Unconfirmed(f"{message} It may have made the change.")
        return RetryAfter(message, reply.wait(FAULT_WAIT))
    try:
        answer = json.loads(reply.body)
    except ValueError, RecursionError:
        answer = None
    if not isinstance(answer, dict):
        return _no_answer(reply)
    if reply.status == HTTPStatus.OK and answer.get("success") is True and "result" in answer:
        return Result(answer["result"])
    return _by_code(reply, _errors(answer), scrubber)


def _limited(reply: Reply) -> RetryAfter:
    # 1,200 calls in 5 minutes; over that, everything is blocked for 5 minutes.
    return RetryAfter(
        "Cloudflare takes no more calls for now (HTTP 429).",
        reply.wait(LIMITED_WAIT),
        everywhere=True,
    )


def _no_answer(reply: Reply) -> Meaning:
    if reply.status == HTTPStatus.UNAUTHORIZED:
        return Denied("HTTP 401")
    return BadAnswer(
        f"What answered for Cloudflare (HTTP {reply.status}) did not speak its API. Look whether a "
        "proxy or a login page stands in between."
    )


def _errors(answer: Mapping[str, Any]) -> dict[int, str]:
    """Return the errors by code, those that explain others too."""
    found: dict[int, str] = {}
    waiting = [answer.get("errors")]
    while waiting:
        errors = waiting.pop(0)
        for error in errors if isinstance(errors, list) else ():
            if isinstance(error, dict) and isinstance(code := error.get("code"), int):
                found[code] = str(error.get("message", ""))
                waiting.append(error.get("error_chain"))
    return found


def _by_code(reply: Reply, errors: Mapping[int, str], scrubber: Scrubber) -> Meaning:
    said = ", ".join(f"{code} {text}" for code, text in errors.items()) or f"HTTP {reply.status}"
    shown = scrubber.clean(said)
    codes = errors.keys()
    if _LIMIT_CODE in codes:
        return _limited(reply)
    if codes & _SAME_EXISTS_CODES:
        return SameExists()
    if codes & _RECORD_GONE_CODES:
        return RecordGone()
    for code, cause in _NAME_CODES.items():
        if code in codes:
            return NameRejected(f"Cloudflare refuses this name: {cause} ({code}).")
    if codes & _TOKEN_CODES or reply.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return Denied(shown)
    if reply.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND}:
        return NameRejected(f"Cloudflare refuses this record: {shown}.")
    return BadAnswer(f"Cloudflare answered what its API does not tell: {shown}.")


def token_rejected(denied: Denied) -> AuthRejected:
    """Tell that the token is no good at all."""
    return AuthRejected(
        f"Cloudflare refuses the API token ({denied.message}). Make one with the permissions "
        "Zone:Zone:Read and Zone:DNS:Edit, and enter it."
    )
