"""What other systems get wrong: each with the figure that is right."""

from dataclasses import replace
from datetime import timedelta

import pytest

from custom_components.ev_sessions.core.reading import Activity
from custom_components.ev_sessions.core.sessions.session import EndReason, Session, SessionStatus
from tests.core.station.story import (
    KWH,
    WH,
    Story,
    at,
    came_online,
    ended,
    metered,
    started,
    status,
    went_offline,
)

AVAILABLE, PREPARING, CHARGING, FINISHING = (
    Activity.AVAILABLE,
    Activity.PREPARING,
    Activity.CHARGING,
    Activity.FINISHING,
)


def lasted_s(session: Session) -> float:
    assert session.end is not None
    return (session.end - session.start).total_seconds()


def test_a_meter_that_is_reset_in_a_session_loses_no_energy() -> None:
    story = Story().tell(
        status(0, AVAILABLE),
        status(60, PREPARING),
        started(70, meter_start_mwh=1000 * KWH),
        status(71, CHARGING),
        metered(70 + 600, 1001.2),
        metered(70 + 610, 0.0),
        metered(70 + 620, 0.02),
        metered(70 + 1200, 1.0),
        ended(70 + 1210, meter_stop_mwh=KWH),
        status(1300, AVAILABLE),
    )
    assert story.session().energy_mwh == 2_200_000


def test_a_register_that_rolls_over_counts_on() -> None:
    story = Story().tell(
        status(0, AVAILABLE),
        status(60, PREPARING),
        started(70, meter_start_mwh=999_999 * KWH),
        status(71, CHARGING),
        metered(370, 999_999.9),
        metered(700, 0.6),
        metered(710, 0.62),
        ended(1000, meter_stop_mwh=KWH),
        status(1001, AVAILABLE),
    )
    assert story.session().energy_mwh == 2 * KWH


def test_a_register_that_begins_at_zero_with_each_transaction_counts_both_and_never_falls() -> None:
    story = Story()
    for place, used_kwh in enumerate((1.203, 1.507)):
        begin = place * 3600.0
        story.tell(
            status(begin, PREPARING),
            started(begin + 10, str(place + 1), meter_start_mwh=0),
            status(begin + 11, CHARGING),
            metered(begin + 600, 0.601),
            metered(begin + 1200, used_kwh),
            ended(begin + 1210, str(place + 1), meter_stop_mwh=round(used_kwh * KWH)),
            status(begin + 1300, AVAILABLE),
        )
    assert [session.energy_mwh for session in story.sessions()] == [1_203_000, 1_507_000]
    registers = [reading.register_mwh for reading in story.readings[1] if reading.register_mwh is not None]
    assert registers == sorted(registers)
    assert registers[-1] == 2_710_000


def test_a_register_that_never_begins_at_zero_is_believed_over_a_start_that_says_so() -> None:
    story = Story().tell(
        status(0, AVAILABLE),
        metered(10, 1234.5),
        status(60, PREPARING),
        started(70, meter_start_mwh=0),
        status(71, CHARGING),
        metered(130, 1234.6),
        metered(670, 1235.5),
        ended(700, meter_stop_mwh=1235_500 * WH),
        status(710, AVAILABLE),
    )
    assert story.session().energy_mwh == KWH


def test_samples_that_count_from_zero_between_a_start_and_a_stop_that_do_not_are_one_energy() -> None:
    """As ABB's: the register of the meter at both ends, the transaction's in between."""
    story = Story().tell(
        status(0, AVAILABLE),
        status(60, PREPARING),
        started(70, meter_start_mwh=5000 * KWH),
        status(71, CHARGING),
        metered(100, 0.05),
        metered(700, 1.0),
        ended(1200, meter_stop_mwh=5002 * KWH),
        status(1210, AVAILABLE),
    )
    assert story.session().energy_mwh == 2 * KWH


def test_a_stop_that_is_delivered_late_ends_the_session_when_it_happened() -> None:
    story = Story().tell(
        status(0, AVAILABLE),
        status(1, PREPARING),
        started(1, meter_start_mwh=0),
        status(2, CHARGING),
        metered(10, 0.02),
        went_offline(12),
        came_online(94),
        status(94.2, AVAILABLE),
        ended(15, arrived=95, meter_stop_mwh=45 * WH),
    )
    session = story.session()
    assert (lasted_s(session), session.energy_mwh) == (14, 45 * WH)
    assert story.transaction().ended_at == at(15)


