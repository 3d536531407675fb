"""A server that is not Samba, so that what is Samba's own is not taken for SMB's.

impacket's server speaks SMB 2.0.2 and knows a part of it: it sets no times that hold, has neither
links nor copies, no file ids in listings, and takes handles in chains only from a CREATE before
them. What it does is asked of it here; what it does not do has to end in an error and leave the
file that was there.
"""

from dataclasses import replace
from pathlib import Path
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.smb.errors import (
    Changed,
    NoSuchShare,
    NotFound,
    SmbError,
    Unsupported,
    WrongPassword,
)
from custom_components.smb_ddns_sync.smb.facts import Dialect, Signing
from custom_components.smb_ddns_sync.smb.files import Revision
from custom_components.smb_ddns_sync.smb.ranges import Range
from custom_components.smb_ddns_sync.smb.shares import ShareKind, list_shares
from custom_components.smb_ddns_sync.smb.target import Address, Credentials, ShareTarget

from . import impacket_server
from .content import Streamed, a_put, noise, now_at, read_all
from .ear import Ear
from .impacket_server import SHARE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from custom_components.smb_ddns_sync.smb.client import ShareClient

    from .conftest import Connect

ACCOUNT = Credentials("alice", "wonderland")


@pytest.fixture(name="shared", scope="module")
def shared_fixture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that is shared."""
    return tmp_path_factory.mktemp("other")


@pytest.fixture(name="folder")
def folder_fixture(shared: Path) -> Path:
    """Return the same, emptied."""
    for entry in shared.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    return shared


@pytest.fixture(name="target", scope="module")
def target_fixture(shared: Path) -> Iterator[ShareTarget]:
    """Start the server; it ends with the pipe."""
    program = Path(impacket_server.__file__)
    with subprocess.Popen(
        [sys.executable, program, shared, ACCOUNT.username],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        print(ACCOUNT.password, file=server.stdin, flush=True)
        port = int(server.stdout.readline())
        yield ShareTarget((Address("127.0.0.1", port),), SHARE, ACCOUNT)
        server.stdin.close()


@pytest.fixture(name="client")
def client_fixture(target: ShareTarget, connect: Connect) -> ShareClient:
    """Return a client of it."""
    return connect(target)


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


def test_a_session_is_signed_in_the_dialect_it_knows(client: ShareClient) -> None:
    facts = client.connect()

    assert (facts.dialect, facts.signing) == (Dialect.SMB_2_0_2, Signing.HMAC_SHA256)
    assert client.echo() > 0


def test_a_wrong_password_is_told(target: ShareTarget, connect: Connect) -> None:
    wrong = replace(target, credentials=Credentials(ACCOUNT.username, "guess"))

    with pytest.raises(WrongPassword):
        connect(wrong).connect()


def test_a_share_that_is_not_there_is_told(target: ShareTarget, connect: Connect) -> None:
    with pytest.raises(NoSuchShare):
        connect(replace(target, share="NOWHERE")).connect()


def test_that_it_tells_no_changes_is_told(folder: Path, client: ShareClient) -> None:
    (folder / "watched").mkdir()
    ear = Ear()

    with pytest.raises(Unsupported):
        client.watch("watched", ear)

    assert not ear.notices
    assert client.list_folder("watched") == ()


def test_its_shares_are_listed(target: ShareTarget) -> None:
    shares = {share.name: share for share in list_shares(target.addresses, ACCOUNT)}

    assert shares[SHARE].kind is ShareKind.FOLDER
    assert not shares[SHARE].hidden
    assert shares["IPC$"].hidden


@pytest.mark.parametrize("size", [0, 10, 60_000, 65_536, 300_000, 3_000_000])
def test_a_file_arrives_whole_and_is_read_whole(
    folder: Path, client: ShareClient, size: int
) -> None:
    client.put(a_put("file", Streamed(noise(size))))

    assert files(folder) == {"file": noise(size)}
    assert read_all(client, "file") == noise(size)


def test_the_expected_version_is_replaced_and_no_other(folder: Path, client: ShareClient) -> None:
    old = client.put(a_put("file", b"old"))
    new = client.put(a_put("file", b"newer", expected=old))

    with pytest.raises(Changed):
        client.put(a_put("file", b"newest", expected=old))

    assert files(folder) == {"file": b"newer"}
    assert now_at(client, "file").same_version(new)


def test_where_nothing_is_expected_nothing_is_replaced(folder: Path, client: ShareClient) -> None:
    (folder / "file").write_bytes(b"somebody else's")

    with pytest.raises(SmbError):
        client.put(a_put("file", b"new"))

    assert files(folder) == {"file": b"somebody else's"}


def test_many_files_are_put_and_listed(folder: Path, client: ShareClient) -> None:
    puts = [a_put(f"file{number}", noise(500, number)) for number in range(100)]

    results = [result for _, result in client.put_many(puts)]

    assert not [result for result in results if isinstance(result, SmbError)]
    assert {entry.name for entry in client.list_folder("")} == {put.path for put in puts}
    assert files(folder) == {put.path: put.content for put in puts}


def test_a_tree_is_made_and_walked(folder: Path, client: ShareClient) -> None:
    client.make_folder("a")
    client.make_folder("a/b")
    client.put(a_put("a/b/file"))

    listings = list(client.walk("", lambda _folder: True))

    assert [listing.folder for listing in listings] == ["", "a", "a/b"]
    assert all(listing.error is None for listing in listings)
    assert (folder / "a" / "b").is_dir()


def test_files_are_moved_and_deleted(folder: Path, client: ShareClient) -> None:
    client.put(a_put("here", b"content"))

    client.rename("here", "there", expected=now_at(client, "here"))
    assert files(folder) == {"there": b"content"}

    client.delete_file("there", expected=now_at(client, "there"))
    assert files(folder) == {}
    assert client.look("there") is None


def test_what_is_not_there_is_told(client: ShareClient) -> None:
    assert client.look("nothing") is None
    with pytest.raises(NotFound):
        client.open_reader("nothing")
    with pytest.raises(NotFound):
        client.delete_file("nothing", expected=None)


def test_what_it_cannot_do_is_told_and_harms_nothing(folder: Path, client: ShareClient) -> None:
    old = client.put(a_put("file", b"old"))

    with pytest.raises(Unsupported):
        client.link("file", "second")
    with pytest.raises(SmbError):
        client.copy("file", "copy")

    assert files(folder) == {"file": b"old"}
    assert now_at(client, "file").same_version(old)


def test_where_it_copies_nothing_all_of_a_revision_is_sent(
    folder: Path, client: ShareClient
) -> None:
    old = noise(3_000_000)
    new = old[:2_000_000] + noise(1_500_000, seed=2)
    base = client.put(a_put("file", old))
    revision = Revision("file", base, (Range(2_000_000, 1_500_000),))

    client.put(a_put("file", new, expected=base, revision=revision))

    assert files(folder) == {"file": new}


def test_content_is_verified_there_too(folder: Path, client: ShareClient) -> None:
    client.put(a_put("small", noise(10_000), verify=True))
    client.put(a_put("large", noise(2_500_000), verify=True))

    assert files(folder) == {"small": noise(10_000), "large": noise(2_500_000)}


def test_zeros_arrive_as_zeros(folder: Path, client: ShareClient) -> None:
    content = noise(1_500_000) + bytes(3_000_000)

    client.put(a_put("file", content))

    assert files(folder) == {"file": content}


def test_where_the_old_version_cannot_be_kept_it_is_not_replaced(
    folder: Path, client: ShareClient
) -> None:
    old = client.put(a_put("file", b"old"))

    with pytest.raises(SmbError):
        client.put(a_put("file", b"new", expected=old, keep_old_at="kept"))

    assert files(folder) == {"file": b"old"}


def test_how_names_are_treated_is_found_out(client: ShareClient, folder: Path) -> None:
    facts = client.name_facts(".ours/probe")

    assert facts.probed
    assert facts.case_preserving
    assert not [path for path in folder.rglob("*") if path.is_file()]
