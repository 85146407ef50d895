"""What a percent of a battery takes, also where its level is told wrongly now and then."""

from collections.abc import Iterable

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.vehicles.battery import Battery, believable_percent, seen

#: 700 Wh for a percent.
A_PERCENT = 700_000


def after(*looks: tuple[float, float]) -> Battery:
    """Return what is known after looks at a level and the session's energy, in % and kWh."""
    battery = None
    for percent, energy_kwh in looks:
        battery = seen(battery, percent, round(energy_kwh * 1_000_000))
    assert battery is not None
    return battery


def charge(first: int, last: int) -> Iterable[tuple[float, float]]:
    """Yield the looks at a charge in which all is right."""
    return ((percent, 0.7 * (percent - first)) for percent in range(first, last + 1))


@pytest.mark.parametrize(
    ("told", "believed"), [(0, 0), (100, 100), (-1, None), (100.1, None), (255, None), (None, None)]
)
def test_level_is_from_empty_to_full(told: float | None, believed: float | None) -> None:
    assert believable_percent(told) == believed
    assert believable_percent(float("nan")) is None


def test_it_is_known_once_two_percent_have_passed_between_changes() -> None:
    assert after((50, 0), (51, 0.3), (52, 1.0)).left_mwh(80, 1_000_000) is None
    known = after((50, 0), (51, 0.3), (52, 1.0), (53, 1.7))
    assert known.mwh_per_percent == A_PERCENT
    assert known.left_mwh(80, 1_700_000) == 27 * A_PERCENT
    assert known.left_mwh(200, 2_000_000) == 47 * A_PERCENT - 300_000
    assert known.left_mwh(10, 2_000_000) == 0.0


@pytest.mark.parametrize("wrong", [0.0, 0.6, 20.0, 97.0])
@pytest.mark.parametrize("before", [(), *([tuple(charge(50, last))] for last in (50, 51, 52, 56))])
def test_level_that_cannot_be_says_nothing_of_what_a_percent_takes(
    wrong: float, before: Iterable[Iterable[tuple[float, float]]]
) -> None:
    """A fraction in place of percents, nothing at all, and a level of yesterday."""
    looks = [one for part in before for one in part]
    last = len(looks) and 49 + len(looks)
    then = [(percent, energy_kwh) for percent, energy_kwh in charge(50, 70) if percent >= last]
    known = after(*looks, (wrong, then[0][1]), *then)
    assert known.mwh_per_percent == pytest.approx(A_PERCENT)


def test_what_was_learned_stays_until_another_level_has_shown_as_much() -> None:
    """A car that slept told where it was yesterday, and then tells where it is."""
    before = [*charge(60, 64), (31, 3.0)]
    known = after(*before, (32, 3.8))
    assert (known.soc_percent, known.left_mwh(80, 2_800_000)) == (32, 16 * A_PERCENT)
    known = after(*before, (32, 3.8), (33, 4.6))
    assert known.left_mwh(80, 4_600_000) == 47 * 800_000


@given(
    wrongs=st.lists(st.tuples(st.integers(0, 45), st.floats(0, 100), st.integers(1, 4)), max_size=6),
    first=st.integers(5, 40),
)
def test_wrong_levels_leave_what_a_percent_takes_near_the_truth(
    wrongs: list[tuple[int, float, int]], first: int
) -> None:
    """Whatever is shown for a few percent, after twenty right ones it is known again."""
    looks = [(float(percent), energy_kwh) for percent, energy_kwh in charge(first, first + 59)]
    shown = list(looks)
    for place, wrong, length in wrongs:
        for at in range(place, min(place + length, 39)):
            shown[at] = (wrong, looks[at][1])
    known = after(*shown)
    assert known.mwh_per_percent is not None
    assert A_PERCENT / 3 < known.mwh_per_percent < A_PERCENT * 3
