"""Build what a site's energy costs: its tariff, the prices that it reads, and who is billed by which."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..const import DOMAIN
from ..core.tariff import Tariff
from ..core.tariff.writing import tariff_data
from ..sources.watch import SourceListener
from ..store import ChargerRecord, Kind, Ledger, Snapshot, Version
from .clock import Clock
from .config.site import SiteConfig, TariffConfig, first_tariff, payer_tariffs
from .incoming import Incoming, Run
from .issues import IssueBook
from .ledger.ledger import asked
from .parts import SiteParts
from .prices.billing import async_billings
from .prices.holidays import Holidays
from .prices.repricing import PriceBook
from .prices.service import PriceService, tariff_of
from .prices.session_pricing import Pricing
from .showing import Showing

#: A start waits no longer for what the recorder remembers of the price.
_RECALL_S: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffBuilder:
    """Builds the prices of one site. What they report goes to `incoming`."""

    hass: HomeAssistant
    entry: ConfigEntry[Any]
    config: SiteConfig
    zone: ZoneInfo
    ledger: Ledger
    clock: Clock
    issues: IssueBook
    parts: SiteParts
    incoming: Incoming
    showing: Showing
    listener: SourceListener
    run: Run

    async def async_build(self, records: list[ChargerRecord], snapshots: dict[str, Snapshot]) -> None:
        """Start the prices of the site's tariff, and recall what they were while nobody listened."""
        config = first_tariff(self.entry)
        await self._async_payer_tariffs()
        await self._async_holidays(config)
        if config is None:
            self.issues.no_tariff(self.config.name)
        else:
            self.issues.tariff_there()
        prices = None if config is None else await self._async_price_service(config)
        self.parts.billings = await async_billings(self.ledger, self.zone, self.parts.timelines, self.clock().utc)
        if prices is None:
            return
        mine = {evse_id for record in records for evse_id in record.evse_ids.values()}
        watched = [one.at for one in snapshots.values() if one.evse_id in mine]
        last = max(watched, default=None)
        await prices.async_start(last)
        if last is not None:
            recall = self.entry.async_create_background_task(
                self.hass, prices.async_recall(last), f"{DOMAIN} price history"
            )
            # Periods of the time in which nobody looked are cut where the price changed, if that is known in time.
            await asyncio.wait({recall}, timeout=_RECALL_S)

    async def _async_payer_tariffs(self) -> None:
        """Keep the tariffs by which payers are billed, and who is billed by which."""
        for config in payer_tariffs(self.entry):
            tariff = tariff_of(config, self.config)
            version = await self._async_version(config, tariff)
            service = None
            if tariff.timeline_price is not None:
                # Each keeps what its own entity showed, by which its bills are reckoned again years later.
                service = self._price_service(config, tariff, version, changed=_nobody, ahead_changed=_nobody)
                self.parts.payer_prices.append(service)
                await service.async_start(None)
            self.parts.payer_books.append((self._book(config, tariff, version), service))

    async def _async_holidays(self, config: TariffConfig | None) -> None:
        """Know the holidays, where a tariff asks for them, and those that were known before."""
        named = [one.holidays for one in (config, *payer_tariffs(self.entry)) if one is not None]
        self.parts.holidays = Holidays(
            self.hass,
            self.ledger,
            site_id=self.entry.entry_id,
            zone=self.zone,
            clock=self.clock,
            entities=[one for one in named if one is not None],
            changed=self._holidays_changed,
            run=self.run,
        )
        await self.parts.holidays.async_start()

    @callback
    def _holidays_changed(self, since: datetime) -> None:
        """Show the price by the holidays that are known now, and cost again what they change."""
        if self.parts.prices is not None:
            self.parts.prices.async_holidays(self.parts.holiday_days)
        if since < self.clock().utc:
            self.incoming.async_prices_learned(since)

    async def _async_version(self, config: TariffConfig, tariff: Tariff) -> Version:
        return await asked(
            self.ledger.put_version(
                Kind.TARIFF,
                site_id=self.entry.entry_id,
                subentry_id=config.id,
                name=config.name,
                time_zone=self.config.time_zone,
                currency=self.config.currency,
                data=tariff_data(tariff),
                valid_from=self.clock().utc,
            )
        )

    async def _async_price_service(self, config: TariffConfig) -> PriceService:
        tariff = tariff_of(config, self.config)
        version = await self._async_version(config, tariff)
        self.parts.book = self._book(config, tariff, version)
        self.parts.prices = self._price_service(
            config,
            replace(tariff, holidays=self.parts.holiday_days),
            version,
            changed=self.incoming.async_price_changed,
            ahead_changed=partial(self.showing.async_site, now=True),
        )
        self.parts.pricing = Pricing(
            currency=self.config.currency,
            zone=self.zone,
            tariff=tariff,
            version_id=version.id,
            since=version.valid_from,
            price=self.parts.prices.price,
            timelines=self.parts.timelines,
            known=self.parts.circumstances,
            billings=lambda: self.parts.billings,
        )
        return self.parts.prices

    def _book(self, config: TariffConfig, tariff: Tariff, version: Version) -> PriceBook:
        return PriceBook(
            ledger=self.ledger,
            tariff=tariff,
            tariff_id=version.thing_id,
            subentry_id=config.id,
            name=config.name,
            version_id=version.id,
            valid_from=version.valid_from,
        )

    def _price_service(
        self,
        config: TariffConfig,
        tariff: Tariff,
        version: Version,
        *,
        changed: Callable[[], None],
        ahead_changed: Callable[[], None],
    ) -> PriceService:
        """Return what follows the price that a tariff reads."""
        if config.entity_id is None and tariff.timeline_price is not None:
            # A tariff that was pasted says itself what it reads.
            config = replace(config, entity_id=tariff.timeline_price.source)
        return PriceService(
            self.hass,
            self.ledger,
            config=config,
            tariff=tariff,
            tariff_id=version.thing_id,
            clock=self.clock,
            changed=changed,
            ahead_changed=ahead_changed,
            learned=self.incoming.async_prices_learned,
            listener=self.listener,
        )


def _nobody() -> None:
    """Tell nobody: the price of a payer's tariff is no entity."""
