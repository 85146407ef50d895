"""What hassfest asks of icons.json."""

import re
from typing import Any

from homeassistant.const import Platform

from tests.packaging.rules_translations import values
from tests.packaging.tree import Rule, Tree

PARTS = {"conditions", "entity", "services", "triggers"}
ENTITY_PARTS = {"default", "range", "state", "state_attributes"}
ACTION_PARTS = {"sections", "service"}


def parts_are_known(tree: Tree) -> list[str]:
    """Icons are for entities, actions, triggers and conditions."""
    problems = [f"{key} is not a part of icons" for key in tree.icons if key not in PARTS]
    for platform, entities in tree.icons.get("entity", {}).items():
        if platform not in {str(known) for known in Platform}:
            problems.append(f"entity.{platform} is no platform")
        problems += [
            f"entity.{platform}.{key}.{part} is not a part of entity icons"
            for key, content in entities.items()
            for part in content
            if part not in ENTITY_PARTS
        ]
    problems += [
        f"services.{name} should be an object with service"
        for name, content in tree.icons.get("services", {}).items()
        if not isinstance(content, dict) or "service" not in content or not set(content) <= ACTION_PARTS
    ]
    return problems


def icons_are_material(tree: Tree) -> list[str]:
    """Home Assistant brings the Material Design icons and no others."""
    return [f"{path} is no mdi icon: {value}" for path, value in values(tree.icons) if not _is_icon(value)]


def states_differ_from_the_default(tree: Tree) -> list[str]:
    """A state's icon that is the default's says nothing."""
    return [
        f"entity.{platform}.{key}.state.{state} is the default"
        for platform, entities in tree.icons.get("entity", {}).items()
        for key, content in entities.items()
        for state, icon in content.get("state", {}).items()
        if icon == content.get("default")
    ]


def actions_have_an_icon(tree: Tree) -> list[str]:
    """Each action is found by its icon in a long list."""
    return [f"services.{name} has no icon" for name in tree.services if name not in tree.icons.get("services", {})]


def icons_belong_to_actions(tree: Tree) -> list[str]:
    """An icon of an action that is gone is left over."""
    return [f"services.{name} is no action" for name in tree.icons.get("services", {}) if name not in tree.services]


def _is_icon(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"mdi:[a-z0-9]+(-[a-z0-9]+)*", value) is not None


RULES: tuple[Rule, ...] = (
    parts_are_known,
    icons_are_material,
    states_differ_from_the_default,
    actions_have_an_icon,
    icons_belong_to_actions,
)
