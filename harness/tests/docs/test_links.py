"""Do links lead somewhere, is every page found, and are the paths that pages name there?"""

import re

import pytest

from harness.commands.init import starter
from harness.schema.paths import ROOT
from harness.tests.docs.shown import DOCS, PAGES, README, Shown, anchors, links, spans

LONGEST_README = 150
MADE_BY_RUNS = ("reports/latest", "reports/store", "reports/compare", "reports/judge")
MADE_BY_INIT = tuple(map(str, starter("")))
MADE_BY_READERS = ("harness/methods/gralora.py", "reports/baselines/main", *MADE_BY_INIT)
PATH = re.compile(r"(harness|fixtures|suites|reports|docs|\.github|\.ci)/[\w./-]*")


def all_links() -> list[Shown]:
    return [link for page in PAGES for link in links(page) if "://" not in link.text]


@pytest.mark.parametrize("link", all_links(), ids=str)
def test_link_leads_somewhere(link: Shown) -> None:
    path, _, anchor = link.text.partition("#")
    target = (link.page.parent / path).resolve() if path else link.page
    assert target.is_relative_to(ROOT.resolve())
    assert target.exists()
    if anchor:
        assert anchor in anchors(target)


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_readme_leads_to(page: object) -> None:
    assert page in {(README.parent / link.text.partition("#")[0]).resolve() for link in links(README)}


def test_readme_is_short() -> None:
    assert len(README.read_text(encoding="utf-8").splitlines()) <= LONGEST_README


@pytest.mark.parametrize("span", [span for page in PAGES for span in spans(page) if PATH.fullmatch(span.text)], ids=str)
def test_path_is_there(span: Shown) -> None:
    path = span.text.rstrip("/")
    if not path.startswith(MADE_BY_RUNS) and path not in MADE_BY_READERS:
        assert (ROOT / path).exists() or (ROOT / "harness" / path).exists()


def test_a_link_to_nowhere_would_be_found() -> None:
    with pytest.raises(AssertionError):
        test_link_leads_somewhere(Shown(README, 1, "docs/none.md"))
    with pytest.raises(AssertionError):
        test_link_leads_somewhere(Shown(README, 1, "docs/results.md#none"))
