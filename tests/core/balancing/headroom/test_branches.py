"""A barn with its own breaker and its own meter, a dimmed pair of chargers, and lines that may not differ too much."""

from collections.abc import Mapping
from dataclasses import replace
from math import inf
from typing import Any, override

import pytest

from custom_components.ev_sessions.core.balancing.balancer import balance
from custom_components.ev_sessions.core.balancing.circuits.bounds import bounds_of
from custom_components.ev_sessions.core.balancing.circuits.circuit import CircuitMeter, Protection
from custom_components.ev_sessions.core.balancing.evse.draw import Draw
from custom_components.ev_sessions.core.balancing.evse.memory import first_sight
from custom_components.ev_sessions.core.balancing.headroom.base_load import look
from custom_components.ev_sessions.core.balancing.load import Decision, LimitNow
from custom_components.ev_sessions.core.balancing.meter.branch_meters import BranchMeter, MeterShows
from custom_components.ev_sessions.core.balancing.meter.watch import MeterHealth, MeterWatch
from custom_components.ev_sessions.core.reading import GridReading
from tests.core.balancing.load_rig import (
    BalancingState,
    Circuit,
    EvseLoad,
    LineUse,
    LoadRig,
    ReasonKey as Key,
    car,
    site,
)


class Estate(LoadRig):
    """A rig whose barn may have a meter; `barn_a` is what hangs there beside cars, on each line."""

    barn_a = 0.0
    barn_speaks = True
    barn_total = False

    @override
    def look(self, **_: Any) -> Decision:
        self.state, decision = balance(
            self.state, self.limits, self.grid, tuple(self.evses.values()), self.now(), circuit_meters=self.shows()
        )
        self.decision = decision
        for command in decision.commands:
            self.allowed[command.evse_id] = command.limit_a or 0.0
        return decision

    def shows(self) -> Mapping[str, MeterShows]:
        if not self.barn_speaks:
            return {"barn": MeterShows(reading=None, alive_at=None)}
        flicker_a = 0.01 * (self.t_s % 3)
        flow = [self.barn_a - flicker_a] * self.count
        for evse in self.evses.values():
            if evse.circuit_id == "barn" and evse.drawn_a is not None:
                flow = [a + b for a, b in zip(flow, evse.drawn_a, strict=True)]
        power_w = None
        if self.barn_total:
            flow = [sum(flow)] * self.count
            power_w = flow[0] * 230.0
        return {"barn": MeterShows(reading=GridReading(at=self.now().utc, currents_a=tuple(flow), power_w=power_w))}

    @property
    @override
    def house_a(self) -> tuple[float, ...]:
        house = super().house_a
        return tuple(a + self.barn_a for a in house)


def estate(*evses: EvseLoad, root: dict[str, Any] | None = None, **barn: Any) -> Estate:
    circuits = (
        Circuit(id="root", name="Street", limit_a=(63.0,) * 3, **(root or {})),
        Circuit(**{"id": "barn", "name": "Barn", "limit_a": (20.0,) * 3, "parent_id": "root", **barn}),
    )
    return Estate(replace(site(), circuits=circuits), *evses)


def in_barn(name: str = "tractor", **changes: Any) -> EvseLoad:
    return car(name, **{"circuit_id": "barn", "max_a": 32.0, "limit_read_a": 0.0, **changes})


def test_what_else_hangs_in_the_barn_counts_against_its_breaker() -> None:
    rig = estate(in_barn(), car(max_a=16.0, limit_read_a=0.0), meter=CircuitMeter())
    rig.barn_a = 5.0
    rig.run(150)
    assert rig.limit("tractor") == 14.0  # 20 less 1 of margin and 5 of the barn's heater
    assert rig.limit() == 16.0
    assert rig.reason("tractor") is Key.CIRCUIT_FULL
    rig.barn_a = 11.0
    rig.run(3)
    assert rig.limit("tractor") == 8.0
    assert rig.limit() == 16.0
    assert rig.decision is not None
    barn = rig.decision.circuits["barn"]
    assert barn.limit_a == (20.0,) * 3
    assert 0 < min(barn.headroom_a) < 2
    assert barn.lost is False


