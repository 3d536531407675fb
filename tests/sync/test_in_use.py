"""Files that somebody has open are told only when that lasts."""

from custom_components.smb_ddns_sync.sync.done import Done, Failure
from custom_components.smb_ddns_sync.sync.endpoint import RelPath
from custom_components.smb_ddns_sync.sync.hints import Scope
from custom_components.smb_ddns_sync.sync.in_use import IN_USE, InUse
from custom_components.smb_ddns_sync.sync.run import EVERYTHING

LONG = 3600.0


def ended(*paths: str) -> Done:
    """Return what came of a run that found files in use."""
    return Done(
        in_use={RelPath(path): Failure(RelPath(path), IN_USE, f"{path}: in use") for path in paths}
    )


def looking_at(*folders: str) -> Scope:
    return Scope(everything=False, folders=frozenset(map(RelPath, folders)))


def told(files: InUse, done: Done, now: float, scope: Scope = EVERYTHING) -> list[str]:
    """Return what is told after a run; all else must have been put off."""
    files.sort(done, scope, now)
    found = [str(problem.path) for problem in done.problems]
    assert done.deferred == done.in_use.keys() - set(found)
    return found


def test_what_stays_in_use_is_told_after_a_while() -> None:
    files = InUse()
    assert told(files, ended("a"), 0) == []
    assert told(files, ended("a", "b"), LONG) == ["a"]
    assert told(files, ended("a", "b"), LONG + 1) == ["a"]


def test_what_was_free_in_between_is_put_off_anew() -> None:
    files = InUse()
    told(files, ended("a"), 0)
    told(files, ended(), 10)
    assert told(files, ended("a"), LONG) == []


def test_a_look_at_other_folders_says_nothing_about_a_file() -> None:
    files = InUse()
    told(files, ended("x/a", "y/b"), 0)
    told(files, ended(), 10, looking_at("y"))
    assert told(files, ended("x/a", "y/b"), LONG) == ["x/a"]


def test_what_is_told_is_worth_a_retry() -> None:
    files, done = InUse(), ended("a")
    told(files, ended("a"), 0)
    told(files, done, LONG)
    assert done.worth_a_retry
    assert done.problem_count == 1


def test_what_is_known_to_fail_is_told_at_once() -> None:
    done = ended("a", "b")
    InUse().sort(done, EVERYTHING, 0, {RelPath("a")})
    assert [problem.path for problem in done.problems] == ["a"]
    assert done.deferred == {"b"}
