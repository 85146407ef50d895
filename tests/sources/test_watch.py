"""Following entities: bursts, reports, renames, entities that go and come."""

from datetime import datetime, timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util

from custom_components.ev_sessions.sources.watch import EntityWatch, ProblemKind

from .listening import Told

ONE, TWO = "sensor.one", "sensor.two"


class Log:
    """A watch of two entities and what it told, with the texts at that moment."""

    def __init__(self, hass: HomeAssistant, *entity_ids: str) -> None:
        self.told = Told()
        self.reports: list[tuple[datetime, list[str | None]]] = []
        self.entity_ids = entity_ids
        self.watch = EntityWatch(hass, entity_ids, on_report=self._report, listener=self.told.listener)
        self.watch.async_start()

    def _report(self, at: datetime) -> None:
        states = [self.watch[entity_id].state for entity_id in self.entity_ids]
        self.reports.append((at, [None if state is None else state.state for state in states]))

    @property
    def texts(self) -> list[list[str | None]]:
        return [texts for _, texts in self.reports]


async def test_entities_that_report_together_are_one_burst(hass: HomeAssistant) -> None:
    log = Log(hass, ONE, TWO)
    hass.states.async_set(ONE, "1")
    hass.states.async_set(TWO, "2")
    assert log.reports == []
    await hass.async_block_till_done()
    assert log.texts == [["1", "2"]]
    log.watch.async_stop()


async def test_one_entity_that_changes_twice_at_once_loses_no_sample(hass: HomeAssistant) -> None:
    log = Log(hass, ONE, TWO)
    hass.states.async_set(TWO, "2")
    hass.states.async_set(ONE, "1")
    hass.states.async_set(ONE, "1.5")
    await hass.async_block_till_done()
    assert log.texts == [["1", "2"], ["1.5", "2"]]
    log.watch.async_stop()


