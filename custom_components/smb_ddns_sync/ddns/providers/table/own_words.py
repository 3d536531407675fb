"""Providers that answer with words of their own, or in XML."""

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
_CHANGEIP: Final = Reading(
    (Rule(r"\bsuccessful", Meaning.APPLIED),),
    statuses={422: Rule("", Meaning.NAME_REJECTED)},
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
_GOIP: Final = Reading(
    (
        Rule(r"^Zugriff verweigert", Meaning.AUTH_REJECTED),
        Rule(r"^[\w.-]+ \([0-9A-Fa-f.:]+\)", Meaning.APPLIED),
    )
)
_SITELUTIONS: Final = Reading(
    (
        Rule(r"^dberror", Meaning.WAIT),
        Rule(r"^success", Meaning.APPLIED),
    )
)
_OK: Final = Reading((Rule(r"^OK\b", Meaning.APPLIED),))
_FREEMYIP: Final = Reading(
    (
        Rule(r"^ERROR\b", Meaning.AUTH_REJECTED, "the token is wrong, or not of this name"),
        Rule(r"^OK\b", Meaning.APPLIED),
    )
)
_DINAHOSTING: Final = Reading((Rule(r"\bSuccess\b", Meaning.APPLIED),))
_DSLREPORTS: Final = Reading((Rule(r"^return\s+code\s*:\s*NOERROR", Meaning.APPLIED),))
_DOMENESHOP: Final = Reading(
    (),
    statuses={
        204: Rule("", Meaning.APPLIED),
        404: Rule("", Meaning.NAME_REJECTED),
    },
)
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
_DYNADOT: Final = Reading((Rule(r"^ok\b", Meaning.APPLIED),))

OWN_WORDS: Final = (
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
