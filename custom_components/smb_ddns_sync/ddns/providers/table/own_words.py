"""Services that lend names below their own domains, and answer with words of theirs."""

from typing import Final

from ...provider import FamilyRule
from ..one_get import ONLY_V4, OneGet
from ..reading import Meaning, Reading, Rule

_DUCKDNS: Final = Reading(
    (
        Rule(
            r"^KO$",
            Meaning.AUTH_REJECTED,
            "the token is wrong, or the name is not in this account (it does not say which)",
        ),
        Rule(r"^UPDATED$", Meaning.APPLIED),
        Rule(r"^NOCHANGE$", Meaning.UNCHANGED),
    )
)
_DYNV6: Final = Reading(
    (
        Rule(r"^addresses updated", Meaning.APPLIED),
        Rule(r"^addresses unchanged", Meaning.UNCHANGED),
    )
)
_FREEDNS: Final = Reading(
    (
        Rule(r"^ERROR: Unable to locate this record", Meaning.AUTH_REJECTED, "the token is wrong"),
        Rule(r"is an invalid IP address", Meaning.NAME_REJECTED, "it takes no such address"),
        Rule(r"^Updated ", Meaning.APPLIED),
        Rule(r"^No IP change detected|has not changed", Meaning.UNCHANGED),
    )
)
_CHANGEIP: Final = Reading(
    (Rule(r"\bsuccessful", Meaning.APPLIED),),
    statuses={422: Rule("", Meaning.NAME_REJECTED)},
)
_GOIP: Final = Reading(
    (
        Rule(r"^Zugriff verweigert", Meaning.AUTH_REJECTED),
        Rule(r"^[\w.-]+ \([0-9A-Fa-f.:]+\)", Meaning.APPLIED),
    )
)
_OK: Final = Reading((Rule(r"^OK\b", Meaning.APPLIED),))
_FREEMYIP: Final = Reading(
    (
        Rule(r"^ERROR\b", Meaning.AUTH_REJECTED, "the token is wrong, or not of this name"),
        Rule(r"^OK\b", Meaning.APPLIED),
    )
)
_DSLREPORTS: Final = Reading((Rule(r"^return\s+code\s*:\s*NOERROR", Meaning.APPLIED),))
_MYADDR: Final = Reading(
    (Rule(r"^OK\b", Meaning.APPLIED),),
    statuses={404: Rule("", Meaning.AUTH_REJECTED, "the key is of no name")},
)
_GOOD_OR_NOCHG: Final = Reading(
    (
        Rule(r"^badauth\b", Meaning.AUTH_REJECTED),
        Rule(r"^nohost\b", Meaning.NAME_REJECTED),
        Rule(r"^(good|ok)\b", Meaning.APPLIED),
        Rule(r"^nochg\b", Meaning.UNCHANGED),
    )
)

OWN_WORDS: Final = (
    OneGet(
        # duckdns.org/spec.jsp
        "duckdns",
        "Duck DNS",
        "www.duckdns.org",
        path="/update",
        query={
            "domains": "{sub}",
            "token": "{token}",
            "ip": "{v4}",
            "ipv6": "{v6}",
            "verbose": "true",
        },
        basic=None,
        zone="duckdns.org",
        family_rule=FamilyRule.TOGETHER,
        reading=_DUCKDNS,
        credentials_url="https://www.duckdns.org/domains",
        note="account_token",
    ),
    OneGet(
        # dynv6.com/docs/apis
        "dynv6",
        "dynv6",
        "dynv6.com",
        path="/api/update",
        query={"zone": "{host}", "token": "{token}", "ipv4": "{v4}", "ipv6": "{v6}"},
        basic=None,
        family_rule=FamilyRule.TOGETHER,
        reading=_DYNV6,
        credentials_url="https://dynv6.com/keys",
        note="dynv6",
    ),
    OneGet(
        # freedns.afraid.org/dynamic/v2: the token is of one name, and alone opens it.
        "freedns",
        "FreeDNS (afraid.org)",
        "sync.afraid.org",
        host_v6="v6.sync.afraid.org",
        path="/u/{token}/",
        query={"address": "{ip}"},
        basic=None,
        reading=_FREEDNS,
        one_name=True,
        credentials_url="https://freedns.afraid.org/dynamic/v2/",
        note="update_key",
    ),
    OneGet(
        "changeip",
        "ChangeIP",
        "nic.changeip.com",
        query={"hostname": "{host}", "ip": "{v4}"},
        families=ONLY_V4,
        reading=_CHANGEIP,
        credentials_url="https://www.changeip.com/",
        note="account",
    ),
    OneGet(
        "goip",
        "GoIP.de",
        "www.goip.de",
        path="/setip",
        query={
            "username": "{username}",
            "password": "{password}",
            "subdomain": "{host}",
            "ip": "{v4}",
            "ip6": "{v6}",
            "shortResponse": "true",
        },
        basic=None,
        reading=_GOIP,
        credentials_url="https://www.goip.de/",
        note="account",
    ),
    OneGet(
        # freemyip.com/help
        "freemyip",
        "freemyip.com",
        "freemyip.com",
        path="/update",
        query={"token": "{token}", "domain": "{host}", "myip": "{v4}"},
        basic=None,
        families=ONLY_V4,
        reading=_FREEMYIP,
        one_name=True,
        credentials_url="https://freemyip.com/",
        note="update_key",
    ),
    OneGet(
        # The monitor of a line, not a name.
        "dslreports",
        "DSLReports",
        "www.dslreports.com",
        path="/nic/dyndns",
        query={
            "action": "edit",
            "started": "1",
            "hostname": "YES",
            "host_id": "{record_id}",
            "myip": "{v4}",
        },
        families=ONLY_V4,
        reading=_DSLREPORTS,
        one_name=True,
        credentials_url="https://www.dslreports.com/",
        note="record_id",
    ),
    OneGet(
        "gira",
        "Gira DNS",
        "homeserver.gira.de",
        path="/hsdyndns.php",
        query={"u": "{username}", "p": "{password}", "ip": "{v4}"},
        basic=None,
        families=ONLY_V4,
        reading=_OK,
        one_name=True,
        credentials_url="https://homeserver.gira.de/",
        note="update_account",
    ),
    OneGet(
        # myaddr.tools: the key is of one name, and alone opens it.
        "myaddr",
        "myaddr.tools",
        "myaddr.tools",
        path="/update",
        query={},
        form={"key": "{token}", "ip": "{ip}"},
        basic=None,
        reading=_MYADDR,
        one_name=True,
        credentials_url="https://myaddr.tools/",
        note="update_key",
    ),
    OneGet(
        "ydns",
        "YDNS",
        "ydns.io",
        path="/api/v1/update/",
        query={"host": "{host}", "ip": "{ip}"},
        reading=_GOOD_OR_NOCHG,
        credentials_url="https://ydns.io/user/api",
        note="update_account",
    ),
)
