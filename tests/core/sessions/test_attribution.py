"""Whose a session is: the card says it, else the vehicle's own signs, else the charger, else a person."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.id_token import IdToken
from custom_components.ev_sessions.core.sessions.attribution import (
    ASK_AFTER,
    NOBODYS,
    Attribution,
    FoundBy,
    Signs,
    TokenOwner,
    VehicleSigns,
    after_change,
    attribute,
    change_of,
    is_to_be_asked,
)
from custom_components.ev_sessions.core.sessions.session import EndReason

SIX = datetime(2026, 11, 19, 18, 0, tzinfo=UTC)
CARD, OTHER = IdToken(value="AA11"), IdToken(value="BB22")


def at(seconds: float) -> datetime:
    return SIX + timedelta(seconds=seconds)


def car(name: str = "blue", **signs: Any) -> VehicleSigns:
    return VehicleSigns(id=name, **signs)


def signs(*vehicles: VehicleSigns, after_s: float = 10, energy_kwh: float = 0.0, **more: Any) -> Signs:
    return Signs(
        started_at=SIX, now=at(after_s), energy_mwh=round(energy_kwh * 1_000_000), vehicles=tuple(vehicles), **more
    )


def vehicle_of(known: Attribution) -> tuple[str | None, str | None]:
    return known.vehicle_id, known.vehicle_by


def payer_of(known: Attribution) -> tuple[str | None, str | None]:
    return known.payer_id, known.payer_by


def test_a_card_names_vehicle_and_payer_before_all_signs() -> None:
    token = TokenOwner(token=CARD, vehicle_id="blue", payer_id="anna")
    known = attribute(
        NOBODYS, signs(car("blue", payer_id="employer"), car("red", plugged=True, plugged_at=SIX), token=token)
    )
    assert vehicle_of(known) == ("blue", "token")
    assert payer_of(known) == ("anna", "token")
    assert known.token == CARD


def test_a_card_that_only_pays_leaves_the_vehicle_to_the_signs() -> None:
    token = TokenOwner(token=CARD, payer_id="anna")
    known = attribute(NOBODYS, signs(car("red", plugged=True, plugged_at=at(5), payer_id="ben"), token=token))
    assert (vehicle_of(known), payer_of(known)) == (("red", "plug"), ("anna", "token"))


@pytest.mark.parametrize(("turned_s", "named"), [(-61, False), (-60, True), (0, True), (60, True), (61, False)])
def test_a_plug_that_turns_on_within_a_minute_names_the_vehicle(turned_s: float, named: bool) -> None:
    known = attribute(NOBODYS, signs(car(plugged=True, plugged_at=at(turned_s)), after_s=100))
    assert vehicle_of(known) == (("blue", "plug") if named else (None, None))


@pytest.mark.parametrize("plugged", [False, None])
def test_a_plug_that_turns_off_within_that_minute_names_nobody(plugged: bool | None) -> None:
    assert vehicle_of(attribute(NOBODYS, signs(car(plugged=plugged, plugged_at=SIX)))) == (None, None)


@pytest.mark.parametrize(
    ("before", "now", "energy_kwh", "battery_kwh", "named"),
    [
        (40, 45, 3.0, 60, True),  # five percent, as expected
        (40, 42, 3.0, 60, True),  # it shows late
        (40, 41, 3.0, 60, False),  # it wanders by one
        (40, 45, 0.4, 60, False),  # no energy of ours
        (40, 60, 3.0, 60, False),  # four times what we gave: it charges elsewhere
        (40, 42, 20.0, 60, False),  # far less than what we gave
        (40, 58, 30.0, 60, True),  # of fifty percent: two fifths, less what whole percents may hide at both ends
        (40, 57, 30.0, 60, False),
        (40, 74, 12.0, 60, True),  # of twenty percent: three fifths more, and what whole percents may hide
        (40, 75, 12.0, 60, False),
        (40, 42, 0.5, None, True),  # half a kilowatt hour is the least that tells
        (40, 45, 3.0, None, True),
        (None, 45, 3.0, 60, False),
        (40, None, 3.0, 60, False),
    ],
)
def test_a_battery_that_rises_with_our_energy_names_the_vehicle(
    before: float | None, now: float | None, energy_kwh: float, battery_kwh: float | None, named: bool
) -> None:
    vehicle = car(soc_before=before, soc_percent=now, battery_kwh=battery_kwh)
    known = attribute(NOBODYS, signs(vehicle, car("red"), energy_kwh=energy_kwh))
    assert vehicle_of(known) == (("blue", "soc") if named else (None, None))


def test_the_only_vehicle_that_is_there_is_the_one() -> None:
    away = car("red", tracked=True, present=False)
    there = car(tracked=True, present=True)
    assert vehicle_of(attribute(NOBODYS, signs(there, away))) == ("blue", "presence")
    assert vehicle_of(attribute(NOBODYS, signs(there, replace(away, present=True)))) == (None, None)
    # A place that is not known excludes nobody; one that is not looked for is not asked.
    assert vehicle_of(attribute(NOBODYS, signs(there, replace(away, present=None)))) == (None, None)
    assert vehicle_of(attribute(NOBODYS, signs(there, car("old")))) == ("blue", "presence")
    assert vehicle_of(attribute(NOBODYS, signs(replace(there, present=None)))) == (None, None)


def test_a_vehicle_that_is_unplugged_or_charges_elsewhere_is_not_the_one() -> None:
    there = car(tracked=True, present=True)
    assert vehicle_of(attribute(NOBODYS, signs(replace(there, plugged=False)))) == (None, None)
    assert vehicle_of(attribute(NOBODYS, signs(replace(there, busy=True)))) == (None, None)


def test_of_two_that_were_plugged_in_at_once_the_battery_tells() -> None:
    blue = car(plugged=True, plugged_at=SIX, soc_before=40, soc_percent=40)
    red = car("red", plugged=True, plugged_at=at(20), soc_before=50, soc_percent=53)
    third = car("third", soc_before=10, soc_percent=13)
    assert vehicle_of(attribute(NOBODYS, signs(blue, red, third))) == (None, None)
    assert vehicle_of(attribute(NOBODYS, signs(blue, red, third, energy_kwh=2))) == ("red", "soc")


def test_the_chargers_default_counts_until_a_sign_says_otherwise() -> None:
    given_: dict[str, Any] = {"default_vehicle_id": "red", "default_payer_id": "ben"}
    first = attribute(NOBODYS, signs(car(soc_before=40, soc_percent=40), **given_))
    assert (vehicle_of(first), payer_of(first)) == (("red", "charger"), ("ben", "charger"))
    later = attribute(first, signs(car(soc_before=40, soc_percent=45, payer_id="anna"), energy_kwh=3, **given_))
    assert (vehicle_of(later), payer_of(later)) == (("blue", "soc"), ("anna", "vehicle"))
    # What was known surely does not become less so.
    assert vehicle_of(attribute(later, signs(car(), **given_))) == ("blue", "soc")
    # Nor does it change for another that is known just as surely: who came first is the one.
    other = car("red", soc_before=40, soc_percent=45)
    assert vehicle_of(attribute(later, signs(other, energy_kwh=3, **given_))) == ("blue", "soc")


def test_who_began_the_charge_pays_where_neither_card_nor_vehicle_says() -> None:
    known = attribute(NOBODYS, signs(car(), starter_payer_id="anna", default_payer_id="ben"))
    assert payer_of(known) == ("anna", "starter")


def test_a_persons_word_stays() -> None:
    said = Attribution(vehicle_id="red", vehicle_by=FoundBy.PERSON, payer_id=None, payer_by=FoundBy.PERSON)
    token = TokenOwner(token=CARD, vehicle_id="blue", payer_id="anna")
    assert attribute(said, signs(car(), token=token)) == replace(said, token=CARD)


def test_another_card_begins_another_session_and_the_same_one_does_not() -> None:
    known = attribute(NOBODYS, signs(token=TokenOwner(token=CARD)))
    assert change_of(known, signs(token=TokenOwner(token=OTHER))) is EndReason.TOKEN_CHANGED
    assert change_of(known, signs(token=TokenOwner(token=IdToken(value="aa11", type="Central")))) is None
    assert change_of(known, signs()) is None
    # The first card names the whole session.
    assert change_of(NOBODYS, signs(token=TokenOwner(token=CARD))) is None
    later = signs(token=TokenOwner(token=OTHER, vehicle_id="red"))
    assert after_change(known, later, EndReason.TOKEN_CHANGED) == Attribution(
        token=OTHER, vehicle_id="red", vehicle_by=FoundBy.TOKEN
    )


def test_another_vehicle_begins_another_session_once_one_has_gone_and_one_has_come() -> None:
    known = Attribution(token=CARD, vehicle_id="blue", vehicle_by=FoundBy.PLUG)
    gone = car(plugged=False, plugged_at=at(600))
    came = car("red", plugged=True, plugged_at=at(700), payer_id="ben")
    assert change_of(known, signs(gone, came, after_s=710)) is EndReason.VEHICLE_CHANGED
    at_once = signs(gone, replace(came, plugged_at=gone.plugged_at), after_s=710)
    assert change_of(known, at_once) is EndReason.VEHICLE_CHANGED
    after = after_change(known, signs(gone, came, after_s=710), EndReason.VEHICLE_CHANGED)
    assert (vehicle_of(after), payer_of(after), after.token) == (("red", "plug"), ("ben", "vehicle"), CARD)
    for other in (
        signs(gone, after_s=710),  # nobody came
        signs(came, after_s=710),  # nobody is known to have gone
        signs(replace(gone, plugged_at=at(-5)), came),  # it was never plugged in, by its own word
        signs(replace(gone, plugged_at=SIX), came),  # it was gone when the session began
        signs(replace(gone, plugged_at=None), came),
        signs(replace(gone, plugged=None), came),
        signs(gone, replace(came, plugged_at=at(300))),  # that one was plugged in before, elsewhere
        signs(gone, replace(came, plugged_at=None)),
        signs(gone, replace(came, busy=True)),
        signs(gone, replace(came, plugged=False)),  # that one has gone as well
        signs(gone, replace(came, plugged=None)),
        signs(gone, came, replace(came, id="third")),
    ):
        assert change_of(known, other) is None


@pytest.mark.parametrize(
    "first",
    [
        car(plugged=False, plugged_at=at(600)),
        car(plugged=True, plugged_at=at(650)),  # it charges elsewhere by now
        car(plugged_at=None),
    ],
)
def test_who_came_after_the_one_that_went_is_the_vehicle_of_the_next_session(first: VehicleSigns) -> None:
    known = Attribution(token=CARD, vehicle_id="blue", vehicle_by=FoundBy.PLUG)
    came = car("red", plugged=True, plugged_at=at(700))
    elsewhere = car("green", plugged=True, plugged_at=at(300 if first.plugged_at else -300))
    after = after_change(known, signs(elsewhere, first, came, after_s=710), EndReason.VEHICLE_CHANGED)
    assert (vehicle_of(after), after.token) == (("red", "plug"), CARD)


def test_after_a_change_that_cannot_be_seen_any_more_the_signs_begin_anew() -> None:
    known = Attribution(token=CARD, vehicle_id="blue", vehicle_by=FoundBy.PLUG)
    after = after_change(known, signs(default_vehicle_id="red"), EndReason.VEHICLE_CHANGED)
    assert (vehicle_of(after), after.token) == (("red", "charger"), CARD)


def test_a_person_is_asked_where_nothing_says_it_in_time() -> None:
    wait_s = 180.0
    assert timedelta(seconds=wait_s) == ASK_AFTER
    assert not is_to_be_asked(NOBODYS, signs(car(), after_s=wait_s - 1))
    assert is_to_be_asked(NOBODYS, signs(car(), after_s=wait_s))
    # Nobody is asked who has no vehicles, nor where it is known who pays, or was said to be nobody's.
    assert not is_to_be_asked(NOBODYS, signs(after_s=wait_s))
    assert not is_to_be_asked(Attribution(payer_id="anna", payer_by=FoundBy.TOKEN), signs(car(), after_s=wait_s))
    assert not is_to_be_asked(Attribution(vehicle_by=FoundBy.PERSON), signs(car(), after_s=wait_s))


INSTANTS = st.integers(-200, 900).map(at)
LEVELS = st.none() | st.integers(0, 100).map(float)
VEHICLES = st.lists(
    st.builds(
        VehicleSigns,
        id=st.sampled_from("abcde"),
        payer_id=st.none() | st.sampled_from("xyz"),
        tracked=st.booleans(),
        present=st.none() | st.booleans(),
        plugged=st.none() | st.booleans(),
        plugged_at=st.none() | INSTANTS,
        soc_before=LEVELS,
        soc_percent=LEVELS,
        battery_kwh=st.none() | st.floats(0, 200),
        busy=st.booleans(),
    ),
    max_size=5,
    unique_by=lambda one: one.id,
)
TOKENS = st.none() | st.builds(
    TokenOwner,
    token=st.sampled_from((CARD, OTHER)),
    vehicle_id=st.none() | st.sampled_from("abcde"),
    payer_id=st.none() | st.sampled_from("xyz"),
)
ALL_SIGNS = st.builds(
    Signs,
    started_at=st.just(SIX),
    now=INSTANTS,
    energy_mwh=st.integers(0, 60_000_000),
    token=TOKENS,
    vehicles=VEHICLES.map(tuple),
    default_vehicle_id=st.none() | st.sampled_from("abcde"),
    default_payer_id=st.none() | st.sampled_from("xyz"),
)


@given(all_signs=ALL_SIGNS, data=st.data())
def test_the_order_of_vehicles_says_nothing_and_a_second_look_changes_nothing(all_signs: Signs, data: Any) -> None:
    known = attribute(NOBODYS, all_signs)
    other = replace(all_signs, vehicles=tuple(data.draw(st.permutations(all_signs.vehicles))))
    assert attribute(NOBODYS, other) == known
    assert attribute(known, other) == known
    assert change_of(known, other) == change_of(known, all_signs)


@given(looks=st.lists(ALL_SIGNS, min_size=1, max_size=5))
def test_what_is_known_never_becomes_less_sure(looks: list[Signs]) -> None:
    surest = [FoundBy.CHARGER, FoundBy.PRESENCE, FoundBy.SOC, FoundBy.PLUG, FoundBy.TOKEN, FoundBy.PERSON]
    known, before = NOBODYS, -1
    for one in looks:
        known = attribute(known, one)
        now = -1 if known.vehicle_by is None else surest.index(known.vehicle_by)
        assert now >= before
        before = now
