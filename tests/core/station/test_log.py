"""Where late news goes, and what it changes."""

from dataclasses import replace
from datetime import timedelta

import pytest

from custom_components.ev_sessions.core.reading import Activity, EvseReading
from custom_components.ev_sessions.core.sessions.session import SessionStatus
from custom_components.ev_sessions.core.sessions.transaction import TimedBy
from custom_components.ev_sessions.core.station.events import (
    Authorised,
    Booted,
    SignedFormat,
    SignedValue,
    StationEvent,
    TransactionEnded,
)
from custom_components.ev_sessions.core.station.evse import advance
from custom_components.ev_sessions.core.station.evse_state import EvseState
from custom_components.ev_sessions.core.station.log import EvseLog, tell
from custom_components.ev_sessions.core.station.station_log import MOST_EVSES, begin, evse_of, tell as tell_station
from custom_components.ev_sessions.core.station.transaction import MOST_SIGNED, ChangeKind
from tests.core.station.story import (
    KWH,
    TAG,
    WH,
    Story,
    at,
    came_online,
    ended,
    metered,
    started,
    status,
    tracked,
    updated,
    went_offline,
)

AVAILABLE, PREPARING, CHARGING = Activity.AVAILABLE, Activity.PREPARING, Activity.CHARGING


def test_news_in_order_is_new_and_late_news_replaces_what_was_told_since() -> None:
    log, told = tell(EvseLog(), 1, [status(0, AVAILABLE)])
    log, told = tell(log, 1, [status(100, CHARGING)])
    assert ([reading.at for reading in told.readings], told.retold) == ([at(100)], ())
    log, told = tell(log, 1, [status(60, PREPARING, arrived=200)])
    assert told.readings == ()
    assert [(reading.at, reading.activity) for reading in told.retold] == [(at(60), PREPARING), (at(100), CHARGING)]


def test_a_second_of_disorder_among_what_is_told_at_once_is_no_late_news() -> None:
    story = Story().tell(status(100, AVAILABLE), metered(99.2, 5.0, arrived=100.1))
    assert story.retold == 0
    assert story.last().at == at(100)


def test_an_end_that_a_slow_network_delivers_seconds_later_was_when_it_was() -> None:
    story = Story().tell(status(0, PREPARING), started(1, meter_start_mwh=0), status(2, CHARGING), metered(60, 1.0))
    story.tell(status(104, AVAILABLE), metered(100.1, 1.5, arrived=104.1, context="Transaction.End"))
    story.tell(ended(100.1, arrived=104.2, meter_stop_mwh=1_500_000))
    assert story.transaction().ended_at == at(100.1)
    assert (story.session().end, story.session().energy_mwh) == (at(104), 1_500_000)


def test_what_changes_and_changes_back_within_the_second_of_a_coarse_clock_is_as_it_was_told_last() -> None:
    story = Story().tell(status(0, Activity.AVAILABLE), status(0, Activity.RESERVED), status(0, Activity.AVAILABLE))
    assert story.last().activity is Activity.AVAILABLE
    story.tell(status(0, Activity.AVAILABLE))
    assert len(story.evse().entries) == 3, "and what repeats the last is none"
    story = Story().tell(status(0, Activity.AVAILABLE), started(5), updated(9, activity=Activity.CHARGING))
    story.tell(updated(9, activity=Activity.SUSPENDED_EV), updated(9, activity=Activity.CHARGING))
    assert story.last().activity is Activity.CHARGING


def test_a_start_that_is_a_moment_older_than_the_status_before_it_does_not_charge_twice() -> None:
    story = Story().tell(
        status(0, AVAILABLE), status(10, PREPARING), started(9.9, arrived=10.1), status(10.2, CHARGING)
    )
    assert [reading.activity for reading in story.readings[1]] == [AVAILABLE, PREPARING, CHARGING, CHARGING]


