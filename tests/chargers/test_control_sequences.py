"""Whatever is wished in whatever order, through whatever binding: the charger is never allowed more than the wish."""

import asyncio
from dataclasses import dataclass, field
import random
from typing import Any

from homeassistant.core import HomeAssistant, ServiceCall
import pytest

from custom_components.ev_sessions.chargers.control import ControlError
from custom_components.ev_sessions.chargers.entities.bindings.parse import (
    enable_from_data,
    limit_from_data,
    phases_from_data,
)
from custom_components.ev_sessions.chargers.entities.control import ControlBinding, EntityChargerControl
from custom_components.ev_sessions.core.balancing.evse.phase_guard import PhaseGuard

MIN_A, MAX_A = 6.0, 16.0
OPTIONS = {"off": 0.0, "6": 6.0, "10": 10.0, "13": 13.0, "16": 16.0}
LIMITS: dict[str, Any] = {
    "amperes": {"kind": "number", "entity_id": "number.amperes"},
    "watts": {"kind": "number", "entity_id": "number.watts"},
    "percent": {"kind": "number", "entity_id": "number.percent", "full_a": MAX_A},
    "select": {"kind": "select", "entity_id": "select.limit", "options": OPTIONS},
    "action": {"kind": "action", "action": "box.limit", "data": {"a": "{limit_a}"}, "min_a": 0, "max_a": MAX_A},
    "nothing": None,
}
ENABLES: dict[str, Any] = {
    "switch": {"kind": "switch", "entity_id": "switch.on"},
    "inverted": {"kind": "switch", "entity_id": "switch.paused", "inverted": True},
    "select": {"kind": "select", "entity_id": "select.mode", "on": "go", "off": "stop"},
    "buttons": {"kind": "buttons", "on": "button.go", "off": "button.stop"},
    "lock": {"kind": "lock", "entity_id": "lock.box"},
    "action": {"kind": "action", "on": {"action": "box.go"}, "off": {"action": "box.stop"}},
    "nothing": None,
}
PHASES = {"kind": "switch", "entity_id": "switch.single", "on_phases": 1}


