"""Sessions in the shape in which we give them out, read back into sessions and charging periods.

Each record stands alone: what is wrong with it is a word beside its row, and nothing raises.
What a record does not say is found out where that is certain: durations from its periods,
periods of a session that has none by an even spread (marked estimated), prices from costs.
What contradicts itself is not taken.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
import json
import re
from typing import Any
from zoneinfo import ZoneInfo

from ..energy import split
from ..sessions.durations import lasted
from ..sessions.session import ChargingPeriod, EndReason, Session, SessionStatus
from .cost import Cost, SaidCost, cost_of_periods
from .owners import SaidOwner
from .periods import ReadPeriod, read_periods, spread_periods
from .values import RefusedRowError, Row

_LONGEST = timedelta(days=366)
_CLOCKS = timedelta(minutes=1)
_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
_PARTS = ("waiting", "charging", "paused", "idle")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportContext:
    """What the records are read for: a site's zone and currency, the time of now, and how to name a session."""

    zone: ZoneInfo
    currency: str
    now: datetime
    new_id: Callable[[datetime], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerNamed:
    """The charger that a record names; all None where it names none."""

    name: str | None
    device_id: str | None
    evse: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSession:
    """A session that was read; `row` counts from 1. `costs_nano` are those of its periods, None: unpriced."""

    row: int
    charger: ChargerNamed
    session: Session
    periods: tuple[ChargingPeriod, ...]
    costs_nano: tuple[int | None, ...]
    cost: Cost
    note: str | None
    said: SaidOwner = field(default_factory=SaidOwner)
    program: str | None = None  # that wrote it


@dataclass(frozen=True, slots=True, kw_only=True)
class RowProblem:
    """A record that is not taken, and the word for why."""

    row: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadReport:
    """What was read of some records."""

    sessions: tuple[ReadSession, ...]
    problems: tuple[RowProblem, ...]


class NoSessionsError(ValueError):
    """The data as a whole is no list of sessions; the message says why."""


def records_in(data: Any, name: str = "sessions") -> Sequence[Any]:
    """Return the records of a list, of an object with a list of that name, or of JSON text of either."""
    if isinstance(data, str | bytes):
        try:
            data = json.loads(data)
        except (ValueError, RecursionError) as err:
            raise NoSessionsError(f"it is no JSON, {err}") from err
    if isinstance(data, Mapping):
        data = data.get(name)
    if not isinstance(data, list):
        raise NoSessionsError("there is no list of sessions in it")
    return data


def read_sessions(
    records: Iterable[Any], context: ImportContext, translate: Callable[[Any], Any] = lambda record: record
) -> ReadReport:
    """Read records; those that cannot be taken are told with their rows.

    `translate` makes a record of what is none; what it refuses is told as well.
    """
    sessions: list[ReadSession] = []
    problems: list[RowProblem] = []
    for number, values in enumerate(records, 1):
        try:
            sessions.append(_read(number, Row(translate(values)), context))
        except RefusedRowError as refused:
            problems.append(RowProblem(row=number, reason=refused.reason))
    return ReadReport(sessions=tuple(sessions), problems=tuple(problems))


def _read(number: int, row: Row, context: ImportContext) -> ReadSession:
    start, end = _bounds(row, context.now)
    energy_mwh = row.energy_mwh("energy_kwh")
    if energy_mwh is None:
        raise RefusedRowError("energy_kwh_not_understood")
    said = SaidCost.read(row, context.currency, energy_mwh)
    durations = _said_durations(row, end - start)
    given = row.raw("periods")
    if given:
        read = read_periods(given, start, end, context.zone)
        if sum(one.period.energy_mwh for one in read) != energy_mwh:
            raise RefusedRowError("periods_do_not_sum")
    else:
        read = spread_periods(start, end, energy_mwh, said.priced_mwh, durations, context.zone)
        read = _with_estimated(read, row.energy_mwh("estimated_kwh") or 0, energy_mwh)
    read = _with_solar(read, row.energy_mwh("solar_kwh"))
    periods, costs_nano, cost = cost_of_periods(read, said, context.currency)
    session = _session(row, start, end, periods, context.new_id)
    return ReadSession(
        row=number,
        charger=_charger(row),
        session=_with_durations(session, periods, durations),
        periods=periods,
        costs_nano=costs_nano,
        cost=cost,
        note=row.text("note"),
        said=SaidOwner.read(row),
        program=row.text("program"),
    )


def _bounds(row: Row, now: datetime) -> tuple[datetime, datetime]:
    start, end = row.instant("start"), row.instant("end")
    if start is None:
        raise RefusedRowError("start_not_understood")
    if end is None or (row.word("status", SessionStatus) or SessionStatus.ENDED) is not SessionStatus.ENDED:
        raise RefusedRowError("not_ended")
    if end <= start:
        raise RefusedRowError("end_before_start")
    if end > now:
        raise RefusedRowError("in_the_future")
    if end - start > _LONGEST:
        raise RefusedRowError("too_long")
    return start, end


def _charger(row: Row) -> ChargerNamed:
    evse = row.amount("evse")
    if evse is not None and evse != int(evse):
        raise RefusedRowError("evse_not_understood")
    return ChargerNamed(
        name=row.text("charger"),
        device_id=row.text("charger_device_id"),
        evse=1 if evse is None else int(evse),
    )


def _session(
    row: Row, start: datetime, end: datetime, periods: Sequence[ChargingPeriod], new_id: Callable[[datetime], str]
) -> Session:
    said_id = row.raw("id")
    known = isinstance(said_id, str) and _ULID.fullmatch(said_id)
    peak_kw = row.amount("peak_power_kw")
    solar = [period.solar_mwh for period in periods if period.solar_mwh is not None]
    return Session(
        id=str(said_id) if known else new_id(start),
        start=start,
        end=end,
        status=SessionStatus.ENDED,
        end_reason=row.word("end_reason", EndReason),
        register_start_mwh=row.energy_mwh("register_start_kwh"),
        register_end_mwh=row.energy_mwh("register_end_kwh"),
        energy_mwh=sum(period.energy_mwh for period in periods),
        solar_mwh=sum(solar) if solar else None,
        estimated_mwh=sum(period.estimated_mwh for period in periods),
        peak_power_w=None if peak_kw is None else float(peak_kw * 1000),
        settled=True,
        period_count=len(periods),
    )


def _with_estimated(read: list[ReadPeriod], estimated_mwh: int, energy_mwh: int) -> list[ReadPeriod]:
    """Return periods among which the estimated part of the session's energy is shared by their energy."""
    if estimated_mwh > energy_mwh:
        raise RefusedRowError("estimated_kwh_not_understood")
    if not estimated_mwh:
        return read
    parts = split(estimated_mwh, [one.period.energy_mwh for one in read])
    return [replace(one, period=replace(one.period, estimated_mwh=part)) for one, part in zip(read, parts, strict=True)]


def _with_solar(read: list[ReadPeriod], solar_mwh: int | None) -> list[ReadPeriod]:
    """Return periods whose solar energies sum to the session's, shared by energy where they have none."""
    if solar_mwh is None:
        return read
    energies = [one.period.energy_mwh for one in read]
    if all(one.period.solar_mwh is None for one in read):
        parts = split(solar_mwh, energies) if any(energies) else [0] * len(energies)
        read = [replace(one, period=replace(one.period, solar_mwh=part)) for one, part in zip(read, parts, strict=True)]
    solar = [one.period.solar_mwh or 0 for one in read]
    if sum(solar) != solar_mwh or any(part > energy for part, energy in zip(solar, energies, strict=True)):
        raise RefusedRowError("solar_kwh_does_not_sum")
    return read


def _said_durations(row: Row, span: timedelta) -> dict[str, int] | None:
    """Return connected time and its four parts, in ms, where all of them are said."""
    said = {name: row.duration_ms(f"{name}_s") for name in ("connected", *_PARTS)}
    known = {name: value for name, value in said.items() if value is not None}
    if not known:
        return None
    if len(known) < len(said):
        raise RefusedRowError("durations_do_not_sum")
    # Each was rounded down to a second, the sum as well.
    if not 0 <= known["connected"] - sum(known[name] for name in _PARTS) < 4_000:
        raise RefusedRowError("durations_do_not_sum")
    # Clocks that were set leave a little between the two.
    if timedelta(milliseconds=known["connected"]) > span + _CLOCKS:
        raise RefusedRowError("durations_do_not_fit")
    return known


def _with_durations(session: Session, periods: Sequence[ChargingPeriod], said: dict[str, int] | None) -> Session:
    """Return the session with its durations: by its periods where these agree with what is said, else as said."""
    counted = session
    for period in periods:
        counted = lasted(counted, period.activity, period.duration_ms)
    if said is None or all(getattr(counted, f"{name}_ms") // 1000 * 1000 == value for name, value in said.items()):
        return counted
    # What rounding took is given back evenly, so that the parts sum to the whole.
    missing = split(said["connected"] - sum(said[name] for name in _PARTS), [1] * len(_PARTS))
    parts = {name: said[name] + more for name, more in zip(_PARTS, missing, strict=True)}
    return replace(
        session,
        connected_ms=said["connected"],
        waiting_ms=parts["waiting"],
        charging_ms=parts["charging"],
        paused_ms=parts["paused"],
        idle_ms=parts["idle"],
    )
