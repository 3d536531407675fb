"""Patterns for files, and what they stand for."""

import pytest

from custom_components.smb_ddns_sync.sync.endpoint import (
    Cancelled,
    Entry,
    Kind,
    RelPath,
    Traits,
)
from custom_components.smb_ddns_sync.sync.endpoints.memory import MemoryEndpoint
from custom_components.smb_ddns_sync.sync.globs import find, parse
from custom_components.smb_ddns_sync.sync.outside import PathRefused

from .flat import put

FILES = (
    "a.mp4",
    "b.MP4",
    "c.txt",
    "cam/a.mp4",
    "cam/1/a.mp4",
    "cam/1/b.jpg",
    "cam/2/deep/a.mp4",
    "other/a.mp4",
)


def side_with(*paths: str, case_sensitive: bool = False) -> MemoryEndpoint:
    side = MemoryEndpoint(traits=Traits(100, case_sensitive=case_sensitive))
    for path in paths:
        put(side, path)
    return side


def going_on() -> bool:
    return False


def found(side: MemoryEndpoint, *patterns: str) -> list[str]:
    return sorted(find(side, [parse(each) for each in patterns], 100, going_on).entries)


@pytest.mark.parametrize(
    ("pattern", "paths"),
    [
        ("a.mp4", ["a.mp4"]),
        ("/cam/a.mp4/", ["cam/a.mp4"]),
        ("*.mp4", ["a.mp4", "b.MP4"]),
        ("?.txt", ["c.txt"]),
        ("??.txt", []),
        ("cam/*", ["cam/a.mp4"]),
        ("cam/*/*.mp4", ["cam/1/a.mp4"]),
        ("cam/**/a.mp4", ["cam/1/a.mp4", "cam/2/deep/a.mp4", "cam/a.mp4"]),
        ("**/b.*", ["b.MP4", "cam/1/b.jpg"]),
        ("cam/**", ["cam/1/a.mp4", "cam/1/b.jpg", "cam/2/deep/a.mp4", "cam/a.mp4"]),
        ("**/deep/**/a.mp4", ["cam/2/deep/a.mp4"]),
        ("c*/1/*", ["cam/1/a.mp4", "cam/1/b.jpg"]),
        ("nowhere/*", []),
        ("[ab].mp4", []),
    ],
)
def test_a_pattern_stands_for_files(pattern: str, paths: list[str]) -> None:
    assert found(side_with(*FILES), pattern) == paths


def test_where_case_tells_names_apart_so_do_patterns() -> None:
    side = side_with(*FILES, case_sensitive=True)

    assert found(side, "*.mp4") == ["a.mp4"]
    assert found(side, "CAM/*") == []


def test_a_file_that_two_patterns_mean_counts_once() -> None:
    assert found(side_with(*FILES), "a.mp4", "*.mp4") == ["a.mp4", "b.MP4"]


def test_only_folders_that_may_hold_something_are_listed() -> None:
    side = side_with(*FILES)
    listed: list[str] = []
    walk = side.walk

    def walked(*args: object, **kwargs: object) -> object:
        for listing in walk(*args, **kwargs):  # type: ignore[arg-type]
            listed.append(listing.folder)
            yield listing

    side.walk = walked  # type: ignore[assignment, method-assign]
    found(side, "cam/*/deep/*.mp4")

    assert sorted(listed) == ["cam", "cam/1", "cam/2", "cam/2/deep"]


def test_nothing_of_ours_is_found_at_any_depth() -> None:
    side = side_with(
        "job/.smb_ddns_sync/trash/20261122T120000Z-0123456789ab/a.mp4",
        "job/.smb_ddns_sync-0123456789ab-00000000-00000000.tmp",
        "job/a.mp4",
    )

    assert found(side, "**") == ["job/a.mp4"]


@pytest.mark.parametrize("pattern", ["../*", "a/../*", ".smb_ddns_sync/*", "a\\*", "a:*", "a//*"])
def test_a_pattern_that_may_lead_elsewhere_is_refused(pattern: str) -> None:
    with pytest.raises(PathRefused):
        parse(pattern)


def test_a_plain_path_that_is_no_file_is_told() -> None:
    told = find(side_with(*FILES), [parse("cam"), parse("missing"), parse("")], 100, going_on)

    assert [(each.subject, each.cause) for each in told.problems] == [
        ("cam", "is_a_folder"),
        ("missing", "not_found"),
        ("", "is_a_folder"),
    ]


def test_more_than_is_wanted_is_told_and_not_listed() -> None:
    told = find(side_with(*FILES), [parse("**")], 2, going_on)

    assert (len(told.entries), told.more) == (2, True)


def test_folders_are_found_where_they_are_wanted() -> None:
    kinds = frozenset({Kind.FILE, Kind.FOLDER})

    told = find(side_with(*FILES), [parse("cam/*")], 100, going_on, kinds=kinds)

    assert sorted(told.entries) == ["cam/1", "cam/2", "cam/a.mp4"]


def test_what_is_not_meant_does_not_count() -> None:
    def meant(entry: Entry) -> bool:
        return entry.path != "a.mp4"

    told = find(side_with(*FILES), [parse("*.mp4")], 1, going_on, meant=meant)

    assert (list(told.entries), told.more) == ([RelPath("b.MP4")], False)


def test_who_is_stopped_looks_no_further() -> None:
    with pytest.raises(Cancelled):
        find(side_with(*FILES), [parse("**")], 100, lambda: True)
