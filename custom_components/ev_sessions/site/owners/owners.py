"""Vehicles and payers of one site at run time: who there is, whose each session is, and who is asked."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
import logging
from typing import Any
from zoneinfo import ZoneInfo

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ...const import CONF_ASK
from ...core.id_token import IdToken
from ...store import Ledger, LedgerError, SessionChanges, StoredSession, UnknownRecordError
from ..clock import Clock
from ..config.site import SiteConfig
from ..evse.evse import EvseRuntime
from ..ledger.known import Beginning
from ..ledger.ledger import asked
from ..whose.garage import Garage, async_owners_changed
from ..whose.whose import Defaults, Whose
from .asking import Asker
from .months import OwnerMonths
from .tags import TagListener
from .versions import async_keep_owners

_LOGGER = logging.getLogger(__name__)


class Owners:
    """Plugs together what tells whose the sessions of a site are."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        ledger: Ledger,
        *,
        clock: Clock,
        evses: Callable[[], Sequence[EvseRuntime]],
        run: Callable[..., None],
    ) -> None:
        self._hass = hass
        self._entry = entry
        self._ledger = ledger
        self._clock = clock
        self._evses = evses
        self._listening = ExitStack()
        self.garage = Garage(hass, ledger, run=run)
        config = SiteConfig.from_entry(entry)
        self.months = OwnerMonths(
            hass,
            entry,
            ledger,
            self.garage,
            zone=ZoneInfo(config.time_zone),
            currency=config.currency,
            clock=clock,
            run=run,
        )
        self._asker = Asker(hass, self.garage, notify=entry.options.get(CONF_ASK), answer=self._async_answer, run=run)
        self._tags = TagListener(hass, ledger, site_id=entry.entry_id, clock=clock, evses=evses, run=run)

    async def async_start(self, time_zone: str, site_device_id: str) -> None:
        """Keep what the site's vehicles and payers are from now on, and learn of all others."""
        self.months.async_devices(site_device_id)
        await async_keep_owners(self._ledger, self._entry, time_zone, self._clock().utc)
        async_owners_changed(self._hass)
        await self.garage.async_start()

    def follow(self, evse: EvseRuntime) -> None:
        """Let an EVSE, whose recorder is there, follow whose its sessions are."""
        evse.whose = Whose(
            self._hass,
            self._ledger,
            self.garage,
            evse_id=evse.evse_id,
            site_id=self._entry.entry_id,
            name=evse.name,
            defaults=Defaults(vehicle_id=evse.config.default_vehicle_id, payer_id=evse.config.default_payer_id),
            clock=self._clock,
            recorder=partial(getattr, evse, "recorder"),
            soc=lambda: evse.reading.soc_percent,
            changed=evse.async_refresh,
            ask=self._asker.async_ask,
            answered=self._asker.async_answered,
        )

    async def async_begin(self, evse: EvseRuntime, known: Beginning) -> None:
        """Go on with whose the session of an EVSE was, which has begun to be followed."""
        current = evse.recorder.tracker.current
        stored = next((one for one in known.open_sessions if current and one.session.id == current.id), None)
        token: IdToken | None = None
        if stored is not None and stored.id_token_id is not None:
            values = await asked(self._ledger.id_tokens())
            token = IdToken(value=values[stored.id_token_id]) if stored.id_token_id in values else None
        if evse.whose is not None:
            evse.whose.async_begin(stored, token)

    @callback
    def async_listen(self) -> None:
        """Listen to tags and answers."""
        self._listening.callback(self._asker.async_listen())
        self._listening.callback(self._tags.async_listen())
        self.months.async_listen(self._evses())

    @callback
    def async_stop(self) -> None:
        """Listen no more."""
        self._listening.close()
        self.months.async_stop()
        for evse in self._evses():
            # Nobody follows any more what charges there.
            self.garage.async_set_charging(evse.evse_id, None)
        self.garage.async_stop()

    @callback
    def async_said(self, stored: StoredSession) -> None:
        """Let the EVSE of a session know what a person said of it."""
        for evse in self._evses():
            if evse.evse_id == stored.evse_id and evse.whose is not None:
                evse.whose.async_said(stored, self._clock())

    async def _async_answer(self, session_id: str, vehicle_id: str | None, user_id: str | None) -> None:
        changes: SessionChanges = {"vehicle_id": vehicle_id}
        try:
            stored = await asked(
                self._ledger.update_session(session_id, changes, who=user_id or "answer", at=self._clock().utc)
            )
        except UnknownRecordError:
            # Deleted meanwhile.
            self._asker.async_answered(session_id)
            return
        except LedgerError as err:
            _LOGGER.warning("An answer could not be kept, ask again: %s", err)
            return
        self.async_said(stored)
        self._asker.async_answered(session_id)
