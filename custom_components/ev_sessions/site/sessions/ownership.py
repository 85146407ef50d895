"""Whose the sessions of one EVSE are, with which codes and which voucher: kept, and reckoned with at once."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from itertools import islice

from homeassistant.core import callback

from ...core.costing.circumstances import MOST_CODES
from ...core.moment import Now
from ...core.sessions.session import ChargingPeriod
from ...core.sessions.tracking.rewind import Retold
from ...store import SessionGift, SessionOwner
from .batch import Batch
from .live_sessions import Given, LiveSessions


class Ownership:
    """What is said of sessions that go on, or that may still change.

    `batch` is what is committed next, by `commit` at once; `show` shows what it changed.
    """

    def __init__(
        self,
        sessions: LiveSessions,
        *,
        batch: Callable[[], Batch],
        commit: Callable[[Now], None],
        show: Callable[[], None],
    ) -> None:
        self._sessions = sessions
        self._batch = batch
        self._commit = commit
        self._show = show
        self._heir: tuple[str, str] | None = None

    @callback
    def async_set_owner(self, session_id: str, payer_id: str | None, vehicle_id: str | None, now: Now) -> None:
        """Bill a session to a payer, or to nobody; ids are the ledger's."""
        self._keep_changed(session_id, self._sessions.set_owner(session_id, payer_id, vehicle_id), now)

    @callback
    def async_put_owner(self, owner: SessionOwner, now: Now) -> None:
        """Keep whose a session is, with what else is known of it."""
        self._batch().owners[owner.session_id] = owner
        self._batch().wait_from(now)
        self._commit(now)
        self.async_set_owner(owner.session_id, owner.payer_id, owner.vehicle_id, now)

    @callback
    def async_give(self, session_id: str, codes: frozenset[str], voucher: Decimal, now: Now) -> None:
        """Let a session have the codes and the voucher of the ledger."""
        self._batch().gifts.pop(session_id, None)
        self._keep_changed(session_id, self._sessions.give(session_id, codes, voucher), now)

    @callback
    def async_bring(self, codes: Sequence[str], voucher: Decimal | None, now: Now) -> bool:
        """Give codes, beside its own, and a voucher to the session that goes on; tell whether there is one."""
        live = self._sessions.going
        if live is None:
            return False
        self._give(live.session.id, (*codes, *sorted(live.codes)), voucher or live.voucher, now)
        # What a person says of it next is written after this.
        self._commit(now)
        return True

    @callback
    def async_promise(self, session_id: str, codes: frozenset[str]) -> None:
        """Let the next commit give codes to a session that begins with it: the second part of one that was split.

        Who charges is the same; the voucher stays with the first part, as money is spent once.
        """
        if codes:
            self._batch().gifts[session_id] = SessionGift(session_id=session_id, codes=tuple(sorted(codes)))

    @callback
    def async_share(self, session_id: str, codes: frozenset[str], now: Now) -> None:
        """Reckon with the codes that were promised."""
        if codes:
            self._keep_changed(session_id, self._sessions.give(session_id, codes, Decimal(0)), now)

    @callback
    def async_hand_over(self, given: Iterable[Given], retold: Retold, now: Now) -> None:
        """Let sessions that are told now have the codes and vouchers of those that never were in the same time."""
        for one in given:
            heir = max(retold.sessions, key=one.shared_s, default=None)
            live = None if heir is None or one.shared_s(heir) <= 0 else self._sessions.live(heir.id)
            if live is not None:
                self._heir = (one.session.id, live.session.id)
            if live is not None and (one.codes or one.voucher):
                codes = (*sorted(live.codes), *sorted(one.codes))
                self._give(live.session.id, codes, live.voucher + one.voucher, now)

    def heir_of(self, session_id: str | None) -> str | None:
        """Return which session took the place of one that never was, of the last such."""
        return self._heir[1] if self._heir is not None and self._heir[0] == session_id else None

    def _give(self, session_id: str, codes: Iterable[str], voucher: Decimal, now: Now) -> None:
        few = frozenset(islice(dict.fromkeys(codes), MOST_CODES))
        gift = SessionGift(session_id=session_id, codes=tuple(sorted(few)), voucher=voucher or None)
        self._batch().gifts[session_id] = gift
        self._keep_changed(session_id, self._sessions.give(session_id, few, voucher), now)

    def _keep_changed(self, session_id: str, periods: Iterable[ChargingPeriod] | None, now: Now) -> None:
        """Keep what a session costs by now, with its periods that changed by that; None: nothing did."""
        if periods is None:
            return
        batch = self._batch()
        batch.sessions[session_id] = self._sessions.session(session_id)
        batch.put_periods((session_id, period) for period in periods)
        batch.wait_from(now)
        self._show()
