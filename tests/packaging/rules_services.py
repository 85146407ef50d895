"""What hassfest asks of services.yaml; texts and icons of actions included, as it asks of core ones."""

from collections.abc import Iterator
import re
from typing import Any

from homeassistant.helpers import selector
import voluptuous as vol

from tests.packaging.tree import Json, Rule, Tree

ACTION_KEYS = {"fields", "target"}
FIELD_KEYS = {"default", "example", "filter", "required", "selector"}
SECTION_KEYS = {"collapsed", "fields"}


def actions(tree: Tree) -> Iterator[tuple[str, Json]]:
    """Walk the actions; one without fields is an empty one."""
    for name, content in tree.services.items():
        yield name, content or {}


def fields(action: Json) -> Iterator[tuple[str, Json]]:
    """Walk the fields of an action, those in sections too."""
    for name, content in (action.get("fields") or {}).items():
        if "fields" in (content or {}):
            yield from ((inner, part or {}) for inner, part in content["fields"].items())
        else:
            yield name, content or {}


def sections(action: Json) -> Iterator[tuple[str, Json]]:
    """Walk the sections of an action."""
    for name, content in (action.get("fields") or {}).items():
        if "fields" in (content or {}):
            yield name, content


def names_are_slugs(tree: Tree) -> list[str]:
    """Actions and fields are called by name in automations; an anchor with a leading dot is for core alone."""
    names = [*tree.services, *(name for _, action in actions(tree) for name, _ in fields(action))]
    return [f"{name!r} is no name" for name in names if not re.fullmatch(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*", str(name))]


def parts_are_known(tree: Tree) -> list[str]:
    """A part that Home Assistant does not know is a typing error."""
    problems = []
    for name, action in actions(tree):
        problems += [f"{name}.{key} is not a part of actions" for key in action if key not in ACTION_KEYS]
        for field, content in fields(action):
            problems += [f"{name}.{field}.{key} is not a part of fields" for key in content if key not in FIELD_KEYS]
        for section, content in sections(action):
            problems += [
                f"{name}.{section}.{key} is not a part of sections" for key in content if key not in SECTION_KEYS
            ]
    return problems


def field_names_are_unique(tree: Tree) -> list[str]:
    """Sections are for the eye only: what is called has one level."""
    problems = []
    for name, action in actions(tree):
        names = [field for field, _ in fields(action)]
        problems += [f"{name} has the field {field} twice" for field in sorted(set(names)) if names.count(field) > 1]
    return problems


def selectors_are_valid(tree: Tree) -> list[str]:
    """Each field has a selector, and Home Assistant understands it."""
    problems = []
    for name, action in actions(tree):
        for field, content in fields(action):
            if "selector" not in content:
                problems.append(f"{name}.{field} has no selector")
                continue
            try:
                selector.validate_selector(content["selector"])
            except vol.Invalid as error:
                problems.append(f"{name}.{field}: {error}")
    return problems


def selector_options_have_texts(tree: Tree) -> list[str]:
    """Options that are words to a program are texts to a person."""
    problems = []
    for name, action in actions(tree):
        for field, content in fields(action):
            select: Any = (content.get("selector") or {}).get("select") or {}
            key = select.get("translation_key")
            if key is None:
                if any(isinstance(option, str) for option in select.get("options", [])):
                    problems.append(f"{name}.{field} has options but no translation_key")
                continue
            known = tree.texts.get("selector", {}).get(key, {}).get("options", {})
            problems += [
                f"selector.{key}.options.{option} is missing"
                for option in select.get("options", [])
                if option not in known
            ]
    return problems


def actions_have_texts(tree: Tree) -> list[str]:
    """Name and description for the action and each field, a name for each section."""
    problems = []
    for name, action in actions(tree):
        texts = tree.texts.get("services", {}).get(name, {})
        problems += [f"services.{name}.{part} is missing" for part in ("name", "description") if not texts.get(part)]
        problems += [
            f"services.{name}.fields.{field}.{part} is missing"
            for field, _ in fields(action)
            for part in ("name", "description")
            if not texts.get("fields", {}).get(field, {}).get(part)
        ]
        problems += [
            f"services.{name}.sections.{section}.name is missing"
            for section, _ in sections(action)
            if not texts.get("sections", {}).get(section, {}).get("name")
        ]
    return problems


def texts_belong_to_actions(tree: Tree) -> list[str]:
    """Texts of an action or field that is gone mislead translators."""
    problems = []
    known = dict(actions(tree))
    for name, texts in tree.texts.get("services", {}).items():
        if name not in known:
            problems.append(f"services.{name} has texts but is no action")
            continue
        there = {field for field, _ in fields(known[name])}
        problems += [
            f"services.{name}.fields.{field} is no field" for field in texts.get("fields", {}) if field not in there
        ]
    return problems


def registered_actions_are_described(tree: Tree) -> list[str]:
    """An action without a description cannot be used in the UI."""
    if tree.registers_actions and not tree.services:
        return ["actions are registered, but services.yaml describes none"]
    return []


RULES: tuple[Rule, ...] = (
    names_are_slugs,
    parts_are_known,
    field_names_are_unique,
    selectors_are_valid,
    selector_options_have_texts,
    actions_have_texts,
    texts_belong_to_actions,
    registered_actions_are_described,
)
