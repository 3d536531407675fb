"""Registrars and hosters of one's own domains, which answer with the words of dyndns2."""

from typing import Final

from ...provider import FamilyRule
from ..one_get import ONLY_V4, OneGet
from ..reading import Meaning, Reading, Rule

_BY_HOST: Final = ("{host}", "{password}")
_REFUSALS: Final = (
    Rule(r"^badauth\b", Meaning.AUTH_REJECTED),
    Rule(r"^(nohost|notfqdn|numhost|!yours|!active|!donator)\b", Meaning.NAME_REJECTED),
    Rule(r"^(abuse|badagent)\b", Meaning.BANNED),
    Rule(r"^(911|dnserr)\b", Meaning.WAIT),
)
_INFOMANIAK: Final = Reading(
    (
        *_REFUSALS,
        Rule(r"^(good|successfully_changed)\b", Meaning.APPLIED),
        Rule(r"^(nochg|no_change)\b", Meaning.UNCHANGED),
    )
)

DYNDNS2_OF_REGISTRARS: Final = (
    OneGet(
        # desec.readthedocs.io: dynDNS. A family that is left out is deleted, but for `preserve`.
        "desec",
        "deSEC",
        "update.dedyn.io",
        path="/update",
        query={"hostname": "{host}", "myipv4": "{v4}", "myipv6": "{v6}"},
        otherwise={"myipv4": "preserve", "myipv6": "preserve"},
        basic=None,
        header=("Authorization", "Token {token}"),
        family_rule=FamilyRule.TOGETHER,
        credentials_url="https://desec.io/tokens",
        note="desec",
    ),
    OneGet(
        # The host belongs to the account. Without `myip` A becomes 127.0.0.1, without `myipv6`
        # AAAA is deleted (ddclient, behaviour of June 2024).
        "inwx",
        "INWX",
        "dyndns.inwx.com",
        query={"myip": "{v4}", "myipv6": "{v6}"},
        family_rule=FamilyRule.ALWAYS_BOTH,
        needs=ONLY_V4,
        one_name=True,
        credentials_url="https://www.inwx.com/en/dyndns",
        note="inwx",
    ),
    OneGet(
        "he_net",
        "Hurricane Electric DNS",
        "dyn.dns.he.net",
        basic=_BY_HOST,
        credentials_url="https://dns.he.net/",
        note="update_key",
    ),
    OneGet(
        # The user name is the domain; `myip` takes both families.
        "strato",
        "Strato",
        "dyndns.strato.com",
        family_rule=FamilyRule.ALWAYS_BOTH,
        credentials_url="https://www.strato.de/apps/CustomerService",
        note="strato",
    ),
    OneGet(
        # help.ovhcloud.com: DynHost.
        "ovh_dynhost",
        "OVHcloud DynHost",
        "dns.eu.ovhapis.com",
        query={"system": "dyndns", "hostname": "{host}", "myip": "{ip}"},
        credentials_url="https://www.ovh.com/manager/",
        note="update_account",
    ),
    OneGet(
        "loopia",
        "Loopia",
        "dyndns.loopia.se",
        path="/",
        credentials_url="https://customerzone.loopia.com/",
        note="account",
    ),
    OneGet(
        # faq.infomaniak.com/2376. Newer answers are longer words.
        "infomaniak",
        "Infomaniak",
        "infomaniak.com",
        reading=_INFOMANIAK,
        credentials_url="https://manager.infomaniak.com/",
        note="update_account",
    ),
    OneGet(
        # Each family at a host of its own (ddns-updater).
        "variomedia",
        "Variomedia",
        "dyndns4.variomedia.de",
        host_v6="dyndns6.variomedia.de",
        credentials_url="https://my.variomedia.de/",
        note="update_account",
    ),
    OneGet(
        "joker",
        "Joker.com",
        "svc.joker.com",
        credentials_url="https://joker.com/",
        note="update_account",
    ),
    OneGet(
        "all_inkl",
        "ALL-INKL.COM",
        "dyndns.kasserver.com",
        path="/",
        query={"host": "{host}", "myip": "{v4}", "myip6": "{v6}"},
        one_name=True,
        credentials_url="https://kas.all-inkl.com/",
        note="update_account",
    ),
    OneGet(
        # simply.com/docs/api
        "simply",
        "Simply.com",
        "api.simply.com",
        path="/2/ddns/",
        credentials_url="https://www.simply.com/controlpanel/",
        note="simply",
    ),
    OneGet(
        "do_de",
        "do.de (Domain Offensive)",
        "ddns.do.de",
        path="/",
        credentials_url="https://www.do.de/",
        note="update_account",
    ),
    OneGet(
        "domopoli",
        "Domopoli",
        "dyndns.domopoli.de",
        families=ONLY_V4,
        credentials_url="https://www.domopoli.de/",
        note="account",
    ),
    OneGet(
        "nic_ru",
        "NIC.RU",
        "api.nic.ru",
        families=ONLY_V4,
        credentials_url="https://www.nic.ru/manager/",
        note="update_account",
    ),
    OneGet(
        # PowerDNS-Admin speaks dyndns2 at the user's own server.
        "powerdns_admin",
        "PowerDNS-Admin",
        None,
        credentials_url=None,
        note="powerdns_admin",
    ),
    OneGet(
        "schokokeks",
        "schokokeks.org",
        "dyndns.schokokeks.org",
        families=ONLY_V4,
        credentials_url="https://config.schokokeks.org/",
        note="update_account",
    ),
    OneGet(
        "udmedia",
        "UD Media",
        "www.udmedia.de",
        families=ONLY_V4,
        credentials_url="https://www.udmedia.de/",
        note="update_account",
    ),
    OneGet(
        # ddclient: an API identifier and its secret.
        "websupport",
        "WebSupport",
        "dyndns.websupport.sk",
        families=ONLY_V4,
        credentials_url="https://admin.websupport.sk/",
        note="websupport",
    ),
    OneGet(
        # `keepipv4` and `keepipv6` keep the family that is not sent.
        "core_networks",
        "Core-Networks",
        "dyndns.core-networks.de",
        path="/",
        query={
            "hostname": "{host}",
            "myip": "{ip}",
            "keepipv4": "{no_v4}",
            "keepipv6": "{no_v6}",
        },
        credentials_url="https://iface.core-networks.de/",
        note="update_account",
    ),
    OneGet(
        "hosting_de",
        "hosting.de",
        "ddns.hosting.de",
        credentials_url="https://secure.hosting.de/",
        note="update_account",
    ),
    OneGet(
        "eurodns",
        "EuroDNS",
        "update.eurodyndns.org",
        path="/update/",
        credentials_url="https://my.eurodns.com/",
        note="update_account",
    ),
)
