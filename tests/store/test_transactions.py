"""Transactions under ids that never come twice, in the sessions that they are part of."""

from datetime import timedelta
from pathlib import Path
import shutil
from typing import Any
from unittest.mock import patch

import pytest

from custom_components.ev_sessions.core.id_token import IdToken, TokenState
from custom_components.ev_sessions.core.sessions.session import EndReason
from custom_components.ev_sessions.core.sessions.transaction import TimedBy
from custom_components.ev_sessions.store import (
    Kind,
    Ledger,
    LedgerError,
    RefusedEditError,
    SessionFilter,
    SignedRecord,
    StoredTransaction,
    TokenWish,
    TransactionChange,
    TransactionStart,
    UnknownRecordError,
)

from .builders import NOON, QUARTER, SITE_ID, WAIT_S, add_charger, add_session, add_site, opened

CARD = IdToken(value="04a2b3c4d5")
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


def charger_of(ledger: Ledger, evse_id: str) -> str:
    return next(one.id for one in ledger.chargers().result(WAIT_S) if evse_id in one.evse_ids.values())


def begin(ledger: Ledger, evse_id: str, **more: Any) -> int:
    known: dict[str, Any] = {"evse_id": evse_id, "start": NOON, "meter_start_mwh": 0, "token": CARD}
    return ledger.start_transaction(TransactionStart(**(known | more))).result(WAIT_S)


def change(ledger: Ledger, evse_id: str, station_id: str, **more: Any) -> StoredTransaction:
    told = TransactionChange(evse_id=evse_id, station_transaction_id=station_id, **more)
    return ledger.put_transaction(told).result(WAIT_S)


def session_ids(ledger: Ledger, charger_id: str, station_id: str) -> str | None:
    found = ledger.transaction(station_id, charger_id).result(WAIT_S)
    assert found is not None
    return found.session_id


def test_start_that_is_sent_again_gets_the_same_answer_and_no_other_does(ledger: Ledger, garage: str) -> None:
    yard = add_charger(ledger, "yard")
    first = begin(ledger, garage, told_at=NOON - 5 * MINUTE)
    assert 0 < first < 2**31
    # Meanwhile more is known of the station's clock.
    assert begin(ledger, garage, start=NOON + MINUTE, told_at=NOON - 5 * MINUTE) == first
    others = [
        begin(ledger, garage, told_at=NOON - 5 * MINUTE, meter_start_mwh=1),
        begin(ledger, garage, told_at=NOON - 5 * MINUTE, token=None),
        begin(ledger, garage, told_at=NOON - 4 * MINUTE),
        begin(ledger, yard, told_at=NOON - 5 * MINUTE),
    ]
    assert len({first, *others}) == 5


def test_start_without_a_time_that_is_sent_again_is_the_same_for_as_long_as_it_goes_on(
    ledger: Ledger, garage: str
) -> None:
    first = begin(ledger, garage, timed_by=TimedBy.ARRIVAL)
    assert begin(ledger, garage, timed_by=TimedBy.ARRIVAL, start=NOON + MINUTE) == first
    assert begin(ledger, garage, timed_by=TimedBy.ARRIVAL, start=NOON + 90 * MINUTE) != first
    change(ledger, garage, str(first), end=NOON + 2 * MINUTE)
    other = begin(ledger, add_charger(ledger, "yard"), timed_by=TimedBy.ARRIVAL, start=NOON + 3 * MINUTE)
    assert begin(ledger, garage, timed_by=TimedBy.ARRIVAL, start=NOON + 4 * MINUTE) not in {first, other}


def test_start_by_a_clock_that_stands_still_is_another_once_the_last_has_ended(ledger: Ledger, garage: str) -> None:
    stands: dict[str, Any] = {"timed_by": TimedBy.ARRIVAL, "told_at": NOON - 365 * 24 * 60 * MINUTE}
    first = begin(ledger, garage, **stands)
    assert begin(ledger, garage, start=NOON + MINUTE, **stands) == first
    change(ledger, garage, str(first), end=NOON + 2 * MINUTE)
    assert begin(ledger, garage, start=NOON + 4 * MINUTE, **stands) != first


