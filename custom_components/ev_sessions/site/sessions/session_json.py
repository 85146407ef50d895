"""Sessions in the shape that scripts and other programs rely on.

Energy and power are numbers (kWh, kW), seconds whole, money and prices decimal text with a
number beside it, instants ISO 8601 with the session's own offset; what is not known is null.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from ...core.energy import kwh_from_mwh
from ...core.money import Money, average_price, exact_text
from ...core.sessions.session import ChargingPeriod
from ...core.statistics.carbon import Carbon
from ...core.vehicles.consumption import range_added_km
from ...store import Correction, Costing, CostLine, CostRole, PricedPeriod, Signature, StoredSession, StoredTransaction
from ..view import OwnerView
from .shown import Happening


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What people call the things that a session refers to."""

    site: str | None
    charger: str | None
    charger_device_id: str | None
    tariff: str | None
    billed_tariff: str | None = None
    vehicle: str | None = None
    payer: str | None = None
    id_token: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """What else there is of a session: what the charger recorded, and the lines of its costs.

    `fees` come beside the energy of its periods, `billed` are all that its payer is billed.
    """

    transactions: Sequence[StoredTransaction] = ()
    signature: Signature | None = None
    fees: Sequence[CostLine] = ()
    billed: Sequence[CostLine] = ()
    corrections: Sequence[Correction] = ()
    carbon: Carbon | None = None


def session_json(
    stored: StoredSession,
    names: Names,
    periods: Sequence[PricedPeriod] | None = None,
    records: Records | None = None,
) -> dict[str, Any]:
    """Return a session as JSON values; its charging periods only where they are given."""
    records = records or Records()
    session = stored.session
    zone = ZoneInfo(stored.time_zone)
    house = _costing(stored, CostRole.HOUSE)
    billed = _costing(stored, CostRole.PAYER)
    shown: dict[str, Any] = {
        "id": session.id,
        "site": names.site,
        "charger": names.charger,
        "charger_device_id": names.charger_device_id,
        "evse": stored.evse_number,
        "status": session.status.value,
        "end_reason": _word(session.end_reason),
        "start": _instant(session.start, zone),
        "end": _instant(session.end, zone),
        "connected_s": session.connected_ms // 1000,
        "charging_s": session.charging_ms // 1000,
        "waiting_s": session.waiting_ms // 1000,
        "paused_s": session.paused_ms // 1000,
        "idle_s": session.idle_ms // 1000,
        "energy_kwh": kwh_from_mwh(session.energy_mwh),
        "register_start_kwh": _kwh(session.register_start_mwh),
        "register_end_kwh": _kwh(session.register_end_mwh),
        "solar_kwh": _kwh(session.solar_mwh),
        "estimated_kwh": kwh_from_mwh(session.estimated_mwh),
        "unpriced_kwh": kwh_from_mwh(stored.unpriced_mwh),
        "peak_power_kw": _kw(session.peak_power_w),
        "average_power_kw": _average_power_kw(session.energy_mwh, session.charging_ms),
        **_money(house, session.energy_mwh - stored.unpriced_mwh),
        "fees": [_line_json(line, zone) for line in records.fees],
        "tariff": names.tariff,
        "billed": None if billed is None else _billed_json(billed, session.energy_mwh, names, records, zone),
        "vehicle": names.vehicle,
        "payer": names.payer,
        "id_token": names.id_token,
        "note": stored.note,
        "transactions": [_transaction_json(one, zone) for one in records.transactions],
        "signature": _signature_json(records.signature),
        "edited": stored.edited,
        "vehicle_by": _word(stored.vehicle_by),
        "payer_by": _word(stored.payer_by),
        "soc_start": stored.soc_start_percent,
        "soc_end": stored.soc_end_percent,
        "odometer_km": stored.odometer_km,
        "odometer_end_km": stored.odometer_end_km,
        "range_added_km": range_added_km(kwh_from_mwh(session.energy_mwh), stored.consumption_kwh),
        "energy_per_100_km_kwh": stored.consumption_kwh,
        **carbon_json(records.carbon, session.energy_mwh),
        "corrections": [_correction_json(one, zone) for one in records.corrections],
        "codes": list(stored.codes),
        "voucher": None if stored.voucher is None else exact_text(stored.voucher),
    }
    if periods is not None:
        shown["periods"] = [_period_json(priced, zone) for priced in periods]
    return shown


def carbon_json(carbon: Carbon | None, energy_mwh: int) -> dict[str, float | None]:
    """Return what energy stands for, in kg of CO₂, and how much of it nobody knows; null where nothing is known."""
    if carbon is None or not carbon.known_mwh:
        return {"co2_kg": None, "co2_unknown_kwh": None}
    return {"co2_kg": carbon.kg, "co2_unknown_kwh": kwh_from_mwh(max(0, energy_mwh - carbon.known_mwh))}


def _billed_json(billed: Costing, energy_mwh: int, names: Names, records: Records, zone: ZoneInfo) -> dict[str, Any]:
    return {
        **_money(billed, energy_mwh - billed.unpriced_mwh),
        "unpriced_kwh": kwh_from_mwh(billed.unpriced_mwh),
        "tariff": names.billed_tariff,
        "lines": [_line_json(line, zone) for line in records.billed],
    }


