"""What hassfest and any reader say of other languages than English: nothing is missing, nothing is left over."""

from collections.abc import Iterator
from dataclasses import replace
import re
import string

from tests.packaging import rules_translations as english
from tests.packaging.tree import Json, Rule, Tree

#: A text of so many words that is the same in two languages was forgotten.
SENTENCE_WORDS = 5

_OF_TEXTS: tuple[Rule, ...] = (
    english.values_are_text,
    english.texts_have_no_outer_blanks,
    english.texts_have_no_html,
    english.texts_have_no_addresses,
    english.texts_have_no_references,
    english.placeholders_are_not_in_single_quotes,
    english.placeholders_are_names,
)


def languages_have_the_keys_of_english(tree: Tree) -> list[str]:
    """What is missing is shown in English, in the middle of a German dialog; what is left over is never shown."""
    asked = set(_texts(tree.texts))
    problems = []
    for language, texts in tree.languages.items():
        there = set(_texts(texts))
        problems += [f"{language}: {path} is missing" for path in sorted(asked - there)]
        problems += [f"{language}: {path} is not in English" for path in sorted(there - asked)]
    return problems


def languages_fill_in_what_english_does(tree: Tree) -> list[str]:
    """A placeholder that is lost loses what it stood for; one that nobody fills in is shown in braces."""
    asked = _texts(tree.texts)
    return [
        f"{language}: {path} has {sorted(_placeholders(text))} and not {sorted(_placeholders(asked[path]))}"
        for language, texts in tree.languages.items()
        for path, text in _texts(texts).items()
        if path in asked and _placeholders(text) != _placeholders(asked[path])
    ]


def languages_keep_the_rules_of_texts(tree: Tree) -> list[str]:
    """What is true of an English text is true of all."""
    return [
        f"{language}: {problem}"
        for language, texts in tree.languages.items()
        for rule in _OF_TEXTS
        for problem in rule(replace(tree, texts=texts))
    ]


def languages_are_translated(tree: Tree) -> list[str]:
    """A whole sentence is never the same in two languages."""
    asked = _texts(tree.texts)
    return [
        f"{language}: {path} is English"
        for language, texts in tree.languages.items()
        for path, text in _texts(texts).items()
        if text == asked.get(path) and len(re.findall(r"[A-Za-z]{2,}", text)) >= SENTENCE_WORDS
    ]


def _texts(texts: Json) -> dict[str, str]:
    return {path: str(value) for path, value in english.values(texts)}


def _placeholders(text: str) -> set[str]:
    return set(_names(text))


def _names(text: str) -> Iterator[str]:
    try:
        yield from (name for _, name, _, _ in string.Formatter().parse(text) if name is not None)
    except ValueError:
        # Told by the rule of placeholders.
        return


RULES: tuple[Rule, ...] = (
    languages_have_the_keys_of_english,
    languages_fill_in_what_english_does,
    languages_keep_the_rules_of_texts,
    languages_are_translated,
)