def test_two_connectors_that_start_in_the_same_second_get_two_ids(ledger: Ledger, garage: str) -> None:
    assert begin(ledger, garage) != begin(ledger, add_charger(ledger, "yard"))


def test_id_that_is_taken_is_not_given_again(ledger: Ledger, garage: str) -> None:
    with patch("custom_components.ev_sessions.store.transactions.secrets.randbelow", side_effect=[6, 6, 8]):
        assert begin(ledger, garage) == 7
        assert begin(ledger, garage, start=NOON + MINUTE) == 9


def test_id_is_on_the_disk_before_it_is_answered(tmp_path: Path) -> None:
    ledger = opened(tmp_path)
    add_site(ledger)
    garage = add_charger(ledger)
    station_id = begin(ledger, garage)
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    for path in tmp_path.glob("ev_sessions.db*"):
        shutil.copy(path, crashed)
    ledger.close()
    again = opened(crashed)
    found = again.transaction(str(station_id), charger_of(again, garage)).result(WAIT_S)
    again.close()
    assert found is not None
    assert (found.transaction.start, found.transaction.token, found.evse_number) == (NOON, CARD, 1)


def test_transaction_belongs_to_the_session_whichever_of_both_comes_first(ledger: Ledger, garage: str) -> None:
    charger = charger_of(ledger, garage)
    early = str(begin(ledger, garage, start=NOON + MINUTE))
    assert session_ids(ledger, charger, early) is None
    session = add_session(ledger, garage)
    assert session_ids(ledger, charger, early) == session.id
    late = change(ledger, garage, "uuid-2", start=NOON + 20 * MINUTE, end=NOON + 30 * MINUTE)
    assert late.session_id == session.id
    own = ledger.transactions_of((session.id, "nobody's")).result(WAIT_S)
    assert {key: [one.transaction.station_transaction_id for one in some] for key, some in own.items()} == {
        session.id: [early, "uuid-2"]
    }


def test_transaction_that_was_over_within_the_second_of_the_plug_belongs_to_the_session(
    ledger: Ledger, garage: str
) -> None:
    # Stations tell whole seconds: a refused card's transaction may be told to have been before the car.
    before = change(ledger, garage, "uuid-1", start=NOON, end=NOON)
    seen_at = NOON + timedelta(milliseconds=600)
    session = add_session(ledger, garage, seen_at, ended=False)
    after = change(ledger, garage, "uuid-2", start=NOON, end=NOON)
    far = change(ledger, garage, "uuid-3", start=NOON - 3 * SECOND, end=NOON - 2 * SECOND)
    found = ledger.transactions_of((session.id,)).result(WAIT_S)[session.id]
    assert {one.id for one in found} == {before.id, after.id}
    assert far.session_id is None


def test_what_becomes_known_later_is_added_and_nothing_is_forgotten(ledger: Ledger, garage: str) -> None:
    change(ledger, garage, "uuid", start=NOON, meter_start_mwh=5_000, timed_by=TimedBy.CORRECTED, token=CARD)
    assert [one.transaction.station_transaction_id for one in open_of(ledger, garage)] == ["uuid"]
    change(ledger, garage, "uuid", end=NOON + QUARTER, meter_end_mwh=9_000, stop_reason="Remote")
    # The station sends its last words again.
    change(ledger, garage, "uuid", end=NOON + QUARTER, meter_end_mwh=9_000, stop_reason="Remote")
    assert change(ledger, garage, "uuid").transaction.timed_by is TimedBy.CORRECTED
    found = ledger.transaction("uuid", charger_of(ledger, garage)).result(WAIT_S)
    assert found is not None
    told = found.transaction
    assert (told.start, told.end, told.meter_start_mwh, told.meter_end_mwh) == (NOON, NOON + QUARTER, 5_000, 9_000)
    assert (told.stop_reason, told.token) == ("Remote", CARD)
    assert open_of(ledger, garage) == ()


def open_of(ledger: Ledger, evse_id: str) -> tuple[StoredTransaction, ...]:
    return ledger.open_transactions(charger_of(ledger, evse_id)).result(WAIT_S)


