"""Who limits a circuit from outside, and what else is limited with its chargers."""

from collections.abc import Callable, Sequence
from datetime import datetime
import logging
from typing import Any

from homeassistant.core import HomeAssistant, State, callback

from ...core.balancing.limits.dimming import DIMMED_W
from ...core.balancing.limits.outside_limit import Outside, Told, believable, outside_limit, stricter
from ...core.balancing.load import LimitNow
from ...core.moment import Now
from ...sources.measured import Gauge
from ...sources.value import Quantity, number, said, unit_factor
from ...sources.watch import EntityWatch, ProblemKind, SourceListener, SourceProblem
from ..config.circuits import OutsideConfig

_LOGGER = logging.getLogger(__name__)

_ON_OFF = {"on": True, "off": False}
#: Whose entity says nothing for so long is told of.
SILENT_S = 600.0


class OutsideLimit:
    """The entity by which somebody else limits a circuit. While it says nothing, what it said last holds.

    What cannot be a limit counts as nothing; where only such comes, the owner's own value holds as well after
    a while, for who shows nonsense may limit.
    Devices that are dimmed together with its chargers are measured, too; whose sensor says
    nothing is held to draw what a device is left.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        config: OutsideConfig,
        told: dict[str, Any] | None,
        *,
        carries_a: Sequence[float],
        voltage_v: float,
        changed: Callable[[], None],
        keep: Callable[[dict[str, Any]], None],
        listener: SourceListener,
    ) -> None:
        self._config = config
        self._carries_a = carries_a
        self._voltage_v = voltage_v
        self._changed = changed
        self._listener = listener
        self._problem: SourceProblem | None = None
        self._keep = keep
        others = list(config.other_power)
        self._watch = EntityWatch(hass, [config.entity_id, *others], on_report=self._async_report, listener=listener)
        self._others = {entity_id: Gauge(Quantity.POWER_W, listener) for entity_id in others}
        self._others_w = 0.0
        self._gauges = {quantity: Gauge(quantity, listener) for quantity in (Quantity.CURRENT_A, Quantity.POWER_W)}
        self.told = Told() if told is None else Told(**told)
        self._silent_at: datetime | None = None
        self._silent_s: float | None = None
        self._is_nonsense = False
        self._nonsense_s: float | None = None
        domain = config.entity_id.partition(".")[0]
        is_a = config.unit == "A"
        value = config.value
        self.outside = Outside(
            switches=domain in {"binary_sensor", "input_boolean", "switch"},
            dimming=config.dimming,
            value_a=value if is_a else None,
            value_w=None if is_a or value is None else value * 1000,
            factors=config.factors,
            others=config.others,
            large_w=config.large_w,
        )

    @property
    def entity_id(self) -> str:
        """The entity, by the id that it has now."""
        return self._watch.current_ids[self._config.entity_id]

    def is_silent(self, now: Now) -> bool:
        """Tell whether it has said nothing for so long that its owner has to know, however the clock was set since."""
        if self._silent_at is not None and self._silent_s is None:
            self._silent_s = now.past_s(self._silent_at)
        return self._silent_s is not None and now.monotonic_s - self._silent_s > SILENT_S

    def now(self, devices: int, line_count: int, now: Now) -> LimitNow | None:
        """Return what holds now for a circuit of so many chargers, or for each of them; None without a limit."""
        holds = outside_limit(self.outside, self.told, devices, line_count, others_w=self._others_w)
        if not self._is_nonsense:
            self._nonsense_s = None
            return holds
        since_s = self._nonsense_s = now.monotonic_s if self._nonsense_s is None else self._nonsense_s
        if now.monotonic_s - since_s <= SILENT_S:
            return holds
        presumed = outside_limit(self.outside, Told(), devices, line_count, others_w=self._others_w)
        return holds if presumed is None else stricter(holds, presumed)

    def _drawn_by_others_w(self) -> float:
        """Return what the other devices draw; who sends power back has none of what is left to all."""
        unmeasured = self._config.others - len(self._others)
        drawn_w = unmeasured * DIMMED_W
        for entity_id, gauge in self._others.items():
            read = gauge.read(self._watch[entity_id].state)
            drawn_w += DIMMED_W if read is None else max(0.0, float(read))
        return drawn_w

    @callback
    def async_start(self) -> None:
        """Follow the entity from now on."""
        self._watch.async_start()
        self._async_take(self._watch[self._config.entity_id].at)

    @callback
    def async_stop(self) -> None:
        """Follow it no more."""
        self._watch.async_stop()

    @callback
    def _async_report(self, at: datetime) -> None:
        before = self.told, self._others_w
        self._async_take(at)
        if (self.told, self._others_w) != before:
            self._changed()

    @callback
    def _async_take(self, at: datetime) -> None:
        self._others_w = self._drawn_by_others_w()
        state = self._watch[self._config.entity_id].state
        told = self._read(state)
        if told is not None and not believable(told, self._carries_a, self._voltage_v):
            self._tell_absurd()
            told = None
        elif told is not None:
            self._tell_cured()
        if told is None:
            self._silent_at = self._silent_at or at
            self._is_nonsense = self._is_nonsense or said(state) is not None
            return
        self._silent_at, self._silent_s, self._is_nonsense = None, None, False
        if told != self.told:
            self.told = told
            # A restart must not lift what a grid operator has put on.
            self._keep({"on": told.on, "limit_a": told.limit_a, "limit_w": told.limit_w})

    def _tell_absurd(self) -> None:
        """Tell, once, that what the entity shows cannot be a limit."""
        state = self._watch[self._config.entity_id].state
        if state is None or self._problem is not None:
            return
        self._problem = SourceProblem(kind=ProblemKind.ABSURD, entity_id=state.entity_id, detail=state.state)
        _LOGGER.warning("%s shows %s, which cannot be a limit: what it said before holds", state.entity_id, state.state)
        self._listener.on_problem(self._problem)

    def _tell_cured(self) -> None:
        """Tell that it shows a limit again, where it was told that it does not."""
        told, self._problem = self._problem, None
        if told is not None:
            self._listener.on_cured(told)

    def _read(self, state: State | None) -> Told | None:
        text = said(state)
        if state is None or text is None:
            return None
        if self.outside.switches:
            return Told(on=_ON_OFF[text]) if text in _ON_OFF else None
        unit = state.attributes.get("unit_of_measurement") or self._config.unit
        is_a = unit_factor(Quantity.CURRENT_A, unit) is not None
        quantity = Quantity.CURRENT_A if is_a else Quantity.POWER_W
        if state.attributes.get("unit_of_measurement") is None:
            read = number(text)
            read = read if read is None or is_a else read * 1000
        else:
            read = self._gauges[quantity].read(state)
        if read is None:
            return None
        return Told(limit_a=float(read)) if is_a else Told(limit_w=float(read))
