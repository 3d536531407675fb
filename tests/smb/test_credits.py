"""Credits: never spent twice, never waited for in vain."""

from hypothesis import given
from hypothesis import strategies as st

from custom_components.smb_ddns_sync.smb.credits import WANTED, Credits


def made(granted: int, *, multi: bool = True) -> Credits:
    return Credits(100, granted, multi=multi)


def test_message_ids_follow_each_other_without_holes() -> None:
    credits_ = made(10)

    assert [credits_.take(1), credits_.take(4), credits_.take(2)] == [100, 101, 105]


def test_a_chain_gets_all_its_credits_or_none() -> None:
    credits_ = made(5)

    assert credits_.take(6) is None
    assert credits_.free == 5
    assert credits_.take(5) == 100


def test_what_is_answered_frees_what_the_answer_grants() -> None:
    credits_ = made(1)
    credits_.take(1)

    assert credits_.take(1) is None
    credits_.settle(1)
    credits_.grant(3)

    assert credits_.total == credits_.free == 3


def test_a_request_costs_one_credit_for_each_64_kib_begun() -> None:
    credits_ = made(1)

    assert [credits_.charge(weight) for weight in (0, 1, 65536, 65537, 1 << 20)] == [1, 1, 1, 2, 16]


def test_without_large_messages_everything_costs_one_credit_and_carries_64_kib() -> None:
    credits_ = made(500, multi=False)

    assert credits_.charge(65536) == 1
    assert credits_.largest() == 65536


def test_no_request_may_be_larger_than_all_credits_together_pay_for() -> None:
    assert made(4).largest() == 4 * 65536


def test_more_credits_are_asked_for_until_there_are_enough() -> None:
    assert made(10).ask(1) > 1
    assert made(WANTED).ask(3) == 3


def test_bulk_leaves_credits_to_small_requests() -> None:
    credits_ = made(40)
    credits_.take(1)

    assert credits_.take(32, bulk=True) is None
    assert credits_.take(28, bulk=True) is not None
    assert credits_.take(10) is not None


def test_bulk_takes_everything_where_nothing_else_is_under_way() -> None:
    assert made(16).take(16, bulk=True) is not None


def test_small_requests_overtake_bulk_that_waits_but_not_for_ever() -> None:
    credits_ = made(20)
    credits_.take(1)
    bulk = object()
    credits_.enter(bulk, bulk=True)
    assert credits_.take(16, bulk=True, ticket=bulk) is None

    overtaking = 0
    while credits_.take(1) is not None:
        credits_.settle(1)
        credits_.grant(1)
        overtaking += 1

    assert overtaking == 16
    assert credits_.take(16, bulk=True, ticket=bulk) is not None
    credits_.leave(bulk)
    assert credits_.take(1) is not None


def test_whoever_came_first_is_served_first() -> None:
    credits_ = made(0)
    first, second = object(), object()
    credits_.enter(first, bulk=False)
    credits_.enter(second, bulk=False)
    credits_.grant(5)

    assert credits_.take(1, ticket=second) is None
    assert credits_.take(1) is None
    assert credits_.take(1, ticket=first) is not None
    credits_.leave(first)
    assert credits_.take(1, ticket=second) is not None


@given(
    granted=st.integers(1, 50),
    steps=st.lists(st.tuples(st.booleans(), st.integers(1, 8), st.integers(0, 8)), max_size=60),
)
def test_never_is_more_under_way_than_was_granted(
    granted: int, steps: list[tuple[bool, int, int]]
) -> None:
    credits_ = made(granted)
    all_granted, spent = granted, 0
    under_way: list[int] = []
    next_id = 100
    for answer, charge, grant in steps:
        if answer and under_way:
            credits_.settle(under_way.pop())
            credits_.grant(grant)
            all_granted += grant
        elif (first := credits_.take(charge)) is not None:
            assert first == next_id
            next_id += charge
            spent += charge
            under_way.append(charge)
        assert spent + credits_.free == all_granted
        assert spent <= all_granted
