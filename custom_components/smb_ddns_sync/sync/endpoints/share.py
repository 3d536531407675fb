"""A folder on a share."""

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final, override

from ...smb import files as smb
from ...smb.errors import FileFailed, SmbError, Unsupported
from ...smb.files import (
    FileInfo,
    FileKind,
    Put,
    Revision,
    filetime_from_ns,
    ns_from_filetime,
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
from ..moments import rounded
from ..names import OWN_FOLDER, checked, is_temporary, join, parent
from .share_errors import translated, translated_root
from .share_hints import HintsOf
from .share_names import rule_of
from .share_pin import Pin
from .share_puts import Opened, Puts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ...smb.client import ShareClient
    from ...smb.reader import Reader

_STEP: Final = 100  # ns; FILETIME, MS-DTYP 2.3.3

_KINDS: Final = {FileKind.FILE: Kind.FILE, FileKind.FOLDER: Kind.FOLDER, FileKind.LINK: Kind.OTHER}
_FILE_KINDS: Final = {kind: of for of, kind in _KINDS.items()}

_TRAITS: Final = Traits(_STEP, case_sensitive=False, names=NameRule.WINDOWS, remote=True)
"""What every server can do."""
_TRIAL: Final = join(RelPath(OWN_FOLDER), "names")


class ShareEndpoint(Endpoint):
    """A root folder on a share. The client is shared with others, so it is not closed here."""

    def __init__(self, client: ShareClient, folder: str) -> None:
        self._root = checked(folder.replace("\\", "/").strip("/"))
        self._unpinned = client
        self._client = client
        self._pin = Pin(client, self._root)
        self._closed = False
        self._traits = _TRAITS
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
            return rule_of(self._client.name_facts(self._absolute(_TRIAL)))
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
            return not (under == ROOT and inside == OWN_FOLDER) and enter(inside)

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
        files: _Entries = []
        temporaries: _Entries = []
        for info in infos:
            if folder == ROOT and info.name == OWN_FOLDER:
                continue
            entry = _entry(join(folder, info.name), info)
            (temporaries if is_temporary(info.name) else files).append(entry)
        return Listing(folder, tuple(files), tuple(temporaries))

    @override
    def look(self, path: RelPath) -> Entry | None:
        info = self.look_closely(path)
        return None if info is None else _entry(path, info)

    def look_closely(self, path: RelPath) -> FileInfo | None:
        """Return all that the server tells of a path."""
        with self._told():
            return self._client.look(self._absolute(path))

    @contextmanager
    @override
    def open(self, path: RelPath) -> Iterator[Content]:
        content = _ShareContent(self, path)
        try:
            if content.entry.kind is not Kind.FILE:
                raise Changed(path, "not_a_file")
            yield content
        finally:
            content.close()

    def reader(self, path: RelPath) -> Reader:
        """Open a file; whoever asks closes it."""
        with self._told():
            return self._client.open_reader(self._absolute(path))

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
                    yield placement, _entry(placement.path, result)
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
        expected = None if placement.expected is None else _info(placement.expected)
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
        if folder not in self._made:
            if absolute := self._absolute(folder):
                self._make_all(absolute)
            self._made.add(folder)
        try:
            with self._told():
                self._client.rename(
                    self._absolute(source), self._absolute(target), expected=_info(expected)
                )
        except Missing:
            self._made.clear()
            raise

    @override
    def remove_folder(self, path: RelPath) -> None:
        with self._told():
            self._client.delete_folder(self._absolute(path))

    @override
    def delete_file(self, path: RelPath, expected: Entry) -> None:
        with self._told():
            self._client.delete_file(self._absolute(path), expected=_info(expected))

    @override
    def free_space(self) -> int:
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


type _Entries = list[Entry]


class _ShareContent(Content):
    """A file of the share, open while it is read.

    Samba tells the times of the opening for as long as a client has the file open, whatever others
    write. So the file is let go of before it is looked at, and opened again if reading goes on.
    """

    def __init__(self, endpoint: ShareEndpoint, path: RelPath) -> None:
        self._endpoint = endpoint
        self._path = path
        self._reader: Reader | None = endpoint.reader(path)
        self._opened = self._reader.info
        self.entry = _entry(path, self._opened)
        self._piece = 0

    @override
    def read(self, offset: int, length: int) -> bytes:
        if self._reader is None:
            self._reader = self._endpoint.reader(self._path)
            self._expect(self._reader.info)
            self._reader.in_pieces(self._piece)
        try:
            return self._reader.read(offset, length)
        except SmbError as error:
            raise translated(error) from error

    @override
    def verify_unchanged(self) -> None:
        self.close()
        self._expect(self._endpoint.look_closely(self._path))

    @override
    def in_pieces(self, most: int) -> None:
        self._piece = most
        if self._reader is not None:
            self._reader.in_pieces(most)

    def close(self) -> None:
        """Let go of the file."""
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()

    def _expect(self, info: FileInfo | None) -> None:
        if info is None or not self._opened.same_version(info):
            raise Changed(self._path, "changed")


def _entry(path: RelPath, info: FileInfo) -> Entry:
    # An enum as a key takes longer than all else that is done with an entry.
    if info.kind is not FileKind.FILE:
        return Entry(path, _KINDS[info.kind], file_id=info.file_id)
    modified = rounded(ns_from_filetime(info.modified), _STEP)
    return Entry(path, Kind.FILE, info.size, modified, info.file_id)


def _checkpoints(asked: Checkpoints) -> smb.Checkpoints:
    def keep(checkpoint: smb.Checkpoint) -> None:
        asked.keep(Checkpoint(checkpoint.file_id, checkpoint.done))

    return smb.Checkpoints(keep, asked.every)


def _info(entry: Entry) -> FileInfo:
    return FileInfo(
        entry.path.rpartition("/")[2],
        _FILE_KINDS[entry.kind],
        entry.size,
        filetime_from_ns(entry.modified) if entry.kind is Kind.FILE else 0,
        file_id=entry.file_id,
    )
