"""A plan while it is entered: what it has so far, and how that looks to who enters it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ..const import CONF_DISCOUNTS, CONF_ENTITY_ID, CONF_WINDOWS
from ..core.costing import Usage, UsagePeriod, cost_of_usage, rounded_text
from ..core.money import exact_text
from ..core.tariff import DayOfWeek, Tariff
from ..core.tariff.plan import Plan
from ..core.tariff.plan_parts import PlanWindow, PricePer
from ..core.tariff.preview import DayPrices, week_of
from .plan_conditions import condition_texts

#: The session whose cost is shown beforehand.
_SAMPLE_KWH, _SAMPLE_KW, _SAMPLE_HOUR = 20, 10, 18


@dataclass(slots=True, kw_only=True)
class PlanDraft:
    """The plan as its subentry will hold it.

    `place` is that of the window or discount that is changed, None where it is a new one.
    """

    currency: str
    time_zone: str
    name: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    place: int | None = None

    def rows(self, name: str) -> list[dict[str, Any]]:
        """Return the parts of which there may be several: windows, or discounts."""
        return list(self.data.get(name) or [])

    def row(self, name: str) -> dict[str, Any] | None:
        """Return the one that is changed."""
        return None if self.place is None else self.rows(name)[self.place]

    def with_row(self, name: str, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return the data with the one that is changed, or one more at the end."""
        rows = self.rows(name)
        if self.place is None:
            rows.append(dict(row))
        else:
            rows[self.place] = dict(row)
        return {**self.data, name: rows}

    def remove(self, name: str, place: int) -> None:
        """Leave one out."""
        self.data[name] = [row for number, row in enumerate(self.rows(name)) if number != place]

    def tariff(self, data: Mapping[str, Any] | None = None) -> Tariff:
        """Return the tariff that it is so far, or would be; what is read from an entity is left out."""
        return Plan.from_data(data or self.data).tariff(currency=self.currency, time_zone=self.time_zone)

    def preview(self, today: date, texts: Mapping[str, str]) -> dict[str, str]:
        """Return what is shown of it: a week, what no calendar tells, and what a session would cost."""
        tariff = self.tariff()
        beside = [self._label(one, texts) for one in self._windows if _is_beside(one)]
        return {
            "name": self.name,
            "unit": f"{self.currency}/kWh",
            "week": "\n".join([*(_line(days, texts) for days in self._week(today)), *(f"- {one}" for one in beside)]),
            "kwh": str(_SAMPLE_KWH),
            "cost": f"{_sample_cost(tariff, today)} {self.currency}",
            "on_top": _on_top(self.data.get(CONF_ENTITY_ID), texts),
        }

    def window_labels(self, texts: Mapping[str, str]) -> list[str]:
        """Return what each window is called in a list."""
        return [self._label(window, texts) for window in self._windows]

    @property
    def _windows(self) -> list[PlanWindow]:
        return [PlanWindow.from_data(row) for row in self.rows(CONF_WINDOWS)]

    def _label(self, window: PlanWindow, texts: Mapping[str, str]) -> str:
        price = exact_text(window.price)
        if window.per is not PricePer.KWH:
            price = f"{price} {self.currency}, {_text(texts, 'price_per', window.per.value)}"
        return f"{_when(window, texts)}: {price}"

    def _week(self, today: date) -> tuple[DayPrices, ...]:
        """Return the coming week by what the calendar tells."""
        rows = [one.to_data() for one in self._windows if not _is_beside(one)]
        return week_of(self.tariff({**self.data, CONF_WINDOWS: rows}), today)

    def discount_labels(self) -> list[str]:
        """Return what each discount is called in a list."""
        return [_discount_label(row, self.currency) for row in self.rows(CONF_DISCOUNTS)]


def _on_top(entity_id: str | None, texts: Mapping[str, str]) -> str:
    """Return whose price comes on top, in brackets; nothing where none does."""
    return "" if entity_id is None else f" ({_text(texts, 'plan_week', 'on_top').replace('{entity}', entity_id)})"


def _is_beside(window: PlanWindow) -> bool:
    """Return whether a price is none of the week's: for time, or by what a session does."""
    return window.per is not PricePer.KWH or window.when.asks_for_session


def _when(window: PlanWindow, texts: Mapping[str, str]) -> str:
    when = window.when
    times = "00:00–24:00"
    if when.start_time is not None and when.end_time is not None:
        times = f"{when.start_time:%H:%M}–{when.end_time:%H:%M}"
    days = [_text(texts, "day_of_week", day.value.lower()) for day in when.day_of_week]
    if window.holidays:
        days.append(_text(texts, "plan_day", "holiday"))
    months = [_text(texts, "month", str(month)) for month in when.months]
    return ", ".join([times, *days, *months, *condition_texts(when)])


def _discount_label(row: Mapping[str, Any], currency: str) -> str:
    worth = f"{row['percent']} %" if "percent" in row else f"{row['amount']} {currency}"
    told = [str(row[name]) for name in ("code", "start_date", "end_date") if name in row]
    return " · ".join([worth, *told])


def _line(alike: DayPrices, texts: Mapping[str, str]) -> str:
    """Return the prices of days that are alike as a line of a list."""
    words = [list(DayOfWeek)[place].value.lower() for place in sorted(day.weekday() for day in alike.days)]
    every_day = len(words) == len(DayOfWeek)
    names = [_text(texts, "plan_week", "every_day")] if every_day else [_text(texts, "day_of_week", w) for w in words]
    spans = [
        f"{span.start}–{span.end} {'?' if span.price_per_kwh is None else exact_text(span.price_per_kwh)}"
        for span in alike.spans
    ]
    return f"- {', '.join(names)}: {' · '.join(spans)}"


def _text(texts: Mapping[str, str], selector: str, option: str) -> str:
    return texts.get(f"selector.{selector}.options.{option}", option)


def _sample_cost(tariff: Tariff, today: date) -> str:
    zone = ZoneInfo(tariff.time_zone)
    start = datetime(today.year, today.month, today.day, _SAMPLE_HOUR, tzinfo=zone).astimezone(UTC)
    end = start + timedelta(hours=_SAMPLE_KWH / _SAMPLE_KW)
    usage = Usage.of([UsagePeriod(start=start, end=end, energy_mwh=_SAMPLE_KWH * 1_000_000)])
    return rounded_text(cost_of_usage(tariff, usage, zone).incl_tax, tariff.currency)
