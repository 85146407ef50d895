"""The plant's own laws: what a test relies on when it calls it the truth."""

from datetime import UTC, datetime
from itertools import pairwise
from time import process_time

from hypothesis import given, settings, strategies as st
import pytest

from simulator.plant.appliances import BUSY_EVENING, FAMILY_HOUSE, LINE_COUNT, VOLTAGE_V
from simulator.plant.car import MIN_A, CarModel
from simulator.plant.charger import ChargerModel, Status
from simulator.plant.house import HOUSE_LIMIT_A, House
from simulator.plant.life import Life
from simulator.plant.meter import GridMeter
from simulator.plant.plant import FAMILY_PLACES, Place, Plant

AFTERNOON = datetime(2026, 11, 16, 16, 0, tzinfo=UTC)  # 17 h in Berlin, a Monday
SUMMER_NOON = datetime(2026, 6, 15, 10, 0, tzinfo=UTC)


def one_charger(*, lines: int = 3, **charger: object) -> tuple[Place, ...]:
    model = ChargerModel(id="garage", name="Garage", **charger)  # type: ignore[arg-type]
    return (Place(charger=model, car=CarModel(name="Car", battery_kwh=60.0, lines=lines), visits_per_day=0),)


def quiet_plant(**options: object) -> Plant:
    """Return a plant whose house draws nothing."""
    settings_: dict[str, object] = {"seed": 1, "start": AFTERNOON, "places": one_charger(), "appliances": {}}
    return Plant(**(settings_ | options))  # type: ignore[arg-type]


def run(plant: Plant, seconds: float, dt_s: float = 1.0) -> None:
    for _ in range(round(seconds / dt_s)):
        plant.step(dt_s)


def life_of(plant: Plant, seconds: int) -> list[object]:
    trace: list[object] = []
    for _ in range(seconds):
        plant.step()
        trace.append((plant.line_currents_a, plant.meter.latest, [c.register_wh for c in plant.chargers.values()]))
    return trace


def test_same_seed_lives_the_same_life_and_another_seed_another() -> None:
    one, again, other = (life_of(Plant(seed=seed, start=AFTERNOON, solar_peak_w=5000), 3 * 3600) for seed in (7, 7, 8))
    assert one == again
    assert one != other


@settings(max_examples=12)
@given(seed=st.integers(0, 10_000), busy=st.booleans())
def test_house_alone_never_draws_more_than_its_limit_on_any_line(seed: int, busy: bool) -> None:
    house = House(seed, Life(AFTERNOON), appliances=BUSY_EVENING if busy else FAMILY_HOUSE)
    most = 0.0
    for now_s in range(4 * 3600):
        house.step(now_s)
        most = max(most, *house.currents_a)
    assert most <= HOUSE_LIMIT_A
    assert most > 10.0  # a house that draws nothing would prove nothing


def test_evening_has_every_appliance_that_a_controller_must_meet() -> None:
    house = House(3, Life(AFTERNOON), appliances=BUSY_EVENING)
    for now_s in range(4 * 3600):
        house.step(now_s)
    seen = {step.appliance for step in house.steps}
    assert seen >= {"kettle", "oven", "front plate", "heat pump", "heater", "dish washer", "washing machine", "dryer"}


def test_hob_pulses_between_three_and_eleven_seconds() -> None:
    house = House(3, Life(AFTERNOON), appliances={"front plate": BUSY_EVENING["front plate"]})
    for now_s in range(4 * 3600):
        house.step(now_s)
    periods = [later.at_s - earlier.at_s for earlier, later in pairwise(house.steps)]
    pulses = [period for period in periods if period < 60]
    assert len(pulses) > 100
    assert all(7 <= period <= 20 for period in pulses)


def test_two_steps_of_half_a_second_change_what_happens_no_more_than_one_of_a_second() -> None:
    coarse, fine = (House(5, Life(AFTERNOON), appliances=BUSY_EVENING) for _ in range(2))
    for now_s in range(3600):
        coarse.step(now_s)
        fine.step(now_s - 0.5)
        fine.step(now_s)
    assert coarse.steps == fine.steps
    assert coarse.active_w == fine.active_w


@pytest.mark.parametrize("dt_s", [0.5, 1.0, 10.0])
def test_register_is_the_integral_of_the_power(dt_s: float) -> None:
    plant = quiet_plant()
    charger = plant.chargers["garage"]
    plant.plug_in("garage")
    energy_wh = 0.0
    for _ in range(round(3600 / dt_s)):
        plant.step(dt_s)
        energy_wh += charger.power_w * dt_s / 3600
    assert energy_wh > 9000
    assert charger.register_wh == pytest.approx(energy_wh)
    assert charger.session_wh == pytest.approx(energy_wh)


