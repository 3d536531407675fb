"""Every language says all that English says: the same texts, filled in and laid out alike.

English is the original (`translations/en.json`); a text that is added or changed there is added or
changed in the others in the same commit.
"""

from collections import Counter
import json
from pathlib import Path
import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parents[2] / "custom_components" / "smb_ddns_sync" / "translations"
LANGUAGES = sorted(path.stem for path in FOLDER.glob("*.json") if path.stem != "en")
PROMISED = {"de", "zh-Hans"}

# What is called the same in every language. The name of a host (ident.me) need not stand here.
NAMES = {"Akamai", "Cloudflare", "DNS", "Google", "NAT-PMP", "OpenDNS", "PCP", "STUN", "UPnP"}

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
# What the frontend makes of a text by Markdown: emphasis, code, links, tables.
_MARKUP = re.compile(r"\*|`[^`]*`|\]\([^)]*\)|\n|\|")
_HAN = "[\u4e00-\u9fff]"


def texts(language: str) -> dict[str, str]:
    """Return the texts of a language by their place, for example `config/error/unknown`."""

    def walk(tree: dict[str, Any], place: str) -> Iterator[tuple[str, str]]:
        for key, value in tree.items():
            if isinstance(value, dict):
                yield from walk(value, f"{place}{key}/")
            else:
                yield f"{place}{key}", value

    return dict(walk(json.loads((FOLDER / f"{language}.json").read_text()), ""))


def english_words(text: str) -> list[str]:
    """Return the words of an English text that another language has words of its own for."""
    words = re.findall(r"\w[\w.-]*", _PLACEHOLDER.sub("", text))
    return [word for word in words if word not in NAMES and not re.search(r"\w\.\w", word)]


ENGLISH = texts("en")


def test_the_languages_that_are_promised_are_there() -> None:
    assert set(LANGUAGES) >= PROMISED


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_every_text_and_none_that_is_gone(language: str) -> None:
    assert texts(language).keys() == ENGLISH.keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_is_filled_in_with_what_the_english_one_is(language: str) -> None:
    for place, text in texts(language).items():
        # As sets: a language may have to name the same thing twice.
        wanted = set(_PLACEHOLDER.findall(ENGLISH[place]))
        assert set(_PLACEHOLDER.findall(text)) == wanted, place


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_is_laid_out_like_the_english_one(language: str) -> None:
    for place, text in texts(language).items():
        assert Counter(_MARKUP.findall(text)) == Counter(_MARKUP.findall(ENGLISH[place])), place


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_number_is_not_followed_by_what_it_counts(language: str) -> None:
    """Home Assistant cannot choose between one file and two files: it fills in the number."""
    for place, text in texts(language).items():
        assert not re.search(r"\{(count|deletions)\}\s+\w", text), place


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty_or_padded(language: str) -> None:
    for place, text in texts(language).items():
        assert text, place
        assert text == text.strip(), place


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_left_in_english(language: str) -> None:
    left = [
        place
        for place, text in texts(language).items()
        if text == ENGLISH[place] and len(english_words(text)) > 1
    ]

    assert left == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_hides_a_placeholder_from_the_frontend(language: str) -> None:
    # In the message format of the frontend an apostrophe before a brace takes it literally.
    for place, text in texts(language).items():
        assert not re.search(r"'[{}]", text), place
        assert not re.search(r"<\w", text), place


def test_chinese_is_set_as_chinese_is() -> None:
    for place, text in texts("zh-Hans").items():
        # A space between Chinese and Latin, and no half-width mark beside a Chinese character.
        assert not re.search(rf"{_HAN}[A-Za-z0-9{{]|[A-Za-z0-9}}]{_HAN}", text), place
        assert not re.search(rf"{_HAN}[,;:!?()]|[,;:!?()]{_HAN}", text), place


def test_german_is_set_as_german_is() -> None:
    for place, text in texts("de").items():
        # German marks of quotation, in pairs, and a space before dots that stand for something.
        assert re.fullmatch("(„“)*", re.sub('[^„“”"]', "", text)), place
        assert not re.search(r"\w…", text), place
