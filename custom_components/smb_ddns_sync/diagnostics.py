"""What a person may attach to a report: how things are, and nothing of who or where they are.

Everything here is chosen. Settings pass only by a list of keys that are known to be harmless, so a
field that a provider adds is hidden until somebody has looked at it. Addresses, names, paths and
messages of servers stay out.
"""

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from homeassistant.components.diagnostics import REDACTED
from homeassistant.const import CONF_PORT

from .const import (
    CONF_BANDWIDTH,
    CONF_CHECKS,
    CONF_CLEAR_SOURCE_DAYS,
    CONF_CONFLICTS,
    CONF_CPU_PERCENT,
    CONF_DIRECTION,
    CONF_ENCRYPTION,
    CONF_INNER,
    CONF_INTERVAL,
    CONF_IPV4,
    CONF_IPV6,
    CONF_KIND,
    CONF_LITTER,
    CONF_MAX_AGE,
    CONF_MAX_DELETE_PERCENT,
    CONF_MAX_SIZE,
    CONF_MODE,
    CONF_PINS,
    CONF_PROVIDER,
    CONF_QUORUM,
    CONF_ROLE,
    CONF_SERVICE,
    CONF_SERVICE_PORT,
    CONF_SOURCES,
    CONF_TEMPORARY,
    CONF_TRASH_DAYS,
    CONF_TRASH_SIZE,
    CONF_TRASH_VERSIONS,
    CONF_VERIFY,
    CONF_WATCH,
)
from .coordinator import PublicAddressRuntime, SmbDdnsConfigEntry
from .ddns.address import scope_of
from .ddns.sources import BUILT_IN_SOURCES
from .public_address import FAMILY_KEYS, PublicAddressCoordinator

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.device_registry import DeviceEntry

    from .ddns.detect import Detection
    from .ddns.source import Answer
    from .job import JobCoordinator
    from .record import RecordCoordinator
    from .share import ShareCoordinator
    from .store import EntryStore
    from .sync.coverage import Coverage

HARMLESS: Final = frozenset(
    {
        CONF_CLEAR_SOURCE_DAYS,
        CONF_CONFLICTS,
        CONF_CPU_PERCENT,
        CONF_DIRECTION,
        CONF_ENCRYPTION,
        CONF_INTERVAL,
        CONF_IPV4,
        CONF_IPV6,
        CONF_KIND,
        CONF_LITTER,
        CONF_MAX_AGE,
        CONF_MAX_DELETE_PERCENT,
        CONF_MAX_SIZE,
        CONF_MODE,
        CONF_PORT,
        CONF_PROVIDER,
        CONF_QUORUM,
        CONF_BANDWIDTH,
        CONF_CHECKS,
        CONF_INNER,
        CONF_PINS,
        CONF_ROLE,
        CONF_SERVICE,
        CONF_SERVICE_PORT,
        CONF_SOURCES,
        CONF_TEMPORARY,
        CONF_TRASH_DAYS,
        CONF_TRASH_SIZE,
        CONF_TRASH_VERSIONS,
        CONF_VERIFY,
        CONF_WATCH,
        "proxied",
        "ttl",
    }
)
"""Keys whose values may be shown.

Values of all others are replaced; how many there are is shown of lists.
"""


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant,  # noqa: ARG001 - Home Assistant's signature
    entry: SmbDdnsConfigEntry,
) -> dict[str, Any]:
    """Return how an entry and everything under it is."""
    runtime = entry.runtime_data
    told: dict[str, Any] = {
        "data": _shown(entry.data),
        "options": _shown(entry.options),
        "subentries": [
            {"type": subentry.subentry_type, "data": _shown(subentry.data)}
            for subentry in entry.subentries.values()
        ],
    }
    if isinstance(runtime, PublicAddressRuntime):
        told["public_address"] = _of_public_address(runtime.address)
        told["records"] = [_of_record(record) for record in runtime.records]
    else:
        told["share"] = _of_share(runtime.share, runtime.store)
        told["jobs"] = [_of_job(job) for job in runtime.jobs]
    return told


async def async_get_device_diagnostics(
    hass: HomeAssistant,  # noqa: ARG001 - Home Assistant's signature
    entry: SmbDdnsConfigEntry,
    device: DeviceEntry,
) -> dict[str, Any]:
    """Return how one device is: the entry's own, or that of a record or job."""
    runtime = entry.runtime_data
    subentry_id = device.config_subentry_id
    if subentry_id is None:
        if isinstance(runtime, PublicAddressRuntime):
            return {"public_address": _of_public_address(runtime.address)}
        return {"share": _of_share(runtime.share, runtime.store)}
    data = _shown(entry.subentries[subentry_id].data)
    if isinstance(runtime, PublicAddressRuntime):
        record = runtime.records.get(subentry_id)
        return {"data": data, "record": None if record is None else _of_record(record)}
    job = runtime.jobs.get(subentry_id)
    return {"data": data, "job": None if job is None else _of_job(job)}


