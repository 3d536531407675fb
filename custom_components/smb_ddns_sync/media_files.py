"""Files that are named by a media id: local media, of which Home Assistant tells the path."""

from typing import TYPE_CHECKING, Final

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .const import DOMAIN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from homeassistant.core import HomeAssistant

_SCHEME: Final = "media-source://"


async def async_local_paths(hass: HomeAssistant, texts: Sequence[str]) -> list[str]:
    """Return the texts, those that are media ids as the local paths that they stand for."""
    return [await _async_path(hass, text) if text.startswith(_SCHEME) else text for text in texts]


async def _async_path(hass: HomeAssistant, media_id: str) -> str:
    if "media_source" in hass.config.components:
        # Loading it here would load all of Home Assistant's media, which may not be there.
        from homeassistant.components.media_source import async_resolve_media  # noqa: PLC0415

        try:
            media = await async_resolve_media(hass, media_id, None)
        except HomeAssistantError as error:
            raise _without_file(media_id, str(error)) from error
        if media.path is not None:
            return str(media.path)
    raise _without_file(media_id, "it is no local file")


def _without_file(media_id: str, reason: str) -> ServiceValidationError:
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key="media_without_file",
        translation_placeholders={"media": media_id, "reason": reason},
    )
