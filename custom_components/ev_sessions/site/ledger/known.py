"""What the ledger knows of a site's chargers when the site starts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ...core.sessions.tracking.tracker import Tracker
from ...core.statistics.month import Month
from ...store import ChargerRecord, ChargerWish, CostLine, Ledger, PricedPeriod, Snapshot, SpanTotal, StoredSession
from ..config.site import ChargerConfig
from .ledger import asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What the ledger knows of an EVSE when it starts.

    `snapshot` is what its tracker knew, `before_gap` what it knew before its source went
    away, where it was away at the end.
    """

    snapshot: str | None
    before_gap: str | None
    open_sessions: tuple[StoredSession, ...]
    periods: dict[str, tuple[PricedPeriod, ...]]
    lines: dict[str, tuple[CostLine, ...]]
    month_before_mwh: dict[str, int]  # what the site's month had before each of them
    last_session: StoredSession | None
    month: SpanTotal | None


async def async_register_chargers(
    ledger: Ledger, site_id: str, configs: Sequence[ChargerConfig], now: datetime
) -> list[ChargerRecord]:
    """Return the ledger's chargers behind the configured ones, and take all others out of use.

    A charger that was removed and is added again, told by its identity, goes on with its
    own history.
    """
    known = await asked(ledger.chargers(site_id=site_id))
    present = {config.id for config in configs}
    for record in known:
        # Where nobody sees a charger, none is gone.
        if record.subentry_id not in present and record.archived_at is None and record.transport != "manual":
            await asked(ledger.archive_charger(record.id, now))
    return [await _async_register(ledger, site_id, config, known, now) for config in configs]


async def _async_register(
    ledger: Ledger, site_id: str, config: ChargerConfig, known: Sequence[ChargerRecord], now: datetime
) -> ChargerRecord:
    wish = ChargerWish(
        site_id=site_id,
        subentry_id=config.id,
        name=config.name,
        transport=config.transport,
        identity=config.unique_id,
        evse_numbers=tuple(one.evse for one in config.evses),
    )
    same = [one for one in known if config.unique_id is not None and one.identity == config.unique_id]
    is_new = all(one.subentry_id != config.id for one in known)
    take_over = same[-1].id if is_new and same else None
    return await asked(ledger.put_charger(wish, now, take_over=take_over))


async def async_beginning(
    ledger: Ledger, evse_id: str, snapshot: Snapshot | None, month: Month, currency: str
) -> Beginning:
    """Return what the ledger knows of an EVSE: where its tracker stopped, and what is to be shown."""
    sessions: tuple[StoredSession, ...] = ()
    if snapshot is not None:
        ids = {*session_ids_in(snapshot.state), *session_ids_in(snapshot.before_gap or "")}
        sessions = await asked(ledger.sessions_of(sorted(ids)))
    totals = await asked(ledger.span_totals([(month.start, month.end)], evse_ids=(evse_id,)))
    return Beginning(
        snapshot=None if snapshot is None else snapshot.state,
        before_gap=None if snapshot is None else snapshot.before_gap,
        open_sessions=sessions,
        periods=await asked(ledger.periods_of([one.session.id for one in sessions])),
        lines=await asked(ledger.house_lines_of([one.session.id for one in sessions])),
        month_before_mwh=await asked(ledger.month_energy_before([one.session.id for one in sessions])),
        last_session=await asked(ledger.last_session(evse_id)),
        month=total_in(totals, currency),
    )


def session_ids_in(snapshot: str) -> list[str]:
    """Return the sessions that a tracker may still change; none where its text cannot be read."""
    try:
        tracker = Tracker.from_json(snapshot)
    except ValueError:
        return []
    going = () if tracker.current is None else (tracker.current,)
    return [session.id for session in (*tracker.ended, *going)]


def total_in(totals: Sequence[SpanTotal], currency: str) -> SpanTotal | None:
    """Return the total in that currency; sums of two currencies never meet."""
    return next((total for total in totals if total.currency == currency), None)
