"""Devices with entities in the registries as real integrations make them, and what the translations say of a form."""

import json
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv, device_registry as dr, entity_registry as er
from homeassistant.helpers.selector import SelectSelector
import probatio
from pytest_homeassistant_custom_component.common import MockConfigEntry

import custom_components.ev_sessions
from custom_components.ev_sessions.const import DOMAIN

TEXTS: dict[str, Any] = json.loads(
    (Path(custom_components.ev_sessions.__file__).parent / "translations" / "en.json").read_text(encoding="utf-8")
)


class Brand:
    """An integration with one device; entities are added one by one."""

    def __init__(self, hass: HomeAssistant, domain: str, name: str) -> None:
        self.hass = hass
        self.domain = domain
        self.entry = MockConfigEntry(domain=domain, title=name)
        self.entry.add_to_hass(hass)
        self.device = dr.async_get(hass).async_get_or_create(
            config_entry_id=self.entry.entry_id, identifiers={(domain, f"serial of {name}")}, name=name
        )

    def add(self, entity_id: str, state: str | None = None, **shown: Any) -> str:
        """Add an entity: its registry entry, and its state unless the integration has not started yet."""
        domain, _, object_id = entity_id.partition(".")
        attributes = dict(shown)
        entry = er.async_get(self.hass).async_get_or_create(
            domain,
            self.domain,
            attributes.pop("unique_id", object_id),
            suggested_object_id=object_id,
            config_entry=self.entry,
            device_id=self.device.id,
            original_name=attributes.pop("name", None),
            translation_key=attributes.pop("translation_key", None),
            original_device_class=attributes.get("device_class"),
            unit_of_measurement=attributes.get("unit_of_measurement"),
            capabilities={key: attributes[key] for key in ("options", "min", "max", "step") if key in attributes}
            or None,
            disabled_by=attributes.pop("disabled_by", None),
        )
        if state is not None:
            self.hass.states.async_set(entry.entity_id, state, attributes)
        return entry.entity_id


def peblar(hass: HomeAssistant, name: str = "Garage") -> Brand:
    """Make a charger with all that one can have: enumeration, number from 6 A, switch."""
    brand = Brand(hass, "peblar", name)
    slug = name.lower()
    brand.add(
        f"sensor.{slug}_state",
        "no_ev_connected",
        unique_id=f"{name}_cp_state",
        translation_key="cp_state",
        device_class="enum",
        options=["charging", "error", "fault", "invalid", "no_ev_connected", "suspended", "unknown"],
    )
    brand.add(
        f"sensor.{slug}_power", "0", unique_id=f"{name}_power_total", device_class="power", unit_of_measurement="W"
    )
    brand.add(
        f"sensor.{slug}_lifetime_energy",
        "880.5",
        unique_id=f"{name}_energy_total",
        device_class="energy",
        unit_of_measurement="kWh",
    )
    brand.add(
        f"sensor.{slug}_session_energy",
        "0",
        unique_id=f"{name}_energy_session",
        device_class="energy",
        unit_of_measurement="kWh",
    )
    for line in (1, 2, 3):
        brand.add(
            f"sensor.{slug}_current_phase_{line}",
            "0",
            unique_id=f"{name}_current_phase_{line}",
            device_class="current",
            unit_of_measurement="A",
        )
    brand.add(
        f"number.{slug}_charge_limit",
        "16",
        unique_id=f"{name}_charge_current_limit",
        device_class="current",
        unit_of_measurement="A",
        min=6,
        max=20,
        step=1,
    )
    brand.add(f"switch.{slug}_charge", "on", unique_id=f"{name}_charge", translation_key="charge")
    return brand


def meter(hass: HomeAssistant, name: str = "Meter") -> Brand:
    """Make a grid meter that shows all that one can show."""
    brand = Brand(hass, "dsmr", name)
    slug = name.lower()
    for line in (1, 2, 3):
        brand.add(f"sensor.{slug}_current_l{line}", "1.5", device_class="current", unit_of_measurement="A")
        brand.add(f"sensor.{slug}_power_l{line}", "300", device_class="power", unit_of_measurement="W")
        brand.add(f"sensor.{slug}_return_l{line}", "0", device_class="power", unit_of_measurement="W")
    brand.add(f"sensor.{slug}_power", "0.9", device_class="power", unit_of_measurement="kW")
    brand.add(f"sensor.{slug}_return", "0", device_class="power", unit_of_measurement="kW")
    return brand