def test_a_session_that_was_offline_from_end_to_end_is_told_later_with_its_own_time() -> None:
    story = Story().tell(
        status(0, AVAILABLE),
        metered(1, 100.0),
        went_offline(10),
        came_online(4 * 3600),
        status(4 * 3600 + 1, AVAILABLE),
        started(600, arrived=4 * 3600 + 2, meter_start_mwh=100 * KWH),
        ended(4200, arrived=4 * 3600 + 3, meter_stop_mwh=107 * KWH),
    )
    session = story.session()
    assert (lasted_s(session), session.energy_mwh) == (3600, 7 * KWH)
    assert session.start == at(600)


def test_a_car_that_is_still_there_after_an_outage_has_one_session_with_two_transactions() -> None:
    story = Story().tell(
        status(0, AVAILABLE),
        status(60, PREPARING),
        started(61, meter_start_mwh=0),
        status(62, CHARGING),
        metered(600, 1.0),
        went_offline(610),
        came_online(7200),
        status(7201, CHARGING),
        ended(1200, arrived=7202, meter_stop_mwh=2 * KWH),
        started(3600, "2", arrived=7203, meter_start_mwh=0),
        metered(7210, 3.0, transaction_id="2"),
    )
    session = story.session()
    assert session.status is SessionStatus.OPEN
    assert session.energy_mwh == 5 * KWH
    assert [its.is_open for its in story.transactions.values()] == [False, True]


def test_a_start_that_is_told_twice_begins_once() -> None:
    start = started(70, meter_start_mwh=0)
    story = Story().tell(status(60, PREPARING), start, status(71, CHARGING), metered(600, 1.0))
    story.tell(replace(start, arrived_at=at(700)), ended(1200, meter_stop_mwh=2 * KWH), status(1201, AVAILABLE))
    assert story.session().energy_mwh == 2 * KWH
    assert story.transaction().started_at == at(70)


def test_a_stop_that_is_told_twice_ends_once() -> None:
    stop = ended(1200, meter_stop_mwh=2 * KWH)
    story = Story().tell(status(60, PREPARING), started(70, meter_start_mwh=0), status(71, CHARGING), stop)
    story.tell(status(1210, AVAILABLE), replace(stop, arrived_at=at(1300)), replace(stop, at=at(1290)))
    assert story.session().energy_mwh == 2 * KWH
    assert story.transaction().ended_at == at(1200)


def test_two_connectors_that_start_in_the_same_second_keep_apart() -> None:
    story = Story(evses=2).tell(
        status(0, PREPARING),
        status(0, PREPARING, evse=2),
        started(1, "71", meter_start_mwh=0),
        started(1, "72", meter_start_mwh=0, evse=2),
        ended(601, "72", meter_stop_mwh=KWH, evse=None),
        status(602, AVAILABLE, evse=2),
        ended(1201, "71", meter_stop_mwh=2 * KWH, evse=None),
        status(1202, AVAILABLE),
    )
    assert [story.session(evse).energy_mwh for evse in (1, 2)] == [2 * KWH, KWH]


def test_samples_without_a_transaction_id_count_at_once() -> None:
    story = Story().tell(status(60, PREPARING), started(70, meter_start_mwh=0), status(71, CHARGING))
    story.tell(metered(670, 1.0), metered(1270, 2.0))
    assert story.session(until=1280).energy_mwh == 2 * KWH


def test_a_transaction_of_another_system_is_a_session_from_when_we_see_it() -> None:
    story = Story().tell(
        status(0, CHARGING),
        metered(10, 8.0, transaction_id="4711", power_kw=7.0),
        metered(610, 9.0, transaction_id="4711", power_kw=7.0),
        status(700, AVAILABLE),
    )
    session = story.session()
    assert (session.start, session.energy_mwh) == (at(0), KWH)
    assert story.transactions == {}


