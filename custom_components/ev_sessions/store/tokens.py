"""Cards and app ids that authorised sessions."""

from sqlalchemy import select
from sqlalchemy.engine import Connection

from .schema import id_token


def id_tokens(connection: Connection) -> dict[str, str]:
    """Return the normalised value of each token by its id."""
    return dict(connection.execute(select(id_token.c.id, id_token.c.value)).tuples().all())
