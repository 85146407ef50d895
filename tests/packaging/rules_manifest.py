"""What hassfest asks of manifest.json and of what the modules import."""

from pathlib import Path
import re
from urllib.parse import urlparse

from awesomeversion import AwesomeVersion, AwesomeVersionException, AwesomeVersionStrategy
from homeassistant import components
from homeassistant.const import Platform

from tests.packaging.tree import Rule, Tree

REQUIRED = (
    "codeowners",
    "documentation",
    "domain",
    "integration_type",
    "iot_class",
    "issue_tracker",
    "name",
    "version",
)
TYPES: dict[str, type] = {
    "after_dependencies": list,
    "bluetooth": list,
    "codeowners": list,
    "config_flow": bool,
    "dependencies": list,
    "dhcp": list,
    "disabled": str,
    "documentation": str,
    "domain": str,
    "homekit": dict,
    "import_executor": bool,
    "integration_type": str,
    "iot_class": str,
    "issue_tracker": str,
    "loggers": list,
    "mqtt": list,
    "name": str,
    "quality_scale": str,
    "requirements": list,
    "single_config_entry": bool,
    "ssdp": list,
    "usb": list,
    "version": str,
    "zeroconf": list,
}
IOT_CLASSES = {"assumed_state", "calculated", "cloud_polling", "cloud_push", "local_polling", "local_push"}
INTEGRATION_TYPES = {"device", "entity", "hardware", "helper", "hub", "service", "system", "virtual"}
VERSIONS = [
    AwesomeVersionStrategy.CALVER,
    AwesomeVersionStrategy.SEMVER,
    AwesomeVersionStrategy.SIMPLEVER,
    AwesomeVersionStrategy.BUILDVER,
    AwesomeVersionStrategy.PEP440,
]
# Parts of every Home Assistant, which need not be declared.
ALWAYS_THERE = {
    *(str(platform) for platform in Platform),
    "automation",
    "config",
    "conversation",
    "device_automation",
    "frontend",
    "group",
    "homeassistant",
    "input_boolean",
    "input_button",
    "input_datetime",
    "input_number",
    "input_select",
    "input_text",
    "onboarding",
    "panel_custom",
    "persistent_notification",
    "person",
    "script",
    "sun",
    "system_health",
    "system_log",
    "timer",
    "webhook",
    "websocket_api",
    "zone",
}


def required_keys_are_there(tree: Tree) -> list[str]:
    """A custom integration says what it is, whose it is, where its texts are, and its version."""
    return [f"{key} is missing" for key in REQUIRED if not tree.manifest.get(key)]


def keys_are_known_and_of_their_type(tree: Tree) -> list[str]:
    """A key that Home Assistant does not know is a typing error."""
    problems = [f"{key} is not a key of manifests" for key in tree.manifest if key not in TYPES]
    problems += [
        f"{key} should be a {TYPES[key].__name__}"
        for key, value in tree.manifest.items()
        if key in TYPES and not isinstance(value, TYPES[key])
    ]
    return problems


def keys_are_sorted(tree: Tree) -> list[str]:
    """Domain and name come first, then the alphabet."""
    keys = list(tree.manifest)
    wanted = sorted(keys, key=lambda key: (key != "domain", key != "name", key))
    return [] if keys == wanted else [f"keys should stand in the order {', '.join(wanted)}"]


def domain_is_the_folder(tree: Tree) -> list[str]:
    """Home Assistant finds a component by its folder."""
    domain = tree.manifest.get("domain")
    return [] if domain == tree.folder else [f"domain {domain} lies in folder {tree.folder}"]


def version_can_be_compared(tree: Tree) -> list[str]:
    """Updates are found by comparing versions."""
    try:
        AwesomeVersion(tree.manifest.get("version", ""), ensure_strategy=VERSIONS)
    except AwesomeVersionException:
        return [f"version {tree.manifest.get('version')!r} is of no known kind"]
    return []


def addresses_are_https(tree: Tree) -> list[str]:
    """Documentation and issue tracker are links in the UI."""
    problems = []
    for key in ("documentation", "issue_tracker"):
        address = urlparse(str(tree.manifest.get(key, "")))
        if address.scheme != "https" or not address.netloc:
            problems.append(f"{key} is no https address")
    return problems


def codeowners_are_accounts(tree: Tree) -> list[str]:
    """A code owner is written as on GitHub."""
    owners = tree.manifest.get("codeowners") or []
    return [f"codeowner {owner!r} should start with @" for owner in owners if not re.fullmatch(r"@[\w/-]+", owner)]


def kinds_are_known(tree: Tree) -> list[str]:
    """The type decides where the UI lists us, the class how we are described."""
    problems = []
    if tree.manifest.get("iot_class") not in IOT_CLASSES:
        problems.append(f"iot_class {tree.manifest.get('iot_class')!r} is unknown")
    if tree.manifest.get("integration_type") not in INTEGRATION_TYPES:
        problems.append(f"integration_type {tree.manifest.get('integration_type')!r} is unknown")
    return problems


def requirements_are_exact(tree: Tree) -> list[str]:
    """The version that was tested is the version that is installed."""
    return [
        f"requirement {requirement!r} is not pinned with =="
        for requirement in tree.manifest.get("requirements", [])
        if not re.fullmatch(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==[A-Za-z0-9.+!]+", requirement)
    ]


def dependencies_are_components(tree: Tree) -> list[str]:
    """A dependency that does not exist keeps an integration from being set up; twice named is once too often."""
    after = tree.manifest.get("after_dependencies", [])
    hard = tree.manifest.get("dependencies", [])
    problems = [f"{name} is not a component" for name in [*hard, *after] if not _is_component(name)]
    problems += [f"{name} is both a dependency and an after_dependency" for name in set(hard) & set(after)]
    problems += [f"{tree.folder} depends on itself" for name in [*hard, *after] if name == tree.folder]
    return problems


def imported_components_are_declared(tree: Tree) -> list[str]:
    """Who imports a component must have it set up before, or say that it comes later.

    A module that is another component's platform (diagnostics.py, repairs.py) is loaded by that one and may import it.
    """
    declared = {*tree.manifest.get("dependencies", []), *tree.manifest.get("after_dependencies", [])}
    return [
        f"{path} imports {component}, which the manifest does not name"
        for path, imported in sorted(tree.imported_components.items())
        for component in sorted(imported - declared - ALWAYS_THERE)
        if component != path.split("/", maxsplit=1)[0].removesuffix(".py")
    ]


def config_flow_is_declared(tree: Tree) -> list[str]:
    """A flow that is not declared cannot be started, a declared one that is missing fails."""
    declared, present = bool(tree.manifest.get("config_flow")), "config_flow.py" in tree.files
    return [] if declared == present else [f"config_flow is {declared}, config_flow.py is there: {present}"]


def _is_component(name: str) -> bool:
    return any((Path(folder) / name / "manifest.json").is_file() for folder in components.__path__)


RULES: tuple[Rule, ...] = (
    required_keys_are_there,
    keys_are_known_and_of_their_type,
    keys_are_sorted,
    domain_is_the_folder,
    version_can_be_compared,
    addresses_are_https,
    codeowners_are_accounts,
    kinds_are_known,
    requirements_are_exact,
    dependencies_are_components,
    imported_components_are_declared,
    config_flow_is_declared,
)
