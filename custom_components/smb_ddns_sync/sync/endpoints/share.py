"""A folder on a share."""

from contextlib import contextmanager
from dataclasses import replace
import time
from typing import TYPE_CHECKING, Final, override

from ...smb import files as smb
from ...smb.errors import FileFailed, SmbError, Unsupported
from ...smb.files import (
    FileInfo,
    Put,
    Revision,
    filetime_from_ns,
)
from ...smb.ranges import Range
from ...smb.stopping import heed
from ..endpoint import (
    ENDS_ALL,
    ROOT,
    Changed,
    Checkpoint,
    Checkpoints,
    Content,
    Endpoint,
    EndpointError,
    Entry,
    Hint,
    Kind,
    Listing,
    Missing,
    NameRule,
    Placement,
    RelPath,
    RootIdentity,
    Traits,
    Unavailable,
    Watch,
    everywhere,
)
from ..names import NAME_TRIAL, OWN_FOLDER, checked, is_set_apart, join, name_of, parent
from .share_content import ShareContent
from .share_entries import STEP, entry_of, info_of
from .share_errors import translated, translated_root
from .share_hints import HintsOf
from .share_names import rule_of
from .share_pin import Pin
from .share_puts import Opened, Puts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ...smb.client import ShareClient
    from ...smb.reader import Reader

_SPACE_HOLDS: Final = 5.0  # seconds

_TRAITS: Final = Traits(STEP, case_sensitive=False, names=NameRule.WINDOWS, remote=True)
"""What every server can do."""


