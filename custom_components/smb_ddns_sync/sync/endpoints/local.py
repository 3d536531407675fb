"""A folder of this machine."""

from collections import deque
from contextlib import contextmanager
from dataclasses import replace
import errno
from itertools import islice
import os
import stat
from typing import TYPE_CHECKING, Final, override

from ..endpoint import (
    ENDS_ALL,
    ROOT,
    Changed,
    Content,
    Endpoint,
    EndpointError,
    Entry,
    Hint,
    Kind,
    Listing,
    Missing,
    NameRule,
    News,
    Placement,
    RelPath,
    RootIdentity,
    Touch,
    Traits,
    Unavailable,
    Watch,
    everywhere,
)
from ..moments import rounded
from ..names import OWN_FOLDER, checked, display, is_set_apart, join, name_of, parent
from ..watch import FolderWatch
from . import descent
from .filesystem import FileSystems
from .local_errors import translated, translated_root
from .local_place import carry_over, keep_unchanged_move

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

_TRIED: Final = 100  # names of the root that are asked for in the other case


class LocalEndpoint(Endpoint):
    """A root folder and what is in it. Links are never followed, whatever they point to."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._at = descent.Root(root)
        self._file_systems: FileSystems | None = None
        self._traits: Traits | None = None
        """Found out once for each identity: another disk may stand there by the next one."""

    @property
    @override
    def traits(self) -> Traits:
        if self._traits is None:
            self._traits = self._found_traits()
        return self._traits

    def _found_traits(self) -> Traits:
        systems = self._systems()
        names = NameRule.WINDOWS
        if not systems.for_windows:
            names = replace(NameRule.POSIX, folds=self._takes_cases_for_one())
        return Traits(
            systems.modified_step,
            case_sensitive=not names.folds,
            names=names,
            tells_all=systems.root_is_near,
        )

    @override
    def try_names(self) -> None:
        """Return None: what the disk tells, and the names that are there, say it all."""

    @override
    def hold_names(self, rule: NameRule) -> None:
        """Do nothing: the disk is asked."""

    def _takes_cases_for_one(self) -> bool:
        """Ask for what is there in the other case; nothing is written to find it out."""
        try:
            with descent.folder(self._at, ROOT) as handle, os.scandir(handle) as found:
                names = [item.name for item in islice(found, _TRIED)]
                for name in names:
                    other = name.swapcase()
                    if other == name or other in names:
                        continue
                    one, two = descent.status(name, handle), descent.status(other, handle)
                    if one is not None:
                        return two is not None and os.path.samestat(one, two)
        except OSError as error:
            raise translated_root(error, str(self._root)) from error
        return False

    @override
    def identify(self) -> RootIdentity:
        subject = str(self._root)
        try:
            found = self._root.stat()
            if not stat.S_ISDIR(found.st_mode):
                raise Missing(subject, "not_a_folder")
            # Unlike the device number, the file system's id outlives a reboot where it can.
            volume = os.statvfs(self._root).f_fsid or found.st_dev
        except OSError as error:
            raise translated_root(error, subject) from error
        systems = self._file_systems = FileSystems(found.st_dev)
        self._traits = None
        lasting = systems.has_lasting_ids(found.st_dev)
        return RootIdentity(volume, found.st_ino if lasting else 0)

    @override
    def pin(self, root: RootIdentity | None, marker: str | None = None) -> None:
        if root is None:
            self._at = descent.Root(self._root)
            return
        with self._told(ROOT):
            found = self._root.stat()
        if not root.same_root(self.identify()):
            raise Unavailable(str(self._root), "foreign_root", "another folder took its place")
        self._at = descent.Root(self._root, found.st_dev, found.st_ino)

    def _systems(self) -> FileSystems:
        if self._file_systems is None:
            self.identify()
        if self._file_systems is None:
            raise Missing(str(self._root), "not_found")
        return self._file_systems

    @override
    def walk(
        self, under: RelPath = ROOT, enter: Callable[[RelPath], bool] = everywhere
    ) -> Iterator[Listing]:
        waiting = deque([under])
        while waiting:
            listing = self.list(waiting.popleft())
            # In the order of names, as other sides go, so that two walks stay side by side.
            folders = sorted(entry.path for entry in listing.entries if entry.kind is Kind.FOLDER)
            waiting.extend(folder for folder in folders if enter(folder))
            yield listing

    @override
    def list(self, folder: RelPath) -> Listing:
        try:
            with descent.folder(self._at, folder) as handle, os.scandir(handle) as found:
                return self._listing(folder, found)
        except OSError as error:
            if folder == ROOT:
                return Listing(folder, error=translated_root(error, str(self._root)))
            return Listing(folder, error=translated(error, self._subject(folder)))
        except EndpointError as error:
            return Listing(folder, error=error)

    def _listing(self, folder: RelPath, found: Iterable[os.DirEntry[str]]) -> Listing:
        folds = folder == ROOT and self.traits.names.folds
        entries: _Entries = []
        temporaries: _Entries = []
        for item in found:
            if folder == ROOT and item.name == OWN_FOLDER and item.is_dir(follow_symlinks=False):
                continue
            try:
                status = item.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue  # deleted since the folder was opened, so it is not in it
            entry = self._entry(join(folder, item.name), status)
            apart = is_set_apart(folder, item.name, folds=folds)
            (temporaries if apart else entries).append(entry)
        return Listing(folder, tuple(entries), tuple(temporaries))

    @override
    def look(self, path: RelPath) -> Entry | None:
        if path == ROOT:
            self.identify()
            return Entry(ROOT, Kind.FOLDER)
        try:
            with self._parent(path) as folder:
                found = descent.status(name_of(path), folder)
        except Missing:
            return None
        return None if found is None else self._entry(path, found)

    @contextmanager
    @override
    def open(self, path: RelPath) -> Iterator[Content]:
        with self._parent(path) as folder:
            try:
                # Without O_NONBLOCK, opening a pipe that has no writer would wait for one.
                flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
                handle = os.open(name_of(path), flags, dir_fd=folder)
            except OSError as error:
                raise translated(error, self._subject(path)) from error
        try:
            yield _LocalContent(self, path, handle)
        finally:
            os.close(handle)

    @override
    def place(
        self, placements: Iterable[Placement]
    ) -> Iterator[tuple[Placement, Entry | EndpointError]]:
        for placement in placements:
            result = self._place(placement)
            if isinstance(result, ENDS_ALL):
                raise result
            yield placement, result

    def _place(self, placement: Placement) -> Entry | EndpointError:
        checked(placement.path)
        try:
            found = carry_over(self._at, placement, self._expect)
        except OSError as error:
            return translated(error, self._subject(placement.path))
        except EndpointError as error:
            return error
        return self._entry(placement.path, found)

    @override
    def make_folder(self, path: RelPath) -> None:
        with self._told(path):
            self._root.mkdir(parents=True, exist_ok=True)
            with descent.folder(self._at, path, make=True):
                pass

    @override
    def move(self, source: RelPath, target: RelPath, expected: Entry) -> None:
        with self._told(source):
            keep_unchanged_move(self._at, source, target, expected, self._expect)

    @override
    def remove_folder(self, path: RelPath) -> None:
        with self._told(path), self._parent(path) as folder:
            os.rmdir(name_of(path), dir_fd=folder)

    @override
    def delete_file(self, path: RelPath, expected: Entry) -> None:
        with self._told(path), self._parent(path) as folder:
            self._expect(path, descent.status(name_of(path), folder), expected)
            os.unlink(name_of(path), dir_fd=folder)

    @override
    def free_space(self) -> int:
        try:
            space = os.statvfs(self._root)
        except OSError as error:
            raise translated_root(error, str(self._root)) from error
        return space.f_bavail * space.f_frsize

    @override
    def close(self) -> None:
        """Nothing stays open between calls, and a local call does not block for long."""

    @override
    def watch(self, listener: Callable[[Hint], None]) -> Watch | None:
        try:
            watch = FolderWatch(self._root, lambda hint: listener(self._with_found(hint)))
        except OSError as error:
            found = translated_root(error, str(self._root))
            if error.errno in {errno.ENOSPC, errno.EMFILE}:
                # Here they mean inotify's own limits, not the disk's and the process's
                # (inotify_add_watch(2)).
                found = Unavailable(str(self._root), "watch_limit", error.strerror or "")
            raise found from error
        if not self._systems().root_is_near:
            elsewhere = Unavailable(str(self._root), "another_machine", "it is a network mount")
            listener(Hint(Touch.PARTLY, error=elsewhere))
        return watch

    def _with_found(self, hint: Hint) -> Hint:
        """Say with news of a name what has it by now.

        The kernel makes one piece of news of two equal ones that nobody has read yet, so that
        something else may have come to the name after the change that it was told for.
        """
        if hint.news is not News.MADE:
            return hint
        try:
            return replace(hint, found=self.look(hint.path))
        except EndpointError:
            return hint  # it is gone again, of which there is news, too, or whoever looks is told

    def _expect(self, path: RelPath, found: os.stat_result | None, expected: Entry | None) -> None:
        entry = None if found is None else self._entry(path, found)
        if entry is None and expected is None:
            return
        if entry is None or not entry.same_version(expected):
            raise Changed(self._subject(path), "changed" if expected else "exists")

    def _entry(self, path: RelPath, found: os.stat_result) -> Entry:
        systems = self._systems()
        file_id = found.st_ino if systems.has_lasting_ids(found.st_dev) else 0
        if stat.S_ISREG(found.st_mode):
            modified = rounded(found.st_mtime_ns, systems.modified_step)
            return Entry(path, Kind.FILE, found.st_size, modified, file_id)
        kind = Kind.FOLDER if stat.S_ISDIR(found.st_mode) else Kind.OTHER
        return Entry(path, kind, file_id=file_id)

    def _subject(self, path: RelPath) -> str:
        return f"{self._root}/{display(path)}"

    @contextmanager
    def _told(self, path: RelPath) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise translated(error, self._subject(path)) from error

    @contextmanager
    def _parent(self, path: RelPath) -> Iterator[int]:
        checked(path)
        with self._told(path), descent.folder(self._at, parent(path)) as folder:
            yield folder


type _Entries = list[Entry]


class _LocalContent(Content):
    def __init__(self, endpoint: LocalEndpoint, path: RelPath, handle: int) -> None:
        self._endpoint = endpoint
        self._path = path
        self._handle = handle
        self._opened = os.fstat(handle)
        self.entry = endpoint._entry(path, self._opened)  # noqa: SLF001 - one module, one class in two parts
        if self.entry.kind is not Kind.FILE:
            raise Changed(endpoint._subject(path), "not_a_file")  # noqa: SLF001 - as above

    @override
    def read(self, offset: int, length: int) -> bytes:
        try:
            block = os.pread(self._handle, length, offset)
            while 0 < len(block) < length:
                more = os.pread(self._handle, length - len(block), offset + len(block))
                if not more:
                    break
                block += more
        except OSError as error:
            raise translated(error, self._endpoint._subject(self._path)) from error  # noqa: SLF001 - as above
        return block

    @override
    def verify_unchanged(self) -> None:
        now = os.fstat(self._handle)
        # The change time moves with every write, even where a program sets the modified time back.
        same = all(
            getattr(now, name) == getattr(self._opened, name)
            for name in ("st_size", "st_mtime_ns", "st_ctime_ns")
        )
        if not same or not self.entry.same_version(self._endpoint.look(self._path)):
            raise Changed(self._endpoint._subject(self._path), "changed")  # noqa: SLF001 - as above
