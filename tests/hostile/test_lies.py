"""What a server may say once it has a session: nothing of it leads astray, hangs, or takes all."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from custom_components.smb_ddns_sync.smb import listing, walk
from custom_components.smb_ddns_sync.smb.client import ShareClient
from custom_components.smb_ddns_sync.smb.errors import (
    BadAnswer,
    BadName,
    Changed,
    ConnectionFailed,
    SmbError,
    Tampered,
    TimedOut,
    Unexpected,
    Unsupported,
)
from custom_components.smb_ddns_sync.smb.files import FileInfo, FileKind, Put
from custom_components.smb_ddns_sync.smb.wire import HEADER, HEADER_SIZE, Command
from custom_components.smb_ddns_sync.smb.wire_control import Control
from tests.smb.peer import Asked

from .liar import (
    CONTENT,
    FILE_ID,
    SIZE,
    Liar,
    Said,
    Script,
    always,
    attributes,
    closed,
    content,
    controlled,
    entry,
    error,
    listed,
    once,
    opened,
    output,
    written,
)

THE_FILE = FileInfo("file", FileKind.FILE, SIZE, 3, file_id=FILE_ID)
A_PUT = Put("f/file", "f/temporary", CONTENT, 3, None)

type Act = Callable[[ShareClient], object]


def lists(client: ShareClient) -> object:
    return client.list_folder("f")


def looks(client: ShareClient) -> object:
    return client.look("f/file")


def reads(client: ShareClient) -> object:
    with client.open_reader("f/file") as reader:
        return b"".join(reader.chunks())


def puts(client: ShareClient) -> object:
    return client.put(A_PUT)


def copies(client: ShareClient) -> object:
    return client.copy("f/file", "f/copy")


def _copied_too_little(asked: Asked) -> Said:
    is_key = asked.body[4:8] == Control.REQUEST_RESUME_KEY.to_bytes(4, "little")
    return controlled(bytes(32) if is_key else bytes(12))


NAMES = [
    "..", "../x", "..\\x", "a/b", "a\\b", "/etc/passwd", "\\\\server\\share", "C:\\x", "a\0b", "",
    "./x",
]  # fmt: skip

LIES: dict[str, tuple[Act, Script, type[SmbError]]] = {
    "a listing longer than its message": (
        lists, {Command.QUERY_DIRECTORY: always(output(entry("a"), length=1 << 20))}, BadAnswer,
    ),
    "a listing that lies in its own header": (
        lists, {Command.QUERY_DIRECTORY: always(output(entry("a"), offset=3))}, BadAnswer,
    ),
    "a listing behind the end of its message": (
        lists, {Command.QUERY_DIRECTORY: always(output(entry("a"), offset=60_000))}, BadAnswer,
    ),
    "an entry that is followed by itself": (
        lists, {Command.QUERY_DIRECTORY: always(output(entry("a", following=1)))}, BadAnswer,
    ),
    "an entry that is followed by nothing": (
        lists, {Command.QUERY_DIRECTORY: always(output(entry("a", following=4096)))}, BadAnswer,
    ),
    "a name longer than its entry": (
        lists, {Command.QUERY_DIRECTORY: always(output(entry("a", name_size=9000)))}, BadAnswer,
    ),
    "a name of half a character": (
        lists, {Command.QUERY_DIRECTORY: always(output(entry("ab", name_size=3)))}, BadAnswer,
    ),
    "a listing without entries that goes on for ever": (
        lists, {Command.QUERY_DIRECTORY: always(listed(".", ".."))}, BadAnswer,
    ),
    "a listing that tells the same for ever": (
        lists, {Command.QUERY_DIRECTORY: always(listed("a", "b"))}, BadAnswer,
    ),
    "a file of less than no content in a listing": (
        lists, {Command.QUERY_DIRECTORY: always(output(entry("a", size=-1)))}, BadAnswer,
    ),
    "a listing that is no listing": (
        lists, {Command.QUERY_DIRECTORY: always((0, b"\x09\0"))}, BadAnswer,
    ),
    "a link where the folder should be": (
        lists, {Command.CREATE: always(error(0x8000_002D))}, Unsupported,
    ),
    "a status that nobody knows": (
        lists, {Command.CREATE: always(error(0xDEAD_BEEF))}, Unexpected,
    ),
    "a file of less than no content": (
        looks, {Command.QUERY_INFO: always(attributes(size=-5))}, BadAnswer,
    ),
    "attributes that are cut short": (
        looks, {Command.QUERY_INFO: always(output(bytes(30)))}, BadAnswer,
    ),
    "an opened file without a handle": (
        reads, {Command.CREATE: always((0, bytes(20)))}, BadAnswer,
    ),
    "more content than was asked for": (
        reads, {Command.READ: always(content(CONTENT + b"more"))}, BadAnswer,
    ),
    "content outside its message": (
        reads, {Command.READ: always(content(CONTENT, offset=255))}, BadAnswer,
    ),
    "content in the header": (
        reads, {Command.READ: always(content(CONTENT, offset=0))}, BadAnswer,
    ),
    "content longer than its message": (
        reads, {Command.READ: always(content(b"", length=SIZE))}, BadAnswer,
    ),
    "nothing written": (puts, {Command.WRITE: always(written(0))}, Unexpected),
    "less written than was sent": (puts, {Command.WRITE: always(written(SIZE - 1))}, Unexpected),
    "more written than was sent": (
        puts, {Command.WRITE: always(written(0xFFFF_FFFF))}, Unexpected,
    ),
    "a temporary of another size": (
        puts, {Command.QUERY_INFO: always(attributes(size=SIZE + 1))}, Unexpected,
    ),
    "an answer to WRITE that is cut short": (
        puts, {Command.WRITE: always((0, b"\x11"))}, BadAnswer,
    ),
    "less than no content after the rename": (
        puts, {Command.CLOSE: always(closed(size=-1))}, BadAnswer,
    ),
    "a copy of another size": (copies, {Command.IOCTL: _copied_too_little}, Unexpected),
    "a copy's key that is cut short": (
        copies, {Command.IOCTL: always(controlled(bytes(5)))}, BadAnswer,
    ),
    "a control code's output outside its message": (
        copies, {Command.IOCTL: always(controlled(bytes(32), offset=70_000))}, BadAnswer,
    ),
}  # fmt: skip


@pytest.mark.parametrize("encrypted", [False, True], ids=["signed", "encrypted"])
@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_told_by_its_cause_and_the_session_goes_on(lie: str, *, encrypted: bool) -> None:
    act, script, expected = LIES[lie]
    with Liar(script, encrypted=encrypted) as liar:
        with pytest.raises(expected):
            act(liar.client)

        assert liar.client.echo() >= 0


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_could_lead_out_of_its_folder_makes_the_listing_an_error(name: str) -> None:
    with Liar({Command.QUERY_DIRECTORY: once(listed("good", name, "last"))}) as liar:
        if name == "..":  # that is the folder above, which every listing tells
            assert [each.name for each in liar.client.list_folder("f")] == ["good", "last"]
            return
        with pytest.raises(BadAnswer):
            liar.client.list_folder("f")


@pytest.mark.parametrize("name", ["file:stream", "C:", "CON", "nul.txt", "~", "$(id)", "x" * 300])
def test_a_strange_name_is_a_name_in_its_folder_and_nothing_else(name: str) -> None:
    with Liar({Command.QUERY_DIRECTORY: once(listed(name))}) as liar:
        assert [each.name for each in liar.client.list_folder("f")] == [name]


def test_a_name_that_is_listed_twice_is_one_file() -> None:
    with Liar({Command.QUERY_DIRECTORY: once(listed("a", "b", "a"))}) as liar:
        assert [each.name for each in liar.client.list_folder("f")] == ["a", "b"]


@pytest.mark.parametrize("tag", [0xA000_000C, 0xA000_0003, 0xA000_001D, 0x2000_0000])
def test_a_reparse_point_is_a_link_and_is_not_entered(tag: int) -> None:
    away = output(entry("away", kind=0x410, tag=tag))
    with Liar({Command.QUERY_DIRECTORY: once(away)}) as liar:
        folders = [found.folder for found in liar.client.walk("f", lambda _folder: True)]
        assert folders == ["f"]


def _names_for_ever() -> Callable[[Asked], Any]:
    numbers = count()
    return lambda _asked: listed(*(f"{next(numbers)}" for _ in range(100)))


def test_a_listing_of_ever_new_names_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "_MOST_ENTRIES", 1000)
    with Liar({Command.QUERY_DIRECTORY: _names_for_ever()}) as liar:
        with pytest.raises(BadAnswer):
            liar.client.list_folder("f")
        assert len(liar.asked) < 30

        # What the one that was given up has counted does not count against the next.
        liar._script[Command.QUERY_DIRECTORY] = once(listed("a"))
        assert len(liar.client.list_folder("f")) == 1


def test_a_tree_of_ever_more_folders_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "_MOST_WAITING", 200)
    ended = count()

    def three_folders(_asked: Asked) -> Any:
        if next(ended) % 2:
            return error(0x8000_0006)
        return output(
            entry("a", kind=0x10, following=None)
            + entry("b", kind=0x10, following=None)
            + entry("c", kind=0x10)
        )

    with Liar({Command.QUERY_DIRECTORY: three_folders}) as liar, pytest.raises(BadAnswer):
        list(liar.client.walk("", lambda _folder: True))


def test_a_path_that_no_message_can_hold_is_refused() -> None:
    with Liar({}) as liar, pytest.raises(BadName):
        liar.client.look("/".join("x" * 200 for _ in range(200)))


def test_a_file_that_is_another_one_when_it_is_opened_is_not_read() -> None:
    with Liar({Command.QUERY_INFO: always(attributes(file_id=FILE_ID + 1))}) as liar:
        with pytest.raises(Changed):
            liar.client.open_reader("f/file", expected=THE_FILE)
        with pytest.raises(Changed):
            liar.client.rename("f/file", "f/other", expected=THE_FILE)
        with pytest.raises(Changed):
            liar.client.delete_file("f/file", expected=THE_FILE)
        assert Command.READ not in liar.asked


def test_a_file_that_changes_its_id_while_it_is_read_is_told() -> None:
    ids = count(FILE_ID)
    with Liar({Command.QUERY_INFO: lambda _asked: attributes(file_id=next(ids))}) as liar:
        reader = liar.client.open_reader("f/file")
        reader.read(0, 4)
        with pytest.raises(Changed):
            reader.check()


def test_a_file_that_ends_before_its_size_is_short_and_not_made_up() -> None:
    with Liar({Command.QUERY_INFO: always(attributes(size=1 << 62))}) as liar:
        reader = liar.client.open_reader("f/file")
        assert reader.read(0, 1000) == CONTENT
        reader.close()


def test_more_credits_than_anybody_needs_change_nothing() -> None:
    with Liar({}, granted=0xFFFF) as liar:
        for _ in range(200):
            assert liar.client.look("f/file") is not None
        connection = liar.peer.connection
        assert connection.room(1 << 30, 1 << 20) == 1 << 20
        results = liar.client.put_many(
            Put(f"f/{n}", f"f/t{n}", CONTENT, 3, None) for n in range(300)
        )
        assert sum(isinstance(result, FileInfo) for _, result in results) == 300


class Misleading(Liar):
    """Answers a frame as a whole, by a function."""

    def __init__(self, mislead: Callable[[Liar, list[Asked]], None], **rest: Any) -> None:
        super().__init__({}, **rest)
        self._mislead = mislead

    def answers(self, frame: list[Asked]) -> None:
        """Answer what is no echo by the function."""
        if frame[0].command == Command.ECHO:
            super().answers(frame)
        else:
            self._mislead(self, frame)


def _swapped(liar: Liar, frame: list[Asked]) -> None:
    """Answer each request with what another one was asked for."""
    first, *rest = frame
    bodies = [liar._script[Command(each.command)](each) for each in (*rest, first)]
    liar.peer.send_frame(
        liar.peer.message(
            Asked(other.command, each.message_id, 1, 1, 0, b""), *(said[0], 1, said[1])
        )
        for each, other, said in zip(frame[:1], rest[:1], bodies[:1], strict=True)
    )


def _chained(following: int) -> Callable[[Liar, list[Asked]], None]:
    def mislead(liar: Liar, frame: list[Asked]) -> None:
        text = bytearray(liar.peer.message(frame[0], body=opened()[1], signed=False))
        text[20:24] = following.to_bytes(4, "little")
        signer = liar.peer._signer
        assert signer is not None
        text[16:20] = (1 | 8).to_bytes(4, "little")
        text[48:64] = bytes(16)
        text[48:64] = signer.signature(text, frame[0].message_id, frame[0].command, 9)
        liar.peer.send_raw(len(text).to_bytes(4) + bytes(text))

    return mislead


def _of_another_session(liar: Liar, frame: list[Asked]) -> None:
    text = bytearray(liar.peer.message(frame[0], body=opened()[1]))
    text[40:48] = (4711).to_bytes(8, "little")
    liar.peer.send_raw(len(text).to_bytes(4) + bytes(text))


def _flooding(liar: Liar, frame: list[Asked]) -> None:
    liar.peer.answer(frame[0], body=bytes(4 << 20))


MISLED: dict[str, tuple[Callable[[Liar, list[Asked]], None], type[SmbError]]] = {
    "answers of a chain that were swapped": (_swapped, BadAnswer),
    "a chain that leads into itself": (_chained(8), BadAnswer),
    "a chain that leads past its end": (_chained(1 << 30), BadAnswer),
    "a chain whose next answer begins where none is": (_chained(HEADER_SIZE + 80), Tampered),
    "an answer of another session": (_of_another_session, Tampered),
    "an answer of four megabytes to a question of nothing": (_flooding, BadAnswer),
}


@pytest.mark.parametrize("lie", MISLED)
def test_an_answer_that_breaks_the_protocol_ends_the_session(lie: str) -> None:
    mislead, expected = MISLED[lie]
    with Misleading(mislead) as liar:
        with pytest.raises((expected, ConnectionFailed)) as caught:
            liar.client.look("f/file")
        assert isinstance(liar.peer.connection._failure, expected), caught.value
        assert liar.peer.connection.failed


def test_answers_that_nobody_asked_for_change_nothing() -> None:
    def mislead(liar: Liar, frame: list[Asked]) -> None:
        for number in (0, 3, 1 << 40, frame[0].message_id + 1000):
            liar.peer.answer(Asked(Command.CREATE, number, 1, 1, 0, b""), body=opened()[1])
        Liar.answers(liar, frame)

    with Misleading(mislead) as liar:
        found = liar.client.look("f/file")
        assert found is not None
        assert found.file_id == FILE_ID


def test_answers_that_nobody_asked_for_do_not_keep_a_wait_alive() -> None:
    def mislead(liar: Liar, frame: list[Asked]) -> None:
        while True:
            liar.peer.answer(Asked(Command.CREATE, 1 << 40, 1, 1, 0, b""), body=opened()[1])
            del frame[1:]

    with Misleading(mislead, deadline=0.2) as liar:
        with pytest.raises(ConnectionFailed):
            liar.client.look("f/file")
        assert isinstance(liar.peer.connection._failure, TimedOut)


def test_an_answer_given_twice_counts_once() -> None:
    def mislead(liar: Liar, frame: list[Asked]) -> None:
        Liar.answers(liar, frame)
        Liar.answers(liar, frame)

    with Misleading(mislead) as liar:
        for _ in range(5):
            assert liar.client.look("f/file") is not None


def test_part_of_a_chain_is_no_answer() -> None:
    def mislead(liar: Liar, frame: list[Asked]) -> None:
        Liar.answers(liar, frame[:1])

    with Misleading(mislead, deadline=0.3) as liar:
        with pytest.raises(ConnectionFailed):
            liar.client.look("f/file")
        assert isinstance(liar.peer.connection._failure, TimedOut)


def test_a_frame_that_claims_two_gigabytes_is_refused_by_its_length() -> None:
    def mislead(liar: Liar, _frame: list[Asked]) -> None:
        liar.peer.send_raw(b"\x7f\xff\xff\xff" + bytes(HEADER.size))

    with Misleading(mislead) as liar, pytest.raises((BadAnswer, ConnectionFailed)):
        liar.client.look("f/file")
