"""All stand-ins; a REST provider without one fails the contract suite."""

from typing import TYPE_CHECKING, Final

from .alidns import AlidnsApi
from .bearer import BunnyApi, DigitalOceanApi, LinodeApi, ScalewayApi, VercelApi, VultrApi
from .by_code import CloudnsApi, NamesiloApi, NjallaApi, RainyunApi
from .clouds import (
    BaiduApi,
    DnspodApi,
    EdgeOneApi,
    HuaweiApi,
    Route53Api,
    VolcengineApi,
)
from .google import GoogleApi
from .own_ways import DnspodLegacyApi, NetcupApi, OvhApi, PorkbunApi
from .panels import HipmDnsmgrApi
from .record_sets import (
    DesecApi,
    GandiApi,
    GcoreApi,
    GodaddyApi,
    HetznerApi,
    HostingerApi,
    Ns1Api,
    PowerdnsApi,
)
from .registrars import DomeneshopApi, IonosApi, LuadnsApi, NameComApi
from .small_hosts import DnslaApi, Dynv6Api, GigahostApi, MythicBeastsApi, ServercowApi
from .two_steps import DreamhostApi, NearlyFreeSpeechApi, SpaceshipApi, YandexApi

if TYPE_CHECKING:
    from .api import RestApi

REST_APIS: Final[tuple[type[RestApi], ...]] = (
    AlidnsApi,
    DnspodApi,
    EdgeOneApi,
    HuaweiApi,
    Route53Api,
    VolcengineApi,
    BaiduApi,
    GodaddyApi,
    GandiApi,
    HetznerApi,
    DesecApi,
    GcoreApi,
    Ns1Api,
    PowerdnsApi,
    HostingerApi,
    LinodeApi,
    VultrApi,
    DigitalOceanApi,
    IonosApi,
    PorkbunApi,
    DnspodLegacyApi,
    NameComApi,
    VercelApi,
    BunnyApi,
    LuadnsApi,
    DomeneshopApi,
    ScalewayApi,
    NetcupApi,
    OvhApi,
    CloudnsApi,
    RainyunApi,
    NjallaApi,
    NamesiloApi,
    GoogleApi,
    GigahostApi,
    MythicBeastsApi,
    ServercowApi,
    DnslaApi,
    Dynv6Api,
    SpaceshipApi,
    YandexApi,
    DreamhostApi,
    NearlyFreeSpeechApi,
    HipmDnsmgrApi,
)  # fmt: skip
