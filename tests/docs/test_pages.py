"""The pages of docs/ and README: all are listed, and no link between them leads nowhere."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)


def links(page: Path) -> Iterator[str]:
    """Where a page's links and pictures lead, but for other sites."""
    written = re.sub(r"`[^`\n]*`", "", prose(page))
    for target in re.findall(r"\]\(([^()\s]+)\)", written):
        if not re.match(r"[a-z]+:", target):
            yield target


@cache
def anchors(page: Path) -> frozenset[str]:
    """The headings of a page as GitHub names them."""
    found: list[str] = []
    for heading in re.findall(r"^#{1,6} (.+?)\s*$", prose(page), re.MULTILINE):
        shown = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-")
        again = sum(each.rpartition("-")[0] == slug or each == slug for each in found)
        found.append(f"{slug}-{again}" if slug in found else slug)
    return frozenset(found)


def leads_nowhere(page: Path, link: str) -> bool:
    path, _, anchor = unquote(link).partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.exists() or ROOT not in [target, *target.parents]:
        return True
    return bool(anchor) and (target.suffix != ".md" or anchor not in anchors(target))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_link_leads_nowhere(page: Path) -> None:
    assert [link for link in links(page) if leads_nowhere(page, link)] == []


@pytest.mark.parametrize(
    "link",
    ["nobody.md", "README.md#nowhere", "#nowhere", "decisions/0001.md", "../../README.md"],
)
def test_a_link_that_leads_nowhere_is_seen(link: str) -> None:
    assert leads_nowhere(DOCS / "README.md", link)


@pytest.mark.parametrize("link", ["recipes.md#allow_overrides", "#use-it", "../README.md", "./"])
def test_a_link_that_leads_somewhere_passes(link: str) -> None:
    assert not leads_nowhere(DOCS / "README.md", link)


def test_the_index_lists_every_page_once() -> None:
    listed = [link for link in links(DOCS / "README.md") if re.fullmatch(r"[\w-]+\.md", link)]

    assert sorted(listed) == sorted({page.name for page in DOCS.glob("*.md")} - {"README.md"})


def test_readme_leads_to_the_index() -> None:
    assert "docs/README.md" in set(links(ROOT / "README.md"))
