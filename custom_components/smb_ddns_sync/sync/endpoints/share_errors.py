"""What a server says, in the engine's words. Causes keep their keys."""

from typing import Final

from ...smb import errors as smb
from ...smb.files import Withheld
from ...smb.proof import Stranger
from ...smb.stopping import BrokenOff
from ..endpoint import (
    Cancelled,
    Changed,
    EndpointError,
    FileError,
    Missing,
    NeedsPerson,
    NoSpace,
    NotEmpty,
    Unavailable,
)

# The first that fits counts, so a group stands below its members.
_MEANINGS: Final[tuple[tuple[type[smb.SmbError], type[EndpointError]], ...]] = (
    (smb.ConnectionFailed, Unavailable),
    # Trying again would lock the account, or tell a stranger about it.
    (smb.AccountRefused, NeedsPerson),
    (smb.FloorNotMet, NeedsPerson),
    (smb.Full, NoSpace),
    # A server that starts up, or whose disk is not there yet, says such things for a while.
    (smb.ShareFailed, Unavailable),
    (smb.Busy, Unavailable),
    (smb.NotFound, Missing),
    (smb.Changed, Changed),
    (smb.Exists, Changed),
    (smb.IsAFolder, Changed),
    (smb.NotAFolder, Changed),
    (smb.NotEmpty, NotEmpty),
)


def translated(error: smb.SmbError) -> EndpointError:
    """Return the error by what may be done about it."""
    if isinstance(error, smb.ContentFailed):
        # The other side's error, on its way through the client.
        withheld = isinstance(error.__cause__, Withheld)
        told = error.__cause__.__cause__ if withheld and error.__cause__ else error.__cause__
        if isinstance(told, EndpointError):
            return told
    if isinstance(error, BrokenOff):
        return Cancelled(error.subject, "cancelled", error.detail)
    if isinstance(error, Stranger):
        return Unavailable(error.subject, "foreign_root", error.detail)
    for cause, meaning in _MEANINGS:
        if isinstance(error, cause):
            return meaning(error.subject, error.cause.value, error.detail)
    return FileError(error.subject, error.cause.value, error.detail)


def translated_root(error: smb.SmbError) -> EndpointError:
    """Return the error of a root: what concerns one file elsewhere concerns the whole side here."""
    found = translated(error)
    if isinstance(error, smb.NotAFolder | smb.IsAFolder):
        return Missing(found.subject, "not_a_folder", found.detail)
    if isinstance(found, FileError | Changed):
        return Unavailable(found.subject, found.cause, found.detail)
    return found
