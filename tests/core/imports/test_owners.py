"""Whose an imported session is: by name, plate or card, never by a guess."""

from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.imports.owners import (
    Card,
    FoundOwner,
    KnownOwners,
    SaidOwner,
    Thing,
    kept_in_note,
    plain_word,
)
from custom_components.ev_sessions.core.imports.values import RefusedRowError, Row
from custom_components.ev_sessions.core.sessions.attribution import FoundBy

BLUE = Thing(id="blue", words=("Blue", "B-EV 42"), payer_id="anna")
RED = Thing(id="red", words=("Red", "Old name"))
ANNA = Thing(id="anna", words=("Anna Berg",))
KNOWN = KnownOwners(
    vehicles=(BLUE, RED),
    payers=(ANNA, Thing(id="firm", words=("Firm",))),
    cards={
        "04A2B3": Card(id="card-1", vehicle_id="red"),
        "77": Card(id="card-2", payer_id="firm"),
        "88": Card(id="card-3"),
    },
)


def found(known: KnownOwners = KNOWN, **said: str) -> FoundOwner:
    return known.finder().find(SaidOwner(**said))  # type: ignore[arg-type]  # words only


@pytest.mark.parametrize("word", ["Blue", " blue ", "b ev 42", "B-EV-42"])
def test_a_vehicle_goes_by_its_name_and_its_plate_however_they_are_written(word: str) -> None:
    one = found(vehicle=word)
    assert (one.vehicle_id, one.vehicle_by) == ("blue", FoundBy.PERSON)
    assert (one.payer_id, one.payer_by) == ("anna", FoundBy.VEHICLE)
    assert one.unknown == ()


def test_a_name_may_stand_where_a_program_has_its_identifier() -> None:
    assert found(id_token="B-EV 42").vehicle_id == "blue"
    assert found(id_token="anna berg").payer_id == "anna"
    assert found(id_token="anna berg").unknown == ()


def test_a_card_tells_of_its_vehicle_and_of_its_payer() -> None:
    one = found(id_token="04a2b3")
    assert (one.vehicle_id, one.vehicle_by, one.id_token_id) == ("red", FoundBy.TOKEN, "card-1")
    assert (one.payer_id, one.payer_by) == (None, None)
    two = found(id_token="77", vehicle="Blue")
    assert (two.vehicle_id, two.vehicle_by) == ("blue", FoundBy.PERSON)
    assert (two.payer_id, two.payer_by) == ("firm", FoundBy.TOKEN)
    assert found(vehicle="77").unknown == ()
    assert found(id_token="88") == FoundOwner(id_token_id="card-3")


def test_what_nobody_goes_by_is_told_with_its_field() -> None:
    one = found(vehicle="Roadster", payer="Bo", id_token="99")
    assert one == FoundOwner(unknown=(("vehicle", "Roadster"), ("payer", "Bo"), ("id_token", "99")))


def test_what_two_go_by_is_neithers_and_the_removed_come_last() -> None:
    twins = KnownOwners(vehicles=(BLUE, Thing(id="other", words=("blue",))))
    assert found(twins, vehicle="Blue").unknown == (("vehicle", "Blue"),)
    gone = Thing(id="gone", words=("Blue", "Grey"), archived=True)
    assert found(KnownOwners(vehicles=(gone, BLUE)), vehicle="Blue").vehicle_id == "blue"
    assert found(KnownOwners(vehicles=(gone, BLUE)), vehicle="Grey").vehicle_id == "gone"
    # Also where two that are there share what one that is gone went by.
    both = KnownOwners(vehicles=(gone, BLUE, Thing(id="other", words=("blue",))))
    assert found(both, vehicle="Blue").vehicle_id is None


def test_nothing_said_finds_nobody() -> None:
    assert found() == FoundOwner()
    assert found(KnownOwners(vehicles=(Thing(id="x", words=("", "-")),)), vehicle="?").vehicle_id is None


@pytest.mark.parametrize(
    ("note", "program", "unknown", "kept"),
    [
        (None, None, (), None),
        ("note", "evcc", (), "note"),
        (None, "evcc", (("vehicle", "Roadster"), ("id_token", "99")), "evcc: Roadster, 99"),
        ("note", None, (("payer", "Bo"), ("id_token", "Bo")), "note; Bo"),
    ],
)
def test_the_note_keeps_what_nobody_goes_by(
    note: str | None, program: str | None, unknown: tuple[tuple[str, str], ...], kept: str | None
) -> None:
    assert kept_in_note(note, program, unknown) == kept


def test_a_record_says_whose_it_is_and_how_full_and_how_far() -> None:
    row = Row({"vehicle": "Blue", "id_token": "…A2B3", "soc_start": "40", "soc_end": 60.5, "odometer_km": "12345.6"})
    assert SaidOwner.read(row) == SaidOwner(
        vehicle="Blue", soc_start_percent=40.0, soc_end_percent=60.5, odometer_km=12345.6
    )


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"soc_start": 101}, "soc_start_not_understood"),
        ({"soc_end": "half"}, "soc_end_not_understood"),
        ({"odometer_km": -1}, "odometer_km_not_understood"),
        ({"vehicle": 5}, "vehicle_not_understood"),
    ],
)
def test_what_cannot_be_is_refused_by_its_name(values: dict[str, Any], reason: str) -> None:
    with pytest.raises(RefusedRowError) as error:
        SaidOwner.read(Row(values))
    assert error.value.reason == reason


@given(st.text(max_size=12), st.text(max_size=12), st.text(max_size=12))
def test_a_word_is_found_or_told_and_never_both(vehicle: str, payer: str, token: str) -> None:
    one = found(vehicle=vehicle, payer=payer, id_token=token)
    told = dict(one.unknown)
    for name, word, words in (
        ("vehicle", vehicle, ("blue", "bev42", "red", "oldname")),
        ("payer", payer, ("annaberg",)),
    ):
        if name in told:
            assert told[name] == word
            assert plain_word(word) not in words
