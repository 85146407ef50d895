"""What the cost of a session of the ledger depends on besides the tariff and what was used."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal

from ...core.costing import Circumstances
from ...core.tariff import Tariff
from ...core.tariff.house import asks_for_owner
from ...store import Kind, Ledger, StoredSession
from ..ledger.ledger import asked


def has_tiers(tariff: Tariff) -> bool:
    """Return whether a price depends on the energy of the month so far."""
    return any(element.restrictions.has_month_tiers for element in tariff.elements)


async def async_circumstances(
    ledger: Ledger,
    sessions: Sequence[StoredSession],
    *,
    tiered: Collection[str],
    named: bool,
    holidays: frozenset[date] = frozenset(),
) -> dict[str, Circumstances]:
    """Return what is known of sessions, by their ids: the month before them, whose they are, and what they were given.

    The month is asked for where a session is one of `tiered`, and names of vehicles and payers
    where somebody is `named` by a tariff.
    """
    months = await asked(ledger.month_energy_before(list(tiered))) if tiered else {}
    names = await _async_names(ledger) if named else {}
    return {
        stored.session.id: Circumstances(
            month_mwh=months.get(stored.session.id, 0),
            holidays=holidays,
            vehicle=stored.vehicle_id,
            payer=stored.payer_id,
            codes=frozenset(stored.codes),
            voucher=stored.voucher or Decimal(0),
            vehicle_names=names.get(stored.vehicle_id or "", frozenset()),
            payer_names=names.get(stored.payer_id or "", frozenset()),
        )
        for stored in sessions
    }


async def async_circumstances_under(
    ledger: Ledger, sessions: Sequence[StoredSession], tariffs: Sequence[Tariff]
) -> dict[str, Circumstances]:
    """Return what is known of sessions that are all to be costed under any of some tariffs."""
    tiered = [stored.session.id for stored in sessions] if any(map(has_tiers, tariffs)) else []
    return await async_circumstances(ledger, sessions, tiered=tiered, named=any(map(asks_for_owner, tariffs)))


async def _async_names(ledger: Ledger) -> Mapping[str, frozenset[str]]:
    """Return as what else vehicles and payers are known, by their ids in the ledger: as subentries, by name."""
    versions = [
        version
        for kind in (Kind.VEHICLE, Kind.PAYER)
        for version in await asked(ledger.versions(kind, newest_only=True))
    ]
    return {one.thing_id: frozenset(filter(None, (one.subentry_id, one.name))) for one in versions}
