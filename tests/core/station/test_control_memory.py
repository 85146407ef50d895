"""What is remembered of a station until it has another firmware."""

from custom_components.ev_sessions.core.station.command_count import CommandCount
from custom_components.ev_sessions.core.station.control_memory import ControlMemory
from custom_components.ev_sessions.core.station.dead_mans_switch import Proof

COUNT = CommandCount(day="2026-11-26", today=3, before=280)
KNOWN = ControlMemory(rung="tx_profile/A/0", firmware="1.0", proof=Proof.MEASURED, count=COUNT, hold_s=120)


def test_memory_survives_a_restart() -> None:
    assert ControlMemory.from_json(KNOWN.to_json()) == KNOWN
    assert ControlMemory.from_json({}) == ControlMemory()


def test_other_firmware_may_take_other_ways_and_has_to_prove_its_fallback_anew() -> None:
    assert KNOWN.with_firmware("1.0") is KNOWN
    assert KNOWN.with_firmware(None) is KNOWN
    assert KNOWN.with_firmware("1.1") == ControlMemory(firmware="1.1", count=COUNT, hold_s=120)


def test_what_was_learned_before_the_firmware_was_told_is_of_that_firmware() -> None:
    early = ControlMemory(rung="tx_profile/A/0")
    assert early.with_firmware("1.0") == ControlMemory(rung="tx_profile/A/0", firmware="1.0")
