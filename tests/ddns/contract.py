"""How a clause of a contract is tried with every provider that it is for."""

from typing import TYPE_CHECKING, Any

from .provider_bench import BENCHES, ProviderBench, having

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp import ClientSession


type Clause = Callable[[ProviderBench], Awaitable[None]]


def for_providers(fact: Callable[[ProviderBench], bool]) -> Callable[[Clause], Any]:
    """Try a clause with each provider of which something is true: to the others it means nothing.

    All are tried in one test, each before a service of its own, and all that break it are told: a
    test for each would take as long to set up as the clause itself.
    """

    def decorate(clause: Clause) -> Callable[[ClientSession], Awaitable[None]]:
        async def test(session: ClientSession) -> None:
            broken: list[Exception] = []
            tried = having(fact)
            for provider in tried:
                try:
                    async with BENCHES[provider](session) as bench:
                        await clause(bench)
                except Exception as error:  # noqa: BLE001 - it is raised below, with all the others
                    error.add_note(f"with {provider}")
                    broken.append(error)
            if broken:
                raise ExceptionGroup(f"{clause.__name__} does not hold", broken)
            assert tried

        return test

    return decorate


def for_every_provider(clause: Clause) -> Callable[[ClientSession], Awaitable[None]]:
    """Try a clause with every provider."""
    test: Callable[[ClientSession], Awaitable[None]] = for_providers(lambda _: True)(clause)
    return test
