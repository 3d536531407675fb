"""What the sources' answers prove."""

from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from custom_components.smb_ddns_sync.ddns.address import Address, Family, Scope, scope_of
from custom_components.smb_ddns_sync.ddns.source import (
    LOCAL_KINDS,
    Answer,
    NoAnswer,
    Operator,
    SourceId,
    SourceKind,
)
from custom_components.smb_ddns_sync.ddns.vote import (
    Agreed,
    Disagreement,
    NotPublic,
    OneKind,
    TooFewAnswers,
    vote,
)

from .builders import OTHER_V4, PRIVATE_V4, THIRD_V4, V4, V6

if TYPE_CHECKING:
    from random import Random


HTTP, DNS, STUN = SourceKind.HTTP, SourceKind.DNS, SourceKind.STUN
ROUTER, INTERFACE, ENTITY = SourceKind.ROUTER, SourceKind.INTERFACE, SourceKind.ENTITY


def said(
    operator: str, found: Address | NoAnswer, source: str = "a", kind: SourceKind = HTTP
) -> Answer:
    """Return one source's answer."""
    return Answer(SourceId(f"{operator}-{source}"), Operator(operator), Family.IPV4, found, kind)


def test_enough_operators_of_one_mind_agree() -> None:
    verdict = vote([said("one", V4), said("two", V4)], quorum=2)
    assert verdict == Agreed(V4, frozenset({Operator("one"), Operator("two")}))


def test_an_operator_votes_once_whatever_number_of_its_hosts_answers() -> None:
    answers = [said("one", V4, "a"), said("one", V4, "b"), said("one", V4, "c")]
    assert vote(answers, quorum=2) == TooFewAnswers(asked=1, answered=1, quorum=2)


def test_an_operator_that_contradicts_itself_has_no_vote_but_counts_as_having_answered() -> None:
    answers = [said("one", V4, "a"), said("one", OTHER_V4, "b"), said("two", V4)]
    assert isinstance(vote(answers, quorum=2), Disagreement)
    assert isinstance(vote(answers, quorum=1), Disagreement)
    assert isinstance(vote([*answers, said("three", V4)], quorum=2), Agreed)


def test_half_of_those_that_answered_is_not_enough() -> None:
    answers = [said("a", V4), said("b", V4), said("c", OTHER_V4), said("d", OTHER_V4)]
    verdict = vote(answers, quorum=2)
    assert isinstance(verdict, Disagreement)
    assert verdict.named.keys() == {V4, OTHER_V4}


def test_most_votes_are_not_enough_without_a_majority() -> None:
    answers = [said("a", V4), said("b", V4), said("c", OTHER_V4), said("d", THIRD_V4)]
    assert isinstance(vote(answers, quorum=2), Disagreement)


def test_those_that_did_not_answer_do_not_count_against_an_address() -> None:
    answers = [said("a", V4), said("b", V4), said("c", NoAnswer.TIMED_OUT)]
    assert isinstance(vote(answers, quorum=2), Agreed)


def test_too_few_answers_are_told_from_disagreement() -> None:
    answers = [said("a", V4), said("b", NoAnswer.REFUSED), said("c", NoAnswer.BAD_STATUS)]
    verdict = vote(answers, quorum=2)
    assert verdict == TooFewAnswers(asked=3, answered=1, quorum=2)
    assert not verdict.too_few_asked


def test_a_quorum_that_cannot_be_reached_is_told_and_not_lowered() -> None:
    verdict = vote([said("a", V4)], quorum=2)
    assert isinstance(verdict, TooFewAnswers)
    assert verdict.too_few_asked


def test_no_sources_at_all_is_too_few() -> None:
    assert vote([], quorum=1) == TooFewAnswers(asked=0, answered=0, quorum=1)


def test_an_address_that_the_world_cannot_reach_is_not_agreed_on() -> None:
    shared = IPv4Address("100.64.1.1")
    for address, scope in ((PRIVATE_V4, Scope.PRIVATE), (shared, Scope.SHARED)):
        verdict = vote([said("a", address), said("b", address)], quorum=2)
        assert isinstance(verdict, NotPublic)
        assert (verdict.address, verdict.scope) == (address, scope)


def test_agreed_cannot_hold_an_address_that_is_not_public() -> None:
    with pytest.raises(ValueError, match="public"):
        Agreed(PRIVATE_V4, frozenset())


def test_a_quorum_is_at_least_one() -> None:
    with pytest.raises(ValueError, match="quorum"):
        vote([], quorum=0)


