"""What somebody sets at the charger itself: the last word for the session, and never more than the fuse allows."""

from datetime import datetime
from math import inf
from typing import Any, override

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ev_sessions.core.balancing.load import Decision
from custom_components.ev_sessions.core.balancing.override import Override, SetBy, Shown, Told, shown_limit_a
from custom_components.ev_sessions.core.balancing.reasons import ReasonKey as Key
from tests.core.balancing.load_rig import LoadRig, car, site


class EchoRig(LoadRig):
    """A charger that shows what it was told."""

    @override
    def look(self, *, alive_at: datetime | None = None) -> Decision:
        decision = super().look(alive_at=alive_at)
        for command in decision.commands:
            shown = {"limit_read_a": command.limit_a, "enabled_read": bool(command.limit_a), "set_by": SetBy.US}
            self.change(command.evse_id, **shown)
        return decision


def charging(house: float = 4.0) -> LoadRig:
    """Return a car that charges at all it can have, long after its plug-in."""
    rig = EchoRig(site(), car(limit_read_a=6.0, enabled_read=True), house=house)
    rig.run(200)
    return rig


def shows(rig: LoadRig, limit_a: float, by: SetBy = SetBy.UNKNOWN) -> None:
    """Let the charger show a limit, 0 where it is switched off; the car follows it."""
    rig.change(limit_read_a=limit_a, enabled_read=limit_a > 0, set_by=by)
    rig.allowed["car"] = limit_a


def test_person_who_lowers_the_limit_gets_what_he_set_at_once() -> None:
    rig = charging()
    shows(rig, 10.0, SetBy.PERSON)
    rig.second()
    assert (rig.limit(), rig.reason()) == (10.0, Key.LIMITED_THERE)
    rig.run(600)
    assert rig.limit() == 10.0
    assert rig.decision is not None
    assert rig.decision.overrides == {"car": 10.0}


def test_limit_from_the_chargers_app_is_taken_when_it_has_settled_and_not_fought_meanwhile() -> None:
    rig = charging()
    mark = rig.t_s
    shows(rig, 10.0)
    rig.run(9)
    assert rig.sent(since_s=mark) == []
    rig.run(4)
    assert rig.limit() == 10.0
    assert rig.sent(since_s=mark) == [10.0]


def test_stop_at_the_charger_lasts_until_it_is_started_there_again() -> None:
    rig = charging()
    shows(rig, 0.0)
    rig.run(600)
    assert (rig.limit(), rig.reason()) == (0.0, Key.STOPPED_THERE)
    shows(rig, 16.0)
    rig.run(3)
    assert rig.limit() == 16.0  # there is room, and it has lasted


def test_start_at_the_charger_where_there_is_no_room_waits_for_it() -> None:
    rig = charging()
    shows(rig, 0.0, SetBy.PERSON)
    rig.run(30)
    rig.house = 22.0
    rig.run(100)
    shows(rig, 16.0, SetBy.PERSON)
    rig.second()
    assert (rig.limit(), rig.reason()) == (0.0, Key.PAUSED_LINE_FULL)


def test_charger_with_a_switch_alone_may_be_stopped_and_started_there() -> None:
    rig = LoadRig(site(), car(enabled_read=True), house=4.0)
    rig.run(200)
    rig.change(limit_read_a=0.0, enabled_read=False, set_by=SetBy.PERSON)
    rig.run(5)
    assert rig.reason() is Key.STOPPED_THERE
    rig.change(limit_read_a=None, enabled_read=True)
    rig.run(5)
    assert rig.limit() == 16.0


def test_stop_lasts_until_the_car_is_unplugged_or_the_owner_takes_it_back() -> None:
    for changes in ({"connected": False}, {"lifts": 1}):
        rig = charging()
        shows(rig, 0.0, SetBy.PERSON)
        rig.run(30)
        rig.change(**changes)
        rig.run(2)
        rig.change(connected=True)
        rig.run(150)
        assert rig.decision is not None
        assert rig.decision.overrides == {}
        assert rig.limit() == 16.0


def test_stop_is_not_forgotten_by_a_restart_or_a_meter_that_is_lost() -> None:
    rig = EchoRig(site(), car(limit_read_a=0.0, enabled_read=False, overridden_a=0.0), house=4.0)
    rig.run(200)
    assert rig.limit() == 0.0
    rig.meter = False
    rig.run(60)
    assert (rig.limit(), rig.reason()) == (0.0, Key.METER_SILENT)


def test_limit_that_was_set_there_may_be_raised_there_up_to_what_the_fuse_allows() -> None:
    rig = charging(house=12.0)
    assert rig.limit() == 12.0
    shows(rig, 8.0, SetBy.PERSON)
    rig.run(60)
    assert rig.limit() == 8.0
    shows(rig, 10.0, SetBy.PERSON)
    rig.run(3)
    assert (rig.limit(), rig.reason()) == (10.0, Key.LIMITED_THERE)
    mark = rig.t_s
    shows(rig, 14.0, SetBy.PERSON)
    rig.run(90)
    assert rig.limit() == 12.0
    assert rig.sent(since_s=mark) == [10.0, 12.0]  # at once, and with the room that is left


