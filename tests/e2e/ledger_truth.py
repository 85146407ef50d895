"""Hold what the ledger says against what the plant knows."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
import sqlite3
from typing import Any

from simulator.hass.client import Json
from simulator.plant.price_board import PriceBoard

#: The charger tells of itself every two seconds, of a car that comes or goes within a quarter of one.
REPORT_S = 3.0
#: What the charger's register shows: whole Wh. A border between two cars is known no better.
STEP_WH = 1
#: An ended session waits so long for what the register may still tell of it.
SETTLE_S = 60.0
#: A cost is kept in 10⁻⁹ of the currency.
_NANO = Decimal("0.000000001")
#: A unit price has twelve digits.
_LEAST_DIGIT = Decimal("0.000000000001")
#: By so much a price that changes reaches Home Assistant later.
_PRICE_LAG = timedelta(seconds=0.8)
#: Right after a start a price is taken at most every ten seconds.
_PRICE_SPACING = timedelta(seconds=11)


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """A time in which Home Assistant did not look: from its end until it saw the charger again."""

    since: datetime
    until: datetime

    @property
    def length_s(self) -> float:
        """How long it was, in s."""
        return (self.until - self.since).total_seconds()

    def near(self, instant: datetime) -> bool:
        """Tell whether what happened at an instant could be missed or seen late."""
        return self.since - timedelta(seconds=REPORT_S) <= instant <= self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A price as the ledger kept it, from when on it was shown."""

    at: datetime
    price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The truth of a run: the plant's own log, the supplier's prices, when nobody looked, and the prices seen."""

    truth: dict[str, Any]
    board: PriceBoard
    aways: list[Away] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)

    def stays(self, charger: str = "garage") -> list[tuple[Json, Json | None]]:
        """Return plug-in and unplug of each stay; the last may still be there."""
        events = [event for event in self.truth["plugs"] if event["charger"] == charger]
        ends: list[Json | None] = [*events[1::2]]
        if len(events) % 2:
            ends.append(None)
        return list(zip(events[::2], ends, strict=True))

    def hold(self, sessions: list[Json]) -> None:
        """Fail unless there is one session per stay, exact in energy, cost and time, and nothing between them."""
        told = [(one["status"], one["start"], one["end"], one["energy_kwh"]) for one in sessions]
        stays = self.stays()
        assert len(sessions) == len(stays), (told, stays)
        for (plug, unplug), session in zip(stays, sessions, strict=True):
            self._hold_energy(plug, unplug, session)
            self._hold_time(plug, unplug, session)
            self._hold_periods(session)
            self.hold_cost(session)
        # Where one car follows another the register's last digit may be either's; together they had all of it.
        end_wh = self._end_wh(stays[-1][1])
        if stays[-1][1] is not None:
            assert _sum(sessions, "energy_kwh") == (_whole(end_wh) - _whole(stays[0][0]["register_wh"])) / 1000, told

    def _end_wh(self, unplug: Json | None) -> float:
        return float((self.truth["chargers"]["garage"] if unplug is None else unplug)["register_wh"])

    def _hold_energy(self, plug: Json, unplug: Json | None, session: Json) -> None:
        drawn_wh = _whole(self._end_wh(unplug)) - _whole(plug["register_wh"])
        # Of an open session the truth is asked some moments after the last report.
        late_wh = Decimal(0 if unplug is not None else 11_040) * Decimal(REPORT_S) / 3600
        session_wh = _decimal(session["energy_kwh"]) * 1000
        assert drawn_wh - late_wh - STEP_WH <= session_wh <= drawn_wh + STEP_WH, (session, drawn_wh)
        start_wh = _decimal(session["register_start_kwh"]) * 1000
        assert abs(start_wh - _whole(plug["register_wh"])) <= STEP_WH, (session, plug)
        # It is told when no more can come from the register: some time after the session's end.
        if session["register_end_kwh"] is not None:
            assert unplug is not None, session
            end_wh = _decimal(session["register_end_kwh"]) * 1000
            assert abs(end_wh - _whole(unplug["register_wh"])) <= STEP_WH, (session, unplug)
        else:
            assert unplug == self.stays()[-1][1] or self._ago_s(unplug) < SETTLE_S + REPORT_S, session

    def _ago_s(self, event: Json | None) -> float:
        """Return how long before the end of the story something was, in s."""
        at = self.truth["now"] if event is None else event["at"]
        return (datetime.fromisoformat(self.truth["now"]) - datetime.fromisoformat(at)).total_seconds()

    def _hold_time(self, plug: Json, unplug: Json | None, session: Json) -> None:
        slack_s = self._hold_instant(plug, session["start"])
        if unplug is None:
            assert session["status"] == "open", session
            assert session["end"] is None, session
            return
        assert session["status"] == "ended", session
        slack_s += self._hold_instant(unplug, session["end"])
        lasted_s = _seconds(plug["at"], unplug["at"])
        assert abs(session["connected_s"] - lasted_s) <= slack_s + 1, session
        parts = ("waiting_s", "charging_s", "paused_s", "idle_s")
        assert 0 <= session["connected_s"] - sum(session[part] for part in parts) <= len(parts), session

    def _hold_instant(self, event: Json, told: str) -> float:
        at = datetime.fromisoformat(event["at"])
        missed = [away for away in self.aways if away.near(at)]
        slack_s = REPORT_S + sum(away.length_s for away in missed)
        assert abs(_seconds(event["at"], told)) <= slack_s, (event, told, missed)
        return slack_s

    def _hold_periods(self, session: Json) -> None:
        periods = session["periods"]
        assert _sum(periods, "energy_kwh") == _decimal(session["energy_kwh"]), session
        assert _sum(periods, "estimated_kwh") == _decimal(session["estimated_kwh"]), session
        starts = [datetime.fromisoformat(period["start"]) for period in periods]
        ends = [datetime.fromisoformat(period["end"]) for period in periods]
        assert all(start < end for start, end in zip(starts, ends, strict=True)), periods
        # No hole and no overlap, from the session's first instant to its last.
        assert starts[1:] == ends[:-1], periods
        assert starts[0] == datetime.fromisoformat(session["start"]), session
        if session["end"] is not None:
            assert ends[-1] == datetime.fromisoformat(session["end"]), session

    def hold_cost(self, session: Json) -> None:
        """Fail unless every period has the price of its time and basis, and the session costs their sum."""
        assert session["unpriced_kwh"] == 0, session
        cost = Decimal(0)
        for period in session["periods"]:
            self._hold_price(period)
            exact = _decimal(period["energy_kwh"]) * Decimal(period["price"])
            assert abs(Decimal(period["cost_exact"]) - exact) <= _NANO / 2, period
            cost += exact
        # Summed exactly and rounded once: not the sum of the periods' rounded costs.
        assert abs(Decimal(session["cost_exact"]) - cost) <= _NANO / 2, (session, cost)

    def _hold_price(self, period: Json) -> None:
        start, end = datetime.fromisoformat(period["start"]), datetime.fromisoformat(period["end"])
        price, basis = Decimal(period["price"]), period["price_basis"]
        missed = [away for away in self.aways if away.since <= end and start <= away.until]
        told = (period, missed)
        if basis == "interval":
            # Known to the instant: where a period goes over a change, each price counts for its time.
            assert abs(price - self._mean(start, end)) <= _LEAST_DIGIT, (told, self._mean(start, end))
            return
        if basis == "held":
            assert missed, f"nobody was away at {start}, and yet a price is held"
            # The last that was kept before the end goes on to the first news after it.
            assert abs(price - self._held(start, end)) <= _LEAST_DIGIT, (told, self._held(start, end), self.seen)
            return
        assert basis in {"state", "history"}, told
        lag = _PRICE_SPACING if any(start - away.until < _PRICE_SPACING for away in missed) else _PRICE_LAG
        shown = self._shown_at(start, start - lag, start - _PRICE_LAG)
        if self.board.start_of(end) != self.board.start_of(start):
            # The change is in it, at the instant at which it came through.
            assert min(shown | self._shown_at(end)) <= price <= max(shown | self._shown_at(end)), told
            return
        assert price in shown, (told, shown)

    def _held(self, start: datetime, end: datetime) -> Decimal:
        """Return the mean over a span of what was the last price kept, having held each against what was shown."""
        places = [place for place, one in enumerate(self.seen) if one.at < end]
        first = max((place for place in places if self.seen[place].at <= start), default=None)
        assert first is not None, f"no price was seen before {start}"
        weighed = Decimal(0)
        for place in places[first:]:
            one = self.seen[place]
            assert one.price in self._shown_in(one.at - _PRICE_SPACING, one.at), one
            until = end if place == places[-1] else self.seen[place + 1].at
            weighed += one.price * Decimal((until - max(start, one.at)) // timedelta(microseconds=1))
        return weighed / Decimal((end - start) // timedelta(microseconds=1))

    def _mean(self, start: datetime, end: datetime) -> Decimal:
        """Return the mean price of a span."""
        weighed, at = Decimal(0), start
        while at < end:
            following = (
                end if self.board.slot_s is None else self.board.start_of(at) + timedelta(seconds=self.board.slot_s)
            )
            until = min(end, following)
            weighed += Decimal(str(self.board.at(at))) * Decimal((until - at) // timedelta(microseconds=1))
            at = until
        return weighed / Decimal((end - start) // timedelta(microseconds=1))

    def _shown_in(self, start: datetime, end: datetime) -> set[Decimal]:
        """Return the prices that were shown in a span."""
        seconds = int((end - start).total_seconds()) + 1
        return self._shown_at(*(start + timedelta(seconds=second) for second in range(seconds)), end)

    def _shown_at(self, *instants: datetime) -> set[Decimal]:
        return {Decimal(str(self.board.at(instant))) for instant in instants}


def prices_seen(folder: Path) -> list[Seen]:
    """Return, in order, the prices that a ledger, closed by now, has of the state of its tariff's entity."""
    (path,) = folder.rglob("ev_sessions*.db")
    with sqlite3.connect(path) as ledger:
        rows = ledger.execute(
            "SELECT start_us / 1000, price_per_kwh FROM price_slot"
            " WHERE end_us IS NULL AND price_per_kwh IS NOT NULL AND basis != 'held' ORDER BY start_us"
        ).fetchall()
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return [Seen(at=epoch + timedelta(milliseconds=at_ms), price=Decimal(price)) for at_ms, price in rows]


def hold_ledger_file(folder: Path) -> None:
    """Fail unless the ledger, closed by now, is whole by SQLite's own checks and sums up."""
    (path,) = folder.rglob("ev_sessions*.db")
    with sqlite3.connect(path) as ledger:
        assert ledger.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert ledger.execute("PRAGMA foreign_key_check").fetchall() == []
        unequal = ledger.execute(
            "SELECT s.id FROM session s LEFT JOIN charging_period p ON p.session_id = s.id"
            " GROUP BY s.id HAVING s.energy_mwh != COALESCE(SUM(p.energy_mwh), 0)"
        ).fetchall()
        assert unequal == []


def _sum(periods: list[Json], key: str) -> Decimal:
    zero = Decimal(0)
    return sum((_decimal(period[key]) for period in periods), start=zero)


def _whole(energy_wh: float) -> Decimal:
    """Return what the charger shows."""
    return Decimal(int(energy_wh))


def _decimal(number: float) -> Decimal:
    return Decimal(str(number))


def _seconds(one: str, other: str) -> float:
    return (datetime.fromisoformat(other) - datetime.fromisoformat(one)).total_seconds()
