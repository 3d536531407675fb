"""What the forms of a share have in common: fields, how they are read, what they show."""

from typing import TYPE_CHECKING, Any, Final

from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT, CONF_USERNAME
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import probatio

from .const import (
    CONF_ADDRESSES,
    CONF_BACKUP_FOLDER,
    CONF_DOMAIN_NAME,
    CONF_ENCRYPTION,
    CONF_KIND,
    CONF_SHARE,
    DEFAULT_BACKUP_FOLDER,
    SECTION_ADVANCED,
    EntryKind,
)
from .form_fields import PASSWORD, TEXT, TEXTS, USERNAME, InputError
from .share_input import PORT, read_account, read_addresses, read_backup_folder, read_place
from .smb.target import DEFAULT_PORT, Address, EncryptionFloor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SHARE_KEYS: Final = (CONF_HOST, CONF_PORT, CONF_SHARE, CONF_USERNAME)
_ADVANCED_KEYS: Final = (CONF_ADDRESSES, CONF_DOMAIN_NAME, CONF_ENCRYPTION, CONF_BACKUP_FOLDER)


def share_unique_id(data: Mapping[str, Any]) -> str:
    """Return what tells one share from all others, whatever the case of its letters."""
    return f"share:{data[CONF_HOST]}:{data[CONF_PORT]}/{data[CONF_SHARE]}".lower()


NO_PLACEHOLDERS: Final = {"subject": "", "server": "", "share": "", "username": "", "detail": ""}


def placeholders_of(data: Mapping[str, Any]) -> dict[str, str]:
    """Return what the texts of the forms are filled in with."""
    return {
        "subject": "",
        "server": str(Address(data[CONF_HOST], data[CONF_PORT])),
        "share": data[CONF_SHARE],
        "username": data[CONF_USERNAME],
        "detail": "",
    }


def share_title(data: Mapping[str, Any]) -> str:
    """Return what an entry is called until the user calls it otherwise."""
    return f"{data[CONF_SHARE]} ({data[CONF_HOST]})"


def password_marker(*, required: bool) -> probatio.Marker:
    """Return the key of the password's field; validation errors do not repeat its value."""
    if required:
        return probatio.Required(probatio.Secret(CONF_PASSWORD))
    return probatio.Optional(probatio.Secret(CONF_PASSWORD), default="")


def share_schema(*, password_required: bool) -> probatio.Schema:
    """Return the form of a share."""
    return probatio.Schema(
        {
            probatio.Required(CONF_HOST): TEXT,
            probatio.Required(CONF_PORT, default=DEFAULT_PORT): PORT.selector,
            probatio.Optional(CONF_SHARE, default=""): TEXT,
            probatio.Required(CONF_USERNAME): USERNAME,
            password_marker(required=password_required): PASSWORD,
            probatio.Required(SECTION_ADVANCED): section(
                probatio.Schema(
                    {
                        probatio.Optional(CONF_ADDRESSES, default=list): TEXTS,
                        probatio.Optional(CONF_DOMAIN_NAME, default=""): TEXT,
                        probatio.Required(
                            CONF_ENCRYPTION, default=EncryptionFloor.PUBLIC_ADDRESS.value
                        ): SelectSelector(
                            SelectSelectorConfig(
                                options=[floor.value for floor in EncryptionFloor],
                                translation_key=CONF_ENCRYPTION,
                            )
                        ),
                        probatio.Optional(CONF_BACKUP_FOLDER, default=DEFAULT_BACKUP_FOLDER): TEXT,
                    }
                ),
                {"collapsed": True},
            ),
        }
    )


def share_choice_schema(offered: Sequence[str]) -> probatio.Schema:
    """Return the form of the share alone: to choose or to type, or only to type."""
    if not offered:
        return probatio.Schema({probatio.Required(CONF_SHARE): TEXT})
    choice = SelectSelector(
        SelectSelectorConfig(
            options=list(offered), custom_value=True, mode=SelectSelectorMode.DROPDOWN
        )
    )
    return probatio.Schema({probatio.Required(CONF_SHARE): choice})


def read_share(entered: Mapping[str, Any], known_password: str | None) -> dict[str, Any]:
    """Return the entry's data that the form's input stands for.

    An empty password stands for the one that is known. The share is empty where none was named.
    Raises `InputError`.
    """
    advanced = entered[SECTION_ADVANCED]
    place = read_place(
        entered[CONF_HOST], entered[CONF_PORT], entered[CONF_SHARE], share_required=False
    )
    return {
        CONF_KIND: EntryKind.SHARE.value,
        CONF_HOST: place.host,
        CONF_PORT: place.port,
        CONF_SHARE: place.share,
        CONF_ADDRESSES: [str(address) for address in read_addresses(advanced[CONF_ADDRESSES])],
        CONF_ENCRYPTION: advanced[CONF_ENCRYPTION],
        CONF_BACKUP_FOLDER: read_backup_folder(advanced[CONF_BACKUP_FOLDER]),
        **read_login(entered, advanced[CONF_DOMAIN_NAME], known_password),
    }


def read_login(
    entered: Mapping[str, Any], domain: str, known_password: str | None
) -> dict[str, str]:
    """Return the account that was entered; raise `InputError` where there is none."""
    username, domain = read_account(entered[CONF_USERNAME], domain)
    password = entered[CONF_PASSWORD] or known_password
    if not password:
        raise InputError(CONF_PASSWORD, "password_missing")
    return {CONF_USERNAME: username, CONF_DOMAIN_NAME: domain, CONF_PASSWORD: password}


def suggestions_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the form shows of an entry's data: all but the password."""
    return {
        **{key: data[key] for key in _SHARE_KEYS if key in data},
        SECTION_ADVANCED: {key: data[key] for key in _ADVANCED_KEYS if key in data},
    }