def test_the_barn_carries_more_than_its_breaker_and_the_site_says_so() -> None:
    rig = estate(in_barn(), meter=CircuitMeter())
    rig.barn_a = 21.0
    rig.run(5)
    assert rig.balancing_state == BalancingState.OVERLOAD


def test_a_lost_barn_meter_leaves_the_barn_at_its_fallback_and_nobody_else() -> None:
    rig = estate(in_barn(fallback_a=8.0), car(max_a=16.0, limit_read_a=0.0), meter=CircuitMeter())
    rig.run(150)
    assert (rig.limit("tractor"), rig.limit()) == (19.0, 16.0)
    rig.barn_speaks = False
    rig.run(40)
    assert (rig.limit("tractor"), rig.limit()) == (8.0, 16.0)
    assert rig.reason("tractor") is Key.CIRCUIT_METER_LOST
    assert rig.decision is not None
    assert rig.decision.circuits["barn"].lost is True
    rig.barn_speaks = True
    rig.run(30)
    assert rig.limit("tractor") == 8.0  # room counts when it has lasted
    rig.run(90)
    assert rig.limit("tractor") == 19.0


def test_a_barn_meter_that_is_lost_while_the_car_follows_its_last_raise_brings_the_fallback_at_once() -> None:
    rig = estate(in_barn(fallback_a=8.0, wish_a=12.0), meter=CircuitMeter())
    rig.run(150)
    assert rig.limit("tractor") == 12.0
    rig.barn_speaks = False
    rig.run(28)
    # Its owner lets it have more, or less, in the second before the meter is given up.
    rig.evses["tractor"] = replace(rig.evses["tractor"], wish_a=10.0)
    rig.run(1)
    assert rig.limit("tractor") == 10.0
    rig.run(2)
    assert rig.limit("tractor") == 8.0


def test_a_barn_without_a_word_since_the_start_lets_a_car_go_on_slowly_and_not_for_ever() -> None:
    rig = estate(in_barn(fallback_a=0.0, limit_read_a=16.0), in_barn("other", allowed=False), meter=CircuitMeter())
    rig.barn_speaks = False
    rig.run(10)
    assert rig.limit("tractor") == 6.0
    rig.run(60)
    assert rig.limit("tractor") == 0.0
    assert rig.reason("other") is Key.NOT_ALLOWED


def test_a_charger_that_nobody_controls_is_in_the_barn_meters_load_already() -> None:
    stranger = in_barn("stranger", controllable=False)
    rig = estate(in_barn(), stranger, meter=CircuitMeter())
    rig.draws("stranger", 8.0)
    rig.run(150)
    assert rig.limit("tractor") == 11.0
    rig = estate(in_barn(), stranger, continuous=True)
    rig.draws("stranger", 8.0)
    rig.run(150)
    assert rig.limit("tractor") == 8.0  # (20 - 1.25 x 8) / 1.25


def test_a_barn_meter_of_the_total_takes_its_load_for_that_of_the_worst_line() -> None:
    rig = estate(in_barn(), meter=CircuitMeter(protection=Protection.TOTAL_ONLY, power_factor=0.95))
    rig.barn_total = True
    rig.barn_a = 2.0
    rig.run(150)
    assert rig.limit("tractor") == 12.0  # 19 less 3 x 2 over 0.95


