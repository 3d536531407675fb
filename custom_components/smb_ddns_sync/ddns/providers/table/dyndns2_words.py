"""Providers that answer with the words of dyndns2 (`good`, `nochg`, `badauth` and their kin)."""

from datetime import timedelta
from typing import Final

from ...agent import named_agent
from ...provider import Expiry, FamilyRule
from ..one_get import ONLY_V4, OneGet
from ..reading import Meaning, Reading, Rule

_BY_HOST: Final = ("{host}", "{password}")
_BY_TOKEN: Final = ("{host}", "{token}")
_REFUSALS: Final = (
    Rule(r"^badauth\b", Meaning.AUTH_REJECTED),
    Rule(r"^(nohost|notfqdn|numhost|!yours|!active|!donator)\b", Meaning.NAME_REJECTED),
    Rule(r"^(abuse|badagent)\b", Meaning.BANNED),
    Rule(r"^(911|dnserr)\b", Meaning.WAIT),
)
_NO_CHANGE_204: Final = Reading(
    (
        *_REFUSALS,
        Rule(r"^good\b", Meaning.APPLIED),
        Rule(r"^nochg\b", Meaning.UNCHANGED),
    ),
    statuses={204: Rule("", Meaning.UNCHANGED)},
)
_DDNSS: Final = Reading(
    (
        *_REFUSALS,
        Rule(r"^(good\b|.*updated 1 hostname)", Meaning.APPLIED),
        Rule(r"^(nochg\b|.*no change)", Meaning.UNCHANGED),
    )
)

