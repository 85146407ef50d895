"""Reading charging periods that somebody gave us, and those of a ledger."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from ..energy import mwh_from_kwh
from ..fields import Fields
from ..problem import InputError, Problem, ProblemKind
from ..reading import Activity, SuspendedBy
from ..sessions.session import ChargingPeriod
from ..sessions.trace import TraceSample
from .traced import traced
from .usage import PeriodState, Usage, UsageError, UsagePeriod

#: More periods than this are no session: a month of minutes fits.
MOST_PERIODS = 50_000
#: More kWh than this in one period are a mistake in the unit.
_MOST_KWH = Decimal(1_000_000)
_MOST_POWER_KW = Decimal(100_000)
_MOST_CURRENT_A = Decimal(1_000_000)
#: A session longer than this has a mistake in its years; each of its days is looked at.
_LONGEST = timedelta(days=3660)
#: Before the one there are no electric cars to charge, and before the other a clock that stands wrong.
_FIRST, _LAST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_FIELDS = frozenset({"start", "end", "kwh", "state", "power_kw", "current_a", "solar_kwh"})

#: What a usage says against its periods, as a problem of which field.
_CONTRADICTIONS = {
    "ends_before_start": ("end", ProblemKind.ENDS_BEFORE_START),
    "overlap": ("start", ProblemKind.OVERLAP),
}


def usage_from(data: Any, zone: tzinfo) -> Usage:
    """Return the usage of charging periods as JSON; InputError names every field that is wrong.

    Each has `start`, `end` (in `zone` where they have no offset), `kwh` and `state`, and may
    have `power_kw` and `current_a`.
    """
    problems: list[Problem] = []
    found = Fields({"periods": data}, "", problems).objects("periods")
    if len(found) > MOST_PERIODS:
        raise InputError([Problem(kind=ProblemKind.OUT_OF_RANGE, path="periods", value=str(len(found)))])
    periods = [_period(fields, zone) for fields in found]
    if problems:
        raise InputError(problems)
    try:
        return Usage.of(period for period in periods if period is not None)
    except UsageError as error:
        name, kind = _CONTRADICTIONS[error.reason]
        raise InputError([Problem(kind=kind, path=f"periods[{error.place}].{name}")]) from error


def _period(fields: Fields, zone: tzinfo) -> UsagePeriod | None:
    for name in fields.others(_FIELDS):
        fields.mark(name, ProblemKind.UNKNOWN_FIELD)
    there = [fields.required(name) for name in ("start", "end")]
    start, end = fields.instant("start", zone), fields.instant("end", zone)
    kwh = fields.number("kwh", least=Decimal(0), most=_MOST_KWH)
    state = fields.word("state", PeriodState)
    power_kw = fields.number("power_kw", least=Decimal(0), most=_MOST_POWER_KW)
    current_a = fields.number("current_a", least=Decimal(0), most=_MOST_CURRENT_A)
    solar_kwh = fields.number("solar_kwh", least=Decimal(0), most=_MOST_KWH)
    if not all(there) or start is None or end is None:
        return None
    if not _FIRST <= start <= _LAST:
        fields.mark("start", ProblemKind.OUT_OF_RANGE)
    if not _FIRST <= end <= _LAST or end - start > _LONGEST:
        fields.mark("end", ProblemKind.OUT_OF_RANGE)
    return UsagePeriod(
        start=start,
        end=end,
        energy_mwh=mwh_from_kwh(kwh or Decimal(0)),
        state=state or PeriodState.CHARGING,
        power_kw=power_kw,
        current_a=current_a,
        solar_mwh=None if solar_kwh is None else mwh_from_kwh(solar_kwh),
    )


def usage_of_session(
    start: datetime, end: datetime, periods: Iterable[ChargingPeriod], trace: Sequence[TraceSample] = ()
) -> Usage:
    """Return the usage of a session of the ledger; one without periods was connected, and nothing more.

    A period's energy is spread over it by the power of the session's trace; where that says
    nothing it is taken to be linear, and says so.
    """
    found = [part for period in periods for part in usage_parts(period, trace)]
    return Usage.of(found or [UsagePeriod(start=start, end=end, state=PeriodState.SUSPENDED_EVSE)])


def usage_parts(period: ChargingPeriod, trace: Sequence[TraceSample] = ()) -> list[UsagePeriod]:
    """Return what a period of the ledger used: in parts, by the power of its session's trace."""
    whole = UsagePeriod(
        start=period.start,
        end=period.end,
        energy_mwh=period.energy_mwh,
        state=state_of(period.activity, period.suspended_by),
        estimated_mwh=period.estimated_mwh,
        solar_mwh=period.solar_mwh,
        part_of=period.index,
    )
    return traced(whole, trace)


def state_of(activity: Activity, suspended_by: SuspendedBy | None) -> PeriodState:
    """Return what time of an activity counts as.

    Parking is only what the vehicle wants: before it may charge, and while somebody else
    holds it back, it may ask for power.
    """
    if activity is Activity.CHARGING:
        return PeriodState.CHARGING
    if activity in {Activity.SUSPENDED_EV, Activity.FINISHING} and suspended_by is None:
        return PeriodState.PARKING
    return PeriodState.SUSPENDED_EVSE
