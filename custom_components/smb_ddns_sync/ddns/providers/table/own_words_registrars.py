"""Registrars and hosters of one's own domains, which answer with words of theirs, or in XML."""

from datetime import timedelta
from typing import Final

from ...provider import FamilyRule
from ..one_get import ONLY_V4, OneGet
from ..reading import Meaning, Reading, Rule, View

_TEN_MINUTES: Final = timedelta(minutes=10)
# easydns.com and zoneedit.com run the same update service.
_EASYDNS: Final = Reading(
    (
        Rule(r"\b(NOACCESS|NO_ACCESS|NO_AUTH)\b", Meaning.AUTH_REJECTED),
        Rule(
            r"\b(NOSERVICE|NO_SERVICE)\b",
            Meaning.NAME_REJECTED,
            "dynamic DNS is not switched on for this domain",
        ),
        Rule(
            r"\bILLEGAL[ _]INPUT\b",
            Meaning.NAME_REJECTED,
            "it contains what it does not take",
        ),
        Rule(r"\b(TOOSOON|TOO_SOON|TOO_FREQ)\b", Meaning.WAIT, "the last update is too recent"),
        Rule(r"\b(NOERROR|NO_ERROR)\b|^OK\b", Meaning.APPLIED),
        Rule(r"no update required", Meaning.UNCHANGED),
    )
)
_ZONEEDIT: Final = Reading(
    (
        Rule(r'ERROR CODE="708"|failed login|invalid login', Meaning.AUTH_REJECTED),
        Rule(r'ERROR CODE="70[1469]"', Meaning.NAME_REJECTED),
        Rule(
            r'ERROR CODE="702"|minimum 600 seconds', Meaning.WAIT, "the last update is too recent"
        ),
        Rule(r'SUCCESS CODE="200"', Meaning.APPLIED),
        Rule(r'SUCCESS CODE="201"|ERROR CODE="707"', Meaning.UNCHANGED),
    )
)
# The codes are those of IPFire's ddns.
_NAMECHEAP: Final = Reading(
    (
        Rule(r"^ResponseNumber=304156|^Err1=.*password", Meaning.AUTH_REJECTED),
        Rule(r"^ResponseNumber=(316153|316154)|^Err1=.*(domain|host)", Meaning.NAME_REJECTED),
        Rule(r"^ResponseNumber=(380098|380099)", Meaning.WAIT),
        Rule(r"^ErrCount=0$", Meaning.APPLIED),
    ),
    View.XML,
)
_ENOM: Final = Reading(
    (
        Rule(r"^ResponseNumber=304155", Meaning.AUTH_REJECTED),
        Rule(r"^ResponseNumber=304153", Meaning.NAME_REJECTED),
        Rule(r"^ErrCount=0$", Meaning.APPLIED),
    ),
    View.XML,
)
_DNS_MADE_EASY: Final = Reading(
    (
        Rule(r"^error-auth-(suspend|voided)", Meaning.BANNED, "the account is suspended"),
        Rule(r"^error-auth\b", Meaning.AUTH_REJECTED),
        Rule(r"^error-record-(invalid|auth)", Meaning.NAME_REJECTED),
        Rule(r"^error-record-ip-same", Meaning.UNCHANGED),
        Rule(r"^error(-system)?$", Meaning.WAIT),
        Rule(r"^success", Meaning.APPLIED),
    )
)
_KEY_SYSTEMS: Final = Reading(
    (
        Rule(
            r"abuse prevention triggered",
            Meaning.WAIT,
            "it takes one update in half an hour",
        ),
        Rule(r"invalid password", Meaning.AUTH_REJECTED),
        Rule(r"authorization failed", Meaning.NAME_REJECTED),
        Rule(r"\bcode = 200\b", Meaning.APPLIED),
    )
)
# `success|100|…` is an update, `success|101|…` none; a bare number could be a part of an address.
_REGFISH: Final = Reading(
    (
        Rule(r"\|40[12]\|", Meaning.AUTH_REJECTED),
        Rule(r"\|412\|", Meaning.NAME_REJECTED),
        Rule(r"\|414\|", Meaning.WAIT),
        Rule(r"^success\|101\|", Meaning.UNCHANGED),
        Rule(r"^success\|100\|", Meaning.APPLIED),
    )
)
_SITELUTIONS: Final = Reading(
    (
        Rule(r"^dberror", Meaning.WAIT),
        Rule(r"^success", Meaning.APPLIED),
    )
)
_DINAHOSTING: Final = Reading((Rule(r"\bSuccess\b", Meaning.APPLIED),))
_DOMENESHOP: Final = Reading(
    (),
    statuses={
        204: Rule("", Meaning.APPLIED),
        404: Rule("", Meaning.NAME_REJECTED),
    },
)
_DYNADOT: Final = Reading((Rule(r"^ok\b", Meaning.APPLIED),))