def test_a_late_sample_lets_no_energy_fall() -> None:
    story = Story().tell(status(60, PREPARING), started(70, meter_start_mwh=0), status(71, CHARGING))
    story.tell(metered(600, 1.0), metered(500, 0.8, arrived=610), metered(700, 1.2))
    assert [reading.register_mwh for reading in story.readings[1]][-3:] == [800_000, 1_000_000, 1_200_000]


def test_ten_buffered_samples_at_once_keep_their_own_times() -> None:
    story = Story().tell(status(0, PREPARING), started(1, meter_start_mwh=0), status(2, CHARGING))
    story.message(*(metered(30 * place, 0.05 * place, arrived=337) for place in range(1, 11)))
    story.tell(ended(337, meter_stop_mwh=500 * WH), status(338, AVAILABLE))
    session = story.session()
    assert (lasted_s(session), session.energy_mwh) == (338, 500 * WH)
    assert session.charging_ms == 336_000


@pytest.mark.parametrize("told", [True, False])
def test_a_power_loss_without_a_stop_ends_the_session_before_the_next(*, told: bool) -> None:
    """With the status of after the boot, and without any: it ended with the last that was heard of it."""
    story = Story()
    if told:
        story.tell(status(0, PREPARING))
    story.tell(started(1, meter_start_mwh=0))
    if told:
        story.tell(status(2, CHARGING))
    story.tell(metered(600, 1.0, transaction_id="1"), went_offline(660), came_online(1800))
    if told:
        story.tell(status(1801, AVAILABLE), status(3000, PREPARING))
    story.tell(started(3001, "2", meter_start_mwh=0), metered(3600, 2.0, transaction_id="2"))
    first, second = story.sessions(until=3700)
    assert (first.energy_mwh, second.energy_mwh) == (KWH, 2 * KWH)
    assert first.end == at(600)
    assert not story.transactions[1, "1"].is_open


def test_the_main_meter_is_no_evses_register() -> None:
    story = Story().tell(status(60, PREPARING), started(70, meter_start_mwh=0), status(71, CHARGING))
    story.tell(metered(100, 54_321.0, evse=0), metered(600, 1.0), metered(610, 54_322.0, evse=0))
    assert story.session(until=700).energy_mwh == KWH


def test_time_goes_on_without_any_samples() -> None:
    story = Story().tell(status(0, PREPARING), started(1, meter_start_mwh=0), status(2, CHARGING))
    assert story.session(until=72).connected_ms >= 70_000


def test_a_second_session_after_a_kill_has_its_own_meter_start() -> None:
    story = Story().tell(status(0, PREPARING), started(1, meter_start_mwh=5 * KWH), status(2, CHARGING))
    story.restart().tell(
        came_online(100),
        status(101, AVAILABLE),
        ended(50, arrived=102, meter_stop_mwh=10 * KWH),
        status(200, PREPARING),
        started(201, "2", meter_start_mwh=10 * KWH),
        status(202, CHARGING),
        metered(800, 11.5),
    )
    first, second = story.sessions(until=900)
    assert second.energy_mwh == 1_500_000
    assert first.end == at(50)


def test_a_stop_that_waited_while_we_were_down_ends_the_session_in_time_and_whole() -> None:
    story = Story().tell(status(0, PREPARING), started(1, meter_start_mwh=0), status(2, CHARGING), metered(600, 1.0))
    story.restart().tell(came_online(4200), ended(900, arrived=4201, meter_stop_mwh=1_500_000), status(4202, AVAILABLE))
    session = story.session()
    assert (session.end, session.energy_mwh) == (at(900), 1_500_000)
    assert story.transaction().end_reason is EndReason.LOCAL


def test_a_session_goes_on_through_a_kill() -> None:
    story = Story().tell(status(0, PREPARING), started(1, meter_start_mwh=0), status(2, CHARGING), metered(600, 1.0))
    story.restart().tell(came_online(1800), metered(1810, 3.0, transaction_id="1"))
    session = story.session(until=1820)
    assert (session.status, session.energy_mwh, session.start) == (SessionStatus.OPEN, 3 * KWH, at(0))
    assert session.connected_ms >= timedelta(seconds=1810) / timedelta(milliseconds=1)