class ShareEndpoint(Endpoint):
    """A root folder on a share. The client is shared with others, so it is not closed here."""

    def __init__(self, client: ShareClient, folder: str) -> None:
        self._root = checked(folder.replace("\\", "/").strip("/"))
        self._unpinned = client
        self._client = client
        self._pin = Pin(client, self._root)
        self._closed = False
        self._traits = _TRAITS
        self._space = _Space()
        self._made: set[RelPath] = set()
        """Folders that are known to be there, so that they are not asked for again and again."""

    @property
    @override
    def traits(self) -> Traits:
        return self._traits

    @override
    def try_names(self) -> NameRule | None:
        self._still_open()
        try:
            return rule_of(self._client.name_facts(self._absolute(NAME_TRIAL)))
        except FileFailed:
            return None
        except SmbError as error:
            raise translated_root(error) from error

    @override
    def hold_names(self, rule: NameRule) -> None:
        self._traits = replace(_TRAITS, names=rule, case_sensitive=not rule.folds)

    @override
    def identify(self) -> RootIdentity:
        self._made.clear()
        try:
            found = self._client.identity(self._root)
        except SmbError as error:
            raise translated_root(error) from error
        return RootIdentity(found.volume, found.file_id)

    @override
    def find_root(self, path: RelPath, longest: int) -> tuple[RootIdentity, bytes | EndpointError]:
        self._made.clear()
        try:
            found = self._client.find_root(self._root, self._absolute(path), longest)
        except SmbError as error:
            raise translated_root(error) from error
        self._space.found(found.free)
        told = found.beginning
        beginning = translated(told) if isinstance(told, SmbError) else told
        return RootIdentity(found.identity.volume, found.identity.file_id), beginning

    @override
    def pin(self, root: RootIdentity | None, marker: str | None = None) -> None:
        self._client = self._unpinned if root is None else self._pin.to(root, marker)

    @override
    def heed(self, stopped: Callable[[], bool]) -> None:
        heed(stopped)

    @override
    def walk(
        self, under: RelPath = ROOT, enter: Callable[[RelPath], bool] = everywhere
    ) -> Iterator[Listing]:
        def enter_absolute(path: str) -> bool:
            inside = self._relative(path)
            if under == ROOT and inside == OWN_FOLDER:
                return False
            apart = is_set_apart(parent(inside), name_of(inside), folds=self._traits.names.folds)
            return not apart and enter(inside)

        try:
            for found in self._client.walk(self._absolute(under), enter_absolute):
                self._still_open()
                yield self._listing(self._relative(found.folder), found.entries, found.error)
        except SmbError as error:
            raise translated(error) from error

    @override
    def list(self, folder: RelPath) -> Listing:
        self._still_open()
        try:
            entries = self._client.list_folder(self._absolute(folder))
        except SmbError as error:
            return self._listing(folder, (), error)
        return self._listing(folder, entries, None)

    def _listing(
        self, folder: RelPath, infos: Iterable[FileInfo], error: SmbError | None
    ) -> Listing:
        if error is not None:
            told = translated_root(error) if folder == ROOT else translated(error)
            return Listing(folder, error=told)
        folds = self._traits.names.folds
        files: _Entries = []
        temporaries: _Entries = []
        for info in infos:
            if folder == ROOT and info.name == OWN_FOLDER and info.is_folder:
                continue
            entry = entry_of(join(folder, info.name), info)
            apart = is_set_apart(folder, info.name, folds=folds)
            (temporaries if apart else files).append(entry)
        return Listing(folder, tuple(files), tuple(temporaries))

    @override
    def look(self, path: RelPath) -> Entry | None:
        info = self.look_closely(path)
        return None if info is None else entry_of(path, info)

    def look_closely(self, path: RelPath) -> FileInfo | None:
        """Return all that the server tells of a path."""
        with self._told():
            return self._client.look(self._absolute(path))

    @contextmanager
    @override
    def open(self, path: RelPath) -> Iterator[Content]:
        content = ShareContent(self, path)
        try:
            if content.entry.kind is not Kind.FILE:
                raise Changed(path, "not_a_file")
            yield content
        finally:
            content.close()

    def reader(self, path: RelPath, ahead: int = 0) -> Reader:
        """Open a file; whoever asks closes it."""
        with self._told():
            return self._client.open_reader(self._absolute(path), ahead=ahead)

    @override
    def read_small(self, path: RelPath, longest: int) -> bytes:
        with self._told():
            return self._client.read_beginning(self._absolute(path), longest)

    @override
    def place_at_once(self, placement: Placement) -> Entry:
        with placement.open() as content:
            text = content.read(0, placement.size + 1)
        with self._told():
            modified = filetime_from_ns(placement.modified)
            made = self._client.make_file(self._absolute(placement.path), text, modified)
        return entry_of(placement.path, made)

    @override
    def place(
        self, placements: Iterable[Placement]
    ) -> Iterator[tuple[Placement, Entry | EndpointError]]:
        puts = Puts(self._put_for, placements)
        try:
            for put, result in self._client.put_many(iter(puts)):
                yield from puts.take_failed()
                placement = puts.done(put)
                if not isinstance(result, SmbError):
                    yield placement, entry_of(placement.path, result)
                elif isinstance(error := translated(result), ENDS_ALL):
                    puts.end(error)  # and go on with what is under way
                else:
                    yield placement, error
            yield from puts.take_failed()
            puts.raise_ended()
        except SmbError as error:
            raise translated(error) from error
        finally:
            puts.close()

    def _put_for(self, placement: Placement, opened: Opened) -> Put:
        """Return the placement in the client's words."""
        expected = None if placement.expected is None else info_of(placement.expected)
        path, kept = self._absolute(placement.path), placement.keep_old_at
        revision = None
        if opened.changed is not None and expected is not None:
            ranges = tuple(Range(span.offset, span.length) for span in opened.changed)
            revision = Revision(path, expected, ranges)
        checkpoints, left = placement.checkpoints, placement.resume
        return Put(
            path=path,
            temporary=self._absolute(placement.temporary),
            content=opened.content,
            modified=filetime_from_ns(placement.modified),
            expected=expected,
            keep_old_at=None if kept is None else self._absolute(kept),
            # A server that loses its power must not lose both versions. A new file that it loses is
            # sent again, where it is not taken for one that somebody deleted.
            flush=expected is not None or placement.flush,
            verify=placement.verify,
            checkpoints=None if checkpoints is None else _checkpoints(checkpoints),
            resume=None if left is None else smb.Checkpoint(left.file_id, left.done),
            revision=revision,
            settled=opened.settled,
            piece=placement.piece,
        )

    @override
    def make_folder(self, path: RelPath) -> None:
        if not (absolute := self._absolute(path)):
            return
        try:
            with self._told():
                self._client.make_folder(absolute)
        except Missing:
            self._make_all(absolute)
        except Changed:
            found = self.look(path)
            if found is not None and (found.kind is not Kind.FOLDER or found.path != path):
                raise

    def _make_all(self, absolute: str) -> None:
        with self._told():
            self._client.make_folders(absolute)

    @override
    def move(self, source: RelPath, target: RelPath, expected: Entry) -> None:
        folder = parent(target)
        try:
            with self._told():
                self._client.rename(
                    self._absolute(source),
                    self._absolute(target),
                    expected=info_of(expected),
                    # The root is there: whoever works in it has proved it.
                    make_parents=folder != ROOT and folder not in self._made,
                )
        except Missing:
            self._made.clear()
            raise
        self._made.add(folder)

    @override
    def remove_folder(self, path: RelPath) -> None:
        with self._told():
            self._client.delete_folder(self._absolute(path))

    @override
    def delete_file(self, path: RelPath, expected: Entry) -> None:
        with self._told():
            self._client.delete_file(self._absolute(path), expected=info_of(expected))

    @override
    def free_space(self) -> int:
        if (known := self._space.take()) is not None:
            return known
        try:
            return self._client.space().free
        except SmbError as error:
            raise translated_root(error) from error

    @override
    def close(self) -> None:
        self._closed = True

    @override
    def watch(self, listener: Callable[[Hint], None]) -> Watch | None:
        try:
            return self._client.watch(self._root, HintsOf(listener))
        except Unsupported:
            return None
        except SmbError as error:
            raise translated_root(error) from error

    def _absolute(self, path: RelPath) -> str:
        return join(self._root, checked(path)) if path else self._root

    def _relative(self, path: str) -> RelPath:
        return checked(path[len(self._root) :].lstrip("/"))

    def _still_open(self) -> None:
        if self._closed:
            raise Unavailable(self._root or "share", "closed")

    @contextmanager
    def _told(self) -> Iterator[None]:
        self._still_open()
        try:
            yield
        except SmbError as error:
            raise translated(error) from error


class _Space:
    """The free space that came with the last proof of the root: good for one question soon after.

    So the first file of a run does not wait for an answer that was just given, and whoever finds
    the side full, or asks again, is told what is free by then.
    """

    def __init__(self) -> None:
        self._free: int | None = None
        self._found_at = 0.0

    def found(self, free: int | None) -> None:
        self._free, self._found_at = free, time.monotonic()

    def take(self) -> int | None:
        free, self._free = self._free, None
        return free if time.monotonic() - self._found_at < _SPACE_HOLDS else None


type _Entries = list[Entry]


def _checkpoints(asked: Checkpoints) -> smb.Checkpoints:
    def keep(checkpoint: smb.Checkpoint) -> None:
        asked.keep(Checkpoint(checkpoint.file_id, checkpoint.done))

    return smb.Checkpoints(keep, asked.every)
