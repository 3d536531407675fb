"""Providers with a REST API, signed or with a token: one module for each.

`client.py` is what all share, `record_sets.py` the shape that replaces whole record sets,
`provider.py` decides what is written. To add one: subclass, name it here, and write its stand-in.
"""

from typing import TYPE_CHECKING, Final

from .alidns import AlidnsClient
from .baidu import BaiduClient
from .bunny import BunnyClient
from .cloudns import CloudnsClient
from .description import describe
from .desec import DesecClient
from .digitalocean import DigitalOceanClient
from .dnsla import DnslaClient
from .dnspod_legacy import DnspodLegacyClient
from .domeneshop import DomeneshopClient
from .dreamhost import DreamhostClient
from .dynv6 import Dynv6Client
from .gandi import GandiClient
from .gcore import GcoreClient
from .gigahost import GigahostClient
from .godaddy import GodaddyClient
from .google import GoogleClient
from .hetzner import HetznerClient
from .hipm_dnsmgr import HipmDnsmgrClient
from .hostinger import HostingerClient
from .huawei import HuaweiClient
from .ionos import IonosClient
from .linode import LinodeClient
from .luadns import LuadnsClient
from .mythic_beasts import MythicBeastsClient
from .name_com import NameComClient
from .namesilo import NamesiloClient
from .nearlyfreespeech import NearlyFreeSpeechClient
from .netcup import NetcupClient
from .njalla import NjallaClient
from .ns1 import Ns1Client
from .ovh import OvhClient
from .porkbun import PorkbunClient
from .powerdns import PowerdnsClient
from .rainyun import RainyunClient
from .route53 import Route53Client
from .scaleway import ScalewayClient
from .servercow import ServercowClient
from .spaceship import SpaceshipClient
from .tencent import DnspodClient, EdgeOneClient
from .vercel import VercelClient
from .volcengine import VolcengineClient
from .vultr import VultrClient
from .yandex import YandexClient

if TYPE_CHECKING:
    from .client import RestClient

REST_CLIENTS: Final[tuple[type[RestClient], ...]] = (
    AlidnsClient,
    DnspodClient,
    EdgeOneClient,
    HuaweiClient,
    Route53Client,
    VolcengineClient,
    BaiduClient,
    GodaddyClient,
    GandiClient,
    HetznerClient,
    DesecClient,
    GcoreClient,
    Ns1Client,
    PowerdnsClient,
    HostingerClient,
    LinodeClient,
    VultrClient,
    DigitalOceanClient,
    IonosClient,
    PorkbunClient,
    DnspodLegacyClient,
    NameComClient,
    VercelClient,
    BunnyClient,
    LuadnsClient,
    DomeneshopClient,
    ScalewayClient,
    NetcupClient,
    OvhClient,
    CloudnsClient,
    RainyunClient,
    NjallaClient,
    NamesiloClient,
    GoogleClient,
    GigahostClient,
    MythicBeastsClient,
    ServercowClient,
    DnslaClient,
    Dynv6Client,
    SpaceshipClient,
    YandexClient,
    DreamhostClient,
    NearlyFreeSpeechClient,
    HipmDnsmgrClient,
)  # fmt: skip

REST_PROVIDERS: Final = tuple(describe(client) for client in REST_CLIENTS)
"""Their descriptions, in the order in which a form shows them."""

__all__ = ["REST_CLIENTS", "REST_PROVIDERS"]
