"""A file of a share, open while it is read."""

from typing import TYPE_CHECKING, Final, override

from ...smb.errors import SmbError
from ..endpoint import Changed, Content
from .share_entries import entry_of
from .share_errors import translated

if TYPE_CHECKING:
    from ...smb.files import FileInfo
    from ...smb.reader import Reader
    from ..endpoint import RelPath
    from .share import ShareEndpoint

_AHEAD: Final = 32 << 10  # bytes that come with the opening of a file: all of most small ones


class ShareContent(Content):
    """A file of the share, open while it is read.

    Samba tells the times of the opening for as long as a client has the file open, whatever others
    write. So the file is let go of before it is looked at, and opened again if reading goes on.
    """

    def __init__(self, endpoint: ShareEndpoint, path: RelPath) -> None:
        self._endpoint = endpoint
        self._path = path
        self._reader: Reader | None = endpoint.reader(path, _AHEAD)
        self._opened = self._reader.info
        self.entry = entry_of(path, self._opened)
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
        reader, self._reader = self._reader, None
        if reader is None:
            self._expect(self._endpoint.look_closely(self._path))
            return
        try:
            self._expect(reader.close_and_look())
        except SmbError as error:
            raise translated(error) from error

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
