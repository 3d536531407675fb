"""What the caller's own code raises while a put runs it: content, checkpoints, the last word."""

from contextlib import contextmanager
from typing import TYPE_CHECKING

from .errors import ContentFailed, ContentWithheld
from .files import Withheld

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def callers_code(path: str, doing: str) -> Iterator[None]:
    """Run code of the caller; whatever it raises fails the put of `path`, and no other.

    Raises `ContentFailed`, or `ContentWithheld` where it said `Withheld`; the cause is what was
    raised, so that the caller is told why in words of his own.
    """
    try:
        yield
    except Withheld as error:
        raise ContentWithheld(path, f"not given for now {doing}") from error
    except Exception as error:
        raise ContentFailed(path, f"{type(error).__name__} {doing}") from error
