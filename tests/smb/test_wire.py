"""What goes over the wire, bit by bit, and what is not believed that comes from it."""

import contextlib
from struct import pack
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.smb_ddns_sync.smb.errors import BadAnswer, BadName
from custom_components.smb_ddns_sync.smb.facts import Space
from custom_components.smb_ddns_sync.smb.files import FileKind, filetime_from_ns, ns_from_filetime
from custom_components.smb_ddns_sync.smb.names import encode_path
from custom_components.smb_ddns_sync.smb.wire import HEADER, HEADER_SIZE, PROTOCOL, Answer, Command
from custom_components.smb_ddns_sync.smb.wire_control import (
    CopyChunk,
    copy_chunks,
    decode_copied,
    decode_ioctl,
    decode_notified,
    decode_resume_key,
)
from custom_components.smb_ddns_sync.smb.wire_create import (
    Access,
    Options,
    close,
    create,
    decode_closed,
    handle_of,
)
from custom_components.smb_ddns_sync.smb.wire_data import (
    decode_read,
    decode_written,
    read,
    write,
)
from custom_components.smb_ddns_sync.smb.wire_directory import DirectoryClass, decode_entries
from custom_components.smb_ddns_sync.smb.wire_info import (
    decode_all,
    decode_internal,
    decode_reparse_tag,
    decode_space,
    decode_volume_serial,
    set_basic,
    set_link,
    set_name,
)

if TYPE_CHECKING:
    from collections.abc import Callable

HANDLE = bytes(range(16))

DECODERS: dict[str, Callable[[Answer], object]] = {
    "create": handle_of,
    "close": decode_closed,
    "read": lambda answer: decode_read(answer, 65536),
    "write": decode_written,
    "all": decode_all,
    "tag": decode_reparse_tag,
    "serial": decode_volume_serial,
    "internal": decode_internal,
    "space": decode_space,
    "full": lambda answer: decode_entries(answer, "f", DirectoryClass.ID_FULL),
    "both": lambda answer: decode_entries(answer, "f", DirectoryClass.ID_BOTH),
    "ioctl": decode_ioctl,
    "key": decode_resume_key,
    "copied": decode_copied,
    "notified": lambda answer: decode_notified(answer, "f"),
}


def answer(body: bytes) -> Answer:
    header = HEADER.pack(PROTOCOL, 64, 0, 0, 0, 1, 1, 0, 1, 0, 0, 0, bytes(16))
    return Answer(0, memoryview(header + body))


def output(data: bytes) -> Answer:
    """Return an answer to QUERY_INFO, QUERY_DIRECTORY or CHANGE_NOTIFY that holds data."""
    return answer(pack("<HHI", 9, HEADER_SIZE + 8, len(data)) + data)


def entry(
    name: str, *, following: int = 0, attributes: int = 0x20, tag: int = 0, name_size: int = -1
) -> bytes:
    """Return an entry of FileIdFullDirectoryInformation."""
    text = name.encode("utf-16-le", "surrogatepass")
    fixed = pack(
        "<IIqqqqqqIIIIQ",
        following, 0, 1, 2, 3, 4, 5, 6, attributes,
        len(text) if name_size < 0 else name_size, tag, 0, 77,
    )  # fmt: skip
    return fixed + text


