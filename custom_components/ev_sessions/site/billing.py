"""By which tariff each payer is billed: what is owed beside what the house pays."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from ..const import CONF_TARIFF
from ..core.costing import Circumstances
from ..core.costing.running import RunningCost
from ..core.price_timeline import PriceTimeline
from ..core.tariff import Tariff
from ..core.tariff.reading import tariff_from
from ..store import Kind, Ledger, Version
from .ledger import asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Billing:
    """The tariff of a payer as it is now; `timelines` are the prices that memory knows."""

    tariff: Tariff
    version_id: str
    zone: ZoneInfo
    timelines: Callable[[], Mapping[str, PriceTimeline]]

    def running(self, known: Circumstances) -> RunningCost:
        """Return the bill of a session, with nothing in it yet."""
        return RunningCost(self.tariff, self.zone, known, all_lines=True)


def version_at(versions: Sequence[Version], subentry_id: str, at: datetime) -> Version | None:
    """Return the version of a thing that held at an instant: the first one before there was any."""
    mine = sorted((one for one in versions if one.subentry_id == subentry_id), key=lambda one: one.valid_from)
    held = [one for one in mine if one.valid_from <= at]
    return held[-1] if held else next(iter(mine), None)


def tariff_id_of(payer: Version) -> str | None:
    """Return the subentry of the tariff by which a payer is billed; None: nothing is billed."""
    found = payer.data.get(CONF_TARIFF)
    return None if found is None else str(found)


async def async_billings(
    ledger: Ledger, zone: ZoneInfo, timelines: Callable[[], Mapping[str, PriceTimeline]], at: datetime
) -> dict[str, Billing]:
    """Return by what each payer is billed now, by the payer's id in the ledger."""
    payers = await asked(ledger.versions(Kind.PAYER, newest_only=True))
    tariffs = await asked(ledger.versions(Kind.TARIFF)) if payers else ()
    found: dict[str, Billing] = {}
    for payer in payers:
        tariff_id = tariff_id_of(payer)
        version = None if tariff_id is None else version_at(tariffs, tariff_id, at)
        if version is not None:
            found[payer.thing_id] = Billing(
                tariff=tariff_from(version.data), version_id=version.id, zone=zone, timelines=timelines
            )
    return found
