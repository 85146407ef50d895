"""The manual tells of all that there is, by its right name, and of nothing that is not."""

from collections.abc import Iterator
import json
from typing import Any

import pytest
import yaml

from custom_components.ev_sessions.binary_sensor import EVSE_BINARY_SENSORS
from custom_components.ev_sessions.core.alerts import EVSE_ALERTS, SITE_ALERTS, AlertType
from custom_components.ev_sessions.core.balancing.load import BalancingState
from custom_components.ev_sessions.core.balancing.reasons import ReasonKey
from custom_components.ev_sessions.core.sessions.session import SessionEventType
from tests.docs.pages import REPOSITORY, Page, our_pages

COMPONENT = REPOSITORY / "custom_components" / "ev_sessions"
TEXTS: dict[str, Any] = json.loads((COMPONENT / "translations" / "en.json").read_text(encoding="utf-8"))
ACTIONS: dict[str, Any] = yaml.safe_load((COMPONENT / "services.yaml").read_text(encoding="utf-8"))


def page(name: str) -> Page:
    return our_pages()[f"docs/{name}.md"]


def entity_names() -> dict[str, set[str]]:
    """Return the English names of all entities by the key of their texts."""
    found: dict[str, set[str]] = {}
    for entities in TEXTS["entity"].values():
        for key, texts in entities.items():
            found.setdefault(key.removeprefix("site_"), set()).add(texts["name"])
    return found


def told_names() -> dict[str, set[str]]:
    """Return the names that the page of entities tells, by their keys."""
    found: dict[str, set[str]] = {}
    for line in page("entities").text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `"):
            found.setdefault(cells[0].strip("`"), set()).add(cells[1])
    return found


# Entities


def test_every_entity_is_told_by_its_key_and_its_name() -> None:
    assert told_names() == entity_names()


def test_the_words_of_the_status_are_all_told() -> None:
    (row,) = (line for line in page("entities").text.splitlines() if line.startswith("| `status`"))
    states = TEXTS["entity"]["sensor"]["status"]["state"].values()
    assert [word for word in states if word.lower() not in row.lower()] == []
    assert {"connected", "charging", "problem"} <= {one.key for one in EVSE_BINARY_SENSORS}


# Events


def test_every_event_of_a_session_is_told() -> None:
    told = page_rows(page("events").section("Session events"))
    assert told == {one.value for one in SessionEventType}


def test_every_alert_is_told_with_whose_it_is() -> None:
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in page("events").section("Alerts").splitlines()
        if line.startswith("| `")
    ]
    told = {cells[0].strip("`"): cells[1] for cells in rows}
    assert told == {
        **dict.fromkeys((one.value for one in EVSE_ALERTS), "charger"),
        **dict.fromkeys((one.value for one in SITE_ALERTS), "site"),
    }
    assert set(told) == {one.value for one in AlertType}
    numbers = {cells[3].strip("`") for cells in rows if cells[3]}
    assert numbers == {key for key in TEXTS["entity"]["number"] if key.startswith("alert_")}


@pytest.mark.parametrize(("heading", "key"), [("Session events", "session_event"), ("Alerts", "alert")])
def test_every_attribute_of_an_event_is_told(heading: str, key: str) -> None:
    attributes = set(TEXTS["entity"]["event"][key]["state_attributes"])
    if key == "alert":
        attributes |= set(TEXTS["entity"]["event"]["site_alert"]["state_attributes"])
    section = page("events").section(heading)
    assert [one for one in sorted(attributes - {"event_type"}) if f"`{one}`" not in section] == []


def test_every_blueprint_is_told() -> None:
    files = {path.name for path in (REPOSITORY / "blueprints" / "automation" / "ev_sessions").glob("*.yaml")}
    told = {link.target.rpartition("/")[2] for link in page("events").links if "/blueprints/" in link.target}
    assert told == files


# Actions


def test_every_action_has_a_section_and_none_is_left_of_the_past() -> None:
    sections = [one for one in page("actions").headings if "_" in one]
    assert sections == list(ACTIONS)


@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_is_told_with_its_fields_and_an_example(action: str) -> None:
    section = page("actions").section(action)
    told = {
        word.strip("` ")
        for line in section.split("```")[0].splitlines()
        if line.startswith("| `")
        for word in line.split("|")[1].split(",")
    }
    assert told == set(ACTIONS[action].get("fields", {}))
    assert f"action: ev_sessions.{action}\n" in section


def calls() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every call of an action of ours in an example of any page."""
    for path, one in our_pages().items():
        for language, text in one.examples:
            if language == "yaml":
                yield from ((path, call) for call in _calls_in(yaml.safe_load(text)))


def _calls_in(content: Any) -> Iterator[dict[str, Any]]:
    if isinstance(content, dict):
        if str(content.get("action", "")).startswith("ev_sessions."):
            yield content
        for part in content.values():
            yield from _calls_in(part)
    elif isinstance(content, list):
        for part in content:
            yield from _calls_in(part)


def test_examples_call_what_is_there_with_fields_that_are_there() -> None:
    found = list(calls())
    assert len(found) > len(ACTIONS)
    for path, call in found:
        action = call["action"].removeprefix("ev_sessions.")
        assert action in ACTIONS, path
        assert set(call.get("data", {})) <= set(ACTIONS[action].get("fields", {})), path
        assert ("target" in call) == ("target" in ACTIONS[action]), path


def test_examples_of_json_are_json() -> None:
    for one in our_pages().values():
        for language, text in one.examples:
            if language == "json":
                json.loads(text)


# Balancing and troubleshooting


def test_every_reason_and_every_state_of_balancing_is_told() -> None:
    assert page_rows(page("balancing").section("Reasons")) == {one.value for one in ReasonKey}
    assert page_rows(page("balancing").section("States")) == {one.value for one in BalancingState}


def test_every_repair_issue_has_its_section_and_no_other_has() -> None:
    section = page("troubleshooting").section("Repairs")
    told = {line.removeprefix("### ") for line in section.splitlines() if line.startswith("### ")}
    assert told == set(TEXTS["issues"])


# Fields of the dialogs


def test_every_field_of_the_dialogs_is_told_in_some_words() -> None:
    text = page("installation").text.lower()
    names = {
        name
        for flow in (TEXTS["config"], *TEXTS["config_subentries"].values())
        for step in flow["step"].values()
        for form in (step, *step.get("sections", {}).values())
        for name in form.get("data", {}).values()
    }
    missing = {name for name in names if not _is_told(name, text)}
    assert missing == set()


#: Fields that the page tells of together, or by other words.
_TOLD_AS = {
    "a session starts above": "a session starts above",
    "a session ends when quiet for": "ends when quiet for",
    "charging switch": "charging switch",
    "check what the status words mean": "meaning of its words",
    "currents": "currents",
    "go on with its sessions": "keeps its sessions",
    "hold for at most": "held for a time",
    "stand-in price": "stand-in price",
    "least current": "least and greatest current",
    "greatest current": "least and greatest current",
}
#: Fields that are there once for each line or for each role, and told once: by their first word.
_TOLD_ONCE = ("current l", "power l", "export l", "fuse l", "attribute", "tier")


def _is_told(name: str, text: str) -> bool:
    plain = name.lower().removesuffix(" (optional)")
    if plain.startswith(_TOLD_ONCE):
        plain = plain.split(" ", maxsplit=1)[0].removesuffix("s")
    return _TOLD_AS.get(plain, plain) in text


def page_rows(section: str) -> set[str]:
    """Return what stands in backticks at the beginning of the rows of a section's tables."""
    return {line.split("`")[1] for line in section.splitlines() if line.startswith("| `")}
