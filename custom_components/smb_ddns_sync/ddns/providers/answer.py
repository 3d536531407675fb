"""What is the same in the answers of all providers that take one call: statuses and addresses."""

from http import HTTPStatus
from ipaddress import ip_address
import re
from typing import TYPE_CHECKING, Final

from ..address import Address, Family, family_of
from ..outcome import (
    AuthRejected,
    BadAnswer,
    Banned,
    NameRejected,
    RetryAfter,
    Trouble,
    Unconfirmed,
)
from .call import FAULT_WAIT, LIMITED_WAIT, Reply

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..secret import Scrubber

# What may be an address; `ip_address` decides.
_ADDRESS: Final = re.compile(r"[0-9a-fA-F]{0,4}[.:][0-9a-fA-F.:]{1,44}")


def addresses_in(texts: Iterable[str]) -> list[Address]:
    """Return the addresses that stand in texts, with other words around them."""
    found: list[Address] = []
    for text in texts:
        for candidate in _ADDRESS.findall(text):
            try:
                found.append(ip_address(candidate.rstrip(".")))
            except ValueError:
                continue  # Servers add words of their own, such as the name or a time.
    return found


def contradiction(
    named: list[Address], family: Family, address: Address, host: str
) -> Trouble | None:
    """Return what speaks against a success that names these addresses, or None."""
    if any(other.is_loopback for other in named):
        # Dyn: "good 127.0.0.1" is the answer to a blocked client.
        return Banned(f"{host} ignores the updates of this program; ask its operator why.", None)
    same_family = [other for other in named if family_of(other) is family]
    if same_family and address not in same_family:
        return BadAnswer(f"{host} says that it set {same_family[0]} instead of {address}.")
    return None


def by_status(reply: Reply, host: str, scrubber: Scrubber) -> Trouble:
    """Return what a status that is no success means (RFC 9110 section 15)."""
    match reply.status:
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
            return AuthRejected(
                f"{host} refuses the credentials (HTTP {reply.status}); enter the right ones."
            )
        case HTTPStatus.NOT_FOUND:
            return NameRejected(
                f"{host} knows no such name, or no update service at this URL (HTTP 404)."
            )
        case HTTPStatus.TOO_MANY_REQUESTS:
            return RetryAfter(
                f"{host} takes no more calls for now (HTTP 429).",
                reply.wait(LIMITED_WAIT),
                everywhere=True,
            )
        case HTTPStatus.SERVICE_UNAVAILABLE:
            return RetryAfter(
                f"{host} is out of service for now (HTTP 503).",
                reply.wait(FAULT_WAIT),
                everywhere=True,
            )
        case status if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return Unconfirmed(
                f"{host} failed while it worked on the update (HTTP {status}). "
                "It may have made the change."
            )
        case status if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            return BadAnswer(
                f"{host} sends the update elsewhere (HTTP {status}); that is not followed, as the "
                "credentials would go along. Look up where the provider takes updates now."
            )
        case status:
            return BadAnswer(f"HTTP {status}: {unknown_answer(reply.body, host, scrubber)}")


def unknown_answer(text: str, host: str, scrubber: Scrubber) -> str:
    """Return a sentence about an answer that no documentation names."""
    if not text.strip():
        return f"{host} answered with nothing."
    if text.lstrip().startswith("<"):
        return f"{host} answered with a web page instead of an update result."
    return f"{host} answered what its documentation does not name: {scrubber.clean(text)!r}."
