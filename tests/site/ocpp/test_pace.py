"""How often a site of many stations is shown anew."""

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ev_sessions.site.ocpp.site_pace import SitePace


@pytest.mark.parametrize(("evses", "least_s"), [(1, 1.0), (10, 1.0), (50, 5.0)])
async def test_samples_of_many_evses_wait_a_little_longer_to_be_shown(
    hass: HomeAssistant, evses: int, least_s: float
) -> None:
    done: list[str] = []
    pace = SitePace(hass, evses=evses, show=lambda: done.append("show"), balance=lambda: done.append("balance"))
    assert pace.least_s == least_s
    for _ in range(3):
        pace.show.async_ask()
        pace.balance.async_ask()
    assert done == ["show", "balance"]
    pace.async_end()
