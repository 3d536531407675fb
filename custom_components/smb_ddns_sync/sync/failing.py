"""Files that fail, each with its own patience.

What keeps one from being carried over is no reason to try it over and over, or to let others wait.
Kept in the state, so a restart changes nothing. A file that has changed since is another matter and
is tried at once; so is everything when a person asks for it.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from .base import Base, from_key, to_key
from .done import CONTENT_DIFFERS, LASTING, Failure
from .endpoint import Kind
from .names import parent
from .operation import Place, Report, Trash
from .status import Differing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    import sqlite3

    from .base import BaseEntry
    from .done import Done
    from .endpoint import RelPath
    from .hints import Scope
    from .operation import Operation
    from .status import FileProblem

FIRST_WAIT: Final = 60.0  # seconds
LONGEST_WAIT: Final = 3600.0
_EXAMPLES: Final = 20
_SLACK: Final = 0.05  # seconds, so that no run comes too early by the clock on the wall
_MOST: Final = 1000
"""Files that are remembered. What is beyond has no patience of its own."""

# Times are in seconds since 1970. `version` is empty where nothing is tried.
MIGRATION: Final = """
    CREATE TABLE failing (
      path BLOB PRIMARY KEY,
      cause TEXT NOT NULL, detail TEXT NOT NULL, version TEXT NOT NULL,
      first_seen REAL NOT NULL, tries INTEGER NOT NULL, next_try REAL
    ) STRICT, WITHOUT ROWID;
"""


_ALL: Final = """
SELECT path, cause, detail, version, first_seen, tries, next_try FROM failing ORDER BY path
"""


@dataclass(frozen=True, slots=True)
class Failing:
    """One file that fails."""

    failure: Failure
    first_seen: float
    tries: int
    next_try: float | None
    """When it is tried again by itself; None where only a person or a change can help."""

    def rests(self, now: float) -> bool:
        """Tell whether it is too early to try it again."""
        # A clock that was put back must not make it wait for years.
        return self.next_try is not None and now < self.next_try < now + 2 * LONGEST_WAIT


class Rests:
    """Which files of a plan are left alone, because it is too early to try them again."""

    def __init__(self, known: Mapping[RelPath, Failing], now: float) -> None:
        self._versions = {
            path: failing.failure
            for path, failing in known.items()
            if failing.failure.version and failing.rests(now)
        }

    def without(self, operations: Iterator[Operation]) -> Iterator[Operation]:
        """Return a plan that reports such files in place of trying them."""
        return self._sorted(operations) if self._versions else operations

    def _sorted(self, operations: Iterator[Operation]) -> Iterator[Operation]:
        for operation in operations:
            failure = None
            if isinstance(operation, Place | Trash):
                failure = self._versions.get(operation.path)
            if failure is not None and failure.version == version_of(operation):
                yield Report(failure.path, failure.cause, failure.detail, rests=True)
            else:
                yield operation


def version_of(operation: Operation) -> str:
    """Return what is told apart of a file: another one is tried at once. Empty for all else.

    A folder that is to go stands for all that is in it, and what must go first holds up what comes
    after it.
    """
    match operation:
        case Place(_, source, expected, on):
            there = "" if expected is None else f"{expected.size},{expected.modified}"
            return f"{on.name}:{source.size},{source.modified}:{there}"
        case Trash(_, target, _, False, on) if target.kind is Kind.FILE:
            return f"{on.name}:-:{target.size},{target.modified}"
        case _:
            return ""


class FailingFiles:
    """The files of one job that fail, in its state."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def known(self) -> dict[RelPath, Failing]:
        """Return all of them by path."""
        return {
            path: Failing(Failure(path, cause, detail, version), first_seen, tries, next_try)
            for key, cause, detail, version, first_seen, tries, next_try in (
                self._connection.execute(_ALL)
            )
            for path in (from_key(key),)
        }

    def learn(
        self, done: Done, scope: Scope, now: float, *, complete: bool
    ) -> dict[RelPath, Failing]:
        """Take in what a run came to, and return what fails now.

        What a complete run has looked at and what did not fail is well again.
        """
        before = self.known()
        found = {failure.path: failure for failure in done.failures}
        after = dict(before)
        if complete:
            for path in before.keys() - found.keys() - done.resting:
                if self._still_differs(before[path]):
                    continue
                if scope.everything or path in scope.folders or parent(path) in scope.folders:
                    del after[path]
        for path, failure in found.items():
            if path in before or len(after) < _MOST:
                after[path] = _again(before.get(path), failure, now)
        if after != before:
            self._write(before, after)
        return after

    def verified(self, done: Done, now: float, *, complete: bool) -> dict[RelPath, Failing]:
        """Take in which files differ although nothing says so, and return what fails now."""
        before = self.known()
        after = {
            path: failing
            for path, failing in before.items()
            if failing.failure.cause != CONTENT_DIFFERS or not complete
        }
        for failure in done.failures:
            path = failure.path
            if failure.cause == CONTENT_DIFFERS and (path in before or len(after) < _MOST):
                after[path] = _again(before.get(path), failure, now)
        if after != before:
            self._write(before, after)
        return after

    def _still_differs(self, failing: Failing) -> bool:
        """Tell whether both sides still hold the versions that were found to differ."""
        if failing.failure.cause != CONTENT_DIFFERS:
            return False
        known = Base(self._connection).get(failing.failure.path)
        return known is not None and agreed(known) == failing.failure.version

    def _write(self, before: Mapping[RelPath, Failing], after: Mapping[RelPath, Failing]) -> None:
        execute = self._connection.execute
        execute("BEGIN IMMEDIATE")
        try:
            for path in before.keys() - after.keys():
                execute("DELETE FROM failing WHERE path = ?", (to_key(path),))
            for path, failing in after.items():
                if failing != before.get(path):
                    execute(
                        "INSERT OR REPLACE INTO failing VALUES (?, ?, ?, ?, ?, ?, ?)",
                        (
                            to_key(path),
                            failing.failure.cause,
                            failing.failure.detail,
                            failing.failure.version,
                            failing.first_seen,
                            failing.tries,
                            failing.next_try,
                        ),
                    )
        except BaseException:
            execute("ROLLBACK")
            raise
        execute("COMMIT")