def test_owners_maximum_stays_the_reason_where_it_is_less() -> None:
    rig = charging()
    rig.change(wish_a=8.0)
    rig.run(60)
    shows(rig, 8.0)
    rig.run(60)
    assert rig.reason() is Key.OWNER_LIMIT


def test_house_takes_precedence_over_what_was_set_there() -> None:
    rig = charging()
    shows(rig, 10.0, SetBy.PERSON)
    rig.run(30)
    rig.house = 16.0
    rig.run(8)
    assert (rig.limit(), rig.reason()) == (8.0, Key.LINE_FULL)
    rig.house = 4.0
    rig.run(100)
    assert rig.limit() == 10.0


def test_charger_that_switches_itself_off_when_the_car_is_full_was_stopped_by_nobody() -> None:
    rig = charging()
    rig.change(wants=False)
    shows(rig, 0.0)
    rig.run(60)
    assert rig.decision is not None
    assert rig.decision.overrides == {}


@pytest.mark.parametrize("changes", [{"connected": False}, {"online": False}], ids=["plug_in", "reconnect"])
def test_chargers_own_default_is_no_override(changes: dict[str, Any]) -> None:
    rig = charging()
    rig.change(**changes)
    rig.run(60)
    rig.change(connected=True, online=True)
    rig.run(30)
    shows(rig, 8.0)
    rig.run(200)
    assert rig.limit() == 16.0
    assert rig.decision is not None
    assert rig.decision.overrides == {}


def test_other_controller_is_told_of_and_only_lowers() -> None:
    rig = charging()
    for limit_a in (8.0, 14.0, 9.0, 13.0):
        shows(rig, limit_a)
        rig.run(60)
        assert rig.limit() <= limit_a
    assert rig.decision is not None
    assert "car" in rig.decision.rivals
    shows(rig, 10.0)
    rig.run(15)
    assert (rig.limit(), rig.reason()) == (10.0, Key.OTHER_CONTROLLER)
    assert not rig.run(6 * 3600).rivals


def test_charger_that_shows_nonsense_now_and_then_has_no_other_controller() -> None:
    rig = charging()
    for _ in range(6):
        shows(rig, 16_000_000.0)
        rig.run(60)
        shows(rig, rig.limit())
        rig.run(60)
    assert rig.decision is not None
    assert (rig.decision.rivals, rig.decision.overrides) == ((), {})
    assert rig.limit() == 16.0


def test_limit_below_nothing_says_nothing() -> None:
    assert [shown_limit_a(limit_a) for limit_a in (None, -1.0, 0.0, 16.0)] == [None, None, 0.0, 16.0]


def test_person_who_changes_his_mind_is_no_controller() -> None:
    rig = charging()
    for limit_a in (8.0, 14.0, 9.0, 13.0, 7.0, 12.0):
        shows(rig, limit_a, SetBy.PERSON)
        rig.run(60)
    assert rig.decision is not None
    assert rig.decision.rivals == ()


def test_late_and_rounded_echoes_are_ours() -> None:
    known = Override().look(_shown(16.0), Told(), 0.0)
    told = Told(limit_a=13.0, at_s=1000.0, before_a=16.0)
    assert not known.look(_shown(12.0), told, 1020.0).pending  # what the charger made of 13 A
    lower = known.look(_shown(13.0), told, 1020.0)
    assert not lower.look(_shown(16.0), told, 1100.0).pending  # polled: the limit before
    assert lower.look(_shown(11.0), told, 1100.0).pending
    assert not lower.look(_shown(11.0, SetBy.US), told, 1100.0).pending


def _shown(limit_a: float, by: SetBy = SetBy.UNKNOWN, *, wants: bool = True) -> Shown:
    return Shown(limit_a=limit_a, by=by, min_a=6.0, max_a=16.0, step_a=1.0, wants=wants)


values = st.sampled_from((0.0, 3.0, 6.0, 8.0, 10.0, 13.0, 16.0, 32.0))


