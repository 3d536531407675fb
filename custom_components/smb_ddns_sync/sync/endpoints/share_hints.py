"""What a watch of a share tells, as hints of the engine."""

from typing import TYPE_CHECKING

from ...smb.notice import Change, Ended, Interrupted, Renamed, Rescan, Touched
from ..endpoint import Hint, News, Touch
from ..names import OWN_FOLDER, checked, is_temporary, name_of
from .share_errors import translated_root

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...smb.notice import Notice


class HintsOf:
    """Hands notices on to a listener of hints; the engine's own files are left out."""

    def __init__(self, listener: Callable[[Hint], None]) -> None:
        self._listener = listener

    def __call__(self, notice: Notice) -> None:
        """Take a notice.

        An interruption is no reason to look yet: there is nothing that could be looked at. Once the
        folder is watched again, everything is.
        """
        match notice:
            case Touched(path, Change.REMOVED):
                self._tell(Touch.DONE, path, News.GONE)
            case Touched(path, change):
                # Servers tell neither when a writer is done nor whether it is a folder.
                made = News.MADE if change is Change.ADDED else News.OTHER
                self._tell(Touch.WRITTEN, path, made)
            case Renamed(source, target):
                self._tell(Touch.DONE, source, News.GONE)
                self._tell(Touch.DONE, target, News.MADE)
            case Rescan():
                self._listener(Hint(Touch.LOST))
            case Interrupted(error):
                self._listener(Hint(Touch.INTERRUPTED, error=translated_root(error)))
            case Ended(error):
                self._listener(Hint(Touch.BLIND, error=translated_root(error)))

    def _tell(self, touch: Touch, text: str, news: News) -> None:
        path = checked(text)
        own = path == OWN_FOLDER or path.startswith(f"{OWN_FOLDER}/")
        if not own and not is_temporary(name_of(path)):
            self._listener(Hint(touch, path, news=news))
