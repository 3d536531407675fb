"""The ways of asking for the address, one module for each."""

from .custom import UnusableUrlError, UrlFault, custom_echo
from .echo import HttpEcho
from .http_echo import HttpSource, http_sources
from .well_known import DEFAULT_SOURCES, RECOMMENDED_SOURCES

__all__ = [
    "DEFAULT_SOURCES",
    "RECOMMENDED_SOURCES",
    "HttpEcho",
    "HttpSource",
    "UnusableUrlError",
    "UrlFault",
    "custom_echo",
    "http_sources",
]
