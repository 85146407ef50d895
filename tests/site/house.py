"""A house in Home Assistant's state machine: a charger, a grid meter and a price, as entities."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigSubentryData
from homeassistant.const import EVENT_CALL_SERVICE
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.ev_sessions.const import DOMAIN
from custom_components.ev_sessions.site.ledger.ledger import asked

WORDS = {
    "free": {"state": "A", "activity": "available", "suspended_by": None},
    "plugged": {"state": "B", "activity": "preparing", "suspended_by": None},
    "charging": {"state": "C", "activity": "charging", "suspended_by": None},
    "paused": {"state": "B", "activity": "suspended_evse", "suspended_by": None},
    "full": {"state": "B", "activity": "suspended_ev", "suspended_by": None},
    "broken": {"state": "F", "activity": "fault", "suspended_by": None},
}

ENERGY = {"unit_of_measurement": "kWh", "device_class": "energy", "state_class": "total_increasing"}
POWER = {"unit_of_measurement": "W", "device_class": "power"}
CURRENT = {"unit_of_measurement": "A", "device_class": "current"}


async def kept_settings(site: MockConfigEntry) -> dict[str, dict[str, Any]]:
    """Return the settings that the ledger keeps, after all that waits in its writer's queue was written.

    Most settings are written without anybody waiting for it, and a reader overtakes the writer.
    """
    ledger = site.runtime_data.ledger
    await asked(ledger.put_setting("nobody", "nothing", None, dt_util.utcnow()))
    found: dict[str, dict[str, Any]] = await asked(ledger.settings())
    return found


def line_meter(**changes: Any) -> dict[str, Any]:
    """Return a grid meter of the lines' currents alone: nothing but they tells that it lives."""
    return {
        "form": "line_currents",
        "signed": True,
        "import": ["sensor.grid_l1", "sensor.grid_l2", "sensor.grid_l3"],
        "export": None,
        "total_power": None,
        "invert": False,
        **changes,
    }


def charger_data(**changes: Any) -> dict[str, Any]:
    """Return the data of a charger's subentry; `evse` holds changes of its one EVSE."""
    evse = {
        "evse": 1,
        "status": "sensor.wallbox_status",
        "status_words": WORDS,
        "plugged": None,
        "power": "sensor.wallbox_power",
        "energy": "sensor.wallbox_energy",
        "session_energy": None,
        "currents": [],
        "limit": "number.wallbox_limit",
        "enable": "switch.wallbox_enable",
        "start_above_w": 50.0,
        "quiet_s": 300,
        **changes.pop("evse", {}),
    }
    return {
        "transport": "entities",
        "source_device_id": None,
        "evses": [evse],
        "controllable": True,
        "connection": "three_lines",
        "lines": [0, 1, 2],
        "min_a": 6.0,
        "max_a": 16.0,
        "step_a": 1.0,
        "priority": 5,
        "fallback_a": None,
        "stays_at_limit_without_us": True,
        **changes,
    }


def subentry(kind: str, title: str, data: dict[str, Any], unique_id: str | None = None) -> ConfigSubentryData:
    """Return a subentry as a flow would make it."""
    return ConfigSubentryData(data=data, subentry_type=kind, title=title, unique_id=unique_id)


def circuit(name: str = "Barn", **changes: Any) -> Any:
    """Return a circuit's subentry as the flow makes it; its id is its name in small letters."""
    data = {
        "kind": "branch",
        "name": name,
        "parent": None,
        "limit_a": None,
        "limit_kw": None,
        "unbalance_a": None,
        "continuous": False,
        "meter": None,
        "limit_entity": None,
        "peak": None,
        **changes,
    }
    return {**subentry("circuit", name, data), "subentry_id": name.lower()}


def site_entry(
    *chargers: ConfigSubentryData,
    tariff: dict[str, Any] | None = None,
    fuse_a: float = 25.0,
    fuses_a: tuple[float, ...] | None = None,
    **changes: Any,
) -> MockConfigEntry:
    """Return a site's entry as the flow makes it."""
    tariff = tariff or {"kind": "entity", "entity_id": "sensor.price", "gap": {"rule": "unpriced"}}
    data = {
        "wiring": "three_phase_four_wire",
        "voltage_v": 230.0,
        "currency": "EUR",
        "time_zone": "Europe/Berlin",
        "meter": {
            "form": "line_currents",
            "signed": True,
            "import": ["sensor.grid_l1", "sensor.grid_l2", "sensor.grid_l3"],
            "export": None,
            "total_power": "sensor.grid_power",
            "invert": False,
        },
        "margin_a": 1.0,
        "meter_timeout_s": None,
        "fallback_a": 6.0,
        **changes,
    }
    root = {"kind": "root", "name": "Main fuse", "limit_a": [*(fuses_a or (fuse_a,) * 3)], "parent": None}
    return MockConfigEntry(
        domain=DOMAIN,
        title="Home",
        data=data,
        subentries_data=[
            subentry("circuit", "Main fuse", root),
            subentry("tariff", "Dynamic", tariff),
            *(chargers or [subentry("charger", "Garage", charger_data(), "garage")]),
        ],
    )


def with_more(entry: MockConfigEntry, more: Iterable[Any]) -> MockConfigEntry:
    """Return a site's entry with more subentries, each as data that may name its id."""
    found = [
        {
            "data": dict(one.data),
            "subentry_type": one.subentry_type,
            "title": one.title,
            "unique_id": one.unique_id,
            "subentry_id": one.subentry_id,
        }
        for one in entry.subentries.values()
    ]
    return MockConfigEntry(
        domain=entry.domain, title=entry.title, data=dict(entry.data), subentries_data=[*found, *more]
    )


