"""What the rules look at: a component and its repository, as plain data."""

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
import json
from pathlib import Path
import struct
from typing import Any

import yaml

type Json = dict[str, Any]
type Rule = Callable[[Tree], list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A component's files, read; `files` are the paths inside its folder, `images` the PNG sizes in pixels.

    `texts` are English, `languages` the texts of all other languages.
    """

    folder: str
    manifest: Json
    texts: Json
    services: Json
    icons: Json
    hacs: Json
    languages: dict[str, Json] = field(default_factory=dict)
    files: frozenset[str] = frozenset()
    images: dict[str, tuple[int, int]] = field(default_factory=dict)
    imported_components: dict[str, frozenset[str]] = field(default_factory=dict)
    registers_actions: bool = False
    top_level: frozenset[str] = frozenset()
    components: tuple[str, ...] = ()


def read_tree(repository: Path, domain: str) -> Tree:
    """Read a repository from disk; a missing or broken file raises, as nothing can be said of it then."""
    component = repository / "custom_components" / domain
    files = [path for path in component.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    sources = {path.relative_to(component).as_posix(): path.read_text() for path in files if path.suffix == ".py"}
    return Tree(
        folder=component.name,
        manifest=_read_json(component / "manifest.json"),
        texts=_read_json(component / "translations" / "en.json"),
        languages={
            path.stem: _read_json(path)
            for path in sorted((component / "translations").glob("*.json"))
            if path.stem != "en"
        },
        services=yaml.safe_load((component / "services.yaml").read_text()) or {},
        icons=_read_json(component / "icons.json"),
        hacs=_read_json(repository / "hacs.json"),
        files=frozenset(path.relative_to(component).as_posix() for path in files),
        images={path.relative_to(component).as_posix(): png_size(path) for path in files if path.suffix == ".png"},
        imported_components={name: components_of(source) for name, source in sources.items()},
        registers_actions=any("services.async_register(" in source for source in sources.values()),
        top_level=frozenset(path.name for path in repository.iterdir()),
        components=tuple(sorted(path.parent.name for path in component.parent.glob("*/manifest.json"))),
    )


def components_of(source: str) -> frozenset[str]:
    """Return the Home Assistant components that a module imports."""
    prefix = "homeassistant.components"
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        found.update(name.split(".")[2] for name in names if name.startswith(f"{prefix}."))
    return frozenset(found)


def png_size(path: Path) -> tuple[int, int]:
    """Return width and height from a PNG's first chunk; (0, 0) when it is no PNG."""
    head = path.read_bytes()[:24]
    if len(head) < 24 or not head.startswith(b"\x89PNG\r\n\x1a\n"):
        return 0, 0
    width, height = struct.unpack(">II", head[16:24])
    return width, height


def _read_json(path: Path) -> Json:
    content = json.loads(path.read_text())
    assert isinstance(content, dict), f"{path.name} is not an object"
    return content
