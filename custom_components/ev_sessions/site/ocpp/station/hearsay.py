"""What a station tells of itself beside its sessions, and what is kept of that: firmware, troubles, security."""

from collections.abc import Mapping
from functools import partial
import json
from typing import Any, Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from ....chargers.ocpp.loose import record_of, records_of
from ....chargers.ocpp.news import Listener, News
from ....core.station.firmware import FirmwareState, firmware_state_of
from ....core.station.radio import signal_dbm, signal_in
from ...clock import Clock
from .kept import StationKept
from .security_log import SECURITY_LOG, SecurityLog
from .telling import EvseTelling
from .troubles import STATION_PROBLEMS, Troubles

#: The key of a charger's settings under which the ledger has what its station last told of new firmware.
FIRMWARE_STATUS: Final = "firmware_status"


class Hearsay:
    """Listens to the news of one station."""

    def __init__(self, hass: HomeAssistant, kept: StationKept, clock: Clock) -> None:
        self._kept = kept
        self._clock = clock
        self.firmware_state: FirmwareState | None = firmware_state_of(kept.before(FIRMWARE_STATUS))
        self.troubles = Troubles(kept.before(STATION_PROBLEMS), partial(kept.keep, STATION_PROBLEMS))
        self.security_log = SecurityLog(hass, kept.before(SECURITY_LOG), partial(kept.keep, SECURITY_LOG))
        #: How strong its radio hears the network, where it tells; what it was is no news after a start.
        self.signal_dbm: float | None = None
        self._releases: list[CALLBACK_TYPE] = []

    @callback
    def async_start(self, news: News, tellings: Mapping[int, EvseTelling], others: Mapping[str, Listener]) -> None:
        """Listen from now on, and let `others` listen, by action; who told something shows it, once it is answered."""
        self.troubles.async_begin(tellings)
        heard: dict[str, Listener] = {
            **others,
            "BootNotification": self.troubles.async_booted,
            "FirmwareStatusNotification": self._async_firmware,
            "DataTransfer": self._async_data,
            "NotifyEvent": self._async_event,
            "NotifyReport": self._async_report,
            "SecurityEventNotification": self._async_security,
            "SignedFirmwareStatusNotification": self._async_firmware,
        }
        self._releases += [news.subscribe(action, listener) for action, listener in heard.items()]

    @callback
    def async_stop(self) -> None:
        """Listen no more, and write what is not written yet."""
        while self._releases:
            self._releases.pop()()
        self.security_log.async_stop()

    def _signal(self, told_dbm: float | None) -> None:
        self.signal_dbm = self.signal_dbm if told_dbm is None else told_dbm

    @callback
    def _async_data(self, payload: Mapping[str, Any]) -> None:
        data = payload.get("data")
        if isinstance(data, str):
            try:
                data = json.loads(data)
            except ValueError, RecursionError:
                return
        self._signal(signal_in(data))

    @callback
    def _async_event(self, payload: Mapping[str, Any]) -> None:
        self.troubles.async_event(payload)
        for one in records_of(payload, "eventData"):
            self._signal(signal_dbm(record_of(one, "variable").get("name"), one.get("actualValue")))

    @callback
    def _async_report(self, payload: Mapping[str, Any]) -> None:
        for one in records_of(payload, "reportData"):
            for attribute in records_of(one, "variableAttribute"):
                self._signal(signal_dbm(record_of(one, "variable").get("name"), attribute.get("value")))

    @callback
    def _async_firmware(self, payload: Mapping[str, Any]) -> None:
        state = firmware_state_of(status := payload.get("status"))
        if state is not None and state is not self.firmware_state:
            self.firmware_state = state
            self._kept.keep(FIRMWARE_STATUS, status)

    @callback
    def _async_security(self, payload: Mapping[str, Any]) -> None:
        kind, detail = payload.get("type"), payload.get("techInfo")
        self.security_log.async_told(self._clock().utc, str(kind), str(detail or ""))
