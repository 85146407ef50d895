"""Make what is shown of an EVSE from what its parts know."""

from typing import TYPE_CHECKING

from homeassistant.core import HomeAssistant

from ..sessions.shown import Shown
from ..view import EvseView
from ..wording import reason_text

if TYPE_CHECKING:
    from .evse import EvseRuntime

_NOTHING = Shown()


def evse_view(
    hass: HomeAssistant,
    evse: EvseRuntime,
    shown: Shown | None,
) -> EvseView:
    """Return the view of an EVSE; `shown` is None before its sessions are known."""
    wishes, commands, reading, decided = evse.wishes, evse.commands, evse.reading, evse.decided
    sessions = shown or _NOTHING
    return EvseView(
        available=evse.online,
        activity=None if shown is None else evse.recorder.tracker.activity,
        connected=reading.connected,
        power_w=reading.power_w,
        register_mwh=sessions.register_mwh,
        session=sessions.session,
        last_session=sessions.last_session,
        month=sessions.month,
        estimated_end=evse.estimate.end,
        limit_a=decided.limit_a,
        limit_reason=None if decided.now is None else reason_text(hass, decided.now.reason),
        limit_reason_key=None if decided.now is None else decided.now.reason.key,
        car_lines=_names(evse, decided.car_lines),
        pauses=decided.pauses,
        max_current_a=wishes.max_current_a,
        charging_allowed=wishes.is_allowed,
        standing_limit=evse.limits.state.standing,
        balancing=wishes.balancing,
        unprotected_without_us=evse.controllable and _stays_at_limit_without_us(evse),
        fail_safe=evse.config.fail_safe,
        hold_s=commands.hold_s,
        phases=commands.phases,
        phases_auto=evse.wishes.phases_auto,
        cap=evse.cap,
        trouble=evse.trouble,
        sees_soc=evse.sees_soc,
        departure=evse.departures.departure,
        departure_energy_mwh=evse.departures.energy_mwh,
        decisions=decided.recent,
        owner=None if evse.whose is None else evse.whose.view,
    )


def _stays_at_limit_without_us(evse: EvseRuntime) -> bool:
    falls_back = evse.commands.falls_back_by_itself
    return evse.config.stays_at_limit_without_us if falls_back is None else not falls_back


def _names(evse: EvseRuntime, lines: tuple[int, ...] | None) -> tuple[str, ...] | None:
    return None if lines is None else tuple(evse.site.wiring.lines[line] for line in lines)
