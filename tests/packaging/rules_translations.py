"""What hassfest asks of translations/en.json, and two demands of our own."""

from collections.abc import Iterator
import re
import string
from typing import Any

from homeassistant.const import Platform

from tests.packaging.tree import Json, Rule, Tree

SECTIONS = {
    "common",
    "conditions",
    "config",
    "config_panel",
    "config_subentries",
    "device",
    "device_automation",
    "entity",
    "exceptions",
    "issues",
    "options",
    "selector",
    "services",
    "system_health",
    "title",
    "triggers",
}
STEP_KEYS = {
    "data",
    "data_description",
    "description",
    "menu_option_descriptions",
    "menu_options",
    "sections",
    "submit",
    "title",
}
FLOW_KEYS = {"abort", "create_entry", "entry_type", "error", "flow_title", "initiate_flow", "progress", "step"}
ENTITY_KEYS = {"name", "state", "state_attributes", "unit_of_measurement"}

KEY = re.compile(r"(?!.*[_-]{2})[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?")
HTML = re.compile(r"<[/a-zA-Z][^>]*>|<!--")
QUOTED_PLACEHOLDER = re.compile(r"'\{\w+\}'")
REFERENCE = re.compile(r"\[%|%\]")
ADDRESS = re.compile(r"\b(?:https?|ftps?|mqtts?|wss?)://\w|\bwww\.[a-z0-9]", re.IGNORECASE)


def values(texts: Json, path: str = "") -> Iterator[tuple[str, Any]]:
    """Walk all leaves with their dotted paths."""
    for key, value in texts.items():
        here = f"{path}.{key}" if path else key
        if isinstance(value, dict):
            yield from values(value, here)
        else:
            yield here, value


def flows(texts: Json) -> Iterator[tuple[str, Json]]:
    """Walk all flows: of the entry, of its options, of each subentry, and those that mend an issue."""
    for name in ("config", "options"):
        if name in texts:
            yield name, texts[name]
    for kind, flow in texts.get("config_subentries", {}).items():
        yield f"config_subentries.{kind}", flow
    for issue, content in texts.get("issues", {}).items():
        if "fix_flow" in content:
            yield f"issues.{issue}.fix_flow", content["fix_flow"]


def forms(texts: Json) -> Iterator[tuple[str, Json]]:
    """Walk everything that shows fields: steps and their sections."""
    for flow_path, flow in flows(texts):
        for step, content in flow.get("step", {}).items():
            yield f"{flow_path}.step.{step}", content
            for section, part in content.get("sections", {}).items():
                yield f"{flow_path}.step.{step}.sections.{section}", part


def sections_are_known(tree: Tree) -> list[str]:
    """Home Assistant reads certain parts of the file and ignores the rest."""
    return [f"{key} is not a part of translations" for key in tree.texts if key not in SECTIONS]


def values_are_text(tree: Tree) -> list[str]:
    """A leaf is a text that says something."""
    return [f"{path} is no text" for path, value in values(tree.texts) if not isinstance(value, str) or not value]


def texts_have_no_outer_blanks(tree: Tree) -> list[str]:
    """Blanks at the ends are lost or seen, and neither is meant."""
    return [
        f"{path} starts or ends with a blank" for path, value in values(tree.texts) if str(value) != str(value).strip()
    ]


def texts_have_no_html(tree: Tree) -> list[str]:
    """Texts are Markdown."""
    return [f"{path} has HTML" for path, value in values(tree.texts) if HTML.search(str(value))]


def texts_have_no_addresses(tree: Tree) -> list[str]:
    """An address is a placeholder, so that translators cannot break it."""
    return [f"{path} has an address" for path, value in values(tree.texts) if ADDRESS.search(str(value))]


def texts_have_no_references(tree: Tree) -> list[str]:
    """References are resolved when Home Assistant is built, which a custom integration never is."""
    return [f"{path} refers to another key" for path, value in values(tree.texts) if REFERENCE.search(str(value))]


def placeholders_are_not_in_single_quotes(tree: Tree) -> list[str]:
    """In single quotes the UI's formatter takes a placeholder for plain text."""
    return [
        f"{path} has a placeholder in single quotes"
        for path, value in values(tree.texts)
        if QUOTED_PLACEHOLDER.search(str(value))
    ]


