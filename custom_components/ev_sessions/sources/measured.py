"""Read numbers from watched entities, and tell of those that cannot be read."""

from decimal import Decimal
import logging

from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT
from homeassistant.core import State

from .restraint import Restraint
from .value import Quantity, Unusable, measure
from .watch import ProblemKind, SourceListener, SourceProblem

_LOGGER = logging.getLogger(__name__)

_KINDS = {Unusable.NOT_A_NUMBER: ProblemKind.NOT_A_NUMBER, Unusable.UNIT: ProblemKind.UNIT}


class Gauge:
    """Reads one quantity of one entity; a fault is told and logged once, until a number comes again.

    One that comes and goes is told each time, and logged with restraint.
    """

    def __init__(self, quantity: Quantity, listener: SourceListener) -> None:
        self._quantity = quantity
        self._listener = listener
        self._told: SourceProblem | None = None
        self._restraint = Restraint()

    def read(self, state: State | None) -> Decimal | None:
        """Return the number in the quantity's unit; None where the state says nothing of use."""
        value = measure(state, self._quantity)
        if state is None or value is None:
            return None
        if isinstance(value, Unusable):
            self._tell(state, value)
            return None
        if self._told is not None:
            told, self._told = self._told, None
            self._listener.on_cured(told)
        return value

    def _tell(self, state: State, why: Unusable) -> None:
        kind = _KINDS[why]
        if self._told is not None:
            if self._told.kind is kind:
                return
            self._listener.on_cured(self._told)
        unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
        detail = state.state if kind is ProblemKind.NOT_A_NUMBER else str(unit)
        self._told = SourceProblem(kind=kind, entity_id=state.entity_id, detail=detail)
        if (ending := self._restraint.ending()) is not None:
            what = kind.value.replace("_", " ")
            _LOGGER.warning("%s cannot be used: %s (%s)%s", state.entity_id, what, detail, ending)
        self._listener.on_problem(self._told)


class Availability:
    """Knows whether a source speaks at all; logs once when it falls silent and once when it is back.

    Of one that comes and goes not every loss is logged, and a return only where the loss was.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self.available: bool | None = None  # None until it was looked at
        self._restraint = Restraint()
        self._loss_said = False

    def set(self, *, available: bool) -> None:
        """Note whether the source speaks now."""
        if available is self.available:
            return
        before, self.available = self.available, available
        if not available:
            ending = self._restraint.ending()
            self._loss_said = ending is not None
            if self._loss_said:
                _LOGGER.info("%s: its source says nothing%s", self._name, ending)
        elif before is not None and self._loss_said:
            _LOGGER.info("%s: its source is back", self._name)
