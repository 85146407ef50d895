"""The cost engine alone: sessions costed per second, and a plan's week and sample session before it is taken."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from time import process_time
from zoneinfo import ZoneInfo

from benchmarks.row import Measured, Row, repeated_ms
from custom_components.ev_sessions.core.costing import Usage, UsagePeriod, cost_json, cost_of_usage
from custom_components.ev_sessions.core.tariff import Restrictions, Tariff
from custom_components.ev_sessions.core.tariff.plan import Plan
from custom_components.ev_sessions.core.tariff.plan_parts import PlanWindow
from custom_components.ev_sessions.core.tariff.preview import week_of

_ZONE = ZoneInfo("Europe/Berlin")
_EVENING = datetime(2026, 11, 20, 17, 7, tzinfo=UTC)
_PERIODS = 40
_SESSIONS = 1_000


def leaflet(windows: int = 3) -> Tariff:
    """Return a plan with a tax and so many windows besides the usual price."""
    times = [Restrictions(start_time=time(2 * place), end_time=time(2 * place + 1)) for place in range(windows)]
    found = tuple(PlanWindow(price=Decimal(place) / 100, when=when) for place, when in enumerate(times))
    return Plan(usual=Decimal("0.35"), windows=found, vat_percent=Decimal(19)).tariff(
        currency="EUR", time_zone=_ZONE.key
    )


def night() -> Usage:
    """Return a session of forty periods, from an evening into the night."""
    quarter = timedelta(minutes=15)
    return Usage.of(
        UsagePeriod(
            start=_EVENING + place * quarter, end=_EVENING + (place + 1) * quarter, energy_mwh=2_731_123 + place
        )
        for place in range(_PERIODS)
    )


def costed(sessions: int = _SESSIONS) -> float:
    """Return the CPU seconds that so many sessions cost."""
    tariff, usage = leaflet(), night()
    begun_s = process_time()
    for _ in range(sessions):
        cost_of_usage(tariff, usage, _ZONE)
    return process_time() - begun_s


def _per_second() -> Measured:
    took_s = costed()
    return Measured(value=_SESSIONS / took_s, details={"sessions": _SESSIONS, "periods": _PERIODS, "cpu_s": took_s})


def preview() -> None:
    """Reckon the coming week and a sample session of a plan of twelve windows."""
    tariff = leaflet(12)
    week_of(tariff, date(2026, 11, 20))
    usage = Usage.of([UsagePeriod(start=_EVENING, end=_EVENING + timedelta(hours=2), energy_mwh=20_000_000)])
    cost_json(cost_of_usage(tariff, usage, _ZONE), _ZONE)


ROWS = (
    Row(name="cost: sessions of 40 periods", unit="sessions/s of CPU", measure=_per_second, at_least=250),
    Row(name="cost: preview of a plan", unit="ms", measure=lambda: repeated_ms(preview, 50), at_most=50),
)
