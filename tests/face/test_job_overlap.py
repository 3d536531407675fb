"""Which jobs may stand beside each other: the rule alone, without a form."""

from pathlib import Path

import pytest

from custom_components.smb_ddns_sync.form_fields import InputError
from custom_components.smb_ddns_sync.job_overlap import KnownJob, refuse_overlap
from custom_components.smb_ddns_sync.job_sides import Sides
from custom_components.smb_ddns_sync.sync.folders import JobFolder, LocalFolder, ShareFolder

HERE = "nas"


def folder(text: str) -> JobFolder:
    """Return `/photos` as a local folder, and `nas:photos` as one on the share `nas`."""
    if text.startswith("/"):
        return LocalFolder(Path(text))
    share, _, path = text.partition(":")
    return ShareFolder(share, path)


def sides(text: str) -> Sides:
    """Return what `/photos > nas:photos`, or `=` for a two-way job, means."""
    two_way = "=" in text
    source, target = (part.strip() for part in text.split("=" if two_way else ">"))
    return Sides(folder(source), folder(target), two_way)


def error(new: str, *others: str) -> str | None:
    """Return why a job of the share `nas` is refused beside others; None where it is not.

    A job belongs to the last share that its text names.
    """
    known = []
    for text in others:
        owner = [part for part in text.replace("=", ">").split(">") if ":" in part][-1]
        known.append(KnownJob(text, owner.strip().partition(":")[0], sides(text)))
    try:
        refuse_overlap(HERE, sides(new), known, {})
    except InputError as refused:
        return f"{refused.field}: {refused.error}"
    return None


@pytest.mark.parametrize(
    ("new", "others"),
    [
        ("/a > nas:a", ["/b > nas:b"]),
        ("/a = nas:a", ["/b = nas:b"]),
        ("/a > nas:a", ["/a > other:a"]),
        ("nas:a > /b", ["/a > nas:a"]),
        ("nas:a/b > /b", ["/a > nas:a"]),
        ("nas:a > other:a", ["/a = nas:a"]),
        ("nas:a > /b", ["nas:a > /c"]),
    ],
)
def test_jobs_that_do_not_meet_or_carry_on_are_welcome(new: str, others: list[str]) -> None:
    assert error(new, *others) is None


@pytest.mark.parametrize(
    ("new", "others", "told"),
    [
        ("/a > nas:a", ["/b > nas:A"], "remote_folder: remote_folders_overlap"),
        ("/a > nas:a/b", ["/b > nas:a"], "remote_folder: remote_folders_overlap"),
        ("/a > nas:", ["/b = nas:a"], "remote_folder: remote_folders_overlap"),
        ("nas:a = other:a", ["/b = other:a"], "other_folder: remote_folders_overlap"),
        ("nas:a > /x", ["other:a > /x"], "local_folder: local_folders_overlap"),
        ("nas:a > /x/y", ["other:a > /x"], "local_folder: local_folders_overlap"),
        ("/a > nas:a", ["/a > nas:b"], "local_folder: local_folders_overlap"),
    ],
)
def test_two_jobs_never_write_in_one_folder(new: str, others: list[str], told: str) -> None:
    assert error(new, *others) == told


def test_nobody_reads_the_trash_of_another_job() -> None:
    assert error("nas: > other:b", "/a > nas:a") == "remote_folder: remote_folders_overlap"
    assert error("/a > nas:a", "nas: > other:b") == "remote_folder: remote_folders_overlap"


@pytest.mark.parametrize(
    ("new", "others"),
    [
        ("nas:a > other:a", ["other:a > nas:a"]),
        ("/c > nas:a", ["nas:a > other:b", "other:b > /c"]),
    ],
)
def test_files_never_go_round_in_a_circle(new: str, others: list[str]) -> None:
    assert error(new, *others) == "remote_folder: jobs_in_a_loop"


def test_two_jobs_in_opposite_directions_are_refused() -> None:
    assert error("nas:a > /a", "/a > nas:a") == "local_folder: local_folders_overlap"


@pytest.mark.parametrize("new", ["nas:a > nas:a", "nas:a = nas:A/b", "nas: > nas:b"])
def test_both_sides_of_a_job_are_apart(new: str) -> None:
    assert error(new) == "other_folder: sides_overlap"


def test_entries_of_one_share_are_one_share() -> None:
    known = [KnownJob("far", "ddns", sides("/b > ddns:a"))]

    with pytest.raises(InputError) as refused:
        refuse_overlap(HERE, sides("/a > nas:a"), known, {"nas": "nas", "ddns": "nas"})

    assert refused.value.placeholders == {"subject": "a", "job": "far"}
