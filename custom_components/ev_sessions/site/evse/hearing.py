"""What is heard of one EVSE, in time or late, led into its sessions."""

from collections.abc import Callable

from homeassistant.core import callback

from ...core.balancing.override import SetBy
from ...core.reading import EvseReading
from ..clock import Clock
from ..sessions.sessions import SessionRecorder
from .load import LastHeard


class EvseHearing:
    """Takes the readings of one EVSE.

    `heard` is called whenever there is another last reading, `unplugged` where the car that was there has gone.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        recorder: Callable[[], SessionRecorder],
        heard: Callable[[], None],
        unplugged: Callable[[], None],
    ) -> None:
        self._clock = clock
        self._recorder = recorder
        self._heard = heard
        self._unplugged = unplugged
        self._car_was_there: bool | None = None  # as it was last known; None: as the ledger has it
        self.last = LastHeard(clock())

    @callback
    def async_hear(self, reading: EvseReading, *, online: bool, set_by: SetBy = SetBy.UNKNOWN) -> None:
        """Take a reading; `set_by` is who set the limit that it shows. Who shows and who balances has to follow."""
        now, recorder = self._clock(), self._recorder()
        self._note_car(recorder)
        self.last.hear(reading, now, online=online, set_by=set_by)
        self._heard()
        recorder.async_reading(reading, now)
        self._async_follow_car(reading)

    @callback
    def async_hear_late(self, readings: tuple[EvseReading, ...], *, online: bool) -> None:
        """Take readings, the newest that there are, that are older than what was known to be since."""
        now, recorder = self._clock(), self._recorder()
        self._note_car(recorder)
        self.last.hear(readings[-1], now, online=online, set_by=SetBy.UNKNOWN)
        self._heard()
        recorder.async_late(readings, now)
        self._async_follow_car(readings[-1])

    @callback
    def async_hear_again(self, readings: tuple[EvseReading, ...], *, online: bool) -> None:
        """Take readings that replace all since the first of them: a charger told late what had happened."""
        now, last = self._clock(), readings[-1]
        if last.at >= self.last.reading.at:
            self.last.hear(last, now, online=online, set_by=SetBy.UNKNOWN)
            self._heard()
        self._recorder().async_retold(readings, now)
        if last.connected is not None:
            self._car_was_there = last.connected

    def _note_car(self, recorder: SessionRecorder) -> None:
        if self._car_was_there is None:
            self._car_was_there = recorder.tracker.current is not None

    @callback
    def _async_follow_car(self, reading: EvseReading) -> None:
        if self._car_was_there and reading.connected is False:
            self._unplugged()
        if reading.connected is not None:
            self._car_was_there = reading.connected
