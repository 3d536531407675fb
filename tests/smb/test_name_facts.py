"""What is made of a trial of names where servers differ, refuse, or are cut off."""

from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.smb import naming
from custom_components.smb_ddns_sync.smb.naming import LengthUnit
from custom_components.smb_ddns_sync.smb.wire_info import NameRules

from .servers import READ_ONLY, Place
from .waiting import BOUND

if TYPE_CHECKING:
    from demo.proxy import Proxy

    from .conftest import Connect

PROBE = ".ours/probe"
RULES = NameRules(case_sensitive=True, case_preserving=True, longest=255)

COMPOSED, DECOMPOSED = naming._FORMS
EVERY = frozenset(naming._names(255))


def test_a_share_that_keeps_every_name_apart_is_told_so() -> None:
    facts = naming._judge(EVERY, RULES)

    assert facts.case_sensitive
    assert facts.form_sensitive
    assert facts.length_unit is LengthUnit.UTF16
    assert facts.refused == frozenset()
    assert facts.refused_ends == frozenset()
    assert facts.refuses_devices is False


def test_a_share_that_gives_a_device_another_name_is_told_so() -> None:
    assert naming._judge(EVERY - {"nul.txt"}, RULES).refuses_devices


def test_a_share_that_folds_case_is_not_taken_at_its_word() -> None:
    facts = naming._judge(EVERY - {"cASE"}, RULES)

    assert not facts.case_sensitive
    assert facts.case_preserving


def test_a_share_that_changes_case_does_not_preserve_it() -> None:
    facts = naming._judge(frozenset(name.upper() for name in EVERY), RULES)

    assert not facts.case_sensitive
    assert not facts.case_preserving


def test_a_share_that_decomposes_names_takes_both_forms_for_one() -> None:
    listed = EVERY - {COMPOSED, naming._KEPT[0]}

    facts = naming._judge(listed, RULES)

    assert not facts.form_sensitive
    assert not facts.form_preserving


def test_a_share_that_compares_forms_but_keeps_them_is_told_from_one_that_does_not() -> None:
    facts = naming._judge(EVERY - {DECOMPOSED}, RULES)

    assert not facts.form_sensitive
    assert facts.form_preserving


def test_a_disk_that_counts_bytes_and_drops_ends_is_told_so() -> None:
    facts = naming._judge(EVERY - {"\u00e4" * 255, "end."}, RULES)

    assert facts.length_unit is LengthUnit.UTF8
    assert facts.refused_ends == frozenset(".")


def test_where_nothing_can_be_written_only_the_servers_word_is_told(
    place: Place, connect: Connect
) -> None:
    facts = connect(place.but(share=READ_ONLY)).name_facts(PROBE)

    assert not facts.probed
    assert facts.form_sensitive is None
    assert facts.longest == 255
    assert not list(place.folder.iterdir())


@pytest.mark.parametrize("sent", range(0, 6000, 750))
def test_a_connection_that_is_cut_leaves_nothing_for_long(
    place: Place, proxy: Proxy, connect: Connect, sent: int
) -> None:
    client = connect(place.via(proxy))
    client.connect()
    cut = proxy.cut_after(sent)

    assert client.name_facts(PROBE).probed
    assert cut.wait(BOUND)

    assert not [path for path in place.folder.rglob("*") if path.is_file()]