def said_of(result: Any) -> None:
    """Check that the translations name and describe all that a form shows, and every error that it has."""
    texts = TEXTS["config"] if isinstance(result["handler"], str) else TEXTS["config_subentries"][result["handler"][1]]
    step = texts["step"][result["step_id"]]
    if result["type"] == "menu":
        assert set(result["menu_options"]) <= set(step["menu_options"])
        return
    assert result["type"] == "form"
    for error in (result["errors"] or {}).values():
        assert error in texts["error"]
    placeholders = result["description_placeholders"] or {}
    assert step.get("description", "").format(**placeholders) is not None
    # What the browser gets; a field that cannot be written as JSON would leave it without a form.
    assert json.dumps(probatio.to_field_list(result["data_schema"], custom_serializer=cv.custom_serializer))
    schema = result["data_schema"].schema
    if result["step_id"] in {"status_words", "limit_options"}:
        schema_keys: set[str] = set()
    else:
        schema_keys = {str(key) for key in schema if str(key) not in step.get("sections", {})}
    assert schema_keys <= set(step.get("data", {}))
    assert schema_keys <= set(step.get("data_description", {}))
    for key, field in schema.items():
        part = step.get("sections", {}).get(str(key))
        for inner, selector in field.schema.schema.items() if part is not None else ():
            assert str(inner) in part["data"]
            assert str(inner) in part["data_description"]
            options_are_named(selector)
        options_are_named(field)


def options_are_named(field: Any) -> None:
    """Check that a select field's options have names."""
    if isinstance(field, SelectSelector) and "translation_key" in field.config:
        named = TEXTS["selector"][field.config["translation_key"]]["options"]
        assert set(field.config["options"]) <= set(named)


def suggested(result: Any) -> dict[str, Any]:
    """Return what a form is filled in with, without its sections' frames."""
    filled: dict[str, Any] = {}
    for key, field in result["data_schema"].schema.items():
        if hasattr(field, "options") and hasattr(field, "schema"):
            filled |= {str(inner): _filled(inner) for inner in field.schema.schema}
        else:
            filled[str(key)] = _filled(key)
    return {key: value for key, value in filled.items() if value is not None}


def _filled(key: Any) -> Any:
    if key.description and "suggested_value" in key.description:
        return key.description["suggested_value"]
    default = getattr(key, "default", None)
    return default() if callable(default) and type(default()).__name__ != "Undefined" else None


class Walk:
    """A person who walks through a flow; every form is checked against the translations."""

    def __init__(self, hass: HomeAssistant) -> None:
        self.hass = hass
        self.result: Any = None
        self._manager: Any = None

    async def site(self, **context: Any) -> Any:
        """Begin the flow of a site."""
        self._manager = self.hass.config_entries.flow
        return self._seen(await self._manager.async_init(DOMAIN, context={"source": "user", **context}))

    async def subentry(self, entry: MockConfigEntry, kind: str, subentry_id: str | None = None) -> Any:
        """Begin the flow of a subentry: a new one, or one that is there."""
        self._manager = self.hass.config_entries.subentries
        context = {"source": "user"} if subentry_id is None else {"source": "reconfigure", "subentry_id": subentry_id}
        return self._seen(await self._manager.async_init((entry.entry_id, kind), context=context))

    async def resume(self, flow_id: str) -> Any:
        """Go on with a subentry's flow that another flow began."""
        self._manager = self.hass.config_entries.subentries
        return self._seen(await self._manager.async_configure(flow_id))

    async def choose(self, step_id: str) -> Any:
        """Choose from a menu."""
        return self._seen(await self._manager.async_configure(self.result["flow_id"], {"next_step_id": step_id}))

    async def fill(self, **answers: Any) -> Any:
        """Fill in a form."""
        return self._seen(await self._manager.async_configure(self.result["flow_id"], answers))

    async def device(self, device_id: str | None) -> Any:
        """Choose a charger's device, and look at each entity where its integration is known."""
        shown = await self.fill(device_id=device_id)
        return await self.choose("look_closer") if shown["step_id"] == "known" else shown

    def _seen(self, result: Any) -> Any:
        if result["type"] in {"form", "menu"}:
            said_of(result)
        self.result = result
        return result


def site_entry(hass: HomeAssistant, name: str = "Home", **changes: Any) -> MockConfigEntry:
    """Add a site as the flow makes one, with its root circuit and a fixed price."""
    limit_a = changes.pop("limit_a", [25.0, 25.0, 25.0])
    data = {
        "wiring": "three_phase_four_wire",
        "voltage_v": 230.0,
        "currency": "EUR",
        "time_zone": "Europe/Berlin",
        "meter": None,
        "margin_a": 0.0,
        "meter_timeout_s": None,
        "fallback_a": 6.0,
    }
    root = {"kind": "root", "name": "Grid connection", "limit_a": limit_a, "parent": None}
    entry = MockConfigEntry(
        domain=DOMAIN,
        title=name,
        data={**data, **changes},
        subentries_data=[
            {"subentry_type": "circuit", "title": "Grid connection", "unique_id": None, "data": root},
            {
                "subentry_type": "tariff",
                "title": "Electricity",
                "unique_id": None,
                "data": {"kind": "fixed", "price": "0.30"},
            },
        ],
    )
    entry.add_to_hass(hass)
    return entry


def subentry_id(entry: MockConfigEntry, kind: str) -> str:
    """Return the id of the only subentry of a kind."""
    (subentry,) = entry.get_subentries_of_type(kind)
    return str(subentry.subentry_id)


def electrical(walk: Walk) -> dict[str, Any]:
    """Return the answers that a charger's last form is filled in with."""
    answers = suggested(walk.result)
    advanced = {key: answers.pop(key) for key in ("step_a", "fallback_a", "other_controller") if key in answers}
    return {**answers, "advanced": advanced}
