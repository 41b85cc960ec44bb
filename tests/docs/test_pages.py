"""README and docs/: each page is there in both languages, and its links lead somewhere."""

from collections import Counter
from pathlib import Path
import re

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("README*.md")), *sorted((ROOT / "docs").glob("*.md"))]
CHINESE = ".zh-Hans"


def anchors(page: Path) -> set[str]:
    """Return the anchors of the headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    found: Counter[str] = Counter()
    made = set()
    for heading in headings:
        plain = re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
        made.add(f"#{plain}-{found[plain]}" if found[plain] else f"#{plain}")
        found[plain] += 1
    return made


def test_there_are_pages() -> None:
    assert len(PAGES) > 20


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_leads_to_its_other_language(page: Path) -> None:
    name = page.name.removesuffix(".md")
    is_chinese = name.endswith(CHINESE)
    other = f"{name.removesuffix(CHINESE) if is_chinese else name + CHINESE}.md"
    assert (page.parent / other).is_file()
    text = page.read_text(encoding="utf-8")
    assert f"[{'English' if is_chinese else '简体中文'}]({other})" in text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_links_of_a_page_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:)([^)#\s]*)(#[^)\s]+)?\)", text)
    assert links
    for file, anchor in links:
        target = (page.parent / file).resolve() if file else page
        assert target.is_file(), file
        if anchor:
            assert anchor in anchors(target), f"{file}{anchor}"
