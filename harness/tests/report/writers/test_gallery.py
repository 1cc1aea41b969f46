"""All pictures together: names, and what scripts get."""

import base64
import gzip
import json
import re
from collections import Counter

import pytest
from altair.utils.schemapi import SchemaBase

from harness.report.charts.figure import Figure, VegaLite
from harness.report.words.escaping import visible, visible_content
from harness.report.writers.gallery import Gallery, gallery, library
from harness.report.writers.html import POLICY
from harness.schema.paths import TEMPLATES
from harness.tests.synthetic import ladder_results, results_of, whole_results

pytestmark = pytest.mark.slow

HOSTILE = "</script><script>alert(1)</script>&amp;\u2028'\"\\"


@pytest.fixture(scope="module")
def whole() -> Gallery:
    return gallery(whole_results())


def unpacked(text: str) -> str:
    return gzip.decompress(base64.b64decode(text)).decode()


def specs(found: Gallery) -> VegaLite:
    content: VegaLite = json.loads(unpacked(json.loads(found.specs_json)["specs"]))
    return content


def figures(found: Gallery) -> list[Figure]:
    return [figure for listed in found.figures_by.values() for figure in listed]


def test_scripts_get_every_picture_by_its_name(whole: Gallery) -> None:
    drawn = figures(whole)
    content = specs(whole)
    assert list(content["figures"]) == [figure.name for figure in drawn]
    assert len({figure.name for figure in drawn}) == len(drawn)
    for figure in drawn:
        assert content["figures"][figure.name]["spec"] | {"config": content["config"]} == figure.spec


def test_ids_in_pictures_are_unique_on_the_page(whole: Gallery) -> None:
    assert whole.explorer is not None
    text = "".join(figure.svg for figure in [*figures(whole), *whole.explorer.figures])
    ids = Counter(re.findall(r'\bid="([^"]*)"', text))
    assert ids
    assert set(ids.values()) == {1}
    assert set(re.findall(r"url\(#([^)]*)\)", text)) <= set(ids)


def test_pictures_say_their_font_once_and_no_more_than_hundredths_of_pixels(whole: Gallery) -> None:
    for figure in figures(whole):
        assert figure.svg.count("font-family=") == 1
        assert not re.search(r"\.\d{3}", "".join(re.findall(r"<[^>]+>", figure.svg)))


@pytest.mark.slow
def test_no_channel_of_a_chart_is_a_bare_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Altair goes through all of its classes for each of them, which took half of a page's time."""

    def looked_up(content: object, validate: bool = True) -> None:
        pytest.fail(f"{content} is no channel such as alt.X2(...) or alt.Text(...)")

    monkeypatch.setattr(SchemaBase, "from_dict", looked_up)
    assert figures(gallery(whole_results()))
    assert figures(gallery(ladder_results()))


@pytest.mark.slow
def test_no_text_breaks_out_of_the_script_element() -> None:
    results = ladder_results()
    hostile = results.with_(arms=tuple(arm.with_(arm=f"{arm.arm}{HOSTILE}") for arm in results.arms))
    found = gallery(visible_content(hostile))
    assert not set(found.specs_json) & set("<>&\u2028\u2029")
    assert all("<script>" not in figure.svg for figure in figures(found))
    assert all(arm["arm"].endswith(visible(HOSTILE)) for arm in specs(found)["arms"])


def test_the_library_is_one_script_that_shares_no_names() -> None:
    code = unpacked(library())
    assert code.startswith("(() => {")
    assert code.endswith("})();")
    assert "window.vegaEmbed" in code
    assert "</script" not in code.lower()
    first = library()
    library.cache_clear()
    assert library() == first


def test_scripts_need_no_evaluation_of_text_and_no_other_host() -> None:
    script = (TEMPLATES / "charts.js").read_text()
    assert "unsafe-eval" not in POLICY
    assert "ast: true" in script
    assert not re.search(r"innerHTML|insertAdjacentHTML|\beval\b|https?:|fetch\(|XMLHttpRequest", script)


def test_a_run_without_arms_has_no_pictures_and_no_script() -> None:
    found = gallery(results_of([]))
    assert figures(found) == []
    assert (found.specs_json, found.explorer) == ("", None)
