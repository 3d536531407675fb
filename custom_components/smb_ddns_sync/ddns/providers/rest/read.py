"""Reading what APIs answer: never a guess, a wrong shape is an error."""

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

# Under which names APIs tell why they refuse.
_SPOKEN: Final = (
    "code", "Code", "err_no", "status_code", "name", "message", "Message", "msg", "err_msg",
    "error", "Error", "error_code", "error_msg", "error_message", "reason", "detail", "details",
    "description", "statusDescription", "longmessage", "errors", "errorDetails", "title",
)  # fmt: skip


class MalformedError(ValueError):
    """An answer that is not of the documented shape."""


def at(value: Any, *path: str) -> Any:
    """Return what stands at a path of keys. Raises `MalformedError`."""
    for key in path:
        if not isinstance(value, dict) or key not in value:
            raise MalformedError(key)
        value = value[key]
    return value


def rows(value: Any, *path: str) -> list[dict[str, Any]]:
    """Return the objects of a list; null is an empty one. Raises `MalformedError`."""
    found = at(value, *path)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise MalformedError(path[-1] if path else "list")
    return found


def rows_if_any(value: Any, key: str) -> list[dict[str, Any]]:
    """Return the objects of a list that is left out where it is empty. Raises `MalformedError`."""
    if not isinstance(value, dict):
        raise MalformedError(key)
    return rows(value, key) if key in value else []


def text(value: Any, *path: str) -> str:
    """Return a text or number as text. Raises `MalformedError`."""
    found = at(value, *path)
    if isinstance(found, bool) or not isinstance(found, (str, int)):
        raise MalformedError(path[-1] if path else "text")
    return str(found)


def number(value: Any, *path: str) -> int:
    """Return a whole number, also one that is written as text. Raises `MalformedError`."""
    found = text(value, *path)
    if not (found.isascii() and found.isdigit() and len(found) < 19):  # noqa: PLR2004 - 64 bits
        raise MalformedError(path[-1] if path else "number")
    return int(found)


def said(value: Any) -> str:
    """Return what an answer tells of its refusal, not yet cleaned; empty where it tells nothing."""
    return ", ".join(dict.fromkeys(_said(value, depth=0)))


def _said(value: Any, depth: int) -> Iterator[str]:
    if depth > 4:  # noqa: PLR2004 - deeper than any documented error
        return
    match value:
        case str() if value.strip():
            yield value.strip()
        case int() if not isinstance(value, bool):
            yield str(value)
        case list():
            for item in value[:5]:
                yield from _said(item, depth + 1)
        case dict():
            for key in _SPOKEN:
                yield from _said(value.get(key), depth + 1)