@given(
    st.lists(
        st.tuples(st.floats(0.5, 90), values, st.sampled_from(SetBy), st.booleans(), st.one_of(st.none(), values)),
        max_size=40,
    )
)
@settings(deadline=None)
def test_an_override_is_always_something_that_was_shown_and_lowers_or_follows_one_that_did(
    story: list[tuple[float, float, SetBy, bool, float | None]],
) -> None:
    known, told, now_s = Override(), Told(), 0.0
    seen = {0.0}
    for passed_s, shown_a, by, wants, command_a in story:
        now_s += passed_s
        seen.add(shown_a)
        before = known
        known = known.look(_shown(shown_a, by, wants=wants), told, now_s)
        assert known.limit_a is None or known.limit_a in seen
        assert known.limit_a is None or known.limit_a == 0 or known.limit_a >= 6.0
        if before.limit_a is None and known.limit_a is not None:
            assert told.limit_a is not None
            assert known.limit_a < told.limit_a or known.asked_a is not None
        assert known.asked_a is None or (known.asked_a in {*seen, 16.0} and known.asked_a >= 6.0)
        assert known.limit_a is None or known.asked_a is None or known.asked_a <= known.limit_a
        if known.limit_a != before.limit_a:
            assert known.by is not SetBy.US
        assert len(known.changes_s) <= 4
        if command_a is not None:
            told = Told(limit_a=command_a, at_s=now_s, before_a=told.limit_a or 0.0)


@given(st.lists(st.tuples(st.sampled_from((5.0, 40.0)), values, st.sampled_from(SetBy)), max_size=12), st.floats(0, 22))
@settings(deadline=None, max_examples=40)
def test_nothing_that_is_set_there_brings_more_than_the_fuse_allows(
    story: list[tuple[float, float, SetBy]], house: float
) -> None:
    rig = charging(house)
    for seconds, shown_a, by in story:
        rig.change(limit_read_a=shown_a, enabled_read=shown_a > 0, set_by=by)
        rig.run(seconds)
        assert rig.limit() <= max(0.0, 24.0 - house) + 1e-6


def test_change_within_a_minute_of_our_command_is_the_chargers_own_doing() -> None:
    rig = charging(house=14.0)
    assert rig.limit() == 10.0
    rig.house = 16.0
    rig.second()
    assert rig.limit() == 8.0
    rig.run(50)
    shows(rig, 7.0)
    rig.run(300)
    assert rig.decision is not None
    assert rig.decision.overrides == {}


def test_default_that_the_charger_showed_at_plug_in_is_no_wish_later_either() -> None:
    rig = charging()
    rig.change(connected=False)
    rig.run(30)
    rig.change(connected=True)
    rig.second()
    rig.change(limit_read_a=12.0, enabled_read=True, set_by=SetBy.UNKNOWN)
    rig.run(400)
    assert rig.limit() == 16.0
    shows(rig, 12.0)  # it falls back to it by itself
    rig.run(60)
    assert rig.decision is not None
    assert rig.decision.overrides == {}
    rig.run(300)
    shows(rig, 11.0)
    rig.run(20)
    assert rig.decision.overrides == {"car": 11.0}


def test_controller_that_the_owner_told_of_has_its_way_from_its_first_command_on() -> None:
    rig = charging()
    rig.change(has_rival=True)
    rig.house = 12.0
    rig.run(3)
    assert rig.limit() == 12.0
    shows(rig, 9.0)  # within a minute of our own command
    rig.run(15)
    assert (rig.limit(), rig.reason()) == (9.0, Key.OTHER_CONTROLLER)
    shows(rig, 14.0)  # more than the fuse has
    rig.run(15)
    assert rig.limit() == 12.0
    rig.house = 4.0
    shows(rig, 10.0)
    rig.run(300)
    assert rig.limit() == 10.0


def test_person_who_sets_a_default_means_it() -> None:
    rig = EchoRig(site(), car(limit_read_a=6.0, enabled_read=True, connected=False), house=4.0)
    rig.run(5)
    rig.change(connected=True, limit_read_a=12.0, set_by=SetBy.UNKNOWN)
    rig.run(400)
    shows(rig, 12.0, SetBy.PERSON)
    rig.second()
    assert rig.decision is not None
    assert rig.decision.overrides == {"car": 12.0}


def test_person_who_raises_the_chargers_own_limit_has_it_whatever_was_asked_of_us_before() -> None:
    rig = charging()
    rig.change(wish_a=8.0)
    rig.run(90)
    assert rig.limit() == 8.0
    shows(rig, 14.0, SetBy.PERSON)
    rig.run(30)
    assert (rig.limit(), rig.reason()) == (14.0, Key.ASKED_THERE)
    assert rig.decision is not None
    assert rig.decision.asked_there == {"car": 14.0}
    rig.run(600)
    assert rig.limit() == 14.0
    # What is asked of us afterwards is the last word again.
    rig.change(wish_a=9.0, lifts=1)
    rig.run(90)
    assert (rig.limit(), rig.reason()) == (9.0, Key.OWNER_LIMIT)


