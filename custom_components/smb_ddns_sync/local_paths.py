"""Files of this machine that actions name: only where Home Assistant lets them.

All of it blocks. A link is followed to what it leads to before it is asked whether that is allowed;
below there, none is followed any more (`LocalEndpoint`).
"""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from homeassistant.exceptions import ServiceValidationError

from .const import DOMAIN
from .sync.endpoint import ROOT, FileError
from .sync.endpoints.local import LocalEndpoint
from .sync.errand import Destination
from .sync.globs import Glob, parse
from .sync.names import checked

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant


class LocalGlob(NamedTuple):
    """A pattern, and the folder that it is below."""

    side: LocalEndpoint
    glob: Glob
    root: Path


def local_glob(hass: HomeAssistant, text: str) -> LocalGlob:
    """Return a pattern for local files as somebody wrote it."""
    try:
        if not text.startswith("/"):
            raise _refused(text)
        glob = parse(text, checked)
        named = Path("/", glob.base).resolve()
    except (FileError, OSError, RuntimeError) as error:
        raise _refused(text) from error
    # Below the folder, or at the file, that is fixed, nothing leads elsewhere.
    _require_allowed(hass, named, text)
    if glob.names:
        return LocalGlob(LocalEndpoint(named), Glob(ROOT, glob.names), named)
    return LocalGlob(LocalEndpoint(named.parent), Glob(checked(named.name), ()), named.parent)


def local_destination(
    hass: HomeAssistant, text: str, *, is_folder: bool
) -> tuple[LocalEndpoint, Path, Destination]:
    """Return a place for files as somebody wrote it: a folder, or the path of one file."""
    try:
        if not text.startswith("/"):
            raise _refused(text)
        checked(text.strip("/"))
        named = Path(text).resolve()
    except (FileError, OSError, RuntimeError) as error:
        raise _refused(text) from error
    _require_allowed(hass, named, text)
    if is_folder:
        return LocalEndpoint(named), named, Destination(ROOT, is_folder=True)
    place = Destination(checked(named.name), is_folder=False)
    return LocalEndpoint(named.parent), named.parent, place


def _require_allowed(hass: HomeAssistant, path: Path, text: str) -> None:
    if not hass.config.is_allowed_path(str(path)):
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="local_path_not_allowed",
            translation_placeholders={"path": text},
        )


def _refused(text: str) -> ServiceValidationError:
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key="bad_local_path",
        translation_placeholders={"path": text},
    )
