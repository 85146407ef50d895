"""The data of the presets: their shape, and that what they name stands in the sources of the integrations."""

import ast
from functools import cache
import importlib.util
import json
from pathlib import Path
from typing import Any

import probatio as vol
import pytest

from custom_components.ev_sessions.chargers.entities.bindings.parse import (
    enable_from_data,
    fail_safe_from_data,
    limit_from_data,
    phases_from_data,
)
from custom_components.ev_sessions.chargers.entities.presets import library
from custom_components.ev_sessions.chargers.entities.presets.library import async_presets, read_presets
from custom_components.ev_sessions.chargers.entities.presets.preset import EntityPattern, Preset
from custom_components.ev_sessions.chargers.entities.status_words import known_meaning
from tests.flows.brands import TEXTS

FILES = sorted((Path(library.__file__).parent / "data").glob("*.json"))
PRESETS = {preset.id: preset for preset in read_presets()}

_PATTERN = vol.All(
    str, vol.Match(r"^\^?(sensor|binary_sensor|number|switch|select|button|lock)\.[^|@]+(\|[^|]+){0,2}$")
)
_TOGETHER = vol.All([_PATTERN], vol.Length(min=1))
_STATE = vol.Any(None, "A", "B", "C", "D", "E", "F")
_BINDINGS = vol.All([{vol.Required("kind"): str, vol.Extra: object}], vol.Length(min=1))
SCHEMA = vol.Schema(
    {
        vol.Required("name"): str,
        vol.Required("domain"): str,
        vol.Required("source"): vol.All(str, vol.Length(min=10)),
        vol.Required("licence"): str,
        vol.Required("unique_id"): vol.All([vol.All(str, vol.Match(r".*\{key\}"))], vol.Length(min=1)),
        vol.Required("needs"): _TOGETHER,
        "status": [_TOGETHER],
        "words": [str],
        "joined": {
            str: {vol.Required("state"): _STATE, vol.Required("activity"): vol.Any(None, str), "suspended_by": str}
        },
        "plugged": _TOGETHER,
        "power": _TOGETHER,
        "energy": _TOGETHER,
        "session_energy": _TOGETHER,
        "soc": _TOGETHER,
        "currents": [vol.All(_TOGETHER, vol.Length(max=3))],
        "limit": _BINDINGS,
        "enable": _BINDINGS,
        "phases": _BINDINGS,
        "least_interval_s": vol.All(vol.Any(int, float), vol.Range(min=1, max=3600)),
        "flash_limit": bool,
        "fail_safe": vol.In(TEXTS["selector"]["fail_safe"]["options"]),
        "fail_safe_set": [
            {
                vol.Required("action"): str,
                vol.Required("data"): {str: vol.Any(str, int)},
                vol.Required("timeout_s"): vol.All(int, vol.Range(min=10, max=600)),
                "timeout_shown": str,
                "fallback_shown": str,
            }
        ],
        "notes": [vol.In(TEXTS["selector"]["preset_note"]["options"])],
        "is_car": bool,
        "steered_by_car": bool,
    }
)
#: Their keys are put together while they run: in lists, by a library, or from what a device tells.
_PUT_TOGETHER = {
    "nexblue": {"sensor.current_1", "sensor.current_2", "sensor.current_3"},
    "shelly_plug": {"switch.switch:0", "switch.relay_0"},
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_file_has_the_shape_that_the_readme_tells(path: Path) -> None:
    SCHEMA(json.loads(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("preset", PRESETS.values(), ids=list(PRESETS))
def test_everything_that_a_preset_says_is_of_use(preset: Preset) -> None:
    # Meanings of joined words have as many parts as one of the alternatives has entities.
    counts = {len(group) for group in preset.status}
    assert all(word.count(",") + 1 in counts for word in preset.joined)
    assert bool(preset.words) <= bool(preset.status)
    # A word that nobody knows would be asked for on every set-up.
    assert [word for word in preset.words if known_meaning(word, preset.domain) is None] == []
    for read, bindings in (
        (limit_from_data, preset.limit),
        (enable_from_data, preset.enable),
        (phases_from_data, preset.phases),
        (fail_safe_from_data, preset.fail_safe_set),
    ):
        assert all(read(binding) is not None for binding in bindings)
    assert preset.is_car or preset.status or preset.power
    assert not (preset.steered_by_car and (preset.limit or preset.enable))


def test_every_note_is_somebody_s() -> None:
    made_on_the_way = {"disabled", "evses", "flash", "interval", "missing"}
    used = {note for preset in PRESETS.values() for note in preset.notes}
    assert used | made_on_the_way == set(TEXTS["selector"]["preset_note"]["options"])
    assert {preset.fail_safe for preset in PRESETS.values()} - {None} == set(TEXTS["selector"]["fail_safe"]["options"])


async def test_presets_are_read_once(hass: Any) -> None:
    assert await async_presets(hass) is await async_presets(hass)


@cache
def _texts_of(domain: str) -> dict[str, frozenset[str]]:
    """Return all texts in the sources of a core integration, by the platform that has them."""
    spec = importlib.util.find_spec(f"homeassistant.components.{domain}")
    assert spec is not None
    assert spec.origin is not None
    texts: dict[str, frozenset[str]] = {}
    for path in Path(spec.origin).parent.glob("*.py"):
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        found = (node.value for node in nodes if isinstance(node, ast.Constant))
        texts[path.stem] = frozenset(text for text in found if isinstance(text, str))
    # A library brings the keys of some; what they are called stands beside them all the same.
    named = json.loads((Path(spec.origin).parent / "translations" / "en.json").read_text(encoding="utf-8"))
    for platform, entities in named.get("entity", {}).items():
        texts[platform] = texts.get(platform, frozenset()) | set(entities)
    return texts


def _is_in_core(domain: str) -> bool:
    spec = importlib.util.find_spec(f"homeassistant.components.{domain}")
    return spec is not None and spec.origin is not None


def _core() -> list[tuple[str, EntityPattern]]:
    # Without a look into the sources: that is long, and every worker of the tests asks this.
    in_core = {domain for domain in {preset.domain for preset in PRESETS.values()} - {"mqtt"} if _is_in_core(domain)}
    presets = [preset for preset in PRESETS.values() if preset.domain in in_core]
    return [(preset.id, pattern) for preset in presets for pattern in preset.patterns]


@pytest.mark.parametrize("name", sorted({name for name, _ in _core()}))
def test_keys_of_a_core_integration_stand_in_its_source(name: str) -> None:
    preset = PRESETS[name]
    texts = _texts_of(preset.domain)
    constants = texts.get("const", frozenset())
    for pattern in preset.patterns:
        if f"{pattern.domain}.{pattern.key}" in _PUT_TOGETHER.get(name, set()):
            continue
        assert pattern.key in texts[pattern.domain] | constants, pattern
        if pattern.attribute is not None:
            assert pattern.attribute in texts[pattern.domain] | texts["const"], pattern


def test_twenty_four_integrations_are_held_against_their_sources() -> None:
    assert len({PRESETS[name].domain for name, _ in _core()}) >= 22
