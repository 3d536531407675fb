"""All stand-ins; a REST provider without one fails the contract suite."""

from typing import TYPE_CHECKING, Final

from .alidns import AlidnsApi
from .record_sets import GodaddyApi
from .record_sets import GandiApi
from .record_sets import HetznerApi
from .record_sets import DesecApi
from .record_sets import GcoreApi
from .record_sets import Ns1Api
from .record_sets import PowerdnsApi
from .record_sets import HostingerApi
from .clouds import (
    BaiduApi,
    DnspodApi,
    EdgeOneApi,
    HuaweiApi,
    Route53Api,
    VolcengineApi,
)

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
)  # fmt: skip
