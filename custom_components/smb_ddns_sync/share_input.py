r"""What people type or paste for a share, an account or a folder on it, and what they mean.

`\\server\share`, `//server/share`, `smb://server:445/share/folder`, `server:445` and `[::1]` all
name a server; `DOMAIN\user` names an account and its domain. Nothing here asks a server.
"""

from dataclasses import dataclass
from ipaddress import ip_address
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from homeassistant.const import CONF_HOST, CONF_PORT, CONF_USERNAME

from .const import CONF_REMOTE_FOLDER, CONF_SHARE, DEFAULT_BACKUP_FOLDER
from .form_fields import InputError, NumberField
from .smb.target import DEFAULT_PORT, Address
from .sync.endpoint import NameRule
from .sync.names import OWN_FOLDER, fold, refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

_SCHEME: Final = re.compile(r"(smb|cifs)://", re.IGNORECASE)
_PORT: Final = re.compile(r"(?P<host>.*):(?P<port>[0-9]{1,5})", re.ASCII)
_HOST_LABEL: Final = re.compile(r"[\w]([\w-]*[\w])?")
_MAX_HOST: Final = 253  # RFC 1035 § 3.1, without the final dot
_NOT_IN_SHARE: Final = re.compile(r'[\x00-\x1f"/:<>?*\\|]')
_MAX_SHARE: Final = 80  # MS-SRVS § 2.2.4.23: share names of Windows and Samba end here
PORT: Final = NumberField(CONF_PORT, 1, 65535, "invalid_port", "invalid_port")


@dataclass(frozen=True, slots=True)
class Place:
    """A share, and a folder on it where the text went on that far."""

    host: str
    port: int
    share: str
    folder: str = ""


def read_place(
    host_text: str, port: float, share_text: str, *, share_required: bool = True
) -> Place:
    """Return the share that the three fields name together.

    A port in the server's text wins over the field; a share in its own field wins over the text.
    Where none is named and none is required, it is empty. Raises `InputError`.
    """
    host, stated_port, rest = _split(host_text)
    parts = _parts(rest)
    share_text = share_text.strip()
    if share_text:
        if _SCHEME.match(share_text) or share_text.startswith(("\\\\", "//")):
            share_text = _split(share_text)[2]
        parts = _parts(share_text)
    if not _is_host(host):
        raise InputError(CONF_HOST, "invalid_host", host_text.strip())
    stated = PORT.read(port if stated_port is None else stated_port)
    if not parts and not share_required:
        return Place(host, stated, "")
    if not parts:
        raise InputError(CONF_SHARE, "share_missing")
    share, *folder = parts
    if len(share) > _MAX_SHARE or _NOT_IN_SHARE.search(share):
        raise InputError(CONF_SHARE, "invalid_share", share)
    return Place(host, stated, share, "/".join(folder))


def read_addresses(texts: Iterable[str]) -> list[Address]:
    """Return further addresses of a server, each once; without a port it is the usual one.

    Raises `InputError`: above the form, because a folded section has no place for an error.
    """
    addresses: list[Address] = []
    for text in texts:
        if not text.strip():
            continue
        address = stored_address(text)
        if not _is_host(address.host) or not PORT.least <= address.port <= PORT.most:
            raise InputError("base", "invalid_address", text.strip())
        if address not in addresses:
            addresses.append(address)
    return addresses


def stored_address(text: str) -> Address:
    """Return an address as it was stored: the text of an `Address`."""
    host, port, _ = _split(text)
    return Address(host, DEFAULT_PORT if port is None else port)


def read_account(user_text: str, domain_text: str) -> tuple[str, str]:
    r"""Return the name and the domain of an account.

    `DOMAIN\user` is split, and so is `user@SERVER`. `user@example.com` stays whole: Windows
    takes it as a name without a domain, and online accounts of Microsoft have no other form.
    Raises `InputError` where there is no name.
    """
    name = user_text.strip()
    domain = domain_text.strip()
    if "\\" in name:
        domain, _, name = name.partition("\\")
    elif "@" in name and "." not in name.rpartition("@")[2]:
        name, _, domain = name.rpartition("@")
    name = name.strip()
    if not name:
        raise InputError(CONF_USERNAME, "username_missing")
    domain = domain.strip()
    return name, "" if domain == "." else domain


def read_remote_folder(text: str, share: str, field: str = CONF_REMOTE_FOLDER) -> str:
    r"""Return a folder on the share as cores write it: `/` between its parts, "" for the root.

    A path such as `\\server\share\folder` is understood where its share is the one that is meant.
    Raises `InputError` for the form's `field`.
    """
    text = text.strip()
    if _SCHEME.match(text) or text.startswith(("\\\\", "//")):
        named, *parts = _parts(_split(text)[2]) or [""]
        if fold(named) != fold(share):
            raise InputError(field, "other_share", text)
    else:
        parts = _parts(text)
    for part in parts:
        if part == "..":
            raise InputError(field, "remote_folder_outside", text)
        if fold(part) == fold(OWN_FOLDER):
            raise InputError(field, "remote_folder_own", part)
        if refusal(part, NameRule.WINDOWS) is not None:
            raise InputError(field, "remote_folder_invalid", part)
    return "/".join(parts)


def read_backup_folder(text: str) -> str:
    """Return the folder for backups as cores write it; the usual one where none is named.

    Raises `InputError`: above the form, because a folded section has no place for an error.
    """
    parts = _parts(text)
    for part in parts:
        if part == ".." or refusal(part, NameRule.WINDOWS) or fold(part) == fold(OWN_FOLDER):
            raise InputError("base", "invalid_backup_folder", part)
    return "/".join(parts) or DEFAULT_BACKUP_FOLDER


def _split(text: str) -> tuple[str, int | None, str]:
    """Return the host, the port where it is stated, and the rest."""
    text = text.strip()
    if scheme := _SCHEME.match(text):
        text = unquote(text[scheme.end() :])
        authority, _, rest = text.partition("/")
        text = f"{authority.rpartition('@')[2]}/{rest}"
    text = text.replace("\\", "/").lstrip("/")
    host, _, rest = text.partition("/")
    port: int | None = None
    # More than one colon without brackets is an IPv6 address, and its last group is no port.
    if (stated := _PORT.fullmatch(host)) and (
        stated["host"].endswith("]") or ":" not in stated["host"]
    ):
        host, port = stated["host"], int(stated["port"])
    return host.strip("[] ").rstrip("."), port, rest


def _parts(text: str) -> list[str]:
    stripped = (part.strip() for part in text.replace("\\", "/").split("/"))
    return [part for part in stripped if part not in {"", "."}]


def _is_host(host: str) -> bool:
    if not host or len(host) > _MAX_HOST:
        return False
    try:
        ip_address(host)
    except ValueError:
        return all(_HOST_LABEL.fullmatch(label) for label in host.split("."))
    return True