def test_three_phases_at_235_volts_do_not_fit_in_a_dimmed_barn_and_one_does() -> None:
    rig = estate(in_barn(), limit_w=inf, moves=True)
    rig.limits = replace(rig.limits, voltage_v=235.0)
    rig.run(150)
    assert rig.limit("tractor") == 20.0
    rig.limits = replace(rig.limits, now={"barn": LimitNow(limit_w=4200.0)})
    rig.second()
    assert (rig.limit("tractor"), rig.reason("tractor")) == (0.0, Key.PAUSED_POWER_FULL)
    rig = estate(in_barn(lines=(1,)), limit_w=inf, moves=True)
    rig.limits = replace(rig.limits, voltage_v=235.0, now={"barn": LimitNow(limit_w=4200.0)})
    rig.run(150)
    assert (rig.limit("tractor"), rig.reason("tractor")) == (17.0, Key.POWER_FULL)
    assert rig.decision is not None
    assert round(rig.decision.circuits["barn"].limit_w or 0.0) == 4200


@pytest.mark.parametrize("limit", ["power", "current"])
@pytest.mark.parametrize("where", ["root", "barn"])
def test_a_limit_that_falls_while_a_car_moves_holds_at_once(where: str, limit: str) -> None:
    # The meter and the charger disagree for some seconds: by them the barn might as well feed power back.
    meter = {"meter": CircuitMeter()} if where == "barn" else {}
    root = {"limit_w": 43_000.0, "moves": True} if where == "root" else {}
    barn = {"limit_w": 13_800.0, "moves": True} if where == "barn" else {}
    rig = estate(in_barn(), root=root, **barn, **meter)
    rig.barn_a = 0.3
    rig.house = (0.0,) * 3
    rig.run(150)
    assert rig.limit("tractor") >= 18.0
    for allowed_a, limit_a in ((9.0, 7.0), (0.0, 0.0)):
        now = LimitNow(limit_w=allowed_a * 690.0) if limit == "power" else LimitNow(limit_a=(allowed_a,) * 3)
        rig.limits = replace(rig.limits, now={where: now})
        rig.second()
        assert limit_a <= rig.limit("tractor") <= limit_a + 1


def test_a_dimmed_car_that_may_switch_takes_one_phase_instead_of_a_pause() -> None:
    one = LineUse(lines=(1,))
    rig = estate(in_barn(lines=(1, 2, 0), other_use=one), limit_w=inf, moves=True)
    rig.limits = replace(rig.limits, voltage_v=235.0, now={"barn": LimitNow(limit_w=4200.0)})
    asked = [dict(rig.second().phases) for _ in range(150)]
    assert {"tractor": 1} in asked
    rig.change("tractor", use=one, other_use=rig.evses["tractor"].use)
    rig.run(200)
    assert rig.limit("tractor") == 17.0


def test_power_of_the_house_to_spare_comes_on_top_of_what_the_grid_may_give() -> None:
    rig = estate(in_barn(), limit_w=inf, moves=True)
    rig.house = (-10.0, -10.0, -10.0)
    rig.limits = replace(rig.limits, now={"barn": LimitNow(limit_w=4200.0, from_grid=True)})
    rig.run(150)
    assert rig.limit("tractor") == 16.0  # (4.2 kW / 230 V + 30 A) / 3
    both = {"barn": LimitNow(limit_w=4200.0, from_grid=True), "root": LimitNow(from_grid=True)}
    rig.limits = replace(rig.limits, now=both)
    rig.second()
    assert rig.limit("tractor") == 6.0  # it cannot be promised twice


def test_a_dimmed_street_limits_its_chargers_and_not_its_oven() -> None:
    stranger = in_barn("stranger", controllable=False, lines=(0,))
    rig = estate(in_barn(lines=(1,)), stranger, root={"limit_w": inf, "moves": True}, limit_a=(63.0,) * 3)
    rig.draws("stranger", 6.0)
    rig.house = 12.0
    rig.limits = replace(rig.limits, now={"root": LimitNow(limit_w=4200.0, from_grid=True)})
    rig.run(150)
    assert rig.limit("tractor") == 12.0  # 4.2 kW / 230 V less 6 A of the charger that nobody commands
    rig.house = (-10.0, -10.0, -10.0)
    rig.run(150)
    assert rig.limit("tractor") == 32.0


