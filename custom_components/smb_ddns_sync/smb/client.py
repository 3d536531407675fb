"""The client of one share: every operation, from any thread, over connections that mend."""

from copy import copy
from functools import partial
import time
from typing import TYPE_CHECKING, Concatenate
from weakref import WeakKeyDictionary

from . import copying, listing, naming, one_trip, operations
from .commit import KnownFolders, Progress
from .errors import AccessDenied, BadName, ConnectionFailed, ContentFailed, ReadOnly, SmbError
from .lane import Account, Lane
from .names import encode_path
from .notify import Watches
from .pipeline import Pipeline, run
from .proof import ProvedLine
from .put_large import put_large
from .put_small import put_small
from .reader import Reader
from .transfer import PIECE, read_content, write_room
from .upload import Arrival
from .walk import walk
from .wire_control import ECHO

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from weakref import WeakSet

    from .connection import Connection
    from .facts import SessionFacts, Space
    from .files import FileInfo, FolderIdentity, FolderListing, Put, RootFound
    from .line import Line
    from .naming import NameFacts
    from .notice import Notice
    from .notify import Watch
    from .proof import Proof
    from .steps import Steps
    from .target import Address, ShareTarget


class ShareClient:
    """One share of one server.

    Paths are `/`-separated and relative to the share's root; `""` is the root. All methods block,
    and raise `SmbError` only. `deadline`, in seconds, is how long the server may be silent while it
    owes an answer, and how long a dial may take; a server that is alive may take four times as long
    for one answer.

    A connection that breaks is dialled anew and what was under way is done once more, in a way that
    comes to the same end. An account that the server refused is never tried again: a new client is
    made when the user has acted.
    """

    def __init__(self, target: ShareTarget, *, deadline: float = 15.0) -> None:
        """Dial nothing yet."""
        self.target = target
        account = Account()
        self._main: Line = Lane(target, account, deadline)
        # Content of large files has a connection of its own, so that small requests never queue
        # behind it.
        self._bulk: Line = Lane(target, account, deadline)
        # Many small files keep a server's process for one connection busy; it has one for another,
        # too.
        self._side: Line = Lane(target, account, deadline)
        self._watches = Watches(partial(Lane, target, account, deadline), self._is_outdated)

    def proving(self, proof: Proof, proved: WeakSet[Connection]) -> ShareClient:
        """Return the same client, on whose connections nothing passes before they are proved.

        It shares them with this one: closing one closes both. `proof` raises `Stranger` where a
        connection leads elsewhere, which the operation under way then does, too. `proved` keeps
        which ones have been. Watches are not proved: a hint is no more than a reason to look.
        """
        other = copy(self)
        for name in ("_main", "_bulk", "_side"):
            setattr(other, name, ProvedLine(getattr(self, name), proof, proved))
        return other

    @property
    def facts(self) -> SessionFacts | None:
        """The session that stands now; None where there is none."""
        connection = self._main.standing
        return None if connection is None else connection.facts

    @property
    def writable(self) -> bool | None:
        """Whether the account may write to the share at all; None where no session stands."""
        connection = self._main.standing
        return None if connection is None else connection.writable

    def connect(self) -> SessionFacts:
        """Return the session, dialling if there is none, or if a better address is there again."""
        connection = self._main.connection(at_once=True)
        self._main.look_for_better()
        standing = self._main.standing
        return (standing or connection).facts

    def close(self) -> None:
        """Hang up for good; whatever waits fails with `ConnectionLost`."""
        self._main.close()
        self._bulk.close()
        self._side.close()
        self._watches.close()

    def echo(self) -> float:
        """Return how long the server takes to answer, in seconds."""
        connection = self._main.connection()
        since = time.monotonic()
        connection.ask((ECHO,))
        return time.monotonic() - since

    def space(self) -> Space:
        """Return how large the share is and how much this account may still write."""
        return self._run(operations.space)

    def identity(self, path: str) -> FolderIdentity:
        """Return which folder is at a path, apart from its name."""
        return self._run(operations.identity, path)

    def find_root(self, folder: str, file: str, longest: int) -> RootFound:
        """Return which folder is at a path, what is free, and how a file of it begins, at once.

        `file` is a path of the share, too; at most `longest` bytes of it are told.
        """
        return self._run(one_trip.find_root, folder, file, longest)

    def read_beginning(self, path: str, longest: int) -> bytes:
        """Return how a file begins, in one request of at most `longest` bytes."""
        return self._run(one_trip.read_beginning, path, longest)

    def name_facts(self, probe: str) -> NameFacts:
        """Find out how the folder above `probe` treats names; whoever asks remembers it.

        `probe` is a folder for this alone, of a name that nobody else uses: it is made, names are
        tried in it, and it goes again. Where the account cannot write, only what the server tells
        is returned. Raises `InUse` while another client is at it, and `NotEmpty` where the folder
        holds what is not of a trial.
        """
        return self._run(naming.name_facts, probe)

    def look(self, path: str) -> FileInfo | None:
        """Return what is at a path, or None."""
        return self._run(operations.look, path)

    def list_folder(self, path: str) -> tuple[FileInfo, ...]:
        """Return all entries of a folder, in no particular order; complete, or an error."""
        return self._run(listing.list_folder, path)

    def walk(self, path: str, enter: Callable[[str], bool]) -> Iterator[FolderListing]:
        """List a folder and, breadth first, all folders below that `enter` says yes to.

        Every folder comes once: complete, or with its error. Links are told, and not followed.
        """
        return walk(self._main, path, enter)

    def watch(self, path: str, listener: Callable[[Notice], None]) -> Watch:
        """Watch a folder and all below it, on a connection and a thread of its own.

        Returns once the server tells changes: from then on the listener is told of each, or of
        its loss. Raises `Unsupported` where the server does not tell. Notices are hints (see
        `notify.py`); a watch that is not closed ends with the client.
        """
        return self._watches.open(path, listener)

    def open_reader(self, path: str, *, expected: FileInfo | None = None, ahead: int = 0) -> Reader:
        """Open a file for reading; to be used as a context manager.

        Raises `Changed` where another version is there than `expected`: so reading goes on where
        it was, also after a restart. So many bytes `ahead` come with the opening, for who begins at
        the beginning.
        """
        return Reader(self._main, path, expected, ahead)

    def put(self, put: Put) -> FileInfo:
        """Put a file in place, whole or not at all; returns what the server then tells of it."""
        ((_, result),) = self.put_many((put,))
        if isinstance(result, SmbError):
            raise result
        return result

    def put_many(self, puts: Iterable[Put]) -> Generator[tuple[Put, FileInfo | SmbError]]:
        """Put files in place, many under way; one result comes for each, in any order.

        `puts` is gone through as there is room, in the caller's thread, and contents are read
        there, too. A put that fails stops no other. Where the iterator is closed early, no further
        put is begun.
        """
        known: KnownFolders = WeakKeyDictionary()
        pipeline: Pipeline[Put, FileInfo] = Pipeline(self._main, self._side)
        room: int | None = None
        try:
            for put in puts:
                if (bad := _bad_name(put)) is not None:
                    yield put, bad
                    continue
                size = put.size
                large = size > (put.piece or PIECE) or put.resume is not None
                if not large:
                    # Only now: a large put alone need not wait for a second connection.
                    room = room or write_room(self._main.connection())
                if large or (room is not None and size > room):
                    yield put, self._put_large(put, known)
                    continue
                while not pipeline.has_room(size):
                    yield self._told(*pipeline.next())
                try:
                    content = put.content
                    data = (
                        content
                        if isinstance(content, bytes)
                        else read_content(content, 0, size, put.path)
                    )
                except ContentFailed as error:
                    yield put, error
                    continue
                pipeline.start(
                    put, partial(put_small, put=put, content=data, progress=Progress(known)), size
                )
            while pipeline.busy:
                yield self._told(*pipeline.next())
        finally:
            # Whoever stops listening leaves nothing half, and no file open on the server: what is
            # under way comes to its end.
            while pipeline.busy:
                pipeline.next()

    def make_file(self, path: str, content: bytes, modified: int) -> FileInfo:
        """Make a small file under its own name in one round trip.

        Raises `Exists` where a file is, and `IsAFolder` where a folder is.

        Not for what must be whole: whoever looks meanwhile may see it empty, and where the
        connection breaks it may be there already. `modified` is a FILETIME.
        """
        return self._change(one_trip.make_file, path, content, modified)

    def rename(
        self,
        source: str,
        target: str,
        *,
        expected: FileInfo | None,
        replace: bool = False,
        make_parents: bool = False,
    ) -> None:
        """Move a file or folder, with all that it holds, to another path of the share.

        `expected` is the version that has to be at `source`; nobody can write to it between the
        check and the move. Raises `Exists` where the target is taken and `replace` is not set.
        """
        self._change(operations.rename, source, target, expected, replace, make_parents)

    def link(self, source: str, target: str) -> None:
        """Give a file a second name; `Unsupported` where server or file system cannot."""
        self._change(operations.link, source, target)

    def copy(self, source: str, target: str) -> FileInfo:
        """Copy a file on the server, to a name that is free; `Unsupported` where it cannot."""
        return self._change(copying.copy, source, target)

    def make_folder(self, path: str) -> None:
        """Make one folder; raises `Exists` where there is something at the path."""
        self._change(operations.make_folder, path)

    def make_folders(self, path: str) -> None:
        """Make a folder and those above it, where they are missing."""
        self._change(operations.make_folders, path)

    def delete_file(self, path: str, *, expected: FileInfo | None) -> None:
        """Delete a file, also a read-only one; `expected` is the version that has to be there."""
        self._change(operations.delete_file, path, expected)

    def delete_folder(self, path: str) -> None:
        """Delete an empty folder; raises `NotEmpty`."""
        self._change(operations.delete_folder, path)

    def set_times(
        self, path: str, *, modified: int = 0, created: int = 0, accessed: int = 0, changed: int = 0
    ) -> None:
        """Set times of a file or folder, as FILETIMEs; what is 0 stays as it is.

        Samba keeps `changed` for itself: it takes it and goes on telling its own.
        """
        self._change(
            operations.set_times,
            path,
            modified=modified,
            created=created,
            accessed=accessed,
            changed=changed,
        )

    def set_attributes(self, path: str, attributes: int) -> None:
        """Set the `Attributes` of a file or folder: those that can be set.

        These are read-only, hidden, system, archive and not indexed; each that is not given is
        taken away.
        """
        self._change(operations.set_attributes, path, attributes)

    def _is_outdated(self, address: Address) -> bool:
        """Tell whether a better address than this one is known to be back."""
        standing = self._main.standing
        rank = self.target.addresses.index
        return standing is not None and rank(standing.facts.address) < rank(address)

    def _run[**P, T](
        self,
        operation: Callable[Concatenate[Connection, bool, P], Steps[T]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        def begin(connection: Connection, again: bool) -> Steps[T]:
            return operation(connection, again, *args, **kwargs)

        return run(self._main, begin)

    def _change[**P, T](
        self,
        operation: Callable[Concatenate[Connection, bool, P], Steps[T]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        try:
            return self._run(operation, *args, **kwargs)
        except AccessDenied as error:
            raise self._explained(error) from None

    def _explained(self, error: SmbError) -> SmbError:
        """Tell a share that takes no writes at all from a single file without rights."""
        connection = self._main.standing or self._bulk.standing
        if isinstance(error, AccessDenied) and connection is not None and not connection.writable:
            return ReadOnly(self.target.share, f"refused for {error.subject}")
        return error

    def _told(self, put: Put, result: FileInfo | SmbError) -> tuple[Put, FileInfo | SmbError]:
        return put, self._explained(result) if isinstance(result, SmbError) else result

    def _put_large(self, put: Put, known: KnownFolders) -> FileInfo | SmbError:
        content = _Bytes(put.content) if isinstance(put.content, bytes) else put.content
        progress = Progress(known, arrival=Arrival.at(put.resume))
        arrival = progress.arrival
        while True:
            furthest = arrival.furthest
            try:
                return run(
                    self._bulk, partial(put_large, put=put, content=content, progress=progress)
                )
            except ConnectionFailed as error:
                # A line that breaks again and again carries a large file all the same, as long as
                # each connection brings it on.
                if arrival.furthest == furthest:
                    return error
            except SmbError as error:
                return self._explained(error)


def _bad_name(put: Put) -> BadName | None:
    """Return what is wrong with a path of the put: told before anything has been written."""
    try:
        base = "" if put.revision is None else put.revision.base
        for path in (put.path, put.temporary, put.keep_old_at or "", base):
            encode_path(path)
    except BadName as error:
        return error
    return None


class _Bytes:
    """Bytes as content."""

    def __init__(self, data: bytes) -> None:
        self.size = len(data)
        self._data = data

    def read(self, offset: int, length: int) -> bytes:
        return self._data[offset : offset + length]
