"""Asking all sources of a family side by side, and voting on what they say."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from .address import Address
from .source import Answer, NoAnswer, Source
from .vote import Agreed, TooFewAnswers, Verdict, vote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .address import Family

type Settle = Callable[[Address], Address | NoAnswer]
"""Gives the address of this site that lasts, for one that was seen; mostly the same."""

# Above every source's own deadline: it only ends a source that breaks its promise.
DEADLINE: Final = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Detection:
    """The verdict on one family's address, and who said what."""

    family: Family
    verdict: Verdict
    answers: tuple[Answer, ...]

    @property
    def address(self) -> Address | None:
        """The address that may be published; None is "not known", never "there is none"."""
        return self.verdict.address if isinstance(self.verdict, Agreed) else None

    @property
    def no_route(self) -> bool:
        """Whether no source was within reach over this family: likely the site does not have it."""
        return (
            isinstance(self.verdict, TooFewAnswers)
            and bool(self.answers)
            and all(answer.reason is NoAnswer.UNREACHABLE for answer in self.answers)
        )


def settled(answer: Answer, settle: Settle) -> Answer:
    """Return an answer with the address that lasts."""
    return answer if answer.address is None else replace(answer, found=settle(answer.address))


async def ask(
    sources: Sequence[Source], family: Family, *, deadline: timedelta = DEADLINE
) -> tuple[Answer, ...]:
    """Ask some sources, all at once; their answers are in the same order."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_ask(source, family, deadline)) for source in sources]
    return tuple(task.result() for task in tasks)


async def detect(
    sources: Sequence[Source],
    family: Family,
    quorum: int,
    *,
    deadline: timedelta = DEADLINE,
    settle: Settle | None = None,
) -> Detection:
    """Ask every source that knows the family, all at once, and vote.

    `settle` puts the address that lasts in place of one that does not: outside one sees from which
    address this machine asked, and with IPv6 that may be a temporary one.

    One slow source costs no more than its own time-out, and none can hold up the others. Cancelling
    ends all questions. Raises `ValueError` for a quorum below one.
    """
    asked = [source for source in sources if family in source.families]
    answers = await ask(asked, family, deadline=deadline)
    if settle is not None:
        answers = tuple(settled(answer, settle) for answer in answers)
    return Detection(family, vote(answers, quorum), answers)


async def _ask(source: Source, family: Family, deadline: timedelta) -> Answer:
    try:
        async with asyncio.timeout(deadline.total_seconds()):
            return await source.ask(family)
    except TimeoutError:
        return Answer(source.id, source.operator, family, NoAnswer.TIMED_OUT, source.kind)