def _line_json(line: CostLine, zone: ZoneInfo) -> dict[str, Any]:
    rule = line.rule or {}
    return {
        "component": line.component,
        "rule": rule.get("rule"),
        "element": rule.get("element"),
        "start": _instant(line.start, zone),
        "end": _instant(line.end, zone),
        "quantity": exact_text(line.quantity),
        "unit": line.unit,
        "price": None if line.unit_price is None else exact_text(line.unit_price),
        "tax_percent": None if line.tax_percent is None else exact_text(line.tax_percent),
        "amount_exact": exact_text(Decimal(line.amount_nano).scaleb(-9)),
    }


def _correction_json(one: Correction, zone: ZoneInfo) -> dict[str, Any]:
    old, new = (
        None if nano is None else exact_text(Decimal(nano).scaleb(-9))
        for nano in (one.old_total_nano, one.new_total_nano)
    )
    return {"at": _instant(one.at, zone), "role": one.role.value, "currency": one.currency, "old": old, "new": new}


def _transaction_json(stored: StoredTransaction, zone: ZoneInfo) -> dict[str, Any]:
    told = stored.transaction
    return {
        "id": told.station_transaction_id,
        "start": _instant(told.start, zone),
        "end": _instant(told.end, zone),
        "meter_start_kwh": _kwh(told.meter_start_mwh),
        "meter_end_kwh": _kwh(told.meter_end_mwh),
        "timed_by": told.timed_by.value,
        "stop_reason": told.stop_reason,
    }


def _signature_json(signature: Signature | None) -> dict[str, Any] | None:
    if signature is None:
        return None
    return {
        "format": signature.format,
        "public_key": signature.public_key,
        "records": signature.records,
        "verified": signature.verified,
    }


def _costing(stored: StoredSession, role: CostRole) -> Costing | None:
    return next((one for one in stored.costings if one.role is role), None)


def _money(costing: Costing | None, priced_mwh: int) -> dict[str, Any]:
    # A cost of nothing priced is not known, which is another thing than free.
    if costing is None or (priced_mwh == 0 and costing.unpriced_mwh > 0):
        return {
            "cost": None,
            "cost_exact": None,
            "cost_float": None,
            "currency": None if costing is None else costing.currency,
            "average_price": None,
        }
    cost = Money.from_nano(costing.total_nano, costing.currency)
    mean = average_price(cost.amount, priced_mwh)
    return {
        "cost": cost.text,
        "cost_exact": cost.exact_text,
        "cost_float": float(cost.rounded),
        "currency": costing.currency,
        "average_price": None if mean is None else exact_text(mean),
    }


def _period_json(priced: PricedPeriod, zone: ZoneInfo) -> dict[str, Any]:
    period: ChargingPeriod = priced.period
    cost = None if priced.cost_nano is None else Decimal(priced.cost_nano).scaleb(-9)
    return {
        "start": _instant(period.start, zone),
        "end": _instant(period.end, zone),
        "activity": period.activity.value,
        "suspended_by": _word(period.suspended_by),
        "energy_kwh": kwh_from_mwh(period.energy_mwh),
        "solar_kwh": _kwh(period.solar_mwh),
        "estimated_kwh": kwh_from_mwh(period.estimated_mwh),
        "price": None if period.price_per_kwh is None else exact_text(period.price_per_kwh),
        "price_basis": period.price_basis.value,
        "cost_exact": None if cost is None else exact_text(cost),
        "quality": period.quality.value,
    }


def _instant(at: datetime | None, zone: ZoneInfo) -> str | None:
    return None if at is None else at.astimezone(zone).isoformat()


def _kwh(energy_mwh: int | None) -> float | None:
    return None if energy_mwh is None else kwh_from_mwh(energy_mwh)


def _kw(power_w: float | None) -> float | None:
    return None if power_w is None else round(power_w / 1000, 6)


def _average_power_kw(energy_mwh: int, charging_ms: int) -> float | None:
    """Return the mean power while charging, in kW; null where it never charged."""
    return None if charging_ms <= 0 else round(energy_mwh * 3.6 / charging_ms, 3)


def _word(word: Any) -> str | None:
    return None if word is None else str(word.value)


def happening_attributes(happening: Happening, currency: str, owner: OwnerView | None = None) -> dict[str, Any]:
    """Return the attributes of an event of a session, with its vehicle and payer where these are known."""
    event, session = happening.event, happening.session
    attributes: dict[str, Any] = {"session_id": event.session_id}
    if event.reason is not None:
        attributes["reason"] = event.reason
    if session is not None:
        attributes["energy_kwh"] = kwh_from_mwh(session.energy_mwh)
        if session.cost is not None:
            attributes["cost"] = Money(amount=session.cost, currency=currency).text
            attributes["currency"] = currency
    if owner is not None:
        known = {"vehicle": owner.vehicle, "payer": owner.payer}
        attributes |= {name: value for name, value in known.items() if value is not None}
    return attributes