def test_a_vote_is_about_one_family() -> None:
    other = Answer(SourceId("x"), Operator("x"), Family.IPV6, V6)
    with pytest.raises(ValueError, match="family"):
        vote([said("a", V4), other], quorum=1)


def test_an_answer_cannot_hold_an_address_of_another_family() -> None:
    with pytest.raises(ValueError, match="family"):
        Answer(SourceId("x"), Operator("x"), Family.IPV4, V6)


def test_an_address_that_two_kinds_name_is_agreed_on() -> None:
    answers = [said("a", V4), said("b", V4), said("c", V4, kind=STUN)]
    assert isinstance(vote(answers, quorum=3), Agreed)


def test_one_kind_is_enough_where_no_other_answered() -> None:
    answers = [said("a", V4), said("b", V4), said("c", NoAnswer.TIMED_OUT, kind=STUN)]
    assert isinstance(vote(answers, quorum=2), Agreed)


def test_what_stands_before_the_web_never_wins_over_one_source_of_another_kind() -> None:
    # A proxy, such as that of a VPN in the browser, answers for every web server there is.
    proxied = [said(operator, OTHER_V4) for operator in "abcde"]
    verdict = vote([*proxied, said("f", V4, kind=STUN)], quorum=3)
    assert isinstance(verdict, OneKind)
    assert (verdict.address, verdict.kind) == (OTHER_V4, HTTP)
    assert verdict.named == {
        OTHER_V4: frozenset(map(Operator, "abcde")),
        V4: frozenset({Operator("f")}),
    }


def test_an_operator_without_a_vote_confirms_no_kind() -> None:
    # It says both by STUN, so its confirmation is worth nothing.
    answers = [said(operator, OTHER_V4) for operator in "abcde"]
    answers += [said("f", OTHER_V4, "1", STUN), said("f", V4, "2", STUN)]
    assert isinstance(vote(answers, quorum=3), OneKind)


def test_one_operator_of_two_kinds_has_one_vote_and_confirms_both() -> None:
    answers = [said("a", V4), said("b", V4), said("a", V4, "stun", STUN)]
    assert vote(answers, quorum=3) == TooFewAnswers(asked=2, answered=2, quorum=3)
    assert isinstance(vote(answers, quorum=2), Agreed)


def test_an_operator_whose_kinds_contradict_each_other_has_no_vote() -> None:
    answers = [said("a", V4), said("a", OTHER_V4, "stun", STUN), said("b", V4)]
    assert isinstance(vote(answers, quorum=1), Disagreement)


@pytest.mark.parametrize("kind", sorted(LOCAL_KINDS))
@pytest.mark.parametrize("inside", ["192.168.1.1", "100.64.3.4", "10.0.0.1", "0.0.0.0"])
def test_what_is_behind_a_nat_is_no_vote_and_stands_in_nobodys_way(
    kind: SourceKind, inside: str
) -> None:
    answers = [said("a", V4), said("b", V4), said("c", IPv4Address(inside), kind=kind)]
    assert isinstance(vote(answers, quorum=2), Agreed)
    assert vote(answers[2:], quorum=1) == TooFewAnswers(asked=0, answered=0, quorum=1)


@pytest.mark.parametrize("kind", sorted(LOCAL_KINDS))
def test_a_public_address_from_inside_is_a_vote_of_a_kind_of_its_own(kind: SourceKind) -> None:
    confirmed = [said("a", V4), said("b", V4), said("c", V4, kind=kind)]
    assert isinstance(vote(confirmed, quorum=3), Agreed)
    contradicted = [said("a", V4), said("b", V4), said("c", OTHER_V4, kind=kind)]
    assert isinstance(vote(contradicted, quorum=2), OneKind)
    assert isinstance(vote(contradicted[2:], quorum=1), Agreed)


def test_two_kinds_that_agree_are_enough_though_the_router_says_otherwise() -> None:
    # Behind a NAT that uses public addresses inside, the router's is public and not this site's.
    answers = [said("a", V4), said("b", V4, kind=STUN), said("c", OTHER_V4, kind=ROUTER)]
    assert isinstance(vote(answers, quorum=2), Agreed)


TRUTH = V4
lies = st.sampled_from([OTHER_V4, THIRD_V4, PRIVATE_V4, IPv4Address("100.64.3.4")])
silences = st.sampled_from(list(NoAnswer))
anything = st.one_of(lies, silences, st.just(TRUTH), st.ip_addresses(v=4))
operators = st.sampled_from([f"operator {number}" for number in range(8)])


kinds = st.sampled_from(SourceKind)


