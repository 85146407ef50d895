"""By which tariff each payer is billed for each vehicle: what is owed beside what the house pays."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from ...const import CONF_TARIFF
from ...core.costing import Circumstances
from ...core.costing.running import RunningCost
from ...core.prices.timeline import PriceTimeline
from ...core.tariff import Tariff
from ...core.tariff.reading import tariff_from
from ...store import Kind, Ledger, Version
from ..ledger.ledger import asked


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


def tariff_id_of(payer: Version | None, vehicle: Version | None) -> str | None:
    """Return the tariff by which a payer is billed for a vehicle: that of the vehicle, else the payer's own.

    It is the tariff's subentry; None: nothing is billed, as where nobody pays.
    """
    return None if payer is None else _named(vehicle) or _named(payer)


def _named(owner: Version | None) -> str | None:
    found = None if owner is None else owner.data.get(CONF_TARIFF)
    return None if not found else str(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Billings:
    """By what sessions are billed now.

    `payers` and `vehicles` are versions, by their own ids and the newest of each also by the id
    of the thing; `tariffs` are by subentry.
    """

    payers: Mapping[str, Version] = field(default_factory=dict)
    vehicles: Mapping[str, Version] = field(default_factory=dict)
    tariffs: Mapping[str, Billing] = field(default_factory=dict)

    def of(self, payer: str | None, vehicle: str | None) -> Billing | None:
        """Return by what a payer is billed for a vehicle, each the id of a version or of a thing; None: by nothing."""
        tariff_id = tariff_id_of(self.payers.get(payer or ""), self.vehicles.get(vehicle or ""))
        return self.tariffs.get(tariff_id or "")


async def async_billings(
    ledger: Ledger, zone: ZoneInfo, timelines: Callable[[], Mapping[str, PriceTimeline]], at: datetime
) -> Billings:
    """Return by what payers are billed now, each for each vehicle."""
    payers = await asked(ledger.versions(Kind.PAYER))
    if not payers:
        return Billings()
    vehicles = await asked(ledger.versions(Kind.VEHICLE))
    tariffs = await asked(ledger.versions(Kind.TARIFF))
    found: dict[str, Billing] = {}
    for tariff_id in {one for one in map(_named, (*payers, *vehicles)) if one is not None}:
        version = version_at(tariffs, tariff_id, at)
        if version is not None:
            found[tariff_id] = Billing(
                tariff=tariff_from(version.data), version_id=version.id, zone=zone, timelines=timelines
            )
    return Billings(payers=_by_id(payers), vehicles=_by_id(vehicles), tariffs=found)


def _by_id(versions: Sequence[Version]) -> dict[str, Version]:
    in_order = sorted(versions, key=lambda one: one.valid_from)
    return {one.thing_id: one for one in in_order} | {one.id: one for one in in_order}