@pytest.mark.parametrize("house_is_known", [True, False])
def test_what_only_may_be_to_spare_is_no_right_to_the_grids_power(house_is_known: bool) -> None:
    rig = estate(in_barn(limit_read_a=16.0), limit_w=inf, moves=True)
    rig.draws("tractor", 16.0)
    rig.limits = replace(rig.limits, now={"barn": LimitNow(limit_w=5000.0, from_grid=True)})
    rig.meter = house_is_known
    rig.second()
    rig.change("tractor", drawn_a=(6.0,) * 3)
    rig.meter, rig.house = True, -6.0  # all that the meter shows is what the car has left
    rig.second()
    assert rig.limit("tractor") <= 7.0


def test_the_chargers_of_a_peak_get_what_is_left_for_them_whatever_the_meter_shows() -> None:
    rig = estate(in_barn(), root={"limit_w": inf, "moves": True})
    rig.house = 20.0
    rig.limits = replace(rig.limits, now={"root": LimitNow(cars_w=6210.0)})
    rig.run(150)
    assert rig.limit("tractor") == 9.0
    assert rig.decision is not None
    assert rig.decision.circuits["root"].limit_w == pytest.approx(6210 + 60 * 230, abs=150)


def test_a_voltage_that_the_meter_shows_is_what_power_is_counted_with() -> None:
    rig = estate(in_barn(), root={"limit_w": 9200.0})
    measure = rig.measure

    def at_253_volts() -> GridReading:
        return replace(measure(), voltage_v=253.0, power_w=sum(measure().currents_a) * 253.0)

    rig.measure = at_253_volts  # type: ignore[method-assign]
    rig.run(150)
    assert rig.limit("tractor") == 10.0  # (9200 / 253 - 6) / 3


def test_the_total_of_a_street_meter_guards_its_power() -> None:
    rig = estate(in_barn(), root={"limit_w": 9200.0, "unbalance_a": 20.0})
    rig.limits = replace(rig.limits, protection=Protection.TOTAL_ONLY)
    measure = rig.measure
    rig.measure = lambda: replace(measure(), currents_a=(sum(measure().currents_a),) * 3)  # type: ignore[method-assign]
    rig.run(150)
    assert rig.limit("tractor") == 11.0  # (40 - 6) / 3


def test_one_phase_cars_unbalance_a_circuit_and_three_phase_cars_do_not() -> None:
    one, three = in_barn(lines=(0,)), in_barn("bus", lines=(1, 2, 0), max_a=10.0)
    rig = estate(one, three, limit_a=(63.0,) * 3, unbalance_a=16.0)
    rig.run(150)
    assert (rig.limit("tractor"), rig.limit("bus")) == (16.0, 10.0)
    assert rig.reason("tractor") is Key.UNBALANCED
    rig = estate(one, three, limit_a=(63.0,) * 3, unbalance_a=5.0)
    rig.run(30)
    assert (rig.limit("tractor"), rig.reason("tractor")) == (0.0, Key.PAUSED_UNBALANCED)


def test_an_unbalanced_street_leaves_less_for_the_loaded_line() -> None:
    rig = estate(in_barn(lines=(0,)), root={"unbalance_a": 20.0}, limit_a=(63.0,) * 3)
    rig.house = (9.0, 2.0, 4.0)
    rig.run(150)
    assert rig.limit("tractor") == 13.0


def test_a_line_that_carries_less_than_the_others_may_come_up_to_them_first() -> None:
    rig = estate(in_barn(lines=(0,), max_a=32.0), root={"unbalance_a": 20.0}, limit_a=(63.0,) * 3)
    rig.house = (4.0, 9.0, 8.0)
    rig.run(150)
    assert rig.limit("tractor") == 24.0
    assert max(rig.flow()) - min(rig.flow()) == 20.0


