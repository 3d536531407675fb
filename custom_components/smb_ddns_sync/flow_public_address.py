"""The form of the public address: which sources, how many must agree, and a look with them."""

from abc import abstractmethod
import asyncio
import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.config_entries import ConfigEntryBaseFlow, ConfigFlowResult, OptionsFlow
from homeassistant.const import CONF_ENTITIES
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import probatio

from .address_sources import detection_settings, lasting_addresses, make_sources
from .const import (
    CONF_CUSTOM_SOURCES,
    CONF_INTERFACE,
    CONF_INTERVAL,
    CONF_IPV4,
    CONF_IPV6,
    CONF_QUORUM,
    CONF_SOURCES,
    CONF_TEMPORARY,
    DEFAULT_DETECTION_MINUTES,
    DEFAULT_QUORUM,
    SECTION_ADVANCED,
)
from .ddns.address import Family
from .ddns.detect import Detection, detect
from .ddns.sources import BUILT_IN_SOURCES, RECOMMENDED_SOURCES, UnusableUrlError, custom_echo
from .ddns.vote import Agreed, Disagreement, NotPublic, OneKind, TooFewAnswers
from .form_fields import TEXT, URLS, InputError, NumberField
from .slow_check import SlowCheck

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from homeassistant.core import HomeAssistant

FAMILIES: Final[Mapping[str, Family]] = {CONF_IPV4: Family.IPV4, CONF_IPV6: Family.IPV6}
# What Linux takes as a name (linux/if.h, dev_valid_name).
_INTERFACE_NAME: Final = re.compile(r"[^\s/:]{1,15}")
_ENTITIES: Final = EntitySelector(
    EntitySelectorConfig(domain=["sensor", "input_text", "text"], multiple=True)
)

_ADVANCED_KEYS: Final = (CONF_ENTITIES, CONF_INTERFACE, CONF_TEMPORARY)

_INTERVAL: Final = NumberField(
    CONF_INTERVAL, 1, 24 * 60, "interval_too_short", "interval_longer_than_day", "min"
)
_QUORUM: Final = NumberField(CONF_QUORUM, 1, 100, "quorum_too_small", "quorum_too_large")


def family_names(families: Sequence[Family]) -> str:
    """Return families as people write them; the words are the same in all languages."""
    return ", ".join(f"IPv{family.value}" for family in families)


def _schema() -> probatio.Schema:
    return probatio.Schema(
        {
            probatio.Required(CONF_IPV4, default=True): BooleanSelector(),
            # Not every line has IPv6; where it has none, every look would end without an answer.
            probatio.Required(CONF_IPV6, default=False): BooleanSelector(),
            probatio.Required(CONF_SOURCES, default=list(RECOMMENDED_SOURCES)): SelectSelector(
                SelectSelectorConfig(
                    options=list(BUILT_IN_SOURCES),
                    multiple=True,
                    mode=SelectSelectorMode.DROPDOWN,
                    translation_key=CONF_SOURCES,
                )
            ),
            probatio.Optional(CONF_CUSTOM_SOURCES, default=list): URLS,
            probatio.Required(CONF_QUORUM, default=DEFAULT_QUORUM): _QUORUM.selector,
            probatio.Required(CONF_INTERVAL, default=DEFAULT_DETECTION_MINUTES): _INTERVAL.selector,
            probatio.Required(SECTION_ADVANCED): section(
                probatio.Schema(
                    {
                        probatio.Optional(CONF_ENTITIES, default=list): _ENTITIES,
                        probatio.Optional(CONF_INTERFACE, default=""): TEXT,
                        probatio.Required(CONF_TEMPORARY, default=False): BooleanSelector(),
                    }
                ),
                {"collapsed": True},
            ),
        }
    )


