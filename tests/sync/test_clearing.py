"""A file of the source is deleted only if its copy was read and is the same, byte by byte."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from custom_components.smb_ddns_sync.sync.endpoint import RelPath
from custom_components.smb_ddns_sync.sync.settings import JobId, JobSettings, Mode

from .trees import node_at, write

if TYPE_CHECKING:
    from .pair import Pair


def test_the_source_keeps_what_is_not_the_same_on_the_target(pair: Pair) -> None:
    pair.settings = JobSettings(JobId("job-1"), "clips", Mode.COPY)
    pair.having({"a": "good", "b": "fine"}).run()
    node_at(pair.target, "a").content = b"bad!"  # silently, with the same size and time
    pair.settings = JobSettings(JobId("job-1"), "clips", Mode.COPY, clear_source_after=timedelta())

    outcome = pair.run()

    assert pair.source.find(RelPath("a")) is not None
    assert pair.source.find(RelPath("b")) is None
    assert [(each.path, each.cause) for each in outcome.done.problems] == [("a", "not_verified")]


def test_the_source_keeps_a_file_that_changes_while_it_is_verified(pair: Pair) -> None:
    pair.settings = JobSettings(JobId("job-1"), "clips", Mode.COPY)
    pair.having({"a": "first"}).run()
    pair.settings = JobSettings(JobId("job-1"), "clips", Mode.COPY, clear_source_after=timedelta())

    def before(step: str, path: RelPath) -> None:
        if step == "read" and path == "a":
            pair.target.before = lambda _step, _path: None
            write(pair.source, "a", "other", pair.clock.tick())

    pair.target.before = before
    pair.run()

    assert node_at(pair.source, "a").content == b"other"


def test_only_a_copy_may_clear_its_source() -> None:
    for mode in (Mode.MIRROR, Mode.TWO_WAY):
        with pytest.raises(ValueError, match="copy mode"):
            JobSettings(JobId("x"), "x", mode, clear_source_after=timedelta())
