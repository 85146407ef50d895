"""C4 and C6: a new password and a higher security profile, whatever the station makes of them."""

from dataclasses import dataclass
from typing import Any

import pytest

from custom_components.ev_sessions.chargers.ocpp.setup.calls import Calls
from custom_components.ev_sessions.chargers.ocpp.setup.dialect import Dialect
from custom_components.ev_sessions.chargers.ocpp.setup.report import ReportCollector
from custom_components.ev_sessions.chargers.ocpp.setup.security import (
    NetworkProfile,
    PasswordPush,
    Upgrade,
    async_push_password,
    async_upgrade,
    new_password,
)
from custom_components.ev_sessions.chargers.ocpp.setup.v2 import Dialect2
from custom_components.ev_sessions.chargers.ocpp.setup.v16 import Dialect16
from custom_components.ev_sessions.chargers.ocpp.version import Version

from .scripted import Box2, Box16, Scripted

PROFILE = NetworkProfile(url="wss://home.example:9000/", security_profile=2, slot=2)
PASSWORD = "BasicAuthPassword"
PRIORITY = "OCPPCommCtrlr.NetworkConfigurationPriority"


@dataclass
class Asked:
    """A station, and how its settings are reached."""

    box: Scripted
    calls: Calls
    dialect: Dialect


def of_16(**changes: Any) -> Asked:
    box = Box16(keys={"AuthorizationKey": None, "SecurityProfile": "1"}, answers={"Reset": {"status": "Accepted"}})
    for name, value in changes.items():
        setattr(box, name, value)
    calls = Calls(box)
    return Asked(box, calls, Dialect16(calls, {}))


def of_2(version: Version = Version.V201, **changes: Any) -> Asked:
    answers = {"SetNetworkProfile": {"status": "Accepted"}, "Reset": {"status": "Accepted"}}
    box = Box2(version=version, answers=answers)
    box.values[f"SecurityCtrlr.{PASSWORD}"] = None
    for name, value in changes.items():
        setattr(box, name, value)
    calls = Calls(box)
    return Asked(box, calls, Dialect2(calls, ReportCollector()))


def test_c4_a_password_suits_every_version() -> None:
    passwords = {new_password() for _ in range(50)}
    assert len(passwords) == 50
    assert all(len(one.encode()) == 20 and one.isalnum() for one in passwords)


async def test_c4_in_1_6_it_goes_out_in_hexadecimal() -> None:
    asked = of_16()
    assert await async_push_password(asked.dialect, Version.V16, "Sixteen_to_twenty!") is PasswordPush.NEW
    [payload] = asked.box.payloads("ChangeConfiguration")
    assert payload["key"] == "AuthorizationKey"
    assert bytes.fromhex(payload["value"]) == b"Sixteen_to_twenty!"


@pytest.mark.parametrize("version", [Version.V201, Version.V21])
async def test_c4_in_2_x_it_goes_out_as_it_is(version: Version) -> None:
    asked = of_2(version)
    assert await async_push_password(asked.dialect, version, "x" * 20) is PasswordPush.NEW
    assert asked.box.payloads("SetVariables")[0]["setVariableData"][0]["attributeValue"] == "x" * 20


@pytest.mark.parametrize(
    ("changes", "push"),
    [
        ({"statuses": {"AuthorizationKey": "Rejected"}}, PasswordPush.OLD),
        ({"statuses": {"AuthorizationKey": "NotSupported"}}, PasswordPush.OLD),
        ({"statuses": {"AuthorizationKey": "RebootRequired"}}, PasswordPush.EITHER),
        ({"silent": {"ChangeConfiguration"}}, PasswordPush.EITHER),
        ({"erring": {"ChangeConfiguration"}}, PasswordPush.EITHER),
    ],
)
async def test_c4_what_is_not_accepted_leaves_the_old_one_good(changes: dict[str, Any], push: PasswordPush) -> None:
    assert await async_push_password(of_16(**changes).dialect, Version.V16, "y" * 20) is push


@pytest.mark.parametrize("version", [Version.V201, Version.V21])
async def test_c6_profile_priority_reset_and_the_old_one_stays_as_a_way_back(version: Version) -> None:
    asked = of_2(version)
    assert await async_upgrade(asked.calls, asked.dialect, version, PROFILE) is Upgrade.AWAITING_RECONNECT
    changes = [action for action, _ in asked.box.asked if action != "GetVariables"]
    assert changes == ["SetNetworkProfile", "SetVariables", "Reset"]
    assert isinstance(asked.box, Box2)
    assert asked.box.values[PRIORITY] == "2,1,3"
    assert asked.box.payloads("Reset") == [{"type": "OnIdle"}]


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"answers": {"SetNetworkProfile": {"status": "Rejected"}}}, Upgrade.PROFILE_REFUSED),
        ({"erring": {"SetNetworkProfile"}}, Upgrade.UNANSWERED),
        ({"statuses": {PRIORITY: "Rejected"}}, Upgrade.PRIORITY_REFUSED),
        ({"erring": {"SetVariables"}}, Upgrade.UNANSWERED),
        ({"erring": {"Reset"}}, Upgrade.RESET_REFUSED),
    ],
)
async def test_c6_a_step_that_fails_is_told_and_none_follows(changes: dict[str, Any], outcome: Upgrade) -> None:
    asked = of_2(**changes)
    assert await async_upgrade(asked.calls, asked.dialect, Version.V201, PROFILE) is outcome
    if outcome in {Upgrade.PROFILE_REFUSED, Upgrade.PRIORITY_REFUSED}:
        assert not asked.box.payloads("Reset")


@pytest.mark.parametrize(
    ("status", "outcome", "resets"),
    [
        ("Accepted", Upgrade.AWAITING_RECONNECT, 0),
        ("RebootRequired", Upgrade.AWAITING_RECONNECT, 1),
        ("Rejected", Upgrade.PROFILE_REFUSED, 0),
    ],
)
async def test_c6_083_in_1_6_the_station_changes_by_itself(status: str, outcome: Upgrade, resets: int) -> None:
    asked = of_16(statuses={"SecurityProfile": status})
    assert await async_upgrade(asked.calls, asked.dialect, Version.V16, PROFILE) is outcome
    assert len(asked.box.payloads("Reset")) == resets