def agreed(known: BaseEntry) -> str:
    """Return what both sides hold by the base, as the version of a file that is found to differ."""
    source, target = known.source or known.target, known.target
    return f"both:{source.size},{source.modified}:{target.size},{target.modified}"


def differing(known: Mapping[RelPath, Failing]) -> Differing:
    """Return which files are known to differ although nothing says so."""
    paths = [path for path, one in known.items() if one.failure.cause == CONTENT_DIFFERS]
    return Differing(len(paths), tuple(paths[:_EXAMPLES]))


def due(known: Mapping[RelPath, Failing], now: float) -> tuple[dict[RelPath, float], float | None]:
    """Return in how many seconds each file is tried again, and in how many all else that fails."""
    files: dict[RelPath, float] = {}
    others: list[float] = []
    for path, failing in known.items():
        if failing.next_try is not None:
            wait = max(0.0, failing.next_try - now) + _SLACK
            if failing.failure.version:
                files[path] = wait
            else:
                others.append(wait)
    return files, min(others, default=None)


def explained(
    problems: Iterable[FileProblem], known: Mapping[RelPath, Failing]
) -> tuple[FileProblem, ...]:
    """Return problems with what is remembered of each."""
    return tuple(
        problem if (failing := known.get(problem.path)) is None else _told(problem, failing)
        for problem in problems
    )


def _told(problem: FileProblem, failing: Failing) -> FileProblem:
    return replace(
        problem,
        first_seen=datetime.fromtimestamp(failing.first_seen, UTC),
        tries=failing.tries,
        next_try=None
        if failing.next_try is None
        else datetime.fromtimestamp(failing.next_try, UTC),
    )


def _again(before: Failing | None, failure: Failure, now: float) -> Failing:
    same = before is not None and before.failure.version == failure.version
    tries = before.tries + 1 if before is not None and same else 1
    next_try = None
    if failure.cause not in LASTING:
        next_try = now + min(FIRST_WAIT * 2 ** min(tries - 1, 16), LONGEST_WAIT)
    return Failing(failure, now if before is None else before.first_seen, tries, next_try)
