"""Names that the face, forms and storage share; docs/architecture.md tells what they mean."""

from enum import StrEnum
from typing import Final

DOMAIN: Final = "smb_ddns_sync"

CONF_KIND: Final = "kind"


class EntryKind(StrEnum):
    """What a config entry stands for."""

    PUBLIC_ADDRESS = "public_address"
    SHARE = "share"


SUBENTRY_RECORD: Final = "record"
SUBENTRY_JOB: Final = "job"

# Public address
CONF_IPV4: Final = "ipv4"
CONF_IPV6: Final = "ipv6"
CONF_SOURCES: Final = "sources"
CONF_CUSTOM_SOURCES: Final = "custom_sources"
CONF_INTERFACE: Final = "interface"
CONF_TEMPORARY: Final = "temporary_addresses"
CONF_QUORUM: Final = "quorum"
CONF_INTERVAL: Final = "interval"  # minutes, of detection and of jobs

# Record
CONF_PROVIDER: Final = "provider"
CONF_NAMES: Final = "names"

CONF_INNER: Final = "inner_address"  # instead of the public one
CONF_PINS: Final = "certificate_pins"  # as the user wrote them
CONF_ROLE: Final = "standby_role"
CONF_SERVICE: Final = "standby_service"
CONF_SERVICE_PORT: Final = "standby_port"
CONF_SERVICE_HOST: Final = "standby_host"  # within this site
CONF_CHECKS: Final = "standby_checks"

# Share
CONF_SHARE: Final = "share"
CONF_ADDRESSES: Final = "addresses"  # further ones, in order of preference
# Of the account; Home Assistant's CONF_DOMAIN means another thing.
CONF_DOMAIN_NAME: Final = "domain"
CONF_ENCRYPTION: Final = "encryption"
CONF_BACKUP_FOLDER: Final = "backup_folder"  # for backups of Home Assistant

# Job
CONF_MODE: Final = "mode"
CONF_OTHER_SIDE: Final = "other_side"  # of the form alone
CONF_OTHER_SHARE: Final = "other_share"  # the id of its entry; absent where that side is local
CONF_OTHER_FOLDER: Final = "other_folder"  # on the other share
CONF_LOCAL_FOLDER: Final = "local_folder"
CONF_REMOTE_FOLDER: Final = "remote_folder"
CONF_DIRECTION: Final = "direction"
CONF_CONFLICTS: Final = "conflicts"
CONF_CLEAR_SOURCE: Final = "clear_source"  # of the form alone
CONF_CLEAR_SOURCE_DAYS: Final = "clear_source_days"  # absent: never; 0: once it is verified
CONF_WATCH: Final = "watch"
CONF_TRASH_DAYS: Final = "trash_days"
CONF_TRASH_VERSIONS: Final = "trash_versions"
CONF_TRASH_SIZE: Final = "trash_size"  # GB
CONF_BANDWIDTH: Final = "bandwidth"  # a timetable as text
CONF_CPU_PERCENT: Final = "cpu_percent"  # of one core
CONF_VERIFY: Final = "verify"
CONF_PATTERNS: Final = "patterns"
CONF_LITTER: Final = "litter"
CONF_MAX_SIZE: Final = "max_size"  # MB
CONF_MAX_AGE: Final = "max_age"  # days
CONF_MAX_DELETE_PERCENT: Final = "max_delete_percent"

SECTION_ADVANCED: Final = "advanced"
SECTION_LIMITS: Final = "limits"
SECTION_FILTERS: Final = "filters"
SECTION_STANDBY: Final = "standby"


class Direction(StrEnum):
    """Which way a job of one direction goes, seen from the share that it belongs to."""

    TO_SHARE = "to_share"
    FROM_SHARE = "from_share"


class OtherSide(StrEnum):
    """What a job has on the side that is not its own share."""

    LOCAL = "local"
    SHARE = "share"


DEFAULT_BACKUP_FOLDER: Final = "homeassistant-backups"

DEFAULT_DETECTION_MINUTES: Final = 5
DEFAULT_JOB_MINUTES: Final = 15
# Of five recommended operators: two that lie together never win, whoever else is silent.
DEFAULT_QUORUM: Final = 3
DEFAULT_TRASH_DAYS: Final = 30
DEFAULT_MAX_DELETE_PERCENT: Final = 50
DEFAULT_TRASH_VERSIONS: Final = 50
DEFAULT_CPU_PERCENT: Final = 100
DEFAULT_CLEAR_SOURCE_DAYS: Final = 7