@st.composite
def any_answers(draw: st.DrawFn) -> list[Answer]:
    """Draw what any mix of operators, with any number of hosts of any kind, might say."""
    drawn = draw(st.lists(st.tuples(operators, anything, kinds), max_size=14))
    return [said(who, found, str(number), kind) for number, (who, found, kind) in enumerate(drawn)]


@settings(deadline=None)
@given(any_answers(), st.integers(1, 5))
def test_agreed_is_always_public_and_backed_by_quorum_and_majority(
    answers: list[Answer], quorum: int
) -> None:
    verdict = vote(answers, quorum)
    if not isinstance(verdict, Agreed):
        return
    answers = [a for a in answers if a.address is not None and not a.inner]
    answered = {a.operator for a in answers}
    backers = {a.operator for a in answers if a.address == verdict.address}
    others = {a.operator for a in answers if a.address not in {None, verdict.address}}
    assert scope_of(verdict.address) is Scope.PUBLIC
    assert verdict.operators == backers - others
    assert len(verdict.operators) >= quorum
    assert 2 * len(verdict.operators) > len(answered)
    backing = {a.kind for a in answers if a.operator in verdict.operators}
    assert len(backing) >= min(2, len({a.kind for a in answers}))


@settings(deadline=None)
@given(any_answers(), st.integers(1, 5), st.randoms())
def test_the_order_of_the_answers_means_nothing(
    answers: list[Answer], quorum: int, random: Random
) -> None:
    shuffled = list(answers)
    random.shuffle(shuffled)
    assert vote(answers, quorum) == vote(shuffled, quorum)


@st.composite
def answers_with_a_minority_of_liars(draw: st.DrawFn) -> list[Answer]:
    """Draw honest operators, and fewer that say whatever they like from any number of hosts."""
    honest = draw(st.integers(1, 6))
    liars = draw(st.integers(0, honest - 1))
    answers = [said(f"honest {number}", TRUTH, kind=draw(kinds)) for number in range(honest)]
    for liar in range(liars):
        hosts = draw(st.lists(st.tuples(anything, kinds), min_size=1, max_size=4))
        answers += [
            said(f"liar {liar}", lie, str(host), kind) for host, (lie, kind) in enumerate(hosts)
        ]
    return draw(st.permutations(answers))


@settings(deadline=None)
@given(answers_with_a_minority_of_liars(), st.integers(1, 6))
def test_a_minority_of_liars_never_wins(answers: list[Answer], quorum: int) -> None:
    verdict = vote(answers, quorum)
    honest = [answer for answer in answers if answer.operator.startswith("honest")]
    heard = {a.kind for a in answers if a.address is not None and not a.inner}
    if len(honest) >= quorum and len({a.kind for a in honest}) >= min(2, len(heard)):
        assert isinstance(verdict, Agreed)
    if isinstance(verdict, Agreed):
        assert verdict.address == TRUTH
    # Not even what is told of a vote that nobody won is the liars'.
    assert not isinstance(verdict, NotPublic)
    assert not isinstance(verdict, OneKind) or verdict.address == TRUTH


@settings(deadline=None)
@given(kinds, st.integers(1, 12), st.lists(st.tuples(kinds, silences), max_size=6), st.data())
def test_a_whole_kind_that_lies_never_wins_over_one_honest_source_of_another(
    lying: SourceKind,
    liars: int,
    silent: list[tuple[SourceKind, NoAnswer]],
    data: st.DataObject,
) -> None:
    lie = data.draw(lies)
    honest = data.draw(kinds.filter(lambda kind: kind is not lying))
    answers = [said(f"fooled {number}", lie, kind=lying) for number in range(liars)]
    answers += [said(f"silent {n}", why, kind=kind) for n, (kind, why) in enumerate(silent)]
    answers.append(said("honest", TRUTH, kind=honest))
    verdict = vote(data.draw(st.permutations(answers)), quorum=data.draw(st.integers(1, 6)))
    assert not isinstance(verdict, Agreed) or verdict.address == TRUTH


@settings(deadline=None)
@given(st.integers(2, 6), st.data())
def test_liars_fewer_than_the_quorum_never_win_even_if_nobody_else_answers(
    quorum: int, data: st.DataObject
) -> None:
    liars = data.draw(st.integers(1, quorum - 1))
    lie = data.draw(lies)
    answers = [said(f"liar {number}", lie) for number in range(liars)]
    silence = data.draw(st.lists(silences, max_size=6))
    answers += [said(f"honest {number}", reason) for number, reason in enumerate(silence)]
    assert isinstance(vote(answers, quorum), TooFewAnswers)
