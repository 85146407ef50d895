"""What is proposed for the devices that integrations of chargers make, and what their words mean."""

import json
from pathlib import Path
from typing import Any

import pytest

from custom_components.ev_sessions.chargers.entities.proposal import Candidate, Proposal, Role, propose
from custom_components.ev_sessions.chargers.entities.status_words import (
    OF_ACTIVITY,
    Meaning,
    known_meaning,
    unknown_words,
)
from custom_components.ev_sessions.core.reading import Activity, State

SHAPES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "data" / "charger_shapes.json").read_text(encoding="utf-8")
)

#: Where we read a word differently from the plain fact, and why.
OTHERWISE = {
    ("openevse", "vent_required"): (None, "fault"),  # most units refuse to ventilate
    ("alfen_wallbox", "Authorizing"): (None, None),  # a card may be shown before any car is there
    ("alfen_wallbox", "Authorized"): (None, None),
    ("alfen_wallbox", "Cable connected"): ("A", "available"),  # a cable is no car
    ("alfen_wallbox", "Suspended EV Disconnected"): ("A", "available"),
    ("alfen_wallbox", "Reserved"): ("A", "reserved"),
    ("hypervolt_charger", "Ready"): (None, None),  # with and without a car: the plug tells
    ("garo_wallbox", "CHANGING"): (None, None),  # gone in a moment
}
#: Words of an attribute, which no entity shows.
NOT_SHOWN = {("keba", "not ready for charging")}


def candidates(shape: dict[str, Any]) -> dict[str, Candidate]:
    return {
        f"{entity['platform']}.e{index}": Candidate(
            entity_id=f"{entity['platform']}.e{index}",
            names=tuple(entity[name] for name in ("key", "name") if name in entity),
            integration=shape["domain"],
            device_class=entity.get("device_class"),
            unit=entity.get("unit"),
            options=tuple(entity.get("options", ())),
            state=entity.get("state"),
        )
        for index, entity in enumerate(shape["entities"])
    }


@pytest.mark.parametrize("shape", SHAPES, ids=[shape["domain"] for shape in SHAPES])
def test_device_of_a_known_integration_is_proposed_as_it_is_meant(shape: dict[str, Any]) -> None:
    of_device = candidates(shape)
    proposal = propose(of_device.values())
    found: dict[str, Any] = {role.value: of_device[entity_id].names[0] for role, entity_id in proposal.roles.items()}
    if proposal.currents:
        found["currents"] = [of_device[entity_id].names[0] for entity_id in proposal.currents]
    assert found == shape["proposed"]


@pytest.mark.parametrize("shape", SHAPES, ids=[shape["domain"] for shape in SHAPES])
def test_order_of_a_device_s_entities_changes_nothing(shape: dict[str, Any]) -> None:
    of_device = list(candidates(shape).values())
    assert propose(reversed(of_device)) == propose(of_device)


@pytest.mark.parametrize("shape", SHAPES, ids=[shape["domain"] for shape in SHAPES])
def test_words_of_a_known_integration_mean_what_its_source_says(shape: dict[str, Any]) -> None:
    for word, state, activity in shape["words"]:
        if (shape["domain"], word) in NOT_SHOWN:
            continue
        meaning = known_meaning(word, shape["domain"])
        assert meaning is not None, word
        expected = OTHERWISE.get((shape["domain"], word), (state, activity))
        found = (
            None if meaning.state is None else meaning.state.value,
            None if meaning.activity is None else meaning.activity.value,
        )
        assert found == expected, word


def test_word_that_means_different_things_is_only_known_where_its_integration_is() -> None:
    assert known_meaning("Ready", "wallbox") == OF_ACTIVITY[Activity.AVAILABLE]
    assert known_meaning("ready", "blue_current") == OF_ACTIVITY[Activity.CHARGING]
    assert known_meaning("ready", "template") is None
    assert known_meaning("ready") is None


@pytest.mark.parametrize(("word", "state"), [("A", "A"), ("B2", "B"), ("c", "C"), ("D", "D"), ("F", "F")])
def test_letters_of_the_pilot_are_known(word: str, state: str) -> None:
    meaning = known_meaning(word)
    assert meaning is not None
    assert meaning.state is State(state)


def test_unknown_words_come_once_and_in_their_order() -> None:
    assert unknown_words(["odd", "Charging", "very odd", "odd"]) == ("odd", "very odd")


@pytest.mark.parametrize("meaning", [Meaning(), *OF_ACTIVITY.values()])
def test_meaning_survives_being_stored(meaning: Meaning) -> None:
    assert Meaning.from_data(meaning.to_data()) == meaning


def sensor(key: str, unit: str) -> Candidate:
    return Candidate(entity_id=f"sensor.{key}", names=(key,), unit=unit)


def test_three_currents_come_in_the_order_of_their_lines() -> None:
    found = propose([sensor("current_l3", "A"), sensor("current_l1", "mA"), sensor("current_l2", "A")])
    assert found == Proposal(currents=("sensor.current_l1", "sensor.current_l2", "sensor.current_l3"))


def test_current_of_the_first_line_may_go_by_the_plain_name() -> None:
    found = propose([sensor("current", "A"), sensor("current_phase_b", "A"), sensor("current_phase_c", "A")])
    assert found.currents == ("sensor.current", "sensor.current_phase_b", "sensor.current_phase_c")


def test_currents_with_a_hole_are_not_proposed() -> None:
    assert propose([sensor("current_l1", "A"), sensor("current_l3", "A")]).currents == ()


def test_switch_that_pauses_when_it_is_on_is_never_the_charging_switch() -> None:
    paused = Candidate(entity_id="switch.paused", names=("charging_paused",), integration="v2c")
    assert propose([paused]) == Proposal()


def test_limit_in_percent_is_no_limit() -> None:
    percent = Candidate(entity_id="number.limit", names=("current_limit",), unit="%")
    amperes = Candidate(entity_id="number.limit_a", names=("current_limit",), unit="A")
    assert propose([percent]) == Proposal()
    assert propose([percent, amperes]).roles == {Role.LIMIT: "number.limit_a"}


@pytest.mark.parametrize("own", ["dynamic_limit", "hems_current_limit", "dynamic_charger_limit", "ems_current_limit"])
@pytest.mark.parametrize("everybodys", ["max_charging_current", "charge_current_limit", "dynamic_circuit_limit"])
def test_limit_that_is_kept_for_who_balances_goes_before_the_one_that_everybody_sets(own: str, everybodys: str) -> None:
    found = propose([Candidate(entity_id=f"number.{key}", names=(key,), unit="A") for key in (own, everybodys)])
    assert found.roles == {Role.LIMIT: f"number.{own}"}


def test_two_plain_energies_beside_a_lifetime_counter_leave_the_session_open() -> None:
    found = propose([sensor("lifetime_energy", "kWh"), sensor("energy", "kWh"), sensor("energy_b", "kWh")])
    assert found.roles == {Role.ENERGY: "sensor.lifetime_energy"}
