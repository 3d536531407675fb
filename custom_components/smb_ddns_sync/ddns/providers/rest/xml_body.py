"""XML answers as plain dicts: a leaf is its text, what stands there several times is a list."""

from typing import Any
from xml.etree import ElementTree as ET

from .read import MalformedError


class NotPlainXmlError(ValueError):
    """A body that is no XML, or more than that."""


def parse_xml(body: str) -> dict[str, Any]:
    """Return `{root: content}` without namespaces. Raises `NotPlainXmlError`.

    A document type is refused: no API sends one, and entities are how XML is used as a bomb.
    """
    if "<!" in body.replace("<!--", "").replace("<![CDATA[", ""):
        raise NotPlainXmlError("a document type")
    if body.lstrip().startswith("<?xml"):
        # The text is decoded already; what it says of its encoding no longer holds.
        body = body.partition("?>")[2]
    try:
        root = ET.fromstring(body.strip())  # noqa: S314 - entities are refused above
    except ET.ParseError as error:
        raise NotPlainXmlError(str(error)) from None
    return {_tag(root): _content(root)}


def items(value: Any, *path: str) -> list[Any]:
    """Return what stands at a path, as a list, whether none, one or several are there."""
    for key in path:
        if not isinstance(value, dict):
            # An element without children is read as its text.
            if value == "":
                return []
            raise MalformedError(key)
        value = value.get(key, "")
    if value == "":
        return []
    return value if isinstance(value, list) else [value]


def _tag(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _content(element: ET.Element) -> Any:
    if not len(element):
        return (element.text or "").strip()
    found: dict[str, Any] = {}
    for child in element:
        tag, content = _tag(child), _content(child)
        if tag not in found:
            found[tag] = content
        elif isinstance(found[tag], list):
            found[tag].append(content)
        else:
            found[tag] = [found[tag], content]
    return found
