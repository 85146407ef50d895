"""Any action of Home Assistant, with data in which the limit and the phases are filled in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
import re
from typing import Any, override

from homeassistant.const import ATTR_ENTITY_ID

from ....sources.reference import Reference
from .binding import Call, EnableBinding, LimitBinding, LimitRange, LimitSetting, PhasesBinding, Scene
from .readback import current_a, flag, shown_by, with_readback

LIMIT_A = "limit_a"
PHASES = "phases"
PLACEHOLDERS = (LIMIT_A, PHASES)
#: Those of a fail-safe.
TIMEOUT_S = "timeout_s"
FALLBACK_A = "fallback_a"
#: Other braces are the action's own: some take JSON as a text.
_PLACEHOLDER = re.compile(rf"\{{({'|'.join((*PLACEHOLDERS, TIMEOUT_S, FALLBACK_A))})\}}")

#: What a float may be off by.
_HAIR = Decimal("0.000001")
#: Above this nobody means a limit.
_NO_LIMIT_A = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionTemplate:
    """An action and its data. A value that is only a placeholder becomes a number, others stay texts."""

    action: str
    data: Mapping[str, Any] = field(default_factory=dict)
    target: Mapping[str, Any] = field(default_factory=dict)

    @property
    def entity_ids(self) -> tuple[str, ...]:
        """The entities that the action works on."""
        named = (*_texts(self.target.get(ATTR_ENTITY_ID)), *_texts(self.data.get(ATTR_ENTITY_ID)))
        return tuple(dict.fromkeys(named))

    def filled(self, values: Mapping[str, float]) -> Call:
        """Return the call with the placeholders filled in."""
        numbers = {name: int(value) if value == int(value) else value for name, value in values.items()}
        return Call(
            action=self.action, data=_filled(dict(self.data), numbers), target=self.target, needs=self.entity_ids
        )


def placeholders_in(data: Any) -> frozenset[str]:
    """Return the placeholders that data of an action has, however deep."""
    return frozenset(match[1] for text in _texts(data) for match in _PLACEHOLDER.finditer(text))


def _texts(value: Any) -> Iterator[str]:
    """Yield all texts in a value, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)


def _filled(value: Any, numbers: Mapping[str, float]) -> Any:
    if isinstance(value, Mapping):
        return {key: _filled(part, numbers) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_filled(part, numbers) for part in value]
    if not isinstance(value, str):
        return value
    whole = _PLACEHOLDER.fullmatch(value.strip())
    if whole is not None and whole[1] in numbers:
        return numbers[whole[1]]
    return _PLACEHOLDER.sub(lambda match: str(numbers.get(match[1], match[0])), value)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionLimit(LimitBinding):
    """An action that sets the limit. What it takes is not told by anybody: `min_a`, `max_a`, `step_a` say it."""

    template: ActionTemplate
    min_a: float | None = None
    max_a: float | None = None
    step_a: float = 1.0
    readback: Reference | None = None

    @property
    @override
    def entity_ids(self) -> tuple[str, ...]:
        return with_readback(self.template.entity_ids, self.readback)

    @property
    @override
    def shown_by(self) -> str | None:
        return shown_by(self.readback)

    @override
    def at_most(self, limit_a: float, scene: Scene) -> LimitSetting | None:
        greatest = _NO_LIMIT_A if self.max_a is None else self.max_a
        least, step = Decimal(str(self.min_a or 0.0)), Decimal(str(self.step_a))
        asked = Decimal(str(min(limit_a, greatest))).quantize(_HAIR)
        if asked + _HAIR < least:
            return None
        asked = max(asked, least)
        if step > 0:
            asked = least + ((asked + _HAIR - least) / step).to_integral_value(ROUND_FLOOR) * step
        return self._setting(float(asked), scene)

    @override
    def least_from(self, limit_a: float, scene: Scene) -> float | None:
        least, step = Decimal(str(self.min_a or 0.0)), Decimal(str(self.step_a))
        asked = max(Decimal(str(limit_a)).quantize(_HAIR), least)
        if step > 0:
            asked = least + ((asked - least) / step).to_integral_value(ROUND_CEILING) * step
        return None if self.max_a is not None and asked > Decimal(str(self.max_a)) else float(asked)

    @override
    def lowest(self, scene: Scene) -> LimitSetting:
        return self._setting(self.min_a or 0.0, scene)

    @override
    def range(self, scene: Scene) -> LimitRange:
        return LimitRange(least_a=self.min_a, greatest_a=self.max_a, step_a=self.step_a or None)

    @override
    def read_a(self, scene: Scene) -> float | None:
        return None if self.readback is None else current_a(self.readback, scene)

    def _setting(self, limit_a: float, scene: Scene) -> LimitSetting:
        call = self.template.filled({LIMIT_A: limit_a, PHASES: scene.phases})
        return LimitSetting(limit_a=limit_a, call=call)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionEnable(EnableBinding):
    """An action that lets the car charge, and one that stops it."""

    on: ActionTemplate
    off: ActionTemplate
    readback: Reference | None = None

    @property
    @override
    def entity_ids(self) -> tuple[str, ...]:
        return with_readback((*self.on.entity_ids, *self.off.entity_ids), self.readback)

    @property
    @override
    def shown_by(self) -> str | None:
        return shown_by(self.readback)

    @override
    def call(self, *, on: bool) -> Call:
        return (self.on if on else self.off).filled({})

    @override
    def read(self, scene: Scene) -> bool | None:
        return None if self.readback is None else flag(self.readback, scene)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionPhases(PhasesBinding):
    """An action that is told the count of phases."""

    template: ActionTemplate
    pauses: bool = True

    @property
    @override
    def entity_ids(self) -> tuple[str, ...]:
        return self.template.entity_ids

    @property
    @override
    def shown_by(self) -> str | None:
        return None

    @override
    def call(self, phases: int) -> Call:
        return self.template.filled({PHASES: phases})

    @override
    def read(self, scene: Scene) -> int | None:
        return None
