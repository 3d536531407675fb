"""Every decoder, a thousand broken inputs each: a value or an error of its own, and nothing else.

`scripts/fuzz` plays more of them, for as long as one likes; a failure names the seed that shows it
again.
"""

import pytest

from simulate.fuzz.all import TARGETS
from simulate.fuzz.target import Target

CASES = 1000
COSTLY = 60
SEED = 1


@pytest.mark.parametrize("name", TARGETS)
def test_a_decoder_comes_to_a_value_or_an_error_of_its_own(name: str) -> None:
    target = TARGETS[name]
    for sample in target.samples:
        try:
            target.decode(sample)
        except target.raises:
            continue
    finds = list(target.play_many(SEED, COSTLY if target.costly else CASES))
    assert not finds, "\n".join(map(str, finds[:5]))


def test_a_decoder_without_an_error_of_its_own_is_found_out() -> None:
    careless = Target("careless", lambda data: data[3], (b"four",))
    finds = list(careless.play_many(SEED, 200))

    assert finds
    assert isinstance(finds[0].error, IndexError)
    assert f"--seed {SEED} --case {finds[0].number}" in str(finds[0])


def test_a_case_is_the_same_for_the_same_seed_and_number() -> None:
    target = TARGETS["smb_listing"]
    cases = [target.case(SEED, number) for number in range(50)]

    assert cases == [target.case(SEED, number) for number in range(50)]
    assert len(set(cases)) > 40
