"""What a dyndns2 server's answer means.

The words and what a client has to do about each: help.dyn.com/return-codes and
noip.com/integrate/response; `servererror` is Dynu's (dynu.com/DynamicDNS/IP-Update-Protocol).
"""

from datetime import timedelta
from http import HTTPStatus
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
)
from .answer import addresses_in, by_status, contradiction, unknown_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..secret import Scrubber
    from .call import Reply

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


def read_dyndns2(
    reply: Reply,
    sent: Mapping[Family, Address],
    host: str,
    scrubber: Scrubber,
    *,
    takes_both: bool = False,
) -> Mapping[Family, Outcome]:
    """Return what became of each family that was sent, in one call about one name.

    One line speaks for the whole call; as many lines as addresses speak for one each: the one that
    they name, else in order. A refusal anywhere concerns the whole call. Success counts only with
    status 200, and only if the server does not name another address than the one that was sent.
    `takes_both`: it is known to take both families in a call, so that an answer which names one of
    them speaks for both.
    """
    lines = [line.split() for line in reply.body.splitlines() if line.strip()]
    for word, *_ in lines:
        if trouble := _TROUBLES.get(word.lower()):
            return dict.fromkeys(sent, _longer(trouble(host), reply))
    if reply.status != HTTPStatus.OK:
        return dict.fromkeys(sent, by_status(reply, host, scrubber))
    if not lines:
        return dict.fromkeys(sent, BadAnswer(f"{host} answered with nothing."))
    return {
        family: _success(
            _line_of(address, position, lines, len(sent)),
            family,
            address,
            host,
            scrubber,
            takes_both=takes_both,
        )
        for position, (family, address) in enumerate(sent.items())
    }


def _line_of(address: Address, position: int, lines: list[list[str]], sent: int) -> list[str]:
    if len(lines) != sent:
        return lines[0]
    naming = (words for words in lines if address in addresses_in(words[1:]))
    return next(naming, lines[position])


def _longer(trouble: Trouble, reply: Reply) -> Trouble:
    if isinstance(trouble, RetryAfter):
        wait = max(trouble.delay, reply.wait(trouble.delay))
        return RetryAfter(trouble.message, wait, everywhere=trouble.everywhere)
    return trouble


def _success(
    words: list[str],
    family: Family,
    address: Address,
    host: str,
    scrubber: Scrubber,
    *,
    takes_both: bool,
) -> Outcome:
    word = words[0].lower()
    if word not in {_GOOD, _NO_CHANGE}:
        return BadAnswer(unknown_answer(" ".join(words), host, scrubber))
    named = addresses_in(words[1:])
    if trouble := contradiction(named, family, address, host):
        return trouble
    if named and not takes_both and all(family_of(other) is not family for other in named):
        return BadAnswer(
            f"{host} answered for {named[0]} only. If it takes one address a call, switch off "
            "sending both at once."
        )
    return Applied(address) if word == _GOOD else Unchanged(address)
