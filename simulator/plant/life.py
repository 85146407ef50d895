"""The time of day that people and the sun live by, and how it follows from the plant's own seconds."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

HOUR_S = 3600.0


class Life:
    """The calendar of the house.

    Physics runs in the plant's own seconds (`now_s`, since the start). What people do runs `pace` times as
    fast, so that a demo may see a day in an hour while a charger still shows believable power.
    """

    def __init__(self, start: datetime, *, zone: str = "Europe/Berlin", pace: float = 1.0) -> None:
        if start.tzinfo is None:
            raise ValueError("the start is an instant: it needs a zone")
        if pace <= 0:
            raise ValueError("the pace is above 0")
        self.start = start.astimezone(UTC)
        self.zone = ZoneInfo(zone)
        self.pace = pace

    def instant(self, now_s: float) -> datetime:
        """Return the wall clock's instant at `now_s`, in UTC."""
        return self.start + timedelta(seconds=now_s)

    def local(self, now_s: float) -> datetime:
        """Return the local date and time that people live by at `now_s`."""
        return (self.start + timedelta(seconds=now_s * self.pace)).astimezone(self.zone)

    def seconds(self, lived_s: float) -> float:
        """Return the plant's seconds for `lived_s` of people's time."""
        return lived_s / self.pace

    def at(self, day: datetime, hour: float) -> float:
        """Return the plant's second at which the local day of `day` reaches `hour` (0-24)."""
        midnight = day.replace(hour=0, minute=0, second=0, microsecond=0)
        # Wall clock arithmetic first, instant after: an hour is an hour of the day also where clocks change.
        moment = (midnight + timedelta(hours=hour)).astimezone(UTC)
        return (moment - self.start).total_seconds() / self.pace
