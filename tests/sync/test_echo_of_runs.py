"""A run's own changes start no other run, on real watches; those of others always do."""

from contextlib import ExitStack
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, override

import pytest

from custom_components.smb_ddns_sync.smb.files import Put
from custom_components.smb_ddns_sync.sync import rescan
from custom_components.smb_ddns_sync.sync.endpoints.local import LocalEndpoint
from custom_components.smb_ddns_sync.sync.endpoints.share import ShareEndpoint
from custom_components.smb_ddns_sync.sync.names import OWN_FOLDER
from custom_components.smb_ddns_sync.sync.settings import Mode
from custom_components.smb_ddns_sync.sync.status import Phase

from .running import PATIENCE, Running, eventually, running
from .stage import Counted
from .trees import Tree, fill_folder, folder_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from custom_components.smb_ddns_sync.smb.client import ShareClient
    from custom_components.smb_ddns_sync.sync.endpoint import (
        Endpoint,
        EndpointError,
        Entry,
        Listing,
        Placement,
        RelPath,
    )

    from .samba import Samba

SOME: Tree = {"a": "1", "d": {"b": "2", "c": "3"}, "e": {"f": {"g": "4"}}}
MODIFIED = 133_000_000_000_000_000  # FILETIME


class Listed(Counted):
    """A side of which also the looks into folders are counted."""

    def __init__(self, side: Endpoint) -> None:
        super().__init__(side)
        self.placed: Callable[[RelPath], None] = lambda _path: None
        """Called when a file has been placed, before the run knows of it."""

    @override
    def list(self, folder: RelPath) -> Listing:
        self.changes.append(("list", folder))
        return super().list(folder)

    @override
    def place(
        self, placements: Iterable[Placement]
    ) -> Iterator[tuple[Placement, Entry | EndpointError]]:
        for placement, result in super().place(placements):
            self.placed(placement.path)
            yield placement, result


class User:
    """Somebody who works on a side: on the disk of this machine, or over SMB."""

    def __init__(self, folder: Path, client: ShareClient | None) -> None:
        self.folder = folder
        self._client = client

    def write(self, path: str, text: str) -> None:
        """Write a file, in a new folder where it is missing."""
        if self._client is None:
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / path).write_text(text)
            return
        there = self._client.look(self._at(path))
        parts = self._at(f"{path}.part")
        put = Put(self._at(path), parts, text.encode(), MODIFIED, there, make_parents=True)
        self._client.put(put)

    def remove(self, path: str) -> None:
        """Delete a file."""
        if self._client is None:
            (self.folder / path).unlink()
        else:
            self._client.delete_file(self._at(path), expected=None)

    def rename(self, path: str, to: str) -> None:
        """Give a file or folder another path."""
        if self._client is None:
            (self.folder / path).rename(self.folder / to)
        else:
            self._client.rename(self._at(path), self._at(to), expected=None)

    def _at(self, path: str) -> str:
        return f"{self.folder.name}/{path}"


class Scene:
    """A two-way job that runs, and a user on each side."""

    def __init__(
        self, one: Running, ours: User, theirs: User, sides: tuple[Listed, Listed]
    ) -> None:
        self.one = one
        self.ours, self.theirs = ours, theirs
        self.sides = sides

    def arrives(self, tree: Tree) -> None:
        """Wait until both sides hold a tree, and the watches heard all that the job did."""
        for user in (self.ours, self.theirs):
            eventually(partial(self._holds, user, tree), "the change")
        vigil = self.one.job._runner.vigil
        eventually(lambda: not vigil.echo._running and not vigil.echo._done_count, "the echo")

    def _holds(self, user: User, tree: Tree) -> bool:
        try:
            return folder_tree(user.folder) == tree
        except FileNotFoundError:
            return False  # it is being changed

    def looks(self) -> list[list[str]]:
        """Return the folders that were listed on each side, once nothing is left to look at."""
        eventually(self._has_no_hints, "the end of the hints")
        self.one.job.dry_run().result(PATIENCE)  # goes through the job's queue, and lists nothing
        return [
            [path for step, path in side.changes if step == "list" and OWN_FOLDER not in path]
            for side in self.sides
        ]

    def changes(self) -> list[list[tuple[str, str]]]:
        """Return all that the job changed on each side."""
        return [[change for change in side.changes if change[0] != "list"] for side in self.sides]

    def _has_no_hints(self) -> bool:
        with self.one.job._inbox.wake:
            return self.one.job._runner.agenda.hints.due() is None


