"""How fast the tracker is; the benchmarks call it too."""

from datetime import UTC, datetime
from time import process_time
from zoneinfo import ZoneInfo

from custom_components.ev_sessions.core.moment import Now
from custom_components.ev_sessions.core.reading import Activity, EvseReading
from custom_components.ev_sessions.core.sessions.tracking.tracker import TrackerContext, advance, begin


def measure(*, days: float = 7, every_s: float = 10) -> tuple[int, float]:
    """Follow a charger for some days; return the number of readings, and the CPU seconds they took.

    A car comes each evening, charges 40 kWh at 11 kW beside a grid meter, and leaves in
    the morning.
    """
    context = TrackerContext(
        zone=ZoneInfo("Europe/Berlin"),
        max_power_kw=11.0,
        new_id=lambda start: start.isoformat(),
        grid_power_w=3_000.0,
    )
    now = Now(utc=datetime(2026, 11, 16, 12, 0, tzinfo=UTC), monotonic_s=0.0)
    tracker = begin(now)
    register_mwh, count = 1_234_567_000, round(days * 86_400 / every_s)
    readings = []
    for number in range(count):
        now = now.later(every_s)
        hour = number * every_s / 3_600 % 24
        activity, power_w = Activity.AVAILABLE, 0.0
        if 6 <= hour < 6 + 40 / 11:
            activity, power_w = Activity.CHARGING, 11_000.0
        elif 6 <= hour < 19:
            activity = Activity.SUSPENDED_EV
        register_mwh += round(power_w * every_s / 3.6)
        reading = EvseReading(
            at=now.utc, activity=activity, register_mwh=register_mwh, register_at=now.utc, power_w=power_w
        )
        readings.append((reading, now))
    begun_s = process_time()
    for reading, at in readings:
        tracker, _ = advance(tracker, reading, at, context)
    return count, process_time() - begun_s
