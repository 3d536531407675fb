"""What the pages point to is there: files, headings, pictures, tests and commands."""

from pathlib import Path
import re
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")))

_LINK: Final = re.compile(r"\]\(([^)\s]+)\)|(?:src|srcset|href)=\"([^\"]+)\"")
_CODE: Final = re.compile(r"`([^`\n]+)`")
_FENCED: Final = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_HEADING: Final = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)
_COMMAND: Final = re.compile(r"^(scripts/[a-z_]+)\b")


def anchor(heading: str) -> str:
    """Return what a heading is linked by on GitHub."""
    text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def anchors(page: Path) -> set[str]:
    return {anchor(each) for each in _HEADING.findall(_FENCED.sub("", page.read_text()))}


def links(page: Path) -> Iterator[str]:
    for bracketed, attribute in _LINK.findall(_CODE.sub("", _FENCED.sub("", page.read_text()))):
        link = bracketed or attribute
        if not re.match(r"[a-z]+:", link):
            yield link


def missing(page: Path, link: str) -> bool:
    name, _, heading = link.partition("#")
    target = (page.parent / name).resolve() if name else page
    return not target.exists() or bool(heading and heading not in anchors(target))


def named_tests(page: Path) -> Iterator[Path]:
    """Yield the tests that a page names; one without a folder is in that of the one before it."""
    folder = ROOT
    for code in _CODE.findall(page.read_text()):
        named = re.fullmatch(r"((?:tests/[a-z0-9_/]*)?)(test_[a-z0-9_]+\.py)", code)
        if named:
            folder = ROOT / named[1] if named[1] else folder
            yield folder / named[2]
        elif re.fullmatch(r"tests/[a-z0-9_/]*", code):
            folder = ROOT / code
            yield folder


def relative(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_every_link_leads_somewhere(page: Path) -> None:
    assert [link for link in links(page) if missing(page, link)] == []


@pytest.mark.parametrize("name", ["README.md", "docs/security.md"])
def test_every_test_that_proves_a_promise_is_there(name: str) -> None:
    named = list(named_tests(ROOT / name))

    assert len(named) > 10
    assert [relative(test) for test in named if not test.exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_every_command_is_there(page: Path) -> None:
    told = _CODE.findall(page.read_text()) + page.read_text().splitlines()
    commands = {found[1] for text in told if (found := _COMMAND.match(text))}

    assert [command for command in sorted(commands) if not (ROOT / command).exists()] == []


def test_every_picture_is_shown_on_a_page() -> None:
    shown = {
        (page.parent / link).resolve()
        for page in PAGES
        for link in links(page)
        if "images/" in link
    }

    assert set((ROOT / "docs" / "images").glob("*.png")) - shown == set()
