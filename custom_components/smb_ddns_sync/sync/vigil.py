"""Keeps a watch on the sides of a job, and tells once when one cannot stand."""

import logging
import time
from typing import TYPE_CHECKING

from .endpoint import EndpointError, Hint, Touch
from .report import trouble_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from threading import Condition

    from .agenda import Agenda
    from .endpoint import Endpoint, Watch
    from .status import Trouble

_LOGGER = logging.getLogger(__name__)


class Vigil:
    """The watches of one job. Hints come on the watches' threads, all else on the job's."""

    def __init__(self, name: str, wake: Condition, agenda: Agenda) -> None:
        """`wake` guards the agenda and wakes the job."""
        self.trouble: Trouble | None = None
        """Why there is no watch although there should be one."""
        self._name = name
        self._wake = wake
        self._agenda = agenda
        self._watches: dict[int, Watch] = {}
        self._died: dict[int, EndpointError | None] = {}

    @property
    def stands(self) -> bool:
        """Tell whether changes start runs, on the sides that can tell of them."""
        return bool(self._watches)

    def keep(self, sides: Sequence[Endpoint]) -> None:
        """See to it that the watches stand.

        It is called before everything is looked at, so that nothing falls between the two.
        """
        errors = [self._keep_one(number, side) for number, side in enumerate(sides)]
        self._tell(next((error for error in errors if error is not None), None))

    def _keep_one(self, number: int, side: Endpoint) -> EndpointError | None:
        with self._wake:
            has_died = number in self._died
            died = self._died.pop(number, None)
        if has_died and (watch := self._watches.pop(number, None)) is not None:
            watch.close()
        if number in self._watches:
            return None
        try:
            watch = side.watch(self._listener(number))
        except EndpointError as error:
            return error
        if watch is None:
            return died
        self._watches[number] = watch
        return None

    def end(self) -> None:
        """Close the watches, if there are any."""
        while self._watches:
            _, watch = self._watches.popitem()
            watch.close()

    def _listener(self, number: int) -> Callable[[Hint], None]:
        def hear(hint: Hint) -> None:
            now = time.monotonic()
            with self._wake:
                if hint.touch is Touch.BLIND:
                    self._died[number] = hint.error
                    hint = Hint(Touch.LOST)
                self._agenda.hints.add(hint, now)
                self._wake.notify_all()

        return hear

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
