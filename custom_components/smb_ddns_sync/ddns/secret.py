"""Credentials that can't slip into a log, a message or a repr."""

from base64 import b64decode
from html import unescape
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_plus

if TYPE_CHECKING:
    from collections.abc import Iterator

_HIDDEN: Final = "•••"
_ESCAPE: Final = re.compile(r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{4,}")


class Secret:
    """A text that shows itself only to the one who asks for it by name."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text: Final = text

    def reveal(self) -> str:
        """Return the secret, for the one place that sends it."""
        return self._text

    def __repr__(self) -> str:
        return f"Secret({_HIDDEN})"

    def __str__(self) -> str:
        return _HIDDEN

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled")


class Scrubber:
    """Makes text of a server fit to show: short, one line, without the secrets it may echo."""

    def __init__(self, *secrets: Secret) -> None:
        self._secrets: Final = [text for secret in secrets if (text := secret.reveal())]

    def clean(self, text: str, most: int = 120) -> str:
        """Return the first `most` characters of the text, printable and without any secret.

        A secret that stands there plain is taken out; where one can be read out of it in any other
        way (in a URL, in HTML, in JSON, in base64), nothing of the text is shown.
        """
        for secret in self._secrets:
            text = text.replace(secret, _HIDDEN)
        if any(secret in view for view in _views(text) for secret in self._secrets):
            return _HIDDEN
        line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
        return line if len(line) <= most else f"{line[:most]}…"


def _views(text: str) -> Iterator[str]:
    """Yield the text as those read it who undo an encoding."""
    yield text
    yield unquote_plus(text.replace("+", "%2B"))
    yield unquote_plus(text)
    yield unescape(text)
    yield _ESCAPE.sub(lambda found: chr(int(found[1] or found[2], 16)), text)
    for word in _BASE64.findall(text):
        # A word may begin anywhere in what was encoded, so every alignment is tried.
        for start in range(4):
            yield _decoded(word[start:])


def _decoded(word: str) -> str:
    # A single character after the last four holds no whole byte.
    whole = word[:-1] if len(word) % 4 == 1 else word + "=" * (-len(word) % 4)
    return b64decode(whole.translate(_URL_SAFE), validate=True).decode(errors="replace")


_URL_SAFE: Final = str.maketrans("-_", "+/")
