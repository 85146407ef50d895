"""Another controller behind a station: seen in what the station offers below our limit."""

from custom_components.ev_sessions.core.balancing.reasons import ReasonKey as Key
from tests.core.balancing.load_rig import LoadRig, car, site


class StationRig(LoadRig):
    """Stations that offer the least of our limit and another's; their cars take all that."""

    def offers(self, name: str, others_a: float) -> None:
        """Let a station offer no more than another controller allows."""
        offered_a = min(self.allowed[name], others_a)
        self.draws(name, offered_a)
        self.change(name, offered_a=offered_a)

    def live(self, seconds: int, **others_a: float) -> None:
        for _ in range(seconds):
            for name in self.evses:
                self.offers(name, others_a.get(name, 99.0))
            self.second()


def test_station_that_another_one_lowers_gives_its_share_to_the_others_and_has_it_back_later() -> None:
    rig = StationRig(site(), car("a", has_rival=True), car("b"), house=4.0)
    rig.live(200)
    assert (rig.limit("a"), rig.limit("b")) == (10.0, 10.0)
    rig.live(90, a=6.0)
    assert (rig.limit("a"), rig.reason("a")) == (7.0, Key.OTHER_CONTROLLER)
    assert rig.limit("b") == 13.0
    rig.live(300)
    assert (rig.limit("a"), rig.limit("b")) == (10.0, 10.0)
    assert rig.decision is not None
    assert rig.decision.rivals == ()


def test_station_whose_offer_goes_up_and_down_below_our_limit_has_another_controller() -> None:
    rig = StationRig(site(), car("a"), house=4.0)
    rig.live(200)
    for others_a in (8.0, 12.0, 9.0):
        rig.live(120, a=others_a)
        assert rig.decision is not None
        assert rig.decision.rivals == ()
    for others_a in (12.0, 8.0, 12.0):
        rig.live(120, a=others_a)
    assert rig.decision is not None
    assert rig.decision.rivals == ("a",)
    # Without another change it is gone in a quarter of a day.
    offered, now_s = rig.state.memories["a"].offered, rig.now().monotonic_s
    assert offered.has_rival(now_s + 5 * 3600)
    assert not offered.has_rival(now_s + 6 * 3600)


def test_offer_that_is_lowered_once_by_cable_or_heat_is_no_controller() -> None:
    rig = StationRig(site(), car("a"), house=4.0)
    rig.live(200)
    rig.live(600, a=10.0)
    rig.live(600)
    assert rig.decision is not None
    assert rig.decision.rivals == ()
    assert rig.limit("a") == 16.0


def test_what_a_station_offers_just_after_a_command_or_a_reconnect_is_nobodys_doing() -> None:
    rig = StationRig(site(), car("a"), house=4.0)
    rig.live(200)
    for _ in range(8):
        rig.change("a", online=False)
        rig.live(70, a=7.0)
        rig.change("a", online=True)
        rig.live(70)
    assert rig.decision is not None
    assert rig.decision.rivals == ()
