"""Whose an EVSE is."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, select
from sqlalchemy.engine import Connection

from .errors import UnknownRecordError
from .schema import charger, evse, site

_OWNERS: Final = (
    select(evse.c.id, charger.c.id.label("charger_id"), site.c.id.label("site_id"), site.c.time_zone, site.c.currency)
    .join_from(evse, charger)
    .join(site)
    .where(evse.c.id.in_(bindparam("of_evses", expanding=True)))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvseOwner:
    """Whose an EVSE is, and what a session there takes from its site."""

    evse_id: str
    site_id: str
    charger_id: str
    time_zone: str
    currency: str


def owner_of(connection: Connection, evse_id: str) -> EvseOwner:
    """Return whose an EVSE is; UnknownRecordError where it is nobody's."""
    return owners_of(connection, (evse_id,))[evse_id]


def owners_of(connection: Connection, evse_ids: Collection[str]) -> dict[str, EvseOwner]:
    """Return whose EVSEs are; UnknownRecordError where one is nobody's."""
    rows = connection.execute(_OWNERS, {"of_evses": sorted(evse_ids)})
    found = {
        row.id: EvseOwner(
            evse_id=row.id,
            charger_id=row.charger_id,
            site_id=row.site_id,
            time_zone=row.time_zone,
            currency=row.currency,
        )
        for row in rows
    }
    if unknown := set(evse_ids) - set(found):
        raise UnknownRecordError(f"EVSE {min(unknown)}")
    return found
