"""What charging costs, reckoned as one would by hand: minute after minute, with fractions, by the rules alone.

It knows nothing of how the engine does it, and takes its time. Tariffs and periods are drawn so
that whole minutes are exact: periods, durations and times of the day are whole minutes long.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
import random
from typing import Any
from zoneinfo import ZoneInfo

DAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
#: Evenings before clocks are set, and others on which a date changes something.
EVENINGS = {
    "Europe/Berlin": ("2026-03-28T20:00", "2026-10-24T20:00", "2026-12-31T20:00", "2026-02-27T21:00"),
    "America/New_York": ("2026-03-07T20:00", "2026-10-31T20:00", "2026-11-26T18:00"),
    "Australia/Lord_Howe": ("2026-04-04T20:00", "2026-10-03T20:00", "2026-06-30T22:00"),
}
_MINUTE = timedelta(minutes=1)
_TIME_OF = {"charging": "TIME", "parking": "PARKING_TIME"}
_NOTHING = Fraction(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """What was used in some minutes."""

    start: datetime
    minutes: int
    mwh: int
    state: str
    power_kw: float | None = None
    current_a: float | None = None

    @property
    def end(self) -> datetime:
        return self.start + self.minutes * _MINUTE

    @property
    def data(self) -> dict[str, Any]:
        """As the action takes it."""
        told = {"power_kw": self.power_kw, "current_a": self.current_a}
        return {
            "start": self.start.isoformat(),
            "end": self.end.isoformat(),
            "kwh": str(self.mwh / 1_000_000),
            "state": self.state,
            **{name: value for name, value in told.items() if value is not None},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A tariff, and what is to be costed under it."""

    tariff: dict[str, Any]
    periods: tuple[Period, ...]
    zone: str
    known: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _At:
    """An instant of a session, as restrictions look at it."""

    local: datetime
    kwh: Fraction = _NOTHING
    lasted_s: Fraction = _NOTHING
    power_kw: Fraction | None = None
    current_a: Fraction | None = None
    reservation: str | None = None


type _Line = tuple[str, Fraction, Mapping[str, Any], bool]


def _of(number: Any) -> Fraction:
    return Fraction(str(number))


def _within(value: Any, least: Any, below: Any) -> bool:
    if least is None and below is None:
        return True
    return value is not None and (least is None or value >= _of(least)) and (below is None or value < _of(below))


def _minute(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:5])


def _holds(when: Mapping[str, Any], at: _At) -> bool:
    start = _minute(when.get("start_time", "00:00"))
    end = _minute(when.get("end_time", "00:00")) or 24 * 60
    now = at.local.hour * 60 + at.local.minute
    of_day = start == end or (start <= now < end if start < end else now >= start or now < end)
    day = at.local.date().isoformat()
    return (
        of_day
        and when.get("start_date", day) <= day
        and ("end_date" not in when or day < when["end_date"])
        and DAYS[at.local.weekday()] in when.get("day_of_week", DAYS)
        and _within(at.kwh, when.get("min_kwh"), when.get("max_kwh"))
        and _within(at.lasted_s, when.get("min_duration"), when.get("max_duration"))
        and _within(at.power_kw, when.get("min_power"), when.get("max_power"))
        and _within(at.current_a, when.get("min_current"), when.get("max_current"))
        and when.get("reservation") == at.reservation
    )


def _component(tariff: Mapping[str, Any], kind: str, at: _At) -> Mapping[str, Any] | None:
    return next(
        (
            component
            for element in tariff["elements"]
            for component in element["price_components"]
            if component["type"] == kind and _holds(element.get("restrictions", {}), at)
        ),
        None,
    )


def _kinds(state: str) -> tuple[str | None, ...]:
    if state == "reservation":
        return ("RESERVATION",)
    return ("RESERVATION", "RESERVATION_EXPIRES") if state == "reservation_expired" else (None,)


