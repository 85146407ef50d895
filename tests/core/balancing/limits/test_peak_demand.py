"""The quarter hour's mean ends under the target, whatever the house does and whenever it begins."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ev_sessions.core.balancing.limits.kept_peak import KeptPeak, kept_peak, revived_peak
from custom_components.ev_sessions.core.balancing.limits.peak_demand import PeakSeen, PeakState, allowed, look
from custom_components.ev_sessions.core.moment import Now
from custom_components.ev_sessions.core.plain import from_plain, to_plain
from tests.core.balancing.load_rig import START

QUARTER_S = 900.0
#: A three-phase car: from 6 A to 16 A in steps of 1 A.
LEAST_W, MOST_W, STEP_W = 4140.0, 11040.0, 690.0
#: As the balancer has it: a pause lasts at least so long, and room must have lasted before it is used.
PAUSE_S, HOLD_S = 120.0, 75.0


class Home:
    """A house with one car behind a meter that reads every second; the car follows ten seconds later."""

    def __init__(
        self, target_w: float, house_w: list[float], *, offset_s: float = 0.0, tells_mean: bool = False
    ) -> None:
        self.target_w = target_w
        self.house_w = house_w  # by minute; the last goes on
        self.offset_s = offset_s
        self.tells_mean = tells_mean
        self.state = PeakState()
        self.now = Now(utc=START, monotonic_s=1000.0)
        self.car_w = 0.0
        self.sent: list[tuple[float, float]] = []
        self.rooms: list[tuple[float, float]] = []
        self.means: list[float] = []
        self.house_means: list[float] = []
        self._energy = self._house_energy = 0.0

    def house(self, second: int) -> float:
        return self.house_w[min(second // 60, len(self.house_w) - 1)]

    def run(self, seconds: int) -> None:
        for second in range(seconds):
            self.now = self.now.later(1.0)
            allowed_w = next((w for t, w in reversed(self.sent) if t <= second - 10), 0.0)
            self.car_w = allowed_w
            house_w = self.house(second)
            at_s = (self.now.utc - START).total_seconds() - self.offset_s
            if at_s % QUARTER_S < 1.0:
                self.means.append(self._energy / QUARTER_S)
                self.house_means.append(self._house_energy / QUARTER_S)
                self._energy = self._house_energy = 0.0
            self._energy += max(0.0, house_w + self.car_w)
            self._house_energy += max(0.0, house_w)
            mean_w = self._energy / QUARTER_S if self.tells_mean else None
            seen = PeakSeen(power_w=house_w + self.car_w, cars_w=self.car_w, mean_w=mean_w)
            self.state = look(self.state, seen, QUARTER_S, self.now)
            self._steer(second)

    def _steer(self, second: int) -> None:
        answer = allowed(self.state, self.target_w, QUARTER_S, self.now)
        if answer is None:
            return
        self.state = replace(self.state, held_w=answer.cars_w)
        self.rooms = [(t, w) for t, w in self.rooms if t > second - HOLD_S] + [(second, answer.cars_w)]
        limit_w = self.sent[-1][1] if self.sent else 0.0
        lasting_w = min(w for _, w in self.rooms) if second >= HOLD_S else 0.0
        paused = limit_w <= 0 and self.sent and second - self.sent[-1][0] < PAUSE_S
        wanted = steps(answer.cars_w) if steps(answer.cars_w) < limit_w else max(limit_w, steps(lasting_w))
        if wanted != limit_w and not (paused and wanted > 0):
            self.sent.append((second, wanted))


def steps(power_w: float) -> float:
    if power_w < LEAST_W:
        return 0.0
    return min(MOST_W, LEAST_W + (power_w - LEAST_W) // STEP_W * STEP_W)


def test_a_quiet_house_gives_the_car_all_that_the_target_leaves() -> None:
    home = Home(9000.0, [1000.0])
    home.run(3 * 900 + 5)
    assert all(mean <= 9000.0 for mean in home.means)
    assert home.means[-1] > 8300.0
    assert len(home.sent) <= 6


def test_an_oven_in_the_last_minutes_lowers_the_car_and_the_next_quarter_hour_does_not_begin_with_a_brake() -> None:
    home = Home(9000.0, [1000.0] * 27 + [4500.0] * 20)
    home.run(4 * 900 + 5)
    assert all(mean <= 9000.0 for mean in home.means)
    turns = sum(
        (b > a) != (c > b) for (_, a), (_, b), (_, c) in zip(home.sent, home.sent[1:], home.sent[2:], strict=False)
    )
    assert turns <= 3


def test_a_house_alone_over_the_target_pauses_the_car_until_it_is_done() -> None:
    home = Home(5000.0, [7000.0] * 20 + [300.0])
    home.run(4 * 900 + 5)
    assert not any(w for t, w in home.sent if t < 20 * 60)
    assert any(w for t, w in home.sent if t > 20 * 60)
    assert all(mean <= max(5000.0, house) for mean, house in zip(home.means, home.house_means, strict=True))


def test_what_was_saved_early_is_spent_without_a_race_at_the_end() -> None:
    home = Home(9000.0, [8000.0] * 7 + [500.0])
    home.run(3 * 900 + 5)
    assert all(mean <= 9000.0 for mean in home.means)
    for (_, before), (at, after) in pairwise(home.sent):
        assert not (after > before and at % QUARTER_S > QUARTER_S - 30)


@given(
    st.lists(st.sampled_from((0.0, 300.0, 1000.0, 2500.0, 4500.0, -3000.0)), min_size=5, max_size=45),
    st.sampled_from((6000.0, 8000.0, 12000.0)),
)
@settings(max_examples=12, deadline=None)
def test_no_quarter_hour_ends_above_the_target_that_the_house_alone_keeps(
    house_w: list[float], target_w: float
) -> None:
    home = Home(target_w, house_w)
    home.run(3 * 900 + 5)
    for mean, house in zip(home.means, home.house_means, strict=True):
        assert mean <= max(target_w, house) + 1.0


def test_a_meter_whose_quarter_hours_begin_later_is_followed() -> None:
    home = Home(9000.0, [1000.0] * 20 + [3500.0] * 10 + [1000.0], offset_s=140.0, tells_mean=True)
    home.run(4 * 900)
    assert home.state.learned
    assert home.state.offset_s == pytest.approx(140.0, abs=3.0)
    assert all(mean <= 9000.0 for mean in home.means)


def test_anything_that_changes_when_an_interval_is_over_tells_when_the_next_begins() -> None:
    now = Now(utc=START, monotonic_s=50.0)
    state = PeakState()
    for second in range(0, 1200, 20):
        seen = PeakSeen(power_w=4000.0, ended=second in {80, 980})
        state = look(state, seen, QUARTER_S, now.later(second))
    assert state.learned
    assert state.offset_s == pytest.approx(80.0)
    answer = allowed(state, 6000.0, QUARTER_S, now.later(1180))
    assert answer is not None
    assert answer.mean_w == pytest.approx(4000.0 * 200 / 900)


def seen_once(peak_w: float | None = None) -> PeakState:
    now = Now(utc=START, monotonic_s=50.0)
    state = look(PeakState(), PeakSeen(power_w=2000.0), QUARTER_S, now)
    return look(state, PeakSeen(power_w=2000.0, peak_w=peak_w), QUARTER_S, now.later(1))


def test_a_month_that_has_seen_more_already_is_not_kept_under_less() -> None:
    now = Now(utc=START, monotonic_s=50.0).later(1)
    less, more = seen_once(), seen_once(peak_w=7000.0)
    low, high = allowed(less, 4000.0, QUARTER_S, now), allowed(more, 4000.0, QUARTER_S, now)
    assert low is not None
    assert high is not None
    assert low.total_w == pytest.approx(3920.0, rel=0.02)
    assert high.total_w == pytest.approx(6860.0, rel=0.02)


def test_a_peak_of_the_month_that_rises_tells_when_an_interval_was_over() -> None:
    now = Now(utc=START, monotonic_s=50.0)
    state = PeakState()
    for second, peak_w in ((0, 3000.0), (60, 3000.0), (100, 3200.0), (1003, 3300.0), (1010, 3300.0)):
        state = look(state, PeakSeen(power_w=900.0, peak_w=peak_w), QUARTER_S, now.later(second))
    assert state.offset_s == pytest.approx(101.5)
    assert state.peak_w == 3300.0


def test_nobody_knows_before_the_first_look_nor_while_the_meter_is_silent() -> None:
    now = Now(utc=START, monotonic_s=50.0)
    assert allowed(PeakState(), 4000.0, QUARTER_S, now) is None
    silent = look(PeakState(), PeakSeen(power_w=None), QUARTER_S, now)
    assert allowed(silent, 4000.0, QUARTER_S, now) is None


def test_what_nobody_saw_counts_as_if_it_had_kept_to_the_target() -> None:
    now = Now(utc=START + timedelta(seconds=300), monotonic_s=50.0)
    state = look(PeakState(), PeakSeen(power_w=1000.0), QUARTER_S, now)
    answer = allowed(state, 6000.0, QUARTER_S, now)
    assert answer is not None
    assert answer.mean_w == pytest.approx(2000.0)
    assert answer.cars_w == pytest.approx(answer.total_w - 1000.0)
    state = look(state, PeakSeen(power_w=1000.0), QUARTER_S, now.later(200))  # nobody looked for 200 s
    answer = allowed(state, 6000.0, QUARTER_S, now.later(200))
    assert answer is not None
    assert answer.mean_w == pytest.approx(6000.0 * 500 / 900)


def test_a_mean_over_what_has_passed_and_a_mean_over_all_of_the_interval_are_told_apart() -> None:
    now = Now(utc=START, monotonic_s=50.0)
    state = look(PeakState(), PeakSeen(power_w=3000.0), QUARTER_S, now)
    for second in range(10, 301, 10):
        state = look(state, PeakSeen(power_w=3000.0, mean_w=3030.0), QUARTER_S, now.later(second))
    answer = allowed(state, 6000.0, QUARTER_S, now.later(300))
    assert answer is not None
    assert answer.mean_w == pytest.approx(1010.0)
    state = look(state, PeakSeen(power_w=3000.0, mean_w=990.0), QUARTER_S, now.later(301))
    assert state.learned  # it fell to a third: an interval began


def test_a_mean_that_lags_or_is_gone_leaves_our_own_sum() -> None:
    now = Now(utc=START, monotonic_s=50.0)
    state = look(PeakState(), PeakSeen(power_w=3000.0, mean_w=0.0), QUARTER_S, now)
    for mean_w in (0.0, None):
        for _ in range(10):
            now = now.later(30)
            state = look(state, PeakSeen(power_w=3000.0, mean_w=mean_w), QUARTER_S, now)
        answer = allowed(state, 6000.0, QUARTER_S, now)
        assert answer is not None
        assert answer.mean_w == pytest.approx(3000.0 * (now.monotonic_s - 50) / 900)


def test_running_interval_goes_on_over_a_restart_and_time_that_nobody_saw_counts_as_if_at_the_target() -> None:
    now = Now(utc=START, monotonic_s=1000.0)
    state = PeakState()
    for second in range(301):
        state = look(state, PeakSeen(power_w=6000.0), QUARTER_S, now.later(second))
    assert state.energy_ws == pytest.approx(6000.0 * 300)
    then = now.later(300)
    kept = kept_peak(state, QUARTER_S, then)
    assert kept is not None
    text = to_plain(kept, 1)
    # Another boot: monotonic seconds begin anew.
    quick = Now(utc=then.utc + timedelta(seconds=20), monotonic_s=50.0)
    again = look(revived_peak(from_plain(KeptPeak, text, 1), QUARTER_S, quick), PeakSeen(power_w=0.0), QUARTER_S, quick)
    assert again.energy_ws == pytest.approx(6000.0 * 320)
    slow = Now(utc=then.utc + timedelta(seconds=120), monotonic_s=50.0)
    again = look(revived_peak(from_plain(KeptPeak, text, 1), QUARTER_S, slow), PeakSeen(power_w=0.0), QUARTER_S, slow)
    assert again.energy_ws == pytest.approx(6000.0 * 300)
    assert again.unseen_s == pytest.approx(120.0)
    later = Now(utc=then.utc + timedelta(seconds=900), monotonic_s=50.0)
    again = look(revived_peak(from_plain(KeptPeak, text, 1), QUARTER_S, later), PeakSeen(power_w=0.0), QUARTER_S, later)
    assert again.energy_ws == 0.0
    assert again.unseen_s == pytest.approx(300.0)


def test_interval_of_another_length_or_that_nobody_saw_is_not_kept() -> None:
    now = Now(utc=START, monotonic_s=1000.0)
    assert kept_peak(PeakState(), QUARTER_S, now) is None
    assert revived_peak(None, QUARTER_S, now) == PeakState()
    kept = kept_peak(look(PeakState(), PeakSeen(power_w=1.0), QUARTER_S, now), QUARTER_S, now)
    assert revived_peak(kept, 3600.0, now) == PeakState()


@pytest.mark.parametrize(
    ("into_s", "off_w", "stays"),
    [
        (300, -250.0, False),
        (300, -150.0, True),
        (300, 750.0, True),
        (870, -150.0, False),
        (870, -40.0, True),
        (870, 150.0, True),
        (870, 750.0, False),
    ],
)
def test_what_the_cars_were_given_stays_while_it_is_about_right_and_less_so_towards_the_end(
    into_s: int, off_w: float, stays: bool
) -> None:
    now = Now(utc=START, monotonic_s=50.0)
    state = PeakState()
    for second in range(0, into_s + 1, 30):
        state = look(state, PeakSeen(power_w=6000.0, cars_w=5000.0), QUARTER_S, now.later(second))
    free = allowed(state, 6000.0, QUARTER_S, now.later(into_s))
    assert free is not None
    held_w = free.cars_w - off_w
    answer = allowed(replace(state, held_w=held_w), 6000.0, QUARTER_S, now.later(into_s))
    assert answer is not None
    assert answer.cars_w == pytest.approx(held_w if stays else free.cars_w)
