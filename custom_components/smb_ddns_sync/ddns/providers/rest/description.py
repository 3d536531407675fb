"""What a form asks for a REST provider, and the provider made of what was entered."""

from typing import TYPE_CHECKING, Any

from ...address import Family
from ...fields import field_of
from ...provider import (
    Field,
    FieldKind,
    Provider,
    ProviderDescription,
    Settings,
    TtlBounds,
)
from ..settings import number_setting, secret_setting, server_setting, text_setting
from .provider import RestProvider
from .texts import RestTextProvider

if TYPE_CHECKING:
    from aiohttp import ClientSession

    from ...secret import Secret
    from .client import RestClient


def describe(client: type[RestClient]) -> ProviderDescription:
    """Return what forms and the rest need to know of a client."""

    def build(settings: Settings, session: ClientSession) -> Provider:
        return open_provider(client, settings, session)

    bounds = client.ttl_bounds
    ttl = (field_of("ttl", required=False, least=bounds.least, most=bounds.most),) if bounds else ()
    return ProviderDescription(
        id=client.id,
        title=client.title,
        fields=(*client.fields, *ttl),
        credentials_url=client.credentials_url,
        families=frozenset(Family),
        ttl=client.ttl_bounds,
        can_check=True,
        build=build,
        note=client.id,
        keeps_texts=client.texts is not None,
        least_interval=client.least_interval,
    )


def open_provider(
    client: type[RestClient], settings: Settings, session: ClientSession, **more: Any
) -> RestProvider:
    """Return a provider for what the user entered. Raises `SettingError`."""
    access: dict[str, Secret | str] = {}
    root = None
    for field in client.fields:
        if field.kind is FieldKind.URL:
            root = server_setting(settings, field.key, path=client.api.path)
        elif field.required or settings.get(field.key):
            access[field.key] = _entered(settings, field)
    ttl = _ttl(settings, client.ttl_bounds)
    kind = RestProvider if client.texts is None else RestTextProvider
    return kind(client(session, access, **({"ttl": ttl, "root": root} | more)))


def _entered(settings: Settings, field: Field) -> Secret | str:
    if field.key == "service_account":
        # JSON is pasted over many lines; between its words any space is the same.
        settings = {field.key: " ".join(str(settings.get(field.key, "")).split())}
    if field.kind is FieldKind.SECRET:
        return secret_setting(settings, field.key, ascii_only=True)
    # RFC 7617 section 2: the first colon ends the user name.
    return text_setting(settings, field.key, forbidden=":" if field.key == "username" else "")


def _ttl(settings: Settings, bounds: TtlBounds | None) -> int | None:
    if bounds is None or settings.get("ttl") is None:
        return None
    return number_setting(settings, "ttl", least=bounds.least, most=bounds.most)