def test_a_status_that_a_busy_house_hears_late_ends_no_charge_that_is_told_after_it() -> None:
    """It was free, a car came while the line was cut, and all of that is told later: none of it happened at once."""
    story = Story().tell(came_online(2.9), status(0, Activity.AVAILABLE, arrived=3), went_offline(10))
    assert story.last().at == at(10)
    story.tell(
        came_online(60),
        started(1, arrived=60.5, meter_start_mwh=5 * KWH),
        metered(30, 5.1, transaction_id="1", arrived=60.6),
        ended(50, arrived=60.7, meter_stop_mwh=6 * KWH, reason="EVDisconnected"),
        status(61, Activity.AVAILABLE),
    )
    session = story.session(until=200)
    assert (session.start, session.end, session.energy_mwh) == (at(1), at(50), KWH)


def test_a_status_of_after_a_start_stays_where_it_was_heard() -> None:
    story = Story().tell(came_online(2.9), status(2, Activity.PREPARING, arrived=3), started(1, arrived=60))
    assert [reading.at for reading in story.readings[1]] == [at(1), at(2.9), at(2.9)]


def test_a_status_of_before_all_that_is_known_stays_where_it_was_heard() -> None:
    story = Story().tell(metered(99, 5)).restart()
    story.tell(came_online(100), status(98, Activity.AVAILABLE, arrived=101), started(99.5, arrived=160))
    assert [reading.at for reading in story.readings[1]] == [at(99), at(99.5), at(100), at(100)]


def test_a_sample_that_a_newer_one_has_overtaken_counts_before_it_however_little() -> None:
    story = Story().tell(metered(0, 5.0), metered(12, 5.2), metered(11, 5.1, arrived=13))
    assert [reading.register_mwh for reading in story.readings[1]] == [5000 * WH, 5100 * WH, 5200 * WH]


def test_a_car_that_prepares_long_after_a_token_is_there() -> None:
    """The token was for the other connector; who only waits for a cable waits some minutes at most."""
    tag = Authorised(at=at(10), arrived_at=at(10), token=TAG)
    story = Story().tell(status(0, AVAILABLE)).message(tag).tell(status(12, PREPARING), metered(300, 5.0))
    assert story.last().activity is AVAILABLE
    assert story.tell(metered(1200, 5.0)).last().activity is PREPARING
    story = Story().tell(status(0, AVAILABLE)).message(tag).tell(metered(1200, 5.0), status(1201, PREPARING))
    assert story.last().activity is PREPARING


def test_a_transaction_of_before_all_that_is_known_is_a_past_of_its_own() -> None:
    """A queue that a station kept while we knew it in another life."""
    story = Story().tell(status(100_000, AVAILABLE), metered(100_001, 50.0)).restart()
    story.tell(
        came_online(200_000),
        status(10, PREPARING, arrived=200_001),
        started(20, "9", arrived=200_001, meter_start_mwh=10 * KWH),
        metered(600, 11.2, transaction_id="9", arrived=200_002),
        metered(610, 11.2, arrived=200_002),
        ended(4000, "9", arrived=200_003, meter_stop_mwh=15 * KWH),
    )
    assert story.retold == 0
    assert [reading.activity for reading in story.past[1]] == [CHARGING, CHARGING, AVAILABLE]
    (session,) = tracked(story.past[1], until=at(9000))
    assert (session.start, session.end, session.energy_mwh) == (at(20), at(4000), 5 * KWH)
    assert story.transactions[1, "9"].ended_at == at(4000)
    story.tell(started(20, "9", arrived=200_009, meter_start_mwh=10 * KWH))
    assert story.last().connected is None


def test_a_charge_of_before_all_that_is_known_that_goes_on_begins_where_that_ends() -> None:
    story = Story().tell(status(3600, Activity.AVAILABLE)).restart().tell(came_online(3700))
    story.tell(
        started(0, meter_start_mwh=1000 * KWH, arrived=3701), metered(1800, 1002.0, transaction_id="1", arrived=3702)
    )
    assert not story.transactions
    story.tell(metered(3705, 1004.0), metered(3706, 1004.0, transaction_id="another"))
    story.tell(metered(3705, 1004.0, transaction_id="1"), metered(7200, 1008.0, transaction_id="1"))
    transaction = story.transaction()
    assert (transaction.token, transaction.meter_start_mwh) == (TAG, 1000 * KWH)
    assert transaction.started_at is not None
    assert timedelta() < transaction.started_at - at(3600) < timedelta(seconds=1)
    story.tell(ended(7300, meter_stop_mwh=1008 * KWH), status(7300, Activity.AVAILABLE))
    assert story.transaction().meter_stop_mwh == 1008 * KWH
    assert story.session().start == transaction.started_at
    assert not story.evse().past


