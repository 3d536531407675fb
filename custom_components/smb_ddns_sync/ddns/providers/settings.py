"""Reading what the user entered, so that no client is built that could not work or would leak."""

from typing import Final

from yarl import URL

from ..hosts import is_home_host
from ..provider import SettingError, SettingFault, Settings
from ..secret import Secret

# What HTTP headers can't hold (RFC 9110 section 5.5), as a pasted line end.
_CONTROLS: Final = frozenset(map(chr, (*range(32), 127)))


def text_setting(settings: Settings, key: str, *, forbidden: str = "") -> str:
    """Return a text that must be there, without surrounding space. Raises `SettingError`."""
    value = settings.get(key)
    if not isinstance(value, str) or not value.strip():
        raise SettingError(key, SettingFault.MISSING)
    text = value.strip()
    if not _CONTROLS.isdisjoint(text) or not set(forbidden).isdisjoint(text):
        raise SettingError(key, SettingFault.BAD_CHARACTER)
    return text


def secret_setting(settings: Settings, key: str, *, ascii_only: bool = False) -> Secret:
    """Return a secret that must be there; a pasted line end is cut off. Raises `SettingError`."""
    value = settings.get(key)
    if not isinstance(value, str) or not value.strip():
        raise SettingError(key, SettingFault.MISSING)
    text = value.strip("\r\n")
    if not _CONTROLS.isdisjoint(text) or (ascii_only and not text.isascii()):
        raise SettingError(key, SettingFault.BAD_CHARACTER)
    return Secret(text)


def optional_text(settings: Settings, key: str) -> str | None:
    """Return a text, or None where there is none. Raises `SettingError`."""
    return text_setting(settings, key) if _is_given(settings, key) else None


def optional_secret(settings: Settings, key: str) -> Secret | None:
    """Return a secret, or None where there is none. Raises `SettingError`."""
    return secret_setting(settings, key) if _is_given(settings, key) else None


def _is_given(settings: Settings, key: str) -> bool:
    return bool(str(settings.get(key, "")).strip())


def number_setting(
    settings: Settings, key: str, *, least: int, most: int, default: int | None = None
) -> int:
    """Return a whole number within bounds, or its default. Raises `SettingError`."""
    value = settings.get(key, default)
    if value is None or isinstance(value, str | bool):
        raise SettingError(key, SettingFault.MISSING)
    if not least <= value <= most:
        raise SettingError(key, SettingFault.OUT_OF_RANGE)
    return value


def choice_setting(
    settings: Settings, key: str, choices: tuple[str, ...], *, default: str | None = None
) -> str:
    """Return one of the choices, or the default. Raises `SettingError`."""
    value = settings.get(key, default)
    if not isinstance(value, str) or not value:
        raise SettingError(key, SettingFault.MISSING)
    if value not in choices:
        raise SettingError(key, SettingFault.NOT_A_CHOICE)
    return value


def lines_setting(settings: Settings, key: str) -> tuple[str, ...]:
    """Return the lines of a text that are not empty, without surrounding space."""
    text = settings.get(key, "")
    return tuple(line.strip() for line in str(text).splitlines() if line.strip())


def flag_setting(settings: Settings, key: str, *, default: bool) -> bool:
    """Return a choice, or its default where it was not made."""
    value = settings.get(key, default)
    return value if isinstance(value, bool) else default


def server_setting(settings: Settings, key: str, *, path: str) -> URL:
    """Return the URL of a server that credentials may be sent to; `path` where it names none.

    A bare host means https. Plain http is taken only for this machine and hosts on one's own
    network: anywhere else the credentials would cross foreign lines in clear. Raises
    `SettingError`.
    """
    text = text_setting(settings, key)
    try:
        url = URL(text if "://" in text else f"https://{text}")
        host, _ = url.host, url.port
    except ValueError:
        raise SettingError(key, SettingFault.NOT_A_URL) from None
    if url.scheme not in {"http", "https"} or not host or " " in text:
        raise SettingError(key, SettingFault.NOT_A_URL)
    if url.user is not None or url.password is not None:
        raise SettingError(key, SettingFault.HOLDS_CREDENTIALS)
    if url.scheme != "https" and not is_home_host(host):
        raise SettingError(key, SettingFault.NOT_SECURE)
    if url.path in {"", "/"}:
        url = url.with_path(path, keep_query=True)
    return url.with_fragment(None)
