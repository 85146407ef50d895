"""The demo's dashboard: plain cards of Home Assistant over the integration's entities."""

from pathlib import Path
from typing import Any

import yaml

from simulator.demo.brands import BREAKER, BREAKER_A
from simulator.demo.names import Names

PATH = "ev-house"
_FILE = "house.yaml"
#: The list of past sessions comes from the integration's own action, as anyone's template could have it.
MONTH_SENSOR = "sensor.demo_sessions"

CONFIGURATION = f"""
lovelace:
  dashboards:
    {PATH}:
      mode: yaml
      title: House
      icon: mdi:ev-station
      show_in_sidebar: true
      filename: {_FILE}

template:
  - triggers:
      - trigger: time_pattern
        seconds: /5
    conditions: "{{{{ integration_entities('ev_sessions') | count > 0 }}}}"
    actions:
      - action: ev_sessions.get_sessions
        data: {{limit: 40}}
        response_variable: found
    sensor:
      - name: Demo sessions
        unique_id: demo_sessions
        state: "{{{{ found.total }}}}"
        attributes:
          sessions: >
            {{% set ns = namespace(rows=[]) %}}
            {{% for s in found.sessions %}}
              {{% set ns.rows = ns.rows + [[s.start, s.charger, s.status, s.connected_s, s.energy_kwh, s.cost]] %}}
            {{% endfor %}}
            {{{{ ns.rows }}}}
"""

#: Narrow, so that a phone shows it too: units stand in the head, and a time does not break.
_TABLE = """\
| From | Charger | h:min | kWh | EUR |
|---|---|--:|--:|--:|
{% for start, charger, status, connected_s, energy_kwh, cost in state_attr('SENSOR', 'sessions') or [] -%}
| {{ as_timestamp(start) | timestamp_custom('%d&nbsp;%b&nbsp;%H:%M') }}{{ '' if status == 'ended' else '&nbsp;•' }} \
| {{ charger }} | {{ '%d:%02d' | format(connected_s // 3600, connected_s % 3600 // 60) }} \
| {{ '%.2f' | format(energy_kwh) }} \
| {{ cost if cost is not none else '–' }} |
{% endfor %}
"""

type Card = dict[str, Any]


def write(folder: Path, names: Names) -> None:
    """Write the dashboard for what the registry calls its entities."""
    content = yaml.safe_dump(_dashboard(names), sort_keys=False, allow_unicode=True)
    (folder / _FILE).write_text(content, encoding="utf-8")


def write_empty(folder: Path) -> None:
    """Write a dashboard that may be opened before anything is there."""
    if not (folder / _FILE).exists():
        (folder / _FILE).write_text("views: []\n", encoding="utf-8")


def _dashboard(names: Names) -> Card:
    return {
        "title": "House",
        "views": [
            {
                "title": "Live",
                "path": "live",
                "type": "sections",
                "max_columns": 4,
                "sections": [
                    # What a person came to see fits on the first page: three chargers, the fuse, the house.
                    *(_charger(names, *place) for place in names.places if names.is_brands(place[0])),
                    _lines(names),
                    _house(names),
                    _calendar(names),
                    *(_charger(names, *place) for place in names.places if not names.is_brands(place[0])),
                    *_breaker(names),
                    _sessions(),
                ],
            }
        ],
    }


def _charger(names: Names, charger: str, evse: int) -> Card:
    def our(key: str) -> str:
        return names.of_charger(charger, key, evse)

    has_more = (charger, 2) in names.places
    # A station tells what it offers; what its car draws follows from its power.
    drawn = names.drawn(charger) if names.is_brands(charger) else our("power")
    return _section(
        f"{charger} {evse}" if has_more else charger,
        "mdi:ev-station",
        _tile(our("status"), "Status"),
        _tile(our("power"), "Power"),
        _tile(our("session_energy"), "Session energy"),
        _tile(our("session_cost"), "Session cost"),
        _tile(our("session_connected_time"), "Connected"),
        _tile(our("allowed_current"), "Allowed current"),
        _why(our("allowed_current")),
        _tile(our("month_energy"), "Energy this month"),
        _tile(our("month_cost"), "Cost this month"),
        _tile(our("charging_allowed"), "Charging allowed"),
        _tile(our("max_current"), "Maximum", features=[{"type": "numeric-input", "style": "buttons"}]),
        {
            "type": "history-graph",
            "hours_to_show": 0.5,
            "title": "Allowed and drawn",
            "entities": [{"entity": our("allowed_current"), "name": "Allowed"}, {"entity": drawn, "name": "Drawn"}],
            "grid_options": {"columns": "full"},
        },
    )