def placeholders_are_names(tree: Tree) -> list[str]:
    """What stands in braces is a plain name, and every brace is closed."""
    problems = []
    for path, value in values(tree.texts):
        try:
            names = [name for _, name, _, _ in string.Formatter().parse(str(value)) if name is not None]
        except ValueError as error:
            problems.append(f"{path}: {error}")
            continue
        problems += [f"{path} has the placeholder {{{name}}}" for name in names if not name.isidentifier()]
    return problems


def keys_are_slugs(tree: Tree) -> list[str]:
    """Keys are small letters, digits, hyphens and underscores; `_` alone stands for the main one."""
    keys = {key for path, _ in values(tree.texts) for key in path.split(".")}
    return [f"{key!r} is no key" for key in sorted(keys) if key != "_" and not KEY.fullmatch(key)]


def flows_have_their_parts(tree: Tree) -> list[str]:
    """A flow has steps; a step has only what the UI shows."""
    problems = []
    for path, flow in flows(tree.texts):
        problems += [f"{path}.{key} is not a part of flows" for key in flow if key not in FLOW_KEYS]
        if not isinstance(flow.get("step"), dict):
            problems.append(f"{path} has no step")
            continue
        problems += [
            f"{path}.step.{step}.{key} is not a part of steps"
            for step, content in flow["step"].items()
            for key in content
            if key not in STEP_KEYS
        ]
    return problems


def subentries_have_a_type_and_a_button(tree: Tree) -> list[str]:
    """The UI has one button per kind of subentry, and shows the kind beside each."""
    problems = []
    for kind, flow in tree.texts.get("config_subentries", {}).items():
        if not flow.get("entry_type"):
            problems.append(f"config_subentries.{kind} has no entry_type")
        if not flow.get("initiate_flow", {}).get("user"):
            problems.append(f"config_subentries.{kind} has no initiate_flow.user")
    return problems


def descriptions_belong_to_fields(tree: Tree) -> list[str]:
    """A description of a field that is not there is never shown."""
    return [
        f"{path}.data_description.{key} has no field"
        for path, form in forms(tree.texts)
        for key in form.get("data_description", {})
        if key not in form.get("data", {})
    ]


def fields_are_described(tree: Tree) -> list[str]:
    """Our own, from the Quality Scale: nobody should have to guess what a field wants."""
    return [
        f"{path}.data.{key} has no data_description"
        for path, form in forms(tree.texts)
        for key in form.get("data", {})
        if key not in form.get("data_description", {})
    ]


def issues_say_what_to_do(tree: Tree) -> list[str]:
    """An issue has a title, and either a description or a flow that mends it."""
    problems = []
    for issue, content in tree.texts.get("issues", {}).items():
        if not content.get("title"):
            problems.append(f"issues.{issue} has no title")
        if ("description" in content) == ("fix_flow" in content):
            problems.append(f"issues.{issue} needs one of description and fix_flow")
    return problems


def exceptions_have_a_message(tree: Tree) -> list[str]:
    """An exception shows its message and nothing else."""
    return [
        f"exceptions.{key} should have a message and nothing else"
        for key, content in tree.texts.get("exceptions", {}).items()
        if not isinstance(content, dict) or set(content) != {"message"}
    ]


def entities_have_their_parts(tree: Tree) -> list[str]:
    """Entity texts lie under their platform, by translation key."""
    platforms = {str(platform) for platform in Platform}
    problems = []
    for platform, entities in tree.texts.get("entity", {}).items():
        if platform not in platforms:
            problems.append(f"entity.{platform} is no platform")
        problems += [
            f"entity.{platform}.{key}.{part} is not a part of entities"
            for key, content in entities.items()
            for part in content
            if part not in ENTITY_KEYS
        ]
    return problems


def english_is_the_source(tree: Tree) -> list[str]:
    """Home Assistant never reads strings.json of a custom integration, so two truths would drift apart."""
    return ["strings.json should not be there"] if "strings.json" in tree.files else []


RULES: tuple[Rule, ...] = (
    sections_are_known,
    values_are_text,
    texts_have_no_outer_blanks,
    texts_have_no_html,
    texts_have_no_addresses,
    texts_have_no_references,
    placeholders_are_not_in_single_quotes,
    placeholders_are_names,
    keys_are_slugs,
    flows_have_their_parts,
    subentries_have_a_type_and_a_button,
    descriptions_belong_to_fields,
    fields_are_described,
    issues_say_what_to_do,
    exceptions_have_a_message,
    entities_have_their_parts,
    english_is_the_source,
)
