"""What our quality scale file calls done is done, as far as a test can see it; and no rule is missing."""

import ast
from collections.abc import Iterator
import json
from pathlib import Path
from typing import Any, get_args

from homeassistant.config_entries import ConfigSubentryFlow
import pytest
import yaml

import custom_components.ev_sessions as component
from custom_components.ev_sessions.config_flow import EvSessionsConfigFlow
from tests.docs.pages import our_pages
from tests.quality.scale import ANSWERS, BRONZE, GOLD, PLATINUM, SILVER

FOLDER = Path(component.__file__).parent
RULES: dict[str, Any] = yaml.safe_load((FOLDER / "quality_scale.yaml").read_text(encoding="utf-8"))["rules"]
TEXTS: dict[str, Any] = json.loads((FOLDER / "translations" / "en.json").read_text(encoding="utf-8"))
MANIFEST: dict[str, Any] = json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))
#: Errors that Home Assistant shows to people.
SHOWN = {"ConfigEntryError", "ConfigEntryNotReady", "HomeAssistantError", "ServiceValidationError", "UpdateFailed"}


def is_done(rule: str) -> bool:
    return bool(RULES[rule] == "done")


def sources() -> Iterator[tuple[str, ast.Module]]:
    """Yield every module of ours by its path."""
    for path in sorted(FOLDER.rglob("*.py")):
        yield path.relative_to(FOLDER).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def names_of(call: ast.Call) -> str:
    """Return the bare name of what is called."""
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def words_in(node: ast.AST) -> set[str]:
    """Return the texts that stand anywhere in a piece of code."""
    return {one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)}


# The file


def test_every_rule_up_to_gold_is_done_or_exempt_with_a_reason() -> None:
    assert sorted(RULES) == sorted((*BRONZE, *SILVER, *GOLD, *PLATINUM))
    for rule in (*BRONZE, *SILVER, *GOLD):
        content = RULES[rule]
        if content != "done":
            assert content["status"] == "exempt", rule
            assert len(content["comment"].split()) > 3, rule


def test_what_is_not_documented_is_exempt() -> None:
    assert set(ANSWERS) == {rule for rule in RULES if rule.startswith("docs-")}
    for rule, (page, heading) in ANSWERS.items():
        if is_done(rule):
            assert heading in our_pages()[page].headings, rule
            assert len(our_pages()[page].section(heading)) > 300, rule


# Set-up


