"""Asking all sources at once."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, override

import pytest

from custom_components.smb_ddns_sync.ddns.address import Address, Family
from custom_components.smb_ddns_sync.ddns.detect import detect
from custom_components.smb_ddns_sync.ddns.source import (
    Answer,
    NoAnswer,
    Operator,
    Source,
    SourceId,
    SourceKind,
)
from custom_components.smb_ddns_sync.ddns.sources import http_sources
from custom_components.smb_ddns_sync.ddns.vote import Agreed, Disagreement, TooFewAnswers
from demo.echo import AddressEcho
from demo.web_server import Page

from .builders import OTHER_V4, V4, V6

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from aiohttp import ClientSession


@dataclass
class Says(Source):
    """A source that says one thing, once it may."""

    name: str
    found: Address | NoAnswer
    known: AbstractSet[Family] = frozenset({Family.IPV4})
    may: asyncio.Event | None = None
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    cancelled: bool = False

    @property
    @override
    def id(self) -> SourceId:
        return SourceId(self.name)

    @property
    @override
    def operator(self) -> Operator:
        return Operator(self.name)

    @property
    @override
    def kind(self) -> SourceKind:
        return SourceKind.HTTP

    @property
    @override
    def families(self) -> AbstractSet[Family]:
        return self.known

    @override
    async def ask(self, family: Family) -> Answer:
        self.asked.set()
        if self.may is not None:
            try:
                await self.may.wait()
            except asyncio.CancelledError:
                self.cancelled = True
                raise
        return Answer(self.id, self.operator, family, self.found)


async def test_what_the_sources_agree_on_is_the_address_and_it_shows_who_said_what() -> None:
    sources = [Says("a", V4), Says("b", V4), Says("c", OTHER_V4)]
    detection = await detect(sources, Family.IPV4, 2)
    assert isinstance(detection.verdict, Agreed)
    assert detection.address == V4
    assert {a.source: a.found for a in detection.answers} == {"a": V4, "b": V4, "c": OTHER_V4}


async def test_only_sources_that_know_the_family_are_asked() -> None:
    other = Says("other", V6, frozenset({Family.IPV6}))
    detection = await detect([Says("a", V4), other], Family.IPV4, 1)
    assert [answer.source for answer in detection.answers] == ["a"]
    assert not other.asked.is_set()


async def test_all_are_asked_side_by_side() -> None:
    # The first answers only after the second was asked: one after the other would never end.
    second = Says("b", V4)
    first = Says("a", V4, may=second.asked)
    async with asyncio.timeout(10):
        assert (await detect([first, second], Family.IPV4, 2)).address == V4


async def test_a_source_that_never_ends_holds_nobody_up() -> None:
    stuck = Says("stuck", V4, may=asyncio.Event())
    detection = await detect(
        [stuck, Says("a", V4), Says("b", V4)],
        Family.IPV4,
        2,
        deadline=timedelta(seconds=0.1),
    )
    assert detection.address == V4
    assert detection.answers[0].reason is NoAnswer.TIMED_OUT
    assert stuck.cancelled


async def test_cancelling_ends_all_questions() -> None:
    sources = [Says(name, V4, may=asyncio.Event()) for name in "ab"]
    task = asyncio.create_task(detect(sources, Family.IPV4, 1))
    async with asyncio.timeout(10):
        for source in sources:
            await source.asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert all(source.cancelled for source in sources)


async def test_a_family_that_is_not_there_is_told_from_sources_that_fail() -> None:
    gone = [Says("a", NoAnswer.UNREACHABLE), Says("b", NoAnswer.UNREACHABLE)]
    detection = await detect(gone, Family.IPV4, 2)
    assert isinstance(detection.verdict, TooFewAnswers)
    assert detection.no_route
    assert detection.address is None

    failing = [Says("a", NoAnswer.UNREACHABLE), Says("b", NoAnswer.REFUSED)]
    assert not (await detect(failing, Family.IPV4, 2)).no_route
    assert not (await detect([], Family.IPV4, 2)).no_route


async def test_disagreement_holds_no_address() -> None:
    detection = await detect([Says("a", V4), Says("b", OTHER_V4)], Family.IPV4, 2)
    assert isinstance(detection.verdict, Disagreement)
    assert detection.address is None
    assert not detection.no_route


async def test_one_lying_server_of_three_changes_nothing(
    sessions: Mapping[Family, ClientSession],
) -> None:
    hosts = ("127.0.0.1", "127.0.0.2", "127.0.0.3")
    async with AddressEcho(ipv4=str(V4), hosts=hosts) as echo, AddressEcho() as portal:
        urls = [f"http://{host}:{echo.port}/" for host in hosts[:2]]
        portal.misbehave(Page(str(OTHER_V4)))
        sources = http_sources(sessions, [], [*urls, f"{portal.url}/"])
        verdict = (await detect(sources, Family.IPV4, 2)).verdict
        # The liar shares a host, and so its vote, with an honest one: neither has any.
        assert isinstance(verdict, Disagreement)

        urls = [f"http://{host}:{echo.port}/" for host in hosts[1:]]
        sources = http_sources(sessions, [], [*urls, f"{portal.url}/"])
        assert (await detect(sources, Family.IPV4, 2)).address == V4
