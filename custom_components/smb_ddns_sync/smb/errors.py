"""Errors by cause: each has a name that a person can act on; translations are keyed by it."""

from enum import StrEnum
from typing import ClassVar


class Cause(StrEnum):
    """Why a share, or a file on it, could not be used."""

    # The server cannot be reached.
    UNRESOLVED = "unresolved"  # the name has no address
    UNREACHABLE = "unreachable"  # no route
    REFUSED = "refused"  # nothing listens at the port
    TIMED_OUT = "timed_out"
    CONNECTION_LOST = "connection_lost"
    NOT_SMB = "not_smb"  # something else answers
    # It is reached, but a session would be below the security floor.
    TOO_OLD = "too_old"  # only SMB 1, or a dialect below the floor
    NOT_ENCRYPTED = "not_encrypted"
    NOT_SIGNED = "not_signed"
    GUEST = "guest"  # the server let us in as a guest: it did not check the password
    TAMPERED = "tampered"  # a signature or the negotiation's integrity hash is wrong
    # The account is refused. Nothing is tried again: servers lock accounts.
    WRONG_PASSWORD = "wrong_password"  # noqa: S105 - a cause, not a password
    ACCOUNT_LOCKED = "account_locked"
    ACCOUNT_DISABLED = "account_disabled"
    ACCOUNT_RESTRICTED = "account_restricted"  # logon hours, workstations, no right to log on
    PASSWORD_EXPIRED = "password_expired"  # noqa: S105 - a cause, not a password
    # The share.
    NO_SUCH_SHARE = "no_such_share"
    ACCESS_DENIED = "access_denied"
    READ_ONLY = "read_only"
    FULL = "full"
    # A file or folder.
    NOT_FOUND = "not_found"
    EXISTS = "exists"
    NOT_EMPTY = "not_empty"
    IN_USE = "in_use"  # sharing violation, lock conflict, delete pending
    IS_A_FOLDER = "is_a_folder"
    NOT_A_FOLDER = "not_a_folder"
    BAD_NAME = "bad_name"
    CHANGED = "changed"  # it is not what it was when the caller last looked
    CONTENT_FAILED = "content_failed"  # what was to be written could not be read
    # The server.
    BUSY = "busy"  # out of resources; later it may work
    UNSUPPORTED = "unsupported"
    BAD_ANSWER = "bad_answer"  # the answer breaks the protocol
    UNEXPECTED = "unexpected"  # a status that none of the above stands for


class SmbError(Exception):
    """A call failed; `subject` says on what, `detail` what the server or the system said."""

    cause: ClassVar[Cause]

    def __init__(self, subject: str, detail: str = "") -> None:
        super().__init__(subject, detail)
        self.subject = subject
        self.detail = detail

    def __str__(self) -> str:
        text = f"{self.subject}: {self.cause.value.replace('_', ' ')}"
        return f"{text} ({self.detail})" if self.detail else text


class ConnectionFailed(SmbError):
    """The server cannot be reached now; a later try may succeed by itself."""


class FloorNotMet(SmbError):
    """The session would be less safe than the floor asks; only the user can change that."""


class AccountRefused(SmbError):
    """The account was refused; it is not tried again until the user has changed it."""


class ShareFailed(SmbError):
    """The session stands, but the share as a whole cannot be used for this."""


class FileFailed(SmbError):
    """One file or folder cannot be used for this; others may."""


class ServerFailed(SmbError):
    """The server could not do what it was asked, for reasons of its own."""


class Unresolved(ConnectionFailed):
    """The name has no address."""

    cause = Cause.UNRESOLVED


class Unreachable(ConnectionFailed):
    """There is no route to the address."""

    cause = Cause.UNREACHABLE


class Refused(ConnectionFailed):
    """Nothing listens at the address and port."""

    cause = Cause.REFUSED


class TimedOut(ConnectionFailed):
    """No answer came within the deadline."""

    cause = Cause.TIMED_OUT


