"""What a server's status means: from NTSTATUS numbers (MS-ERREF § 2.3.1) to errors by cause."""

from typing import Final

from .errors import (
    AccessDenied,
    AccountDisabled,
    AccountLocked,
    AccountRestricted,
    BadName,
    Busy,
    Changed,
    ConnectionLost,
    Exists,
    Full,
    InUse,
    IsAFolder,
    NoSuchShare,
    NotAFolder,
    NotEmpty,
    NotFound,
    PasswordExpired,
    ReadOnly,
    ShareAccessDenied,
    SmbError,
    TooOld,
    Unexpected,
    Unsupported,
    WrongPassword,
)

SUCCESS: Final = 0
PENDING: Final = 0x0000_0103
NOTIFY_CLEANUP: Final = 0x0000_010B
NOTIFY_ENUM_DIR: Final = 0x0000_010C
BUFFER_OVERFLOW: Final = 0x8000_0005
NO_MORE_FILES: Final = 0x8000_0006
INVALID_INFO_CLASS: Final = 0xC000_0003
INVALID_PARAMETER: Final = 0xC000_000D
NO_SUCH_FILE: Final = 0xC000_000F
INVALID_DEVICE_REQUEST: Final = 0xC000_0010
END_OF_FILE: Final = 0xC000_0011
MORE_PROCESSING_REQUIRED: Final = 0xC000_0016
ACCESS_DENIED: Final = 0xC000_0022
OBJECT_NAME_NOT_FOUND: Final = 0xC000_0034
OBJECT_NAME_COLLISION: Final = 0xC000_0035
OBJECT_PATH_NOT_FOUND: Final = 0xC000_003A
SHARING_VIOLATION: Final = 0xC000_0043
DELETE_PENDING: Final = 0xC000_0056
LOGON_FAILURE: Final = 0xC000_006D
FILE_IS_A_DIRECTORY: Final = 0xC000_00BA
NOT_SUPPORTED: Final = 0xC000_00BB
NETWORK_NAME_DELETED: Final = 0xC000_00C9
BAD_NETWORK_NAME: Final = 0xC000_00CC
INTERNAL_ERROR: Final = 0xC000_00E5
NOT_A_DIRECTORY: Final = 0xC000_0103
CANCELLED: Final = 0xC000_0120
CANNOT_DELETE: Final = 0xC000_0121
FILE_CLOSED: Final = 0xC000_0128
USER_SESSION_DELETED: Final = 0xC000_0203
NETWORK_SESSION_EXPIRED: Final = 0xC000_035C

SESSION_ENDED: Final = frozenset(
    {NETWORK_NAME_DELETED, USER_SESSION_DELETED, NETWORK_SESSION_EXPIRED}
)
"""The server has forgotten the session or the share; only a new connection helps."""

NO_SUCH_OPERATION: Final = frozenset(
    {INVALID_INFO_CLASS, INVALID_PARAMETER, INVALID_DEVICE_REQUEST, NOT_SUPPORTED}
)
"""How servers say that they do not know a request, or not in this form."""

NO_LINKS: Final = NO_SUCH_OPERATION | {
    ACCESS_DENIED,  # how Samba tells that the file system has none
    0xC000_0002,  # NOT_IMPLEMENTED
    0xC000_00D4,  # NOT_SAME_DEVICE
    0xC000_0265,  # TOO_MANY_LINKS
}
"""Why a second name for a file cannot be made, though a copy may."""

MISSING: Final = frozenset(
    {
        OBJECT_NAME_NOT_FOUND,
        OBJECT_PATH_NOT_FOUND,
        NO_SUCH_FILE,
        0xC000_0225,  # NOT_FOUND
    }
)