def test_person_who_raises_it_above_what_the_fuse_has_gets_what_the_fuse_has() -> None:
    rig = charging(house=14.0)
    assert rig.limit() == 10.0
    shows(rig, 16.0, SetBy.PERSON)
    rig.second()
    assert rig.sent(since_s=rig.t_s) == [10.0]  # at once
    rig.run(60)
    assert (rig.limit(), rig.reason()) == (10.0, Key.LINE_FULL)
    rig.house = 4.0
    rig.run(120)
    assert (rig.limit(), rig.reason()) == (16.0, Key.ASKED_THERE)


def test_car_whose_charger_a_person_raised_goes_before_the_others_until_it_is_unplugged() -> None:
    rig = EchoRig(
        site(), car("a", limit_read_a=6.0, enabled_read=True), car("b", limit_read_a=6.0, priority=9), house=4.0
    )
    rig.run(200)
    assert (rig.limit("a"), rig.limit("b")) == (10.0, 10.0)
    rig.change("a", limit_read_a=14.0, set_by=SetBy.PERSON)
    rig.run(200)
    assert (rig.limit("a"), rig.limit("b")) == (14.0, 6.0)
    rig.change("a", connected=False)
    rig.run(5)
    rig.change("a", connected=True)
    rig.run(200)
    assert (rig.limit("a"), rig.limit("b")) == (10.0, 10.0)


def test_person_who_starts_it_at_the_charger_is_not_held_back_by_what_was_asked_of_us() -> None:
    rig = charging()
    rig.change(allowed=False)
    rig.run(90)
    assert rig.limit() == 0.0
    shows(rig, 10.0, SetBy.PERSON)  # the switch: it is let go on with whatever was set before
    rig.run(90)
    assert rig.limit() == 16.0
    rig.change(lifts=1)
    rig.run(30)
    assert (rig.limit(), rig.reason()) == (0.0, Key.NOT_ALLOWED)


def test_person_who_lowers_again_what_he_raised_keeps_that_before_the_others() -> None:
    rig = EchoRig(site(), car("a", limit_read_a=6.0), car("b", limit_read_a=6.0), house=4.0)
    rig.run(200)
    for limit_a in (14.0, 12.0):
        rig.change("a", limit_read_a=limit_a, set_by=SetBy.PERSON)
        rig.run(120)
        assert (rig.limit("a"), rig.limit("b")) == (limit_a, 20.0 - limit_a)
        assert rig.decision is not None
        assert rig.decision.asked_there == {"a": limit_a}
    rig.change("a", limit_read_a=0.0, set_by=SetBy.PERSON)
    rig.run(120)
    assert rig.decision is not None
    assert rig.decision.asked_there == {}
    assert (rig.limit("a"), rig.limit("b")) == (0.0, 16.0)


def test_raise_in_the_chargers_app_counts_and_a_reset_to_its_most_does_not() -> None:
    rig = charging()
    rig.change(wish_a=8.0)
    rig.run(90)
    shows(rig, 16.0)
    rig.run(120)
    assert rig.limit() == 8.0
    shows(rig, 13.0)
    rig.run(30)
    assert (rig.limit(), rig.reason()) == (13.0, Key.ASKED_THERE)


def test_what_was_asked_for_at_the_charger_is_not_forgotten_by_a_restart() -> None:
    rig = EchoRig(site(), car(limit_read_a=14.0, enabled_read=True, overridden_a=14.0, asked_there_a=14.0, wish_a=8.0))
    rig.run(200)
    assert (rig.limit(), rig.reason()) == (14.0, Key.ASKED_THERE)


def test_value_that_is_what_we_tell_meanwhile_is_nobodys_wish_when_we_tell_more_later() -> None:
    told = Told(limit_a=16.0, at_s=0.0)
    known = Override().look(_shown(16.0), told, 0.0)
    assert known.due_s == inf
    shown = known.look(_shown(10.0), told, 200.0)
    assert (shown.pending, shown.due_s) == (True, 210.0)
    # The house needs as much, before it is decided whose it is.
    met = shown.look(_shown(10.0), Told(limit_a=10.0, at_s=203.0, before_a=16.0), 204.0)
    assert (met.pending, met.due_s) == (False, inf)
    slow = met.look(_shown(10.0), Told(limit_a=16.0, at_s=300.0, before_a=10.0), 301.0)
    assert (slow.limit_a, slow.pending) == (None, False)


def test_car_whose_charger_a_person_raised_has_the_room_that_is_enough_for_one_whatever_the_priority() -> None:
    rig = EchoRig(
        site(), car("a", limit_read_a=6.0, enabled_read=True), car("b", limit_read_a=6.0, priority=9), house=14.0
    )
    rig.run(300)
    assert (rig.limit("a"), rig.limit("b")) == (0.0, 10.0)
    rig.change("a", limit_read_a=10.0, enabled_read=True, set_by=SetBy.PERSON)
    rig.run(300)
    assert (rig.limit("a"), rig.limit("b")) == (10.0, 0.0)
    assert rig.decision is not None
    assert rig.decision.asked_there == {"a": 10.0}
