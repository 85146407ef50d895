"""Reading a stranger's JSON."""

from typing import Any

import pytest

from custom_components.ev_sessions.chargers.ocpp.loose import record_of, records_of, text_of, whole_of


@pytest.mark.parametrize(
    ("value", "text", "whole"),
    [
        ("x", "x", None),
        (" 7 ", "7", 7),
        (7, "7", 7),
        (7.0, None, 7),
        (7.5, None, None),
        (True, None, None),
        ("", None, None),
        ("1" * 21, "1" * 21, None),
        ("x" * 2501, None, None),
        (None, None, None),
        ([7], None, None),
        (float("inf"), None, None),
    ],
)
def test_texts_and_whole_numbers_are_taken_for_each_other(value: Any, text: str | None, whole: int | None) -> None:
    assert (text_of({"key": value}, "key"), whole_of({"key": value}, "key")) == (text, whole)


def test_what_is_no_object_is_an_empty_one_and_one_that_stands_alone_is_a_list() -> None:
    assert record_of({"key": [1]}, "key") == {}
    assert record_of({"key": {"a": 1}}, "key") == {"a": 1}
    assert list(records_of({"key": [1, {"a": 1}, None]}, "key")) == [{"a": 1}]
    assert list(records_of({"key": {"a": 1}}, "key")) == [{"a": 1}]
    assert list(records_of({}, "key")) == []
