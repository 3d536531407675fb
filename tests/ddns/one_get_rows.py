"""What goes over the line at each provider of the table, told independently of the table.

One row for each provider: the request that it expects, to the last parameter, and what it answers.
The contract suite runs on them all, so a provider without a row here fails.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from custom_components.smb_ddns_sync.ddns.outcome import (
    AuthRejected,
    Banned,
    NameRejected,
    Outcome,
    RetryAfter,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

CANARY: Final = "can+ary/sëcret<&> %41"
TOKEN: Final = "can-ary_TOKEN.0123456789abcdef"

type Answer = str | tuple[int, str]
"""A body with status 200, or a status and a body. `{ips}`, `{v4}`, `{v6}`, `{name}` and `{sub}` are
what was sent."""

DYNDNS2: Final[tuple[tuple[Answer, type[Outcome]], ...]] = (
    ("badauth", AuthRejected),
    ("nohost", NameRejected),
    ("notfqdn", NameRejected),
    ("!yours", NameRejected),
    ("abuse", Banned),
    ("badagent", Banned),
    ("good 127.0.0.1", Banned),
    ("911", RetryAfter),
    ("dnserr", RetryAfter),
)
FEW_WORDS: Final = (DYNDNS2[0], DYNDNS2[1])


@dataclass(frozen=True, slots=True)
class Row:
    """What one provider expects and answers.

    `settings` is what the user enters. `basic`, `header` and `secrets` (parameters) are where the
    credentials must be, `name` where the name must be, and `fixed` all else that must be sent.
    `v4` and `v6` are the parameters of the addresses (None: none is taken), `idle` what a parameter
    holds whose family is not sent. `same` is None where it does not tell that nothing changed,
    `denied` and `foreign` where it is not documented how it refuses.
    """

    host: str
    path: str = "/nic/update"  # `{}` is where the secret stands
    host_v6: str | None = None
    method: Literal["GET", "POST"] = "GET"
    settings: Mapping[str, str] = field(
        default_factory=lambda: {"username": "me", "password": CANARY}
    )
    basic: str | None = f"me:{CANARY}"
    header: str | None = None
    secrets: Mapping[str, str] = field(default_factory=dict)
    name: Mapping[str, str] = field(default_factory=lambda: {"hostname": "{name}"})
    fixed: Mapping[str, str] = field(default_factory=dict)
    v4: str = "myip"
    v6: str | None = "myip"
    idle: Mapping[str, str] = field(default_factory=dict)
    sends: Literal["apart", "together", "always both"] = "apart"
    zone: str = "example.com"
    good: Answer = "good {ips}"
    same: Answer | None = "nochg {ips}"
    denied: Answer | None = (401, "badauth")
    foreign: Answer | None = "nohost"
    says: tuple[tuple[Answer, type[Outcome]], ...] = DYNDNS2


PASSWORD_ONLY: Final = {"password": CANARY}
TOKEN_ONLY: Final = {"token": CANARY}
EASYDNS_SAYS: Final = (
    ("NOACCESS", AuthRejected),
    ("NO_AUTH", AuthRejected),
    ("NOSERVICE", NameRejected),
    ("ILLEGAL INPUT", NameRejected),
    ("TOOSOON", RetryAfter),
    ("TOO_FREQ", RetryAfter),
)
XML: Final = (
    '<?xml version="1.0" encoding="utf-16"?><interface-response><Command>SETDNSHOST</Command>'
    "{}<Done>true</Done></interface-response>"
)


def xml_error(number: int, words: str) -> str:
    """Return a refusal of Namecheap and eNom."""
    return XML.replace(
        "{}",
        f"<ErrCount>1</ErrCount><errors><Err1>{words}</Err1></errors><responses><response>"
        f"<ResponseNumber>{number}</ResponseNumber></response></responses>",
    )


ROWS: Final[Mapping[str, Row]] = {
    "no_ip": Row("dynupdate.no-ip.com", sends="always both"),
    "dynu": Row(
        "api.dynu.com",
        v6="myipv6",
        idle={"myip": "no", "myipv6": "no"},
        sends="together",
        says=(*DYNDNS2, ("servererror", RetryAfter), ("numhost", NameRejected)),
    ),
    "desec": Row(
        "update.dedyn.io",
        "/update",
        settings={"token": TOKEN},
        basic=None,
        header=f"Token {TOKEN}",
        v4="myipv4",
        v6="myipv6",
        idle={"myipv4": "preserve", "myipv6": "preserve"},
        sends="together",
        good="good",
        same=None,
        foreign=(404, ""),
        says=(((401, ""), AuthRejected), ((404, ""), NameRejected), ((429, ""), RetryAfter)),
    ),
    "inwx": Row(
        "dyndns.inwx.com", name={}, v6="myipv6", sends="always both", good="good", foreign=None
    ),
    "he_net": Row(
        "dyn.dns.he.net", settings=PASSWORD_ONLY, basic="{name}:" + CANARY, denied="badauth"
    ),
    "dyn": Row("members.dyndns.org", "/v3/update", sends="always both"),
    "strato": Row("dyndns.strato.com", sends="always both"),
    "ovh_dynhost": Row("dns.eu.ovhapis.com", fixed={"system": "dyndns"}),
    "loopia": Row("dyndns.loopia.se", "/"),
    "infomaniak": Row(
        "infomaniak.com",
        denied=(400, "badauth"),
        foreign=(400, "nohost"),
        says=FEW_WORDS,
    ),
    "dns_o_matic": Row(
        "updates.dnsomatic.com",
        fixed={"wildcard": "NOCHG", "mx": "NOCHG", "backmx": "NOCHG"},
        v6=None,
    ),
    "opendns": Row(
        "updates.opendns.com",
        settings={"username": "me", "password": CANARY, "record_id": "Home network"},
        name={},
        fixed={"hostname": "Home network"},
        v6=None,
        foreign=None,
    ),
    "variomedia": Row("dyndns4.variomedia.de", host_v6="dyndns6.variomedia.de"),
    "joker": Row("svc.joker.com"),
    "all_inkl": Row("dyndns.kasserver.com", "/", name={"host": "{name}"}, v6="myip6"),
    "selfhost": Row("carol.selfhost.de", v6=None, same=(204, "")),
    "simply": Row("api.simply.com", "/2/ddns/"),
    "spdyn": Row("update.spdyn.de", settings=TOKEN_ONLY, basic="{name}:" + CANARY),
    "nsupdate_info": Row(
        "nsupdate.info",
        settings=TOKEN_ONLY,
        basic="{name}:" + CANARY,
        sends="together",
    ),
    "now_dns": Row("now-dns.com", "/update", denied=(400, "badauth"), foreign=(400, "nohost")),
    "do_de": Row("ddns.do.de", "/"),
    "domopoli": Row("dyndns.domopoli.de", v6=None),
    "dyndns_it": Row("update.dyndns.it", v6=None),
    "itsdns": Row("www.itsdns.de", "/update.php", v6=None),
    "he_tunnelbroker": Row(
        "ipv4.tunnelbroker.net",
        settings={"username": "me", "password": CANARY, "record_id": "4711"},
        name={},
        fixed={"hostname": "4711"},
        v6=None,
        foreign=None,
    ),
    "myonlineportal": Row("myonlineportal.net", "/updateddns", v4="ip", v6="ip6"),
    "nic_ru": Row("api.nic.ru", v6=None),
    "oray": Row("ddns.oray.com", "/ph/update", v6=None),
    "powerdns_admin": Row(
        "dns.example.com",
        settings={"username": "me", "password": CANARY, "server": "https://dns.example.com"},
    ),
    "schokokeks": Row("dyndns.schokokeks.org", v6=None),
    "twodns": Row("update.twodns.de", "/update", v4="ip", v6=None),
    "udmedia": Row("www.udmedia.de", v6=None),
    "updatedip": Row("updatedip.com", v6=None),
    "websupport": Row("dyndns.websupport.sk", v6=None),
    "core_networks": Row(
        "dyndns.core-networks.de", "/", idle={"keepipv4": "4", "keepipv6": "6"}, same=None
    ),
    "dnshome": Row(
        "www.dnshome.de",
        "/dyndns.php",
        settings=PASSWORD_ONLY,
        basic="{name}:" + CANARY,
        v4="ip",
        v6="ip6",
    ),
    "ddnss": Row(
        "www.ddnss.de",
        "/upd.php",
        settings=TOKEN_ONLY,
        basic=None,
        secrets={"key": CANARY},
        name={"host": "{name}"},
        v4="ip",
        v6="ip6",
        good="<font>Updated 1 hostname.</font>",
        denied="badauth",
        says=(*FEW_WORDS, ("911", RetryAfter), ("abuse", Banned)),
    ),
    "hosting_de": Row("ddns.hosting.de"),
    "eurodns": Row("update.eurodyndns.org", "/update/"),
    "apertodns": Row("api.apertodns.com"),
    "namecheap": Row(
        "dynamicdns.park-your-domain.com",
        "/update",
        settings={"zone": "example.com", "password": CANARY},
        basic=None,
        secrets={"password": CANARY},
        name={"host": "{sub}", "domain": "{zone}"},
        v4="ip",
        v6=None,
        good=XML.replace("{}", "<IP>{v4}</IP><ErrCount>0</ErrCount><errors />"),
        same=None,
        denied=xml_error(304156, "Passwords do not match"),
        foreign=xml_error(316153, "Domain name not found"),
        says=(
            (xml_error(316154, "Domain name not active"), NameRejected),
            (xml_error(380099, "Internal error"), RetryAfter),
        ),
    ),
    "duckdns": Row(
        "www.duckdns.org",
        "/update",
        settings=TOKEN_ONLY,
        basic=None,
        secrets={"token": CANARY},
        name={"domains": "{sub}"},
        fixed={"verbose": "true"},
        v4="ip",
        v6="ipv6",
        sends="together",
        zone="duckdns.org",
        good="OK\n{v4}\n{v6}\nUPDATED",
        same="OK\n{v4}\n{v6}\nNOCHANGE",
        denied="KO",
        foreign=None,
        says=(("KO", AuthRejected),),
    ),
    "dynv6": Row(
        "dynv6.com",
        "/api/update",
        settings=TOKEN_ONLY,
        basic=None,
        secrets={"token": CANARY},
        name={"zone": "{name}"},
        v4="ipv4",
        v6="ipv6",
        sends="together",
        good="addresses updated",
        same="addresses unchanged",
        denied=(401, "invalid authentication token"),
        foreign=(404, "zone not found"),
        says=(),
    ),
    "freedns": Row(
        "sync.afraid.org",
        "/u/{}/",
        host_v6="v6.sync.afraid.org",
        settings=TOKEN_ONLY,
        basic=None,
        name={},
        v4="address",
        v6="address",
        good="Updated {name} from 192.0.2.7 to {ips} in 0.014 seconds",
        same="No IP change detected for {name} with IP {ips}, skipping update",
        denied="ERROR: Unable to locate this record",
        foreign=None,
        says=(("ERROR: 999 is an invalid IP address", NameRejected),),
    ),
    "easydns": Row(
        "api.cp.easydns.com",
        "/dyn/generic.php",
        settings={"username": "me", "token": CANARY},
        good="<PRE>\nNOERROR\n</PRE>",
        same=None,
        denied="NOACCESS",
        foreign="NOSERVICE",
        says=EASYDNS_SAYS,
    ),
    "zoneedit": Row(
        "api.cp.zoneedit.com",
        "/dyn/generic.php",
        settings={"username": "me", "token": CANARY},
        v6=None,
        good='<SUCCESS CODE="200" TEXT="{name} updated to {v4}" ZONE="example.com">',
        same='<SUCCESS CODE="201" TEXT="No records need updating." ZONE="example.com">',
        denied='<ERROR CODE="708" TEXT="Failed Login: me">',
        foreign='<ERROR CODE="709" TEXT="Invalid Hostname">',
        says=(
            ('<ERROR CODE="701" TEXT="Zone is not set up in this account.">', NameRejected),
            ('<ERROR CODE="702" TEXT="Minimum 600 seconds between requests">', RetryAfter),
        ),
    ),
    "dns_made_easy": Row(
        "cp.dnsmadeeasy.com",
        "/servlet/updateip",
        settings={"username": "me", "password": CANARY, "record_id": "4711"},
        basic=None,
        secrets={"username": "me", "password": CANARY},
        name={},
        fixed={"id": "4711"},
        v4="ip",
        v6=None,
        good="success",
        same="error-record-ip-same",
        denied="error-auth",
        foreign=None,
        says=(
            ("error-auth-suspend", Banned),
            ("error-auth-voided", Banned),
            ("error-record-invalid", NameRejected),
            ("error-record-auth", NameRejected),
            ("error-system", RetryAfter),
            ("error", RetryAfter),
        ),
    ),
    "changeip": Row(
        "nic.changeip.com",
        v4="ip",
        v6=None,
        good="200 Successful Update",
        same=None,
        denied=(401, ""),
        foreign=(422, ""),
        says=(),
    ),
    "key_systems": Row(
        "dynamicdns.key-systems.net",
        "/update.php",
        settings=PASSWORD_ONLY,
        basic=None,
        secrets={"password": CANARY},
        v4="ip",
        v6=None,
        good="[RESPONSE]\ncode = 200\ndescription = Command completed successfully\nEOF",
        same=None,
        denied="[RESPONSE]\ncode = 530\ndescription = invalid password\nEOF",
        foreign="[RESPONSE]\ncode = 531\ndescription = Authorization failed\nEOF",
        says=(("code = 500\ndescription = abuse prevention triggered", RetryAfter),),
    ),
    "regfish": Row(
        "dyndns.regfish.de",
        "/",
        settings=TOKEN_ONLY,
        basic=None,
        secrets={"token": CANARY},
        name={"fqdn": "{name}"},
        fixed={"forcehost": "1"},
        v4="ipv4",
        v6="ipv6",
        sends="together",
        good="success|100|update succeeded!",
        same="success|101|no update needed at this time.",
        denied="failed|401|incorrect credentials|",
        foreign="failed|412|fqdn is not set|",
        says=(("failed|402|bad token|", AuthRejected), ("failed|414|internal|", RetryAfter)),
    ),
    "goip": Row(
        "www.goip.de",
        "/setip",
        basic=None,
        secrets={"username": "me", "password": CANARY},
        name={"subdomain": "{name}"},
        fixed={"shortResponse": "true"},
        v4="ip",
        v6="ip6",
        good="{name} ({ips})",
        same=None,
        denied="Zugriff verweigert",
        foreign=None,
        says=(),
    ),
    "sitelutions": Row(
        "api2.sitelutions.com",
        "/dnsup",
        settings={"username": "me", "password": CANARY, "record_id": "4711"},
        basic=None,
        secrets={"user": "me", "pass": CANARY},
        name={},
        fixed={"id": "4711"},
        v4="ip",
        v6=None,
        good="success",
        same=None,
        denied=None,
        foreign=None,
        says=(("dberror", RetryAfter),),
    ),
    "freemyip": Row(
        "freemyip.com",
        "/update",
        settings=TOKEN_ONLY,
        basic=None,
        secrets={"token": CANARY},
        name={"domain": "{name}"},
        v6=None,
        good="OK",
        same=None,
        denied="ERROR",
        foreign=None,
        says=(),
    ),
    "domeneshop": Row(
        "api.domeneshop.no",
        "/v0/dyndns/update",
        settings={"token": CANARY, "api_secret": TOKEN},
        basic=f"{CANARY}:{TOKEN}",
        good=(204, ""),
        same=None,
        denied=(401, ""),
        foreign=(404, ""),
        says=(),
    ),
    "enom": Row(
        "dynamic.name-services.com",
        "/interface.asp",
        settings={"zone": "example.com", "password": CANARY},
        basic=None,
        secrets={"domainpassword": CANARY},
        name={"hostname": "{sub}", "zone": "{zone}"},
        fixed={"command": "SetDNSHost", "responsetype": "xml"},
        v4="address",
        v6=None,
        good=XML.replace("{}", "<ErrCount>0</ErrCount>"),
        same=None,
        denied=xml_error(304155, "Invalid password"),
        foreign=xml_error(304153, "Domain not found"),
        says=(),
    ),
    "dinahosting": Row(
        "dinahosting.com",
        "/special/api.php",
        settings={"username": "me", "password": CANARY, "zone": "example.com"},
        name={"hostname": "{sub}", "domain": "{zone}"},
        fixed={"command": "Domain_Zone_UpdateType{type}"},
        v4="ip",
        v6="ip",
        good="responseCode = 1000\nmessage = 'Success.'",
        same=None,
        denied=(401, ""),
        foreign=None,
        says=(),
    ),
    "dslreports": Row(
        "www.dslreports.com",
        "/nic/dyndns",
        settings={"username": "me", "password": CANARY, "record_id": "123456"},
        name={},
        fixed={"action": "edit", "started": "1", "hostname": "YES", "host_id": "123456"},
        v6=None,
        good="return code: NOERROR",
        same=None,
        denied=(401, ""),
        foreign=None,
        says=(),
    ),
    "gira": Row(
        "homeserver.gira.de",
        "/hsdyndns.php",
        basic=None,
        secrets={"u": "me", "p": CANARY},
        name={},
        v4="ip",
        v6=None,
        good="OK",
        same=None,
        denied=None,
        foreign=None,
        says=(),
    ),
    "myaddr": Row(
        "myaddr.tools",
        "/update",
        method="POST",
        settings=TOKEN_ONLY,
        basic=None,
        secrets={"key": CANARY},
        name={},
        v4="ip",
        v6="ip",
        good="OK",
        same=None,
        denied=(404, ""),
        foreign=None,
        says=(),
    ),
    "ydns": Row(
        "ydns.io",
        "/api/v1/update/",
        name={"host": "{name}"},
        v4="ip",
        v6="ip",
        denied=(401, ""),
        foreign=(404, ""),
        says=FEW_WORDS,
    ),
    "dynadot_ddns": Row(
        "www.dynadot.com",
        "/set_ddns",
        settings={"zone": "example.com", "password": CANARY},
        basic=None,
        secrets={"pwd": CANARY},
        name={"domain": "{zone}", "subDomain": "{sub}"},
        fixed={"containRoot": "false", "type": "{type}", "ttl": "300"},
        v4="ip",
        v6="ip",
        good="ok",
        same=None,
        denied=None,
        foreign=None,
        says=(),
    ),
    "ipv64": Row(
        "ipv64.net",
        settings={"token": TOKEN},
        basic=None,
        header=f"Bearer {TOKEN}",
        name={"domain": "{name}"},
        v4="ip",
        v6="ip6",
        sends="together",
        good='{"info": "good", "status": "200 success"}',
        same='{"info": "nochg", "status": "200 success"}',
        denied=(401, '{"info": "badauth", "status": "401 Unauthorized"}'),
        foreign='{"info": "nohost"}',
        says=(('{"info": "abuse"}', Banned), ((429, "{}"), RetryAfter)),
    ),
    "dnsexit": Row(
        "api.dnsexit.com",
        "/dns/ud/",
        method="POST",
        settings={"api_key": CANARY},
        basic=None,
        secrets={"apikey": CANARY},
        name={"host": "{name}"},
        v4="ip",
        v6="ip",
        good='{"code": 0, "message": "Success"}',
        same=None,
        denied='{"code": 2, "message": "API Key Authentication Error"}',
        foreign=None,
        says=(('{"code": 6, "message": "System Error"}', RetryAfter),),
    ),
    "dondominio": Row(
        "dondns.dondominio.com",
        "/json/",
        settings={"username": "me", "api_key": CANARY},
        basic=None,
        secrets={"user": "me", "password": CANARY},
        name={"host": "{name}"},
        fixed={"lang": "en"},
        v4="ip",
        v6=None,
        good='{"success": true, "messages": []}',
        same=None,
        denied='{"success": false, "messages": ["Invalid credentials"]}',
        foreign=None,
        says=(),
    ),
    "directnic": Row(
        "directnic.com",
        "/dns/gateway/{}/",
        settings=TOKEN_ONLY,
        basic=None,
        name={},
        v4="data",
        v6=None,
        good='{"result": "success"}',
        same=None,
        denied=None,
        foreign=None,
        says=(),
    ),
    "njalla": Row(
        "njal.la",
        "/update/",
        settings=TOKEN_ONLY,
        basic=None,
        secrets={"k": CANARY},
        name={"h": "{name}"},
        v4="a",
        v6="aaaa",
        good='{"status": 200, "message": "record updated", "value": {"x": "{ips}"}}',
        same=None,
        denied=(401, '{"status": 401, "message": "Access denied"}'),
        foreign=None,
        says=(),
    ),
    "1984": Row(
        "api.1984.is",
        "/1.0/freedns/",
        settings={"api_key": CANARY},
        basic=None,
        secrets={"apikey": CANARY},
        name={"domain": "{name}"},
        v4="ip",
        v6=None,
        good='{"ok": true, "msg": "updated", "ip": "{v4}"}',
        same='{"ok": true, "msg": "unaltered", "ip": "{v4}"}',
        denied='{"ok": false, "msg": "wrong api key"}',
        foreign='{"ok": false, "msg": "not found", "lookup": ["home.example.net"]}',
        says=(),
    ),
}
