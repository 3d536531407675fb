"""How a share treats names is found out, and nothing is left of the trial."""

from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.smb.client import ShareClient
from custom_components.smb_ddns_sync.smb.errors import InUse, NotEmpty, SmbError
from custom_components.smb_ddns_sync.smb.naming import LengthUnit
from tests.smb.content import a_put
from tests.smb.servers import SETTINGS, Place

if TYPE_CHECKING:
    from collections.abc import Iterator

PROBE = ".ours/probe"


@pytest.fixture(name="client")
def client_fixture(place: Place) -> Iterator[ShareClient]:
    """Return a client that remembers nothing of another test."""
    client = ShareClient(place.target)
    yield client
    client.close()


def test_case_and_forms_are_as_the_share_treats_them(
    client: ShareClient, request: pytest.FixtureRequest
) -> None:
    facts = client.name_facts(PROBE)

    sensitive = request.node.callspec.params["place"] is SETTINGS["case-sensitive"]
    assert facts.case_sensitive is sensitive
    assert facts.case_preserving
    assert facts.form_sensitive
    assert facts.form_preserving
    assert facts.probed


def test_the_longest_name_that_is_told_can_be_made_and_a_longer_one_cannot(
    place: Place, client: ShareClient
) -> None:
    facts = client.name_facts(PROBE)
    letter = {LengthUnit.UTF8: 2, LengthUnit.UTF16: 1}[facts.length_unit or LengthUnit.UTF16]
    longest = "\u00e4" * (facts.longest // letter)

    client.put(a_put(longest))
    with pytest.raises(SmbError):
        client.put(a_put(f"{longest}\u00e4"))

    assert place.files() == {longest: b"content"}


def test_characters_that_are_told_as_refused_are_and_all_others_come_back(
    place: Place, client: ShareClient
) -> None:
    refused = client.name_facts(PROBE).refused
    assert refused is not None
    assert refused >= set('"*:<>?|')

    for character in map(chr, range(1, 128)):
        if character in "/\\" or character.isalnum():
            continue
        name = f"a{character}b"
        if character in refused:
            with pytest.raises(SmbError):
                client.put(a_put(name))
        else:
            client.put(a_put(name))
    assert {entry.name for entry in client.list_folder("")} == set(place.files())
    assert all(character not in "".join(place.files()) for character in refused)


def test_nothing_is_left_of_the_trial(place: Place, client: ShareClient) -> None:
    place.write("file", b"content")

    client.name_facts(PROBE)

    assert [entry.name for entry in place.folder.iterdir()] == ["file"]


def test_what_an_earlier_trial_left_is_cleaned(place: Place, client: ShareClient) -> None:
    for name in ("Case", "form \u00e4", "x"):
        place.write(f"{PROBE}/{name}")
    place.write(".ours/neighbour", b"content")

    client.name_facts(PROBE)

    assert place.files() == {".ours/neighbour": b"content"}
    assert not (place.folder / PROBE).exists()


def test_what_is_not_of_a_trial_stays(place: Place, client: ShareClient) -> None:
    place.write(f"{PROBE}/somebody's", b"content")

    with pytest.raises(NotEmpty):
        client.name_facts(PROBE)

    assert place.files() == {f"{PROBE}/somebody's": b"content"}


def test_two_trials_never_meddle(place: Place, client: ShareClient) -> None:
    other = ShareClient(place.target)
    place.write(f"{PROBE}/probe")
    try:
        with other.open_reader(f"{PROBE}/probe"), pytest.raises(InUse):
            client.name_facts(PROBE)
    finally:
        other.close()

    assert client.name_facts(PROBE).probed