def test_an_end_from_before_what_is_known_ends_what_runs() -> None:
    story = Story().tell(status(0, PREPARING), started(1, meter_start_mwh=0), status(5000, CHARGING)).restart()
    story.tell(came_online(9000), ended(4000, arrived=9001, meter_stop_mwh=3 * KWH))
    assert story.transaction().ended_at == at(5000.001)
    story.tell(metered(4500, 2.0, transaction_id="1", arrived=9002), ended(4000, arrived=9003, meter_stop_mwh=3 * KWH))
    assert story.past[1] == []


def test_a_transaction_that_another_replaced_is_taken_back_when_its_place_is_known() -> None:
    """Late news: what seemed to end one transaction was the start of a later one."""
    story = Story().tell(started(100, "a"), started(200, "b"))
    assert not story.transactions[1, "a"].is_open
    story.tell(ended(150, "a", arrived=300, reason="PowerLoss", meter_stop_mwh=0))
    assert story.transactions[1, "a"].reason == "PowerLoss"
    assert story.transactions[1, "a"].ended_at == at(150)


def test_what_follows_from_the_order_alone_is_marked_as_a_guess() -> None:
    story = Story().tell(started(0, "1"), metered(60, 1001.0), started(600, "2"))
    (first,) = (one for (_, name), one in story.transactions.items() if name == "1")
    assert (first.started_timed_by, first.ended_timed_by) == (TimedBy.STATION, TimedBy.GUESSED)
    story = Story().tell(status(0, Activity.AVAILABLE), metered(1, 1000.0), ended(7200, "9", meter_stop_mwh=1003 * KWH))
    assert story.transaction().started_timed_by is TimedBy.GUESSED


def test_what_only_seemed_to_be_a_transaction_is_retracted() -> None:
    story = Story().tell(status(0, AVAILABLE), metered(10, 1000.0), ended(7200, "-1", meter_stop_mwh=1003 * KWH))
    assert set(story.transactions) == {(1, "-1")}
    story.tell(started(600, "7", meter_start_mwh=1000 * KWH, arrived=7300))
    assert set(story.transactions) == {(1, "7")}
    assert [change.kind for change in story.told[1].changes] == [ChangeKind.ENDED, ChangeKind.RETRACTED]


def test_news_that_takes_back_the_first_thing_told_tells_what_was_before() -> None:
    """The end that followed from the order is the first of the log after a start."""
    story = Story().tell(started(100, "a")).restart().tell(started(200, "b"))
    assert [reading.at for reading in story.readings[1]] == [at(100), at(100.001), at(200)]
    story.tell(ended(150, "a", arrived=300, meter_stop_mwh=0))
    assert [(reading.at, reading.activity) for reading in story.readings[1]] == [
        (at(100), CHARGING),
        (at(100.001), None),
        (at(150), AVAILABLE),
        (at(200), CHARGING),
    ]


def test_a_boot_alone_changes_nothing() -> None:
    """Some boot because they are asked to."""
    story = Story().tell(status(0, CHARGING))
    story.message(Booted(at=at(5), arrived_at=at(5)))
    assert story.last() == replace(story.readings[1][0], at=at(5))


def test_what_nobody_has_is_the_one_evses_that_is_likely() -> None:
    story = Story(evses=3).tell(status(0, PREPARING, evse=2))
    assert evse_of(story.log, "x") == 2
    story.tell(started(1, "1", evse=3))
    assert evse_of(story.log, "x") == 3
    story.tell(started(2, "2", evse=1, token=None))
    assert evse_of(story.log, "x") == 1
    stop = ended(9, "x", token=story.transactions[3, "1"].token)
    assert evse_of(story.log, "x", stop) == 3
    assert evse_of(begin({}), "x") == 1