async def test_an_equal_rewrite_is_a_report_with_its_own_instant(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    hass.states.async_set(ONE, "1")
    log = Log(hass, ONE)
    for seconds in range(3):
        freezer.tick(timedelta(seconds=1))
        hass.states.async_set(ONE, "1")
        assert log.watch[ONE].at == dt_util.utcnow()
        await hass.async_block_till_done()
        assert len(log.reports) == seconds + 1
    assert [at for at, _ in log.reports] == [dt_util.utcnow() - timedelta(seconds=s) for s in (2, 1, 0)]
    log.watch.async_stop()


async def test_bursts_a_fifth_of_a_second_apart_are_each_told(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    log = Log(hass, ONE, TWO)
    for burst in range(5):
        freezer.tick(timedelta(milliseconds=200))
        hass.states.async_set(ONE, f"{burst}")
        hass.states.async_set(TWO, f"{burst}")
        await hass.async_block_till_done()
    assert log.texts == [[f"{burst}", f"{burst}"] for burst in range(5)]
    log.watch.async_stop()


async def test_states_that_are_there_at_the_start_are_known_with_their_age(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    hass.states.async_set(ONE, "1")
    before = dt_util.utcnow()
    freezer.tick(timedelta(hours=1))
    log = Log(hass, ONE, TWO)
    assert log.watch[ONE].at == before
    assert log.watch[TWO].state is None
    log.watch.async_stop()


async def test_a_removed_state_is_told_as_nothing(hass: HomeAssistant) -> None:
    hass.states.async_set(ONE, "1")
    log = Log(hass, ONE)
    hass.states.async_remove(ONE)
    await hass.async_block_till_done()
    assert log.texts == [[None]]
    log.watch.async_stop()


async def test_after_the_stop_nothing_is_told_not_even_what_was_waiting(hass: HomeAssistant) -> None:
    log = Log(hass, ONE)
    hass.states.async_set(ONE, "1")
    log.watch.async_stop()
    hass.states.async_set(ONE, "2")
    await hass.async_block_till_done()
    assert log.reports == []


async def test_a_renamed_entity_is_followed_to_its_new_id(
    hass: HomeAssistant, entity_registry: er.EntityRegistry
) -> None:
    entity_id = entity_registry.async_get_or_create("sensor", "test", "u1", suggested_object_id="one").entity_id
    hass.states.async_set(ONE, "1")
    log = Log(hass, entity_id, TWO)
    entity_registry.async_update_entity(ONE, new_entity_id="sensor.garage_power")
    assert log.watch.current_ids == {ONE: "sensor.garage_power", TWO: TWO}
    assert log.watch[ONE].state is None  # under its new id it has said nothing yet
    hass.states.async_remove(ONE)
    hass.states.async_set("sensor.garage_power", "7")
    await hass.async_block_till_done()
    assert log.texts[-1] == ["7", None]
    # And once more: the registry is followed under the new id too.
    entity_registry.async_update_entity("sensor.garage_power", new_entity_id="sensor.third")
    hass.states.async_set("sensor.third", "8")
    await hass.async_block_till_done()
    assert log.texts[-1] == ["8", None]
    assert log.told.renamed == [(ONE, "sensor.garage_power"), ("sensor.garage_power", "sensor.third")]
    assert [problem.entity_id for problem in log.told.problems] == [TWO]
    log.watch.async_stop()


async def test_an_entity_removed_from_the_registry_is_a_problem_until_it_is_back(
    hass: HomeAssistant, entity_registry: er.EntityRegistry
) -> None:
    entity_registry.async_get_or_create("sensor", "test", "u1", suggested_object_id="one")
    hass.states.async_set(ONE, "1")
    log = Log(hass, ONE)
    entity_registry.async_remove(ONE)
    hass.states.async_remove(ONE)
    await hass.async_block_till_done()
    assert [(p.kind, p.entity_id) for p in log.told.problems] == [(ProblemKind.MISSING, ONE)]
    assert log.told.cured == []
    hass.states.async_set(ONE, "2")
    await hass.async_block_till_done()
    assert log.told.cured == log.told.problems
    log.watch.async_stop()


async def test_a_disabled_entity_is_a_problem_until_it_is_enabled(
    hass: HomeAssistant, entity_registry: er.EntityRegistry
) -> None:
    entity_registry.async_get_or_create("sensor", "test", "u1", suggested_object_id="one")
    log = Log(hass, ONE)
    assert log.told.problems == []
    entity_registry.async_update_entity(ONE, disabled_by=er.RegistryEntryDisabler.USER)
    await hass.async_block_till_done()
    assert log.told.kinds == ["disabled"]
    entity_registry.async_update_entity(ONE, name="Still disabled")
    await hass.async_block_till_done()
    assert log.told.kinds == ["disabled"]
    entity_registry.async_update_entity(ONE, disabled_by=None)
    await hass.async_block_till_done()
    assert log.told.cured == log.told.problems
    entity_registry.async_update_entity(ONE, disabled_by=er.RegistryEntryDisabler.USER)
    entity_registry.async_remove(ONE)
    await hass.async_block_till_done()
    assert log.told.kinds == ["disabled", "disabled", "missing"]
    log.watch.async_stop()


async def test_an_entity_that_comes_late_is_missed_only_after_home_assistant_has_started(hass: HomeAssistant) -> None:
    hass.set_state(CoreState.starting)
    log = Log(hass, ONE, TWO)
    hass.states.async_set(TWO, "2")
    assert log.told.problems == []
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await hass.async_block_till_done()
    assert [(p.kind, p.entity_id) for p in log.told.problems] == [(ProblemKind.MISSING, ONE)]
    hass.states.async_set(ONE, "1")
    await hass.async_block_till_done()
    assert log.told.cured == log.told.problems
    log.watch.async_stop()


async def test_a_watch_that_stops_during_the_start_misses_nobody(hass: HomeAssistant) -> None:
    hass.set_state(CoreState.starting)
    log = Log(hass, ONE)
    log.watch.async_stop()
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await hass.async_block_till_done()
    assert log.told.problems == []
