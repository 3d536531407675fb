"""What a server says has changed, read without believing it."""

from struct import pack
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.smb_ddns_sync.smb.notice import (
    Change,
    Renamed,
    Rescan,
    Touched,
    Why,
    read_notices,
)
from custom_components.smb_ddns_sync.smb.status import NOTIFY_ENUM_DIR, SUCCESS
from custom_components.smb_ddns_sync.smb.wire import HEADER, HEADER_SIZE, PROTOCOL, Answer

if TYPE_CHECKING:
    from custom_components.smb_ddns_sync.smb.notice import Notice

type Told = tuple[int, str]

ADDED, REMOVED, MODIFIED, FROM, TO = range(1, 6)


def answer(data: bytes, status: int = SUCCESS) -> Answer:
    header = HEADER.pack(PROTOCOL, 64, 0, status, 15, 1, 1, 0, 1, 0, 0, 0, bytes(16))
    return Answer(status, memoryview(header + pack("<HHI", 9, HEADER_SIZE + 8, len(data)) + data))


def changes(*told: Told) -> bytes:
    """Return FILE_NOTIFY_INFORMATION (MS-FSCC § 2.7.1), each aligned to four bytes."""
    data = b""
    for left, (action, name) in zip(range(len(told) - 1, -1, -1), told, strict=True):
        text = name.encode("utf-16-le", "surrogatepass")
        size = -(-(12 + len(text)) // 4) * 4
        entry = pack("<III", size if left else 0, action, len(text)) + text
        data += entry.ljust(size, b"\0") if left else entry
    return data


def read(*told: Told) -> list[Notice]:
    return read_notices(answer(changes(*told)), "watched")


def test_each_change_is_told_with_its_path() -> None:
    assert read((ADDED, "new"), (MODIFIED, r"a\b\file"), (REMOVED, r"a\old")) == [
        Touched("new", Change.ADDED),
        Touched("a/b/file", Change.MODIFIED),
        Touched("a/old", Change.REMOVED),
    ]


def test_the_halves_of_a_rename_that_come_together_are_told_as_one() -> None:
    told = read((FROM, "a"), (TO, r"b\c"), (MODIFIED, r"b\c"), (FROM, "d"), (TO, "e"))

    assert told == [Renamed("a", "b/c"), Touched("b/c", Change.MODIFIED), Renamed("d", "e")]


def test_a_half_of_a_rename_that_comes_alone_is_told_by_itself() -> None:
    assert read((TO, "came"), (FROM, "went"), (ADDED, "other"), (FROM, "went at the end")) == [
        Touched("came", Change.ADDED),
        Touched("went", Change.REMOVED),
        Touched("other", Change.ADDED),
        Touched("went at the end", Change.REMOVED),
    ]


@pytest.mark.parametrize("action", [6, 7, 8])
def test_a_change_of_a_stream_is_one_of_its_file(action: int) -> None:
    assert read((action, r"a\file:stream:$DATA")) == [Touched("a/file", Change.MODIFIED)]


@pytest.mark.parametrize("action", [0, 9, 11, 0xFFFF_FFFF])
def test_an_action_that_is_not_known_is_a_reason_to_look(action: int) -> None:
    assert read((action, "file")) == [Touched("file", Change.MODIFIED)]


@pytest.mark.parametrize("lost", [answer(b"", NOTIFY_ENUM_DIR), answer(b"")])
def test_a_server_that_lost_count_says_look_at_everything(lost: Answer) -> None:
    assert read_notices(lost, "watched") == [Rescan(Why.OVERFLOW)]


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", r"..\secret", r"a\..\..\b", r"a\.\b", r"\a", "a\\", r"a\\b", "a\0b", "/etc",
     "../up", ":stream"],
)  # fmt: skip
def test_a_path_that_leads_outside_becomes_a_reason_to_look_at_everything(name: str) -> None:
    action = 8 if name == ":stream" else ADDED

    assert read((MODIFIED, "good"), (action, name), (ADDED, "also good")) == [
        Rescan(Why.UNREADABLE)
    ]


@pytest.mark.parametrize(
    "data",
    [
        changes((ADDED, "whole"))[:-1],
        changes((ADDED, "whole"))[:8],
        pack("<III", 4, ADDED, 0) + bytes(20),  # the next one lies in this one
        pack("<III", 400, ADDED, 2) + b"a\0",  # the next one lies behind the end
        pack("<III", 0, ADDED, 3) + b"a\0b",  # half a character
        pack("<III", 0, ADDED, 0xFFFF_FFFE) + b"a\0",
    ],
)
def test_a_broken_answer_becomes_a_reason_to_look_at_everything(data: bytes) -> None:
    assert read_notices(answer(data), "watched") == [Rescan(Why.UNREADABLE)]


def safe(path: str) -> bool:
    return all(part not in {"", ".", ".."} for part in path.split("/")) and not {
        "\0",
        "\\",
    } & set(path)


def paths(notices: list[Notice]) -> list[str]:
    found = []
    for notice in notices:
        match notice:
            case Touched(path):
                found.append(path)
            case Renamed(source, target):
                found += [source, target]
    return found


@given(st.binary(max_size=600), st.sampled_from([SUCCESS, NOTIFY_ENUM_DIR]))
def test_nothing_that_a_server_sends_is_read_past_its_end_or_goes_untold(
    data: bytes, status: int
) -> None:
    notices = read_notices(answer(data, status), "watched")

    assert notices
    assert all(safe(path) for path in paths(notices))


@given(st.binary(max_size=200))
def test_nor_is_an_answer_whose_frame_is_broken(body: bytes) -> None:
    header = HEADER.pack(PROTOCOL, 64, 0, 0, 15, 1, 1, 0, 1, 0, 0, 0, bytes(16))

    assert read_notices(Answer(SUCCESS, memoryview(header + body)), "watched")


@given(
    st.lists(
        st.tuples(st.integers(0, 12), st.text(st.sampled_from("ab.\\/:\0ü\ud800🎞"), max_size=6)),
        min_size=1,
        max_size=20,
    )
)
def test_every_change_is_told_inside_the_folder_or_everything_is_to_be_looked_at(
    told: list[Told],
) -> None:
    notices = read(*told)

    if notices != [Rescan(Why.UNREADABLE)]:
        assert len(paths(notices)) == len(told)
    assert all(safe(path) for path in paths(notices))
