"""Work in steps goes on where it was left, and is done at once where somebody needs it."""

from collections.abc import Generator

import pytest

from custom_components.ev_sessions.site.sessions.stepwise import STEPS_AT_ONCE, Stepwise


def counting(done: list[int], count: int) -> Generator[None]:
    for number in range(count):
        done.append(number)
        yield


def test_work_goes_on_where_it_was_left() -> None:
    done: list[int] = []
    work = Stepwise()
    work.async_begin(counting(done, STEPS_AT_ONCE + 5))
    assert (work.async_work(), len(done), work.is_busy) == (True, STEPS_AT_ONCE, True)
    assert (work.async_work(), len(done), work.is_busy) == (False, STEPS_AT_ONCE + 5, False)
    assert not work.async_work()


def test_other_work_begins_after_what_there_is() -> None:
    done: list[int] = []
    work = Stepwise()
    work.async_begin(counting(done, 100))
    work.async_begin(counting(done, 3))
    assert done == list(range(100))
    work.async_settle()
    assert done == [*range(100), 0, 1, 2]


def test_what_a_step_sets_off_does_not_ask_for_the_next_one() -> None:
    work = Stepwise()
    seen: list[bool] = []

    def reaching_back() -> Generator[None]:
        yield
        seen.append(work.is_busy)
        work.async_settle()

    work.async_begin(reaching_back())
    work.async_settle()
    assert (seen, work.is_busy) == ([False], False)


def test_work_that_failed_is_over() -> None:
    def failing() -> Generator[None]:
        yield
        raise ValueError

    work = Stepwise()
    work.async_begin(failing())
    with pytest.raises(ValueError):  # noqa: PT011 - it has no text
        work.async_settle()
    assert not work.is_busy
