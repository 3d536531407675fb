"""What the forms of a record share: a provider's fields, and what its answer to a check means.

They are made from `ProviderDescription.fields`: a new provider needs no form of its own, only
translations.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    Selector,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
from homeassistant.helpers.translation import async_get_translations
import probatio

from .const import CONF_NAMES, CONF_PROVIDER, DOMAIN
from .ddns.names import BadNameError, DnsName, parse_names
from .ddns.outcome import AuthRejected, NameRejected, Trouble, kind_of
from .ddns.provider import (
    Field,
    FieldKind,
    Provider,
    ProviderDescription,
    ProviderId,
    SettingError,
)
from .flow_public_address import FAMILIES, family_names
from .form_fields import MULTILINE, TEXT, TEXTS, TOKEN, URL, InputError
from .record_pins import async_prepare_pins, with_pins
from .record_sections import read_sections, sections_of

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from .ddns.address import Family

_SELECTORS: Final[Mapping[FieldKind, Selector[Any]]] = {
    FieldKind.TEXT: TEXT,
    FieldKind.SECRET: TOKEN,
    FieldKind.URL: URL,
    FieldKind.FLAG: BooleanSelector(),
    FieldKind.MULTILINE: MULTILINE,
    # Without limits: they would be told in the English of a library.
    FieldKind.NUMBER: NumberSelector(NumberSelectorConfig(mode=NumberSelectorMode.BOX, step=1)),
}

type Outcomes = Mapping[DnsName, Trouble | None]


def secret_keys(description: ProviderDescription) -> tuple[str, ...]:
    """Return the keys of the fields that no form ever shows filled in."""
    return tuple(field.key for field in description.fields if field.kind is FieldKind.SECRET)


def provider_selector(
    providers: Mapping[ProviderId, ProviderDescription],
) -> SelectSelector:
    """Return the choice of a provider, in which a person can search.

    Only a choice that takes other values too has a search; `read_provider` refuses those. Such a
    choice shows the value of what was chosen, not its label, so the titles are the values.
    """
    options = [description.title for description in providers.values()]
    return SelectSelector(
        SelectSelectorConfig(options=options, mode=SelectSelectorMode.DROPDOWN, custom_value=True)
    )


def read_provider(
    providers: Mapping[ProviderId, ProviderDescription], entered: str
) -> ProviderDescription:
    """Return the provider that was chosen, or whose name was typed; else raise `InputError`."""
    text = entered.strip().casefold()
    for provider, description in providers.items():
        if text in {provider, description.title.casefold()}:
            return description
    raise InputError(CONF_PROVIDER, "provider_unknown")


def _selector(field: Field) -> Selector[Any]:
    if field.kind is FieldKind.CHOICE:
        # Words of protocols, such as GET or hmac-sha256, are the same in every language.
        return SelectSelector(
            SelectSelectorConfig(options=list(field.choices), mode=SelectSelectorMode.DROPDOWN)
        )
    return _SELECTORS[field.kind]


def provider_fields(
    fields: Iterable[Field], known_secrets: Mapping[str, str]
) -> dict[probatio.Marker, Selector[Any]]:
    """Return the fields of a form; a secret that is known may stay empty."""
    return {_marker(field, known_secrets): _selector(field) for field in fields}


def _marker(field: Field, known_secrets: Mapping[str, str]) -> probatio.Marker:
    if field.kind is FieldKind.SECRET:
        key = probatio.Secret(field.key)  # errors of the validation do not repeat its value
        if field.required and field.key not in known_secrets:
            return probatio.Required(key)
        return probatio.Optional(key, default="")
    default: dict[str, Any] = {} if field.default is None else {"default": field.default}
    presence = probatio.Required if field.required else probatio.Optional
    return presence(field.key, **default)


def record_schema(
    description: ProviderDescription,
    known_secrets: Mapping[str, str],
    detected: Collection[Family],
) -> probatio.Schema:
    """Return the form of a provider's records: names, the families it holds, and its own fields.

    `detected` are the families that the public address is looked for in; the form begins with them.
    """
    return probatio.Schema(
        {
            probatio.Required(CONF_NAMES): TEXTS,
            **{
                probatio.Required(key, default=family in detected): BooleanSelector()
                for key, family in FAMILIES.items()
                if family in description.families
            },
            **provider_fields(description.fields, known_secrets),
            **sections_of(description),
        }
    )


async def async_placeholders_of(
    hass: HomeAssistant, description: ProviderDescription, **more: str
) -> dict[str, str]:
    """Return what the texts of a provider's form are filled in with.

    What is peculiar to a provider comes as placeholders: its note from the translations, in the
    language of the system, and a link to where its credentials are made.
    """
    texts = await async_get_translations(hass, hass.config.language, "selector", {DOMAIN})
    prefix = f"component.{DOMAIN}.selector.provider"
    note = texts.get(f"{prefix}_note.options.{description.note}", "")
    link = texts.get(f"{prefix}_link.options.credentials", "")
    url = description.credentials_url
    return {
        "provider": description.title,
        "note": note,
        "link": link.format(url=url) if url and link else "",
        # Braces in a translation would be placeholders of its own.
        "example_url": "https://dyn.example.net/update?host={name}&ip={ip}",
        "example_header": "Authorization: Bearer {token}",
        "subject": "",
        "message": "",
        **more,
    }


def read_names(texts: list[str]) -> list[str]:
    """Return the names, or raise `InputError` that tells which one is none."""
    try:
        return list(parse_names("\n".join(texts)))
    except BadNameError as error:
        raise InputError(CONF_NAMES, f"name_{error.fault}", error.text.strip()) from None


def read_record(
    description: ProviderDescription,
    entered: Mapping[str, Any],
    known_secrets: Mapping[str, str],
    detected: Collection[Family],
) -> dict[str, Any]:
    """Return the record's data that was entered; raise `InputError` where it cannot be used."""
    families = {
        key: bool(entered.get(key)) and family in description.families
        for key, family in FAMILIES.items()
    }
    if not any(families.values()):
        raise InputError("base", "no_family")
    for key, family in FAMILIES.items():
        if families[key] and family not in detected:
            raise InputError(key, "family_not_detected", family_names([family]))
    return {
        CONF_PROVIDER: description.id,
        CONF_NAMES: read_names(entered[CONF_NAMES]),
        **families,
        **{
            field.key: _value(field, entered, known_secrets)
            for field in description.fields
            if field.key in entered
        },
        **read_sections(description, entered),
    }