def test_an_end_of_a_strange_number_is_of_the_evse_whose_meter_shows_its_register_and_so_is_what_it_brings() -> None:
    story = Story(evses=2).tell(
        started(0, "1", evse=1, meter_start_mwh=900 * KWH), started(1, "2", evse=2, meter_start_mwh=40 * KWH)
    )
    assert evse_of(story.log, "-1", ended(60, "-1", evse=None)) == 1, "nothing tells"
    assert evse_of(story.log, "-1", ended(60, "-1", evse=None, meter_stop_mwh=1 * KWH)) == 1, "it is of neither"
    sample = metered(3000, 43, evse=None, transaction_id="-1")
    story.message(sample, ended(3600, "-1", evse=None, meter_stop_mwh=44 * KWH))
    assert [story.evse(evse).state.running is None for evse in (1, 2)] == [False, True]
    assert (story.last(1).register_mwh, story.last(2).register_mwh) == (900 * KWH, 44 * KWH)


def test_a_station_has_only_so_many_evses() -> None:
    log = begin({})
    for evse in range(1, MOST_EVSES + 20):
        log, _ = tell_station(log, [status(evse, AVAILABLE, evse=evse)])
    assert len(log.evses) == MOST_EVSES
    _, told = tell_station(
        log, [status(999, AVAILABLE, evse=None), metered(999, 1.0, evse=None), status(9, AVAILABLE, evse=0)]
    )
    assert told == {}


def test_what_is_offered_is_the_limit_in_a_or_in_w() -> None:
    story = Story().tell(status(0, CHARGING), metered(1, offered_a=16.0))
    assert story.last().limit_a == 16.0
    sample = metered(2).sample
    for voltages_v, currents_a, limit_a in (
        ((230.0,), (10.0, 10.0, 10.0), 16.0),
        (None, None, 16.0),
        ((0.0,), None, 16.0),
        ((230.0, 230.0, 230.0), None, 16.0),
        ((230.0,), None, 16.0),
    ):
        offered = replace(sample, offered_w=11_040.0, voltages_v=voltages_v, currents_a=currents_a)
        story.message(replace(metered(3), sample=offered))
        assert story.last().limit_a == pytest.approx(limit_a)


def test_signed_values_of_a_long_transaction_are_its_first_and_its_newest() -> None:
    story = Story().tell(started(0))
    records = [
        SignedValue(at=at(place), data=f"OCMF|{place}", format=SignedFormat.SIGNED_DATA)
        for place in range(MOST_SIGNED + 9)
    ]
    for place, record in enumerate(records):
        story.tell(metered(place, signed=(record,)), metered(place, signed=(record,)))
    kept = story.transaction().signed
    assert kept == (records[0], *records[1 - MOST_SIGNED :])
    assert Story().tell(metered(0, 1.0, signed=(records[0],))).last().register_mwh == KWH


def test_a_sample_before_any_status_tells_of_the_meter_alone() -> None:
    story = Story().tell(metered(0, 5.0, transaction_id="9", power_kw=7.0))
    assert (story.last().activity, story.last().register_mwh, story.last().power_w) == (None, 5 * KWH, 7000.0)


def test_one_of_two_connectors_of_an_evse_with_a_cable_is_the_evse() -> None:
    story = Story().tell(
        status(0, AVAILABLE, connector=1),
        status(1, None, connector=2, connected=True),  # type: ignore[arg-type]
        status(2, AVAILABLE, connector=1),
    )
    assert story.last().activity is PREPARING
    story.tell(status(3, AVAILABLE, connector=2))
    assert story.last().activity is AVAILABLE
    story.tell(status(4, Activity.FAULT, connector=2), status(5, AVAILABLE, connector=1))
    assert story.last().activity is Activity.FAULT


def test_a_word_that_nobody_knows_changes_nothing() -> None:
    story = Story().tell(status(0, CHARGING), status(1, None))  # type: ignore[arg-type]
    assert story.last().activity is CHARGING


def test_a_fault_is_above_what_a_transaction_tells() -> None:
    story = Story().tell(status(0, Activity.FAULT), started(1, activity=CHARGING), updated(2, activity=CHARGING))
    assert story.last().activity is Activity.FAULT
    story.tell(metered(3, power_kw=7.0), ended(4))
    assert story.last().activity is Activity.FAULT


