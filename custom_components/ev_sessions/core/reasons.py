"""Why an EVSE has the limit that it has, as a key with placeholders.

The keys are those of the translations; `words` is the English of them.
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
    PATIENCE = "patience"
    TAKES_LESS = "takes_less"
    PAUSED_LINE_FULL = "paused_line_full"
    PAUSED_CIRCUIT_FULL = "paused_circuit_full"
    RESUME_DELAY = "resume_delay"
    TURN = "turn"
    MAKING_WAY = "making_way"
    NO_CAR = "no_car"
    CAR_SATISFIED = "car_satisfied"
    NOT_ALLOWED = "not_allowed"
    BALANCING_OFF = "balancing_off"
    CHARGER_BALANCING_OFF = "charger_balancing_off"
    NO_METER = "no_meter"
    METER_MISSING = "meter_missing"
    METER_SILENT = "meter_silent"
    METER_FROZEN = "meter_frozen"
    NOT_CONTROLLED = "not_controlled"
    NOT_OBEYING = "not_obeying"
    OFFLINE = "offline"


_ENGLISH: dict[ReasonKey, str] = {
    ReasonKey.MAXIMUM: "the most that the charger can give",
    ReasonKey.OWNER_LIMIT: "the most that was asked for",
    ReasonKey.LINE_FULL: "{line} at {load_a} A of {fuse_a} A",
    ReasonKey.CIRCUIT_FULL: "circuit {circuit} carries {load_a} A of {fuse_a} A on {line}",
    ReasonKey.PATIENCE: "more room on {line} has to last {hold_s} s first",
    ReasonKey.TAKES_LESS: "the car takes {drawn_a} A",
    ReasonKey.PAUSED_LINE_FULL: "paused, {line} at {load_a} A of {fuse_a} A",
    ReasonKey.PAUSED_CIRCUIT_FULL: "paused, circuit {circuit} carries {load_a} A of {fuse_a} A on {line}",
    ReasonKey.RESUME_DELAY: "paused, goes on when room on {line} has lasted",
    ReasonKey.TURN: "paused, another car has its turn",
    ReasonKey.MAKING_WAY: "waits until another car has made way",
    ReasonKey.NO_CAR: "no car is connected",
    ReasonKey.CAR_SATISFIED: "the car asks for nothing",
    ReasonKey.NOT_ALLOWED: "charging is not allowed",
    ReasonKey.BALANCING_OFF: "balancing is off, the fuse is not guarded",
    ReasonKey.CHARGER_BALANCING_OFF: "balancing is off for this charger, which is not lowered for the fuse",
    ReasonKey.NO_METER: "there is no grid meter, the fuse is not guarded",
    ReasonKey.METER_MISSING: "the grid meter has not reported yet",
    ReasonKey.METER_SILENT: "the grid meter is silent for over {timeout_s} s",
    ReasonKey.METER_FROZEN: "the grid meter shows the same values for too long",
    ReasonKey.NOT_CONTROLLED: "the charger cannot be controlled, its current is only counted",
    ReasonKey.NOT_OBEYING: "the charger does not obey, it draws {drawn_a} A",
    ReasonKey.OFFLINE: "the charger is offline",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A reason's key and the texts that go into its sentence."""

    key: ReasonKey
    placeholders: Mapping[str, str] = field(default_factory=dict)


def words(reason: Reason) -> str:
    """Return the reason in English."""
    return _ENGLISH[reason.key].format(**reason.placeholders)


def amperes(current_a: float) -> str:
    """Return a current for a sentence: one decimal, none where it is whole."""
    text = f"{current_a:.1f}"
    return text.removesuffix(".0")