OWN_WORDS_OF_REGISTRARS: Final = (
    OneGet(
        # namecheap.com/support/knowledgebase/article.aspx/29. The record must be there.
        "namecheap",
        "Namecheap",
        "dynamicdns.park-your-domain.com",
        path="/update",
        query={"host": "{sub}", "domain": "{zone}", "password": "{password}", "ip": "{v4}"},
        basic=None,
        families=ONLY_V4,
        reading=_NAMECHEAP,
        credentials_url="https://ap.www.namecheap.com/domains/list/",
        note="namecheap",
    ),
    OneGet(
        "easydns",
        "easyDNS",
        "api.cp.easydns.com",
        path="/dyn/generic.php",
        basic=("{username}", "{token}"),
        reading=_EASYDNS,
        credentials_url="https://cp.easydns.com/",
        note="easydns",
        least_interval=_TEN_MINUTES,
    ),
    OneGet(
        "zoneedit",
        "ZoneEdit",
        "api.cp.zoneedit.com",
        path="/dyn/generic.php",
        basic=("{username}", "{token}"),
        families=ONLY_V4,
        reading=_ZONEEDIT,
        credentials_url="https://cp.zoneedit.com/",
        note="easydns",
        least_interval=_TEN_MINUTES,
    ),
    OneGet(
        # dnsmadeeasy.com/technology/dynamic-dns: the record's number takes the place of the name.
        "dns_made_easy",
        "DNS Made Easy",
        "cp.dnsmadeeasy.com",
        path="/servlet/updateip",
        query={
            "username": "{username}",
            "password": "{password}",
            "id": "{record_id}",
            "ip": "{v4}",
        },
        basic=None,
        families=ONLY_V4,
        reading=_DNS_MADE_EASY,
        one_name=True,
        credentials_url="https://cp.dnsmadeeasy.com/",
        note="record_id",
    ),
    OneGet(
        # support.domaindiscount24.com: Dynamic DNS. Updates within half an hour are refused.
        "key_systems",
        "domaindiscount24, Moniker (Key-Systems)",
        "dynamicdns.key-systems.net",
        path="/update.php",
        query={"hostname": "{host}", "password": "{password}", "ip": "{v4}"},
        basic=None,
        families=ONLY_V4,
        reading=_KEY_SYSTEMS,
        credentials_url="https://www.domaindiscount24.com/",
        note="update_key",
        least_interval=timedelta(minutes=30),
    ),
    OneGet(
        # regfish.de/domains/dyndns/dokumentation
        "regfish",
        "regfish",
        "dyndns.regfish.de",
        path="/",
        query={
            "fqdn": "{host}",
            "forcehost": "1",
            "token": "{token}",
            "ipv4": "{v4}",
            "ipv6": "{v6}",
        },
        basic=None,
        family_rule=FamilyRule.TOGETHER,
        reading=_REGFISH,
        credentials_url="https://www.regfish.de/my/",
        note="update_key",
    ),
    OneGet(
        # sitelutions.com: Setting up Dynamic DNS. The record's number takes the place of the name.
        "sitelutions",
        "Sitelutions",
        "api2.sitelutions.com",
        path="/dnsup",
        query={
            "id": "{record_id}",
            "user": "{username}",
            "pass": "{password}",
            "ip": "{v4}",
        },
        basic=None,
        families=ONLY_V4,
        reading=_SITELUTIONS,
        one_name=True,
        credentials_url="https://www.sitelutions.com/",
        note="record_id",
    ),
    OneGet(
        # api.domeneshop.no/docs
        "domeneshop",
        "Domeneshop",
        "api.domeneshop.no",
        path="/v0/dyndns/update",
        basic=("{token}", "{api_secret}"),
        reading=_DOMENESHOP,
        credentials_url="https://domene.shop/admin?view=api",
        note="domeneshop",
    ),
    OneGet(
        # enom.com/APICommandCatalog: SetDNSHost.
        "enom",
        "eNom",
        "dynamic.name-services.com",
        path="/interface.asp",
        query={
            "command": "SetDNSHost",
            "responsetype": "xml",
            "hostname": "{sub}",
            "zone": "{zone}",
            "domainpassword": "{password}",
            "address": "{v4}",
        },
        basic=None,
        families=ONLY_V4,
        reading=_ENOM,
        credentials_url="https://www.enom.com/",
        note="zone_password",
    ),
    OneGet(
        # dinahosting.com/api: Domain_Zone_UpdateTypeA, Domain_Zone_UpdateTypeAAAA.
        "dinahosting",
        "dinahosting",
        "dinahosting.com",
        path="/special/api.php",
        query={
            "hostname": "{sub}",
            "domain": "{zone}",
            "command": "Domain_Zone_UpdateType{type}",
            "ip": "{ip}",
        },
        reading=_DINAHOSTING,
        credentials_url="https://dinahosting.com/",
        note="account",
    ),
    OneGet(
        # `containRoot` says that the zone itself is meant, and must be false for a name below it.
        "dynadot_ddns",
        "Dynadot",
        "www.dynadot.com",
        path="/set_ddns",
        query={
            "containRoot": "{is_apex}",
            "domain": "{zone}",
            "subDomain": "{sub}",
            "type": "{type}",
            "ip": "{ip}",
            "pwd": "{password}",
            "ttl": "300",
        },
        basic=None,
        apex=None,
        reading=_DYNADOT,
        credentials_url="https://www.dynadot.com/account/domain/name/list.html",
        note="zone_password",
    ),
)
