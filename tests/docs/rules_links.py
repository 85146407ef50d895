"""What is wrong with the links of pages, in words for who has to mend them."""

from pathlib import Path
import posixpath

from tests.docs.pages import Link, Page

#: Where our own pages can be read by anyone.
OURS = "https://github.com/ev-sessions/ev-sessions/blob/main/"


def broken_links(repository: Path, pages: dict[str, Page]) -> list[str]:
    """Return a sentence for each link and picture that leads nowhere."""
    return [
        f"{page.path}: {problem}"
        for page in pages.values()
        for link in page.links
        if (problem := _problem(repository, pages, page, link)) is not None
    ]


def lonely_pages(pages: dict[str, Page]) -> list[str]:
    """Return a sentence for each page of the manual that no other page leads to."""
    led_to = {
        posixpath.normpath(posixpath.join(posixpath.dirname(page.path), link.target.partition("#")[0]))
        for page in pages.values()
        for link in page.links
    }
    return [f"{path}: no page leads here" for path in pages if path.startswith("docs/") and path not in led_to]


def _problem(repository: Path, pages: dict[str, Page], page: Page, link: Link) -> str | None:
    target = link.target
    if not link.words.strip():
        return f"{target} has no words that say what it is"
    if "://" in target and not target.startswith(OURS):
        # What others have may go tomorrow; no check here depends on them.
        return None if target.startswith("https://") else f"{target} is not safe"
    path, _, anchor = target.removeprefix(OURS).partition("#")
    if not target.startswith(OURS):
        path = posixpath.normpath(posixpath.join(posixpath.dirname(page.path), path)) if path else page.path
    return _missing(repository, pages, target, path, anchor)


def _missing(repository: Path, pages: dict[str, Page], target: str, path: str, anchor: str) -> str | None:
    if path.startswith(("../", "/")):
        return f"{target} leads out of the repository"
    if not (repository / path).exists():
        return f"{target} does not exist"
    if not anchor or (path in pages and anchor in pages[path].anchors):
        return None
    return f"{target} does not exist, the page does" if path in pages else f"{target} names a place in a file without"
