"""A put that broke is gone on with: with what is surely there, and with nothing else."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.smb import put_small
from custom_components.smb_ddns_sync.smb.errors import (
    Changed,
    ContentFailed,
    Exists,
    InUse,
    Unexpected,
)
from custom_components.smb_ddns_sync.smb.files import Checkpoint, Put
from tests.smb.content import Keeper, Watched, a_put, break_at, noise, now_at

if TYPE_CHECKING:
    from custom_components.smb_ddns_sync.smb.client import ShareClient
    from custom_components.smb_ddns_sync.smb.steps import Steps
    from tests.smb.conftest import Connect
    from tests.smb.servers import Place

CONTENT = noise(3_000_000)
EVERY = 400_000


def test_it_goes_on_where_it_was(place: Place, client: ShareClient, connect: Connect) -> None:
    put = a_put("file", CONTENT)
    checkpoint = break_at(connect(place.target), put, 1_000_000, every=EVERY)
    content = Watched(CONTENT)

    told = client.put(replace(put, content=content, resume=checkpoint))

    assert content.first == checkpoint.done >= 1_000_000
    assert place.files() == {"file": CONTENT}
    assert told.same_version(now_at(client, "file"))


def test_the_first_checkpoint_is_kept_before_any_content_is_read(
    client: ShareClient,
) -> None:
    content = Watched(CONTENT)
    read_before: list[int] = []
    keeper = Keeper(EVERY, after=lambda _: read_before.append(len(content.reads)))

    told = client.put(a_put("file", content, checkpoints=keeper.checkpoints))

    assert keeper.kept[0] == Checkpoint(told.file_id, 0)
    assert read_before[0] == 0
    assert keeper.kept[-1] == Checkpoint(told.file_id, len(CONTENT))
    assert [each.done for each in keeper.kept] == sorted({each.done for each in keeper.kept})


def test_what_was_written_after_the_checkpoint_is_written_anew(
    place: Place, client: ShareClient, connect: Connect
) -> None:
    put = a_put("file", CONTENT)
    checkpoint = break_at(connect(place.target), put, 1_000_000, every=EVERY)
    with (place.folder / put.temporary).open("r+b") as file:
        file.seek(checkpoint.done)
        file.write(noise(5_000_000, seed=9))

    client.put(replace(put, resume=checkpoint))

    assert place.files() == {"file": CONTENT}


def test_a_temporary_that_lost_what_was_safe_is_written_anew(
    place: Place, client: ShareClient, connect: Connect
) -> None:
    put = a_put("file", CONTENT)
    checkpoint = break_at(connect(place.target), put, 1_000_000, every=EVERY)
    with (place.folder / put.temporary).open("r+b") as file:
        file.write(bytes(100))
        file.truncate(checkpoint.done - 1)

    client.put(replace(put, resume=checkpoint))

    assert place.files() == {"file": CONTENT}


def test_a_temporary_that_is_gone_is_made_anew(
    place: Place, client: ShareClient, connect: Connect
) -> None:
    put = a_put("file", CONTENT)
    checkpoint = break_at(connect(place.target), put, 1_000_000, every=EVERY)
    (place.folder / put.temporary).unlink()

    client.put(replace(put, resume=checkpoint))

    assert place.files() == {"file": CONTENT}


def test_a_temporary_that_is_still_open_elsewhere_is_told(
    place: Place, client: ShareClient, connect: Connect
) -> None:
    put = a_put("file", CONTENT)
    checkpoint = break_at(connect(place.target), put, 1_000_000, every=EVERY)
    other = connect(place.target)

    with other.open_reader(put.temporary), pytest.raises(InUse):
        client.put(replace(put, resume=checkpoint))

    client.put(replace(put, resume=checkpoint))
    assert place.files() == {"file": CONTENT}


def test_somebody_elses_file_is_not_gone_on_with(place: Place, client: ShareClient) -> None:
    put = a_put("file", CONTENT)
    place.write(put.temporary, CONTENT[:1_000_000])
    other = now_at(client, put.temporary).file_id + 1

    with pytest.raises(Exists):
        client.put(replace(put, resume=Checkpoint(other, 1_000_000)))

    assert place.files() == {put.temporary: CONTENT[:1_000_000]}


def test_what_was_put_in_place_without_our_hearing_of_it_is_told(
    place: Place, client: ShareClient
) -> None:
    old = client.put(a_put("file", b"old"))
    keeper = Keeper(EVERY)
    put = a_put("file", CONTENT, expected=old)
    told = client.put(replace(put, checkpoints=keeper.checkpoints))
    content = Watched(CONTENT)

    again = client.put(replace(put, content=content, resume=keeper.kept[-1]))

    assert again.same_version(told)
    assert not content.reads
    assert place.files() == {"file": CONTENT}


def test_a_put_that_is_refused_leaves_its_temporary_where_checkpoints_are_kept(
    place: Place, client: ShareClient
) -> None:
    old = client.put(a_put("file", b"old"))
    place.write("file", b"somebody else's")
    keeper = Keeper(EVERY)
    put = a_put("file", CONTENT, expected=old, checkpoints=keeper.checkpoints)
    with pytest.raises(Changed):
        client.put(put)
    assert place.files() == {"file": b"somebody else's", put.temporary: CONTENT}
    content = Watched(CONTENT)

    client.put(
        replace(put, content=content, expected=now_at(client, "file"), resume=keeper.kept[-1])
    )

    assert not content.reads
    assert place.files() == {"file": CONTENT}


def test_content_that_fails_leaves_nothing_to_go_on_with(place: Place, client: ShareClient) -> None:
    def fail(offset: int) -> None:
        if offset > 1_500_000:
            raise OSError("gone")

    put = a_put("file", Watched(CONTENT, before=fail), checkpoints=Keeper(EVERY).checkpoints)

    with pytest.raises(ContentFailed):
        client.put(put)

    assert place.files() == {}


def test_a_checkpoint_that_cannot_be_kept_ends_the_put(place: Place, client: ShareClient) -> None:
    def fail(checkpoint: Checkpoint) -> None:
        if checkpoint.done:
            raise OSError("no room for it")

    with pytest.raises(ContentFailed):
        client.put(a_put("file", CONTENT, checkpoints=Keeper(EVERY, after=fail).checkpoints))

    assert place.files() == {}


@pytest.mark.parametrize("size", [10, 2_500_000])
def test_content_that_is_not_one_version_is_not_put(
    place: Place, client: ShareClient, size: int
) -> None:
    def fail() -> None:
        assert place.files()[put.temporary] == noise(size)
        raise OSError("it has changed")

    old = client.put(a_put("file", b"old"))
    put = a_put("file", noise(size), expected=old, settled=fail)

    with pytest.raises(ContentFailed) as failed:
        client.put(put)

    assert isinstance(failed.value.__cause__, OSError)
    assert place.files() == {"file": b"old"}


def test_a_second_name_that_is_there_already_does_not_stop_going_on(
    place: Place, client: ShareClient, connect: Connect
) -> None:
    old = client.put(a_put("file", b"old"))
    put = a_put("file", CONTENT, expected=old, keep_old_at="kept")
    checkpoint = break_at(connect(place.target), put, 1_000_000, every=EVERY)
    if client.look("kept") is None:  # the put that broke may have come so far itself
        client.link("file", "kept")

    client.put(replace(put, resume=checkpoint))

    assert place.files() == {"file": CONTENT, "kept": b"old"}


@pytest.mark.parametrize("size", [0, 10, 2_500_000])
def test_a_put_that_is_verified_arrives(place: Place, client: ShareClient, size: int) -> None:
    client.put(a_put("file", noise(size), verify=True))

    assert place.files() == {"file": noise(size)}


def spoil(place: Place, put: Put) -> None:
    with (place.folder / put.temporary).open("r+b") as file:
        first = file.read(1)
        file.seek(0)
        file.write(bytes((first[0] ^ 1,)))


def test_a_flipped_bit_is_found_before_the_old_version_goes(
    place: Place, client: ShareClient
) -> None:
    old = client.put(a_put("file", b"old"))

    def spoil_what_is_safe(checkpoint: Checkpoint) -> None:
        if checkpoint.done:
            spoil(place, put)

    keeper = Keeper(1_000_000, after=spoil_what_is_safe)
    put = a_put("file", CONTENT, expected=old, verify=True, checkpoints=keeper.checkpoints)

    with pytest.raises(Unexpected, match="differs"):
        client.put(put)

    assert place.files() == {"file": b"old"}


def test_a_flipped_bit_in_a_small_file_is_found(
    place: Place, client: ShareClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify = put_small._verify

    def spoil_and_verify(*arguments: object) -> Steps[None]:
        spoil(place, put)
        return verify(*arguments)  # type: ignore[arg-type] # passed on as they came

    monkeypatch.setattr(put_small, "_verify", spoil_and_verify)
    put = a_put("file", noise(50_000), verify=True)

    with pytest.raises(Unexpected, match="differs"):
        client.put(put)

    assert place.files() == {}


@pytest.mark.parametrize(
    "content",
    [
        bytes(3_000_000),
        bytes(2_000_000) + noise(500_000),
        noise(500_000) + bytes(2_500_000),
        noise(1_100_000) + bytes(3_000_000) + noise(1_100_000),
    ],
    ids=["all", "at the start", "at the end", "in the middle"],
)
def test_zeros_arrive_as_zeros(place: Place, client: ShareClient, content: bytes) -> None:
    told = client.put(a_put("file", content))

    assert told.size == len(content)
    assert place.files() == {"file": content}
