"""Whose an EVSE is."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, select
from sqlalchemy.engine import Connection

from .errors import UnknownRecordError
from .schema import charger, evse, site

_OWNER: Final = (
    select(charger.c.id, site.c.id.label("site_id"), site.c.time_zone, site.c.currency)
    .join_from(evse, charger)
    .join(site)
    .where(evse.c.id == bindparam("of_evse"))
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
    row = connection.execute(_OWNER, {"of_evse": evse_id}).first()
    if row is None:
        raise UnknownRecordError(f"EVSE {evse_id}")
    return EvseOwner(
        evse_id=evse_id, charger_id=row.id, site_id=row.site_id, time_zone=row.time_zone, currency=row.currency
    )
