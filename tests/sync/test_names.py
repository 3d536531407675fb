"""Which names can be held, which are ours, and which folders overlap."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.sync.endpoint import FileError, NameRule, RelPath
from custom_components.smb_ddns_sync.sync.folders import LocalFolder, ShareFolder, overlaps
from custom_components.smb_ddns_sync.sync.names import (
    RunToken,
    below,
    checked,
    fold,
    is_temporary,
    join,
    name_of,
    parent,
    refusal,
    temporary_beside,
)

from .trees import tree

if TYPE_CHECKING:
    from .pair import Pair


@pytest.mark.parametrize(
    "name",
    [
        "plain.txt",
        "ümläut",
        "日本語",
        "emoji 🎉",
        ".hidden",
        "CONTACT",
        "com10",
        "nul_",
        "a" * 255,
        "🎉" * 127,
        "con fusion",
    ],
)
def test_ordinary_names_can_be_held_by_a_file_server(name: str) -> None:
    assert refusal(name, NameRule.WINDOWS) is None


@pytest.mark.parametrize(
    "name",
    [
        "a:b",
        "a*",
        "what?",
        'say "x"',
        "a<b",
        "a>b",
        "a|b",
        "back\\slash",
        "tab\t",
        "line\n",
        "\x01",
        "ends in dot.",
        "ends in space ",
        "CON",
        "con",
        "nul.txt",
        "COM1",
        "lpt9.tar.gz",
        "COM¹",
        "CONIN$",
        "a" * 256,
        "🎉" * 128,
        "caf\udce9",
    ],
)
def test_names_a_file_server_cannot_hold_are_refused_with_a_sentence(name: str) -> None:
    why = refusal(name, NameRule.WINDOWS)
    assert why is not None
    assert why.startswith("The name")


def test_a_posix_side_holds_everything_up_to_255_bytes() -> None:
    assert refusal('a:b*?"<>|\\', NameRule.POSIX) is None
    assert refusal("caf\udce9", NameRule.POSIX) is None
    assert refusal("ü" * 127, NameRule.POSIX) is None
    assert refusal("ü" * 128, NameRule.POSIX) is not None


def test_a_name_that_is_too_long_is_reported_and_loses_nothing(pair: Pair) -> None:
    long = "x" * 256
    pair.having({"good": "1", long: "2", f"{long}d": {"inside": "3"}})

    outcome = pair.run()

    assert tree(pair.target) == {"good": "1"}
    assert {problem.path: problem.cause for problem in outcome.done.problems} == {
        long: "bad_name",
        f"{long}d": "bad_name",
    }
    assert not outcome.done.worth_a_retry
    assert pair.writes_of_another_run() == []


def test_of_names_that_the_target_takes_for_one_only_one_is_carried_over(pair: Pair) -> None:
    pair.having({"Photo.jpg": "1", "photo.jpg": "2", "D": {"a": "3"}, "d": {"b": "4"}})

    outcome = pair.run()

    assert tree(pair.target) == {"Photo.jpg": "1", "D": {"a": "3"}}
    assert {problem.path: problem.cause for problem in outcome.done.problems} == {
        "photo.jpg": "name_collision",
        "d": "name_collision",
    }
    assert pair.writes_of_another_run() == []


def test_the_name_that_was_synced_first_keeps_its_place(pair: Pair) -> None:
    pair.having({"photo.jpg": "1"}).run()
    pair.having({"PHOTO.jpg": "2"})

    outcome = pair.run()

    assert tree(pair.target) == {"photo.jpg": "1"}
    assert [problem.path for problem in outcome.done.problems] == ["PHOTO.jpg"]


def test_files_under_names_of_ours_are_never_synced(pair: Pair) -> None:
    own = name_of(temporary_beside(RelPath("x"), RunToken.new(), 0))
    pair.having({own: "1", ".smb_ddns_sync": {"x": "2"}, "d": {".smb_ddns_sync": {"y": "3"}}})
    pair.run()
    assert tree(pair.target) == {"d": {".smb_ddns_sync": {"y": "3"}}}


def test_temporaries_are_recognised_strictly() -> None:
    run = RunToken.new()
    name = name_of(temporary_beside(RelPath("folder/" + "x" * 255), run, 1_700_000_000))
    assert is_temporary(name)
    assert len(name) < 64
    assert refusal(name, NameRule.WINDOWS) is None
    for other in (name + "x", "x" + name, name.upper(), name.replace(".tmp", ""), ".tmp"):
        assert not is_temporary(other)


@pytest.mark.parametrize("path", ["..", "a/..", "/a", "a/", "a//b", "./a", "a/.", "a\0"])
def test_a_path_that_could_leave_the_root_is_refused(path: str) -> None:
    with pytest.raises(FileError):
        checked(path)


def test_paths_have_parents_and_names() -> None:
    assert join(RelPath(""), "a") == "a"
    assert join(RelPath("a"), "b") == "a/b"
    assert parent(RelPath("a/b")) == "a"
    assert parent(RelPath("a")) == ""
    assert name_of(RelPath("a/b")) == "b"
    assert below(RelPath("a/b"), RelPath("a"))
    assert below(RelPath("a"), RelPath(""))
    assert not below(RelPath("ab"), RelPath("a"))
    assert not below(RelPath("a"), RelPath("a"))


def test_case_is_folded_one_character_for_one() -> None:
    assert fold("ÄÖ.jpg") == fold("äö.JPG")
    assert fold("straße") != fold("STRASSE")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("photos", "photos", True),
        ("photos", "Photos", True),
        ("photos", "photos/2026", True),
        ("PHOTOS/2026/", "\\photos", True),
        ("", "photos", True),
        ("photos", "photos2", False),
        ("a/b", "a/c", False),
    ],
)
def test_folders_of_one_share_overlap_without_regard_to_case(
    one: str, other: str, same: bool
) -> None:
    first, second = ShareFolder("share:nas/data", one), ShareFolder("SHARE:nas/data", other)
    assert overlaps(first, second) is same
    assert overlaps(second, first) is same


def test_folders_of_different_shares_never_overlap() -> None:
    assert not overlaps(ShareFolder("a", "x"), ShareFolder("b", "x"))
    assert not overlaps(ShareFolder("a", "x"), LocalFolder(Path("/x")))


def test_local_folders_overlap_with_regard_to_case_and_through_links(tmp_path: Path) -> None:
    (tmp_path / "real" / "below").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert overlaps(LocalFolder(tmp_path / "link"), LocalFolder(tmp_path / "real" / "below"))
    assert not overlaps(LocalFolder(tmp_path / "a"), LocalFolder(tmp_path / "A"))
    assert not overlaps(LocalFolder(tmp_path / "a"), LocalFolder(tmp_path / "ab"))
