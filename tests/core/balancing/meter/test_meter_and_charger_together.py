"""A meter and a charger whose integration reports both in one breath."""

from datetime import UTC, datetime, timedelta

from custom_components.ev_sessions.core.balancing.meter.watch import MeterWatch, observe
from custom_components.ev_sessions.core.moment import Now
from custom_components.ev_sessions.core.reading import GridReading

BEGIN = datetime(2026, 11, 19, 16, 0, tzinfo=UTC)


def _at(seconds: float) -> datetime:
    return BEGIN + timedelta(seconds=seconds)


def _look(watch: MeterWatch, reading: GridReading, alive_s: float, now_s: float) -> MeterWatch:
    now = Now(utc=_at(now_s), monotonic_s=1000 + now_s)
    return observe(watch, reading, _at(alive_s), [], now, delay_s=2.0, owner_timeout_s=None)


def test_values_that_come_after_the_sign_of_life_of_their_own_instant_are_dated_to_it() -> None:
    watch = MeterWatch()
    reading = GridReading(at=_at(0), currents_a=(2.0, 2.0, 2.0))
    watch = _look(watch, reading, 0, 0)
    for second in (10, 20, 30):
        watch = _look(watch, reading, second - 10, second - 1)
        # The charger comes first: the meter's entities are already fresh, its reading is the old one.
        watch = _look(watch, reading, second, second)
        assert watch.measured_s == 1000 + second - 10
        reading = GridReading(at=_at(second), currents_a=(2.0 + second, 2.0, 2.0))
        watch = _look(watch, reading, second, second)
        assert watch.measured_s == 1000 + second
        assert watch.values == reading.currents_a
    assert watch.period_s == 10
    # No value was ever repeated: nobody may take it for a meter that rewrites what it has.
    assert not watch.rewrites
