"""The English texts of issues, and what they ask for."""

import json
from pathlib import Path
import string

import custom_components.ev_sessions as component

_TEXTS = json.loads((Path(component.__file__).parent / "translations" / "en.json").read_text(encoding="utf-8"))


def texts_of(issue: str) -> str:
    """Return title and description of an issue."""
    texts = _TEXTS["issues"][issue]
    return f"{texts['title']} {texts['description']}"


def placeholders_in(text: str) -> set[str]:
    """Return the names in braces."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}
