"""Cards and app ids that may authorise sessions, as the owner has them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.engine import Connection
from ulid_transform import ulid_now

from ..core.id_token import LONGEST_VALUE, IdToken, KnownToken, TokenState
from .audit import record
from .errors import RefusedEditError, UnknownRecordError
from .schema import fields, id_token, session
from .versions import Kind

#: A station may make tokens up: so many of a site are kept of which nobody has said anything.
_MOST_SEEN: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredToken:
    """A token of a site; its value is normalised. `vehicle_id` and `payer_id` are the things' ids in the ledger."""

    id: str
    site_id: str
    type: str
    value: str
    state: TokenState
    expires_at: datetime | None = None
    group_name: str | None = None
    vehicle_id: str | None = None
    payer_id: str | None = None

    @property
    def known(self) -> KnownToken:
        """The token as the rules take it."""
        token = IdToken(value=self.value, type=self.type)
        return KnownToken(token=token, state=self.state, expires_at=self.expires_at, group=self.group_name)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenWish:
    """A token as the owner wants it on the list of a site."""

    site_id: str
    token: IdToken
    state: TokenState = TokenState.ACCEPTED
    expires_at: datetime | None = None
    group: str | None = None
    vehicle_id: str | None = None
    payer_id: str | None = None


def id_tokens(connection: Connection) -> dict[str, str]:
    """Return the normalised value of each token by its id."""
    return dict(connection.execute(select(id_token.c.id, id_token.c.value)).tuples().all())


def tokens_of(connection: Connection, site_id: str) -> tuple[StoredToken, ...]:
    """Return the tokens of a site, by their values."""
    query = select(*fields(id_token)).where(id_token.c.site_id == site_id).order_by(id_token.c.value, id_token.c.type)
    return tuple(StoredToken(**row) for row in connection.execute(query).mappings())


def find_token(connection: Connection, site_id: str, token: IdToken) -> StoredToken | None:
    """Return what a site knows of a token: in any case, and of any type where one is not told."""
    query = select(*fields(id_token)).where(id_token.c.site_id == site_id, id_token.c.value == token.normalised)
    found = [StoredToken(**row) for row in connection.execute(query.order_by(id_token.c.type)).mappings()]
    same = [one for one in found if one.known.token.is_same(token)]
    return next((one for one in same if one.type == token.type), same[0] if same else None)


def token_owner(connection: Connection, site_id: str, token: IdToken) -> tuple[str | None, str | None]:
    """Return the vehicle and the payer whose card a token is: by the site's list, else by that of another site."""
    query = select(*fields(id_token)).where(id_token.c.value == token.normalised).order_by(id_token.c.site_id)
    found = [StoredToken(**row) for row in connection.execute(query).mappings()]
    same = [one for one in found if one.known.token.is_same(token) and (one.vehicle_id or one.payer_id)]
    here = next((one for one in same if one.site_id == site_id), same[0] if same else None)
    return (None, None) if here is None else (here.vehicle_id, here.payer_id)


def put_token(connection: Connection, wish: TokenWish, *, who: str, at: datetime) -> StoredToken:
    """Put a token on a site's list, or change it; the audit trail is told who did."""
    value = wish.token.normalised
    if wish.token.names_nobody or len(value) > LONGEST_VALUE:
        raise RefusedEditError("token_not_valid")
    known = find_token(connection, wish.site_id, wish.token)
    values = {
        "state": wish.state,
        "expires_at": wish.expires_at,
        "group_name": wish.group,
        "vehicle_id": wish.vehicle_id,
        "payer_id": wish.payer_id,
    }
    if known is None:
        row = {"id": ulid_now(), "site_id": wish.site_id, "type": wish.token.type, "value": value, **values}
        connection.execute(insert(id_token).values(row))
    else:
        connection.execute(update(id_token).where(id_token.c.id == known.id).values(values))
    stored = find_token(connection, wish.site_id, wish.token)
    if stored is None:
        raise UnknownRecordError("the token that was just written")  # pragma: no cover - it was
    if stored != known:
        record(
            connection,
            site_id=wish.site_id,
            at=at,
            who=who,
            action="put",
            subject="id_token",
            subject_id=stored.id,
            old=None if known is None else _words(known),
            new=_words(stored),
        )
    return stored