def test_grid_registers_are_house_and_cars_less_the_sun() -> None:
    plant = Plant(seed=4, start=SUMMER_NOON, solar_peak_w=9000.0, places=one_charger())
    plant.plug_in("garage")
    grid_wh = 0.0
    exported = False
    for second in range(6 * 3600):
        if second == 3 * 3600:
            plant.unplug("garage")
        plant.step()
        load_w = sum(plant.house.active_w) - plant.sun.power_w
        charger = plant.chargers["garage"]
        grid_wh += (load_w + charger.power_w) / 3600
        exported = exported or plant.line_currents_a[0] < 0
    run(plant, 3)  # let the meter catch up
    reading = plant.meter.latest
    assert reading is not None
    assert exported
    assert reading.export_kwh > 0.1
    assert reading.import_kwh - reading.export_kwh == pytest.approx(grid_wh / 1000, abs=0.02)


def test_car_draws_six_ampere_or_more_or_nothing_and_ramps_no_faster_than_it_can() -> None:
    plant = quiet_plant()
    charger = plant.chargers["garage"]
    plant.plug_in("garage")
    before = 0.0
    seen: set[float] = set()
    for second in range(600):
        if second % 40 == 20:
            charger.set_limit((16, 7, 6, 3, 10, 0, 14)[(second // 40) % 7], plant.now_s)
        plant.step()
        now = charger.current_a
        assert now == 0 or MIN_A <= now <= 16.0
        if before >= MIN_A and now >= MIN_A:
            assert -8.0 - 1e-9 <= now - before <= 3.0 + 1e-9
        seen.add(now)
        before = now
    assert {0.0, 6.0, 7.0, 10.0, 16.0} <= seen


def test_limit_below_the_minimum_means_no_current_at_all() -> None:
    plant = quiet_plant()
    charger = plant.chargers["garage"]
    plant.plug_in("garage")
    run(plant, 30)
    assert charger.current_a == 16.0
    charger.set_limit(5.9, plant.now_s)
    run(plant, 15)
    assert charger.current_a == 0.0
    assert charger.status is Status.AWAITING_START


def test_car_reacts_after_its_dead_time_and_not_before() -> None:
    delays = []
    for seed in range(20):
        plant = quiet_plant(seed=seed)
        charger = plant.chargers["garage"]
        plant.plug_in("garage")
        run(plant, 30)
        charger.set_limit(6.0, plant.now_s)
        commanded_s = plant.now_s
        while charger.current_a == 16.0:
            plant.step(0.1)
        delays.append(plant.now_s - commanded_s)
    assert min(delays) >= 0.5 + 1.0
    assert max(delays) <= 1.5 + 5.0 + 0.3
    assert max(delays) - min(delays) > 1.0


def test_charger_starts_at_its_own_limit_whatever_it_was_told_before() -> None:
    plant = quiet_plant()
    charger = plant.chargers["garage"]
    charger.set_limit(8.0, plant.now_s)
    run(plant, 5)
    assert charger.limit_a == 8.0
    plant.plug_in("garage")
    assert charger.limit_a == 16.0


def test_full_car_tapers_and_says_that_it_is_done() -> None:
    plant = quiet_plant()
    charger = plant.chargers["garage"]
    plant.plug_in("garage", need_kwh=4.0)
    currents = []
    for _ in range(7200):
        plant.step()
        currents.append(charger.current_a)
    assert charger.status is Status.COMPLETED
    assert charger.session_kwh == pytest.approx(4.0, abs=0.1)
    tapering = [current for current in currents if 6.5 < current < 15.0]
    assert len(tapering) > 60


def test_car_on_one_line_loads_the_line_of_the_rotation() -> None:
    plant = quiet_plant(places=one_charger(lines=1))
    rotated = quiet_plant(
        places=(
            Place(
                charger=ChargerModel(id="garage", name="Garage", lines=(1, 2, 0)),
                car=CarModel(name="Car", battery_kwh=60.0, lines=1),
                visits_per_day=0,
            ),
        )
    )
    for one in (plant, rotated):
        one.plug_in("garage")
        run(one, 30)
    assert plant.line_currents_a == (16.0, 0.0, 0.0)
    assert rotated.line_currents_a == (0.0, 16.0, 0.0)
    assert rotated.chargers["garage"].currents_a == (16.0, 0.0, 0.0)


def test_charger_that_lets_the_car_have_one_line_loads_the_first_and_gives_all_back() -> None:
    plant = quiet_plant()
    charger = plant.chargers["garage"]
    plant.plug_in("garage")
    run(plant, 30)
    assert charger.currents_a == (16.0, 16.0, 16.0)
    charger.set_single_line(True)
    run(plant, 30)
    assert charger.currents_a == (16.0, 0.0, 0.0)
    assert charger.power_w == 16.0 * VOLTAGE_V
    plant.unplug("garage")
    plant.plug_in("garage")
    run(plant, 30)
    assert charger.currents_a == (16.0, 0.0, 0.0)
    charger.set_single_line(False)
    run(plant, 30)
    assert charger.currents_a == (16.0, 16.0, 16.0)


def test_coarse_register_shows_whole_steps_of_the_truth() -> None:
    plant = quiet_plant(places=one_charger(register_step_wh=1000.0))
    charger = plant.chargers["garage"]
    plant.plug_in("garage")
    shown = set()
    for _ in range(3600):
        plant.step()
        shown.add(charger.register_kwh)
        assert 0 <= charger.register_wh - charger.register_kwh * 1000 < 1000
    assert shown == {float(n) for n in range(int(charger.register_kwh) + 1)}


def test_unplug_and_plug_are_in_the_log_with_the_true_register() -> None:
    plant = quiet_plant()
    plant.plug_in("garage")
    run(plant, 600)
    plant.unplug("garage")
    first, last = plant.truth.plugs
    assert (first.plugged, last.plugged) == (True, False)
    assert last.at_s == 600.0
    assert last.register_wh - first.register_wh == plant.chargers["garage"].register_wh > 1000


def test_deaf_charger_takes_commands_and_does_nothing() -> None:
    plant = quiet_plant()
    charger = plant.chargers["garage"]
    charger.deaf = True
    plant.plug_in("garage")
    run(plant, 30)
    charger.set_limit(6.0, plant.now_s)
    charger.set_enabled(False, plant.now_s)
    run(plant, 30)
    assert (charger.current_a, charger.commands) == (16.0, 2)


def test_meter_shows_each_sample_late_and_in_its_own_steps() -> None:
    meter = GridMeter(period_s=5.0, delay_s=2.0, current_step_a=0.5, power_step_w=50.0)
    shown = []
    for now_s in range(31):
        meter.step([2300.0 + now_s, 0.0, -460.0], [0.0] * LINE_COUNT, now_s, 1.0)
        shown.append(meter.latest)
    assert shown[1] is None
    assert shown[2] is not None
    assert shown[2].at_s == 0.0
    assert shown[6] == shown[2]
    last = shown[30]
    assert last is not None
    assert last.at_s == 25.0
    assert last.currents_a == (10.0, 0.0, -2.0)
    assert last.power_w % 50 == 0
    assert meter.count == 6


def test_meter_with_ripple_is_never_still_and_never_far_from_the_truth() -> None:
    meter = GridMeter(delay_s=0.0, ripple_a=0.02, seed=1)
    shown = []
    for now_s in range(600):
        meter.step([2300.0, 0.0, 0.0], [0.0] * LINE_COUNT, now_s, 1.0)
        assert meter.latest is not None
        shown.append(meter.latest)
    still = sum(earlier.currents_a == later.currents_a for earlier, later in pairwise(shown))
    assert still < 10
    assert all(abs(reading.currents_a[0] - 10.0) < 0.1 for reading in shown)
    assert shown[-1].import_kwh == pytest.approx(2.3 / 6, abs=0.001)


def test_frozen_meter_goes_on_telling_what_it_told_and_a_silent_one_says_nothing() -> None:
    plant = quiet_plant()
    run(plant, 10)
    before, count = plant.meter.latest, plant.meter.count
    plant.meter.frozen = True
    plant.house.switch_on("kettle", (2300.0, 0.0, 0.0), plant.now_s)
    run(plant, 10)
    assert plant.meter.latest == before
    assert plant.meter.count == count + 10
    plant.meter.silent = True
    run(plant, 10)
    assert plant.meter.count == count + 10
    plant.meter.frozen = plant.meter.silent = False
    run(plant, 10)
    assert plant.meter.latest is not None
    assert plant.meter.latest.currents_a == (10.0, 0.0, 0.0)


def test_over_current_is_counted_per_line_and_second() -> None:
    plant = quiet_plant()
    plant.house.switch_on("everything", (30 * VOLTAGE_V, 26 * VOLTAGE_V, 10 * VOLTAGE_V), plant.now_s)
    run(plant, 10)
    plant.house.switch_off("everything", plant.now_s)
    run(plant, 10)
    over = plant.truth.over
    assert over.integral_as == pytest.approx(10 * (5 + 1))
    assert over.above_conventional_s == 10.0  # 30 A is above 1.13 x 25 A, 26 A is not
    assert over.longest_s == 10.0
    assert len(over.seconds) == 20
    assert not over.running


def test_export_does_not_count_as_over_current() -> None:
    plant = quiet_plant(start=SUMMER_NOON, solar_peak_w=60_000.0)
    run(plant, 600)
    assert min(plant.line_currents_a) < -5.0
    assert plant.truth.over.integral_as == 0.0


def test_faster_life_brings_more_visits_at_the_same_power() -> None:
    slow, fast = (Plant(seed=2, start=AFTERNOON, places=FAMILY_PLACES[:1], pace=pace) for pace in (1.0, 48.0))
    for plant in (slow, fast):
        run(plant, 6 * 3600)
    assert len(fast.truth.plugs) > 3 * max(1, len(slow.truth.plugs))
    assert fast.chargers["garage"].model.max_a == 16.0
    plugged = [event for event in fast.truth.plugs if event.plugged]
    assert len(plugged) >= 5


def test_day_of_the_family_takes_less_than_ten_seconds_of_computing() -> None:
    plant = Plant(seed=9, start=AFTERNOON, solar_peak_w=6000.0)
    begin_s = process_time()
    run(plant, 86_400)
    assert process_time() - begin_s < 10.0
    assert plant.meter.count == 86_400 - 1
    assert any(event.plugged for event in plant.truth.plugs)
