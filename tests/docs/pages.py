"""The manual's pages, read as a reader's browser would: headings, links, pictures, examples."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
import re
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token

REPOSITORY = Path(__file__).parents[2]

_NOT_IN_ANCHORS = re.compile(r"[^\w\- ]")


@dataclass(frozen=True, slots=True)
class Link:
    """Where a link or a picture leads, and the words of it."""

    target: str
    words: str
    is_picture: bool = False


@dataclass(slots=True)
class Page:
    """A page: its text, and what is in it. `examples` are fenced blocks with their language."""

    path: str
    text: str
    headings: list[str] = field(default_factory=list)
    anchors: list[str] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    examples: list[tuple[str, str]] = field(default_factory=list)

    def section(self, heading: str) -> str:
        """Return the text below a heading, up to the next of its level or above."""
        found: list[str] = []
        level, fenced = 0, False
        for line in self.text.splitlines():
            fenced ^= line.startswith("```")
            depth = 0 if fenced else len(line) - len(line.lstrip("#"))
            if level and 0 < depth <= level:
                break
            if level:
                found.append(line)
            elif depth and line.lstrip("# ") == heading:
                level = depth
        assert level, f"{self.path} has no section {heading}"
        return "\n".join([*found, ""])


def read_pages(repository: Path) -> dict[str, Page]:
    """Return the Markdown pages of a repository by their paths."""
    paths = [*repository.glob("*.md"), *repository.glob("docs/**/*.md")]
    pages = (page_of(path.relative_to(repository).as_posix(), path.read_text(encoding="utf-8")) for path in paths)
    return {page.path: page for page in pages}


@cache
def our_pages() -> dict[str, Page]:
    """Return the pages of this repository."""
    return read_pages(REPOSITORY)


def page_of(path: str, text: str) -> Page:
    """Return a page by its text."""
    page = Page(path, text)
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            heading = _plain(tokens[place + 1])
            page.headings.append(heading)
            page.anchors.append(_anchor(heading, page.anchors))
        elif token.type == "fence":
            page.examples.append((token.info.strip(), token.content))
        page.links.extend(_links(token))
    return page


def _links(token: Token) -> Iterator[Link]:
    children = token.children or []
    for place, child in enumerate(children):
        if child.type == "image":
            yield Link(unquote(str(child.attrs["src"])), child.content, is_picture=True)
        elif child.type == "link_open":
            words = [one.content for one in children[place + 1 :]]
            yield Link(unquote(str(child.attrs["href"])), words[0] if words else "")


def _plain(inline: Token) -> str:
    return "".join(child.content for child in inline.children or [])


def _anchor(heading: str, before: list[str]) -> str:
    """Return a heading's anchor as GitHub makes it; the second of the same name has a number."""
    anchor = _NOT_IN_ANCHORS.sub("", heading.strip().lower()).replace(" ", "-")
    same = [one for one in before if one == anchor or re.fullmatch(rf"{re.escape(anchor)}-\d+", one)]
    return f"{anchor}-{len(same)}" if same else anchor
