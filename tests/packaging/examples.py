"""A tree that keeps every rule, and for each rule trees that break it."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from typing import Any

from tests.packaging import rules_hacs, rules_icons, rules_languages, rules_manifest, rules_services, rules_translations
from tests.packaging.tree import Json, Rule, Tree

GOOD = Tree(
    folder="kettles",
    manifest={
        "domain": "kettles",
        "name": "Kettles",
        "after_dependencies": ["recorder"],
        "codeowners": ["@kettle-house"],
        "config_flow": True,
        "dependencies": ["http"],
        "documentation": "https://example.com/kettles",
        "integration_type": "hub",
        "iot_class": "local_push",
        "issue_tracker": "https://example.com/kettles/issues",
        "requirements": ["kettle-lib==1.2.3"],
        "version": "1.0.0",
    },
    texts={
        "config": {
            "step": {
                "user": {
                    "title": "New kettle",
                    "description": "See the [manual]({manual}).",
                    "data": {"host": "Host"},
                    "data_description": {"host": "Where the kettle is."},
                    "sections": {
                        "advanced": {
                            "name": "Advanced",
                            "data": {"margin": "Margin"},
                            "data_description": {"margin": "Degrees to spare."},
                        }
                    },
                }
            },
            "error": {"cannot_connect": "Nobody answers at {host}."},
        },
        "config_subentries": {
            "cup": {
                "entry_type": "Cup",
                "initiate_flow": {"user": "Add cup"},
                "step": {"user": {"data": {"size": "Size"}, "data_description": {"size": "In litres."}}},
            }
        },
        "entity": {"sensor": {"water": {"name": "Water", "state": {"low": "Low", "high": "High"}}}},
        "exceptions": {"no_water": {"message": "{name} is empty."}},
        "issues": {"leak": {"title": "A leak", "description": "Look under the kettle."}},
        "selector": {"tea": {"options": {"black": "Black", "green": "Green"}}},
        "services": {
            "brew": {
                "name": "Brew",
                "description": "Makes tea.",
                "fields": {
                    "tea": {"name": "Tea", "description": "Which one."},
                    "cups": {"name": "Cups", "description": "How many."},
                },
                "sections": {"more": {"name": "More"}},
            }
        },
    },
    services={
        "brew": {
            "fields": {
                "tea": {
                    "required": True,
                    "selector": {"select": {"options": ["black", "green"], "translation_key": "tea"}},
                },
                "more": {"collapsed": True, "fields": {"cups": {"selector": {"number": {"min": 1, "max": 9}}}}},
            }
        }
    },
    icons={
        "entity": {"sensor": {"water": {"default": "mdi:water", "state": {"low": "mdi:water-minus"}}}},
        "services": {"brew": {"service": "mdi:tea"}},
    },
    hacs={"name": "Kettles", "filename": "kettles.zip", "homeassistant": "2026.10.0", "zip_release": True},
    files=frozenset({"__init__.py", "config_flow.py", "diagnostics.py", "manifest.json"}),
    images={"brand/icon.png": (256, 256), "brand/icon@2x.png": (512, 512)},
    imported_components={
        "__init__.py": frozenset({"http", "sensor"}),
        "diagnostics.py": frozenset({"diagnostics"}),
    },
    registers_actions=True,
    top_level=frozenset({"LICENSE", "README.md", "custom_components", "hacs.json"}),
    components=("kettles",),
)

GERMAN: Json = {
    "config": {
        "step": {
            "user": {
                "title": "Neuer Kessel",
                "description": "Siehe [Anleitung]({manual}).",
                "data": {"host": "Host"},
                "data_description": {"host": "Wo der Kessel steht."},
                "sections": {
                    "advanced": {
                        "name": "Erweitert",
                        "data": {"margin": "Abstand"},
                        "data_description": {"margin": "Grad, die übrig bleiben."},
                    }
                },
            }
        },
        "error": {"cannot_connect": "Unter {host} antwortet niemand."},
    },
    "config_subentries": {
        "cup": {
            "entry_type": "Tasse",
            "initiate_flow": {"user": "Tasse hinzufügen"},
            "step": {"user": {"data": {"size": "Größe"}, "data_description": {"size": "In Litern."}}},
        }
    },
    "entity": {"sensor": {"water": {"name": "Wasser", "state": {"low": "Wenig", "high": "Viel"}}}},
    "exceptions": {"no_water": {"message": "{name} ist leer."}},
    "issues": {"leak": {"title": "Ein Leck", "description": "Sieh unter dem Kessel nach."}},
    "selector": {"tea": {"options": {"black": "Schwarz", "green": "Grün"}}},
    "services": {
        "brew": {
            "name": "Aufbrühen",
            "description": "Macht Tee.",
            "fields": {
                "tea": {"name": "Tee", "description": "Welchen."},
                "cups": {"name": "Tassen", "description": "Wie viele."},
            },
            "sections": {"more": {"name": "Mehr"}},
        }
    },
}
GOOD = replace(GOOD, languages={"de": GERMAN})

CORE_KEYS = {"domain": "kettles", "name": "Kettles"}
GONE = object()


def changed(part: str, path: str, value: Any, before: Json | None = None) -> Callable[[], Tree]:
    """Return a maker of the good tree with one value of one file put or (GONE) taken away."""

    def make() -> Tree:
        content: Json = deepcopy(getattr(GOOD, part) if before is None else before)
        *way, last = path.split("/")
        place = content
        for key in way:
            place = place.setdefault(key, {})
        if value is GONE:
            del place[last]
        else:
            place[last] = value
        values: dict[str, Any] = {part: content}
        return replace(GOOD, **values)

    return make


def manifest(key: str, value: Any) -> Callable[[], Tree]:
    return changed("manifest", key, value)


def texts(path: str, value: Any) -> Callable[[], Tree]:
    return changed("texts", path, value)


def services(path: str, value: Any) -> Callable[[], Tree]:
    return changed("services", path, value)


def icons(path: str, value: Any) -> Callable[[], Tree]:
    return changed("icons", path, value)


def hacs(key: str, value: Any) -> Callable[[], Tree]:
    return changed("hacs", key, value)


def german(path: str, value: Any) -> Callable[[], Tree]:
    def make() -> Tree:
        return replace(GOOD, languages={"de": changed("texts", path, value, GERMAN)().texts})

    return make


def tree(**parts: Any) -> Callable[[], Tree]:
    return lambda: replace(GOOD, **parts)


BROKEN: dict[Rule, dict[str, Callable[[], Tree]]] = {
    rules_manifest.required_keys_are_there: {f"no {key}": manifest(key, GONE) for key in rules_manifest.REQUIRED},
    rules_manifest.keys_are_known_and_of_their_type: {
        "typing error": manifest("iot_clas", "local_push"),
        "flow as text": manifest("config_flow", "true"),
    },
    rules_manifest.keys_are_sorted: {
        "name first": tree(manifest={"name": "Kettles", **GOOD.manifest}),
        "the alphabet broken": tree(manifest={**CORE_KEYS, "version": "1.0.0", "iot_class": "local_push"}),
    },
    rules_manifest.domain_is_the_folder: {"another folder": tree(folder="teapots")},
    rules_manifest.version_can_be_compared: {
        "a word": manifest("version", "newest"),
        "nothing": manifest("version", ""),
    },
    rules_manifest.addresses_are_https: {
        "http": manifest("documentation", "http://example.com"),
        "a path": manifest("issue_tracker", "/issues"),
    },
    rules_manifest.codeowners_are_accounts: {"no @": manifest("codeowners", ["kettle-house"])},
    rules_manifest.kinds_are_known: {
        "class": manifest("iot_class", "local_pull"),
        "type": manifest("integration_type", "kettle"),
    },
    rules_manifest.requirements_are_exact: {
        "no version": manifest("requirements", ["kettle-lib"]),
        "a least version": manifest("requirements", ["kettle-lib>=1.2"]),
        "an address": manifest("requirements", ["git+https://example.com/kettle-lib"]),
    },
    rules_manifest.dependencies_are_components: {
        "no such thing": manifest("dependencies", ["samovar"]),
        "twice": manifest("after_dependencies", ["http"]),
    },
    rules_manifest.imported_components_are_declared: {
        "an import": tree(imported_components={"sensor.py": frozenset({"energy"})}),
        "a platform's name elsewhere": tree(imported_components={"sensor.py": frozenset({"diagnostics"})}),
    },
    rules_manifest.config_flow_is_declared: {
        "declared, not there": tree(files=frozenset({"__init__.py"})),
        "there, not declared": manifest("config_flow", GONE),
    },
    rules_translations.sections_are_known: {"typing error": texts("entities", {"sensor": {}})},
    rules_translations.values_are_text: {
        "a number": texts("config/error/cannot_connect", 5),
        "nothing": texts("config/error/cannot_connect", ""),
        "a list": texts("config/error/cannot_connect", ["a", "b"]),
    },
    rules_translations.texts_have_no_outer_blanks: {
        "before": texts("title", " Kettles"),
        "after": texts("title", "Kettles\n"),
    },
    rules_translations.texts_have_no_html: {
        "bold": texts("config/error/cannot_connect", "Do <b>not</b> touch."),
        "a break": texts("config/error/cannot_connect", "Hot.<br/>Wait."),
    },
    rules_translations.texts_have_no_addresses: {
        "https": texts("config/error/cannot_connect", "See https://example.com/help."),
        "www": texts("config/error/cannot_connect", "See www.example.com."),
    },
    rules_translations.texts_have_no_references: {
        "to core": texts("config/error/cannot_connect", "[%key:common::config_flow::error::cannot_connect%]"),
    },
    rules_translations.placeholders_are_not_in_single_quotes: {
        "quoted": texts("exceptions/no_water/message", "'{name}' is empty."),
    },
    rules_translations.placeholders_are_names: {
        "a blank": texts("exceptions/no_water/message", "{the name} is empty."),
        "empty": texts("exceptions/no_water/message", "{} is empty."),
        "a digit": texts("exceptions/no_water/message", "{0} is empty."),
        "open": texts("exceptions/no_water/message", "{name is empty."),
    },
    rules_translations.keys_are_slugs: {
        "capital": texts("selector/tea/options/Black", "Black"),
        "blank": texts("entity/sensor/hot water", {"name": "Hot water"}),
        "ends with underscore": texts("entity/sensor/water_", {"name": "Water"}),
    },
    rules_translations.flows_have_their_parts: {
        "no step": texts("config/step", GONE),
        "unknown part of a flow": texts("config/errors", {"a": "b"}),
        "unknown part of a step": texts("config/step/user/descriptions", "Hello"),
        "a step of a mending flow": texts("issues/leak", {"title": "A leak", "fix_flow": {"abort": {"a": "b"}}}),
    },
    rules_translations.subentries_have_a_type_and_a_button: {
        "no type": texts("config_subentries/cup/entry_type", GONE),
        "no button": texts("config_subentries/cup/initiate_flow", GONE),
        "another button": texts("config_subentries/cup/initiate_flow", {"reconfigure": "Change"}),
    },
    rules_translations.descriptions_belong_to_fields: {
        "in a step": texts("config/step/user/data_description/port", "Which port."),
        "in a section": texts("config/step/user/sections/advanced/data_description/port", "Which port."),
        "in a subentry": texts("config_subentries/cup/step/user/data_description/colour", "Which colour."),
    },
    rules_translations.fields_are_described: {
        "in a step": texts("config/step/user/data/port", "Port"),
        "in a section": texts("config/step/user/sections/advanced/data/port", "Port"),
        "in options": texts("options/step/init/data/port", "Port"),
    },
    rules_translations.issues_say_what_to_do: {
        "no title": texts("issues/leak/title", GONE),
        "no way out": texts("issues/leak/description", GONE),
        "two ways out": texts("issues/leak/fix_flow", {"step": {}}),
    },
    rules_translations.exceptions_have_a_message: {
        "a bare text": texts("exceptions/no_water", "Empty."),
        "a title": texts("exceptions/no_water/title", "Empty"),
    },
    rules_translations.entities_have_their_parts: {
        "platform": texts("entity/sensors", {"water": {"name": "Water"}}),
        "part": texts("entity/sensor/water/names", "Water"),
    },
    rules_translations.english_is_the_source: {"strings.json": tree(files=GOOD.files | {"strings.json"})},
    rules_languages.languages_have_the_keys_of_english: {
        "a text is missing": german("config/error/cannot_connect", GONE),
        "a part is missing": german("selector", GONE),
        "a text is left over": german("exceptions/no_tea/message", "Kein Tee."),
    },
    rules_languages.languages_fill_in_what_english_does: {
        "lost": german("exceptions/no_water/message", "Er ist leer."),
        "of its own": german("issues/leak/title", "Ein Leck in {name}"),
        "translated": german("exceptions/no_water/message", "{der_name} ist leer."),
    },
    rules_languages.languages_keep_the_rules_of_texts: {
        "nothing": german("config/error/cannot_connect", ""),
        "an address": german("issues/leak/description", "Siehe https://example.com."),
        "open": german("exceptions/no_water/message", "{name ist leer."),
    },
    rules_languages.languages_are_translated: {
        "forgotten": tree(
            texts={"issues": {"leak": {"title": "Look under the kettle now", "description": "Now."}}},
            languages={"de": {"issues": {"leak": {"title": "Look under the kettle now", "description": "Jetzt."}}}},
        ),
    },
    rules_services.names_are_slugs: {
        "an anchor": services(".anchor", {"fields": {}}),
        "a capital": services("Brew", {"fields": {}}),
        "a field": services("brew/fields/tea-bag", {"selector": {"text": {}}}),
    },
    rules_services.parts_are_known: {
        "of an action": services("brew/field", {}),
        "of a field": services("brew/fields/tea/requierd", value=True),
        "of a section": services("brew/fields/more/colapsed", value=True),
    },
    rules_services.field_names_are_unique: {
        "in a section again": services("brew/fields/more/fields/tea", {"selector": {"text": {}}}),
    },
    rules_services.selectors_are_valid: {
        "none": services("brew/fields/tea/selector", GONE),
        "unknown": services("brew/fields/tea/selector", {"teapot": {}}),
        "wrong": services("brew/fields/more/fields/cups/selector", {"number": {"min": "few"}}),
    },
    rules_services.selector_options_have_texts: {
        "a word without text": texts("selector/tea/options/green", GONE),
        "no key": services("brew/fields/tea/selector", {"select": {"options": ["black"]}}),
        "another key": services(
            "brew/fields/tea/selector", {"select": {"options": ["black"], "translation_key": "coffee"}}
        ),
    },
    rules_services.actions_have_texts: {
        "no name": texts("services/brew/name", GONE),
        "no description": texts("services/brew/description", GONE),
        "a field without": texts("services/brew/fields/tea", GONE),
        "a field's description": texts("services/brew/fields/cups/description", GONE),
        "a section": texts("services/brew/sections", GONE),
    },
    rules_services.texts_belong_to_actions: {
        "an action that is gone": texts("services/pour", {"name": "Pour", "description": "Pours."}),
        "a field that is gone": texts("services/brew/fields/milk", {"name": "Milk", "description": "Some."}),
    },
    rules_services.registered_actions_are_described: {"an empty file": tree(services={})},
    rules_icons.parts_are_known: {
        "at the top": icons("entities", {}),
        "a platform": icons("entity/sensors", {}),
        "of an entity": icons("entity/sensor/water/icon", "mdi:water"),
        "a bare icon of an action": icons("services/brew", "mdi:tea"),
    },
    rules_icons.icons_are_material: {
        "another set": icons("entity/sensor/water/default", "fa:water"),
        "capital": icons("services/brew/service", "mdi:Tea"),
    },
    rules_icons.states_differ_from_the_default: {
        "the same": icons("entity/sensor/water/state/high", "mdi:water"),
    },
    rules_icons.actions_have_an_icon: {"none": icons("services/brew", GONE)},
    rules_icons.icons_belong_to_actions: {"gone": icons("services/pour", {"service": "mdi:water"})},
    rules_hacs.keys_are_known_and_of_their_type: {
        "typing error": hacs("file_name", "kettles.zip"),
        "text for a truth": hacs("zip_release", "true"),
    },
    rules_hacs.it_has_a_name: {"none": hacs("name", GONE)},
    rules_hacs.a_zip_has_a_file_name: {
        "none": hacs("filename", GONE),
        "no zip": hacs("filename", "kettles.js"),
    },
    rules_hacs.the_least_version_is_a_version: {
        "none": hacs("homeassistant", GONE),
        "a word": hacs("homeassistant", "newest"),
        "too old": hacs("homeassistant", "2025.1.0"),
    },
    rules_hacs.there_is_one_component: {
        "none": tree(components=()),
        "two": tree(components=("kettles", "teapots")),
    },
    rules_hacs.a_person_can_read_about_it: {
        "no readme": tree(top_level=GOOD.top_level - {"README.md"}),
        "no licence": tree(top_level=GOOD.top_level - {"LICENSE"}),
    },
    rules_hacs.icons_have_their_size: {
        "none": tree(images={}),
        "no square": tree(images={**GOOD.images, "brand/icon.png": (256, 128)}),
        "no PNG": tree(images={**GOOD.images, "brand/icon@2x.png": (0, 0)}),
    },
}


def broken() -> Iterator[tuple[Rule, str, Callable[[], Tree]]]:
    """Walk all broken trees."""
    for rule, examples in BROKEN.items():
        for what, make in examples.items():
            yield rule, what, make
