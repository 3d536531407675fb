"""What an entity tells as a text."""

import pytest

from custom_components.smb_ddns_sync.ddns.address import Address, Family
from custom_components.smb_ddns_sync.ddns.source import NoAnswer, SourceKind
from custom_components.smb_ddns_sync.ddns.sources.told import ToldSource

from .builders import V4, V6


@pytest.mark.parametrize(
    ("text", "family", "found"),
    [
        ("81.2.69.142", Family.IPV4, V4),
        (" 81.2.69.142\n", Family.IPV4, V4),
        ("2a02:d300::1", Family.IPV6, V6),
        ("2a02:d300::1", Family.IPV4, NoAnswer.WRONG_FAMILY),
        ("unknown", Family.IPV4, NoAnswer.NOT_AN_ADDRESS),
        ("my address is 81.2.69.142", Family.IPV4, NoAnswer.NOT_AN_ADDRESS),
        ("", Family.IPV6, NoAnswer.NOT_AN_ADDRESS),
        (None, Family.IPV4, NoAnswer.NOTHING),
    ],
)
async def test_the_whole_text_is_the_address(
    text: str | None, family: Family, found: Address | NoAnswer
) -> None:
    answer = await ToldSource("sensor.wan", lambda: text).ask(family)
    assert (answer.found, answer.kind) == (found, SourceKind.ENTITY)


def test_each_has_a_vote_of_its_own() -> None:
    one, other = (ToldSource(name, lambda: None) for name in ("sensor.a", "sensor.b"))
    assert one.operator != other.operator
