"""The steps that let the user choose among the shares that a server offers."""

from abc import abstractmethod
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from homeassistant.config_entries import ConfigFlow, ConfigFlowResult
from homeassistant.const import CONF_HOST, CONF_PORT

from .const import CONF_SHARE
from .form_fields import InputError
from .share import share_target
from .share_form import placeholders_of, share_choice_schema
from .share_input import read_place
from .slow_check import SlowCheck
from .smb.errors import (
    AccountRefused,
    Cause,
    ConnectionFailed,
    FloorNotMet,
    SmbError,
)
from .smb.shares import ShareKind, list_shares

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.core import HomeAssistant

    from .smb.target import ShareTarget

_DEADLINE: Final = 15.0
"""Seconds that a server may take to tell its shares."""
_UNTOLD: Final = {
    Cause.ACCESS_DENIED: "shares_not_for_account",
    Cause.UNSUPPORTED: "shares_not_supported",
}
"""Why a server tells no shares, as the key of a sentence; `shares_not_told` for all else."""


def _offered(target: ShareTarget) -> tuple[str, ...]:
    """Return the shares for files that are not hidden, sorted. Blocks."""
    offered = list_shares(
        target.addresses, target.credentials, target.encryption, deadline=_DEADLINE
    )
    names = (share.name for share in offered if share.kind is ShareKind.FOLDER and not share.hidden)
    return tuple(sorted(names, key=str.casefold))


async def _async_offered(hass: HomeAssistant, target: ShareTarget) -> tuple[str, ...] | SmbError:
    try:
        return await hass.async_add_executor_job(_offered, target)
    except SmbError as error:
        return error


class ShareChoiceSteps(ConfigFlow):
    """Asks a server for its shares where the user named none, and the user for one of them.

    A server that does not tell is no obstacle: the share is typed then, and the form says why.
    """

    _share_data: Mapping[str, Any] = MappingProxyType({})
    _share_list: SlowCheck[tuple[str, ...] | SmbError] | None = None
    _offered_shares: tuple[str, ...] = ()

    @abstractmethod
    async def _async_with_share(self, data: Mapping[str, Any]) -> ConfigFlowResult:
        """Go on with the share that was chosen."""

    @abstractmethod
    def _show_refused(self, error: SmbError | None) -> ConfigFlowResult:
        """Go back to where server and account are entered; None where the question itself broke."""

    async def async_step_list_shares(
        self, _user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask the server."""
        if self._share_list is None:
            self._share_list = SlowCheck(
                self,
                _async_offered(self.hass, share_target(self._share_data)),
                step="list_shares",
                then="shares_listed",
            )
        return await self._share_list.async_go_on(self)

    async def async_step_shares_listed(
        self, _user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Offer what the server told, or say why nothing is offered."""
        listing, self._share_list = self._share_list, None
        offered = None if listing is None else listing.result()
        if offered is None or isinstance(offered, ConnectionFailed | FloorNotMet | AccountRefused):
            return self._show_refused(offered)
        if isinstance(offered, SmbError):
            self._offered_shares = ()
            return self._show_choice({"base": _UNTOLD.get(offered.cause, "shares_not_told")})
        self._offered_shares = offered
        return self._show_choice(None if offered else {"base": "shares_none"})

    async def async_step_choose_share(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Take the share that was chosen or typed."""
        if user_input is None:
            return self._show_choice()
        data = self._share_data
        try:
            place = read_place(data[CONF_HOST], data[CONF_PORT], user_input[CONF_SHARE])
        except InputError as refused:
            return self._show_choice(refused.errors, user_input, refused.placeholders)
        return await self._async_with_share({**data, CONF_SHARE: place.share})

    def _show_choice(
        self,
        errors: dict[str, str] | None = None,
        entered: Mapping[str, Any] | None = None,
        placeholders: Mapping[str, str] | None = None,
    ) -> ConfigFlowResult:
        # An empty suggestion keeps browsers from choosing the first share unasked.
        shown = {CONF_SHARE: ""} if entered is None else entered
        return self.async_show_form(
            step_id="choose_share",
            data_schema=self.add_suggested_values_to_schema(
                share_choice_schema(self._offered_shares), shown
            ),
            errors=errors,
            description_placeholders={
                **placeholders_of(self._share_data),
                **(placeholders or {}),
            },
        )
