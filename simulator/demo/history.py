"""A month of sessions of a simulated past, in the integration's documented import shape."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from simulator.plant.charger import Charger, Status
from simulator.plant.plant import Place, Plant
from simulator.plant.prices import price_at, quarter_of

_STEP_S = 20.0
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ACTIVITY = {
    Status.AWAITING_START: "suspended_evse",
    Status.READY: "preparing",
    Status.CHARGING: "charging",
    Status.COMPLETED: "suspended_ev",
    Status.ERROR: "fault",
}

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What a month brought: the sessions, and where each charger's register stands after it, in Wh."""

    sessions: list[Json]
    registers_wh: dict[str, float]


def past_month(*, seed: int, end: datetime, places: tuple[Place, ...], site: str, days: int = 30) -> Past:
    """Let chargers and cars live through the days before `end` (at a quarter hour) and return what they did."""
    start = quarter_of(end) - timedelta(days=days)
    plant = Plant(seed=seed, start=start, places=places, appliances={})
    rng = Random(f"{seed} past")
    open_sessions: dict[str, _Session] = {}
    done: list[_Session] = []
    while plant.now_s < days * 86_400:
        at = plant.now
        before = {name: charger.register_wh for name, charger in plant.chargers.items()}
        plant.step(_STEP_S)
        for name, charger in plant.chargers.items():
            session = open_sessions.get(name)
            if charger.car is None:
                if session is not None:
                    done.append(open_sessions.pop(name))
                continue
            if session is None:
                session = open_sessions[name] = _Session(charger=charger, start=at, register_wh=before[name])
            session.add(at, charger)
    # Who is still there stays out: a session that has not ended is no past.
    done.sort(key=lambda session: session.start)
    return Past(
        sessions=[session.as_json(rng, site, plant.life.zone.key) for session in done],
        registers_wh={name: charger.register_wh for name, charger in plant.chargers.items()},
    )


@dataclass(slots=True)
class _Period:
    """A slice with one price and one activity."""

    start: datetime
    end: datetime
    activity: str
    price: float
    energy_mwh: int = 0

    @property
    def cost(self) -> Decimal:
        return Decimal(str(self.price)) * self.energy_mwh / 1_000_000


@dataclass(slots=True, kw_only=True)
class _Session:
    """What a charger did with one car."""

    charger: Charger
    start: datetime
    register_wh: float
    periods: list[_Period] = field(default_factory=list)
    peak_w: float = 0.0
    _counted_mwh: int = 0

    def add(self, at: datetime, charger: Charger) -> None:
        """Add what happened from `at` on for one step."""
        end = at + timedelta(seconds=_STEP_S)
        activity = _ACTIVITY[charger.status]
        period = self.periods[-1] if self.periods else None
        if period is None or period.activity != activity or quarter_of(at) != quarter_of(period.start):
            period = _Period(start=at, end=end, activity=activity, price=price_at(at))
            self.periods.append(period)
        period.end = end
        # The session's own total is whole thousandths of a Wh; a slice is what it grew by.
        total_mwh = round((charger.register_wh - self.register_wh) * 1000)
        period.energy_mwh += total_mwh - self._counted_mwh
        self._counted_mwh = total_mwh
        self.peak_w = max(self.peak_w, charger.power_w)

    def as_json(self, rng: Random, site: str, zone: str) -> Json:
        """Return the session as the integration's action shows and takes it."""
        last = self.periods[-1].end
        durations = self._durations()
        cost = sum((period.cost for period in self.periods), Decimal(0))
        energy_kwh = self._counted_mwh / 1_000_000
        start_mwh = round(self.register_wh * 1000)
        rounded = cost.quantize(Decimal("0.01"), ROUND_HALF_UP)
        charging_h = durations["charging_s"] / 3600
        return {
            "id": _ulid(self.start, rng),
            "site": site,
            "charger": self.charger.model.name,
            "charger_device_id": None,
            "evse": 1,
            "status": "ended",
            "end_reason": "unplugged",
            "start": _local(self.start, zone),
            "end": _local(last, zone),
            "connected_s": round((last - self.start).total_seconds()),
            **durations,
            "energy_kwh": energy_kwh,
            "register_start_kwh": start_mwh / 1_000_000,
            "register_end_kwh": (start_mwh + self._counted_mwh) / 1_000_000,
            "solar_kwh": None,
            "estimated_kwh": 0.0,
            "unpriced_kwh": 0.0,
            "peak_power_kw": round(self.peak_w / 1000, 3),
            "average_power_kw": round(energy_kwh / charging_h, 3) if charging_h else None,
            "cost": str(rounded),
            "cost_exact": _plain(cost),
            "cost_float": float(rounded),
            "currency": "EUR",
            "average_price": None,
            "tariff": None,
            "billed": None,
            "vehicle": None,
            "payer": None,
            "id_token": None,
            "note": None,
            "transactions": [],
            "signature": None,
            "edited": False,
            "periods": [_period_json(period, zone) for period in self.periods],
        }

    def _durations(self) -> dict[str, int]:
        """Return the four durations that sum to the connected time, in s."""
        sums = {"waiting_s": 0.0, "charging_s": 0.0, "paused_s": 0.0, "idle_s": 0.0}
        charging = [index for index, period in enumerate(self.periods) if period.activity == "charging"]
        first = charging[0] if charging else len(self.periods)
        last = charging[-1] if charging else -1
        for index, period in enumerate(self.periods):
            if period.activity == "charging":
                key = "charging_s"
            elif period.activity == "suspended_evse" or first < index < last:
                key = "paused_s"
            else:
                key = "waiting_s" if index < first else "idle_s"
            sums[key] += (period.end - period.start).total_seconds()
        return {key: round(seconds) for key, seconds in sums.items()}


def _period_json(period: _Period, zone: str) -> Json:
    return {
        "start": _local(period.start, zone),
        "end": _local(period.end, zone),
        "activity": period.activity,
        "suspended_by": "unknown" if period.activity == "suspended_evse" else None,
        "energy_kwh": period.energy_mwh / 1_000_000,
        "solar_kwh": None,
        "price": str(period.price),
        "price_basis": "interval",
        "cost_exact": _plain(period.cost),
        "quality": "measured",
    }


def _plain(value: Decimal) -> str:
    return format(value.normalize(), "f")


def _local(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).isoformat()


def _ulid(at: datetime, rng: Random) -> str:
    """Return an id that sorts by time: 48 bits of milliseconds, 80 random ones."""
    number = int(at.timestamp() * 1000) << 80 | rng.getrandbits(80)
    return "".join(_CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))
