"""What a dyndns2 server's answer means.

The words and what a client has to do about each: help.dyn.com/return-codes and
noip.com/integrate/response; `servererror` is Dynu's (dynu.com/DynamicDNS/IP-Update-Protocol).
"""

from datetime import timedelta
from http import HTTPStatus
from ipaddress import ip_address
import re
from typing import TYPE_CHECKING, Final

from ..address import Address, Family, family_of
from ..outcome import (
    Applied,
    AuthRejected,
    BadAnswer,
    Banned,
    NameRejected,
    Outcome,
    RetryAfter,
    Trouble,
    Unchanged,
    Unconfirmed,
)
from .call import FAULT_WAIT, LIMITED_WAIT, Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..secret import Scrubber

# No-IP: after 911, not sooner than 30 minutes. Dyn asks the same for dnserr.
_SERVER_TROUBLE_WAIT: Final = timedelta(minutes=30)


def _wait(cause: str) -> Callable[[str], Trouble]:
    return lambda host: RetryAfter(f"{host} {cause}.", _SERVER_TROUBLE_WAIT, everywhere=True)


def _refuse(cause: str) -> Callable[[str], Trouble]:
    return lambda host: NameRejected(f"{host} refuses this name: {cause}.")


def _ban(cause: str) -> Callable[[str], Trouble]:
    return lambda host: Banned(f"{host} {cause}.", until=None)


_TROUBLES: Final[Mapping[str, Callable[[str], Trouble]]] = {
    "badauth": lambda host: AuthRejected(
        f"{host} refuses the user name or password; enter the right ones."
    ),
    "badagent": _ban("blocks this program's name; ask its operator why"),
    "abuse": _ban("blocks this name after too many updates; ask its operator to lift that"),
    "!donator": _refuse("this account has no right to an option of the update"),
    "!active": _refuse("the service is not switched on for it"),
    "!yours": _refuse("it belongs to another account"),
    "notfqdn": _refuse("it is no complete domain name"),
    "nohost": _refuse("it is not in this account"),
    "numhost": _refuse("too many names were sent at once"),
    "badsys": _refuse("the server's URL asks for a system that it does not have"),
    "dnserr": _wait("has trouble with its name servers (dnserr)"),
    "911": _wait("has trouble of its own (911)"),
    "servererror": _wait("has trouble of its own (servererror)"),
}

_GOOD: Final = "good"
_NO_CHANGE: Final = "nochg"


def read_reply(
    reply: Reply, sent: Mapping[Family, Address], host: str, scrubber: Scrubber
) -> Mapping[Family, Outcome]:
    """Return what became of each family that was sent, in one call about one name.

    One line speaks for the whole call; as many lines as addresses speak for one each, in order.
    A refusal anywhere concerns the whole call. Success counts only with status 200, and only if
    the server does not name another address than the one that was sent.
    """
    lines = [line.split() for line in reply.body.splitlines() if line.strip()]
    for word, *_ in lines:
        if trouble := _TROUBLES.get(word.lower()):
            return dict.fromkeys(sent, _longer(trouble(host), reply))
    if reply.status != HTTPStatus.OK:
        return dict.fromkeys(sent, _by_status(reply, host, scrubber))
    if not lines:
        return dict.fromkeys(sent, BadAnswer(f"{host} answered with nothing."))
    if len(lines) == len(sent):
        parts = zip(sent.items(), lines, strict=True)
        return {
            family: _success(words, family, address, host, scrubber)
            for (family, address), words in parts
        }
    return {
        family: _success(lines[0], family, address, host, scrubber)
        for family, address in sent.items()
    }


def _longer(trouble: Trouble, reply: Reply) -> Trouble:
    if isinstance(trouble, RetryAfter):
        wait = max(trouble.delay, reply.wait(trouble.delay))
        return RetryAfter(trouble.message, wait, everywhere=trouble.everywhere)
    return trouble


def _success(
    words: list[str], family: Family, address: Address, host: str, scrubber: Scrubber
) -> Outcome:
    word = words[0].lower()
    if word not in {_GOOD, _NO_CHANGE}:
        return BadAnswer(_unknown(" ".join(words), host, scrubber))
    named = _addresses(words[1:])
    if any(other.is_loopback for other in named):
        # Dyn: "good 127.0.0.1" is the answer to a blocked client.
        return Banned(f"{host} ignores the updates of this program; ask its operator why.", None)
    same_family = [other for other in named if family_of(other) is family]
    if same_family and address not in same_family:
        return BadAnswer(f"{host} says that it set {same_family[0]} instead of {address}.")
    if named and not same_family:
        return BadAnswer(
            f"{host} answered for {named[0]} only. If it takes one address a call, switch off "
            "sending both at once."
        )
    return Applied(address) if word == _GOOD else Unchanged(address)


def _addresses(words: list[str]) -> list[Address]:
    found: list[Address] = []
    for text in re.split(r"[\s,]+", " ".join(words)):
        try:
            found.append(ip_address(text))
        except ValueError:
            continue  # Servers add words of their own, such as the name.
    return found


def _by_status(reply: Reply, host: str, scrubber: Scrubber) -> Outcome:
    match reply.status:
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
            return AuthRejected(
                f"{host} refuses the user name or password (HTTP {reply.status}); "
                "enter the right ones."
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
                f"{host} sends the update elsewhere (HTTP {status}); that is not followed, as it "
                "would take the password along. Enter the URL that the provider names now."
            )
        case status:
            return BadAnswer(f"HTTP {status}: {_unknown(reply.body, host, scrubber)}")


def _unknown(text: str, host: str, scrubber: Scrubber) -> str:
    if text.lstrip().startswith("<"):
        return f"{host} answered with a web page instead of an update result."
    return f"{host} answered what dyndns2 does not know: {scrubber.clean(text)!r}."
