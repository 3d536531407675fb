"""Names as users write them."""

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from custom_components.smb_ddns_sync.ddns.names import (
    BadNameError,
    NameFault,
    parse_name,
    parse_names,
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("home.example.com", "home.example.com"),
        ("  Home.Example.COM. ", "home.example.com"),
        ("*.example.com", "*.example.com"),
        ("example.com", "example.com"),
        ("_x".replace("_", "") + "1.co.uk", "x1.co.uk"),
        ("büro.example.com", "xn--bro-hoa.example.com"),
        ("BÜRO.example.com", "xn--bro-hoa.example.com"),
        ("*.straße.de", "*.xn--strae-oqa.de"),
        ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
        ("xn--bro-hoa.example.com", "xn--bro-hoa.example.com"),
    ],
)
def test_a_name_is_read_as_it_is_meant(text: str, name: str) -> None:
    assert parse_name(text) == name


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", NameFault.EMPTY),
        (" . ", NameFault.EMPTY),
        ("home..example.com", NameFault.EMPTY_LABEL),
        (".example.com", NameFault.EMPTY_LABEL),
        ("home", NameFault.NOT_QUALIFIED),
        ("*.com", NameFault.NOT_QUALIFIED),
        ("81.2.69.142", NameFault.AN_ADDRESS),
        ("2a02:d300::1", NameFault.AN_ADDRESS),
        ("[::1]", NameFault.AN_ADDRESS),
        ("a*.example.com", NameFault.BAD_WILDCARD),
        ("home.*.example.com", NameFault.BAD_WILDCARD),
        ("*", NameFault.BAD_WILDCARD),
        ("-home.example.com", NameFault.BAD_CHARACTER),
        ("home-.example.com", NameFault.BAD_CHARACTER),
        ("my_home.example.com", NameFault.BAD_CHARACTER),
        ("https://example.com", NameFault.BAD_CHARACTER),
        ("home.example.com/x", NameFault.BAD_CHARACTER),
        ("ho\u200bme.exa mple.com", NameFault.BAD_CHARACTER),
        ("xn--zz.example.com", NameFault.BAD_CHARACTER),
        (f"{'a' * 64}.example.com", NameFault.LABEL_TOO_LONG),
        (f"{'ä' * 64}.example.com", NameFault.LABEL_TOO_LONG),
        (f"{'äö' * 30}.example.com", NameFault.LABEL_TOO_LONG),
        (".".join(["a" * 63] * 4), NameFault.TOO_LONG),
    ],
)
def test_what_is_no_name_is_refused_with_the_reason(text: str, fault: NameFault) -> None:
    with pytest.raises(BadNameError) as caught:
        parse_name(text)
    assert caught.value.fault is fault
    assert caught.value.text == text


def test_names_are_parted_by_spaces_commas_and_lines_and_each_counts_once() -> None:
    text = " a.example.com, b.example.com;\nA.example.com.\n"
    assert parse_names(text) == ("a.example.com", "b.example.com")


def test_no_name_at_all_is_refused() -> None:
    with pytest.raises(BadNameError):
        parse_names(" , ")


@settings(deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_a_clean_name_or_a_bad_name_error(text: str) -> None:
    try:
        name = parse_name(text)
    except BadNameError:
        return
    assert name == parse_name(name)
    assert name.isascii()
    assert name == name.lower().strip(". ")
