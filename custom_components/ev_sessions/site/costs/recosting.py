"""Cost sessions of the ledger again, each by the tariff version that held: by the cost engine, with their traces."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from homeassistant.core import HomeAssistant

from ...core.costing import Circumstances
from ...core.costing.cost import CostRole, CostTally, reprice
from ...core.costing.reading import usage_parts
from ...core.costing.running import RunningCost
from ...core.costing.session_cost import BesideLine, SessionCost
from ...core.money import Money, average_price
from ...core.prices.price import PriceAt
from ...core.prices.timeline import PriceTimeline
from ...core.sessions.session import ChargingPeriod, PriceBasis
from ...core.sessions.trace import TraceSample
from ...core.tariff import Tariff
from ...core.tariff.house import asks_for_owner, asks_for_trace, is_per_kwh
from ...core.tariff.reading import tariff_from
from ...store import Costing, Kind, Ledger, PeriodPrice, StoredSession, Version
from ..ledger.ledger import asked
from ..prices.billing import tariff_id_of, version_at
from ..prices.cost_lines import kept, told
from ..prices.repricing import Recalculation, bill_costing, period_price
from ..prices.session_circumstances import async_circumstances, has_tiers

#: An open session has no end: what is known a little later still tells of its last period.
_A_LITTLE = timedelta(hours=1)
#: Versions of tariffs that are held as read; a site has few.
_MOST_TARIFFS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """All that the cost of one session is reckoned from; `kept` are the prices of another tariff, by period."""

    stored: StoredSession
    version: Version
    tariff: Tariff
    periods: Sequence[ChargingPeriod]
    kept: Mapping[int, PriceAt]
    before: Sequence[BesideLine]
    trace: Sequence[TraceSample]
    timelines: Mapping[str, PriceTimeline]
    known: Circumstances
    has_lines: bool = False  # beside the energy, as the ledger has it

    @property
    def house(self) -> Costing | None:
        """What it cost the house until now."""
        return next((one for one in self.stored.costings if one.role is CostRole.HOUSE), None)

    def cost(self, *, all_lines: bool = False) -> SessionCost:
        """Return what the session costs."""
        zone = ZoneInfo(self.stored.time_zone)
        prices = self.kept
        if is_per_kwh(self.tariff) and not (all_lines or self.before):
            simple = self._times_price()
            if not self.known.voucher:
                return simple
            prices = {place: price for place, price in simple.prices.items() if price.basis is not PriceBasis.NONE}
        running = RunningCost(self.tariff, zone, self.known, before=self.before, all_lines=all_lines)
        for place, period in enumerate(self.periods):
            parts = usage_parts(period, self.trace)
            running.put(replace(period, index=place), parts, price=prices.get(place))
        return running.cost(self.timelines)

    def _times_price(self) -> SessionCost:
        """Return the cost of energy times price, where a price gives way only to one that is known as surely."""
        read = self.tariff.timeline_price
        timeline = self.tariff.new_timeline() if read is None else self.timelines[read.source]
        mine = [(place, period) for place, period in enumerate(self.periods) if place not in self.kept]
        changes = reprice([period for _, period in mine], self.tariff, timeline, unpriced_only=False)
        new = {change.old.index: change.new for change in changes}
        periods = [new.get(period.index, period) for period in self.periods]
        tally = CostTally.of(self.tariff.currency, periods)
        prices = {place: PriceAt(one.price_per_kwh, one.price_basis) for place, one in enumerate(periods)}
        return SessionCost(total_nano=tally.total.nano, prices=prices, lines=(), unpriced_mwh=tally.unpriced_mwh)


@dataclass(slots=True, kw_only=True)
class Recosting:
    """Costs sessions again that only the cost engine can cost. `timelines` are the prices that memory knows."""

    hass: HomeAssistant
    ledger: Ledger
    holidays: Callable[[], frozenset[date]] = frozenset
    _tariffs: dict[str, Tariff] = field(default_factory=dict)

    async def async_by_engine(self, sessions: Sequence[StoredSession]) -> dict[str, tuple[Version, Tariff]]:
        """Return the version by which each session is costed, of those that the engine costs."""
        found = await self._async_versions(sessions)
        with_voucher = {one.session.id for one in sessions if one.voucher}
        return {
            session_id: one for session_id, one in found.items() if session_id in with_voucher or not is_per_kwh(one[1])
        }

    async def _async_versions(self, sessions: Sequence[StoredSession]) -> dict[str, tuple[Version, Tariff]]:
        versions = {one.id: one for one in await asked(self.ledger.versions(Kind.TARIFF))}
        found: dict[str, tuple[Version, Tariff]] = {}
        for stored in sessions:
            house = next((one for one in stored.costings if one.role is CostRole.HOUSE), None)
            version = None if house is None else versions.get(house.tariff_version_id or "")
            if version is not None:
                found[stored.session.id] = (version, self._tariff(version))
        return found

    def _tariff(self, version: Version) -> Tariff:
        if version.id not in self._tariffs:
            while len(self._tariffs) >= _MOST_TARIFFS:
                del self._tariffs[next(iter(self._tariffs))]
            self._tariffs[version.id] = tariff_from(version.data)
        return self._tariffs[version.id]

    async def async_recost(
        self, session_ids: Sequence[str], *, at: datetime, memory: Mapping[str, PriceTimeline], simple: bool = False
    ) -> Recalculation:
        """Cost those of the sessions again that the engine costs, in one transaction; return what changed.

        With `simple` also those that cost energy times price. A session keeps a price that nobody
        remembers any more: what was priced is never unpriced again.
        """
        sessions = await asked(self.ledger.sessions_of(session_ids))
        mine = await self._async_versions(sessions)
        wanted = {
            stored.session.id: mine[stored.session.id]
            for stored in sessions
            if stored.session.id in mine and (simple or stored.voucher or not is_per_kwh(mine[stored.session.id][1]))
        }
        given = await self._async_given(
            [one for one in sessions if one.session.id in wanted],
            wanted,
            memory,
            _A_LITTLE,
            await self._async_house_vouchers(sessions),
        )
        if not given:
            return Recalculation(changed={})
        # All that is reckoned, with what it changes: a page of it would hold up the loop.
        prices, costings, done = await self.hass.async_add_executor_job(
            lambda: _changes([(one, one.cost()) for one in given], at)
        )
        if costings:
            await asked(self.ledger.commit_prices(prices, costings, at))
        return done

    async def async_bill(self, session_ids: Sequence[str], *, at: datetime, memory: Mapping[str, PriceTimeline]) -> int:
        """Bill ended sessions to their payers, by the tariff that held; return how many there are with a bill.

        The tariff is the one that the session's vehicle named, else the payer's.

        A session that has no payer any more, or one without a tariff, has no bill from now on.
        """
        sessions = await asked(self.ledger.sessions_of(session_ids))
        by = await self._async_billed_by(sessions)
        without = [stored.session.id for stored in sessions if stored.session.id not in by]
        mine = [stored for stored in sessions if stored.session.id in by]
        bills = await self._async_bills(mine, by, at, memory)
        if bills or any(_bill(stored) for stored in sessions if stored.session.id in without):
            await asked(self.ledger.put_bills(bills, without, at))
        return len(bills)

    async def async_bill_late(
        self, session_ids: Sequence[str], *, at: datetime, memory: Mapping[str, PriceTimeline]
    ) -> int:
        """Bill sessions again whose bill reads a price, where that is known otherwise now; return how many changed.

        A final bill that changes leaves a correction. What was priced is never unpriced again.
        """
        sessions = {one.session.id: one for one in await asked(self.ledger.sessions_of(session_ids))}
        by = await self._async_billed_by(list(sessions.values()))
        before = {key: bill for key, one in sessions.items() if (bill := _bill(one)) is not None}
        mine = [
            one
            for key, one in sessions.items()
            if key in before and key in by and by[key][1].timeline_price is not None
        ]
        bills = [
            bill
            for bill in await self._async_bills(mine, by, at, memory)
            if bill.unpriced_mwh <= before[bill.session_id].unpriced_mwh
            and (bill.total_nano, bill.unpriced_mwh)
            != (before[bill.session_id].total_nano, before[bill.session_id].unpriced_mwh)
        ]
        if bills:
            await asked(self.ledger.put_bills(bills, (), at))
        return len(bills)

    async def _async_bills(
        self,
        sessions: Sequence[StoredSession],
        by: Mapping[str, tuple[Version, Tariff]],
        at: datetime,
        memory: Mapping[str, PriceTimeline],
    ) -> list[Costing]:
        """Return what payers are billed for sessions, all of which are billed."""
        found = await self._async_given(sessions, by, memory, _A_LITTLE, _vouchers(sessions))
        given = [replace(one, kept={}, before=()) for one in found]
        costs = await self.hass.async_add_executor_job(lambda: [one.cost(all_lines=True) for one in given])
        return [
            bill_costing(
                one.stored.session.id,
                one.stored.session.energy_mwh,
                cost,
                at,
                version_id=one.version.id,
                currency=one.tariff.currency,
                final=one.stored.session.settled and cost.unpriced_mwh == 0,
            )
            for one, cost in zip(given, costs, strict=True)
        ]

    async def _async_billed_by(self, sessions: Sequence[StoredSession]) -> dict[str, tuple[Version, Tariff]]:
        """Return by what sessions are billed; those that are billed to nobody are left out."""
        payers = {one.id: one for one in await asked(self.ledger.versions(Kind.PAYER))}
        vehicles = {one.id: one for one in await asked(self.ledger.versions(Kind.VEHICLE))}
        tariffs = await asked(self.ledger.versions(Kind.TARIFF))
        by: dict[str, tuple[Version, Tariff]] = {}
        for stored in sessions:
            payer = payers.get(stored.payer_version_id or "")
            tariff_id = tariff_id_of(payer, vehicles.get(stored.vehicle_version_id or ""))
            version = None if tariff_id is None else version_at(tariffs, tariff_id, stored.session.start)
            if version is not None:
                by[stored.session.id] = (version, self._tariff(version))
        return by

    async def _async_house_vouchers(self, sessions: Sequence[StoredSession]) -> dict[str, Decimal]:
        """Return the vouchers that count in what the house pays: those of sessions that are billed to nobody."""
        some = [stored for stored in sessions if stored.voucher]
        billed = await self._async_billed_by(some) if some else {}
        return _vouchers([stored for stored in some if stored.session.id not in billed])

    async def async_given(
        self, sessions: Sequence[StoredSession], memory: Mapping[str, PriceTimeline], *, after: timedelta
    ) -> list[Given]:
        """Return from what sessions are costed, with the prices until so long after them."""
        by = await self._async_versions(sessions)
        mine = [one for one in sessions if one.session.id in by]
        return await self._async_given(mine, by, memory, after, await self._async_house_vouchers(mine))

    async def _async_given(
        self,
        sessions: Sequence[StoredSession],
        by: Mapping[str, tuple[Version, Tariff]],
        memory: Mapping[str, PriceTimeline],
        after: timedelta,
        vouchers: Mapping[str, Decimal],
    ) -> list[Given]:
        """Return what each session is costed from; what they have in common is asked for once."""
        ids = [stored.session.id for stored in sessions]
        if not ids:
            return []
        periods = await asked(self.ledger.periods_of(ids))
        lines = await asked(self.ledger.house_lines_of(ids))
        known = await async_circumstances(
            self.ledger,
            sessions,
            tiered=[session_id for session_id in ids if has_tiers(by[session_id][1])],
            named=any(asks_for_owner(tariff) for _, tariff in by.values()),
            holidays=self.holidays(),
        )
        timelines = await self._async_timelines(sessions, by, memory, after)
        traces: dict[str, tuple[TraceSample, ...]] = {}
        for session_id in ids:
            if asks_for_trace(by[session_id][1]):
                traces[session_id] = await asked(self.ledger.trace_of(session_id))
        found = []
        for stored in sessions:
            session_id = stored.session.id
            version, tariff = by[session_id]
            mine = [one.period for one in periods[session_id]]
            older = {
                place: PriceAt(period.price_per_kwh, period.price_basis)
                for place, period in enumerate(mine)
                if period.start < version.valid_from and period.price_per_kwh is not None
            }
            kept_lines = lines.get(session_id, ())
            found.append(
                Given(
                    stored=stored,
                    version=version,
                    tariff=tariff,
                    periods=mine,
                    kept=older,
                    before=[told(line) for line in kept_lines if line.start < version.valid_from] if older else [],
                    trace=traces.get(session_id, ()),
                    timelines=timelines.get(version.thing_id, {}),
                    has_lines=bool(kept_lines),
                    known=replace(known[session_id], voucher=vouchers.get(session_id, Decimal(0))),
                )
            )
        return found

    async def _async_timelines(
        self,
        sessions: Sequence[StoredSession],
        by: Mapping[str, tuple[Version, Tariff]],
        memory: Mapping[str, PriceTimeline],
        after: timedelta,
    ) -> dict[str, dict[str, PriceTimeline]]:
        """Return the prices that tariffs read while the sessions went on, by tariff and source."""
        found: dict[str, dict[str, PriceTimeline]] = {}
        for thing_id in {by[one.session.id][0].thing_id for one in sessions}:
            mine = [one.session for one in sessions if by[one.session.id][0].thing_id == thing_id]
            tariff = by[mine[-1].id][1]
            read = tariff.timeline_price
            if read is None:
                continue
            until = max(one.end or one.start for one in mine) + after
            slots = await asked(self.ledger.prices_of(thing_id, min(one.start for one in mine), until))
            timeline = tariff.new_timeline()
            if (known := memory.get(read.source)) is not None:
                timeline = known.with_rules(timeline.rules)
            found[thing_id] = {read.source: timeline.with_slots(slots)}
        return found


def _vouchers(sessions: Sequence[StoredSession]) -> dict[str, Decimal]:
    return {stored.session.id: stored.voucher for stored in sessions if stored.voucher is not None}


def _bill(stored: StoredSession) -> Costing | None:
    return next((one for one in stored.costings if one.role is CostRole.PAYER), None)


def _changes(
    reckoned: Sequence[tuple[Given, SessionCost]], at: datetime
) -> tuple[list[PeriodPrice], list[Costing], Recalculation]:
    """Return what has to be written where sessions cost something else now, and what that comes to."""
    prices: list[PeriodPrice] = []
    costings: list[Costing] = []
    changed: dict[str, list[ChargingPeriod]] = {}
    final: list[str] = []
    priced_mwh = unpriced_mwh = 0
    for given, cost in reckoned:
        before = given.house
        if before is None or cost.unpriced_mwh > before.unpriced_mwh:
            continue
        unpriced_mwh += cost.unpriced_mwh
        priced_mwh += before.unpriced_mwh - cost.unpriced_mwh
        session_id, currency = given.stored.session.id, given.tariff.currency
        new = [
            replace(period, price_per_kwh=price.price_per_kwh, price_basis=price.basis)
            for place, period in enumerate(given.periods)
            if ((price := cost.prices[place]).basis is not PriceBasis.NONE or period.price_per_kwh is None)
            and (price.price_per_kwh, price.basis) != (period.price_per_kwh, period.price_basis)
        ]
        is_final = given.stored.session.settled and cost.unpriced_mwh == 0
        if not new and (before.total_nano, before.final) == (cost.total_nano, is_final):
            continue
        prices += [period_price(session_id, one, currency) for one in new]
        costings.append(costing_of(given, cost, at, final=is_final))
        changed[session_id] = new
        if is_final and (not before.final or before.total_nano != cost.total_nano):
            final.append(session_id)
    return (
        prices,
        costings,
        Recalculation(priced_mwh=priced_mwh, unpriced_mwh=unpriced_mwh, changed=changed, final=tuple(final)),
    )


def costing_of(given: Given, cost: SessionCost, at: datetime, *, final: bool) -> Costing:
    """Return what a session costs the house, as the ledger keeps it."""
    energy_mwh = given.stored.session.energy_mwh - cost.unpriced_mwh
    total = Money.from_nano(cost.total_nano, given.tariff.currency)
    with_lines = bool(cost.lines) or given.has_lines or not is_per_kwh(given.tariff)
    return Costing(
        session_id=given.stored.session.id,
        role=CostRole.HOUSE,
        tariff_version_id=given.version.id,
        currency=given.tariff.currency,
        total_nano=cost.total_nano,
        unpriced_mwh=cost.unpriced_mwh,
        average_price=average_price(total.amount, energy_mwh),
        final=final,
        costed_at=at,
        lines=tuple(map(kept, cost.lines)) if with_lines else None,
    )
