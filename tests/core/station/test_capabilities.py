"""What a station says about itself decides what is tried, and in which unit."""

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.station.capabilities import (
    Capabilities,
    Feature,
    ProfilePurpose,
    RateUnit,
    VendorLimit,
)


def test_of_a_station_that_says_nothing_everything_is_worth_a_try() -> None:
    silent = Capabilities()
    assert all(silent.supports(feature) for feature in Feature)
    assert silent.holds_periods(2)
    assert silent.evse_count == 1
    assert silent.rate_unit is RateUnit.AMPERE
    assert silent.purposes[0] is ProfilePurpose.TX


def test_what_a_station_leaves_out_is_not_tried() -> None:
    plain = Capabilities(features=frozenset({Feature.SMART_CHARGING}), max_periods=1, connectors=(1, 2))
    assert plain.supports(Feature.SMART_CHARGING)
    assert not plain.supports(Feature.RESERVATION)
    assert plain.holds_periods(1)
    assert not plain.holds_periods(2)
    assert plain.evse_count == 2


@pytest.mark.parametrize(
    ("units", "unit"),
    [
        ((RateUnit.WATT, RateUnit.AMPERE), RateUnit.AMPERE),
        ((RateUnit.WATT,), RateUnit.WATT),
        ((), RateUnit.AMPERE),
    ],
)
def test_limits_are_told_in_amperes_where_the_station_takes_them(units: tuple[RateUnit, ...], unit: RateUnit) -> None:
    assert Capabilities(rate_units=units).rate_unit is unit


@given(
    st.builds(
        Capabilities,
        connectors=st.lists(st.integers(1, 3), min_size=1).map(tuple),
        features=st.none() | st.frozensets(st.sampled_from(Feature)),
        rate_units=st.lists(st.sampled_from(RateUnit), unique=True).map(tuple),
        purposes=st.lists(st.sampled_from(ProfilePurpose), unique=True).map(tuple),
        max_periods=st.none() | st.integers(1, 99),
        vendor_limit=st.none() | st.builds(VendorLimit, key=st.text(max_size=5), per_a=st.integers(1, 9)),
        plug_and_charge_token=st.none() | st.text(max_size=5),
    )
)
def test_what_it_can_is_kept_until_it_can_be_asked_again(can: Capabilities) -> None:
    assert Capabilities.from_json(can.to_json()) == can


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version":0}', '{"version":1,"what":1}'])
def test_what_is_no_such_record_is_not_taken_for_one(text: str) -> None:
    with pytest.raises(ValueError, match="Capabilities"):
        Capabilities.from_json(text)


@given(st.floats(0, 80), st.sampled_from([1, 10, 1000]))
def test_a_vendor_setting_never_allows_more_than_the_limit(limit_a: float, per_a: int) -> None:
    written = VendorLimit(key="MaxAvailableCurrent", per_a=per_a).value(limit_a)
    assert int(written) <= limit_a * per_a < int(written) + 1
