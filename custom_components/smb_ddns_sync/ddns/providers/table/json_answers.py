"""Providers that take one call with credentials and answer in JSON."""

from datetime import timedelta
from typing import Final

from ...provider import Budget, FamilyRule
from ..one_get import ONLY_V4, OneGet
from ..reading import Meaning, Reading, Rule, View

_FOUR_MINUTES: Final = timedelta(minutes=4)

_IPV64: Final = Reading(
    (
        Rule(r"^info=badauth", Meaning.AUTH_REJECTED),
        Rule(r"^info=(nohost|notfqdn)", Meaning.NAME_REJECTED),
        Rule(r"^info=abuse", Meaning.BANNED),
        Rule(r"^info=good", Meaning.APPLIED),
        Rule(r"^info=nochg", Meaning.UNCHANGED),
    ),
    View.JSON,
)
# dnsexit.com/dns/dns-api: the codes of the dynamic update and of the API behind it.
_DNSEXIT: Final = Reading(
    (
        Rule(r"^code=2$", Meaning.AUTH_REJECTED),
        Rule(r"^code=[67]$", Meaning.WAIT),
        Rule(r"^code=0$", Meaning.APPLIED),
    ),
    View.JSON,
)
_DONDOMINIO: Final = Reading(
    (
        Rule(r"^success=false$", Meaning.AUTH_REJECTED, "see what it said"),
        Rule(r"^success=true$", Meaning.APPLIED),
    ),
    View.JSON,
)
_DIRECTNIC: Final = Reading((Rule(r"^result=success$", Meaning.APPLIED),), View.JSON)
_NJALLA: Final = Reading((Rule(r"^message=record updated$", Meaning.APPLIED),), View.JSON)
_1984: Final = Reading(
    (
        Rule(r"^lookup\.", Meaning.NAME_REJECTED),
        Rule(r"^ok=false$", Meaning.AUTH_REJECTED, "see what it said"),
        Rule(r"^msg=.*unaltered", Meaning.UNCHANGED),
        Rule(r"^ok=true$", Meaning.APPLIED),
    ),
    View.JSON,
)

JSON_ANSWERS: Final = (
    OneGet(
        # ipv64.net/dyndns_updater_api
        "ipv64",
        "IPv64.net",
        "ipv64.net",
        query={"domain": "{host}", "ip": "{v4}", "ip6": "{v6}"},
        basic=None,
        header=("Authorization", "Bearer {token}"),
        family_rule=FamilyRule.TOGETHER,
        reading=_IPV64,
        credentials_url="https://ipv64.net/dyndns",
        note="account_token",
        budget=Budget(48, timedelta(hours=24)),
    ),
    OneGet(
        # dnsexit.com/dns/dns-api: "more than 4 minutes".
        "dnsexit",
        "DNSExit",
        "api.dnsexit.com",
        path="/dns/ud/",
        query={"apikey": "{api_key}"},
        form={"host": "{host}", "ip": "{ip}"},
        basic=None,
        reading=_DNSEXIT,
        credentials_url="https://dnsexit.com/dns/dns-api/",
        note="api_key",
        least_interval=_FOUR_MINUTES,
    ),
    OneGet(
        # dev.dondominio.com/dondns/docs/api
        "dondominio",
        "DonDominio",
        "dondns.dondominio.com",
        path="/json/",
        query={
            "user": "{username}",
            "password": "{api_key}",
            "host": "{host}",
            "ip": "{v4}",
            "lang": "en",
        },
        basic=None,
        families=ONLY_V4,
        reading=_DONDOMINIO,
        credentials_url="https://www.dondominio.com/admin/",
        note="api_key",
    ),
    OneGet(
        # directnic.com/knowledge#/knowledge/article/3726. The key is of one record, and alone
        # opens it.
        "directnic",
        "Directnic",
        "directnic.com",
        path="/dns/gateway/{token}/",
        query={"data": "{v4}"},
        basic=None,
        families=ONLY_V4,
        reading=_DIRECTNIC,
        one_name=True,
        credentials_url="https://directnic.com/",
        note="directnic",
    ),
    OneGet(
        # njal.la/docs/ddns
        "njalla",
        "Njalla",
        "njal.la",
        path="/update/",
        query={"h": "{host}", "k": "{token}", "a": "{v4}", "aaaa": "{v6}"},
        basic=None,
        reading=_NJALLA,
        credentials_url="https://njal.la/domains/",
        note="update_key",
    ),
    OneGet(
        "1984",
        "1984 Hosting",
        "api.1984.is",
        path="/1.0/freedns/",
        query={"apikey": "{api_key}", "domain": "{host}", "ip": "{v4}"},
        basic=None,
        families=ONLY_V4,
        reading=_1984,
        credentials_url="https://1984.hosting/",
        note="api_key",
    ),
)
