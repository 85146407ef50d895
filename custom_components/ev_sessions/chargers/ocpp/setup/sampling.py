"""Whether a station samples while a car charges: some have the right interval and mind it only once it is set."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from .settings import Setting

#: What is set once more at a station that does not sample, though it stands as it should.
SAMPLING: Final = frozenset({Setting.SAMPLED_MEASURANDS, Setting.SAMPLE_INTERVAL})
#: So many intervals without a sample are none; a station that is busy with a start has a minute at least.
_INTERVALS: Final = 6
_LEAST_S: Final = 60.0
_BEGINS: Final = frozenset({"Started", "StartTransaction"})
_ENDS: Final = frozenset({"Ended", "StopTransaction"})
_TRIGGERS: Final = frozenset({"MeterValueClock", "MeterValuePeriodic"})


class SamplingWatch:
    """Listens to one station; `silent` is called once, where a transaction has run for long without a sample."""

    def __init__(self, hass: HomeAssistant, interval_s: Callable[[], float], silent: Callable[[], None]) -> None:
        self._hass = hass
        self._interval_s = interval_s
        self._silent = silent
        self._samples = False
        self._cancel: CALLBACK_TYPE | None = None

    @callback
    def heard(self, action: str, payload: Mapping[str, Any]) -> None:
        """Hear of a call of the station."""
        if self._samples:
            return
        event = payload.get("eventType", action)
        if action == "MeterValues" or payload.get("triggerReason") in _TRIGGERS:
            self._samples = True
            self.async_stop()
        elif event in _BEGINS and self._cancel is None:
            wait_s = max(_LEAST_S, _INTERVALS * self._interval_s())
            self._cancel = async_call_later(self._hass, wait_s, HassJob(self._is_silent))
        elif event in _ENDS:
            self.async_stop()

    @callback
    def async_stop(self) -> None:
        """Wait for no sample any more."""
        if self._cancel is not None:
            self._cancel()
            self._cancel = None

    @callback
    def _is_silent(self, _: object) -> None:
        self._cancel = None
        # Once is enough: what that does not help, nothing does.
        self._samples = True
        self._silent()
