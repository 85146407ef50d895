"""The demo's walk through forms and menus."""

from typing import Any

import pytest

from simulator.demo.flows import filled, walk
from simulator.hass.client import HassError


class Flow:
    """Answers with one step after another, and remembers what it was told."""

    def __init__(self, *steps: dict[str, Any]) -> None:
        self.steps = list(steps)
        self.told: list[dict[str, Any]] = []

    async def step(self, flow: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
        self.told.append(data)
        return self.steps.pop(0)


def form(step_id: str, *fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "form", "step_id": step_id, "data_schema": list(fields), **more}


def field(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "required": True, **more}


def test_form_is_filled_with_answers_then_suggestions_and_defaults_stay_the_forms_own() -> None:
    schema = [
        field("fuse_a"),
        field("status", description={"suggested_value": "sensor.status"}),
        field("wiring", default="three"),
        {"name": "note"},
        {"name": "limit", "description": {"suggested_value": "number.limit"}},
        {"name": "advanced", "type": "expandable", "schema": [field("margin_a", default=1), field("voltage_v")]},
    ]
    assert filled(schema, {"fuse_a": 25, "voltage_v": 230, "limit": None}) == {
        "fuse_a": 25,
        "status": "sensor.status",
        "advanced": {"voltage_v": 230},
    }


def test_field_that_nobody_can_answer_is_named() -> None:
    with pytest.raises(HassError, match="fuse_a"):
        filled([field("fuse_a")], {})


async def test_walk_answers_forms_and_menus_until_the_entry_is_there() -> None:
    flow = Flow({"type": "menu", "step_id": "tariff", "menu_options": ["x", "y"]}, form("x", field("name")))
    flow.steps.append({"type": "create_entry", "result": {"entry_id": "1"}})
    answers = {"user.name": "Home", "x.name": "Dynamic"}
    ended = await walk(form("user", field("name")), flow.step, answers, {"tariff": "x"})
    assert ended["result"] == {"entry_id": "1"}
    assert flow.told == [{"name": "Home"}, {"next_step_id": "x"}, {"name": "Dynamic"}]


@pytest.mark.parametrize(
    ("ended", "reason"),
    [
        ({"type": "abort", "reason": "already_configured"}, "already_configured"),
        (form("user", errors={"base": "fuse_too_small"}), "fuse_too_small"),
        ({"type": "menu", "step_id": "elsewhere", "menu_options": []}, "elsewhere"),
    ],
)
async def test_walk_that_gets_nowhere_says_why(ended: dict[str, Any], reason: str) -> None:
    with pytest.raises(HassError, match=reason):
        await walk(form("user"), Flow(ended).step, {})


async def test_walk_in_circles_ends() -> None:
    async def again(flow: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
        return flow

    with pytest.raises(HassError, match="circles"):
        await walk(form("user"), again, {})