DYNDNS2_WORDS: Final = (
    OneGet(
        # noip.com/integrate/request and /response. DDNS Keys are the account of one host or group.
        "no_ip",
        "No-IP",
        "dynupdate.no-ip.com",
        family_rule=FamilyRule.ALWAYS_BOTH,
        agent=named_agent(),
        credentials_url="https://my.noip.com/",
        note="no_ip",
        expiry=Expiry(timedelta(days=30), renewed_by_update=False),
    ),
    OneGet(
        # dynu.com/DynamicDNS/IP-Update-Protocol: `myip=no` keeps the server from taking the
        # address of the connection; a name below a domain of one's own is an alias of the domain.
        "dynu",
        "Dynu",
        "api.dynu.com",
        query={"hostname": "{zone}", "alias": "{sub}", "myip": "{v4}", "myipv6": "{v6}"},
        otherwise={"myip": "no", "myipv6": "no"},
        optional=frozenset({"zone"}),
        apex=None,
        family_rule=FamilyRule.TOGETHER,
        credentials_url="https://www.dynu.com/en-US/ControlPanel/APICredentials",
        note="dynu",
    ),
    OneGet(
        # help.dyn.com/remote-access-api/perform-update: `myip` takes both families.
        "dyn",
        "Dyn",
        "members.dyndns.org",
        path="/v3/update",
        family_rule=FamilyRule.ALWAYS_BOTH,
        credentials_url="https://account.dyn.com/profile/",
        note="update_account",
    ),
    OneGet(
        # dnsomatic.com/docs/api
        "dns_o_matic",
        "DNS-O-Matic",
        "updates.dnsomatic.com",
        query={
            "hostname": "{host}",
            "myip": "{v4}",
            "wildcard": "NOCHG",
            "mx": "NOCHG",
            "backmx": "NOCHG",
        },
        families=ONLY_V4,
        credentials_url="https://www.dnsomatic.com/",
        note="account",
    ),
    OneGet(
        # A network of the filter, not a name: its label says which.
        "opendns",
        "OpenDNS",
        "updates.opendns.com",
        query={"hostname": "{record_id}", "myip": "{v4}"},
        families=ONLY_V4,
        one_name=True,
        credentials_url="https://dashboard.opendns.com/",
        note="opendns",
    ),
    OneGet(
        # 204 is "no change" (ddns-updater, from the provider's PDF).
        "selfhost",
        "selfHOST.de",
        "carol.selfhost.de",
        families=ONLY_V4,
        reading=_NO_CHANGE_204,
        credentials_url="https://www.selfhost.de/",
        note="update_account",
    ),
    OneGet(
        # wiki.securepoint.de/SPDyn/Variablen: a token goes with the name as its user.
        "spdyn",
        "SPDyn (Securepoint)",
        "update.spdyn.de",
        basic=_BY_TOKEN,
        credentials_url="https://www.spdyn.de/",
        note="update_key",
    ),
    OneGet(
        # github.com/nsupdate-info/nsupdate.info, src/nsupdate/api/views.py
        "nsupdate_info",
        "nsupdate.info",
        "nsupdate.info",
        basic=_BY_TOKEN,
        family_rule=FamilyRule.TOGETHER,
        credentials_url="https://www.nsupdate.info/",
        note="update_key",
    ),
    OneGet(
        # ddns-updater: refusals come with HTTP 400.
        "now_dns",
        "Now-DNS",
        "now-dns.com",
        path="/update",
        credentials_url="https://now-dns.com/",
        note="account",
    ),
    OneGet(
        "dyndns_it",
        "dyndns.it",
        "update.dyndns.it",
        families=ONLY_V4,
        credentials_url="https://dyndns.it/",
        note="account",
    ),
    OneGet(
        "itsdns",
        "itsDNS.de",
        "www.itsdns.de",
        path="/update.php",
        families=ONLY_V4,
        credentials_url="https://www.itsdns.de/",
        note="account",
    ),
    OneGet(
        # tunnelbroker.net: the far end of a tunnel, whose number takes the place of the name.
        "he_tunnelbroker",
        "Hurricane Electric tunnel broker",
        "ipv4.tunnelbroker.net",
        query={"hostname": "{record_id}", "myip": "{v4}"},
        families=ONLY_V4,
        one_name=True,
        credentials_url="https://tunnelbroker.net/",
        note="he_tunnelbroker",
    ),
    OneGet(
        # myonlineportal.net/howto_dyndns
        "myonlineportal",
        "MyOnlinePortal",
        "myonlineportal.net",
        path="/updateddns",
        query={"hostname": "{host}", "ip": "{v4}", "ip6": "{v6}"},
        credentials_url="https://myonlineportal.net/",
        note="account",
    ),
    OneGet(
        "oray",
        "Oray (花生壳)",
        "ddns.oray.com",
        path="/ph/update",
        families=ONLY_V4,
        credentials_url="https://console.oray.com/",
        note="account",
    ),
    OneGet(
        # twodns.de/en/api
        "twodns",
        "TwoDNS",
        "update.twodns.de",
        path="/update",
        query={"hostname": "{host}", "ip": "{v4}"},
        families=ONLY_V4,
        credentials_url="https://www.twodns.de/",
        note="account",
    ),
    OneGet(
        # ddclient's sample settings: dyndns2 at this host.
        "updatedip",
        "UpdatedIP",
        "updatedip.com",
        families=ONLY_V4,
        credentials_url="https://www.updatedip.com/",
        note="account",
    ),
    OneGet(
        "dnshome",
        "dnsHome.de",
        "www.dnshome.de",
        path="/dyndns.php",
        query={"hostname": "{host}", "ip": "{v4}", "ip6": "{v6}"},
        basic=_BY_HOST,
        credentials_url="https://www.dnshome.de/",
        note="update_key",
    ),
    OneGet(
        # ddnss.de/info.php. Words of dyndns2, or a sentence, depending on the host that answers.
        "ddnss",
        "DDNSS.de",
        "www.ddnss.de",
        path="/upd.php",
        query={"key": "{token}", "host": "{host}", "ip": "{v4}", "ip6": "{v6}"},
        basic=None,
        reading=_DDNSS,
        credentials_url="https://www.ddnss.de/",
        note="update_key",
    ),
    OneGet(
        "apertodns",
        "ApertoDNS",
        "api.apertodns.com",
        credentials_url="https://www.apertodns.com/",
        note="account",
    ),
)