def _value(field: Field, entered: Mapping[str, Any], known_secrets: Mapping[str, str]) -> Any:
    value = entered[field.key]
    if field.kind is FieldKind.SECRET:
        return value or known_secrets.get(field.key, "")
    if field.kind is FieldKind.NUMBER and value is not None:
        return int(value)  # selectors give numbers with a fraction
    return value.strip() if isinstance(value, str) else value


async def async_build_provider(
    hass: HomeAssistant, description: ProviderDescription, data: Mapping[str, Any]
) -> Provider:
    """Return a client with the record's settings; raise `InputError` where none can be made."""
    settings = {field.key: data[field.key] for field in description.fields if field.key in data}
    try:
        client = description.build(settings, async_get_clientsession(hass))
    except SettingError as error:
        raise InputError(error.key, f"setting_{error.fault}") from None
    await async_prepare_pins(hass, data)
    return with_pins(client, data)


@dataclass(frozen=True, slots=True)
class Objection:
    """What speaks against saving a record, as a form tells it."""

    field: str
    error: str
    subject: str = ""
    message: str = ""
    auth_rejected: bool = False

    @property
    def placeholders(self) -> dict[str, str]:
        """Return what the sentence is filled in with."""
        return {"subject": self.subject, "message": self.message}


def objection(outcomes: Outcomes | None) -> Objection | None:
    """Return what speaks against the record, or None. Outcomes of None are of a check that broke.

    A refusal of the account comes before what is said of one name.
    """
    if outcomes is None:
        return Objection("base", "unknown")
    troubles = [(name, trouble) for name, trouble in outcomes.items() if trouble is not None]
    if not troubles:
        return None
    name, trouble = min(troubles, key=lambda item: not isinstance(item[1], AuthRejected))
    return Objection(
        CONF_NAMES if isinstance(trouble, NameRejected) else "base",
        f"provider_{kind_of(trouble)}",
        subject=name,
        message=trouble.message,
        auth_rejected=isinstance(trouble, AuthRejected),
    )
