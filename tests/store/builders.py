"""Sessions, periods and steps as a tracker would leave them, for the ledger's tests."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from custom_components.ev_sessions.core.moment import us_of
from custom_components.ev_sessions.core.reading import Activity
from custom_components.ev_sessions.core.sessions.session import (
    ChargingPeriod,
    EndReason,
    PriceBasis,
    Session,
    SessionStatus,
)
from custom_components.ev_sessions.store import (
    ChargerWish,
    Costing,
    ImportedSession,
    Ledger,
    PricedPeriod,
    SiteRecord,
    StepRecord,
)

SITE_ID = "01SITE00000000000000000000"
NOON = datetime(2026, 11, 19, 12, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
WAIT_S = 30.0


def opened(folder: Path, **options: Any) -> Ledger:
    """Return an open ledger in a folder."""
    ledger = Ledger(str(folder / "ev_sessions.db"), **options)
    ledger.open()
    return ledger


def add_site(ledger: Ledger, *, currency: str = "EUR", site_id: str = SITE_ID) -> None:
    site = SiteRecord(id=site_id, name="Home", time_zone="Europe/Berlin", currency=currency)
    ledger.put_site(site).result(WAIT_S)


def add_charger(ledger: Ledger, name: str = "garage", *, site_id: str = SITE_ID) -> str:
    """Return the id of the EVSE of a new charger."""
    wish = ChargerWish(site_id=site_id, subentry_id=f"sub-{name}", name=name, transport="entities", identity=name)
    return ledger.put_charger(wish, NOON).result(WAIT_S).evse_ids[1]


def make_periods(
    start: datetime,
    energies_mwh: tuple[int, ...],
    *,
    price: str | None = "0.2213",
    activity: Activity = Activity.CHARGING,
) -> tuple[ChargingPeriod, ...]:
    """Return quarter hours, one for each energy."""
    return tuple(
        ChargingPeriod(
            index=index,
            start=start + index * QUARTER,
            end=start + (index + 1) * QUARTER,
            duration_ms=900_000,
            activity=activity,
            energy_mwh=energy,
            mean_power_w=energy * 4 / 1000,
            price_per_kwh=None if price is None else Decimal(price),
            price_basis=PriceBasis.NONE if price is None else PriceBasis.INTERVAL,
        )
        for index, energy in enumerate(energies_mwh)
    )


def make_session(start: datetime, periods: tuple[ChargingPeriod, ...], *, ended: bool = True) -> Session:
    """Return the session of some periods, all of them charging; its id follows from its start."""
    connected_ms = sum(period.duration_ms for period in periods)
    return Session(
        id=f"01S{us_of(start):023d}",
        start=start,
        end=start + len(periods) * QUARTER if ended else None,
        status=SessionStatus.ENDED if ended else SessionStatus.OPEN,
        end_reason=EndReason.UNPLUGGED if ended else None,
        energy_mwh=sum(period.energy_mwh for period in periods),
        connected_ms=connected_ms,
        charging_ms=connected_ms,
        settled=ended,
        period_count=len(periods),
    )


def nano_of(period: ChargingPeriod) -> int | None:
    """Return what the energy of a period costs, in 10⁻⁹ of the major unit."""
    return None if period.price_per_kwh is None else int(period.energy_mwh * period.price_per_kwh * 1000)


def priced(session: Session, periods: tuple[ChargingPeriod, ...]) -> tuple[PricedPeriod, ...]:
    return tuple(PricedPeriod(session_id=session.id, period=period, cost_nano=nano_of(period)) for period in periods)


def costing(session: Session, periods: tuple[ChargingPeriod, ...], **changes: Any) -> Costing:
    costs = [nano_of(period) for period in periods]
    whole = Costing(
        session_id=session.id,
        currency="EUR",
        total_nano=sum(cost for cost in costs if cost is not None),
        unpriced_mwh=sum(one.energy_mwh for one, cost in zip(periods, costs, strict=True) if cost is None),
        costed_at=NOON,
    )
    return replace(whole, **changes)


def step_of(evse_id: str, session: Session, periods: tuple[ChargingPeriod, ...], **more: Any) -> StepRecord:
    return StepRecord(
        evse_id=evse_id,
        at=session.end or NOON,
        sessions=(session,),
        periods=priced(session, periods),
        costings=(costing(session, periods),),
        **more,
    )


def add_session(
    ledger: Ledger,
    evse_id: str,
    start: datetime = NOON,
    energies_mwh: tuple[int, ...] = (2_750_000, 2_750_000, 1_000_000),
    *,
    ended: bool = True,
    price: str | None = "0.2213",
) -> Session:
    """Write a session by one step, and return it."""
    periods = make_periods(start, energies_mwh, price=price)
    session = make_session(start, periods, ended=ended)
    ledger.commit_step(step_of(evse_id, session, periods)).result(WAIT_S)
    return session


def imported(row: int, evse_id: str, start: datetime, energies_mwh: tuple[int, ...] = (1_000_000,)) -> ImportedSession:
    periods = make_periods(start, energies_mwh)
    session = make_session(start, periods)
    return ImportedSession(row=row, evse_id=evse_id, session=session, periods=priced(session, periods))
