"""What users of the soak write is known for ever, and what they give up is owed by nobody."""

from random import Random
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.sync.names import OWN_FOLDER
from soak.users import Contents, Users, digest, users_files

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(name="users")
def users_fixture(tmp_path: Path) -> Users:
    return Users("here", tmp_path, Random(1), Contents())


def held(root: Path) -> set[str]:
    return {digest(path) for path in users_files(root)}


def test_what_nobody_gave_up_is_owed(users: Users) -> None:
    users.act(200)

    assert users.contents.owed == held(users.root)
    assert users.contents.given_up


def test_what_somebody_else_put_in_the_place_is_what_is_given_up(users: Users) -> None:
    users.act(1)
    (path,) = users_files(users.root)
    mine = digest(path)
    path.write_text("of a job\n")
    of_a_job = digest(path)

    users._write(path)

    assert of_a_job in users.contents.given_up
    assert mine in users.contents.owed


def test_a_file_that_is_not_whole_yet_is_nobodys(users: Users) -> None:
    (users.root / "here.part").write_text("half")
    (users.root / OWN_FOLDER).mkdir()
    (users.root / OWN_FOLDER / "marker").write_text("a job's")

    assert list(users_files(users.root)) == []
