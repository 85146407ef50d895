"""What a session that goes on has been given: codes and a voucher, written with what its tracker tells."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import update
from sqlalchemy.engine import Connection

from .schema import session


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionGift:
    """The codes and the voucher of a session, as a whole; the voucher is an amount of its currency, taxes inside."""

    session_id: str
    codes: tuple[str, ...] = ()
    voucher: Decimal | None = None


def put_gifts(connection: Connection, gifts: Sequence[SessionGift]) -> None:
    """Write what sessions were given; those that the ledger does not have are left out."""
    for one in gifts:
        connection.execute(
            update(session).where(session.c.id == one.session_id).values(codes=one.codes, voucher=one.voucher)
        )
