"""Billing periods: months of local time that begin on a day of their own."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

#: Every month has this day.
LAST_BILLING_DAY = 28


@dataclass(frozen=True, slots=True)
class BillingPeriod:
    """A month [start, end) from a billing day to the next."""

    start: datetime
    end: datetime

    def before(self, zone: tzinfo) -> BillingPeriod:
        """Return the month before."""
        return period_of(self.start - timedelta(hours=1), self.start.astimezone(zone).day, zone)


def period_of(at: datetime, billing_day: int, zone: tzinfo) -> BillingPeriod:
    """Return the billing month that holds an instant."""
    local = at.astimezone(zone)
    year, month = local.year, local.month
    if local.day < billing_day:
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    following = (year, month + 1) if month < 12 else (year + 1, 1)
    start, end = (datetime(*one, billing_day, tzinfo=zone).astimezone(UTC) for one in ((year, month), following))
    return BillingPeriod(start, end)
