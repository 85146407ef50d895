"""Which EVSEs are shown anew, and how many of them in a second."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from types import SimpleNamespace
from typing import Any, cast

from homeassistant.core import HomeAssistant

from custom_components.ev_sessions.site.evse.evse import EvseRuntime
from custom_components.ev_sessions.site.showing import AT_LATEST_S, AT_ONCE as SHOWN_AT_ONCE, FEW, PER_S, Showing
from custom_components.ev_sessions.site.turns import AT_ONCE, async_in_turns


@dataclass(slots=True)
class HandLoop:
    """A loop whose time is moved by hand."""

    now_s: float = 1000.0
    timers: list[tuple[float, Callable[[], None]]] = field(default_factory=list)

    def time(self) -> float:
        return self.now_s

    def call_at(self, when_s: float, work: Callable[[], None]) -> Any:
        timer = (when_s, work)
        self.timers.append(timer)
        return SimpleNamespace(cancel=lambda: self.timers.remove(timer) if timer in self.timers else None)

    def call_later(self, wait_s: float, work: Callable[[], None]) -> Any:
        return self.call_at(self.now_s + wait_s, work)

    def call_soon(self, work: Callable[[], None]) -> Any:
        return self.call_at(self.now_s, work)

    def pass_s(self, seconds: float) -> None:
        """Let time pass, with what is due in it."""
        until_s = self.now_s + seconds
        while due := [timer for timer in self.timers if timer[0] <= until_s]:
            timer = min(due, key=lambda one: one[0])
            self.timers.remove(timer)
            self.now_s = max(self.now_s, timer[0])
            timer[1]()
        self.now_s = until_s


class Seen:
    """EVSEs that note when they were shown, and how often the site was."""

    def __init__(self, evses: int) -> None:
        self.loop = HandLoop()
        self.sites = 0
        self.shown: dict[int, list[float]] = {number: [] for number in range(evses)}
        self.evses = [self._evse(number) for number in range(evses)]
        self.showing = Showing(self.hass, evses=evses, show_site=self._site)

    @property
    def hass(self) -> HomeAssistant:
        return cast("HomeAssistant", SimpleNamespace(loop=self.loop))

    def _evse(self, number: int) -> EvseRuntime:
        def note(*, balances: bool = True) -> None:
            self.shown[number].append(self.loop.now_s)

        class Evse:
            async_follow = staticmethod(note)
            async_refresh = staticmethod(note)

        return cast("EvseRuntime", Evse())

    def _site(self) -> None:
        self.sites += 1

    @property
    def count(self) -> int:
        return sum(len(times) for times in self.shown.values())


def test_a_sample_is_shown_at_once_and_the_next_one_a_second_later() -> None:
    seen = Seen(1)
    for _ in range(3):
        seen.showing.async_soon(seen.evses[0])
    assert seen.shown[0] == [1000.0]
    seen.loop.pass_s(5)
    assert seen.shown[0] == [1000.0, 1001.0]


def test_only_who_has_something_new_is_shown() -> None:
    seen = Seen(50)
    seen.showing.async_soon(seen.evses[7])
    seen.loop.pass_s(60)
    assert seen.shown[7] == [1000.0]
    assert seen.count == 1


def test_fifty_that_report_each_second_take_turns_and_none_is_forgotten() -> None:
    seen = Seen(50)
    for _ in range(60):
        for evse in seen.evses:
            seen.showing.async_soon(evse)
        seen.loop.pass_s(1)
    # Those of the first instant, and one whose turn comes in the last.
    assert 60 * PER_S <= seen.count <= 60 * PER_S + SHOWN_AT_ONCE + 1
    least, most = (of(len(times) for times in seen.shown.values()) for of in (min, max))
    assert most - least <= 2  # who is asked for in the same instant has no order
    assert seen.sites <= 62


def test_three_hundred_that_report_all_the_time_are_each_shown_every_half_minute() -> None:
    seen = Seen(300)
    for _ in range(90):
        for evse in seen.evses:
            seen.showing.async_soon(evse)
        seen.loop.pass_s(1)
    pauses = [after - before for times in seen.shown.values() for before, after in pairwise(times)]
    assert max(pauses) <= AT_LATEST_S + 1


def test_what_matters_is_shown_at_once_whoever_waits() -> None:
    seen = Seen(50)
    for evse in seen.evses:
        seen.showing.async_soon(evse)
    sites = seen.sites
    seen.showing.async_now(seen.evses[49])
    assert seen.shown[49] == [1000.0]
    assert seen.sites == sites + 1
    seen.loop.pass_s(10)
    assert seen.shown[49] == [1000.0]


def test_a_site_of_few_is_added_up_whenever_one_of_them_changed() -> None:
    seen = Seen(FEW)
    for number in range(3):
        seen.showing.async_soon(seen.evses[number])
    assert seen.sites == 3


def test_after_the_end_nothing_is_shown() -> None:
    seen = Seen(50)
    for evse in seen.evses:
        seen.showing.async_soon(evse)
    count = seen.count
    seen.showing.async_end()
    seen.showing.async_soon(seen.evses[0])
    seen.showing.async_now(seen.evses[0])
    seen.loop.pass_s(60)
    assert seen.count == count
    assert seen.loop.timers == []


def test_work_for_many_lets_others_have_their_turn_in_between() -> None:
    seen = Seen(1)
    done: list[int] = []
    async_in_turns(seen.hass, range(AT_ONCE * 2 + 1), done.append)
    assert done == list(range(AT_ONCE))
    seen.loop.pass_s(0)
    assert done == list(range(AT_ONCE * 2 + 1))