def _minutes(periods: Sequence[Period], zone: ZoneInfo, steps: Sequence[Fraction]) -> Iterator[tuple[Period, _At, Any]]:
    """Yield each minute, cut where the session's energy comes to a step, with its energy and its length in min."""
    begun = next((one.start for one in periods if not one.state.startswith("reserv")), periods[0].start)
    kwh = _NOTHING
    for period in periods:
        whole = Fraction(period.mwh, 1_000_000)
        origin = periods[0].start if period.state.startswith("reserv") else begun
        power = None if period.power_kw is None else _of(period.power_kw)
        if power is None and (period.minutes or not period.mwh):
            power = whole * 60 / (period.minutes or 1)
        current = _of(period.current_a) if period.current_a is not None else power and power * 1000 / 230
        current = _NOTHING if current is None and power == 0 else current
        count = max(period.minutes, 1)
        length, energy = Fraction(period.minutes, count), whole / count
        for place in range(count):
            start = period.start + place * _MINUTE
            bounds = [kwh, *(one for one in steps if kwh < one < kwh + energy), kwh + energy]
            for since, until in pairwise(bounds):
                share = (until - since) / energy if energy else Fraction(1)
                gone = length * ((since - kwh) / energy if energy else 0)
                lasted = Fraction((start - origin) // timedelta(seconds=1)) + gone * 60
                at = _At(local=start.astimezone(zone), kwh=since, lasted_s=lasted, power_kw=power, current_a=current)
                yield period, at, (until - since, length * share)
            kwh += energy


def _used(question: Question, periods: Sequence[Period]) -> list[_Line]:
    tariff, lines, fees = question.tariff, list[_Line](), set[str | None]()
    steps = sorted(
        {
            _of(element["restrictions"][name])
            for element in tariff["elements"]
            for name in ("min_kwh", "max_kwh")
            if name in element.get("restrictions", {})
        }
    )
    for period, at, (energy, length) in _minutes(periods, ZoneInfo(question.zone), steps):
        kinds = _kinds(period.state)
        moments = [_At(**{**_values(at), "reservation": kind}) for kind in kinds]
        for kind, moment in zip(kinds, moments, strict=True):
            if kind not in fees and (fee := _component(tariff, "FLAT", moment)) is not None:
                fees.add(kind)
                lines.append(("FLAT", Fraction(1), fee, False))
        if energy and (found := _component(tariff, "ENERGY", at)) is not None:
            lines.append(("ENERGY", energy, found, False))
        if kinds != (None,):
            times = (_component(tariff, "TIME", moment) for moment in moments[::-1])
            found = next((one for one in times if one is not None), None)
            if found is not None and length:
                lines.append(("TIME", length / 60, found, True))
        elif length and period.state in _TIME_OF:
            kind_of_time = _TIME_OF[period.state]
            if (found := _component(tariff, kind_of_time, at)) is not None:
                lines.append((kind_of_time, length / 60, found, False))
    return lines


def _values(at: _At) -> dict[str, Any]:
    return {name: getattr(at, name) for name in _At.__slots__}


def _whole_steps(lines: Sequence[_Line], unit: Fraction) -> Iterator[_Line]:
    """Yield what is missing to whole steps of the last component, at its price."""
    if not lines or not (step := lines[-1][2].get("step_size", 1)):
        return
    total = sum((one[1] for one in lines), _NOTHING) / unit
    missing = -(-total // step) * step - total
    if missing:
        yield (lines[-1][0], missing * unit, lines[-1][2], False)


def _idle(fee: Mapping[str, Any], periods: Sequence[Period], zone: ZoneInfo) -> Fraction:
    """Return what staying costs: after the last charging, while the car asks for no power."""
    last = max((place for place, one in enumerate(periods) if one.state == "charging"), default=len(periods))
    stayed = [
        one.start + place * _MINUTE
        for one in periods[last + 1 :]
        if one.state == "parking"
        for place in range(one.minutes)
    ][fee.get("grace_s", 0) // 60 :]
    exempt = fee.get("exempt", ())
    due_s = 60 * sum(not any(_holds(one, _At(local=at.astimezone(zone))) for one in exempt) for at in stayed)
    if step_s := fee.get("step_s", 0):
        due_s = -(-due_s // step_s) * step_s
    amount = Fraction(due_s, 3600) * _of(fee["price"])
    return min(amount, _of(fee["cap"])) if "cap" in fee else amount


def _limited(
    limit: Mapping[str, Any],
    choose: Callable[[Fraction, Fraction], Fraction],
    excl: Fraction,
    incl: Fraction,
    sole_rate: Any,
) -> tuple[Fraction, Fraction]:
    before = choose(excl, _of(limit.get("before_taxes", limit.get("excl_vat"))))
    after = limit.get("after_taxes", limit.get("incl_vat"))
    if after is not None:
        return before, choose(incl, _of(after))
    if excl > 0:
        return before, incl * before / excl
    return before, incl + (before - excl) * (1 + _of(sole_rate or 0) / 100)


def plain_cost(question: Question) -> tuple[Fraction, Fraction]:
    """Return the cost before taxes, and after."""
    tariff, zone = question.tariff, ZoneInfo(question.zone)
    periods = sorted(question.periods, key=lambda one: (one.start, one.end))
    lines = _used(question, periods)
    times = [one for one in lines if one[0] in _TIME_OF.values() and not one[3]]
    lines += [
        *_whole_steps([one for one in lines if one[0] == "ENERGY"], Fraction(1, 1000)),
        *_whole_steps([one for one in lines if one[3]], Fraction(1, 3600)),
        *_whole_steps([one for one in times if one[0] == times[-1][0]], Fraction(1, 3600)),
    ]
    amounts = [(quantity * _of(component["price"]), component.get("vat")) for _, quantity, component, _ in lines]
    ours = tariff.get("ev_sessions", {})
    if fee := ours.get("idle_fee"):
        amounts.append((_idle(fee, periods, zone), fee.get("vat")))
    excl = incl = _NOTHING
    taxed = tariff.get("tax_included", "NO")
    for amount, vat in amounts:
        factor = 1 + _of(0 if vat is None or taxed == "N/A" else vat) / 100
        excl += amount / factor if taxed == "YES" else amount
        incl += amount if taxed == "YES" else amount * factor
    begun = next((one.start for one in periods if not one.state.startswith("reserv")), periods[0].start)
    day = begun.astimezone(zone).date().isoformat()
    for one in ours.get("discounts", ()):
        if not one.get("start_date", day) <= day < one.get("end_date", "9"):
            continue
        if "code" in one and one["code"] not in question.known.get("codes", ()):
            continue
        whole = incl if taxed == "YES" else excl
        off = min(_of(one.get("amount", 0)), max(whole, _NOTHING))
        kept = 1 - _of(one["percent"]) / 100 if "percent" in one else 1 - (off / whole if off else 0)
        excl, incl = excl * kept, incl * kept
    rates = {component.get("vat") for element in tariff["elements"] for component in element["price_components"]}
    sole_rate = rates.pop() if len(rates) == 1 and taxed != "N/A" else None
    for name, choose in (("max_price", min), ("min_price", max)):
        if name in tariff:
            excl, incl = _limited(tariff[name], choose, excl, incl, sole_rate)
    voucher = min(_of(question.known.get("voucher", 0)), max(incl, _NOTHING))
    kept = 1 - voucher / incl if voucher else Fraction(1)
    return excl * kept, incl * kept


class Draw:
    """Draws questions: the same of the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._one = self._random.choice
        self._zone = self._one(sorted(EVENINGS))
        evening = datetime.fromisoformat(self._one(EVENINGS[self._zone])).replace(tzinfo=ZoneInfo(self._zone))
        self._begin = evening.astimezone(UTC) + self._random.randrange(240) * _MINUTE
        self._day = self._begin.astimezone(ZoneInfo(self._zone)).date()

    def question(self) -> Question:
        known: dict[str, Any] = {}
        if self._perhaps(0.3):
            known["codes"] = self._one([["A"], ["B"], ["A", "B"], []])
        if self._perhaps(0.2):
            known["voucher"] = self._one([1, 5, 100])
        return Question(tariff=self._tariff(), periods=tuple(self._periods()), zone=self._zone, known=known)

    def _perhaps(self, share: float) -> bool:
        return self._random.random() < share

    def _time(self) -> str:
        return f"{self._random.randrange(24):02}:{self._one([0, 0, 7, 15, 30, 45]):02}"

    def _date(self, first: int, last: int) -> str:
        return (self._day + timedelta(days=self._random.randrange(first, last))).isoformat()

    def _restrictions(self) -> dict[str, Any]:
        drawn: dict[str, tuple[float, Callable[[], Any]]] = {
            "start_time": (0.45, self._time),
            "end_time": (0.45, self._time),
            "start_date": (0.15, lambda: self._date(-1, 3)),
            "end_date": (0.15, lambda: self._date(0, 3)),
            "min_kwh": (0.2, lambda: self._one([0, 1, 5, 7.5, 10, 20.25])),
            "max_kwh": (0.2, lambda: self._one([0, 1, 5, 7.5, 10, 20.25])),
            "min_power": (0.15, lambda: self._one([0, 3.7, 7.4, 11, 22])),
            "max_power": (0.15, lambda: self._one([3.7, 7.4, 11, 22])),
            "min_current": (0.1, lambda: self._one([0, 6, 16, 32])),
            "max_current": (0.1, lambda: self._one([6, 16, 32])),
            "min_duration": (0.2, lambda: 60 * self._one([0, 1, 30, 60, 61, 180])),
            "max_duration": (0.2, lambda: 60 * self._one([1, 30, 60, 61, 180])),
            "day_of_week": (0.15, lambda: self._random.sample(DAYS, self._random.randrange(1, 6))),
            "reservation": (0.08, lambda: self._one(["RESERVATION", "RESERVATION_EXPIRES"])),
        }
        return {name: draw() for name, (share, draw) in drawn.items() if self._perhaps(share)}

    def _component(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "type": self._one(["ENERGY", "ENERGY", "TIME", "PARKING_TIME", "FLAT"]),
            "price": self._one([0.25, 0.1, 1.2, 3, 0, 0.0001, -0.05, 0.3999, 12]),
        }
        if self._perhaps(0.5):
            found["vat"] = self._one([0, 7, 19, 20, 8.1])
        if self._perhaps(0.9):
            found["step_size"] = self._one([0, 1, 1, 300, 900, 1000, 3600])
        return found

    def _element(self) -> dict[str, Any]:
        found: dict[str, Any] = {"price_components": [self._component() for _ in range(self._random.randrange(1, 4))]}
        return found | ({"restrictions": self._restrictions()} if self._perhaps(0.7) else {})

    def _tariff(self) -> dict[str, Any]:
        tariff: dict[str, Any] = {
            "currency": self._one(["EUR", "EUR", "JPY", "KWD"]),
            "elements": [self._element() for _ in range(self._random.randrange(1, 6))],
        }
        if self._perhaps(0.7):
            tariff["tax_included"] = self._one(["YES", "NO", "N/A"])
        # The names of 2.3.0, and those of 2.2.1.
        before, after = self._one([("before_taxes", "after_taxes"), ("excl_vat", "incl_vat")])
        for name in ("min_price", "max_price"):
            if self._perhaps(0.2):
                tariff[name] = {before: (amount := self._one([0, 1, 5, 10, 25.5]))}
                if self._perhaps(0.6):
                    tariff[name][after] = round(amount * self._one([1, 1.19, 1.05]), 4)
        ours = {
            **({"idle_fee": self._idle_fee()} if self._perhaps(0.3) else {}),
            **({"discounts": self._discounts()} if self._perhaps(0.3) else {}),
        }
        return tariff | ({"ev_sessions": ours} if ours else {})

    def _idle_fee(self) -> dict[str, Any]:
        drawn: dict[str, tuple[float, Callable[[], Any]]] = {
            "grace_s": (0.5, lambda: 60 * self._one([0, 1, 30, 90])),
            "step_s": (0.5, lambda: self._one([0, 60, 900, 3600])),
            "cap": (0.3, lambda: self._one([1, 5, 12])),
            "vat": (0.3, lambda: 19),
            "exempt": (0.5, lambda: [{"start_time": self._time(), "end_time": self._time()} for _ in range(2)]),
        }
        found = {name: draw() for name, (share, draw) in drawn.items() if self._perhaps(share)}
        return {"price": self._one([6, 3, 0.5]), **found}

    def _discounts(self) -> list[dict[str, Any]]:
        today = self._day.isoformat()
        kinds: list[dict[str, Any]] = [
            {"percent": 10},
            {"amount": 2},
            {"percent": 50, "code": "A"},
            {"amount": 1, "code": "B"},
            {"percent": 25, "start_date": today},
            {"percent": 25, "end_date": today},
        ]
        return [self._one(kinds) for _ in range(self._random.randrange(1, 3))]

    def _periods(self) -> Iterator[Period]:
        at = self._begin
        if self._perhaps(0.15):
            reserved = 60 * self._random.randrange(1, 3)
            yield Period(start=at, minutes=reserved, mwh=0, state=self._one(["reservation", "reservation_expired"]))
            at += reserved * _MINUTE
        for _ in range(self._random.randrange(1, 7)):
            minutes = self._one([0, 1, 7, 15, 15, 60, 137, 240])
            state = self._one(["charging", "charging", "charging", "parking", "suspended_evse"])
            wh_per_min = self._one([0, 60, 100, 125, 180]) if state == "charging" else 0
            at_once = self._one([0, 500_000]) if state == "charging" else 0
            odd_mwh = self._one([0, 1, 333_333]) if state == "charging" else 0
            yield Period(
                start=at,
                minutes=minutes,
                mwh=wh_per_min * 1000 * minutes + odd_mwh if minutes else at_once,
                state=state,
                power_kw=self._one([None, None, 3.7, 7.4, 11, 22]),
                current_a=self._one([None, None, 6, 16, 32]),
            )
            at += minutes * _MINUTE
            if self._perhaps(0.1):
                at += self._one([1, 60]) * _MINUTE
