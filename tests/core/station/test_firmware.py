"""Each word that a station has for its firmware is known, in all versions."""

from ocpp.v16.enums import FirmwareStatus as Status16
from ocpp.v21.enums import FirmwareStatusEnumType as Status21
from ocpp.v201.enums import FirmwareStatusEnumType as Status201
import pytest

from custom_components.ev_sessions.core.station.firmware import FirmwareState, firmware_state_of


@pytest.mark.parametrize("status", sorted({str(one) for words in (Status16, Status201, Status21) for one in words}))
def test_d1_each_status_of_a_standard_is_known(status: str) -> None:
    assert firmware_state_of(status) in set(FirmwareState)


@pytest.mark.parametrize("status", [None, 7, "", "Thinking", ["Idle"]])
def test_d1_what_is_none_says_nothing(status: object) -> None:
    assert firmware_state_of(status) is None