def test_an_update_of_what_is_over_changes_nothing() -> None:
    story = Story().tell(
        status(0, PREPARING),
        started(1),
        ended(60),
        updated(61, activity=CHARGING),
        metered(62, 1.0, transaction_id="1"),
    )
    assert story.last().activity is Activity.FINISHING
    assert not story.transaction().is_open


def test_an_update_of_an_unknown_transaction_takes_it_up() -> None:
    story = Story().tell(
        updated(0, "7", activity=CHARGING, remote_start_id=5),
        metered(1, 9.0, context="Transaction.Begin", transaction_id="7"),
    )
    transaction = story.transaction()
    assert (transaction.started_at, transaction.remote_start_id, transaction.meter_start_mwh) == (None, 5, 9 * KWH)
    story.tell(started(2, "7", meter_start_mwh=8 * KWH))
    assert story.transaction().started_at == at(2)
    story.tell(ended(9, "7", offline=True))
    assert story.last().activity is AVAILABLE


def test_an_end_that_is_the_stations_own_repeats_no_other() -> None:
    story = Story().tell(ended(0, "5", meter_stop_mwh=4 * KWH))
    assert story.transaction().meter_stop_mwh == 4 * KWH
    assert story.last().activity is None


def test_power_that_was_told_before_a_pause_is_drawn_no_more() -> None:
    story = Story().tell(status(0, CHARGING), metered(10, 5.0, power_kw=7.0, currents_a=(10.0, 10.0, 10.0)))
    story.tell(status(20, Activity.SUSPENDED_EV))
    assert (story.last().power_w, story.last().currents_a) == (0.0, (0.0, 0.0, 0.0))
    story.tell(status(30, CHARGING))
    assert (story.last().power_w, story.last().currents_a, story.last().drawn_at) == (None, None, None)


def test_nothing_is_known_of_a_station_that_is_away() -> None:
    story = Story().tell(status(0, CHARGING), metered(10, 5.0, power_kw=7.0), went_offline(20))
    assert story.last() == type(story.last())(at=at(20))


def test_a_car_that_came_back_by_itself_after_an_outage_had_not_left() -> None:
    """The status after the outage says that a car is there: it waited, for all we know."""
    story = Story().tell(status(0, PREPARING), started(1), status(2, CHARGING), went_offline(10), came_online(900))
    story.tell(ended(100, arrived=901), status(902, Activity.FINISHING))
    assert story.session(until=1000).end is None
    late = story.evse().entries[4].event
    assert isinstance(late, TransactionEnded)
    assert not late.left
    assert EvseState() == EvseState.from_json(EvseState().to_json())


def test_energy_that_is_no_sessions_worth_makes_none() -> None:
    story = Story().tell(
        status(0, AVAILABLE), metered(10, 1000.0), ended(7200, "-1", meter_stop_mwh=1000 * KWH + 49 * WH)
    )
    assert story.sessions() == []


def test_a_transaction_whose_samples_alone_were_told_begins_with_them() -> None:
    story = Story().tell(
        status(0, AVAILABLE),
        metered(100, 20.0, transaction_id="8", arrived=9000),
        metered(1900, 22.0, transaction_id="8", arrived=9000),
        ended(2000, "8", arrived=9000),
    )
    session = story.session()
    assert (session.start, session.end, session.energy_mwh) == (at(100), at(2000), 2 * KWH)


def test_an_end_at_once_after_what_is_known_has_no_time_for_a_session() -> None:
    story = Story().tell(status(0, AVAILABLE), metered(10, 5.0), ended(10, "8", meter_stop_mwh=6 * KWH))
    assert story.sessions() == []


def test_a_past_transaction_whose_start_nobody_told_has_an_end() -> None:
    story = Story().tell(status(100_000, AVAILABLE)).restart()
    story.tell(
        metered(5, 1.0, transaction_id="8", arrived=200_000),
        ended(10, "8", arrived=200_000),
        updated(20, "8", arrived=200_000),
    )
    assert story.transactions[1, "8"].ended_at == at(10)


