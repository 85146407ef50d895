"""What scripts, dashboards and other programs rely on: it changes with a major version only.

More may come; what is named here neither goes nor gets another name.
"""

from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
import yaml

import custom_components.ev_sessions as component
from custom_components.ev_sessions.core.balancing.circuits.circuit import Protection
from custom_components.ev_sessions.core.balancing.load import BalancingState
from custom_components.ev_sessions.core.reading import Activity, State, SuspendedBy
from custom_components.ev_sessions.core.sessions.session import (
    EndReason,
    PriceBasis,
    Quality,
    SessionEventType,
    SessionStatus,
)

WORDS: dict[type[StrEnum], str] = {
    State: "A B C D E F",
    Activity: "available awaiting_authorisation preparing charging suspended_ev suspended_evse finishing reserved"
    " unavailable fault",
    SuspendedBy: "us charger other unknown",
    SessionStatus: "open held ended",
    EndReason: "unplugged remote local limit_energy limit_cost limit_time limit_soc deauthorised token_changed"
    " vehicle_changed power_loss fault split manual unknown",
    Quality: "measured spread integrated estimated recovered",
    PriceBasis: "interval state history held fixed none",
    BalancingState: "ok limiting paused meter_lost overload off",
    Protection: "per_line total_only",
    SessionEventType: "connected authorised started_charging paused resumed completed disconnected fault fault_cleared"
    " limit_reached cost_final",
}

#: By action its fields; those that act on an EVSE have a target beside them.
FIELDS = {
    "get_sessions": "config_entry_id charger start end status vehicle payer id_token include_periods include_empty"
    " limit offset order",
    "get_statistics": "period group_by",
    "start_charging": "",
    "stop_charging": "",
    "set_current_limit": "current duration",
    "set_session_limit": "energy_kwh cost minutes soc",
    "update_session": "session_id note vehicle payer start end",
    "split_session": "session_id at",
    "merge_sessions": "",
    "add_session": "",
    "delete_session": "session_id",
    "import_sessions": "format data path dry_run",
    "recalculate_cost": "",
    "calculate_cost": "tariff ocpi_tariff time_zone session_id periods",
    "compare_tariffs": "",
    "get_prices": "",
    "import_prices": "",
    "ocpp_call": "charger action payload",
    "get_decisions": "start end",
}
TARGETED = {"start_charging", "stop_charging", "set_current_limit", "set_session_limit"}
ACTIONS: dict[str, dict[str, Any] | None] = yaml.safe_load(
    (Path(component.__file__).parent / "services.yaml").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("words", WORDS, ids=lambda words: words.__name__)
def test_words_are_those_that_were_promised(words: type[StrEnum]) -> None:
    assert sorted(word.value for word in words) == sorted(WORDS[words].split())


@pytest.mark.parametrize("action", FIELDS)
def test_action_has_the_fields_that_were_promised(action: str) -> None:
    told = ACTIONS[action] or {}
    assert set(FIELDS[action].split()) <= set(told.get("fields", {}))
    assert ("target" in told) is (action in TARGETED)