def test_what_is_reserved_for_a_car_aside_counts_on_power_and_balance() -> None:
    away = in_barn("away", lines=(0,), max_a=8.0, online=False)
    rig = estate(in_barn(lines=(0,)), away, limit_a=(63.0,) * 3, unbalance_a=20.0)
    rig.draws("away", 8.0)
    rig.run(150)
    assert rig.limit("tractor") == 12.0
    rig = estate(in_barn(), away, limit_a=(63.0,) * 3, limit_w=6900.0)
    rig.draws("away", 8.0)
    rig.run(150)
    assert rig.limit("tractor") == 7.0  # (30 - 8) / 3


def test_who_limits_the_barn_is_obeyed_while_the_street_meter_is_lost() -> None:
    rig = estate(
        in_barn(fallback_a=6.0, priority=2),
        in_barn("bus", fallback_a=10.0, priority=7),
        in_barn("stranger", controllable=False, max_a=6.0, lines=(0,), priority=9),
        limit_w=inf,
        moves=True,
    )
    rig.meter = False
    rig.run(60)
    assert [rig.limit(name) for name in ("tractor", "bus")] == [6.0, 10.0]
    rig.limits = replace(rig.limits, now={"barn": LimitNow(limit_w=6900.0)})
    rig.second()
    assert [rig.limit(name) for name in ("tractor", "bus")] == [0.0, 8.0]  # (30 - 6) / 3
    assert {rig.reason(name) for name in ("tractor", "bus")} == {Key.LIMITED_NOW}
    rig.limits = replace(rig.limits, now={"root": LimitNow(limit_a=(20.0,) * 3)})
    rig.second()
    assert [rig.limit(name) for name in ("tractor", "bus")] == [0.0, 0.0]  # 10 A of it are left to the house
    rig.limits = replace(rig.limits, now={"barn": LimitNow(limit_w=4200.0)}, has_meter=False)
    rig.change("bus", use=replace(rig.evses["bus"].use, lines=(1,)))
    rig.second()
    assert rig.reason("bus") is Key.NO_METER


def test_a_barn_with_a_power_limit_and_a_silent_meter_keeps_half_of_it() -> None:
    rig = estate(in_barn(fallback_a=10.0), meter=CircuitMeter(), limit_w=9000.0, unbalance_a=20.0)
    rig.run(100)
    assert rig.limit("tractor") == 13.0
    rig.barn_speaks = False
    rig.run(60)
    assert rig.limit("tractor") == 6.0  # 4.5 kW / 3 x 230 V


def test_a_reading_of_the_barn_that_cannot_be_true_counts_as_none() -> None:
    rig = estate(in_barn(fallback_a=7.0), meter=CircuitMeter())
    rig.run(100)
    rig.barn_a = 5000.0
    rig.house = -5000.0 + 2.0
    rig.run(60)
    assert (rig.limit("tractor"), rig.reason("tractor")) == (7.0, Key.CIRCUIT_METER_LOST)


@pytest.mark.parametrize(("sampled_s", "known_a"), [((40.0, 70.0, 100.0), 5.0), ((110.0, 111.0, 112.0), -11.0)])
def test_a_car_that_left_the_barn_untold_is_no_fall_of_what_else_hangs_there(
    sampled_s: tuple[float, ...], known_a: float
) -> None:
    """Its charger tells each half minute what it draws; one that tells each second has not left."""
    evse = in_barn()
    rig = estate(evse, meter=CircuitMeter())
    draw = Draw()
    for at_s in sampled_s:
        draw = draw.sampled((16.0,) * 3, at_s)
    memories = {evse.id: replace(first_sight(evse, 0.0), standing_a=16.0, previous_a=16.0, draw=draw)}
    watch = MeterWatch(health=MeterHealth.GOOD, measured_s=112.0)
    reading = GridReading(at=rig.now().utc, currents_a=(5.0,) * 3)
    meters = {"barn": BranchMeter(watch=watch, reading=reading, other_a=(5.0,) * 3)}
    bounds = bounds_of(rig.limits.circuits, 3, rig.limits.wiring)
    seen = look(rig.limits, bounds, [evse], memories, reading, (110.0, 112.0), 112.0, None, meters)
    assert seen.others_a["barn"] == (known_a,) * 3