@pytest.fixture(params=["local x smbd", "smbd x smbd"])
def scene(request: pytest.FixtureRequest, samba: Samba, tmp_path: Path) -> Iterator[Scene]:
    with ExitStack() as stack:
        client = stack.enter_context(samba.client())
        users, sides = [], []
        for kind, name in zip(request.param.split(" x "), ("ours", "theirs"), strict=True):
            inside = f"{tmp_path.name}-{name}"
            folder = tmp_path / name if kind == "local" else samba.folder / inside
            folder.mkdir()
            local = kind == "local"
            users.append(User(folder, None if local else stack.enter_context(samba.client())))
            sides.append(Listed(LocalEndpoint(folder) if local else ShareEndpoint(client, inside)))
        fill_folder(users[0].folder, SOME, 1_600_000_000_000_000_000)
        job = running(sides[0], sides[1], tmp_path / "state", watch=True, mode=Mode.TWO_WAY)
        scene = Scene(stack.enter_context(job), users[0], users[1], (sides[0], sides[1]))
        assert scene.one.rest().phase is Phase.WATCHING
        scene.arrives(SOME)
        yield scene


def test_a_first_sync_is_followed_by_no_look(scene: Scene) -> None:
    assert scene.looks() == [[], []]


@pytest.mark.parametrize("who", ["ours", "theirs"])
def test_a_run_by_a_change_looks_at_its_folder_once_and_is_followed_by_no_look(
    scene: Scene, who: str
) -> None:
    user: User = getattr(scene, who)
    user.write("d/b", "new content")
    scene.arrives({**SOME, "d": {"b": "new content", "c": "3"}})

    assert scene.looks() == [["d"], ["d"]]


@pytest.mark.parametrize("who", ["ours", "theirs"])
def test_renames_deletions_and_new_folders_are_followed_by_no_change(
    scene: Scene, who: str
) -> None:
    user: User = getattr(scene, who)

    user.write("n/m/new", "5")
    scene.arrives({**SOME, "n": {"m": {"new": "5"}}})
    scene.looks()  # what is written over SMB is looked at once more when it has come to rest
    user.rename("d/c", "d/k")
    user.rename("e/f", "e/k")
    user.remove("a")
    scene.arrives({"d": {"b": "2", "k": "3"}, "e": {"k": {"g": "4"}}, "n": {"m": {"new": "5"}}})

    changed = scene.changes()
    # A user's changes in the root are told twice by Samba, so there may be one more look.
    scene.looks()
    assert scene.changes() == changed


@pytest.mark.parametrize("text", [None, "from the other side"])
def test_what_another_does_right_after_our_own_change_is_never_taken_for_it(
    scene: Scene, text: str | None
) -> None:
    acted = Event()

    def meddle(path: RelPath) -> None:
        if path == "d/b" and not acted.is_set():
            acted.set()
            if text is None:
                scene.theirs.remove("d/b")
            else:
                scene.theirs.write("d/b", text)

    scene.sides[1].placed = meddle
    scene.ours.write("d/b", "from our side")
    assert acted.wait(PATIENCE)

    scene.arrives({**SOME, "d": {"c": "3"} if text is None else {"b": text, "c": "3"}})


def test_what_a_program_of_the_server_does_in_a_folder_that_changed_lately_is_found(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rescan, "_STEP", 0.5)
    scene.theirs.write("e/f/today", "5")
    scene.arrives({**SOME, "e": {"f": {"g": "4", "today": "5"}}})

    # Not over SMB, so deep in the tree nobody tells of it.
    (scene.theirs.folder / "e" / "f" / "g").unlink()
    (scene.theirs.folder / "e" / "f" / "next").write_text("6")
    scene.arrives({**SOME, "e": {"f": {"today": "5", "next": "6"}}})