def test_a_register_that_is_odd_in_a_transaction_is_left_for_the_cleaning_to_judge() -> None:
    story = Story().tell(started(0, meter_start_mwh=10 * KWH), metered(10, 10.1), metered(20, 3.0), metered(30, 90.0))
    assert [reading.register_mwh for reading in story.readings[1]] == [10 * KWH, 10_100 * WH, 3 * KWH, 90 * KWH]
    story = Story().tell(started(0, meter_start_mwh=900 * KWH), metered(10, 400.0))
    assert story.last().register_mwh == 400 * KWH


def test_ends_of_any_number_of_strangers_at_once_come_to_an_end() -> None:
    story = Story().tell(status(0, AVAILABLE), metered(10, 5.0))
    story.tell(*(ended(3000, f"stranger {place}") for place in range(30)))
    story.tell(ended(5000, "8", meter_stop_mwh=8 * KWH))
    assert story.evse().state.running is None
    assert story.last().connected is False


def test_late_sample_into_a_long_log_is_taken_in_without_folding_all_since_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log, _ = tell(EvseLog(), 1, [status(0, PREPARING), started(1, meter_start_mwh=0), status(2, CHARGING)])
    for place in range(1, 400):
        log, _ = tell(log, 1, [metered(10.0 * place, place * 0.01)])
    folded = 0

    def counted(state: EvseState, event: StationEvent) -> tuple[EvseState, EvseReading]:
        nonlocal folded
        folded += 1
        return advance(state, event)

    monkeypatch.setattr("custom_components.ev_sessions.core.station.log.advance", counted)
    late, told = tell(log, 1, [metered(505.0, 0.505, arrived=4000)])
    assert folded == 2
    assert [reading.at for reading in told.retold[:2]] == [at(505), at(510)]
    assert (len(late.entries), late.state) == (len(log.entries) + 1, log.state)


def test_a_car_that_goes_with_its_transaction_is_gone_though_the_station_is_offline_seconds_later() -> None:
    story = Story().tell(status(-5, Activity.PREPARING), started(0, meter_start_mwh=0), metered(60, 0.1))
    story.tell(ended(120, meter_stop_mwh=round(0.2 * KWH)), status(122, Activity.AVAILABLE), went_offline(125))
    session = story.session()
    assert (session.status, session.end) == (SessionStatus.ENDED, at(122))


def test_a_station_that_goes_offline_while_a_connector_flickers_may_still_have_its_car() -> None:
    story = Story().tell(status(-5, Activity.PREPARING), started(0, meter_start_mwh=0), metered(60, 0.1))
    story.tell(status(122, Activity.AVAILABLE), went_offline(125))
    assert story.session().status is SessionStatus.HELD


def test_a_start_that_is_told_with_its_register_shows_what_flowed_since_the_last_sample() -> None:
    story = Story().tell(metered(0, 5.0), status(600, PREPARING), started(601, meter_start_mwh=6 * KWH))
    assert (story.last().register_mwh, story.last().register_at) == (6 * KWH, at(601))


def test_a_stop_at_zero_leaves_the_register_where_it_was() -> None:
    story = Story().tell(status(0, PREPARING), started(1, meter_start_mwh=5 * KWH), metered(600, 6.0))
    story.tell(ended(700, meter_stop_mwh=0), status(701, AVAILABLE))
    assert (story.last().register_mwh, story.session().energy_mwh) == (6 * KWH, KWH)


def test_a_late_sample_within_a_second_of_another_counts_where_its_register_is_another() -> None:
    story = Story().tell(metered(0, 5.0), metered(12, 5.2), metered(20, 5.3))
    story.tell(metered(11.5, 5.1, arrived=21), metered(12.5, 5.2, arrived=22))
    assert [reading.register_mwh for reading in story.readings[1]] == [5000 * WH, 5100 * WH, 5200 * WH, 5300 * WH]


def test_a_sample_that_tells_nothing_of_the_meter_leaves_it_known() -> None:
    story = Story().tell(metered(0, 5.0), metered(10, offered_a=16.0))
    assert (story.last().register_mwh, story.last().limit_a) == (5 * KWH, 16.0)
