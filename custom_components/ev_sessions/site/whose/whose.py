"""Whose the session of one EVSE is: signs in, and what is known of it into the ledger and onto the screen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
import logging
from typing import Final

from homeassistant.core import HomeAssistant, callback

from ...core.id_token import IdToken, masked
from ...core.moment import Now
from ...core.sessions.attribution import (
    NOBODYS,
    Attribution,
    FoundBy,
    Signs,
    TokenOwner,
    after_change,
    attribute,
    change_of,
    is_to_be_asked,
)
from ...core.sessions.session import EndReason, Session
from ...store import Kind, Ledger, LedgerError, SessionOwner, StoredSession
from ..clock import Clock
from ..ledger.ledger import asked
from ..sessions.sessions import SessionRecorder
from ..view import OwnerView
from .brought import Brought
from .car_shown import as_it_came, used_between
from .garage import Garage

_LOGGER = logging.getLogger(__name__)

#: Signs are looked at no more often: a station may report every second.
_LOOK_EVERY_S: Final = 10.0
#: Weak guesses keep no vehicle from being another charger's.
_CERTAIN: Final = frozenset(FoundBy) - {FoundBy.CHARGER}
#: So long a card counts that was held to the charger before the car was plugged in, in s.
_CARD_WAITS_S: Final = 300.0
#: Names of sessions that events may still tell of.
_MOST_NAMES: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """Whose a charger's sessions are where nothing says otherwise: subentries."""

    vehicle_id: str | None = None
    payer_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A session of which a person has to say whose it is."""

    session_id: str
    charger: str
    started_at: datetime


class Whose:
    """Follows whose the session is that goes on.

    `recorder` splits it where it becomes another's and keeps what is known of it; `soc` is
    what the charger itself tells of the battery. `ask` is given a session that nobody knows
    and, once it is known or over, its id to be forgotten.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        ledger: Ledger,
        garage: Garage,
        *,
        evse_id: str,
        site_id: str,
        name: str,
        defaults: Defaults,
        clock: Clock,
        recorder: Callable[[], SessionRecorder],
        soc: Callable[[], float | None],
        changed: Callable[[], None],
        ask: Callable[[Question], None],
        answered: Callable[[str], None],
    ) -> None:
        self._hass = hass
        self._ledger = ledger
        self._garage = garage
        self._evse_id = evse_id
        self._site_id = site_id
        self._name = name
        self._defaults = defaults
        self._clock = clock
        self._recorder = recorder
        self._soc = soc
        self._changed = changed
        self._ask = ask
        self._answered = answered
        self._session: Session | None = None
        self._owner: SessionOwner | None = None  # as it was given to the ledger
        self._known = NOBODYS
        self._token: TokenOwner | None = None
        self._token_s: float | None = None
        self._starter_id: str | None = None
        self._socs: dict[str, float] = {}
        self._energy_before_mwh = 0
        self._asked = False
        self._due_s = 0.0
        self._names: dict[str, OwnerView] = {}
        self._brought = Brought(recorder)

    # What is shown

    @property
    def view(self) -> OwnerView | None:
        """Whose the session is that goes on; None without one."""
        return None if self._session is None else self._view(self._known)

    def view_of(self, session_id: str | None) -> OwnerView | None:
        """Return whose a session is or was, as long as something may be told of it."""
        return self._names.get(session_id or "")

    def _view(self, known: Attribution) -> OwnerView:
        return OwnerView(
            vehicle=self._garage.name(known.vehicle_id),
            vehicle_by=known.vehicle_by,
            payer=self._garage.name(known.payer_id),
            payer_by=known.payer_by,
            id_token=None if known.token is None else masked(known.token.normalised),
        )

    # The session

    @callback
    def async_begin(self, stored: StoredSession | None, token: IdToken | None) -> None:
        """Go on with what the ledger knows of the session that goes on."""
        current = self._recorder().tracker.current
        if stored is None or current is None or stored.session.id != current.id:
            return
        self._session = current
        self._known = Attribution(
            token=token,
            vehicle_id=stored.vehicle_id,
            vehicle_by=stored.vehicle_by,
            payer_id=stored.payer_id,
            payer_by=stored.payer_by,
        )
        if token is not None:
            by_token = (self._known.vehicle_by is FoundBy.TOKEN, self._known.payer_by is FoundBy.TOKEN)
            self._token = TokenOwner(
                token=token,
                vehicle_id=stored.vehicle_id if by_token[0] else None,
                payer_id=stored.payer_id if by_token[1] else None,
            )
        self._owner = SessionOwner(
            session_id=current.id,
            token=token,
            vehicle_id=stored.vehicle_id,
            vehicle_by=stored.vehicle_by,
            payer_id=stored.payer_id,
            payer_by=stored.payer_by,
            soc_start_percent=stored.soc_start_percent,
            soc_end_percent=stored.soc_end_percent,
            odometer_km=stored.odometer_km,
            odometer_end_km=stored.odometer_end_km,
            consumption_kwh=stored.consumption_kwh,
        )
        # Levels of before are not known any more: what is gained counts from here.
        self._socs, self._energy_before_mwh = self._garage.socs(), current.energy_mwh
        self._take(self._known)

    @callback
    def async_look(self, now: Now, *, at_once: bool = False, final: bool = False) -> None:
        """See whose the session is by now."""
        current = self._recorder().tracker.current
        if current is None:
            if self._session is not None:
                self._async_other_session(None, now)
            return
        if self._session is None or current.id != self._session.id:
            said = self._said_of(current)
            self._async_other_session(current, now)
            self._known = said
        elif now.monotonic_s < self._due_s and not at_once:
            return
        self._session = current
        self._due_s = now.monotonic_s + _LOOK_EVERY_S
        signs = self._signs(current, now.utc)
        reason = change_of(self._known, signs)
        if reason is not None and self._async_split(reason, signs, now, final=final):
            return
        self._async_known(attribute(self._known, signs), now)
        if not self._asked and is_to_be_asked(self._known, signs):
            self._asked = True
            self._ask(Question(session_id=current.id, charger=self._name, started_at=current.start))

    def _said_of(self, current: Session) -> Attribution:
        """Return what a person said, where it turns out that it was of another session, which never was."""
        by = {self._known.vehicle_by, self._known.payer_by}
        before_id = None if self._session is None else self._session.id
        goes_on = self._recorder().ownership.heir_of(before_id) == current.id
        return self._known if goes_on and FoundBy.PERSON in by else NOBODYS

    def _signs(self, current: Session, at: datetime) -> Signs:
        return Signs(
            started_at=current.start,
            now=at,
            energy_mwh=current.energy_mwh - self._energy_before_mwh,
            token=self._token,
            vehicles=self._garage.signs(self._evse_id, self._socs),
            starter_payer_id=self._starter_id,
            default_vehicle_id=self._garage.id_of(Kind.VEHICLE, self._defaults.vehicle_id),
            default_payer_id=self._garage.id_of(Kind.PAYER, self._defaults.payer_id),
        )

    @callback
    def _async_other_session(self, current: Session | None, now: Now) -> None:
        """Let go of the session that is over, and begin with nothing but what was said before it began."""
        if self._session is not None:
            self._async_over(now)
            # A card that was held to the charger for it is not the next one's.
            self._token = self._starter_id = None
        elif self._token_s is None or now.monotonic_s - self._token_s > _CARD_WAITS_S:
            self._token = None
        self._session, self._known, self._owner, self._asked = current, NOBODYS, None, False
        self._socs, self._energy_before_mwh = self._garage.socs(), 0
        self._garage.async_set_charging(self._evse_id, None)
        if current is not None:
            self._brought.async_begun(now)
        self._due_s = 0.0
        self._changed()

    @callback
    def _async_over(self, now: Now) -> None:
        if self._owner is not None and self._known.vehicle_id is not None:
            km = self._garage.odometer_km(self._garage.vehicle(self._known.vehicle_id))
            ended = replace(self._owner, soc_end_percent=self._level(), odometer_end_km=km)
            if ended != self._owner:
                self._recorder().ownership.async_put_owner(ended, now)
        if self._asked and self._session is not None:
            self._answered(self._session.id)

    @callback
    def _async_split(self, reason: EndReason, signs: Signs, now: Now, *, final: bool) -> bool:
        """Let another session begin with the car that stays plugged in; return whether that was possible."""
        return self._async_begin_anew(reason, after_change(self._known, signs, reason), now, final=final) is not None

    @callback
    def async_split_now(self, reason: EndReason) -> str | None:
        """Let another session begin, that is whose this one was; return its id, or None where that cannot be."""
        current, now = self._recorder().tracker.current, self._clock()
        if current is None:
            return None
        self.async_look(now, at_once=True)
        begun = self._async_begin_anew(reason, self._known, now, final=False)
        return None if begun is None else begun.id

    @callback
    def _async_begin_anew(self, reason: EndReason, known: Attribution, now: Now, *, final: bool) -> Session | None:
        token, starter_id = self._token, self._starter_id
        begun = self._recorder().async_split(reason, self._record("", known), now, final=final)
        if begun is None:
            return None
        self._async_other_session(begun, now)
        self._token, self._starter_id = token, starter_id
        self._owner = self._record(begun.id, known)
        self._take(known)
        return begun

    @callback
    def _async_known(self, known: Attribution, now: Now) -> None:
        """Keep what is known where it is news."""
        current = self._session
        if current is None:
            return
        record = self._record(current.id, known)
        if self._owner is not None and self._owner.vehicle_id == known.vehicle_id:
            record = as_it_came(record, self._owner)
        if record == (self._owner or SessionOwner(session_id=current.id)):
            return
        came = self._owner is None or self._owner.vehicle_id != known.vehicle_id
        self._owner = record
        self._recorder().ownership.async_put_owner(record, now)
        if self._asked and known.vehicle_by is not None:
            self._answered(current.id)
        self._take(known)
        if came and known.vehicle_id is not None:
            self._hass.async_create_task(
                self._async_consumption(known.vehicle_id, record), f"EVSE {self._evse_id} consumption", eager_start=True
            )

    def _take(self, known: Attribution) -> None:
        self._known = known
        if self._session is not None:
            self._names.pop(self._session.id, None)
            self._names[self._session.id] = self._view(known)
            while len(self._names) > _MOST_NAMES:
                del self._names[next(iter(self._names))]
        certain = known.vehicle_id if known.vehicle_by in _CERTAIN else None
        self._garage.async_set_charging(self._evse_id, certain)
        self._changed()

    def _record(self, session_id: str, known: Attribution) -> SessionOwner:
        vehicle = self._garage.vehicle(known.vehicle_id)
        soc = None if vehicle is None else self._socs.get(vehicle.id)
        return SessionOwner(
            session_id=session_id,
            token=known.token,
            vehicle_id=known.vehicle_id,
            vehicle_by=known.vehicle_by,
            payer_id=known.payer_id,
            payer_by=known.payer_by,
            soc_start_percent=self._soc() if soc is None and vehicle is not None else soc,
            odometer_km=self._garage.odometer_km(vehicle),
        )

    @property
    def battery(self) -> tuple[float | None, float | None]:
        """The state of charge in % and the size in kWh of the battery that charges; None where not known."""
        vehicle = self._garage.vehicle(self._known.vehicle_id)
        return self._level(), None if vehicle is None else vehicle.config.battery_kwh

    def _level(self) -> float | None:
        vehicle = self._garage.vehicle(self._known.vehicle_id)
        soc = None if vehicle is None else self._garage.soc(vehicle)
        return self._soc() if soc is None else soc

    async def _async_consumption(self, vehicle_id: str, record: SessionOwner) -> None:
        """Find out what the vehicle used since its last charge."""
        session, vehicle = self._session, self._garage.vehicle(vehicle_id)
        if session is None or vehicle is None:
            return
        try:
            last = await asked(self._ledger.last_charge(vehicle_id, session.start))
        except LedgerError as err:
            _LOGGER.debug("%s: the last charge of a vehicle could not be read: %s", self._name, err)
            return
        used = None if last is None else used_between(last, record, vehicle.config.battery_kwh)
        if used is None or self._owner is None or self._owner.session_id != record.session_id:
            return
        self._owner = replace(self._owner, consumption_kwh=used)
        self._recorder().ownership.async_put_owner(self._owner, self._clock())

    # What is said

    async def async_token(self, token: IdToken, now: Now, *, final: bool = False) -> None:
        """Take a card that lets charge here: it names the session, or begins another.

        `final`: the register has told all that was used before.
        """
        try:
            vehicle_id, payer_id = await asked(self._ledger.token_owner(self._site_id, token))
        except LedgerError as err:
            _LOGGER.warning("%s: whose card it is could not be read: %s", self._name, err)
            vehicle_id = payer_id = None
        self._token = TokenOwner(token=token, vehicle_id=vehicle_id, payer_id=payer_id)
        self._token_s = now.monotonic_s
        self.async_look(now, at_once=True, final=final)

    @callback
    def async_starter(self, user_id: str | None) -> None:
        """Note who began the charge in Home Assistant."""
        self._starter_id = self._garage.payer_of_person(user_id)
        self.async_look(self._clock(), at_once=True)

    @callback
    def async_brought(self, codes: Sequence[str], voucher: Decimal | None) -> None:
        """Take codes and a voucher with which a charge begins."""
        self._brought.async_bring(codes, voucher, self._clock())

    @callback
    def async_said(self, stored: StoredSession, now: Now) -> None:
        """Take over what a person said of the session, which the ledger has by now."""
        if self._session is None or stored.session.id != self._session.id:
            return
        known = replace(
            self._known,
            vehicle_id=stored.vehicle_id,
            vehicle_by=stored.vehicle_by,
            payer_id=stored.payer_id,
            payer_by=stored.payer_by,
        )
        self._async_known(known, now)
        self._take(known)
