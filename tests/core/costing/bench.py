"""Short words for costing stories: tariffs as OCPI writes them, periods by minutes from a start."""

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from custom_components.ev_sessions.core.costing import (
    CostResult,
    PeriodState,
    Usage,
    UsagePeriod,
    cost_json,
    cost_of_usage,
)
from custom_components.ev_sessions.core.energy import mwh_from_kwh
from custom_components.ev_sessions.core.tariff import Tariff
from custom_components.ev_sessions.core.tariff.reading import tariff_from_ocpi

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 11, 16, 9, 30, tzinfo=BERLIN)
SATURDAY = datetime(2026, 11, 21, 13, 30, tzinfo=BERLIN)
CHARGING, PARKING, WITHHELD = PeriodState.CHARGING, PeriodState.PARKING, PeriodState.SUSPENDED_EVSE
RESERVED, EXPIRED = PeriodState.RESERVATION, PeriodState.RESERVATION_EXPIRED


def part(kind: str, price: float | str, vat: float | None = None, step: int = 1) -> dict[str, Any]:
    """Return a price component."""
    data = {"type": kind, "price": price, "step_size": step}
    return data if vat is None else {**data, "vat": vat}


def element(*parts: dict[str, Any], **restrictions: Any) -> dict[str, Any]:
    """Return an element, with its restrictions."""
    data: dict[str, Any] = {"price_components": list(parts)}
    return {**data, "restrictions": restrictions} if restrictions else data


def tariff(*elements: dict[str, Any], zone: ZoneInfo = BERLIN, **rest: Any) -> Tariff:
    """Return a tariff in euro."""
    return tariff_from_ocpi({"currency": "EUR", "elements": list(elements), **rest}, zone.key)


def periods(
    start: datetime, *told: tuple[float, str, PeriodState], power_kw: str | None = None, current_a: str | None = None
) -> list[UsagePeriod]:
    """Return periods that follow each other: minutes, kWh, and what the vehicle did."""
    found = []
    at = start.astimezone(ZoneInfo("UTC"))
    for minutes, kwh, state in told:
        end = at + timedelta(minutes=minutes)
        found.append(
            UsagePeriod(
                start=at,
                end=end,
                energy_mwh=mwh_from_kwh(kwh),
                state=state,
                power_kw=None if power_kw is None else Decimal(power_kw),
                current_a=None if current_a is None else Decimal(current_a),
            )
        )
        at = end
    return found


def cost(of: Tariff, told: list[UsagePeriod], zone: ZoneInfo = BERLIN) -> CostResult:
    """Return what the periods cost."""
    return cost_of_usage(of, Usage.of(told), zone)


def shown(of: Tariff, told: list[UsagePeriod], zone: ZoneInfo = BERLIN, **options: bool) -> dict[str, Any]:
    """Return what the periods cost, as JSON."""
    return cost_json(cost(of, told, zone), zone, **options)


def totals(of: Tariff, told: list[UsagePeriod], zone: ZoneInfo = BERLIN) -> tuple[str, str]:
    """Return both totals as text."""
    data = shown(of, told, zone)
    return data["total_excl_tax"], data["total_incl_tax"]


def time_of(clock: str) -> time:
    """Return a time of the day, of HH:MM."""
    return time.fromisoformat(clock)
