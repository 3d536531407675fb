"""Providers with a REST API, signed or with a token: one module for each.

`client.py` is what all share, `record_sets.py` the shape that replaces whole record sets,
`provider.py` decides what is written. To add one: subclass, name it here, and write its stand-in.
"""

from typing import Final

from .alidns import AlidnsClient
from .baidu import BaiduClient
from .godaddy import GodaddyClient
from .gandi import GandiClient
from .hetzner import HetznerClient
from .desec import DesecClient
from .gcore import GcoreClient
from .ns1 import Ns1Client
from .powerdns import PowerdnsClient
from .hostinger import HostingerClient
from .client import RestClient
from .huawei import HuaweiClient
from .provider import describe
from .route53 import Route53Client
from .tencent import DnspodClient, EdgeOneClient
from .volcengine import VolcengineClient

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
)  # fmt: skip

REST_PROVIDERS: Final = tuple(describe(client) for client in REST_CLIENTS)
"""Their descriptions, in the order in which a form shows them."""

__all__ = ["REST_CLIENTS", "REST_PROVIDERS"]
