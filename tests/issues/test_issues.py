"""What the owner is told to mend: when it comes, what it says, and that it goes."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.ev_sessions.const import DOMAIN, TROUBLESHOOTING
from custom_components.ev_sessions.site.issues import IssueBook, async_delete_issues
from custom_components.ev_sessions.site.ledger.ledger_issues import async_ledger_opened, async_ledger_trouble
from custom_components.ev_sessions.sources.watch import ProblemKind, SourceProblem
from custom_components.ev_sessions.store import CheckReport, LedgerUnwritableError, OpenReport, Outcome
from tests.site.house import site_entry

from .texts import placeholders_in, texts_of


def told(hass: HomeAssistant) -> dict[str, ir.IssueEntry]:
    """Return the issues of ours by translation key; each says with its placeholders all that its text asks for."""
    issues = [one for one in ir.async_get(hass).issues.values() if one.domain == DOMAIN and one.active]
    for issue in issues:
        assert issue.translation_key is not None
        assert placeholders_in(texts_of(issue.translation_key)) <= set(issue.translation_placeholders or {})
        assert not issue.is_fixable
        assert issue.learn_more_url == f"{TROUBLESHOOTING}#{issue.translation_key}"
    return {str(one.translation_key): one for one in issues}


@pytest.fixture
def book(hass: HomeAssistant) -> IssueBook:
    """The issues of a site that is configured, but does not run."""
    entry = site_entry()
    entry.add_to_hass(hass)
    return IssueBook(hass, entry.entry_id)


SENSOR = "sensor.wallbox_power"


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        (ProblemKind.MISSING, "source_missing"),
        (ProblemKind.DISABLED, "source_disabled"),
        (ProblemKind.UNIT, "source_unit"),
        (ProblemKind.NOT_A_NUMBER, "source_not_a_number"),
        (ProblemKind.UNKNOWN_WORD, "status_word_unknown"),
    ],
)
async def test_an_entity_that_is_of_no_use_is_told_until_it_is_cured(
    hass: HomeAssistant, book: IssueBook, kind: ProblemKind, key: str
) -> None:
    problem = SourceProblem(kind=kind, entity_id=SENSOR, detail="furlong")
    book.source_problem(problem, "Garage")
    assert list(told(hass)) == [key]
    assert told(hass)[key].translation_placeholders == {"name": "Garage", "entity_id": SENSOR, "detail": "furlong"}
    book.source_cured(SourceProblem(kind=kind, entity_id="sensor.another"))
    assert list(told(hass)) == [key]
    book.source_cured(problem)
    assert told(hass) == {}


async def test_two_faults_of_an_entity_are_two_issues(hass: HomeAssistant, book: IssueBook) -> None:
    book.source_problem(SourceProblem(kind=ProblemKind.MISSING, entity_id=SENSOR), "Garage")
    book.source_problem(SourceProblem(kind=ProblemKind.UNIT, entity_id=SENSOR, detail="bar"), "Garage")
    assert set(told(hass)) == {"source_missing", "source_unit"}


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        (ProblemKind.MISSING, "source_missing"),
        (ProblemKind.UNIT, "price_unit"),
        (ProblemKind.NOT_A_NUMBER, "price_not_a_number"),
        (ProblemKind.DISAGREES, "price_disagrees"),
    ],
)
async def test_a_price_that_cannot_be_read_is_told_in_words_about_prices(
    hass: HomeAssistant, book: IssueBook, kind: ProblemKind, key: str
) -> None:
    renamed: list[tuple[str, str]] = []
    listener = book.price_listener("Home", lambda old, new: renamed.append((old, new)))
    problem = SourceProblem(kind=kind, entity_id="sensor.price", detail="W")
    listener.on_problem(problem)
    assert list(told(hass)) == [key]
    listener.on_renamed("sensor.price", "sensor.tariff")
    assert renamed == [("sensor.price", "sensor.tariff")]
    listener.on_cured(problem)
    assert told(hass) == {}


async def test_a_silent_meter_is_told_with_its_entities(hass: HomeAssistant, book: IssueBook) -> None:
    book.meter("Home", lost=False)
    assert told(hass) == {}
    for _ in range(2):
        book.meter("Home", lost=True)
    issue = told(hass)["meter_lost"]
    assert issue.severity is ir.IssueSeverity.ERROR
    assert issue.translation_placeholders == {
        "site": "Home",
        "entities": "sensor.grid_l1, sensor.grid_l2, sensor.grid_l3, sensor.grid_power",
    }
    book.meter("Home", lost=False)
    assert told(hass) == {}


async def test_what_is_wrong_with_a_charger_or_the_fuse_is_told_while_it_lasts(
    hass: HomeAssistant, book: IssueBook
) -> None:
    for _ in range(2):
        book.charger_offline("Garage", "one", offline=True, after_s=90)
        book.charger_fault("Garage", "one", fault=True)
        book.charger_fault("Yard", "two", fault=True)
        book.site_overloaded("Home", lines="L1, L3", overloaded=True)
    issues = told(hass)
    assert set(issues) == {"charger_offline", "charger_fault", "site_overloaded"}
    assert issues["charger_offline"].translation_placeholders == {"name": "Garage", "minutes": "1.5"}
    assert issues["site_overloaded"].translation_placeholders == {"site": "Home", "lines": "L1, L3"}
    book.charger_offline("Garage", "one", offline=False, after_s=90)
    book.charger_fault("Garage", "one", fault=False)
    book.site_overloaded("Home", lines="", overloaded=False)
    assert told(hass)["charger_fault"].translation_placeholders == {"name": "Yard"}
    book.charger_fault("Yard", "two", fault=False)
    assert told(hass) == {}


async def test_missing_parts_of_a_site_are_told_until_they_are_there(hass: HomeAssistant, book: IssueBook) -> None:
    book.no_root_circuit("Home")
    book.no_tariff("Home")
    book.root_circuit_there()
    book.tariff_there()
    assert told(hass) == {}


async def test_chargers_that_cannot_be_left_alone_are_told_with_what_would_fit(
    hass: HomeAssistant, book: IssueBook
) -> None:
    words = {"line": "L1", "sum_a": "32", "fuse_a": "25", "proposal": "Garage 6 A, Yard 0 A"}
    book.fallbacks("Home", words, words)
    issues = told(hass)
    assert set(issues) == {"fallbacks_too_high", "hardware_limits_too_high"}
    assert all(issue.translation_placeholders == {"site": "Home", **words} for issue in issues.values())
    assert issues["hardware_limits_too_high"].severity is ir.IssueSeverity.WARNING
    book.fallbacks("Home", {**words, "line": "L2"}, None)
    (issue,) = told(hass).values()
    assert (issue.translation_key, issue.translation_placeholders) == (
        "fallbacks_too_high",
        {"site": "Home", **words, "line": "L2"},
    )
    book.fallbacks("Home", None, None)
    assert told(hass) == {}


async def test_a_clock_that_is_set_again_is_told_with_the_newest_step(hass: HomeAssistant, book: IssueBook) -> None:
    book.clock_stepped(3600.4)
    book.clock_stepped(-7.6)
    assert told(hass)["clock_stepped"].translation_placeholders == {"seconds": "-8"}


async def test_telling_the_same_again_leaves_the_registry_alone(
    hass: HomeAssistant, book: IssueBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    book.no_tariff("Home")
    touched = async_capture_events(hass, ir.EVENT_REPAIRS_ISSUE_REGISTRY_UPDATED)
    book.no_tariff("Home")
    book.meter("Home", lost=False)
    await hass.async_block_till_done()
    assert touched == []


async def test_a_reload_forgets_what_was_told_and_tells_it_anew(hass: HomeAssistant, book: IssueBook) -> None:
    book.source_problem(SourceProblem(kind=ProblemKind.MISSING, entity_id=SENSOR), "A charger that is gone now")
    book.no_tariff("Home")
    entry = hass.config_entries.async_entries(DOMAIN)[0]
    again = IssueBook(hass, entry.entry_id)
    assert told(hass) == {}
    again.no_tariff("Home")
    assert list(told(hass)) == ["no_tariff"]


async def test_what_the_owner_ignored_before_a_restart_stays_ignored(hass: HomeAssistant, book: IssueBook) -> None:
    book.no_tariff("Home")
    registry = ir.async_get(hass)
    place, issue = next((place, one) for place, one in registry.issues.items() if one.domain == DOMAIN)
    # As the registry is after a restart: nobody has told of it yet.
    registry.issues[place] = replace(issue, active=False, dismissed_version="2026.10.4")
    IssueBook(hass, hass.config_entries.async_entries(DOMAIN)[0].entry_id).no_tariff("Home")
    assert registry.issues[place].active
    assert registry.issues[place].dismissed_version == "2026.10.4"


async def test_the_issues_of_a_removed_site_go_and_those_of_another_stay(hass: HomeAssistant, book: IssueBook) -> None:
    other = site_entry()
    other.add_to_hass(hass)
    book.no_tariff("Home")
    IssueBook(hass, other.entry_id).no_root_circuit("Cottage")
    async_delete_issues(hass, hass.config_entries.async_entries(DOMAIN)[0].entry_id)
    assert list(told(hass)) == ["no_root_circuit"]


# The ledger's


def opened(**changes: Any) -> OpenReport:
    """Return what opening a ledger found."""
    return OpenReport(
        created=False,
        revision_before="1",
        revision="1",
        closed_clean=True,
        check=CheckReport(outcome=Outcome.PASSED),
        **changes,
    )


async def test_a_ledger_that_was_set_aside_is_told_with_its_place_and_what_was_saved(hass: HomeAssistant) -> None:
    async_ledger_opened(hass, opened(set_aside="ev_sessions.db.damaged", salvaged={"session": 41, "site": 1}))
    issue = told(hass)["ledger_set_aside"]
    assert issue.is_persistent
    assert issue.translation_placeholders == {"set_aside": "ev_sessions.db.damaged", "salvaged": "41"}
    # It is the owner who looks at the old file and then ignores it.
    async_ledger_opened(hass, opened())
    assert list(told(hass)) == ["ledger_set_aside"]


async def test_a_ledger_that_takes_no_writes_is_told_until_it_does(hass: HomeAssistant) -> None:
    async_ledger_trouble(hass, LedgerUnwritableError("database or disk is full"))
    issue = told(hass)["ledger_unavailable"]
    assert issue.translation_placeholders == {"reason": "database or disk is full"}
    async_ledger_trouble(hass, None)
    assert told(hass) == {}
    async_ledger_trouble(hass, LedgerUnwritableError("disk I/O error"))
    async_ledger_opened(hass, opened())
    assert told(hass) == {}


async def test_removing_a_site_takes_its_issues_along(hass: HomeAssistant, book: IssueBook, tmp_path: Path) -> None:
    hass.config.config_dir = str(tmp_path)
    book.no_tariff("Home")
    entry = hass.config_entries.async_entries(DOMAIN)[0]
    assert await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert told(hass) == {}
