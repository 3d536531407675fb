"""The share on the other side of a share-to-share job: another entry, which comes and goes."""

from typing import TYPE_CHECKING, Any, Final

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
    ConfigEntryState,
)
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from .coordinator import share_runtime
from .sync.folders import LocalFolder
from .sync.status import Trouble

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .job_sides import Sides
    from .share import ShareCoordinator

GONE: Final = "other_share_gone"
NOT_LOADED: Final = "other_share_not_loaded"
"""Causes of a job that waits for its other share; the second is a person's matter only where the
share does not come by itself."""

_COMING: Final = frozenset(
    {
        ConfigEntryState.LOADED,
        ConfigEntryState.SETUP_IN_PROGRESS,
        ConfigEntryState.SETUP_RETRY,
        ConfigEntryState.UNLOAD_IN_PROGRESS,
    }
)
"""States in which nobody has to do anything for an entry to come (back)."""


class OtherShare:
    """Follows the entry of the share on a job's other side, if the job has one there.

    `share` is what the job may use: from `join` until `leave`.
    """

    def __init__(self, hass: HomeAssistant, changed: Callable[[], None]) -> None:
        self._hass = hass
        self._changed = changed
        self._entry_id: str | None = None
        self._leave: list[Callable[[], None]] = []
        self.share: ShareCoordinator | None = None

    @callback
    def async_follow(self) -> CALLBACK_TYPE:
        """Tell from now on when the entry changed in any way; return what ends that."""

        @callback
        def changed(_: ConfigEntryChange, entry: ConfigEntry[Any]) -> None:
            if entry.entry_id == self._entry_id:
                self._changed()

        return async_dispatcher_connect(self._hass, SIGNAL_CONFIG_ENTRY_CHANGED, changed)

    def look_for(self, own: str, sides: Sides) -> None:
        """Follow the entry that the sides of a job name beside its own one, or none."""
        self._entry_id = next(
            (
                side.share
                for side in (sides.source, sides.target)
                if not isinstance(side, LocalFolder) and side.share != own
            ),
            None,
        )

    def join(self, leave: Callable[[], Awaitable[None]], looked_at: Callable[[], None]) -> bool:
        """Use the share from now on; tell whether it is there, or none is needed.

        `leave` is awaited before the share closes; `looked_at` is called after each look at it.
        """
        if self._entry_id is None:
            return True
        if (runtime := share_runtime(self._hass, self._entry_id)) is None:
            return False
        self.share = runtime.share
        self._leave = [self.share.add_guest(leave), self.share.async_add_listener(looked_at)]
        return True

    def leave(self) -> None:
        """Use the share no longer."""
        for leave in self._leave:
            leave()
        self._leave = []
        self.share = None

    @property
    def trouble(self) -> Trouble:
        """Return why the job waits."""
        entry = self._hass.config_entries.async_get_entry(self._entry_id or "")
        if entry is None:
            return Trouble(
                GONE, "The share on the other side was removed from Home Assistant", True
            )
        coming = entry.disabled_by is None and (
            entry.state in _COMING
            # While Home Assistant starts, entries wait for their turn.
            or (entry.state is ConfigEntryState.NOT_LOADED and not self._hass.is_running)
        )
        return Trouble(NOT_LOADED, f"The share {entry.title} is not loaded", not coming)
