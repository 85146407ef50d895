"""Sessions of the past, in the shape in which they are given out, and calling actions."""

from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import device_registry as dr
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.const import DOMAIN

EVENING = datetime(2026, 11, 10, 17, 0, tzinfo=UTC)


def past(day: int = 0, *, energy_kwh: float = 6.0, **changes: Any) -> dict[str, Any]:
    """Return an hour of charging on an evening at six in Berlin, `day` days after the tenth, at 0.25 per kWh."""
    start = EVENING + timedelta(days=day)
    return {
        "charger": "Garage",
        "start": start.isoformat(),
        "end": (start + timedelta(hours=1)).isoformat(),
        "energy_kwh": energy_kwh,
        "cost_exact": str(energy_kwh / 4),
        "currency": "EUR",
        "end_reason": "unplugged",
        **changes,
    }


async def act(hass: HomeAssistant, action: str, *, context: Context | None = None, **data: Any) -> dict[str, Any]:
    """Call an action and return its response."""
    found = await hass.services.async_call(DOMAIN, action, data, blocking=True, context=context, return_response=True)
    assert isinstance(found, dict)
    return found


async def tell(hass: HomeAssistant, action: str, *, context: Context | None = None, **data: Any) -> None:
    """Call an action that has no response."""
    await hass.services.async_call(DOMAIN, action, data, blocking=True, context=context)


async def remember(hass: HomeAssistant, *sessions: dict[str, Any], **more: Any) -> list[str]:
    """Import sessions; return their ids in the order of their starts."""
    known = {one["id"] for one in (await act(hass, "get_sessions", include_empty=True, limit=1000))["sessions"]}
    report = await act(hass, "import_sessions", data=list(sessions), **more)
    assert report == {"added": len(sessions), "duplicates": 0, "rejected": [], "unknown": []}
    found = await act(hass, "get_sessions", include_empty=True, limit=1000, order="oldest")
    return [one["id"] for one in found["sessions"] if one["id"] not in known]


def device_of(hass: HomeAssistant, entry: MockConfigEntry, name: str) -> str:
    """Return the id of a device of ours by its identifier."""
    registry = dr.async_get(hass)
    device = registry.async_get_device_by_identifier((DOMAIN, name), entry.entry_id)
    child = registry.async_get_child_device_by_identifier((DOMAIN, name), entry.entry_id)
    found = device or child
    assert found is not None
    return found.id


def key_of(error: Any) -> str | None:
    """Return the translation key of what was raised."""
    key: str | None = error.value.translation_key
    return key
