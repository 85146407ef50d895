"""What of the plant is told over the wire: plain dicts, as a device's own interface would have them."""

from typing import Any

from .household import BRANDS, HAND_LOADS, PLUGS, STATION_OUTLETS
from .plant.charger import Charger
from .plant.plant import Plant
from .plant.price_board import PriceBoard

type Message = dict[str, Any]


def devices(plant: Plant, *, branded: bool = False, house: str = "") -> Message:
    """Return what there is: the chargers, each of a brand of its own or not, the meter, what a hand switches on.

    `house` tells it from others where there are several.
    """
    return {
        "house": house,
        "chargers": [
            {
                "id": charger.model.id,
                "name": charger.model.name,
                "kind": _kind(charger.model.id, branded=branded),
                "lines": len(charger.model.lines),
                "max_a": charger.model.max_a,
                "register_step_wh": charger.model.register_step_wh,
            }
            for charger in plant.chargers.values()
            if charger.model.id not in STATION_OUTLETS
        ],
        "loads": [{"id": load.id, "name": load.name} for load in HAND_LOADS.values()],
        "meter": {
            "period_s": plant.meter.period_s,
            "delay_s": plant.meter.delay_s,
            "apart_s": plant.meter.apart_s,
        },
    }


def _kind(charger: str, *, branded: bool) -> str:
    """Return what a charger is: of which brand, or the house's own."""
    if charger in PLUGS:
        return "plug"
    return BRANDS[charger] if branded else "charger"


def charger_event(charger: Charger) -> Message:
    """Return what a charger tells about itself."""
    shown: Message = {"event": "charger", "charger": charger.model.id, "online": charger.online}
    if not charger.online:
        return shown
    return shown | {
        "status": charger.status.value,
        "plugged": charger.car is not None,
        "currents_a": [round(current, 2) for current in charger.currents_a],
        "power_w": round(charger.power_w),
        "energy_kwh": charger.register_kwh,
        "session_kwh": charger.session_kwh,
        "limit_a": charger.limit_a,
        "enabled": charger.enabled,
        "single_line": charger.single_line,
        "full": charger.car is not None and charger.car.full,
    }


def meter_event(plant: Plant) -> Message | None:
    """Return what the meter shows; None before its first reading."""
    if (reading := plant.meter.latest) is None:
        return None
    return {
        "event": "meter",
        "currents_a": list(reading.currents_a),
        "power_w": reading.power_w,
        "import_kwh": reading.import_kwh,
        "export_kwh": reading.export_kwh,
    }


def price_event(plant: Plant, board: PriceBoard) -> Message:
    """Return the price of now and what is shown beside it."""
    now = plant.now
    zone = plant.life.zone
    return {
        "event": "price",
        "from": board.start_of(now).isoformat(),
        "price": board.at(now),
        "today": [
            {
                "start": slot.start.astimezone(zone).isoformat(),
                "end": slot.end.astimezone(zone).isoformat(),
                "value": slot.price,
            }
            for slot in board.shown(now)
        ],
    }


def load_event(plant: Plant, load: str) -> Message:
    """Return whether something is switched on by hand."""
    return {"event": "load", "load": load, "on": plant.house.is_on(load)}


def truth(plant: Plant) -> Message:
    """Return what really happened, which no device tells."""
    over = plant.truth.over
    return {
        "now": plant.now.isoformat(),
        "now_s": plant.now_s,
        "line_currents_a": list(plant.line_currents_a),
        "chargers": {
            name: {
                "register_wh": charger.register_wh,
                "session_wh": charger.session_wh,
                "current_a": charger.current_a,
                "limit_a": charger.limit_a,
                "enabled": charger.enabled,
                "plugged": charger.car is not None,
                "commands": charger.commands,
            }
            for name, charger in plant.chargers.items()
        },
        "plugs": [
            {
                "at": plant.life.instant(event.at_s).isoformat(),
                "charger": event.charger,
                "plugged": event.plugged,
                "register_wh": event.register_wh,
            }
            for event in plant.truth.plugs
        ],
        "over": {
            "integral_as": over.integral_as,
            "above_conventional_s": over.above_conventional_s,
            "longest_s": over.longest_s,
        },
        "steps": [
            {
                "at": plant.life.instant(step.at_s).isoformat(),
                "line": step.line,
                "rise_a": step.rise_a,
                "appliance": step.appliance,
            }
            for step in plant.house.steps
        ],
    }
