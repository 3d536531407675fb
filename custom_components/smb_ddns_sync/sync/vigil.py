"""Keeps a watch on the source of a job, and tells once when it cannot stand."""

import logging
import time
from typing import TYPE_CHECKING

from .endpoint import EndpointError, Hint, Touch
from .report import trouble_of

if TYPE_CHECKING:
    from threading import Condition

    from .agenda import Agenda
    from .endpoint import Endpoint, Watch
    from .status import Trouble

_LOGGER = logging.getLogger(__name__)


class Vigil:
    """The watch of one job. Hints come on the watch's thread, all else on the job's."""

    def __init__(self, name: str, wake: Condition, agenda: Agenda) -> None:
        """`wake` guards the agenda and wakes the job."""
        self.trouble: Trouble | None = None
        """Why there is no watch although there should be one."""
        self._name = name
        self._wake = wake
        self._agenda = agenda
        self._watch: Watch | None = None
        self._died: EndpointError | None = None

    @property
    def stands(self) -> bool:
        """Tell whether changes start runs."""
        return self._watch is not None

    def keep(self, source: Endpoint) -> None:
        """See to it that the watch stands.

        It is called before everything is looked at, so that nothing falls between the two.
        """
        with self._wake:
            died, self._died = self._died, None
        if died is not None:
            self.end()
        if self._watch is not None:
            return
        try:
            self._watch = source.watch(self._hear)
        except EndpointError as error:
            died = error
        self._tell(died if self._watch is None else None)

    def end(self) -> None:
        """Close the watch, if there is one."""
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.close()

    def _hear(self, hint: Hint) -> None:
        now = time.monotonic()
        with self._wake:
            if hint.touch is Touch.BLIND:
                self._died = hint.error
                hint = Hint(Touch.LOST)
            self._agenda.hints.add(hint, now)
            self._wake.notify_all()

    def _tell(self, error: EndpointError | None) -> None:
        trouble = None if error is None else trouble_of(error)
        if trouble is not None and self.trouble is None:
            _LOGGER.warning(
                "The sync job %s cannot watch its folder and only runs by its interval: %s",
                self._name,
                trouble.detail,
            )
        self.trouble = trouble
        with self._wake:
            self._agenda.blind = trouble is not None