_MEANING: Final[dict[int, tuple[type[SmbError], str]]] = {
    # What the account may do.
    0xC000_0064: (WrongPassword, "no such user"),
    0xC000_006A: (WrongPassword, "wrong password"),
    LOGON_FAILURE: (WrongPassword, "the server does not accept user name and password"),
    0xC000_0234: (AccountLocked, "the account is locked out"),
    0xC000_0072: (AccountDisabled, "the account is disabled"),
    0xC000_0193: (AccountDisabled, "the account has expired"),
    0xC000_006E: (AccountRestricted, "the account is restricted; an empty password may be why"),
    0xC000_006F: (AccountRestricted, "the account may not log on at this hour"),
    0xC000_0070: (AccountRestricted, "the account may not log on from here"),
    0xC000_015B: (AccountRestricted, "the account has not been given this type of logon"),
    0xC000_0413: (AccountRestricted, "a policy on the server stops the account"),
    0xC000_0418: (AccountRestricted, "the server does not take NTLM"),
    0xC000_0192: (AccountRestricted, "the logon service is not running"),
    0xC000_0071: (PasswordExpired, "the password has expired"),
    0xC000_0224: (PasswordExpired, "the password must be changed first"),
    # The share.
    BAD_NETWORK_NAME: (NoSuchShare, ""),
    0xC000_00CA: (ShareAccessDenied, "network access is denied"),
    0xC000_00A2: (ReadOnly, "the medium is write protected"),
    0xC000_007F: (Full, "the disk is full"),
    0xC000_0044: (Full, "the quota is used up"),
    0xC000_0802: (Full, "the quota is used up"),
    0xC000_0904: (Full, "the file is larger than the file system takes"),
    # A file or folder.
    ACCESS_DENIED: (AccessDenied, ""),
    0xC000_0061: (AccessDenied, "a privilege is missing"),
    CANNOT_DELETE: (AccessDenied, "it is read-only or cannot be deleted"),
    OBJECT_NAME_NOT_FOUND: (NotFound, ""),
    OBJECT_PATH_NOT_FOUND: (NotFound, "a folder of the path is missing"),
    NO_SUCH_FILE: (NotFound, ""),
    0xC000_0225: (NotFound, ""),
    OBJECT_NAME_COLLISION: (Exists, ""),
    0xC000_0101: (NotEmpty, ""),
    SHARING_VIOLATION: (InUse, "somebody has it open"),
    0xC000_0054: (InUse, "somebody has locked a part of it"),
    0xC000_0055: (InUse, "somebody has locked it"),
    DELETE_PENDING: (InUse, "it is being deleted"),
    0xC000_0243: (InUse, "a program on the server uses it"),  # USER_MAPPED_FILE
    0xC000_0708: (InUse, "a file in it is open"),  # FILE_OPENED / sharing in a directory
    FILE_IS_A_DIRECTORY: (IsAFolder, ""),
    NOT_A_DIRECTORY: (NotAFolder, ""),
    0xC000_0033: (BadName, "the server cannot hold this name"),
    0xC000_0039: (BadName, "the server cannot hold this path"),
    0xC000_003B: (BadName, "the server cannot hold this path"),
    0xC000_0106: (BadName, "the name is too long"),
    0xC000_0161: (BadName, "the server cannot hold a character of the name"),
    0xC000_0162: (BadName, "the server cannot convert the name"),
    FILE_CLOSED: (Changed, "the server has closed the handle"),
    0xC000_0008: (Changed, "the server does not know the handle"),
    # The server.
    0xC000_009A: (Busy, "it is out of resources"),
    0xC000_0205: (Busy, "it is out of resources"),
    0xC000_0017: (Busy, "it is out of memory"),
    0xC000_011F: (Busy, "it has too many files open"),
    0xC000_00D0: (Busy, "it takes no more sessions"),
    0xC000_00CE: (Busy, "it takes no more connections"),
    0xC000_00B5: (Busy, "its storage does not answer"),
    0xC000_00AE: (Busy, "the pipe is busy"),
    0xC000_0466: (Busy, "it is not available"),
    0xC000_026D: (Busy, "the file system behind it is not available"),
    NETWORK_NAME_DELETED: (ConnectionLost, "the server has closed the share"),
    USER_SESSION_DELETED: (ConnectionLost, "the server has ended the session"),
    NETWORK_SESSION_EXPIRED: (ConnectionLost, "the session has expired"),
    0xC000_020C: (ConnectionLost, "the server has cut the connection"),
    CANCELLED: (ConnectionLost, "the server has cancelled the request"),
    NOT_SUPPORTED: (Unsupported, ""),
    INVALID_DEVICE_REQUEST: (Unsupported, ""),
    INVALID_INFO_CLASS: (Unsupported, ""),
    0xC000_0002: (Unsupported, "not implemented"),
    0x8000_002D: (Unsupported, "a symbolic link stands in the path"),
    0xC000_0257: (Unsupported, "the path leads to another server (DFS)"),
    0xC000_0279: (Unsupported, "a link of an unknown kind stands in the path"),
    0xC000_05C0: (TooOld, "the server wants no dialect of ours"),
}


def error_for(status: int, subject: str, doing: str = "") -> SmbError:
    """Return the error that a status means for a subject, to be raised.

    `doing` says what was asked, for a status that has no cause of its own.
    """
    known = _MEANING.get(status)
    if known is None:
        return Unexpected(subject, f"status 0x{status:08X}{f' on {doing}' if doing else ''}")
    kind, detail = known
    return kind(subject, detail)
