"""A device of a known integration is told by what its integration calls its entities."""

import json
from pathlib import Path

import pytest

from custom_components.ev_sessions.chargers.entities.presets import library
from custom_components.ev_sessions.chargers.entities.presets.library import read_presets
from custom_components.ev_sessions.chargers.entities.presets.matching import RegistryEntity, match
from custom_components.ev_sessions.chargers.entities.presets.preset import Preset
from custom_components.ev_sessions.chargers.entities.proposal import Role

DATA = Path(library.__file__).parent / "data"


def preset(**data: object) -> Preset:
    """Make a preset of an integration that does not exist."""
    made = {"name": "Box", "domain": "box", "source": "ours", "licence": "MIT", "unique_id": ["{device}_{key}"], **data}
    return Preset.from_data("box", made)


def entities(*unique_ids: str, **changes: object) -> list[RegistryEntity]:
    """Make entities of the box by `sensor.serial_key`; their ids are other than that."""
    return [
        RegistryEntity(
            entity_id=f"{text.partition('.')[0]}.any_{index}",
            unique_id=text.partition(".")[2],
            integration="box",
            **changes,  # type: ignore[arg-type]  # only flags of a record
        )
        for index, text in enumerate(unique_ids)
    ]


BOX = preset(
    needs=["sensor.state"],
    status=[["sensor.state"]],
    words=["charging"],
    energy=["sensor.lifetime_energy"],
    session_energy=["sensor.energy"],
    currents=[["sensor.current_l1", "sensor.current_l2", "sensor.current_l3"], ["sensor.current"]],
    limit=[{"kind": "number", "entity_id": "@number.limit"}],
    enable=[{"kind": "action", "on": {"action": "box.go", "data": {"device_id": "{device_id}"}}, "off": {}}],
)


def test_key_that_ends_another_key_is_not_taken_for_it() -> None:
    found = match([BOX], entities("sensor.SN_1_state", "sensor.SN_1_lifetime_energy"), "device")
    assert found is not None
    assert found.evses[0].roles == {Role.ENERGY: "sensor.any_1"}
    assert found.evses[0].missing == ("session_energy", "currents", "limit")


def test_of_alternatives_the_first_whole_one_counts() -> None:
    def currents(*keys: str) -> tuple[str, ...]:
        found = match([BOX], entities("sensor.SN_state", *(f"sensor.SN_{key}" for key in keys)), None)
        assert found is not None
        return found.evses[0].currents

    assert currents("current_l3", "current_l1", "current_l2") == ("sensor.any_2", "sensor.any_3", "sensor.any_1")
    assert currents("current_l1") == ("sensor.any_1",)
    assert currents("current_l1", "current_l3", "current") == ("sensor.any_3",)
    assert currents("current_l2") == ()


def test_disabled_entity_is_told_of_and_not_used() -> None:
    there = entities("sensor.SN_state", "number.SN_limit")
    found = match([BOX], [*there, *entities("sensor.SN_energy", disabled=True)], "device")
    assert found is not None
    assert found.disabled == ("sensor.any_0",)
    assert found.evses[0].roles == {}
    assert found.evses[0].limit == {"kind": "number", "entity_id": "number.any_1"}
    assert match([BOX], entities("sensor.SN_state", disabled=True), "device") is not None


def test_action_on_a_device_needs_the_device() -> None:
    found = match([BOX], entities("sensor.SN_state"), "device")
    assert found is not None
    assert found.evses[0].enable is not None
    assert found.evses[0].enable["on"] == {"action": "box.go", "data": {"device_id": "device"}}
    found = match([BOX], entities("sensor.SN_state"), None)
    assert found is not None
    assert found.evses[0].enable is None


def test_what_is_not_known_is_not_matched() -> None:
    assert match([BOX], entities("sensor.SN_other"), "device") is None
    assert match([BOX], [], "device") is None


def test_preset_that_finds_more_counts() -> None:
    plug = preset(needs=["sensor.energy"], energy=["sensor.energy"])
    device = entities("sensor.SN_state", "sensor.SN_energy", "number.SN_limit")
    found = match([plug, BOX], device, "device")
    assert found is not None
    assert found.preset is BOX


def test_each_outlet_of_a_charger_has_its_own_entities() -> None:
    twin = preset(
        unique_id=["{device}-{key}", "{device}-{evse}-{key}"],
        needs=["sensor.status"],
        status=[["sensor.status"]],
        power=["sensor.power"],
        energy=["sensor.total"],
    )
    both = ("sensor.SN-1-status", "sensor.SN-1-power", "sensor.SN-2-status", "sensor.SN-2-power", "sensor.SN-total")
    found = match([twin], entities(*both), "device")
    assert found is not None
    assert [(evse.evse, evse.status, dict(evse.roles)) for evse in found.evses] == [
        (1, ("sensor.any_0",), {Role.POWER: "sensor.any_1"}),
        (2, ("sensor.any_2",), {Role.POWER: "sensor.any_3"}),
    ]
    # The register of the whole charger is an outlet's only where there is one outlet.
    found = match([twin], entities(*both[:2], both[4]), "device")
    assert found is not None
    assert found.evses[0].roles[Role.ENERGY] == "sensor.any_2"


def test_limit_of_the_installation_above_is_found_there_only() -> None:
    shared = preset(
        needs=["sensor.state"],
        status=[["sensor.state"]],
        limit=[{"kind": "number", "entity_id": "@^number.current", "readback": "@sensor.state|limit"}],
        phases=[{"kind": "switch", "entity_id": "@switch.one", "readback": "@sensor.gone"}],
    )
    device = entities("sensor.SN_state", "switch.SN_one", "number.SN_current")
    found = match([shared], device, "device")
    assert found is not None
    assert found.evses[0].limit is None
    assert found.evses[0].phases == {"kind": "switch", "entity_id": "switch.any_1"}
    found = match([shared], [*device, *entities("number.SITE_current", of_parent=True)], "device")
    assert found is not None
    assert found.evses[0].limit == {
        "kind": "number",
        "entity_id": "number.any_0",
        "readback": "sensor.any_0|limit",
    }


@pytest.mark.parametrize("path", sorted(DATA.glob("*.json")), ids=lambda path: path.stem)
def test_data_are_written_plainly(path: Path) -> None:
    made = Preset.from_data(path.stem, json.loads(path.read_text(encoding="utf-8")))
    assert made in read_presets()
    assert set(made.needs) <= set(made.patterns)