@dataclass(slots=True, kw_only=True)
class House:
    """States that a test writes, and commands that the charger got."""

    hass: HomeAssistant
    freezer: FrozenDateTimeFactory
    register_kwh: float = 1000.0
    commands: list[tuple[str, Any]] = field(default_factory=list)
    obeys: bool = True

    def begin(self) -> None:
        """Write a house at rest: no car, 2 A on each line, 0.30 EUR/kWh."""
        # The charger hears calls on the bus: the actions of `number` and `switch` are taken over by
        # Home Assistant's own as soon as anybody has such entities.
        for domain, action in (("number", "set_value"), ("switch", "turn_on"), ("switch", "turn_off")):
            self.hass.services.async_register(domain, action, lambda _call: None)
        self.hass.bus.async_listen(EVENT_CALL_SERVICE, self._heard)
        self.state("number.wallbox_limit", 16, {"min": 6, "max": 16, "step": 1, "unit_of_measurement": "A"})
        self.state("switch.wallbox_enable", "on")
        self.grid(2, 2, 2)
        self.price("0.30")
        self.charger("free", power_w=0)

    def state(self, entity_id: str, value: Any, attributes: dict[str, Any] | None = None) -> None:
        """Write a state; the attributes stay where none are given."""
        old = self.hass.states.get(entity_id)
        kept = old.attributes if old is not None and attributes is None else attributes
        self.hass.states.async_set(entity_id, str(value), kept)

    def grid(self, *currents_a: float) -> None:
        """Let the meter report."""
        for line, current_a in enumerate(currents_a, 1):
            self.state(f"sensor.grid_l{line}", current_a, CURRENT)
        self.state("sensor.grid_power", sum(currents_a) * 230, POWER)

    def price(self, price: str, unit: str = "EUR/kWh") -> None:
        """Let the price entity show a price."""
        self.state("sensor.price", price, {"unit_of_measurement": unit})

    def charger(self, word: str, *, power_w: float | None = None, energy_kwh: float = 0.0) -> None:
        """Let the charger report, with so much more on its register."""
        self.register_kwh += energy_kwh
        self.state("sensor.wallbox_status", word)
        if power_w is not None:
            self.state("sensor.wallbox_power", power_w, POWER)
        self.state("sensor.wallbox_energy", f"{self.register_kwh:.6f}", ENERGY)

    def register(self, value: float | str, unit: str = "kWh") -> None:
        """Let the register show a value, whatever it showed before."""
        self.state("sensor.wallbox_energy", value, {**ENERGY, "unit_of_measurement": unit})

    async def sessions(self, **fields: Any) -> list[dict[str, Any]]:
        """Return the sessions with their periods as anyone gets them, oldest first."""
        asked = {"include_periods": True, "include_empty": True, "order": "oldest", **fields}
        found = await self.hass.services.async_call(DOMAIN, "get_sessions", asked, blocking=True, return_response=True)
        assert found is not None
        sessions: list[dict[str, Any]] = found["sessions"]  # type: ignore[assignment]
        return sessions

    async def only_session(self) -> dict[str, Any]:
        """Return the one session that there is, whose periods sum to it."""
        (session,) = await self.sessions()
        energies_kwh = sum(Decimal(str(period["energy_kwh"])) for period in session["periods"])
        assert energies_kwh == Decimal(str(session["energy_kwh"]))
        return session

    async def later(self, **span: float) -> None:
        """Let time pass, with its timers."""
        await self.hass.async_block_till_done(wait_background_tasks=True)
        self.freezer.tick(timedelta(**span))
        async_fire_time_changed(self.hass)
        await self.hass.async_block_till_done(wait_background_tasks=True)

    async def charge(self, *, minutes: int, power_w: float, every_s: int = 60) -> None:
        """Charge at a power, with a reading every so often."""
        for _ in range(minutes * 60 // every_s):
            await self.later(seconds=every_s)
            self.charger("charging", power_w=power_w, energy_kwh=power_w * every_s / 3_600_000)
        await self.hass.async_block_till_done(wait_background_tasks=True)

    @callback
    def _heard(self, event: Event[Any]) -> None:
        data = event.data["service_data"]
        asked = data.get("entity_id", ())
        for entity_id in [asked] if isinstance(asked, str) else asked:
            if entity_id.startswith("number.") and entity_id.endswith("_limit"):
                self._commanded(entity_id, "limit", data["value"], data["value"])
            elif entity_id.startswith("switch.") and entity_id.endswith("_enable"):
                on = event.data["service"] == "turn_on"
                self._commanded(entity_id, "enable", on, "on" if on else "off")

    def _commanded(self, entity_id: str, name: str, value: float | bool, state: float | str) -> None:
        if "wallbox" in entity_id:
            self.commands.append((name, value))
        if self.obeys:
            self.state(entity_id, state)


async def sessions_of(hass: HomeAssistant, **fields: object) -> list[dict[str, Any]]:
    """Return what `get_sessions` lists, with charging periods."""
    found: Any = await hass.services.async_call(
        DOMAIN, "get_sessions", {"include_periods": True, **fields}, blocking=True, return_response=True
    )
    assert found["total"] == len(found["sessions"])
    sessions: list[dict[str, Any]] = found["sessions"]
    return sessions


def shown(hass: HomeAssistant, entity_id: str) -> str:
    """Return what an entity shows."""
    state = hass.states.get(entity_id)
    assert state is not None, entity_id
    return state.state
