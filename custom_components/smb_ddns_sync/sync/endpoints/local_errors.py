"""What the operating system says, in the engine's words."""

import errno
import os
from typing import Final

from ..endpoint import (
    Changed,
    EndpointError,
    FileError,
    Missing,
    NeedsPerson,
    NoSpace,
    NotEmpty,
    Unavailable,
)

_MEANINGS: Final[dict[int, tuple[type[EndpointError], str]]] = {
    errno.ENOENT: (Missing, "not_found"),
    errno.ENOTDIR: (Changed, "changed"),
    errno.ELOOP: (Changed, "changed"),  # a link stands where a folder or file was
    errno.EEXIST: (Changed, "exists"),
    errno.EISDIR: (Changed, "is_a_folder"),
    errno.ENOTEMPTY: (NotEmpty, "not_empty"),
    errno.EACCES: (FileError, "access_denied"),
    errno.EPERM: (FileError, "access_denied"),
    errno.EROFS: (NeedsPerson, "read_only"),
    errno.ENOSPC: (NoSpace, "full"),
    errno.EDQUOT: (NoSpace, "full"),
    errno.ENAMETOOLONG: (FileError, "bad_name"),
    errno.EINVAL: (FileError, "bad_name"),
    errno.EILSEQ: (FileError, "bad_name"),
    errno.EBUSY: (FileError, "in_use"),
    errno.ETXTBSY: (FileError, "in_use"),
    errno.EIO: (FileError, "input_output"),
    errno.ESTALE: (Unavailable, "unavailable"),
    errno.ENODEV: (Unavailable, "unavailable"),
    errno.ENXIO: (Unavailable, "unavailable"),
    errno.ENOTCONN: (Unavailable, "unavailable"),
    errno.ETIMEDOUT: (Unavailable, "unavailable"),
    errno.EHOSTDOWN: (Unavailable, "unavailable"),
    errno.EMFILE: (Unavailable, "busy"),
    errno.ENFILE: (Unavailable, "busy"),
    errno.ENOMEM: (Unavailable, "busy"),
}


def translated(error: OSError, subject: str) -> EndpointError:
    """Return the error by its cause; `subject` says on what."""
    number = error.errno or 0
    kind, cause = _MEANINGS.get(number, (FileError, "unexpected"))
    return kind(subject, cause, os.strerror(number) if number else str(error))


def translated_root(error: OSError, subject: str) -> EndpointError:
    """Return the error of a root: what concerns one file elsewhere concerns the whole side here."""
    found = translated(error, subject)
    if found.cause in {"changed", "exists"}:
        return Missing(subject, "not_a_folder", found.detail)
    if found.cause == "access_denied":
        return NeedsPerson(subject, found.cause, found.detail)
    if isinstance(found, FileError):
        return Unavailable(subject, found.cause, found.detail)
    return found
