"""The devices of the known integrations, as if nobody knew them: what is proposed by class, unit and name alone."""

from collections import Counter
from typing import Any

import pytest

from custom_components.ev_sessions.chargers.entities.proposal import Candidate, Proposal, propose
from tests.presets.devices import CHARGERS, DEVICES
from tests.presets.expected import EXPECTED, Expected

#: How many of the devices that have such an entity are proposed the right one. This may only get better.
BAR = {
    "status": (34, 34),
    "plugged": (8, 8),
    "power": (36, 36),
    "energy": (25, 25),
    "session_energy": (24, 24),
    "currents": (27, 27),
    "limit": (19, 19),
    # A switch called "paused" that pauses while it is off is not guessed.
    "enable": (16, 17),
}
#: Proposed though the device has none such, or another one is better: a person sees and clears them.
MOST_TOO_MANY = 9


def proposal_for(name: str) -> Proposal:
    """Propose for a device whose integration and serial number nobody has ever seen."""
    return propose(
        Candidate(
            entity_id=f"{entity['platform']}.{entity['key']}",
            names=(entity["key"].replace("-", "_"),),
            integration="never_heard_of",
            device_class=entity.get("device_class"),
            unit=entity.get("unit"),
            options=tuple(entity.get("options", ())),
        )
        for entity in DEVICES[name]
        if not entity.get("of_parent")
    )


def wanted(expected: Expected, name: str) -> dict[str, set[Any]]:
    """Return what would be right, by role; of a status of several entities any is."""
    own = {f"{entity['platform']}.{entity['key']}" for entity in DEVICES[name] if not entity.get("of_parent")}
    limit = None if expected.limit is None else expected.limit[1].get("entity_id")
    switched = expected.resume is not None and expected.resume[0] == "switch.turn_on"
    right: dict[str, set[Any]] = {
        "status": {reference.partition("|")[0] for reference in expected.status},
        "plugged": {expected.plugged},
        "power": {expected.power},
        "energy": {expected.energy},
        "session_energy": {expected.session_energy},
        "currents": {expected.currents or None},
        "limit": {limit if limit in own else None},
        "enable": {expected.resume[1]["entity_id"] if switched and expected.resume is not None else None},
    }
    return {role: values for role, values in right.items() if values - {None} and "|" not in str(values)}


@pytest.fixture(scope="module")
def hits() -> tuple[dict[str, tuple[int, int]], int]:
    found, there, too_many = Counter[str](), Counter[str](), 0
    for name in CHARGERS:
        proposal = proposal_for(name)
        proposed: dict[str, Any] = {role.value: entity_id for role, entity_id in proposal.roles.items()}
        proposed |= {"currents": proposal.currents} if proposal.currents else {}
        right = wanted(EXPECTED[name], name)
        there.update(list(right))
        found.update(role for role, values in right.items() if proposed.get(role) in values)
        too_many += len(set(proposed) - set(right) - {"currents"})
    return {role: (found[role], there[role]) for role in there}, too_many


@pytest.mark.parametrize("role", BAR)
def test_role_is_found_on_devices_that_nobody_knows(hits: tuple[dict[str, tuple[int, int]], int], role: str) -> None:
    assert hits[0][role] == BAR[role]


def test_few_roles_are_proposed_that_are_not_there(hits: tuple[dict[str, tuple[int, int]], int]) -> None:
    assert hits[1] <= MOST_TOO_MANY


def test_of_two_outlets_the_first_is_proposed() -> None:
    proposal = proposal_for("chargeamps")
    assert {entity_id.partition(".")[2][:2] for entity_id in proposal.roles.values()} == {"1_", "to"}
    assert proposal.currents == tuple(f"sensor.1_l{line}_current" for line in (1, 2, 3))