def assign_tokens(
    connection: Connection,
    kind: Kind,
    thing_id: str,
    *,
    site_id: str,
    kept: Collection[str],
    new: Sequence[IdToken] = (),
    who: str,
    at: datetime,
) -> None:
    """Let just these tokens of a site be those of a vehicle or a payer: known ones by their ids, and new ones.

    One that was only seen may charge from now on; one that is blocked stays so.
    """
    wishes: list[TokenWish] = []
    for known in tokens_of(connection, site_id):
        owner = known.vehicle_id if kind is Kind.VEHICLE else known.payer_id
        if known.id in kept and owner != thing_id:
            wishes.append(_owned(known, kind, thing_id))
        elif known.id not in kept and owner == thing_id and not any(known.known.token.is_same(one) for one in new):
            wishes.append(_owned(known, kind, None))
    for token in new:
        known_one = find_token(connection, site_id, token)
        if known_one is None:
            known_one = StoredToken(
                id="", site_id=site_id, type=token.type, value=token.normalised, state=TokenState.ACCEPTED
            )
        wishes.append(_owned(known_one, kind, thing_id))
    for wish in wishes:
        put_token(connection, wish, who=who, at=at)


def _owned(known: StoredToken, kind: Kind, thing_id: str | None) -> TokenWish:
    """Return the wish that a token be another's, and all else as it is."""
    state = TokenState.ACCEPTED if thing_id and known.state is TokenState.SEEN else known.state
    return TokenWish(
        site_id=known.site_id,
        token=known.known.token,
        state=state,
        expires_at=known.expires_at,
        group=known.group_name,
        vehicle_id=thing_id if kind is Kind.VEHICLE else known.vehicle_id,
        payer_id=thing_id if kind is Kind.PAYER else known.payer_id,
    )


def remove_token(connection: Connection, token_id: str, *, who: str, at: datetime) -> None:
    """Take a token from the list. One that sessions refer to stays as merely seen, and so charges nothing any more."""
    row = connection.execute(select(*fields(id_token)).where(id_token.c.id == token_id)).mappings().first()
    if row is None:
        raise UnknownRecordError(f"id token {token_id}")
    known = StoredToken(**row)
    if connection.scalar(select(session.c.id).where(session.c.id_token_id == token_id).limit(1)) is None:
        connection.execute(delete(id_token).where(id_token.c.id == token_id))
    else:
        nothing = {"expires_at": None, "group_name": None, "vehicle_id": None, "payer_id": None}
        connection.execute(update(id_token).where(id_token.c.id == token_id).values(state=TokenState.SEEN, **nothing))
    record(
        connection,
        site_id=known.site_id,
        at=at,
        who=who,
        action="remove",
        subject="id_token",
        subject_id=token_id,
        old=_words(known),
    )


def see_token(connection: Connection, site_id: str, token: IdToken) -> StoredToken | None:
    """Return a token that was held to a charger; an unknown one is noted, unless too many of them are already."""
    if token.names_nobody or len(token.normalised) > LONGEST_VALUE:
        return None
    known = find_token(connection, site_id, token)
    if known is not None:
        return known
    seen = select(func.count()).where(id_token.c.site_id == site_id, id_token.c.state == TokenState.SEEN)
    if (connection.scalar(seen) or 0) >= _MOST_SEEN:
        return None
    made = StoredToken(
        id=ulid_now(), site_id=site_id, type=token.type[:32], value=token.normalised, state=TokenState.SEEN
    )
    connection.execute(
        insert(id_token).values(id=made.id, site_id=site_id, type=made.type, value=made.value, state=made.state)
    )
    return made


def _words(stored: StoredToken) -> dict[str, str | None]:
    """Return what the audit trail keeps of a token; who reads that is an admin."""
    return {
        "type": stored.type,
        "value": stored.value,
        "state": stored.state.value,
        "expires_at": None if stored.expires_at is None else stored.expires_at.isoformat(),
        "group": stored.group_name,
        "vehicle_id": stored.vehicle_id,
        "payer_id": stored.payer_id,
    }
