"""Who may charge: a card on the list, a new one while learning, anybody where the owner wants it so."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from custom_components.ev_sessions.core.id_token import IdToken, KnownToken, TokenState, masked
from custom_components.ev_sessions.core.station.authorisation import (
    MASTER_PASS_GROUP,
    Admission,
    AuthorisationStatus,
    authorise,
    may_stop,
)

NOW = datetime(2026, 11, 19, 18, tzinfo=UTC)
CARD = IdToken(value="04a2B3c4")
OTHER = IdToken(value="77AA", type="ISO14443")


def listed(token: IdToken = CARD, **more: Any) -> KnownToken:
    known: dict[str, Any] = {"token": token, "state": TokenState.ACCEPTED, "group": "family"}
    return KnownToken(**(known | more))


@pytest.mark.parametrize(
    ("known", "status"),
    [
        (listed(), AuthorisationStatus.ACCEPTED),
        (None, AuthorisationStatus.INVALID),
        (listed(state=TokenState.SEEN), AuthorisationStatus.INVALID),
        (listed(state=TokenState.BLOCKED), AuthorisationStatus.BLOCKED),
        (listed(expires_at=NOW), AuthorisationStatus.EXPIRED),
        (listed(expires_at=NOW + timedelta(seconds=1)), AuthorisationStatus.ACCEPTED),
    ],
)
def test_card_is_answered_by_what_its_owner_said_of_it(known: KnownToken | None, status: AuthorisationStatus) -> None:
    assert authorise(CARD, known, (), NOW).status is status


def test_c47_master_card_ends_any_charge_and_begins_none_until_it_expires() -> None:
    master = listed(state=TokenState.MASTER, expires_at=NOW + timedelta(days=1))
    for admission in Admission:
        answer = authorise(CARD, master, (CARD,), NOW, admission=admission)
        assert (answer.status, answer.group) == (AuthorisationStatus.ACCEPTED, MASTER_PASS_GROUP)
        assert (answer.accepted, answer.to_begin.status) == (False, AuthorisationStatus.BLOCKED)
    assert (
        authorise(CARD, listed(state=TokenState.MASTER, expires_at=NOW), (), NOW).status is AuthorisationStatus.EXPIRED
    )
    assert may_stop(CARD, master, OTHER, None)
    whole = authorise(CARD, listed(), (), NOW)
    assert whole.to_begin is whole


def test_answer_carries_group_and_expiry() -> None:
    answer = authorise(CARD, listed(expires_at=NOW + timedelta(days=1)), (), NOW)
    assert (answer.accepted, answer.group, answer.expires_at) == (True, "family", NOW + timedelta(days=1))


def test_card_charges_one_car_at_a_time() -> None:
    busy = authorise(CARD, listed(), (OTHER, IdToken(value="04A2B3C4", type="ISO14443")), NOW)
    assert busy.status is AuthorisationStatus.CONCURRENT_TX
    assert authorise(CARD, listed(), (OTHER,), NOW).accepted


def test_new_card_is_learned_only_while_the_owner_holds_it_up() -> None:
    answer = authorise(CARD, None, (), NOW, admission=Admission.LEARNING)
    assert (answer.accepted, answer.learned) == (True, True)
    assert not authorise(CARD, listed(), (), NOW, admission=Admission.LEARNING).learned
    blocked = authorise(CARD, listed(state=TokenState.BLOCKED), (), NOW, admission=Admission.LEARNING)
    assert blocked.status is AuthorisationStatus.BLOCKED


@pytest.mark.parametrize("token", [None, IdToken(value=""), IdToken(value="x", type="NoAuthorization"), CARD])
def test_free_charger_lets_anybody_charge_on_boxes_that_insist(token: IdToken | None) -> None:
    assert authorise(token, None, (CARD,), NOW, admission=Admission.FREE).accepted
    if token is not CARD:
        assert authorise(token, None, (), NOW).status is AuthorisationStatus.INVALID
        assert not authorise(token, None, (), NOW, admission=Admission.LEARNING).accepted


def test_free_charger_keeps_a_blocked_card_out_and_says_nothing_of_an_expiry() -> None:
    blocked = listed(state=TokenState.BLOCKED)
    assert authorise(CARD, blocked, (), NOW, admission=Admission.FREE).status is AuthorisationStatus.BLOCKED
    expired = authorise(CARD, listed(expires_at=NOW), (), NOW, admission=Admission.FREE)
    assert (expired.accepted, expired.expires_at, expired.group) == (True, None, "family")


def test_charge_is_ended_by_who_began_it_or_by_the_family() -> None:
    mine = listed(OTHER)
    assert may_stop(CARD, None, IdToken(value="04A2B3C4"), None)
    assert may_stop(OTHER, mine, CARD, "family")
    assert not may_stop(OTHER, mine, CARD, "neighbours")
    assert not may_stop(OTHER, mine, CARD, None)
    assert not may_stop(OTHER, listed(OTHER, state=TokenState.BLOCKED), CARD, "family")
    assert not may_stop(OTHER, None, CARD, "family")
    assert may_stop(None, None, CARD, None)
    assert may_stop(OTHER, mine, None, None)


def test_tokens_are_the_same_in_any_case_and_of_any_type_that_is_not_told() -> None:
    assert IdToken(value=" 04A2b3C4 ").is_same(CARD)
    assert not IdToken(value="04A2B3C4", type="eMAID").is_same(IdToken(value="04A2B3C4", type="ISO14443"))
    assert not CARD.is_same(OTHER)


def test_token_in_a_log_shows_its_end_only() -> None:
    assert "04a2" not in repr(IdToken(value="04a2b3c4d5e6"))
    assert (masked("04a2b3c4d5e6"), masked("1234")) == ("…d5e6", "…")
