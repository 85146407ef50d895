"""Whether a token may charge: OCPP 1.6 Authorize and StartTransaction, 2.0.1 C01 to C09."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from ..id_token import IdToken, KnownToken, TokenState

#: The group of the cards that end any charge and begin none (OCPP 2.0.1, AuthCtrlr.MasterPassGroupId).
MASTER_PASS_GROUP: Final = "HomeAssistantMaster"  # noqa: S105 - a group, and no secret


class AuthorisationStatus(StrEnum):
    """The answer, in the words that OCPP 1.6 and 2.x share."""

    ACCEPTED = "Accepted"
    BLOCKED = "Blocked"
    EXPIRED = "Expired"
    INVALID = "Invalid"
    CONCURRENT_TX = "ConcurrentTx"


class Admission(StrEnum):
    """Whom a charger's owner lets charge."""

    KNOWN = "known"  # who has a token on the list
    LEARNING = "learning"  # the same, and the next new token comes on the list
    FREE = "free"  # anybody, but for tokens that are blocked


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorisation:
    """The answer to a token; `expires_at` and `group` are the token's own, `learned` asks to put it on the list.

    `ends_only`: it is the master's, which ends any charge and begins none (OCPP 2.0.1, C47 to C49).
    """

    status: AuthorisationStatus
    expires_at: datetime | None = None
    group: str | None = None
    learned: bool = False
    ends_only: bool = False

    @property
    def accepted(self) -> bool:
        """Whether it may charge."""
        return self.status is AuthorisationStatus.ACCEPTED and not self.ends_only

    @property
    def to_begin(self) -> Authorisation:
        """The answer to who begins a charge with it, or may mean to."""
        return Authorisation(status=AuthorisationStatus.BLOCKED) if self.ends_only else self


def authorise(
    token: IdToken | None,
    known: KnownToken | None,
    running: Iterable[IdToken],
    now: datetime,
    *,
    admission: Admission = Admission.KNOWN,
) -> Authorisation:
    """Answer a token.

    `known` is what the list has of it, `running` the tokens whose transactions go on at
    other EVSEs than the one that asks: a card charges one car at a time.
    """
    if known is not None and known.state is TokenState.BLOCKED:
        return _answer(AuthorisationStatus.BLOCKED, known)
    if known is not None and known.state is TokenState.MASTER and not _is_over(known, now):
        group = MASTER_PASS_GROUP
        return Authorisation(
            status=AuthorisationStatus.ACCEPTED, expires_at=known.expires_at, group=group, ends_only=True
        )
    if admission is Admission.FREE:
        return Authorisation(status=AuthorisationStatus.ACCEPTED, group=None if known is None else known.group)
    if token is None or token.names_nobody:
        return Authorisation(status=AuthorisationStatus.INVALID)
    if known is None or known.state is TokenState.SEEN:
        learns = admission is Admission.LEARNING
        status = AuthorisationStatus.ACCEPTED if learns else AuthorisationStatus.INVALID
        return Authorisation(status=status, learned=learns)
    status = AuthorisationStatus.ACCEPTED
    if _is_over(known, now):
        status = AuthorisationStatus.EXPIRED
    elif any(token.is_same(other) for other in running):
        status = AuthorisationStatus.CONCURRENT_TX
    return _answer(status, known)


def may_stop(token: IdToken | None, known: KnownToken | None, starter: IdToken | None, group: str | None) -> bool:
    """Tell whether a token may end a charge: the one that began it, one of its group that is not blocked, a master."""
    if starter is None or token is None:
        return True
    if token.is_same(starter):
        return True
    if known is None:
        return False
    is_of_group = known.state is TokenState.ACCEPTED and group is not None and known.group == group
    return is_of_group or known.state is TokenState.MASTER


def _is_over(known: KnownToken, now: datetime) -> bool:
    return known.expires_at is not None and known.expires_at <= now


def _answer(status: AuthorisationStatus, known: KnownToken) -> Authorisation:
    return Authorisation(status=status, expires_at=known.expires_at, group=known.group)