def entries(*names: str) -> bytes:
    data = b""
    for name in names[:-1]:
        one = entry(name)
        size = -(-len(one) // 8) * 8
        data += entry(name, following=size).ljust(size, b"\0")
    return data + entry(names[-1])


def listed(data: bytes) -> list[str]:
    found = decode_entries(output(data), "f", DirectoryClass.ID_FULL)
    return [info.name for info in found]


@pytest.mark.parametrize("decoder", DECODERS)
@given(body=st.binary(max_size=400))
def test_no_answer_makes_a_decoder_read_past_its_end_or_fail_otherwise(
    decoder: str, body: bytes
) -> None:
    with contextlib.suppress(BadAnswer):
        DECODERS[decoder](answer(body))


@given(
    data=st.binary(max_size=600), offset=st.integers(0, 0xFFFF), length=st.integers(0, 2**32 - 1)
)
def test_a_place_outside_the_message_is_never_read(data: bytes, offset: int, length: int) -> None:
    message = answer(data)
    try:
        found = message.cut(offset, length)
    except BadAnswer:
        assert offset < HEADER_SIZE or offset + length > len(message.message)
    else:
        assert len(found) == length


@given(
    names=st.lists(
        st.text(st.characters(exclude_characters="/\\\0"), min_size=1, max_size=20).filter(
            lambda name: name not in {".", ".."}
        ),
        min_size=1,
        max_size=30,
    )
)
def test_a_listing_is_read_as_it_was_written(names: list[str]) -> None:
    assert listed(entries(*names)) == names


@given(cut=st.integers(1, 200))
def test_a_listing_that_is_cut_anywhere_is_an_error_and_never_a_shorter_listing(cut: int) -> None:
    data = entries("one", "two", "three")
    cut = min(cut, len(data) - 1)

    with pytest.raises(BadAnswer):
        listed(data[:-cut])


def test_the_folder_itself_and_its_parent_are_not_listed() -> None:
    assert listed(entries(".", "..", "file")) == ["file"]


@pytest.mark.parametrize("name", ["a/b", "a\\b", "../x", "..\\x", "a\0b", ""])
def test_a_name_that_would_lead_out_of_its_folder_is_refused(name: str) -> None:
    with pytest.raises(BadAnswer):
        listed(entries("good", name))


def test_an_entry_that_lies_about_the_next_one_is_refused() -> None:
    with pytest.raises(BadAnswer):
        listed(entry("name", following=8) + entry("other"))


def test_an_entry_that_lies_about_its_name_is_refused() -> None:
    with pytest.raises(BadAnswer):
        listed(entry("name", name_size=5000))


def test_a_name_of_an_odd_number_of_bytes_is_refused() -> None:
    with pytest.raises(BadAnswer):
        listed(entry("name", name_size=7))


def test_half_a_surrogate_pair_is_listed_so_that_the_listing_stays_complete() -> None:
    assert listed(entries("\ud800x", "y")) == ["\ud800x", "y"]


def test_times_keep_every_digit() -> None:
    (info,) = decode_entries(output(entry("x")), "f", DirectoryClass.ID_FULL)

    assert (info.created, info.accessed, info.modified, info.changed) == (1, 2, 3, 4)
    assert (info.size, info.allocated, info.file_id) == (5, 6, 77)


@pytest.mark.parametrize(
    ("attributes", "tag", "kind"),
    [
        (0x20, 0, FileKind.FILE),
        (0x10, 0, FileKind.FOLDER),
        (0x400, 0xA000000C, FileKind.LINK),  # symbolic link
        (0x410, 0xA0000003, FileKind.LINK),  # junction
        (0x400, 0x80000013, FileKind.FILE),  # deduplicated
    ],
)
def test_a_link_is_told_from_what_is_only_stored_differently(
    attributes: int, tag: int, kind: FileKind
) -> None:
    data = entry("x", attributes=attributes, tag=tag)
    (info,) = decode_entries(output(data), "f", DirectoryClass.ID_FULL)

    assert info.kind is kind


@given(ns=st.integers(0, 2**62))
def test_a_time_survives_the_way_to_a_filetime_and_back_to_a_tenth_of_a_microsecond(
    ns: int,
) -> None:
    assert ns_from_filetime(filetime_from_ns(ns)) == ns // 100 * 100


def test_paths_go_out_with_backslashes() -> None:
    assert encode_path("a/b c/ü") == "a\\b c\\ü".encode("utf-16-le")
    assert encode_path("") == b""


def test_half_a_surrogate_pair_goes_out_as_it_was_listed() -> None:
    assert encode_path("a/\ud800x") == b"a\0\\\0\x00\xd8x\0"


@pytest.mark.parametrize("path", ["a\\b", "a\0", "../a", "a/../b", "a//b", "/a", "a/", "."])
def test_paths_that_the_protocol_cannot_carry_are_refused(path: str) -> None:
    with pytest.raises(BadName):
        encode_path(path)


def test_no_oplock_is_ever_asked_for() -> None:
    request = create("x", Access.READ, options=Options.FILE)

    assert request.body[3] == 0


def test_a_name_stands_where_the_request_says() -> None:
    request = create("ab", Access.READ)
    offset = int.from_bytes(request.body[44:46], "little") - HEADER_SIZE
    size = int.from_bytes(request.body[46:48], "little")

    assert request.body[offset : offset + size] == "ab".encode("utf-16-le")


@pytest.mark.parametrize(
    "request_",
    [
        read(0, 100),
        write(0, b"data"),
        close(),
        set_basic(modified=1),
        set_name("x", replace=True),
        copy_chunks(bytes(24), [CopyChunk(0, 0, 1)], bytes([255] * 16)),
    ],
)
def test_a_request_of_a_chain_can_be_sent_by_itself_on_a_handle(request_: object) -> None:
    chained = request_
    assert hasattr(chained, "on")
    alone = chained.on(HANDLE)

    assert HANDLE in alone.body
    assert bytes([255] * 16) not in alone.body
    assert len(alone.body) == len(chained.body)  # type: ignore[attr-defined]


def test_large_data_is_not_copied_into_a_request() -> None:
    data = bytes(100)

    assert write(0, data).payload is data


def test_a_read_that_brings_more_than_was_asked_for_is_refused() -> None:
    body = pack("<HBBIII", 17, HEADER_SIZE + 16, 0, 8, 0, 0) + b"12345678"

    assert bytes(decode_read(answer(body), 8)) == b"12345678"
    with pytest.raises(BadAnswer):
        decode_read(answer(body), 7)


def test_space_counts_units_of_sectors_of_bytes() -> None:
    assert decode_space(output(pack("<QQQII", 1000, 300, 400, 8, 512))) == Space(
        4_096_000, 1_228_800
    )


def test_renames_are_never_shorter_than_the_structure_windows_wants() -> None:
    assert len(set_name("a", replace=False).body) - 32 == 24
    assert len(set_link("a").body) - 32 == 24


def test_commands_weigh_what_they_carry_or_ask_for() -> None:
    assert read(0, 1 << 20).weight == 1 << 20
    assert write(0, bytes(100_000)).weight == 100_000
    assert close().command == Command.CLOSE
