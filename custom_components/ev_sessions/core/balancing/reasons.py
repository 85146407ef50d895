"""Why an EVSE has the limit that it has, as a key with placeholders.

The sentences stand in the translations; `words` fills them in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class ReasonKey(StrEnum):
    """What decided a limit."""

    MAXIMUM = "maximum"
    OWNER_LIMIT = "owner_limit"
    LINE_FULL = "line_full"
    CIRCUIT_FULL = "circuit_full"
    POWER_FULL = "power_full"
    UNBALANCED = "unbalanced"
    PATIENCE = "patience"
    EXPECTS_LOAD = "expects_load"
    TAKES_LESS = "takes_less"
    PAUSED_LINE_FULL = "paused_line_full"
    PAUSED_CIRCUIT_FULL = "paused_circuit_full"
    PAUSED_POWER_FULL = "paused_power_full"
    PAUSED_UNBALANCED = "paused_unbalanced"
    RESUME_DELAY = "resume_delay"
    TURN = "turn"
    MAKING_WAY = "making_way"
    NO_CAR = "no_car"
    CAR_SATISFIED = "car_satisfied"
    NOT_ALLOWED = "not_allowed"
    SESSION_LIMIT = "session_limit"
    BALANCING_OFF = "balancing_off"
    CHARGER_BALANCING_OFF = "charger_balancing_off"
    NO_METER = "no_meter"
    METER_MISSING = "meter_missing"
    METER_SILENT = "meter_silent"
    METER_FROZEN = "meter_frozen"
    METER_TURNED = "meter_turned"
    ASKING_METER = "asking_meter"
    CIRCUIT_METER_LOST = "circuit_meter_lost"
    LIMITED_NOW = "limited_now"
    NOT_CONTROLLED = "not_controlled"
    LIMITED_THERE = "limited_there"
    STOPPED_THERE = "stopped_there"
    ASKED_THERE = "asked_there"
    OTHER_CONTROLLER = "other_controller"
    LIMITED_BY_OTHERS = "limited_by_others"
    WAKING = "waking"
    ASLEEP = "asleep"
    NOT_OBEYING = "not_obeying"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A reason's key and the texts that go into its sentence."""

    key: ReasonKey
    placeholders: Mapping[str, str] = field(default_factory=dict)


def words(reason: Reason, sentences: Mapping[str, str]) -> str:
    """Return the reason as a sentence; the key itself where there is none for it."""
    return sentences.get(reason.key, reason.key.value).format(**reason.placeholders)


def amperes(current_a: float) -> str:
    """Return a current for a sentence: one decimal, none where it is whole."""
    text = f"{current_a:.1f}"
    return text.removesuffix(".0")