def _as_entered(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options as the form holds them, or what was entered as it is."""
    if not options or SECTION_ADVANCED in options:
        return dict(options)
    advanced = {key: options[key] for key in _ADVANCED_KEYS if key in options}
    return {**options, SECTION_ADVANCED: advanced}


def read_options(hass: HomeAssistant, entered: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that were entered; raise `InputError` where they cannot be used."""
    urls = [url for text in entered[CONF_CUSTOM_SOURCES] if (url := text.strip())]
    for url in urls:
        try:
            custom_echo(url)
        except UnusableUrlError as error:
            # What may hold a password is not repeated.
            raise InputError(CONF_CUSTOM_SOURCES, f"source_{error.fault}") from None
    advanced = entered[SECTION_ADVANCED]
    interface = advanced[CONF_INTERFACE].strip()
    if interface and not _INTERFACE_NAME.fullmatch(interface):
        # A folded section has no place for an error.
        raise InputError("base", "interface_name", interface)
    options = {
        CONF_IPV4: entered[CONF_IPV4],
        CONF_IPV6: entered[CONF_IPV6],
        CONF_SOURCES: list(dict.fromkeys(entered[CONF_SOURCES])),
        CONF_CUSTOM_SOURCES: list(dict.fromkeys(urls)),
        CONF_QUORUM: _QUORUM.read(entered[CONF_QUORUM]),
        CONF_INTERVAL: _INTERVAL.read(entered[CONF_INTERVAL]),
        CONF_ENTITIES: list(dict.fromkeys(advanced[CONF_ENTITIES])),
        CONF_INTERFACE: interface,
        CONF_TEMPORARY: advanced[CONF_TEMPORARY],
    }
    settings = detection_settings(options)
    if not settings.families:
        raise InputError("base", "no_family")
    sources = make_sources(hass, settings)
    if not sources:
        raise InputError(CONF_SOURCES, "no_sources")
    for family in settings.families:
        operators = {source.operator for source in sources if family in source.families}
        if len(operators) < settings.quorum:
            raise InputError(
                CONF_QUORUM,
                "quorum_too_large",
                families=family_names([family]),
                count=str(len(operators)),
            )
    return options


async def _look(hass: HomeAssistant, options: Mapping[str, Any]) -> tuple[Detection, ...]:
    settings = detection_settings(options)
    sources = make_sources(hass, settings)

    async def look(family: Family) -> Detection:
        lasting = await lasting_addresses(settings, family)
        return await detect(sources, family, settings.quorum, settle=lasting)

    return tuple(await asyncio.gather(*map(look, settings.families)))


def _doubt(detection: Detection) -> str | None:
    """Return the step that tells what speaks against saving, or None."""
    match detection.verdict:
        case Agreed():
            return None
        case TooFewAnswers():
            return "address_no_route" if detection.no_route else "address_unanswered"
        case Disagreement():
            return "address_disputed"
        case OneKind():
            return "address_one_kind"
        case NotPublic():
            return "address_not_public"


def _told(detection: Detection) -> str:
    """Return what was said, in words that are the same in all languages."""
    match detection.verdict:
        case Agreed(address) | NotPublic(address):
            return str(address)
        case TooFewAnswers(asked, answered):
            return f"IPv{detection.family.value}: {answered}/{asked}"
        case Disagreement(named) | OneKind(named=named):
            return "; ".join(
                f"{address} ({', '.join(sorted(operators))})"
                for address, operators in sorted(named.items(), key=lambda item: str(item[0]))
            )


class PublicAddressSteps(ConfigEntryBaseFlow):
    """The steps that ask for the options of the public address, in whichever flow they are asked.

    What the sources say now is no condition for saving: the site may be offline at the moment. The
    user is told, and decides.
    """

    _address_options: Mapping[str, Any] = MappingProxyType({})  # as they will be saved
    _address_look: SlowCheck[tuple[Detection, ...]] | None = None
    _address_doubt: tuple[str, dict[str, str]]  # the step that tells it, and its placeholders

    @abstractmethod
    def _known_options(self) -> Mapping[str, Any]:
        """Return the options that the form starts with."""

    @abstractmethod
    def _save_options(self, options: Mapping[str, Any]) -> ConfigFlowResult:
        """End the flow with these options."""

    async def async_step_public_address(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the options, and look with them."""
        if user_input is None:
            return self._show_public_address(self._address_options or self._known_options())
        try:
            self._address_options = read_options(self.hass, user_input)
        except InputError as refused:
            return self._show_public_address(user_input, refused.errors, **refused.placeholders)
        return await self.async_step_check_address()

    def _show_public_address(
        self,
        entered: Mapping[str, Any],
        errors: dict[str, str] | None = None,
        **placeholders: str,
    ) -> ConfigFlowResult:
        return self.async_show_form(
            step_id="public_address",
            data_schema=self.add_suggested_values_to_schema(_schema(), _as_entered(entered)),
            errors=errors,
            description_placeholders={"subject": "", "count": "", "families": "", **placeholders},
        )

    async def async_step_check_address(
        self, _user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask the sources once."""
        if self._address_look is None:
            self._address_look = SlowCheck(
                self,
                _look(self.hass, self._address_options),
                step="check_address",
                then="address_checked",
            )
        return await self._address_look.async_go_on(self)

    async def async_step_address_checked(
        self, _user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Save what the sources confirm, or tell what speaks against it."""
        look, self._address_look = self._address_look, None
        detections = None if look is None else look.result()
        if detections is None:
            return self._show_public_address(self._address_options, {"base": "unknown"})
        doubts = [(doubt, found) for found in detections if (doubt := _doubt(found)) is not None]
        if not doubts:
            return await self.async_step_save_address()
        step = doubts[0][0]
        doubtful = [found for doubt, found in doubts if doubt == step]
        self._address_doubt = (
            step,
            {
                "families": family_names([found.family for found in doubtful]),
                "told": "; ".join(_told(found) for found in doubtful),
                "quorum": str(self._address_options[CONF_QUORUM]),
            },
        )
        return await self._async_tell_doubt()

    async def _async_tell_doubt(
        self, _user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        step, placeholders = self._address_doubt
        return self.async_show_menu(
            step_id=step,
            menu_options=["check_address", "change_address", "save_address"],
            description_placeholders=placeholders,
        )

    async_step_address_no_route = _async_tell_doubt
    async_step_address_unanswered = _async_tell_doubt
    async_step_address_disputed = _async_tell_doubt
    async_step_address_one_kind = _async_tell_doubt
    async_step_address_not_public = _async_tell_doubt

    async def async_step_change_address(
        self, _user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Go back to the form with what was entered."""
        return self._show_public_address(self._address_options)

    async def async_step_save_address(
        self, _user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Save, because the sources agree or because the user says so."""
        return self._save_options(self._address_options)


class PublicAddressOptionsFlow(PublicAddressSteps, OptionsFlow):
    """Changes the options of the public address."""

    @override
    def _known_options(self) -> Mapping[str, Any]:
        return self.config_entry.options

    @override
    def _save_options(self, options: Mapping[str, Any]) -> ConfigFlowResult:
        return self.async_create_entry(data=options)

    async def async_step_init(self, _user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the form."""
        return await self.async_step_public_address()
