"""Charging periods as somebody tells them, and as the ledger has them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from custom_components.ev_sessions.core.costing import PeriodState
from custom_components.ev_sessions.core.costing.reading import MOST_PERIODS, state_of, usage_from, usage_of_session
from custom_components.ev_sessions.core.problem import InputError, ProblemKind
from custom_components.ev_sessions.core.reading import Activity, SuspendedBy
from custom_components.ev_sessions.core.sessions.session import ChargingPeriod

BERLIN = ZoneInfo("Europe/Berlin")
GOOD: dict[str, Any] = {"start": "2026-11-20T10:00:00+01:00", "end": "2026-11-20T11:00:00+01:00", "kwh": 5}


def test_a_period_with_all_that_is_known() -> None:
    data = GOOD | {
        "kwh": "5.1234564",
        "state": "Suspended_EVSE",
        "power_kw": 11.04,
        "current_a": "48",
        "solar_kwh": 1.25,
    }
    (period,) = usage_from([data], BERLIN).periods
    assert (period.start, period.end) == (datetime(2026, 11, 20, 9, tzinfo=UTC), datetime(2026, 11, 20, 10, tzinfo=UTC))
    assert (period.energy_mwh, period.state) == (5_123_456, PeriodState.SUSPENDED_EVSE)
    assert (period.power_kw, period.current_a, period.solar_mwh) == (Decimal("11.04"), Decimal(48), 1_250_000)


def test_times_without_an_offset_are_local() -> None:
    """As YAML and the user interface give them; of an hour that is shown twice the first."""
    data = {"start": datetime(2026, 10, 25, 2, 30), "end": "2026-10-25 04:00:00", "kwh": 1}  # noqa: DTZ001 - is the point
    (period,) = usage_from([data], BERLIN).periods
    assert (period.end - period.start, period.state) == (timedelta(hours=2.5), PeriodState.CHARGING)


@pytest.mark.parametrize(
    ("data", "kind", "path"),
    [
        (None, ProblemKind.MISSING, "periods"),
        ([], ProblemKind.WRONG_SHAPE, "periods"),
        ([7], ProblemKind.WRONG_SHAPE, "periods[0]"),
        ([GOOD] * (MOST_PERIODS + 1), ProblemKind.OUT_OF_RANGE, "periods"),
        ([GOOD | {"start": None}], ProblemKind.MISSING, "periods[0].start"),
        ([GOOD | {"end": "soon"}], ProblemKind.NOT_A_TIME, "periods[0].end"),
        ([GOOD | {"end": "2026-11-20T08:00:00+01:00"}], ProblemKind.ENDS_BEFORE_START, "periods[0].end"),
        ([GOOD, GOOD], ProblemKind.OVERLAP, "periods[1].start"),
        ([GOOD | {"kwh": "nan"}], ProblemKind.NOT_A_NUMBER, "periods[0].kwh"),
        ([GOOD | {"kwh": -1}], ProblemKind.OUT_OF_RANGE, "periods[0].kwh"),
        ([GOOD | {"kwh": 1e9}], ProblemKind.OUT_OF_RANGE, "periods[0].kwh"),
        ([GOOD | {"state": "idle"}], ProblemKind.UNKNOWN_WORD, "periods[0].state"),
        ([GOOD | {"power": 11}], ProblemKind.UNKNOWN_FIELD, "periods[0].power"),
        ([GOOD | {"start": "0001-01-01T00:00:00Z"}], ProblemKind.OUT_OF_RANGE, "periods[0].start"),
        ([GOOD | {"end": "9999-12-31T00:00:00Z"}], ProblemKind.OUT_OF_RANGE, "periods[0].end"),
        ([GOOD | {"end": "2046-12-31T00:00:00Z"}], ProblemKind.OUT_OF_RANGE, "periods[0].end"),
    ],
)
def test_a_wrong_field_is_named(data: Any, kind: ProblemKind, path: str) -> None:
    with pytest.raises(InputError) as error:
        usage_from(data, BERLIN)
    assert (kind, path) in [(one.kind, one.path) for one in error.value.problems]


@pytest.mark.parametrize(
    ("activity", "suspended_by", "state"),
    [
        (Activity.CHARGING, None, PeriodState.CHARGING),
        (Activity.SUSPENDED_EV, None, PeriodState.PARKING),
        (Activity.FINISHING, None, PeriodState.PARKING),
        # What our balancing or planning paused is never idle.
        (Activity.FINISHING, SuspendedBy.US, PeriodState.SUSPENDED_EVSE),
        (Activity.SUSPENDED_EVSE, SuspendedBy.US, PeriodState.SUSPENDED_EVSE),
        (Activity.SUSPENDED_EVSE, SuspendedBy.CHARGER, PeriodState.SUSPENDED_EVSE),
        (Activity.PREPARING, None, PeriodState.SUSPENDED_EVSE),
        (Activity.AWAITING_AUTHORISATION, None, PeriodState.SUSPENDED_EVSE),
        (Activity.FAULT, None, PeriodState.SUSPENDED_EVSE),
    ],
)
def test_what_an_activity_counts_as(activity: Activity, suspended_by: SuspendedBy | None, state: PeriodState) -> None:
    assert state_of(activity, suspended_by) is state


def test_a_session_of_the_ledger() -> None:
    start = datetime(2026, 11, 20, 10, tzinfo=UTC)
    charged = ChargingPeriod(
        index=0,
        start=start,
        end=start + timedelta(minutes=15),
        duration_ms=900_000,
        activity=Activity.CHARGING,
        energy_mwh=2_000_000,
        estimated_mwh=1_000,
        mean_power_w=8_000.0,
    )
    parked = replace(
        charged,
        index=1,
        start=charged.end,
        end=start + timedelta(minutes=30),
        activity=Activity.SUSPENDED_EV,
        energy_mwh=0,
    )
    usage = usage_of_session(start, parked.end, [charged, parked])
    assert [one.state for one in usage.periods] == [PeriodState.CHARGING, PeriodState.PARKING]
    assert (usage.energy_mwh, usage.periods[0].estimated_mwh, usage.periods[0].power_kw) == (2_000_000, 1_000, None)
    # One that has just begun has no periods yet.
    (nothing,) = usage_of_session(start, start, []).periods
    assert (nothing.state, nothing.energy_mwh) == (PeriodState.SUSPENDED_EVSE, 0)
