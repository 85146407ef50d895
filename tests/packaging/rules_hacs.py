"""What HACS, and the marketplace that follows it, ask of a repository."""

from awesomeversion import AwesomeVersion, AwesomeVersionException

from tests.packaging.tree import Rule, Tree

TYPES: dict[str, type] = {
    "content_in_root": bool,
    "country": list,
    "filename": str,
    "hacs": str,
    "hide_default_branch": bool,
    "homeassistant": str,
    "name": str,
    "persistent_directory": str,
    "render_readme": bool,
    "zip_release": bool,
}
# Sides in pixels, as the brands of Home Assistant have them.
ICONS = {"brand/icon.png": 256, "brand/icon@2x.png": 512}


def keys_are_known_and_of_their_type(tree: Tree) -> list[str]:
    """HACS refuses a file with anything else in it."""
    problems = [f"{key} is not a key of hacs.json" for key in tree.hacs if key not in TYPES]
    problems += [
        f"{key} should be a {TYPES[key].__name__}"
        for key, value in tree.hacs.items()
        if key in TYPES and not isinstance(value, TYPES[key])
    ]
    return problems


def it_has_a_name(tree: Tree) -> list[str]:
    """The name is what the store shows."""
    return [] if tree.hacs.get("name") else ["name is missing"]


def a_zip_has_a_file_name(tree: Tree) -> list[str]:
    """A release's zip is found by name."""
    if tree.hacs.get("zip_release") and not str(tree.hacs.get("filename", "")).endswith(".zip"):
        return ["zip_release needs the filename of a zip"]
    return []


def the_least_version_is_a_version(tree: Tree) -> list[str]:
    """Who has an older Home Assistant is told so before, not by an error after."""
    try:
        least = AwesomeVersion(str(tree.hacs.get("homeassistant", "")))
    except AwesomeVersionException:
        return ["homeassistant is no version"]
    return [] if least.valid and least >= "2026.10.0" else ["homeassistant should be 2026.10.0 or later"]


def there_is_one_component(tree: Tree) -> list[str]:
    """HACS installs one folder under custom_components, the one that holds the manifest."""
    if tree.components == (tree.folder,):
        return []
    return [f"custom_components holds {', '.join(tree.components) or 'nothing'}"]


def a_person_can_read_about_it(tree: Tree) -> list[str]:
    """Information and licence are shown before anything is installed."""
    return [f"{name} is missing" for name in ("LICENSE", "README.md") if name not in tree.top_level]


def icons_have_their_size(tree: Tree) -> list[str]:
    """A square PNG, and one of twice the size for dense screens."""
    return [
        f"{path} should be a PNG of {side} × {side}"
        for path, side in ICONS.items()
        if tree.images.get(path) != (side, side)
    ]


RULES: tuple[Rule, ...] = (
    keys_are_known_and_of_their_type,
    it_has_a_name,
    a_zip_has_a_file_name,
    the_least_version_is_a_version,
    there_is_one_component,
    a_person_can_read_about_it,
    icons_have_their_size,
)
