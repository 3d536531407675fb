"""Which tests each run of `scripts/test` takes, and what it makes of their reports."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from scripts import check
from scripts.check import ROOT, RUNS, Ended, PytestRun, outcome_of

if TYPE_CHECKING:
    from pathlib import Path

FLOOR, TARGET, BROWSER, ENGINE = RUNS
TESTS = ROOT / "tests"
IGNORED = [f"--ignore={TESTS / 'e2e'}", f"--ignore={TESTS / 'sync'}"]


@pytest.fixture(name="reports")
def reports_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder that reports are read from."""
    monkeypatch.setattr(check, "REPORTS", tmp_path)
    return tmp_path


def _report(reports: Path, **counts: int) -> PytestRun:
    given = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0} | counts
    attributes = " ".join(f'{key}="{count}"' for key, count in given.items())
    (reports / "run.xml").write_text(f"<testsuites><testsuite {attributes}/></testsuites>")
    return replace(FLOOR, report="run.xml")


def test_without_a_path_every_run_takes_its_folder() -> None:
    assert FLOOR.selection([]) == [str(TESTS), *IGNORED]
    assert TARGET.selection([]) == [str(TESTS / "face")]
    assert BROWSER.selection([]) == [str(TESTS / "e2e")]
    assert ENGINE.selection([]) == [str(TESTS / "sync")]


def test_the_folder_of_all_tests_means_each_runs_own() -> None:
    assert FLOOR.selection([TESTS]) == [str(TESTS), *IGNORED]
    assert TARGET.selection([TESTS]) == [str(TESTS / "face")]
    assert BROWSER.selection([TESTS]) == [str(TESTS / "e2e")]
    assert ENGINE.selection([TESTS]) == [str(TESTS / "sync")]


def test_a_test_of_a_core_runs_on_the_oldest_home_assistant_only() -> None:
    one = TESTS / "ddns" / "test_vote.py::test_one"

    assert FLOOR.selection([one]) == [str(one), *IGNORED]
    assert TARGET.selection([one]) == []
    assert BROWSER.selection([one]) == []


def test_a_test_of_the_engine_runs_there_only() -> None:
    one = TESTS / "sync" / "test_plan.py::test_one"

    assert FLOOR.selection([one]) == []
    assert TARGET.selection([one]) == []
    assert ENGINE.selection([one]) == [str(one)]


def test_a_test_of_the_face_runs_on_both() -> None:
    one = TESTS / "face" / "test_sensor.py"

    assert FLOOR.selection([one]) == [str(one), *IGNORED]
    assert TARGET.selection([one]) == [str(one)]
    assert BROWSER.selection([one]) == []


def test_a_test_in_a_browser_runs_there_only() -> None:
    one = TESTS / "e2e" / "test_share.py"

    assert FLOOR.selection([one]) == []
    assert TARGET.selection([one]) == []
    assert BROWSER.selection([one]) == [str(one)]


def test_a_run_in_which_all_passed_is_well(reports: Path) -> None:
    outcome = outcome_of(_report(reports, tests=5), Ended(0, 1.0), narrowed=False)

    assert (outcome.trouble, outcome.passed, outcome.failed) == ("", 5, 0)


def test_failures_and_errors_count_as_failed(reports: Path) -> None:
    report = _report(reports, tests=5, failures=1, errors=1)

    outcome = outcome_of(report, Ended(1, 1.0), narrowed=False)

    assert (outcome.trouble, outcome.passed, outcome.failed) == ("2 failed", 3, 2)


def test_a_skipped_test_is_trouble(reports: Path) -> None:
    outcome = outcome_of(_report(reports, tests=5, skipped=1), Ended(0, 1.0), narrowed=False)

    assert outcome.trouble.startswith("1 skipped")
    assert outcome.passed == 4


def test_a_run_without_a_test_is_trouble(reports: Path) -> None:
    outcome = outcome_of(_report(reports), Ended(check.NO_TEST_SELECTED, 1.0), narrowed=False)

    assert outcome.trouble == "exit status 5"


def test_a_run_without_a_test_is_well_when_only_some_were_asked_for(reports: Path) -> None:
    outcome = outcome_of(_report(reports), Ended(check.NO_TEST_SELECTED, 1.0), narrowed=True)

    assert outcome.trouble == ""


def test_a_run_that_ended_badly_is_trouble_whatever_it_counted(reports: Path) -> None:
    outcome = outcome_of(_report(reports, tests=5), Ended(3, 1.0), narrowed=True)

    assert outcome.trouble == "exit status 3"


def test_a_run_that_left_no_report_is_trouble(reports: Path) -> None:
    report = replace(FLOOR, report=str(reports / "none.xml"))

    outcome = outcome_of(report, Ended(-9, 1.0), narrowed=True)

    assert outcome.trouble == "no report (exit status -9)"
