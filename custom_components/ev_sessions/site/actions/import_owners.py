"""The vehicles, payers and cards that imported sessions may be of, as the ledger has them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...const import CONF_PAYER, CONF_PLATE
from ...core.imports.owners import Card, FoundOwner, KnownOwners, OwnerFinder, SaidOwner, Thing
from ...store import Kind, Ledger, Version
from ..ledger.ledger import asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """The newest version of each vehicle and payer, by the ids of the things."""

    vehicles: Mapping[str, str]
    payers: Mapping[str, str]

    def owned(self, found: FoundOwner, said: SaidOwner) -> dict[str, Any]:
        """Return whose a session is, and what is said of its vehicle, in columns of the ledger."""
        return {
            "vehicle_version_id": self.vehicles.get(found.vehicle_id or ""),
            "vehicle_by": found.vehicle_by,
            "payer_version_id": self.payers.get(found.payer_id or ""),
            "payer_by": found.payer_by,
            "id_token_id": found.id_token_id,
            "soc_start_percent": said.soc_start_percent,
            "soc_end_percent": said.soc_end_percent,
            "odometer_km": said.odometer_km,
        }


async def async_owners(ledger: Ledger, site_id: str) -> tuple[OwnerFinder, Versions]:
    """Return what finds the owners of sessions of a site."""
    vehicles = await asked(ledger.versions(Kind.VEHICLE))
    payers = await asked(ledger.versions(Kind.PAYER))
    payer_ids = {one.subentry_id: one.thing_id for one in payers}
    cards = {
        one.value: Card(id=one.id, vehicle_id=one.vehicle_id, payer_id=one.payer_id)
        for one in await asked(ledger.tokens_of(site_id))
    }
    known = KnownOwners(
        vehicles=_things(vehicles, payer_ids),
        payers=_things(payers, {}),
        cards=cards,
    )
    return known.finder(), Versions(
        vehicles={one.thing_id: one.id for one in vehicles}, payers={one.thing_id: one.id for one in payers}
    )


def _things(versions: tuple[Version, ...], payer_ids: Mapping[str, str]) -> tuple[Thing, ...]:
    """Return things by what they are now; they also go by the names of before."""
    names: dict[str, list[str]] = {}
    for one in versions:
        names.setdefault(one.thing_id, []).append(one.name)
    newest = {one.thing_id: one for one in versions}
    return tuple(
        Thing(
            id=one.thing_id,
            words=(*names[one.thing_id], one.data.get(CONF_PLATE) or "", one.subentry_id),
            payer_id=payer_ids.get(one.data.get(CONF_PAYER) or ""),
            archived=one.archived_at is not None,
        )
        for one in newest.values()
    )
