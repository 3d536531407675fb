"""Names that a side cannot hold are written so that it can, and read back: each to exactly one."""

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from custom_components.smb_ddns_sync.sync.endpoint import NameRule
from custom_components.smb_ddns_sync.sync.names import OWN_FOLDER, fold, refusal
from custom_components.smb_ddns_sync.sync.spelling import all_plain, spelled, too_long, true

_POSIX, _WINDOWS = NameRule.POSIX, NameRule.WINDOWS
_HOLDS_MORE = NameRule(refused=frozenset(':"\\'), refused_ends=frozenset("."))
"""A server that lets more pass than Windows does."""
RULES = st.sampled_from([_POSIX, _WINDOWS, _HOLDS_MORE])

_PARTS = st.sampled_from(
    (
        *'aC.: "*?|\\\n\x01é😀',
        *("CON", "nul", "com¹", ".smb_ddns_sync", ".SMB_ddns_sync"),
        *"\uf022\uf029\uf028\uf07f\uf001\uec80\ue800",
        *"\udc80\udcff\ud800\udfff",
    )
)
NAMES = (
    st.lists(_PARTS, min_size=1, max_size=6)
    .map("".join)
    .filter(lambda name: name not in {".", ".."})
    # Two halves of a pair that meet are one character wherever they are written down.
    .map(
        lambda name: name.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    )
)


@settings(max_examples=400)
@given(NAMES, RULES)
def test_every_name_can_be_held_in_its_spelling_and_is_read_back(name: str, rule: NameRule) -> None:
    stored = spelled(name, rule)
    assert refusal(stored, rule) is None
    assert true(stored, rule) == name


@settings(max_examples=400)
@given(NAMES, RULES)
def test_every_name_that_a_side_can_hold_is_the_spelling_of_exactly_one(
    stored: str, rule: NameRule
) -> None:
    like_ours = stored != OWN_FOLDER and fold(stored) == fold(OWN_FOLDER)
    if refusal(stored, rule) is None and not like_ours:
        assert spelled(true(stored, rule), rule) == stored


@settings(max_examples=400)
@given(st.lists(NAMES | st.sampled_from(("photo.jpg", "Ünï", "config.yaml")), max_size=4), RULES)
def test_many_names_that_are_told_to_be_plain_at_once_are_plain_one_by_one(
    names: list[str], rule: NameRule
) -> None:
    if all_plain(names):
        assert [spelled(name, rule) for name in names] == names
        assert [true(name, rule) for name in names] == names


def test_usual_names_are_told_to_be_plain_at_once() -> None:
    assert all_plain(["photo.jpg", "Über uns.pdf", "写真", ".hidden", "a b.c"])


@settings(max_examples=200)
@given(NAMES, NAMES)
def test_what_differs_in_more_than_case_still_does_when_it_is_spelled(one: str, other: str) -> None:
    alike = fold(one) == fold(other)
    assert (fold(spelled(one, _WINDOWS)) == fold(spelled(other, _WINDOWS))) <= alike


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("12:30.txt", "12\uf02230.txt"),
        ('"*:<>?\\|', "\uf020\uf021\uf022\uf023\uf024\uf025\uf026\uf027"),
        ("line\nbreak", "line\uf00abreak"),
        ("ends.", "ends\uf029"),
        ("ends ", "ends\uf028"),
    ],
)
def test_the_spelling_is_the_one_that_macs_and_linux_clients_use(name: str, stored: str) -> None:
    assert spelled(name, _WINDOWS) == stored


@pytest.mark.parametrize("name", ["CON", "nul.txt", "COM¹", "aux", "LPT9.tar.gz", "conin$"])
def test_the_name_of_a_device_gets_a_mark(name: str) -> None:
    assert spelled(name, _WINDOWS) == "\uf07f" + name


@pytest.mark.parametrize(
    "name", ["caf\udce9", "half \ud83d of a pair", "a\uf022b", "a\uf07f\uf022b", ".SMB_DDNS_SYNC"]
)
def test_other_peculiar_names_survive_the_way_there_and_back(name: str) -> None:
    stored = spelled(name, _WINDOWS)
    assert stored != name
    assert true(stored, _WINDOWS) == name


@pytest.mark.parametrize("name", ["plain", "ümläut", "a\uf022b", "a:b", "CON", "ends.", "\uf8ff"])
def test_a_disk_holds_names_as_they_are(name: str) -> None:
    assert spelled(name, _POSIX) == true(name, _POSIX) == name


@pytest.mark.parametrize("name", ["Apple \uf8ff", "mid dle", "a\uf028b", "\uf029", ".\uf029"])
def test_characters_of_private_use_that_nothing_is_spelled_to_stay(name: str) -> None:
    assert spelled(name, _WINDOWS) == true(name, _WINDOWS) == name


def test_a_name_that_only_its_spelling_makes_too_long_is_told_so() -> None:
    in_bytes = NameRule(refused=frozenset(":"), counts_bytes=True)
    assert too_long(":" * 85, in_bytes) is None
    assert too_long(":" * 86, in_bytes) == "The name has 258 bytes, more than 255"
    assert too_long(":" * 255, _WINDOWS) is None
    assert too_long("CON." + "x" * 251, _WINDOWS) == "The name has 256 UTF-16 units, more than 255"
