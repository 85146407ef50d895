"""A register that shows nonsense now and then: what is counted in the end is what was used."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from hypothesis import given, strategies as st

from custom_components.ev_sessions.core.sessions.tracking.register import RegisterState, clean, first_sample

KWH = 1_000_000
SECOND = 1_000_000
CAR_W = 11_000


@dataclass
class Wall:
    """A charger's register of so many mWh a step that reports each `every_s`, and is sometimes wrong."""

    step_mwh: int
    every_s: float
    used_mwh: int
    at_us: int = 0
    shown_mwh: int = field(init=False)
    start_mwh: int = field(init=False)
    state: RegisterState = field(init=False)

    def __post_init__(self) -> None:
        self.shown_mwh = self.start_mwh = self.used_mwh // self.step_mwh * self.step_mwh
        self.state = first_sample(self.shown_mwh, 0)
        self.state = clean(self.state, self.shown_mwh, 0, CAR_W)[0]

    def pass_by(self, power_w: int) -> None:
        """Let a report's time go by while a car draws."""
        self.at_us += round(self.every_s * SECOND)
        self.used_mwh += round(power_w * self.every_s / 3.6)
        self.shown_mwh = self.used_mwh // self.step_mwh * self.step_mwh

    def report(self, value_mwh: int) -> None:
        """Report a value, true or not."""
        before = self.state
        self.state, increment, _ = clean(self.state, value_mwh, self.at_us, CAR_W)
        counted_mwh = 0 if increment is None else increment.energy_mwh
        assert self.state.total_mwh == before.total_mwh + counted_mwh
        assert counted_mwh >= 0

    @property
    def counted_mwh(self) -> int:
        """What has been counted since the beginning."""
        return self.state.total_mwh - self.start_mwh

    def plausible(self, value_mwh: int) -> bool:
        """Whether a wild value is one that the register might truly show: then nobody can know better."""
        rise_mwh = value_mwh - self.state.value_mwh
        return 0 <= rise_mwh <= self.state.cap_mwh(self.at_us, CAR_W)


#: What registers show by mistake, by what they should show.
MISTAKES: dict[str, Callable[[int, Random], int]] = {
    "zero": lambda true_mwh, random: 0,
    "little": lambda true_mwh, random: random.randrange(300) * 1_000,
    "tenfold": lambda true_mwh, random: true_mwh * 10,
    "tenth": lambda true_mwh, random: true_mwh // 10,
    "offset": lambda true_mwh, random: true_mwh + random.randrange(20, 4_000) * KWH,
    "behind": lambda true_mwh, random: true_mwh - random.randrange(20, 4_000) * KWH,
    "word": lambda true_mwh, random: 2**32 * 1_000 - random.randrange(3) * 1_000,
    "negative": lambda true_mwh, random: -true_mwh,
}
WILD = st.sampled_from(sorted(MISTAKES))


@given(
    seed=st.integers(0, 2**32),
    step_mwh=st.sampled_from((1_000, 10_000, 100_000, KWH)),
    every_s=st.sampled_from((1, 10, 60, 300, 900)),
    bursts=st.lists(st.tuples(WILD, WILD, st.integers(1, 3), st.integers(1, 6), st.booleans()), max_size=4),
    power_w=st.sampled_from((0, 1_400, 7_400, 11_000)),
)
def test_wild_values_once_twice_or_three_times_cost_no_energy_and_invent_none(
    seed: int,
    step_mwh: int,
    every_s: int,
    bursts: list[tuple[str, str, int, int, bool]],
    power_w: int,
) -> None:
    random = Random(seed)
    wall = Wall(step_mwh, every_s, random.randrange(3_000, 40_000) * KWH)
    for kind, other, length, sane, same in bursts:
        value_mwh = MISTAKES[kind](wall.shown_mwh, random)
        for place in range(length):
            wall.pass_by(power_w)
            if place and not same:
                value_mwh = MISTAKES[other](wall.shown_mwh, random)
            if wall.plausible(value_mwh):
                break
            wall.report(value_mwh)
        for _ in range(sane):
            wall.pass_by(power_w)
            wall.report(wall.shown_mwh)
    # What was counted on a glitch is not lost: it comes off what is used next.
    enough_mwh = wall.shown_mwh + 4 * step_mwh + 8 * KWH
    while wall.shown_mwh < enough_mwh:
        wall.pass_by(CAR_W)
        wall.report(wall.shown_mwh)
    assert wall.counted_mwh == wall.shown_mwh - wall.start_mwh
