"""Our tree keeps every rule; and each rule rejects what it is there to reject."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.packaging import rules_hacs, rules_icons, rules_languages, rules_manifest, rules_services, rules_translations
from tests.packaging.examples import BROKEN, GOOD, broken
from tests.packaging.tree import Rule, Tree, components_of, png_size, read_tree

REPOSITORY = Path(__file__).parents[2]
GROUPS = {
    "manifest": rules_manifest.RULES,
    "translations": rules_translations.RULES,
    "languages": rules_languages.RULES,
    "services": rules_services.RULES,
    "icons": rules_icons.RULES,
    "hacs": rules_hacs.RULES,
}
RULES = [pytest.param(rule, id=f"{group}: {rule.__name__}") for group, rules in GROUPS.items() for rule in rules]


@pytest.fixture(scope="module")
def ours() -> Tree:
    return read_tree(REPOSITORY, "ev_sessions")


@pytest.mark.parametrize("rule", RULES)
def test_our_tree_has_no_problem(ours: Tree, rule: Rule) -> None:
    assert rule(ours) == []


@pytest.mark.parametrize("rule", RULES)
def test_a_good_tree_has_no_problem(rule: Rule) -> None:
    assert rule(GOOD) == []


@pytest.mark.parametrize(
    ("rule", "make"),
    [pytest.param(rule, make, id=f"{rule.__name__}: {what}") for rule, what, make in broken()],
)
def test_a_broken_tree_is_rejected(rule: Rule, make: Callable[[], Tree]) -> None:
    assert rule(make())


def test_every_rule_has_a_tree_that_breaks_it() -> None:
    assert {rule for rules in GROUPS.values() for rule in rules} == set(BROKEN)


def test_imports_of_components_are_found_in_all_their_forms() -> None:
    source = """
import homeassistant.components.http
from homeassistant.components import energy, recorder as database
from homeassistant.components.backup.models import AgentBackup
from homeassistant.core import HomeAssistant
from .components import kettle

def late():
    from homeassistant.components.sun import sunrise
"""
    assert components_of(source) == {"http", "energy", "recorder", "backup", "sun"}


def test_a_file_that_is_no_png_has_no_size(tmp_path: Path) -> None:
    text = tmp_path / "icon.png"
    text.write_text("not an image, whatever its name says")
    assert png_size(text) == (0, 0)
