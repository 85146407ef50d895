"""No link of the manual leads nowhere; and the check sees one that does."""

from pathlib import Path

import pytest

from custom_components.ev_sessions.const import TROUBLESHOOTING
from tests.docs.pages import REPOSITORY, our_pages, page_of, read_pages
from tests.docs.rules_links import OURS, broken_links, lonely_pages


def test_every_link_and_picture_of_ours_leads_somewhere() -> None:
    assert broken_links(REPOSITORY, our_pages()) == []


def test_every_page_of_the_manual_is_led_to() -> None:
    assert lonely_pages(our_pages()) == []


def test_repairs_lead_to_a_page_that_is_there() -> None:
    assert TROUBLESHOOTING.removeprefix(OURS) in our_pages()


@pytest.fixture
def manual(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "other.md").write_text("# Other\n\n## Same\n\n## Same\n\n## `a_key`: what now?\n")
    (tmp_path / "docs" / "picture.png").write_bytes(b"")
    return tmp_path


@pytest.mark.parametrize(
    "link",
    [
        "[page](docs/other.md)",
        "[folder](docs)",
        "[place](docs/other.md#same)",
        "[second place of that name](docs/other.md#same-1)",
        "[key](docs/other.md#a_key-what-now)",
        "[here](#top-of-it)",
        "![picture](docs/picture.png)",
        f"[ours by its address]({OURS}docs/other.md#other)",
        "[another's](https://example.com/anything)",
        "`[no link](nowhere.md)`",
        "```\n[no link](nowhere.md)\n```",
    ],
)
def test_a_good_link_is_left_alone(manual: Path, link: str) -> None:
    (manual / "README.md").write_text(f"# Top of it\n\n{link}\n")
    assert broken_links(manual, read_pages(manual)) == []


@pytest.mark.parametrize(
    ("link", "problem"),
    [
        ("[page](docs/gone.md)", "docs/gone.md does not exist"),
        ("[place](docs/other.md#gone)", "docs/other.md#gone does not exist, the page does"),
        ("[third of two](docs/other.md#same-2)", "docs/other.md#same-2 does not exist, the page does"),
        ("[here](#gone)", "#gone does not exist, the page does"),
        ("[outside](../somewhere)", "../somewhere leads out of the repository"),
        ("[picture's place](docs/picture.png#a)", "docs/picture.png#a names a place in a file without"),
        ("![picture](docs/gone.png)", "docs/gone.png does not exist"),
        ("![](docs/picture.png)", "docs/picture.png has no words that say what it is"),
        ("[in the clear](http://example.com)", "http://example.com is not safe"),
        ("[in a table][1]\n\n[1]: docs/gone.md", "docs/gone.md does not exist"),
        (f"[ours]({OURS}docs/gone.md)", f"{OURS}docs/gone.md does not exist"),
    ],
)
def test_a_broken_link_is_rejected(manual: Path, link: str, problem: str) -> None:
    (manual / "README.md").write_text(f"# Top of it\n\n{link}\n")
    assert broken_links(manual, read_pages(manual)) == [f"README.md: {problem}"]


def test_a_link_of_a_page_in_a_folder_begins_there(manual: Path) -> None:
    (manual / "docs" / "third.md").write_text("| a |\n|---|\n| [other](other.md), [top](../README.md) |\n")
    (manual / "README.md").write_text("[third](docs/third.md)\n")
    pages = read_pages(manual)
    assert broken_links(manual, pages) == []
    assert lonely_pages(pages) == []
    (manual / "docs" / "alone.md").write_text("# Nobody knows me\n")
    assert lonely_pages(read_pages(manual)) == ["docs/alone.md: no page leads here"]


def test_a_section_ends_with_the_next_of_its_level() -> None:
    page = page_of("a.md", "# A\n\n## B\n\none\n\n### C\n\ntwo\n\n## D\n\n```\n# a comment\n```\n")
    assert page.section("B") == "\none\n\n### C\n\ntwo\n\n"
    assert page.section("D") == "\n```\n# a comment\n```\n"
    with pytest.raises(AssertionError, match=r"a\.md has no section E"):
        page.section("E")