def test_station_that_counts_from_one_again_has_a_new_transaction(ledger: Ledger, garage: str) -> None:
    change(ledger, garage, "1", start=NOON, end=NOON + QUARTER)
    change(ledger, garage, "1", start=NOON + 8 * QUARTER)
    change(ledger, garage, "1", end=NOON + 9 * QUARTER)
    found = ledger.transaction("1", charger_of(ledger, garage)).result(WAIT_S)
    assert found is not None
    assert (found.transaction.start, found.transaction.end) == (NOON + 8 * QUARTER, NOON + 9 * QUARTER)


def test_stop_of_an_unknown_transaction_is_kept_and_another_charger_has_no_part_in_it(
    ledger: Ledger, garage: str
) -> None:
    change(ledger, garage, "-1", end=NOON + QUARTER, meter_end_mwh=9_000)
    yard = charger_of(ledger, add_charger(ledger, "yard"))
    assert ledger.transaction("-1", yard).result(WAIT_S) is None
    with pytest.raises(LedgerError):
        change(ledger, garage, "nothing")


def test_session_ends_for_the_reason_that_its_last_transaction_gives(ledger: Ledger, garage: str) -> None:
    change(ledger, garage, "a", start=NOON, end=NOON + MINUTE, stop_reason="Local")
    change(ledger, garage, "b", start=NOON + 2 * MINUTE, end=NOON + QUARTER, stop_reason="PowerLoss")
    session = add_session(ledger, garage)
    assert reason_of(ledger, session.id) is EndReason.POWER_LOSS
    # What the tracker says once more takes nothing back.
    add_session(ledger, garage)
    assert reason_of(ledger, session.id) is EndReason.POWER_LOSS
    change(ledger, garage, "b", stop_reason="Remote")
    assert reason_of(ledger, session.id) is EndReason.REMOTE
    change(ledger, garage, "b", stop_reason="Other")
    assert reason_of(ledger, session.id) is EndReason.REMOTE


def reason_of(ledger: Ledger, session_id: str) -> EndReason | None:
    (_, (found,)) = ledger.sessions_page(SessionFilter(session_ids=(session_id,))).result(WAIT_S)
    return found.session.end_reason


def test_session_is_the_cards_with_its_car_and_who_pays(ledger: Ledger, garage: str) -> None:
    vehicle_id, payer_id = [
        ledger.put_version(
            kind, site_id=SITE_ID, subentry_id=name, name=name, time_zone="UTC", data={}, valid_from=NOON
        )
        .result(WAIT_S)
        .thing_id
        for kind, name in ((Kind.VEHICLE, "Zoe"), (Kind.PAYER, "Ann"))
    ]
    wish = TokenWish(site_id=SITE_ID, token=CARD, vehicle_id=vehicle_id, payer_id=payer_id)
    card = ledger.put_token(wish, who="ann", at=NOON).result(WAIT_S)
    begin(ledger, garage, token=IdToken(value="04A2B3C4D5", type="ISO14443"))
    session = add_session(ledger, garage)
    (_, (found,)) = ledger.sessions_page(SessionFilter(session_ids=(session.id,))).result(WAIT_S)
    assert (found.id_token_id, found.vehicle_id, found.payer_id) == (card.id, vehicle_id, payer_id)


def test_card_that_charges_is_running_elsewhere_until_its_car_goes(ledger: Ledger, garage: str) -> None:
    yard = add_charger(ledger, "yard")
    begin(ledger, garage)
    add_session(ledger, garage, ended=False)
    assert ledger.running_tokens(SITE_ID, but_evse_id=yard).result(WAIT_S) == (CARD,)
    assert ledger.running_tokens(SITE_ID, but_evse_id=garage).result(WAIT_S) == ()
    add_session(ledger, garage)
    assert ledger.running_tokens(SITE_ID, but_evse_id=yard).result(WAIT_S) == ()


