"""Which part of a file a request asks for, by the rules of RFC 9110."""

from http import HTTPStatus

import pytest

from custom_components.smb_ddns_sync.http_range import Version, answer_to

FILM = Version(1000, 1_700_000_000, '"one"')
DATE = "Tue, 14 Nov 2023 22:13:20 GMT"
LATER = "Tue, 14 Nov 2023 22:13:21 GMT"
EARLIER = "Tue, 14 Nov 2023 22:13:19 GMT"


def asked(**headers: str) -> tuple[int, int, int]:
    named = {name.replace("_", "-").title(): value for name, value in headers.items()}
    answer = answer_to(named, FILM)
    return answer.status, answer.offset, answer.length


@pytest.mark.parametrize(
    ("header", "offset", "length"),
    [
        ("bytes=0-", 0, 1000),
        ("bytes=0-0", 0, 1),
        ("bytes=990-", 990, 10),
        ("bytes=990-5000", 990, 10),
        ("bytes=-10", 990, 10),
        ("bytes=-5000", 0, 1000),
        ("Bytes = 1 - 2", 1, 2),
    ],
)
def test_a_range_is_cut_to_what_is_there(header: str, offset: int, length: int) -> None:
    assert asked(range=header) == (HTTPStatus.PARTIAL_CONTENT, offset, length)


@pytest.mark.parametrize("header", ["bytes=1000-", "bytes=1000-1001", "bytes=-0"])
def test_a_range_that_holds_nothing_is_refused(header: str) -> None:
    assert asked(range=header) == (HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, 0, 0)


@pytest.mark.parametrize(
    "header",
    ["", "bytes=-", "bytes=5-4", "bytes=0-1,5-6", "items=0-1", "bytes=x-", f"bytes={'9' * 5000}-"],
)
def test_what_is_no_single_range_counts_as_none(header: str) -> None:
    assert asked(range=header) == (HTTPStatus.OK, 0, 1000)


@pytest.mark.parametrize("condition", ['"one"', DATE])
def test_a_range_of_the_version_that_is_there_is_sent(condition: str) -> None:
    assert asked(range="bytes=1-2", if_range=condition) == (HTTPStatus.PARTIAL_CONTENT, 1, 2)


@pytest.mark.parametrize("condition", ['"two"', 'W/"one"', EARLIER, LATER, "yesterday"])
def test_of_another_version_all_is_sent(condition: str) -> None:
    assert asked(range="bytes=1-2", if_range=condition) == (HTTPStatus.OK, 0, 1000)


@pytest.mark.parametrize(
    "condition",
    [
        {"if_none_match": '"one"'},
        {"if_none_match": '"zero", W/"one"'},
        {"if_none_match": "*"},
        {"if_modified_since": DATE},
        {"if_modified_since": LATER},
    ],
)
def test_who_has_the_version_gets_nothing(condition: dict[str, str]) -> None:
    assert asked(**condition, range="bytes=1-2") == (HTTPStatus.NOT_MODIFIED, 0, 0)


@pytest.mark.parametrize(
    "condition",
    [
        {"if_none_match": '"two"', "if_modified_since": LATER},
        {"if_modified_since": EARLIER},
        {"if_modified_since": "never"},
    ],
)
def test_who_has_another_version_gets_all(condition: dict[str, str]) -> None:
    assert asked(**condition) == (HTTPStatus.OK, 0, 1000)


def test_an_empty_file_is_sent_whole_or_not_in_parts() -> None:
    empty = Version(0, 0, '"empty"')

    assert answer_to({}, empty).status == HTTPStatus.OK
    assert answer_to({"Range": "bytes=0-"}, empty).status == (
        HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
    )
