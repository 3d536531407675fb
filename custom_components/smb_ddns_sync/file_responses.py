"""What the actions on files answer: plain data, each file with what became of it."""

from typing import TYPE_CHECKING, Any, Final

from .const import DOMAIN
from .media_types import content_type
from .responses import moment
from .sync.carry import Outcome
from .sync.endpoint import Entry, Kind, RelPath
from .sync.names import display, name_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from homeassistant.util.json import JsonValueType

    from .share import ShareCoordinator
    from .sync.carry import Carried
    from .sync.endpoint import EndpointError
    from .sync.globs import Found

_MOST_PROBLEMS: Final = 100
"""A response is stored in the trace of every run of an automation."""


def carried_response(
    share: ShareCoordinator,
    carried: Sequence[Carried],
    problems: Sequence[EndpointError],
    shown: Sequence[tuple[str, str]],
) -> dict[str, Any]:
    """Return what was carried; `shown` is where each file is from and is now, as text."""
    done = [each for each in carried if each.outcome is not Outcome.FAILED]
    return {
        **_share(share),
        "files_done": len(done),
        "bytes_done": sum(each.parcel.entry.size for each in done),
        "files": [
            {
                "from": source,
                "to": target,
                "size": each.parcel.entry.size,
                "result": each.outcome.value,
                **({} if each.error is None else _why(each.error)),
            }
            for each, (source, target) in zip(carried, shown, strict=True)
        ],
        **_problems(problems, failed=len(carried) - len(done)),
    }


def listed_response(share: ShareCoordinator, found: Found) -> dict[str, Any]:
    """Return what was found; `complete` tells whether that is all."""
    return {
        **_share(share),
        "files": [_listed(share, found.entries[path]) for path in sorted(found.entries)],
        "complete": not found.more,
        **_problems(found.problems),
    }


def deleted_response(
    share: ShareCoordinator,
    entries: Sequence[Entry],
    errors: Sequence[EndpointError | None],
    problems: Sequence[EndpointError],
    *,
    dry_run: bool,
) -> dict[str, Any]:
    """Return what was deleted, or would be."""
    done = [entry for entry, error in zip(entries, errors, strict=True) if error is None]
    result = "would_delete" if dry_run else "deleted"
    return {
        **_share(share),
        "files_deleted": 0 if dry_run else len(done),
        "bytes_deleted": 0 if dry_run else sum(entry.size for entry in done),
        "files": [
            {
                "path": display(entry.path),
                "size": entry.size,
                "modified": moment(entry.modified),
                "result": result if error is None else "failed",
                **({} if error is None else _why(error)),
            }
            for entry, error in zip(entries, errors, strict=True)
        ],
        **_problems(problems, failed=len(entries) - len(done)),
    }


def _share(share: ShareCoordinator) -> dict[str, JsonValueType]:
    return {"share": share.title, "entry_id": share.entry_id}


def _listed(share: ShareCoordinator, entry: Entry) -> dict[str, JsonValueType]:
    name = name_of(entry.path)
    told: dict[str, JsonValueType] = {
        "path": display(entry.path),
        "name": display(RelPath(name)),
        "kind": entry.kind.value,
    }
    if entry.kind is Kind.FILE:
        told |= {"size": entry.size, "modified": moment(entry.modified)}
        if (played := content_type(name)) is not None:
            told |= {
                "media_content_id": f"media-source://{DOMAIN}/{share.entry_id}/{entry.path}",
                "media_content_type": played,
            }
    return told


def _problems(problems: Sequence[EndpointError], failed: int = 0) -> dict[str, Any]:
    return {
        "problem_count": len(problems) + failed,
        "problems": [
            {"path": problem.subject, **_why(problem)} for problem in problems[:_MOST_PROBLEMS]
        ],
    }


def _why(error: EndpointError) -> dict[str, str]:
    return {"cause": error.cause, "detail": error.detail or str(error)}