def test_list_of_cards_is_edited_and_the_audit_trail_knows_by_whom(ledger: Ledger) -> None:
    wish = TokenWish(site_id=SITE_ID, token=CARD, expires_at=NOON, group="family")
    made = ledger.put_token(wish, who="ann", at=NOON).result(WAIT_S)
    assert (made.value, made.known.group) == ("04A2B3C4D5", "family")
    ledger.put_token(wish, who="ann", at=NOON).result(WAIT_S)
    blocked = TokenWish(site_id=SITE_ID, token=IdToken(value="04A2b3c4d5 "), state=TokenState.BLOCKED)
    assert ledger.put_token(blocked, who="bob", at=NOON).result(WAIT_S).id == made.id
    (one,) = ledger.tokens_of(SITE_ID).result(WAIT_S)
    assert (one.state, one.expires_at) == (TokenState.BLOCKED, None)
    assert ledger.find_token("elsewhere", CARD).result(WAIT_S) is None
    ledger.remove_token(made.id, who="ann", at=NOON).result(WAIT_S)
    assert ledger.tokens_of(SITE_ID).result(WAIT_S) == ()
    trail = ledger.audit_trail(subject_id=made.id).result(WAIT_S)
    assert [(line.who, line.action) for line in reversed(trail)] == [("ann", "put"), ("bob", "put"), ("ann", "remove")]
    with pytest.raises(UnknownRecordError):
        ledger.remove_token(made.id, who="ann", at=NOON).result(WAIT_S)
    with pytest.raises(RefusedEditError, match="token_not_valid"):
        ledger.put_token(TokenWish(site_id=SITE_ID, token=IdToken(value=" ")), who="ann", at=NOON).result(WAIT_S)


def test_card_of_a_type_is_preferred_to_its_namesake(ledger: Ledger) -> None:
    cards = [IdToken(value="77AA", type=kind) for kind in ("ISO14443", "eMAID")]
    first, second = [
        ledger.put_token(TokenWish(site_id=SITE_ID, token=card), who="ann", at=NOON).result(WAIT_S) for card in cards
    ]
    assert first.id != second.id
    assert ledger.find_token(SITE_ID, cards[1]).result(WAIT_S) == second
    assert ledger.find_token(SITE_ID, IdToken(value="77aa")).result(WAIT_S) == first
    assert ledger.find_token(SITE_ID, IdToken(value="77AA", type="KeyCode")).result(WAIT_S) is None


def test_removed_card_stays_with_its_sessions_and_charges_nothing(ledger: Ledger, garage: str) -> None:
    card = ledger.put_token(TokenWish(site_id=SITE_ID, token=CARD), who="ann", at=NOON).result(WAIT_S)
    begin(ledger, garage)
    add_session(ledger, garage)
    ledger.remove_token(card.id, who="ann", at=NOON).result(WAIT_S)
    (left,) = ledger.tokens_of(SITE_ID).result(WAIT_S)
    assert (left.id, left.state) == (card.id, TokenState.SEEN)


def test_station_that_makes_cards_up_fills_no_disk(ledger: Ledger) -> None:
    made = [ledger.see_token(SITE_ID, IdToken(value=f"{number:08X}")) for number in range(205)]
    assert sum(one.result(WAIT_S) is not None for one in made) == 200
    assert ledger.see_token(SITE_ID, IdToken(value="00000001")).result(WAIT_S) is not None
    assert ledger.see_token(SITE_ID, IdToken(value="x" * 256)).result(WAIT_S) is None
    assert len(ledger.tokens_of(SITE_ID).result(WAIT_S)) == 200


