"""A person adds a charger of a known integration, and takes it as it was found."""

from dataclasses import dataclass
from typing import Any

from tests.flows.brands import Walk, electrical


@dataclass(frozen=True, kw_only=True)
class Walked:
    """How many forms and menus there were, and what the menu told."""

    steps: int
    told: dict[str, str]


async def take_all(walk: Walk, entry: Any, device_id: str | None) -> Walked:
    """Add a charger as it was found, by the fewest clicks."""
    await walk.subentry(entry, "charger")
    shown = await walk.fill(**({} if device_id is None else {"device_id": device_id}))
    assert shown["step_id"] == "known"
    told = dict(shown["description_placeholders"])
    shown = await walk.choose("take_all")
    steps = 3
    if shown["step_id"] == "car":
        shown = await walk.fill()
        steps += 1
    assert shown["step_id"] == "electrical", shown
    shown = await walk.fill(**electrical(walk))
    while shown["type"] == "form":
        assert shown["step_id"] in {"cannot_pause", "fallbacks"}
        shown = await walk.fill()
        steps += 1
    assert shown["type"] == "create_entry"
    return Walked(steps=steps, told=told)