def functions_of(name: str) -> dict[str, set[str]]:
    """Return what each function of a module calls."""
    tree = ast.parse((FOLDER / name).read_text(encoding="utf-8"))
    return {
        node.name: {names_of(call) for call in ast.walk(node) if isinstance(call, ast.Call)}
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def test_actions_are_registered_before_any_site_is_set_up() -> None:
    functions = functions_of("__init__.py")
    assert "async_setup_services" in functions["async_setup"]
    assert "async_setup_services" not in functions["async_setup_entry"]
    registering = {
        path
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and names_of(node) in {"async_register", "async_register_admin_service"}
    }
    # Each room of them is opened by the first.
    assert registering == {"services.py", "price_services.py", "session_services.py", "station_services.py"}
    assert "async_setup_price_services" in functions_of("services.py")["async_setup_services"]


def test_a_site_can_be_unloaded_removed_and_changed() -> None:
    assert {"async_unload_entry", "async_remove_entry", "async_remove_config_entry_device"} <= set(vars(component))
    flows: list[type] = [EvSessionsConfigFlow]
    flows += EvSessionsConfigFlow.async_get_supported_subentry_types(None).values()  # type: ignore[arg-type]  # not read
    assert len(flows) > 3
    for flow in flows:
        assert hasattr(flow, "async_step_reconfigure"), flow
        assert hasattr(flow, "async_step_user"), flow
        assert flow is EvSessionsConfigFlow or issubclass(flow, ConfigSubentryFlow)


def test_what_runs_stands_in_the_entry_and_not_in_a_common_drawer() -> None:
    source = (FOLDER / "__init__.py").read_text(encoding="utf-8")
    assert "entry.runtime_data = " in source
    drawers = [path for path, tree in sources() if "hass.data[DOMAIN]" in ast.unparse(tree)]
    assert drawers == []


@pytest.mark.parametrize("platform", sorted(str(one) for one in component.PLATFORMS))
def test_every_platform_says_how_many_updates_it_bears_at_once(platform: str) -> None:
    tree = ast.parse((FOLDER / f"{platform}.py").read_text(encoding="utf-8"))
    assigned = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    commands = {"async_set_native_value", "async_set_value", "async_turn_on", "async_select_option", "async_press"}
    # The entities themselves may stand in rooms of their own.
    rooms = [FOLDER / f"{node.module}.py" for node in tree.body if isinstance(node, ast.ImportFrom) and node.level == 1]
    trees = [tree, *(ast.parse(room.read_text(encoding="utf-8")) for room in rooms if room.exists())]
    nodes = [node for one in trees for node in ast.walk(one)]
    writes = any(isinstance(node, ast.AsyncFunctionDef) and node.name in commands for node in nodes)
    assert assigned.get("PARALLEL_UPDATES") == (1 if writes else 0)


def test_the_manifest_has_an_owner_exact_requirements_and_a_flow() -> None:
    assert MANIFEST["codeowners"]
    assert MANIFEST["config_flow"] is True
    assert all("==" in one for one in MANIFEST["requirements"])


def test_files_that_rules_ask_for_are_there() -> None:
    assert {"brand", "config_flow.py", "diagnostics.py", "entity.py", "icons.json"} <= {
        path.name for path in FOLDER.iterdir()
    }
    diagnostics = functions_of("diagnostics.py")
    assert {"async_get_config_entry_diagnostics", "async_get_device_diagnostics"} <= set(diagnostics)


# What people read


def test_every_error_that_people_see_is_translated() -> None:
    untranslated = [
        f"{path}:{node.lineno}"
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and names_of(node) in SHOWN
        and {"translation_domain", "translation_key"} - {keyword.arg for keyword in node.keywords}
    ]
    assert untranslated == []


def test_every_error_has_its_text_and_every_text_its_error() -> None:
    said = {word for path, tree in sources() if not path.startswith("core/") for word in words_in(tree)}
    asked = {
        node.args[0].value
        for _, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and names_of(node) in {"refuse", "failed"}
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }
    assert asked - set(TEXTS["exceptions"]) == set()
    # One text for each kind of thing that is not found, by the kind's own name.
    unsaid = {
        key
        for key in TEXTS["exceptions"]
        if key not in said and not ("_not_found" in said and key.endswith("_not_found"))
    }
    assert unsaid == set()


def test_every_issue_that_is_told_has_its_text_and_every_text_its_issue() -> None:
    said = {word for path, tree in sources() if path.startswith("site/") for word in words_in(tree)}
    assert set(TEXTS["issues"]) - said == set()
    told = {
        node.args[1].value
        for path, tree in sources()
        if path == "site/issues.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and names_of(node) == "tell"
        and len(node.args) > 1
        and isinstance(node.args[1], ast.Constant)
    }
    assert told
    assert told - set(TEXTS["issues"]) == set()


def test_no_icon_and_no_name_stands_in_the_code() -> None:
    fixed = [
        f"{path}: {node.arg}"
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg in {"icon", "_attr_icon"} and isinstance(node.value, ast.Constant)
    ]
    assert fixed == []
    assert all("_attr_icon" not in ast.unparse(tree) for _, tree in sources())


def test_flows_of_all_kinds_have_their_texts() -> None:
    assert set(TEXTS["config_subentries"]) == set(
        EvSessionsConfigFlow.async_get_supported_subentry_types(None)  # type: ignore[arg-type]  # not read
    )
    for kind, flow in TEXTS["config_subentries"].items():
        assert {"user", "reconfigure"} & set(flow["initiate_flow"]), kind


def test_the_runtime_data_has_a_type() -> None:
    from custom_components.ev_sessions.site.runtime import SiteConfigEntry, SiteRuntime

    assert get_args(SiteConfigEntry.__value__) == (SiteRuntime,)