def test_signed_values_are_kept_byte_for_byte_and_once(ledger: Ledger, garage: str) -> None:
    first = change(ledger, garage, "uuid", start=NOON)
    data = b'OCMF|{"FV":"1.0","RD":[]}|{"SD":"\xc3\xa4 00"}'
    signed = SignedRecord(at=NOON, format="OCMF", data=data)
    assert ledger.put_signed_record(first.id, signed).result(WAIT_S)
    assert ledger.put_signed_record(first.id, signed).result(WAIT_S)
    session = add_session(ledger, garage)
    last = SignedRecord(at=NOON + QUARTER, format="OCMF", data=b"end", public_key="3059", verified=True)
    assert ledger.put_signed_record(first.id, last).result(WAIT_S)
    assert not ledger.put_signed_record(first.id, SignedRecord(at=NOON, format="x", data=b"x" * 70_000)).result(WAIT_S)
    assert ledger.signed_records_of(session.id).result(WAIT_S) == (signed, last)
    (about,) = ledger.signatures_of((session.id,)).result(WAIT_S).values()
    assert (about.format, about.public_key, about.records, about.verified) == ("OCMF", "3059", 2, None)
    wrong = SignedRecord(at=NOON + 2 * QUARTER, format="OCMF", data=b"forged", verified=False)
    ledger.put_signed_record(first.id, wrong).result(WAIT_S)
    (about,) = ledger.signatures_of((session.id,)).result(WAIT_S).values()
    assert about.verified is False
    ledger.delete_session(session.id, who="ann", at=NOON).result(WAIT_S)
    assert ledger.signatures_of((session.id,)).result(WAIT_S) == {}


def test_station_that_signs_without_end_fills_no_disk(ledger: Ledger, garage: str) -> None:
    first = change(ledger, garage, "uuid", start=NOON)
    records = [SignedRecord(at=NOON, format="OCMF", data=str(number).encode()) for number in range(501)]
    kept = [ledger.put_signed_record(first.id, one) for one in records]
    assert [one.result(WAIT_S) for one in kept] == [True] * 500 + [False]


def test_settings_of_a_station_are_remembered_as_they_were_before_the_first_change(ledger: Ledger, garage: str) -> None:
    charger = charger_of(ledger, garage)
    for after in ("10", "20"):
        before = "60" if after == "10" else "10"
        put = ledger.put_station_setting(charger, "MeterValueSampleInterval", before=before, after=after, at=NOON)
        put.result(WAIT_S)
    ledger.put_station_setting(charger, "HeartbeatInterval", before=None, after="300", at=NOON).result(WAIT_S)
    found = ledger.station_settings(charger).result(WAIT_S)
    assert {name: (one.before, one.after) for name, one in found.items()} == {
        "HeartbeatInterval": (None, "300"),
        "MeterValueSampleInterval": ("60", "20"),
    }
    ledger.remove_station_settings(charger, ("HeartbeatInterval",)).result(WAIT_S)
    assert list(ledger.station_settings(charger).result(WAIT_S)) == ["MeterValueSampleInterval"]
    ledger.remove_station_settings(charger).result(WAIT_S)
    assert ledger.station_settings(charger).result(WAIT_S) == {}


def test_list_of_tokens_that_a_station_has_is_remembered(ledger: Ledger, garage: str) -> None:
    charger = charger_of(ledger, garage)
    assert ledger.local_list_of(charger).result(WAIT_S) is None
    for version in (1, 2):
        ledger.put_local_list(charger, version=version, content_hash="ab", at=NOON).result(WAIT_S)
    found = ledger.local_list_of(charger).result(WAIT_S)
    assert found is not None
    assert (found.version, found.content_hash) == (2, "ab")
    ledger.remove_local_list(charger).result(WAIT_S)
    assert ledger.local_list_of(charger).result(WAIT_S) is None


def test_what_late_news_shows_to_be_no_transaction_leaves_no_row(ledger: Ledger, garage: str) -> None:
    charger_id = charger_of(ledger, garage)
    change(ledger, garage, "of-the-station", start=NOON)
    ledger.retract_transaction(garage, "of-the-station").result(WAIT_S)
    assert ledger.transaction("of-the-station", charger_id).result(WAIT_S) is None
    ledger.retract_transaction(garage, "nobody-s").result(WAIT_S)
    # What its station goes on using, and evidence, stay.
    number = str(begin(ledger, garage, told_at=NOON))
    signed = change(ledger, garage, "signed", start=NOON)
    ledger.put_signed_record(signed.id, SignedRecord(at=NOON, format="OCMF", data=b"OCMF|{}|{}")).result(WAIT_S)
    for kept in (number, "signed"):
        ledger.retract_transaction(garage, kept).result(WAIT_S)
        assert ledger.transaction(kept, charger_id).result(WAIT_S) is not None