def _why(allowed: str) -> Card:
    """Return why the current is what it is, in words."""
    content = f"**Why:** {{{{ state_attr('{allowed}', 'reason') or '–' }}}}"
    return {"type": "markdown", "content": content, "text_only": True, "grid_options": {"columns": "full"}}


def _lines(names: Names) -> Card:
    lines = [(f"L{line}", names.meter(f"current_l{line}")) for line in (1, 2, 3)]
    gauges = [
        {
            "type": "gauge",
            "entity": entity,
            "name": name,
            "unit": "A",
            "min": 0,
            "max": 32,
            "needle": True,
            "severity": {"green": 0, "yellow": 20, "red": 25},
            "grid_options": {"columns": 4, "rows": 3},
        }
        for name, entity in lines
    ]
    graph = {
        "type": "history-graph",
        "hours_to_show": 0.5,
        "title": "Load per line, fuse 25 A",
        "entities": [{"entity": entity, "name": name} for name, entity in lines],
        "grid_options": {"columns": "full"},
    }
    return _section(
        "Main fuse 3 × 25 A",
        "mdi:transmission-tower",
        *gauges,
        graph,
        _tile(names.of_site("balancing_state"), "Balancing"),
        _tile(names.of_site("balancing"), "Guard the fuse"),
        *(_tile(names.of_site(f"headroom_l{line}"), f"Headroom L{line}") for line in (1, 2, 3)),
    )


def _breaker(names: Names) -> list[Card]:
    """Return the circuit behind the fuse; nothing in a demo that was set up before there was one."""
    if BREAKER not in names.circuits:
        return []
    tiles = [
        _tile(names.of_circuit(BREAKER, f"circuit_{key}_l{line}"), f"{word} L{line}")
        for key, word in (("load", "Load"), ("headroom", "Headroom"))
        for line in (1, 2, 3)
    ]
    return [_section(f"{BREAKER} 3 × {BREAKER_A:g} A", "mdi:barn", *tiles)]


def _house(names: Names) -> Card:
    return _section(
        "House",
        "mdi:home-lightning-bolt",
        _tile("switch.house_kettle", "Kettle", icon="mdi:kettle"),
        _tile("switch.house_sauna", "Sauna", icon="mdi:heat-wave"),
        _tile(names.of_site("price"), "Price now"),
        _tile(names.of_site("chargers_power"), "All chargers"),
        _tile(names.of_site("month_energy"), "Energy this month"),
        _tile(names.of_site("month_cost"), "Cost this month"),
        {
            "type": "history-graph",
            "hours_to_show": 6,
            "title": "Price",
            "entities": [{"entity": names.of_site("price"), "name": "Price"}],
            "grid_options": {"columns": "full"},
        },
    )


def _calendar(names: Names) -> Card:
    calendar = {
        "type": "calendar",
        "initial_view": "listWeek",
        "entities": [names.of_charger(charger, "sessions", evse) for charger, evse in names.places],
        "grid_options": {"columns": "full", "rows": 8},
    }
    return _section("Calendar of sessions", "mdi:calendar-clock", calendar)


def _sessions() -> Card:
    table = {
        "type": "markdown",
        "content": _TABLE.replace("SENSOR", MONTH_SENSOR),
        "grid_options": {"columns": "full"},
    }
    return _section("Sessions of the past month", "mdi:format-list-bulleted", table) | {"column_span": 3}


def _section(title: str, icon: str, *cards: Card) -> Card:
    return {"type": "grid", "cards": [{"type": "heading", "heading": title, "icon": icon}, *cards]}


def _tile(entity: str, name: str, **options: Any) -> Card:
    return {"type": "tile", "entity": entity, "name": name, **options}