@dataclass
class Box:
    """A charger behind all these entities, which do what they are told, late, or fail."""

    hass: HomeAssistant
    chance: random.Random
    limit_a: float = MAX_A
    on: bool = True
    phases: int = 3
    greatest_a: float = 0.0
    fails: float = 0.0
    calls: list[str] = field(default_factory=list)

    @property
    def allowed_a(self) -> float:
        return self.limit_a if self.on else 0.0

    def install(self) -> None:
        services = (
            "number.set_value switch.turn_on switch.turn_off select.select_option button.press lock.lock"
            " lock.unlock box.limit box.go box.stop"
        )
        for name in services.split():
            domain, _, service = name.partition(".")
            self.hass.services.async_register(domain, service, self._serve)
        self.show()

    def show(self) -> None:
        for entity_id, text, attributes in (
            ("number.amperes", self.limit_a, {"min": 0, "max": 32, "step": 1, "unit_of_measurement": "A"}),
            ("number.watts", 0, {"min": 0, "max": 22080, "step": 10, "unit_of_measurement": "W"}),
            ("number.percent", 0, {"min": 0, "max": 100, "step": 1, "unit_of_measurement": "%"}),
            ("select.limit", "16", {"options": list(OPTIONS)}),
            ("select.mode", "go" if self.on else "stop", {"options": ["go", "stop"]}),
            ("switch.on", "on" if self.on else "off", {}),
            ("switch.paused", "off" if self.on else "on", {}),
            ("switch.single", "on" if self.phases == 1 else "off", {}),
            ("lock.box", "unlocked" if self.on else "locked", {}),
            ("button.go", "unknown", {}),
            ("button.stop", "unknown", {}),
        ):
            self.hass.states.async_set(entity_id, str(text), attributes)

    async def _serve(self, call: ServiceCall) -> None:
        if self.chance.random() < 0.3:
            await asyncio.sleep(0)
        if self.chance.random() < self.fails:
            raise ValueError("not now")
        self.calls.append(f"{call.domain}.{call.service} {dict(call.data)}")
        name = str(call.data.get("entity_id", f"{call.domain}.{call.service}"))
        if name == "switch.single":
            # A power that is set stays a power: fewer phases carry more each.
            watts = self.limit_a * self.phases
            self.phases = 1 if call.service == "turn_on" else 3
            if any("number.watts" in told for told in self.calls):
                self.limit_a = watts / self.phases
        elif name in {"number.amperes", "number.watts", "number.percent", "select.limit", "box.limit"}:
            self.limit_a = self._limit_of(name, call.data)
        else:
            self.on = {
                "switch.on": call.service == "turn_on",
                "switch.paused": call.service == "turn_off",
                "select.mode": call.data.get("option") == "go",
                "lock.box": call.service == "unlock",
            }.get(name, name.endswith("go"))
        self.greatest_a = max(self.greatest_a, self.allowed_a)
        self.show()

    def _limit_of(self, name: str, data: Any) -> float:
        if name == "select.limit":
            return OPTIONS[data["option"]]
        if name == "box.limit":
            return float(data["a"])
        value = float(data["value"])
        return {
            "number.amperes": value,
            "number.watts": value / (230 * self.phases),
            "number.percent": value * MAX_A / 100,
        }[name]


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("enable", ENABLES)
async def test_never_more_than_the_wish(
    hass: HomeAssistant, limit: str, enable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PhaseGuard, "wait_s", lambda self, now_s: 0.0)
    if limit == enable == "nothing":
        return
    for seed in range(6):
        chance = random.Random(f"{limit} {enable} {seed}")
        box = Box(hass, chance, fails=0.15 if seed % 3 == 2 else 0.0)
        box.install()
        binding = ControlBinding(
            limit=limit_from_data(LIMITS[limit]),
            enable=enable_from_data(ENABLES[enable]),
            phases=phases_from_data(PHASES),
            min_a=MIN_A,
            max_a=MAX_A,
            watts_per_a=690.0,
            one_phase_watts_per_a=230.0,
            timeout_s=1.0,
            phase_pause_s=0.0,
        )
        control = EntityChargerControl(hass, binding, name="Box")
        paused, wish_a = False, MAX_A
        for _ in range(20):
            before_a = max(box.allowed_a, 0.0 if paused else wish_a)
            what = chance.choice(["limit", "limit", "limit", "pause", "resume", "one", "three"])
            box.greatest_a, calls = 0.0, len(box.calls)
            try:
                if what == "limit":
                    wish_a = chance.choice([0.0, 3.0, 6.0, 7.9, 10.0, 12.4, 16.0, chance.uniform(0, 20)])
                    await control.async_set_limit_a(wish_a)
                elif what == "pause":
                    paused = True
                    await control.async_pause()
                elif what == "resume":
                    paused = False
                    await control.async_resume()
                else:
                    await control.async_set_phases(1 if what == "one" else 3)
            except ControlError:
                # What failed may leave it as it was, never at more than that or the new wish.
                most_a = max(before_a, 0.0 if paused else wish_a)
                assert box.greatest_a <= most_a + 0.01, (seed, what, box.calls[-6:])
                continue
            if len(box.calls) == calls:
                continue  # it was on these phases already, so what failed before was not sent again
            allowed_a = 0.0 if paused else wish_a
            assert box.allowed_a <= allowed_a + 0.01, (seed, what, wish_a, box.calls[-6:])
            # Never anything between a pause and the least that a car can take.
            assert box.allowed_a == 0 or box.allowed_a >= MIN_A - 0.01, (seed, what, wish_a, box.calls[-6:])
            # Nor on the way there.
            assert box.greatest_a <= max(before_a, allowed_a) + 0.01, (seed, what, box.calls[-6:])
        control.async_stop()