def _shown(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _value(key, value) for key, value in settings.items()}


def _value(key: str, value: Any) -> Any:
    if key in HARMLESS:
        return value
    if isinstance(value, list | tuple):
        return [REDACTED] * len(value)
    return REDACTED if value else value


def _of_public_address(address: PublicAddressCoordinator) -> dict[str, Any]:
    state = address.data
    told: dict[str, Any] = {
        FAMILY_KEYS[family]: {
            "known": state.known.addresses.of(family) is not None,
            **state.explain(family),
            "answers": [
                {
                    "source": answer.source if answer.source in BUILT_IN_SOURCES else REDACTED,
                    "kind": answer.kind.value,
                    "said": _said(answer, detection),
                }
                for answer in detection.answers
            ],
        }
        for family, detection in state.detections.items()
    }
    return told | {"nat": state.nat and state.nat.nat.value}


def _said(answer: Answer, detection: Detection) -> str:
    """Return what a source said without the address: the agreed one, or which scope another has."""
    if answer.address is None:
        return str(answer.found)
    if answer.address == detection.address:
        return "agreed"
    return f"another_{scope_of(answer.address)}"


def _of_record(record: RecordCoordinator) -> dict[str, Any]:
    report, standing = record.data, record.standby.data
    return {
        "on": record.is_on,
        "standby": standing
        and {
            "duty": standing.duty.value,
            "primary": standing.primary.name.lower(),
            "dead": standing.dead,
            "lease_ours": standing.ours,
            "lease_until": standing.until and standing.until.isoformat(),
        },
        "status": report and report.status.value,
        # Names are left out: which is which is told by the order, as the user entered them.
        "names": report
        and [
            {
                "family": FAMILY_KEYS[each.family],
                "status": each.status.value,
                "outcome": each.outcome and each.outcome.value,
                "last_update": each.last_update and each.last_update.isoformat(),
                "next_allowed": each.next_allowed and each.next_allowed.isoformat(),
            }
            for each in report.records
        ],
    }


def _of_share(share: ShareCoordinator, store: EntryStore) -> dict[str, Any]:
    health = share.data
    known = {
        "announced": bool(store.server_name),
        "root_known": store.root is not None,
        "silent_since": store.silent_since and store.silent_since.isoformat(),
    }
    if health is None:
        return {"status": None, **known}
    facts, space = health.facts, health.space
    return {
        "status": health.status,
        "round_trip": health.round_trip,
        "dialect": facts and facts.dialect.value,
        "signing": facts and facts.signing.value,
        "cipher": facts and facts.cipher and facts.cipher.value,
        "writable": health.writable,
        "smb1": health.smb1.value,
        "total": space and space.total,
        "free": space and space.free,
        **known,
    }


def _of_coverage(coverage: Coverage) -> dict[str, Any]:
    sides = {"source": coverage.source, "target": coverage.target}
    return {
        name: side
        and {
            "level": side.level.value,
            "cause": side.cause,
            "since": side.since and side.since.isoformat(),
        }
        for name, side in sides.items()
    }


def _of_job(job: JobCoordinator) -> dict[str, Any]:
    status = job.data
    run = status.last_run
    return {
        "on": job.is_on,
        "phase": status.phase.value,
        "paused_until": status.paused_until and status.paused_until.isoformat(),
        "pending": status.pending,
        "hold": status.hold
        and {"reason": status.hold.reason.value, "count": status.hold.deletions},
        "trouble": status.trouble and status.trouble.cause,
        "watch_trouble": status.watch_trouble and status.watch_trouble.cause,
        "coverage": status.coverage and _of_coverage(status.coverage),
        "differing": status.differing.count,
        "last_success": status.last_success and status.last_success.isoformat(),
        "next_run": status.next_run and status.next_run.isoformat(),
        "last_run": run
        and {
            "reason": run.reason.value,
            "result": run.result.value,
            "seconds": (run.ended - run.started).total_seconds(),
            "files_copied": run.files_copied,
            "files_trashed": run.files_trashed,
            "bytes_copied": run.bytes_copied,
            "files_verified": run.files_verified,
            "problem_count": run.problem_count,
            "problems": Counter(problem.cause for problem in run.problems),
            # Which files they are stays out.
            "failing": [
                {
                    "cause": problem.cause,
                    "first_seen": problem.first_seen and problem.first_seen.isoformat(),
                    "tries": problem.tries,
                    "next_try": problem.next_try and problem.next_try.isoformat(),
                }
                for problem in run.problems[:20]
            ],
            "skipped": run.skipped,
            "extras_kept": run.extras_kept,
            "deferred": run.deferred,
        },
    }
