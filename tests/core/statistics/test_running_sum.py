"""Sums that run over hours, whole and renewed from any hour on."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, strategies as st

from custom_components.ev_sessions.core.statistics.running_sum import SumRow, running_sum

START = datetime(2026, 11, 19, tzinfo=UTC)
HOURS = st.dictionaries(st.integers(0, 60).map(lambda hour: START + timedelta(hours=hour)), st.integers(-50, 10**6))


def test_an_hour_of_which_nothing_is_left_is_written_as_nothing() -> None:
    one, two, three = (START + timedelta(hours=hour) for hour in range(3))
    assert running_sum(5, {one: 2, three: 4}, [two, one]) == (
        SumRow(start=one, change=2, total=7),
        SumRow(start=two, change=0, total=7),
        SumRow(start=three, change=4, total=11),
    )
    assert running_sum(5, {}, ()) == ()


@given(HOURS, st.integers(0, 61), st.integers(0, 10**6))
def test_renewed_from_any_hour_on_it_is_as_if_it_were_made_anew(
    changes: dict[datetime, int], hour: int, before: int
) -> None:
    since = START + timedelta(hours=hour)
    whole = running_sum(before, changes, ())
    kept = [row for row in whole if row.start < since]
    renewed = running_sum(
        kept[-1].total if kept else before, {at: change for at, change in changes.items() if at >= since}, ()
    )
    assert (*kept, *renewed) == whole
    assert not whole or whole[-1].total == before + sum(changes.values())