class ConnectionLost(ConnectionFailed):
    """The connection broke while it was in use."""

    cause = Cause.CONNECTION_LOST


class NotSmb(ConnectionFailed):
    """Something answers at the address, but it does not speak SMB 2 or 3."""

    cause = Cause.NOT_SMB


class TooOld(FloorNotMet):
    """The server offers no dialect that is allowed."""

    cause = Cause.TOO_OLD


class NotEncrypted(FloorNotMet):
    """The floor asks for encryption and the server offers none."""

    cause = Cause.NOT_ENCRYPTED


class NotSigned(FloorNotMet):
    """The session can be neither signed nor encrypted."""

    cause = Cause.NOT_SIGNED


class Guest(FloorNotMet):
    """The server took the account for a guest."""

    cause = Cause.GUEST


class Tampered(FloorNotMet):
    """A signature or the integrity of the negotiation does not hold."""

    cause = Cause.TAMPERED


class WrongPassword(AccountRefused):
    """User name or password are wrong; servers do not say which."""

    cause = Cause.WRONG_PASSWORD


class AccountLocked(AccountRefused):
    """The account is locked, mostly after too many wrong passwords."""

    cause = Cause.ACCOUNT_LOCKED


class AccountDisabled(AccountRefused):
    """The account is disabled or expired."""

    cause = Cause.ACCOUNT_DISABLED


class AccountRestricted(AccountRefused):
    """The account may not log on now, from here, or over the network."""

    cause = Cause.ACCOUNT_RESTRICTED


class PasswordExpired(AccountRefused):
    """The password has expired or must be changed."""

    cause = Cause.PASSWORD_EXPIRED


class NoSuchShare(ShareFailed):
    """The server has no share of this name."""

    cause = Cause.NO_SUCH_SHARE


class AccessDenied(FileFailed):
    """The account has no right to do this."""

    cause = Cause.ACCESS_DENIED


class ShareAccessDenied(ShareFailed):
    """The account has no right to use the share."""

    cause = Cause.ACCESS_DENIED


class ReadOnly(ShareFailed):
    """The share takes no writes."""

    cause = Cause.READ_ONLY


class Full(ShareFailed):
    """The share, or the account's quota on it, is full."""

    cause = Cause.FULL


class NotFound(FileFailed):
    """There is nothing at the path."""

    cause = Cause.NOT_FOUND


class Exists(FileFailed):
    """There is something at the path already."""

    cause = Cause.EXISTS


class NotEmpty(FileFailed):
    """The folder holds something."""

    cause = Cause.NOT_EMPTY


class InUse(FileFailed):
    """Somebody else has the file open or locked."""

    cause = Cause.IN_USE


class IsAFolder(FileFailed):
    """A file was asked for, a folder is there."""

    cause = Cause.IS_A_FOLDER


class NotAFolder(FileFailed):
    """A folder was asked for, a file is there."""

    cause = Cause.NOT_A_FOLDER


class BadName(FileFailed):
    """The server cannot hold this name."""

    cause = Cause.BAD_NAME


class Changed(FileFailed):
    """The file is not what it was when the caller last looked."""

    cause = Cause.CHANGED


class ContentFailed(FileFailed):
    """What was to be written could not be read; `__cause__` is what its `read` raised."""

    cause = Cause.CONTENT_FAILED


class ContentWithheld(ContentFailed):
    """What was to be written is not given for now, and is as good as it was.

    A temporary of which checkpoints are kept stays for a later put.
    """


class Busy(ServerFailed):
    """The server is out of resources."""

    cause = Cause.BUSY


class Unsupported(ServerFailed):
    """The server does not do this."""

    cause = Cause.UNSUPPORTED


class BadAnswer(ServerFailed):
    """The answer breaks the protocol."""

    cause = Cause.BAD_ANSWER


class Unexpected(ServerFailed):
    """A status that has no cause of its own; `detail` holds its number."""

    cause = Cause.UNEXPECTED
