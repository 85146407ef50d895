"""Every error of the rooms becomes one that people can read."""

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest

from custom_components.ev_sessions.chargers.control import ControlError, ControlFailure
from custom_components.ev_sessions.site.refusal import command_errors, session_errors
from custom_components.ev_sessions.store import (
    LedgerBusyError,
    LedgerError,
    RefusedEditError,
    UnknownRecordError,
)

from .past import key_of


@pytest.mark.parametrize(
    ("error", "key", "placeholders"),
    [
        (UnknownRecordError("session X"), "session_not_found", {"session_id": "X"}),
        (RefusedEditError("session_not_settled"), "session_not_settled", {"session_id": "X"}),
        (RefusedEditError("something_new"), "ledger_failed", {"reason": "something_new"}),
        (
            LedgerBusyError("2000 writes are waiting already"),
            "ledger_failed",
            {"reason": "2000 writes are waiting already"},
        ),
    ],
)
def test_what_the_ledger_says_against_a_session_is_translated(
    error: LedgerError, key: str, placeholders: dict[str, str]
) -> None:
    with pytest.raises(HomeAssistantError) as raised, session_errors("X"):
        raise error
    assert key_of(raised) == key
    assert raised.value.translation_placeholders == placeholders
    assert isinstance(raised.value, ServiceValidationError) == (key != "ledger_failed")


def test_a_charger_that_does_not_take_a_command_is_named() -> None:
    with pytest.raises(HomeAssistantError) as raised, command_errors("Garage"):
        raise ControlError(ControlFailure.TIMED_OUT, "number.wallbox_limit")
    assert key_of(raised) == "command_failed"
    assert raised.value.translation_placeholders == {
        "charger": "Garage",
        "reason": "number.wallbox_limit: timed out",
    }
