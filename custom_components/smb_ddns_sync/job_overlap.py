"""Jobs that would stand in each other's way are refused when they are set up.

Two jobs may read one folder, and one may carry on what another one has brought (a share that is
mirrored to a second one). Two never write in one folder, none reads the trash of another one, and
no file goes round in a circle.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .const import CONF_LOCAL_FOLDER, CONF_OTHER_FOLDER, CONF_REMOTE_FOLDER
from .form_fields import InputError
from .sync.folders import JobFolder, LocalFolder, ShareFolder, holds, overlaps

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .job_sides import Sides


@dataclass(frozen=True, slots=True)
class KnownJob:
    """A job that is set up already, on this share or on another one."""

    title: str
    entry_id: str
    sides: Sides


def refuse_overlap(
    entry_id: str, sides: Sides, others: Sequence[KnownJob], same: Mapping[str, str]
) -> None:
    """Raise `InputError` where a job on the share `entry_id` cannot be beside the others.

    `same` gives entries that lead to one share one name. Blocks: links are resolved.
    """
    mine = _with_names(sides, same)
    if overlaps(mine.source, mine.target):
        raise InputError(CONF_OTHER_FOLDER, "sides_overlap")
    known = [replace(job, sides=_with_names(job.sides, same)) for job in others]
    for job in known:
        _refuse_pair(entry_id, mine, job, same)
    if (last := _closes_loop(mine, known)) is not None:
        raise InputError(CONF_REMOTE_FOLDER, "jobs_in_a_loop", job=last.title)


def _refuse_pair(entry_id: str, mine: Sides, job: KnownJob, same: Mapping[str, str]) -> None:
    own_share = same.get(entry_id, entry_id)
    for ours in (mine.target, mine.source):
        for theirs in (job.sides.target, job.sides.source):
            if not overlaps(ours, theirs):
                continue
            we_write, they_write = ours in mine.written, theirs in job.sides.written
            if (
                (we_write and they_write)
                # The trash of the one that writes would be read as the user's own files.
                or (we_write and not holds(ours, theirs))
                or (they_write and not holds(theirs, ours))
                or (job.entry_id == entry_id and isinstance(ours, LocalFolder))
            ):
                raise _overlap(ours, theirs, job.title, own_share)


def _overlap(ours: JobFolder, theirs: JobFolder, job: str, own_share: str) -> InputError:
    if isinstance(ours, ShareFolder) and isinstance(theirs, ShareFolder):
        field = CONF_REMOTE_FOLDER if ours.share == own_share else CONF_OTHER_FOLDER
        return InputError(field, "remote_folders_overlap", theirs.path or "/", job=job)
    subject = str(theirs.path)
    return InputError(CONF_LOCAL_FOLDER, "local_folders_overlap", subject, job=job)


def _closes_loop(mine: Sides, known: Sequence[KnownJob]) -> KnownJob | None:
    """Return a job that brings back to us what we have sent out; None where none does."""
    reached: list[KnownJob] = []
    ahead = [job for job in known if _feeds(mine, job.sides)]
    while ahead:
        job = ahead.pop()
        if _feeds(job.sides, mine):
            return job
        reached.append(job)
        ahead += [
            after
            for after in known
            if after not in reached and after not in ahead and _feeds(job.sides, after.sides)
        ]
    return None


def _feeds(one: Sides, other: Sides) -> bool:
    """Tell whether a job reads where another one brings something."""
    brought = (one.source, one.target) if one.two_way else (one.target,)
    return any(overlaps(there, here) for there in brought for here in other.read)


def _with_names(sides: Sides, same: Mapping[str, str]) -> Sides:
    def named(folder: JobFolder) -> JobFolder:
        if isinstance(folder, LocalFolder):
            return folder
        return ShareFolder(same.get(folder.share, folder.share), folder.path)

    return replace(sides, source=named(sides.source), target=named(sides.target))
